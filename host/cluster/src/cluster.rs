//! The cluster itself: what a policy is configured with. Scores of nodes stand here for the host and reach policies with
//! instances only, since a score that moves must not configure everything anew.

use std::net::IpAddr;
use std::sync::Arc;

use crate::info::Info;
use crate::prefix::IpPrefix;

/// A cluster, without its services.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// As configured, in any case, possibly dotted. Empty: the source does not say, and no [`crate::Override`] does.
    pub name: String,
    /// The addresses of the cluster's DNS servers (`cluster.dns`), in the source's order. Empty: DNS is off.
    pub nameservers: Vec<IpAddr>,
    /// Sorted by name.
    pub nodes: Vec<Node>,
    /// Sorted by name.
    pub networks: Vec<Network>,
    /// What else the source says of the cluster.
    pub info: Info,
}

/// A member of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// As the source has it.
    pub name: Arc<str>,
    /// Fitness for more load, 1 to 100; none while not known (the agent's 0).
    pub score: Option<u8>,
    /// In the source's order.
    pub addresses: Vec<IpAddr>,
    /// What else the source says of the node.
    pub info: Info,
}

/// A network that services may have addresses of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// As configured, unique in the cluster.
    pub name: String,
    /// `cidr` of the document.
    pub prefix: IpPrefix,
    /// Whether an address of it means the same on every node.
    pub scope: NetworkScope,
    /// Slices that belong to one node each: node name and prefix, sorted by node.
    pub subnets: Vec<(String, IpPrefix)>,
    /// What else the source says of the network.
    pub info: Info,
}

/// Where an address of a network is unique.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NetworkScope {
    /// `cluster`: one network for the whole cluster.
    #[default]
    Cluster,
    /// `node`: repeats on each node (a bridge); the same address may be many things.
    Node,
}

impl NetworkScope {
    /// The scope that a document's `word` means.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "cluster" => Some(Self::Cluster),
            "node" => Some(Self::Node),
            _ => None,
        }
    }
}

impl Cluster {
    /// Whether a policy configured with `other` would be configured with the same: equal up to scores of nodes.
    #[must_use]
    pub fn configures_like(&self, other: &Self) -> bool {
        let Self {
            name,
            nameservers,
            nodes,
            networks,
            info,
        } = self;
        *name == other.name
            && *nameservers == other.nameservers
            && nodes.len() == other.nodes.len()
            && nodes
                .iter()
                .zip(&other.nodes)
                .all(|(one, two)| one.same_but_score(two))
            && *networks == other.networks
            && *info == other.info
    }

    /// The score of the node called `name`; none when the node or its score is not known.
    #[must_use]
    pub fn score_of(&self, name: &str) -> Option<u8> {
        let place = self
            .nodes
            .binary_search_by(|node| (*node.name).cmp(name))
            .ok()?;
        self.nodes.get(place)?.score
    }
}

impl Node {
    fn same_but_score(&self, other: &Self) -> bool {
        let Self {
            name,
            score: _,
            addresses,
            info,
        } = self;
        *name == other.name && *addresses == other.addresses && *info == other.info
    }
}
