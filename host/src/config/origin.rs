//! A value knows where it came from, so that `config show` and an error name the one place to look.

use std::fmt;

use camino::Utf8PathBuf;
use serde::{Serialize, Serializer};

/// Where a value was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// The configuration file.
    File {
        /// As it was opened.
        path: Utf8PathBuf,
        /// From 1.
        line: usize,
    },
    /// A variable of the environment.
    Environment {
        /// `ZONESMITH_SOCKET`
        variable: &'static str,
    },
    /// An option or argument of the command.
    CommandLine {
        /// `--socket`
        option: &'static str,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File { path, line } => write!(formatter, "{path}:{line}"),
            Self::Environment { variable } => formatter.write_str(variable),
            Self::CommandLine { option } => formatter.write_str(option),
        }
    }
}

/// As it is printed: one text.
impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value<T> {
    /// What was said, or the default.
    pub value: T,
    /// Who said it.
    pub origin: Origin,
}
