//! Settings as sections of YAML, each setting below its reason. Text stands in single quotes, in which nothing but a
//! quote means anything.

use std::fmt::{Display, Write as _};

/// A file of settings, section by section.
pub(super) struct Yaml(String);

impl Yaml {
    /// Begins with what the file is.
    pub(super) fn new(what: &str) -> Self {
        Self(format!("# {what}\n"))
    }

    /// Begins a section.
    pub(super) fn section(mut self, name: &str) -> Self {
        // Writing to text cannot fail.
        let _ = write!(self.0, "\n{name}:\n");
        self
    }

    /// Adds a setting with its reason.
    pub(super) fn set(mut self, reason: &str, name: &str, value: impl Display) -> Self {
        let value = value.to_string();
        // A list of several lines begins on the next one.
        let space = if value.starts_with('\n') { "" } else { " " };
        let _ = write!(self.0, "  # {reason}\n  {name}:{space}{value}\n");
        self
    }

    /// Adds a setting that has the reason of the one before.
    pub(super) fn and(mut self, name: &str, value: impl Display) -> Self {
        let _ = writeln!(self.0, "  {name}: {value}");
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

/// Text.
pub(super) fn quoted(text: impl Display) -> String {
    format!("'{}'", text.to_string().replace('\'', "''"))
}

/// A list of texts, in one line.
pub(super) fn list<T: Display>(texts: impl IntoIterator<Item = T>) -> String {
    let texts: Vec<String> = texts.into_iter().map(quoted).collect();
    format!("[{}]", texts.join(", "))
}
