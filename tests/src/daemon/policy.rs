//! Policies of a running daemon: what commands about them say.

use serde_json::json;

use super::Daemon;
use crate::answer::Outcome;
use crate::policies;

impl Daemon {
    /// Runs `policy reload` with these arguments, and returns the outcome that it prints as JSON.
    ///
    /// # Panics
    /// When it prints something else.
    #[must_use]
    pub fn reload(&self, arguments: &[&str]) -> Outcome {
        self.policy(&[&["reload"], arguments].concat())
    }

    /// Runs a command of `policy`, and returns the outcome that it prints as JSON.
    ///
    /// # Panics
    /// When it prints something else.
    #[must_use]
    pub fn policy(&self, arguments: &[&str]) -> Outcome {
        let answer = self.run(&[&["policy"], arguments, &["--format", "json"]].concat());
        let json = serde_json::from_str(&answer.output)
            .unwrap_or_else(|error| panic!("no outcome: {error}: {answer:?}\n{}", self.log()));
        Outcome {
            code: answer.code,
            json,
        }
    }

    /// A candidate beside the daemon's files, with its settings beside it: its path.
    #[must_use]
    pub fn candidate(&self, component: &[u8], settings: &str) -> String {
        let file = self.path("candidate.wasm");
        policies::install(&file, component);
        policies::set_settings(&file, Some(settings));
        file.display().to_string()
    }

    /// Changes files of policies and reloads. Whether the watch or the command was faster makes no difference: what the watch
    /// published counts as published, without the counts of names.
    #[must_use]
    pub fn change(&self, change: impl FnOnce(&Self)) -> Outcome {
        let before = self.status().generation();
        change(self);
        let mut outcome = self.reload(&[]);
        if outcome.word() == "unchanged" && self.status().generation() > before {
            outcome.json =
                json!({ "outcome": "published", "generation": self.status().generation() });
        }
        outcome
    }
}
