//! Settings as `name=value`, each below its reason.

use std::fmt::{Display, Write as _};

/// A file of settings, one after the other.
pub(super) struct Lines(String);

impl Lines {
    /// Begins with what the file is.
    pub(super) fn new(what: &str) -> Self {
        Self(format!("# {what}\n"))
    }

    /// Adds a setting with its reason.
    pub(super) fn set(mut self, reason: &str, name: &str, value: impl Display) -> Self {
        // Writing to text cannot fail.
        let _ = write!(self.0, "\n# {reason}\n{name}={value}\n");
        self
    }

    /// Adds a setting that has the reason of the one before.
    pub(super) fn and(mut self, name: &str, value: impl Display) -> Self {
        let _ = writeln!(self.0, "{name}={value}");
        self
    }

    pub(super) fn text(self) -> String {
        self.0
    }
}
