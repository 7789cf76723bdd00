//! Where an agent is: `opensvc:`, `opensvc:/path/of/http.sock`, `opensvc:https://node1:1215`.

use std::fmt;
use std::str::FromStr;

use camino::{Utf8Path, Utf8PathBuf};

/// Where an agent of generation 3 listens by default, on its own node.
const DEFAULT_SOCKET: &str = "/var/lib/opensvc/lsnr/http.sock";

/// Where it listens on the network.
const DEFAULT_PORT: u16 = 1215;

/// The way to an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentAddress {
    /// Its unix socket, whose directory only root may enter.
    Socket(Utf8PathBuf),
    /// Over the network, by a name that its certificate has.
    Network {
        /// A name or an address; one of IPv6 without brackets.
        host: String,
        /// 1215 where none is named.
        port: u16,
    },
}

/// Not an address of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoAgent;

impl FromStr for AgentAddress {
    type Err = NoAgent;

    /// What stands behind `opensvc:`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(authority) = text.strip_prefix("https://") {
            return network(authority.strip_suffix('/').unwrap_or(authority)).ok_or(NoAgent);
        }
        match text {
            "" => Ok(Self::Socket(DEFAULT_SOCKET.into())),
            path if path.starts_with('/') => Ok(Self::Socket(path.into())),
            _ => Err(NoAgent),
        }
    }
}

fn network(authority: &str) -> Option<AgentAddress> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (
                host,
                port.strip_prefix(':')
                    .or_else(|| port.is_empty().then_some(port))?,
            )
        }
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    let port = if port.is_empty() {
        DEFAULT_PORT
    } else {
        port.parse().ok()?
    };
    let is_host = |letter: char| letter.is_ascii_alphanumeric() || "-._:".contains(letter);
    (!host.is_empty() && host.chars().all(is_host)).then(|| AgentAddress::Network {
        host: host.to_owned(),
        port,
    })
}

impl fmt::Display for AgentAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) if path == Utf8Path::new(DEFAULT_SOCKET) => Ok(()),
            Self::Socket(path) => formatter.write_str(path.as_str()),
            Self::Network { host, port } if host.contains(':') => {
                write!(formatter, "https://[{host}]:{port}")
            }
            Self::Network { host, port } => write!(formatter, "https://{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_and_has_a_port() {
        for (text, printed) in [
            ("https://node1", Some("https://node1:1215")),
            (
                "https://node1.example.com:443/",
                Some("https://node1.example.com:443"),
            ),
            ("https://10.0.0.1:1215", Some("https://10.0.0.1:1215")),
            ("https://[fd00::1]", Some("https://[fd00::1]:1215")),
            ("https://[fd00::1]:443", Some("https://[fd00::1]:443")),
            ("https://", None),
            ("https://node1:port", None),
            ("https://node1/api", None),
            ("https://[fd00::1]443", None),
            ("https://user@node1", None),
            ("http://node1", None),
        ] {
            let address = text.parse::<AgentAddress>().ok();
            let shown = address.map(|address| address.to_string());
            assert_eq!(shown.as_deref(), printed, "for {text}");
        }
    }
}
