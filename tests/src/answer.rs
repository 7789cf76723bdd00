//! What a command answers: text for people, and what a reload did.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// What a command printed, and how it ended.
#[derive(Debug)]
pub struct Answer {
    /// The exit code; -1 after a signal.
    pub code: i32,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub error: String,
}

impl Answer {
    /// Of a finished command.
    #[must_use]
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code().unwrap_or(-1),
            output: text(&output.stdout),
            error: text(&output.stderr),
        }
    }

    /// Runs the binary alone, without a daemon, in a directory.
    ///
    /// # Panics
    /// When it cannot be run.
    #[must_use]
    pub fn to<Argument: AsRef<OsStr>>(
        binary: &str,
        arguments: &[Argument],
        directory: &Path,
    ) -> Self {
        let mut command = Command::new(binary);
        command
            .args(arguments)
            .current_dir(directory)
            .stdin(Stdio::null());
        command
            .env("XDG_RUNTIME_DIR", directory)
            .env("HOME", directory);
        command
            .env_remove("RUST_LOG")
            .env("NO_COLOR", "1")
            .env("COLUMNS", "100");
        Self::of(
            &command
                .output()
                .unwrap_or_else(|error| panic!("run {binary}: {error}")),
        )
    }

    /// The standard output of a command that went well.
    ///
    /// # Panics
    /// When it did not.
    pub fn good(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.output
    }
}

/// What a reload did.
#[derive(Debug)]
pub struct Outcome {
    /// Exit code of the command.
    pub code: i32,
    /// What it printed.
    pub json: Value,
}

impl Outcome {
    /// `unchanged`, `published` or `refused`.
    #[must_use]
    pub fn word(&self) -> &str {
        self.text("outcome")
    }

    /// One of its facts that is text: `stage`, `reason`, `policy`. Empty where there is none.
    #[must_use]
    pub fn text(&self, key: &str) -> &str {
        self.json.get(key).and_then(Value::as_str).unwrap_or("")
    }

    /// One of its facts that is a number: `generation`, `added`, `removed`, `changed`.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn number(&self, key: &str) -> u64 {
        self.json
            .get(key)
            .and_then(Value::as_u64)
            .unwrap_or_else(|| panic!("no {key} in {self:?}"))
    }
}
