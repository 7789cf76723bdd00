//! The state of an instance or a resource, in the agent's seven words. Sources use no other: a document with an eighth is
//! wrong, an agent with an eighth is newer than we are and means nothing we know.

use std::fmt;

/// The state of an instance or a resource. [`fmt::Display`] and [`Availability::parse`] use the agent's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Availability {
    /// `up`
    Up,
    /// `down`
    Down,
    /// `warn`: in part up.
    Warn,
    /// `n/a`: has no state of its own.
    NotApplicable,
    /// `undef`: not known; also what a source means by saying nothing.
    #[default]
    Undefined,
    /// `stdby up`: up where it is to be up on every node.
    StandbyUp,
    /// `stdby down`: down where it is to be up on every node.
    StandbyDown,
}

impl Availability {
    /// Every state, in the order of the contract (`wit/since_v1.0/cluster.wit`).
    pub const ALL: [Self; 7] = [
        Self::Up,
        Self::Down,
        Self::Warn,
        Self::NotApplicable,
        Self::Undefined,
        Self::StandbyUp,
        Self::StandbyDown,
    ];

    /// The state that the agent's `word` means; none for a word it does not use.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The agent's word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Warn => "warn",
            Self::NotApplicable => "n/a",
            Self::Undefined => "undef",
            Self::StandbyUp => "stdby up",
            Self::StandbyDown => "stdby down",
        }
    }
}

impl fmt::Display for Availability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_as_what_prints_it() {
        for state in Availability::ALL {
            assert_eq!(Availability::parse(state.word()), Some(state), "{state}");
        }
        for word in ["", "UP", "standby up", "stdby"] {
            assert_eq!(Availability::parse(word), None, "{word:?}");
        }
    }
}
