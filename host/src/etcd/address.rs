//! Where a cluster's keys are: `etcd:http://host:2379,host2:2379/prefix`.

use std::fmt;
use std::str::FromStr;

use zonesmith_cluster::PieceKey;

/// Where the members of an etcd listen by default.
const DEFAULT_PORT: u16 = 2379;

/// Where keys are when no prefix is named.
const DEFAULT_PREFIX: &str = "/zonesmith";

/// The members of one etcd, and where in it a cluster is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EtcdAddress {
    /// Whether they speak TLS.
    pub is_secure: bool,
    /// At least one.
    pub members: Vec<Member>,
    /// Begins with a slash and does not end with one.
    prefix: String,
}

/// Where one member of an etcd listens for clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// A name or an address; one of IPv6 without brackets.
    pub host: String,
    /// 2379 where none is named.
    pub port: u16,
}

/// Not an address of an etcd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoEtcd;

impl EtcdAddress {
    /// The whole key of a piece.
    #[must_use]
    pub fn key(&self, key: &PieceKey) -> String {
        format!("{}/{key}", self.prefix)
    }

    /// What the key of a cluster begins with.
    #[must_use]
    pub fn start(&self) -> String {
        format!("{}/", self.prefix)
    }

    /// The first key that sorts behind all of the cluster's.
    #[must_use]
    pub fn end(&self) -> String {
        // `0` is the character behind the slash.
        format!("{}0", self.prefix)
    }

    /// What of a whole key is the cluster's own.
    #[must_use]
    pub fn inside<'k>(&self, key: &'k [u8]) -> Option<&'k str> {
        let rest = key.strip_prefix(self.prefix.as_bytes())?;
        str::from_utf8(rest.strip_prefix(b"/")?).ok()
    }
}

impl FromStr for EtcdAddress {
    type Err = NoEtcd;

    /// What stands behind `etcd:`. Each member may repeat the scheme, as in etcd's own lists of them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, is_secure, rest) = match text.strip_prefix("https://") {
            Some(rest) => ("https://", true, rest),
            None => (
                "http://",
                false,
                text.strip_prefix("http://").ok_or(NoEtcd)?,
            ),
        };
        let rest = rest.replace(&format!(",{scheme}"), ",");
        let (members, prefix) = rest.split_once('/').unwrap_or((&rest, ""));
        let members = members.split(',').map(member).collect::<Option<Vec<_>>>();
        let prefix = prefix.trim_end_matches('/');
        if prefix
            .chars()
            .any(|letter| letter.is_whitespace() || letter.is_control())
        {
            return Err(NoEtcd);
        }
        Ok(Self {
            is_secure,
            members: members.ok_or(NoEtcd)?,
            prefix: if prefix.is_empty() {
                DEFAULT_PREFIX.to_owned()
            } else {
                format!("/{prefix}")
            },
        })
    }
}

fn member(authority: &str) -> Option<Member> {
    let authority = authority.trim_end_matches('/');
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            let port = match port.strip_prefix(':') {
                Some(port) => Some(port),
                None if port.is_empty() => None,
                None => return None,
            };
            (host, port)
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let port = port.map_or(Some(DEFAULT_PORT), |port| port.parse().ok())?;
    let is_host = |letter: char| letter.is_ascii_alphanumeric() || "-._:".contains(letter);
    (!host.is_empty() && host.chars().all(is_host)).then(|| Member {
        host: host.to_owned(),
        port,
    })
}

impl fmt::Display for Member {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(formatter, "[{}]:{}", self.host, self.port)
        } else {
            write!(formatter, "{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for EtcdAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.is_secure {
            "https://"
        } else {
            "http://"
        })?;
        for (place, member) in self.members.iter().enumerate() {
            write!(formatter, "{}{member}", if place == 0 { "" } else { "," })?;
        }
        formatter.write_str(&self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_members_and_a_prefix() {
        for (text, printed) in [
            ("http://db1", Some("http://db1:2379/zonesmith")),
            ("http://db1:2379/", Some("http://db1:2379/zonesmith")),
            (
                "http://db1:2379,db2:23790/dns/c1/",
                Some("http://db1:2379,db2:23790/dns/c1"),
            ),
            (
                "https://10.0.0.1,https://[fd00::1]:2379/zonesmith",
                Some("https://10.0.0.1:2379,[fd00::1]:2379/zonesmith"),
            ),
            (
                "https://[fd00::1]",
                Some("https://[fd00::1]:2379/zonesmith"),
            ),
            ("", None),
            ("db1:2379", None),
            ("http://", None),
            ("http://db1,,db2", None),
            ("http://db1,https://db2", None),
            ("http://db1:port", None),
            ("http://[fd00::1]2379", None),
            ("http://user@db1", None),
            ("http://db1/a b", None),
        ] {
            let address = text.parse::<EtcdAddress>().ok();
            let shown = address.as_ref().map(ToString::to_string);
            assert_eq!(shown.as_deref(), printed, "for {text}");
            if let Some(shown) = shown {
                assert_eq!(shown.parse().ok(), address, "for {text}");
            }
        }
    }

    #[test]
    fn a_key_is_inside_the_prefix_or_it_is_not() {
        let address: EtcdAddress = "http://db1/dns".parse().unwrap();
        let key = PieceKey::parse("services/shop/svc/web/n1").unwrap();
        assert_eq!(address.key(&key), "/dns/services/shop/svc/web/n1");
        for (key, inside) in [
            ("/dns/cluster", Some("cluster")),
            ("/dns", None),
            ("/dns0", None),
            ("/dnssec/cluster", None),
        ] {
            assert_eq!(address.inside(key.as_bytes()), inside, "{key}");
            let is_between = *key >= *address.start() && *key < *address.end();
            assert_eq!(is_between, inside.is_some(), "{key}");
        }
    }
}
