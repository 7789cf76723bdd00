//! Where the state of the cluster comes from.
//!
//! A source yields the full state first, then again whenever it changed; the writer finds out what is different. State,
//! not events, is the truth: a change that was missed is in the next state. A source that fails says so once and goes on
//! trying; what it said last stays served. It ends when nobody listens any more.
//!
//! Rooms: [`file`](mod@file).

pub mod file;

use std::fmt;
use std::str::FromStr;

use camino::Utf8PathBuf;
use thiserror::Error;
use tokio::sync::mpsc;
use zonesmith_cluster::{Format, State};

/// What a source has to say.
#[derive(Debug)]
pub enum SourceUpdate {
    /// All of the state, and the language it was told in.
    State(Format, State),
    /// Nothing for the moment, and why: a sentence. Already logged.
    Failed {
        /// What is wrong, and where.
        error: String,
    },
}

/// Where a source is, as `--source` says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceAddress {
    /// `file:PATH`, followed.
    File(Utf8PathBuf),
    /// `file:-`, read once.
    StandardInput,
}

/// A text that is no address of a source.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no source this version reads; write `file:PATH`")]
pub struct UnknownSource(String);

impl FromStr for SourceAddress {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("file:") {
            None | Some("") => Err(UnknownSource(text.to_owned())),
            Some("-") => Ok(Self::StandardInput),
            Some(path) => Ok(Self::File(path.into())),
        }
    }
}

impl fmt::Display for SourceAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "file:{path}"),
            Self::StandardInput => formatter.write_str("file:-"),
        }
    }
}

impl SourceAddress {
    /// Tells everything there is to say until nobody listens.
    pub async fn follow(&self, updates: mpsc::Sender<SourceUpdate>) {
        match self {
            Self::File(path) => file::follow(path, &updates).await,
            Self::StandardInput => file::read_standard_input(&updates).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_printed_as_it_was_written() {
        for (text, address) in [
            (
                "file:/etc/zonesmith/cluster.json",
                SourceAddress::File("/etc/zonesmith/cluster.json".into()),
            ),
            (
                "file:cluster.json",
                SourceAddress::File("cluster.json".into()),
            ),
            ("file:-", SourceAddress::StandardInput),
        ] {
            assert_eq!(text.parse(), Ok(address.clone()), "for {text}");
            assert_eq!(address.to_string(), text);
        }
        for text in [
            "",
            "file:",
            "/etc/cluster.json",
            "etcd:http://localhost:2379",
        ] {
            assert_eq!(
                text.parse::<SourceAddress>(),
                Err(UnknownSource(text.to_owned()))
            );
        }
    }
}
