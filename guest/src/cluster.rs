//! What a policy is given: the cluster, its networks, and the services with their instances and resources.
//!
//! The host has read what is the same for everyone: addresses, exposed ports, IANA's names of ports. What it has no field
//! for is in `info`, see [`Info`]. The words are those of `cluster.wit`; in a test, [`crate::harness`] makes these values of
//! a cluster document.
//!
//! - `info`: what a source says beyond the fields
//! - `service`: services, their instances and the resources of these
//! - `place`: each resource of a service with where it stands

mod info;
mod place;
mod service;

use std::net::IpAddr;

pub use info::{Info, NotAnObject};
pub use place::Place;
pub use service::{Availability, Instance, PortExposure, Resource, Service};

use crate::dns::IpPrefix;
use crate::name;

/// Everything that [`configure`](crate::Policy::configure) may look at.
///
/// ```
/// use zonesmith_policy::harness::Harness;
///
/// # fn main() -> Result<(), zonesmith_policy::harness::HarnessError> {
/// let document = r#"{ "cluster": { "name": "Demo", "dns": ["10.0.0.1"], "nodes": { "n1": {} } }, "services": {} }"#;
/// let cluster = Harness::read(document)?.cluster();
/// assert_eq!(cluster.name, "Demo");
/// assert_eq!(cluster.nameservers, ["10.0.0.1".parse::<std::net::IpAddr>().unwrap()]);
/// assert_eq!(cluster.nodes[0].name, "n1");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// As configured, any case, possibly dotted: `cluster1`, `Prod.Example`. [`apex`](Self::apex) is the name of its zone.
    pub name: String,
    /// The addresses of `cluster.dns`, in order. Never empty: without nameservers there is no DNS.
    pub nameservers: Vec<IpAddr>,
    /// By name. No scores here: a score that moves must not configure everything anew.
    pub nodes: Vec<Node>,
    /// By name.
    pub networks: Vec<Network>,
    /// What else the source says of the cluster.
    pub info: Info,
}

impl Cluster {
    /// The cluster's name as the name of a zone: in lower case, without the last dot.
    ///
    /// ```
    /// # use zonesmith_policy::cluster::Cluster;
    /// let named = |name: &str| Cluster { name: name.to_owned(), ..Cluster::default() };
    /// assert_eq!(named("Prod.Example.").apex().as_deref(), Ok("prod.example"));
    /// assert!(named("my cluster").apex().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// A sentence, for [`configure`](crate::Policy::configure) to return, when it is no name in DNS.
    pub fn apex(&self) -> Result<String, String> {
        name::labels(&self.name).map_err(|error| {
            let name = &self.name;
            format!("the cluster cannot be named \"{name}\" in DNS: {error}")
        })
    }
}

/// A member of the cluster.
///
/// ```
/// # use zonesmith_policy::cluster::Node;
/// let node = Node { name: "n1".to_owned(), addresses: vec![[192, 0, 2, 1].into()], ..Node::default() };
/// assert!(node.info.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// As the source has it: any case, possibly dotted.
    pub name: String,
    /// In the source's order.
    pub addresses: Vec<IpAddr>,
    /// What else the source says of the node.
    pub info: Info,
}

/// A network that services may have addresses of.
///
/// ```
/// # use zonesmith_policy::cluster::{Info, Network, NetworkScope};
/// let network = Network {
///     name: "backend".to_owned(),
///     prefix: "10.22.0.0/16".parse().unwrap(),
///     scope: NetworkScope::Cluster,
///     subnets: vec![("n1".to_owned(), "10.22.1.0/24".parse().unwrap())],
///     info: Info::default(),
/// };
/// assert_eq!(network.node_of([10, 22, 1, 7].into()), Some("n1"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// As configured, unique in the cluster.
    pub name: String,
    /// All of its addresses.
    pub prefix: IpPrefix,
    /// Whether an address of it means the same on every node.
    pub scope: NetworkScope,
    /// Slices of nodes: the node's name and its prefix.
    pub subnets: Vec<(String, IpPrefix)>,
    /// What else the source says of the network.
    pub info: Info,
}

impl Network {
    /// The node whose slice has this address; of several the one with the smallest slice.
    ///
    /// ```
    /// # use zonesmith_policy::cluster::{Info, Network, NetworkScope};
    /// # let mut network = Network {
    /// #     name: String::new(), prefix: "10.22.0.0/16".parse().unwrap(), scope: NetworkScope::Cluster,
    /// #     subnets: vec![("n1".to_owned(), "10.22.1.0/24".parse().unwrap())], info: Info::default(),
    /// # };
    /// assert_eq!(network.node_of([10, 22, 1, 7].into()), Some("n1"));
    /// assert_eq!(network.node_of([10, 22, 2, 7].into()), None);
    /// ```
    #[must_use]
    pub fn node_of(&self, address: IpAddr) -> Option<&str> {
        let around = self
            .subnets
            .iter()
            .filter(|(_, prefix)| prefix.contains(address));
        let smallest = around.max_by_key(|(_, prefix)| prefix.length);
        smallest.map(|(node, _)| node.as_str())
    }
}

/// Where an address of a network is unique.
///
/// ```
/// # use zonesmith_policy::cluster::NetworkScope;
/// // A reverse name must not say which of many things an address is.
/// let is_shared = |scope| scope == NetworkScope::Node;
/// assert!(is_shared(NetworkScope::Node));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkScope {
    /// One network for the whole cluster: an address in it is one thing.
    Cluster,
    /// Repeated on each node (a bridge): the same address may be many things.
    Node,
}
