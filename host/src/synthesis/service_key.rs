//! Which cluster, and which service of it: two clusters in one daemon may each have a `shop/svc/web`.

use std::fmt;
use std::sync::Arc;

use zonesmith_cluster::ServicePath;

/// A cluster among those of the daemon: its name, which no two of them share. Cloning shares the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterKey(Arc<str>);

impl ClusterKey {
    /// Of the cluster with this name, in any case, with or without a last dot.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let name = name.strip_suffix('.').unwrap_or(name);
        Self(name.to_ascii_lowercase().into())
    }

    /// In lower case, without a last dot.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the paths of its services where they are told apart by their text alone: nothing for the first
    /// cluster of the daemon.
    pub(super) fn prefix(&self, is_first: bool) -> String {
        if is_first {
            String::new()
        } else {
            format!("{}:", self.0)
        }
    }
}

impl fmt::Display for ClusterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl fmt::Debug for ClusterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

/// A service of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceKey {
    /// Whose it is.
    pub cluster: ClusterKey,
    /// Its name there.
    pub path: ServicePath,
}

impl fmt::Display for ServiceKey {
    /// `cluster2:shop/svc/web`
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.cluster, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_its_name_in_any_case() {
        assert_eq!(ClusterKey::of("Cluster1."), ClusterKey::of("cluster1"));
        assert_ne!(ClusterKey::of("cluster1"), ClusterKey::of("cluster2"));
    }
}
