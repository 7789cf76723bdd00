//! Programs that a deployment runs, where they can be.

use std::io;
use std::path::Path;
use std::process::{self, Stdio};

use anyhow::{Context as _, bail};
use camino::{Utf8Path, Utf8PathBuf};

use super::{Command, When};

/// Whether programs are run, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runner {
    /// Whether they are run at all: not below another root, and not in a dry run.
    pub runs: bool,
    /// Whether systemd is what this machine was started by.
    pub has_systemd: bool,
}

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It was run, and went well.
    Ran,
    /// Whoever deploys has to run it.
    ToRun,
    /// It is not needed.
    NotNeeded,
}

impl Runner {
    /// For the machine itself.
    #[must_use]
    pub fn of_machine() -> Self {
        Self {
            runs: true,
            // As sd_booted(3) has it.
            has_systemd: Path::new("/run/systemd/system").is_dir(),
        }
    }

    /// One that runs nothing.
    #[must_use]
    pub fn idle() -> Self {
        Self {
            runs: false,
            has_systemd: false,
        }
    }

    /// Runs a command where it is needed and can be run. `changed`: paths where something was done.
    ///
    /// # Errors
    /// It was run and failed.
    pub fn run(self, command: &Command, changed: &[Utf8PathBuf]) -> anyhow::Result<Fate> {
        let is_needed = match &command.when {
            When::Always => true,
            When::ByHand => return Ok(Fate::ToRun),
            When::Unless(words) => !(self.runs && succeeds(words)),
            When::Changed(paths) => paths.iter().any(|path| changed.contains(path)),
        };
        if !is_needed {
            return Ok(Fate::NotNeeded);
        }
        let Some((program, arguments)) = command.words.split_first() else {
            return Ok(Fate::NotNeeded);
        };
        if !self.runs || (program == "systemctl" && !self.has_systemd) {
            return Ok(Fate::ToRun);
        }
        let output = match process::Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
        {
            Ok(output) => output,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Fate::ToRun),
            Err(error) => return Err(error).with_context(|| format!("run `{command}`")),
        };
        if !output.status.success() {
            let said = [output.stdout, output.stderr]
                .map(|text| String::from_utf8_lossy(&text).into_owned())
                .concat();
            bail!("`{command}` failed: {}", said.trim());
        }
        Ok(Fate::Ran)
    }

    /// Whether a unit is there and started, now or with the machine.
    #[must_use]
    pub fn is_in_use(self, unit: &str) -> bool {
        let says_yes = |word: &str| {
            process::Command::new("systemctl")
                .args(["--quiet", word, unit])
                .stdin(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        };
        self.runs && self.has_systemd && (says_yes("is-enabled") || says_yes("is-active"))
    }
}

fn succeeds(words: &[String]) -> bool {
    let Some((program, arguments)) = words.split_first() else {
        return false;
    };
    let output = process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    output.is_ok_and(|output| output.status.success())
}

/// Whether the machine has a user of this name.
#[must_use]
pub fn has_user(name: &str) -> bool {
    nix::unistd::User::from_name(name).is_ok_and(|user| user.is_some())
}

/// Whether others may run a program that is there: systemd starts it as somebody else, who sees no home of a user.
#[must_use]
pub fn is_for_everybody(program: &Utf8Path) -> bool {
    let homes = ["/root", "/home", "/run/user", "/tmp"];
    !homes.iter().any(|home| program.starts_with(home))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_run_where_it_is_needed_and_can_be() {
        let path = |text: &str| Utf8PathBuf::from(text);
        let changed = [path("/a")];
        let when_b = When::Changed(vec![path("/b")]);
        let when_a = When::Changed(vec![path("/a"), path("/c")]);
        let here = Runner {
            runs: true,
            has_systemd: false,
        };
        for (runner, words, when, fate) in [
            (here, &["true"][..], When::Always, Fate::Ran),
            (here, &["true"], when_b, Fate::NotNeeded),
            (here, &["true"], when_a, Fate::Ran),
            (here, &["true"], When::ByHand, Fate::ToRun),
            (
                here,
                &["systemctl", "daemon-reload"],
                When::Always,
                Fate::ToRun,
            ),
            (here, &["no-such-program"], When::Always, Fate::ToRun),
            (Runner::idle(), &["true"], When::Always, Fate::ToRun),
        ] {
            let command = Command::new(words, "try", when);
            let is = runner.run(&command, &changed).unwrap();
            assert_eq!(is, fate, "{command}: {:?}", command.when);
        }
        let fails = Command::always(&["sh", "-c", "echo no >&2; exit 3"], "try");
        let error = here.run(&fails, &[]).unwrap_err().to_string();
        assert_eq!(error, "`sh -c 'echo no >&2; exit 3'` failed: no");
    }
}
