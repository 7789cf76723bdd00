//! The daemon as a process: signals, and its end.

use std::fs;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use super::Daemon;
use crate::{processor, until};

impl Daemon {
    /// Sends a signal, `HUP` or `TERM`.
    ///
    /// # Panics
    /// When there is no process to signal.
    pub fn signal(&self, name: &str) {
        let id = self.process.as_ref().expect("a running daemon").id();
        let status = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(id.to_string())
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "signal {name} to {id}"
        );
    }

    /// Ends the daemon with SIGTERM, and waits for it.
    ///
    /// # Panics
    /// When it does not end.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.ended()
    }

    /// Ends the daemon with SIGKILL: nothing is tidied up.
    ///
    /// # Panics
    /// When it does not end.
    pub fn kill(&mut self) {
        self.signal("KILL");
        self.ended();
    }

    /// Waits until the daemon has ended by itself.
    ///
    /// # Panics
    /// When it does not.
    pub fn ended(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("a running daemon");
        until(
            "the daemon ends",
            || process.try_wait().expect("wait for the daemon"),
            || self.log(),
        )
    }

    /// Processor time that the threads of this name have used.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn processor_time_of(&self, thread: &str) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.id())).expect("its threads");
        let tasks = tasks.map(|task| task.expect("a thread").path());
        let of_name = tasks.filter(|task| {
            let name = fs::read_to_string(task.join("comm")).unwrap_or_default();
            name.trim_end() == thread
        });
        of_name
            .map(|task| processor::used(&task.join("stat").to_string_lossy()))
            .sum()
    }

    /// Its process id.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.as_ref().expect("a running daemon").id()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.process
            .as_mut()
            .is_some_and(|process| matches!(process.try_wait(), Ok(None)))
    }
}
