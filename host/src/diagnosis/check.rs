//! One thing that was looked at.

use std::fmt;

use serde::Serialize;

use super::cure::Cure;

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As it should be.
    Green,
    /// Names are answered; something is slower, or will not last.
    Yellow,
    /// Names are not answered, or may be answered wrong.
    Red,
    /// Not looked at, and why.
    Skipped,
}

/// Where on the way of an answer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The daemon's configuration.
    Configuration,
    /// The daemon, its sources and policies.
    Daemon,
    /// The socket that PowerDNS asks.
    Socket,
    /// The authoritative server.
    Authoritative,
    /// The recursor.
    Recursor,
    /// Changes, on their way through both.
    Purges,
    /// What `zonesmith deploy` wrote.
    Deployment,
    /// The name servers of the cluster, as its members know them.
    NameServers,
    /// Who asks them: this node, and containers.
    Resolvers,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Where it is.
    pub part: Part,
    /// What should be so, as a sentence.
    pub check: String,
    /// How it is.
    pub state: State,
    /// What was seen.
    pub seen: String,
    /// What mends it.
    pub cure: Option<Cure>,
}

impl State {
    /// As it is printed.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
            Self::Skipped => "skipped",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Configuration => "configuration",
            Self::Daemon => "daemon",
            Self::Socket => "socket",
            Self::Authoritative => "authoritative server",
            Self::Recursor => "recursor",
            Self::Purges => "purges",
            Self::Deployment => "deployment",
            Self::NameServers => "name servers of the cluster",
            Self::Resolvers => "resolvers",
        })
    }
}
