//! Colours, for a terminal whose user wants them (<https://no-color.org>).

use std::io::{self, IsTerminal};

use crate::config::environment::Environment;

/// Whether there are colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paint {
    is_on: bool,
}

impl Paint {
    /// As the standard output and the environment have it.
    pub(super) fn of(environment: &Environment) -> Self {
        let is_refused = environment
            .get("NO_COLOR")
            .is_some_and(|value| !value.is_empty());
        Self {
            is_on: io::stdout().is_terminal() && !is_refused,
        }
    }

    /// None.
    #[cfg(test)]
    pub(super) fn none() -> Self {
        Self { is_on: false }
    }

    /// For what is new.
    pub(super) fn green(self, text: &str) -> String {
        self.with(32, text)
    }

    /// For what is gone.
    pub(super) fn red(self, text: &str) -> String {
        self.with(31, text)
    }

    /// For what is another.
    pub(super) fn yellow(self, text: &str) -> String {
        self.with(33, text)
    }

    fn with(self, code: u8, text: &str) -> String {
        if self.is_on {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}
