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

    /// Adds what a value, if there is one, makes of it.
    pub(super) fn with<T>(self, value: Option<T>, add: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => add(self, value),
            None => self,
        }
    }

    pub(super) fn text(self) -> String {
        self.0
    }
}

/// Values of a list, as both servers read them.
pub(super) fn comma_separated<T: Display>(values: impl IntoIterator<Item = T>) -> String {
    let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    values.join(",")
}
