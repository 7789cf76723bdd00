//! Where an agent is: `opensvc:`, `opensvc:/path/of/http.sock`.

use std::fmt;
use std::str::FromStr;

use camino::{Utf8Path, Utf8PathBuf};

/// Where an agent of generation 3 listens by default, on its own node.
const DEFAULT_SOCKET: &str = "/var/lib/opensvc/lsnr/http.sock";

/// The way to an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentAddress {
    /// Its unix socket, whose directory only root may enter.
    Socket(Utf8PathBuf),
}

/// Not an address of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoAgent;

impl FromStr for AgentAddress {
    type Err = NoAgent;

    /// What stands behind `opensvc:`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "" => Ok(Self::Socket(DEFAULT_SOCKET.into())),
            path if path.starts_with('/') => Ok(Self::Socket(path.into())),
            _ => Err(NoAgent),
        }
    }
}

impl fmt::Display for AgentAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) if path == Utf8Path::new(DEFAULT_SOCKET) => Ok(()),
            Self::Socket(path) => formatter.write_str(path.as_str()),
        }
    }
}
