//! One daemon after the other: by taking over, or through a service manager.

use std::process::{Child, Command, ExitStatus};

use super::Daemon;
use crate::service_manager::ServiceManager;
use crate::until;

impl Daemon {
    /// Runs a successor beside the daemon, with more arguments of `serve`, and does not wait.
    ///
    /// # Panics
    /// When it cannot be run.
    #[must_use]
    pub fn successor(&self, arguments: &[&str]) -> Child {
        self.command(&[self.binary.to_owned()])
            .arg("--take-over")
            .args(arguments)
            .spawn()
            .unwrap_or_else(|error| panic!("run {}: {error}", self.binary))
    }

    /// Has a successor take over, and waits for the end of the daemon that ran, whose status is returned.
    ///
    /// # Panics
    /// When it does not end.
    pub fn upgrade(&mut self) -> ExitStatus {
        let successor = self.successor(&[]);
        let status = self.ended();
        self.process = Some(successor);
        status
    }

    /// How a process ended that [`successor`](Self::successor) ran.
    ///
    /// # Panics
    /// When it does not end.
    pub fn end_of(&self, successor: &mut Child) -> ExitStatus {
        until(
            "the successor ends",
            || successor.try_wait().expect("wait for the successor"),
            || self.log(),
        )
    }

    /// Waits for the end of the daemon, while its service manager hears what it says.
    ///
    /// # Panics
    /// When it does not end.
    pub fn ended_under(&mut self, manager: &mut ServiceManager) -> ExitStatus {
        let mut process = self.process.take().expect("a running daemon");
        let status = until(
            "the daemon ends",
            || {
                manager.listen();
                process.try_wait().expect("wait for the daemon")
            },
            || self.log(),
        );
        manager.listen();
        status
    }

    /// Runs the daemon with what a service manager keeps.
    ///
    /// # Panics
    /// When it cannot be run.
    pub fn start_under(&mut self, manager: &ServiceManager) {
        let (mut words, passed) = manager.entrance();
        words.push(self.binary.to_owned());
        let mut command: Command = self.command(&words);
        command.envs(manager.environment());
        let child = command
            .spawn()
            .unwrap_or_else(|error| panic!("run {}: {error}", self.binary));
        self.process = Some(child);
        // Open until the process has its own.
        drop(passed);
    }
}
