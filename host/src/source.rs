//! Where the state of the cluster comes from.
//!
//! A source yields the full state first, then again whenever it changed, and the writer finds out what is different; or
//! it knows what changed, and says that. State,
//! not events, is the truth: a change that was missed is in the next state. A source that fails says so once and goes on
//! trying; what it said last stays served. It ends when nobody listens any more.
//!
//! Rooms: [`file`](mod@file), [`opensvc`] an agent, [`etcd`](mod@etcd) keys of an etcd, `reconnect` how long to wait before another attempt.

pub mod etcd;
pub mod file;
pub mod opensvc;
pub(crate) mod reconnect;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Instant;

use camino::Utf8PathBuf;
use thiserror::Error;
use tokio::sync::mpsc;
use zonesmith_cluster::{DroppedPeers, Format, Service, ServicePath, State};

use self::opensvc::AgentAddress;
use crate::etcd::{EtcdAccess, EtcdAddress};

/// What a source has to say.
#[derive(Debug)]
pub enum SourceUpdate {
    /// All of the state.
    State {
        /// The language it was told in.
        format: Format,
        /// What is so from now on.
        state: State,
        /// When it came in: the age of an answer is counted from here.
        at: Instant,
    },
    /// Single services as they are now; none: gone. After a state only.
    Changes {
        /// Each at most once.
        services: Vec<(ServicePath, Option<Arc<Service>>)>,
        /// When the first of them came in.
        at: Instant,
    },
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
    /// `opensvc:`, `opensvc:/PATH`, `opensvc:https://NODE`: an agent, followed.
    Agent(AgentAddress),
    /// `etcd:http://HOST/PREFIX`: the keys of an etcd, followed.
    Etcd(EtcdAddress),
}

/// What the configuration says of how sources are reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Of agents.
    pub agents: AgentAccess,
    /// Of an etcd.
    pub etcd: EtcdAccess,
}

impl Access {
    /// Whether a source of this address is reached in the same way with `other`.
    #[must_use]
    pub fn is_same_for(&self, address: &SourceAddress, other: &Self) -> bool {
        match address {
            SourceAddress::File(_) | SourceAddress::StandardInput => true,
            SourceAddress::Agent(_) => self.agents == other.agents,
            SourceAddress::Etcd(_) => self.etcd == other.etcd,
        }
    }
}

/// How agents are followed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentAccess {
    /// The certificate of the authority that signs agents; over the network, none is trusted without.
    pub authority: Option<Utf8PathBuf>,
    /// Holds the token that is shown over the network.
    pub token: Option<Utf8PathBuf>,
    /// The certificate that is shown over the network.
    pub certificate: Option<Utf8PathBuf>,
    /// Its key, where it is not in the same file.
    pub key: Option<Utf8PathBuf>,
    /// What becomes of the instances of a node that its peers gave up.
    pub dropped_peers: DroppedPeers,
}

/// A text that is no address of a source.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no source this version reads; write `file:PATH`, `opensvc:` for the agent of this node, or \
     `etcd:http://HOST:2379/PREFIX`"
)]
pub struct UnknownSource(String);

impl FromStr for SourceAddress {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(address) = text.strip_prefix("opensvc:") {
            let unknown = |_| UnknownSource(text.to_owned());
            return address.parse().map(Self::Agent).map_err(unknown);
        }
        if let Some(address) = text.strip_prefix("etcd:") {
            let unknown = |_| UnknownSource(text.to_owned());
            return address.parse().map(Self::Etcd).map_err(unknown);
        }
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
            Self::Agent(address) => write!(formatter, "opensvc:{address}"),
            Self::Etcd(address) => write!(formatter, "etcd:{address}"),
        }
    }
}

impl SourceAddress {
    /// Tells everything there is to say until nobody listens. `known`: what it said last, before the daemon started, for a
    /// source that needs it to tell what is gone from what it does not know yet.
    pub async fn follow(
        &self,
        access: &Access,
        known: Option<&State>,
        updates: mpsc::Sender<SourceUpdate>,
    ) {
        match self {
            Self::File(path) => file::follow(path, &updates).await,
            Self::StandardInput => file::read_standard_input(&updates).await,
            Self::Agent(address) => {
                opensvc::follow(address, &access.agents, known, &updates).await;
            }
            Self::Etcd(address) => etcd::follow(address, &access.etcd, known, &updates).await,
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
            (
                "opensvc:",
                SourceAddress::Agent(AgentAddress::Socket(
                    "/var/lib/opensvc/lsnr/http.sock".into(),
                )),
            ),
            (
                "opensvc:/run/agent.sock",
                SourceAddress::Agent(AgentAddress::Socket("/run/agent.sock".into())),
            ),
            (
                "etcd:http://db1:2379,db2:2379/dns",
                SourceAddress::Etcd("http://db1:2379,db2:2379/dns".parse().unwrap()),
            ),
            (
                "opensvc:https://node1:1215",
                SourceAddress::Agent(AgentAddress::Network {
                    host: "node1".to_owned(),
                    port: 1215,
                }),
            ),
        ] {
            assert_eq!(text.parse(), Ok(address.clone()), "for {text}");
            assert_eq!(address.to_string(), text);
        }
        for text in [
            "",
            "file:",
            "/etc/cluster.json",
            "opensvc",
            "opensvc:agent.sock",
            "etcd:localhost:2379",
        ] {
            assert_eq!(
                text.parse::<SourceAddress>(),
                Err(UnknownSource(text.to_owned()))
            );
        }
    }
}
