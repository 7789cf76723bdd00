//! One cluster of several sources' words: the first one's stands, and the others add nodes and networks it does not have.
//! The configuration's word stands over all of them.

use std::collections::BTreeSet;

use zonesmith_cluster::{Cluster, Override, State};

/// What a source says, with the configuration's word over it.
pub(super) fn overridden(cluster: &Cluster, overrides: &Override) -> Cluster {
    let mut state = State {
        cluster: cluster.clone(),
        ..State::default()
    };
    state.apply_override(overrides);
    state.cluster
}

/// Adds to `cluster` what only `other`, a later source's word of the same cluster, has. Nameservers are a list in order, which
/// does not mix: they are the first source's that lists any.
pub(super) fn add(cluster: &mut Cluster, other: Cluster) {
    if cluster.nameservers.is_empty() {
        cluster.nameservers = other.nameservers;
    }
    let known: BTreeSet<_> = cluster.nodes.iter().map(|node| node.name.clone()).collect();
    let nodes = other.nodes.into_iter();
    cluster
        .nodes
        .extend(nodes.filter(|node| !known.contains(&node.name)));
    cluster
        .nodes
        .sort_by(|one, other| one.name.cmp(&other.name));
    let known: BTreeSet<_> = cluster
        .networks
        .iter()
        .map(|network| network.name.clone())
        .collect();
    let networks = other.networks.into_iter();
    cluster
        .networks
        .extend(networks.filter(|network| !known.contains(&network.name)));
    cluster
        .networks
        .sort_by(|one, other| one.name.cmp(&other.name));
}
