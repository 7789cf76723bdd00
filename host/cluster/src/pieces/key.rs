//! How the keys of pieces are written, below whatever prefix a store has for a cluster.

use std::fmt;
use std::sync::Arc;

use crate::service_path::ServicePath;

/// The key of a piece that is to be written, without the prefix. Sorted as the keys themselves are, up to characters that
/// sort before a slash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PieceKey {
    /// `cluster`
    Cluster,
    /// `nodes/n1`
    Node(Arc<str>),
    /// `services/shop/svc/web`
    Service(ServicePath),
    /// `services/shop/svc/web/n1`
    Instance(ServicePath, Arc<str>),
}

impl PieceKey {
    /// The key that is written like this.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        Some(match PlaceOf::parse(key)? {
            PlaceOf::Cluster => Self::Cluster,
            PlaceOf::Node(name) => Self::Node(name.into()),
            PlaceOf::Service(path) => Self::Service(path.parse().ok()?),
            PlaceOf::Instance(path, node) => Self::Instance(path.parse().ok()?, node.into()),
        })
    }
}

impl fmt::Display for PieceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster => formatter.write_str("cluster"),
            Self::Node(name) => write!(formatter, "nodes/{name}"),
            Self::Service(path) => write!(formatter, "services/{path}"),
            Self::Instance(path, node) => write!(formatter, "services/{path}/{node}"),
        }
    }
}

/// What a key that was read is the place of, nothing copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlaceOf<'k> {
    Cluster,
    Node(&'k str),
    Service(&'k str),
    /// The service's path, and the node.
    Instance(&'k str, &'k str),
}

impl<'k> PlaceOf<'k> {
    pub(super) fn parse(key: &'k str) -> Option<Self> {
        if key == "cluster" {
            return Some(Self::Cluster);
        }
        if let Some(name) = key.strip_prefix("nodes/") {
            return (!name.is_empty() && !name.contains('/')).then_some(Self::Node(name));
        }
        let path = key.strip_prefix("services/")?;
        match path.bytes().filter(|octet| *octet == b'/').count() {
            2 => Some(Self::Service(path)),
            3 => {
                let (path, node) = path.rsplit_once('/')?;
                (!node.is_empty()).then_some(Self::Instance(path, node))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written() {
        for key in [
            "cluster",
            "nodes/n1.example.com",
            "services/shop/svc/web",
            "services/shop/svc/web.v2/n1",
        ] {
            let parsed = PieceKey::parse(key);
            assert_eq!(parsed.map(|key| key.to_string()).as_deref(), Some(key));
        }
        for key in [
            "",
            "clusters",
            "cluster/",
            "nodes",
            "nodes/",
            "nodes/n1/x",
            "services/web",
            "services/svc/web",
            "services/shop/svc/",
            "services/shop//web/n1",
            "services/shop/svc/web/",
            "services/shop/svc/web/n1/x",
            "services/shop/svc/my web/n1",
        ] {
            assert_eq!(PieceKey::parse(key), None, "{key}");
        }
    }
}
