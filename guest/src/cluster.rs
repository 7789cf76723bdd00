//! What a policy is given: the cluster, its networks, and the services with their instances and resources.
//!
//! The host has read what is the same for everyone: addresses, exposed ports, IANA's names of ports. What it has no field
//! for is in `info`, see [`Info`]. The words are those of `cluster.wit`; in a test, [`crate::harness`] makes these values of
//! a cluster document.
//!
//! - `info`: what a source says beyond the fields
//! - `place`: each resource of a service with where it stands

mod info;
mod place;

use std::net::IpAddr;

pub use info::{Info, NotAnObject};
pub use place::Place;

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

/// One service of a cluster: `<namespace>/<kind>/<name>`.
///
/// ```
/// use zonesmith_policy::harness::Harness;
///
/// # fn main() -> Result<(), zonesmith_policy::harness::HarnessError> {
/// let document = r#"{ "cluster": { "name": "demo", "dns": ["10.0.0.1"] }, "services": { "shop/svc/web": {
///     "labels": { "tier": "front" },
///     "instances": { "n1": { "resources": { "ip#0": { "info": { "ipaddr": "10.22.0.5" } } } } } } } }"#;
/// let harness = Harness::read(document)?;
/// let service = harness.service("shop/svc/web").unwrap();
/// assert_eq!(service.path(), "shop/svc/web");
/// assert_eq!(service.label("tier"), Some("front"));
/// let addresses: Vec<_> = service.places().flat_map(|place| &place.resource.addresses).collect();
/// assert_eq!(addresses, [&std::net::IpAddr::from([10, 22, 0, 5])]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// `root` where the source names none.
    pub namespace: String,
    /// `svc`, `vol`, …
    pub kind: String,
    /// May contain dots. A slice of a scaler is `<number>.<scaler>`.
    pub name: String,
    /// Sorted by key.
    pub labels: Vec<(String, String)>,
    /// Sorted by node, one at most for each.
    pub instances: Vec<Instance>,
    /// What else the source says of the service.
    pub info: Info,
}

impl Service {
    /// The value of a label.
    ///
    /// ```
    /// # use zonesmith_policy::Service;
    /// let service = Service { labels: vec![("tier".to_owned(), "front".to_owned())], ..Service::default() };
    /// assert_eq!(service.label("tier"), Some("front"));
    /// assert_eq!(service.label("team"), None);
    /// ```
    #[must_use]
    pub fn label(&self, key: &str) -> Option<&str> {
        let mut labels = self.labels.iter();
        labels
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// `<namespace>/<kind>/<name>`, as the cluster's commands call it.
    ///
    /// ```
    /// # use zonesmith_policy::Service;
    /// let service = Service {
    ///     namespace: "shop".to_owned(), kind: "svc".to_owned(), name: "web".to_owned(), ..Service::default()
    /// };
    /// assert_eq!(service.path(), "shop/svc/web");
    /// ```
    #[must_use]
    pub fn path(&self) -> String {
        [&*self.namespace, &*self.kind, &*self.name].join("/")
    }

    /// Each resource of each instance, in their order, with what a record says of where it comes from.
    ///
    /// ```
    /// # use zonesmith_policy::cluster::{Instance, Resource, Service};
    /// let instance = Instance { resources: vec![Resource::default(), Resource::default()], ..Instance::default() };
    /// let service = Service { instances: vec![instance], ..Service::default() };
    /// let last = service.places().last().unwrap();
    /// assert_eq!((last.origin.instance, last.origin.resource), (0, Some(1)));
    /// ```
    pub fn places(&self) -> impl Iterator<Item = Place<'_>> {
        Place::all(&self.instances)
    }
}

/// A service on one node.
///
/// ```
/// # use zonesmith_policy::cluster::{Availability, Instance};
/// let instance = Instance { node: "n1".to_owned(), availability: Availability::Up, ..Instance::default() };
/// assert_eq!(instance.score, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instance {
    /// The node's name, as the source has it.
    pub node: String,
    /// 0 to 100, the node's fitness for more load; none when not known. It lags: a change of less than 10 points is handed
    /// on only with the next change of the instance.
    pub score: Option<u8>,
    /// Of the instance as a whole.
    pub availability: Availability,
    /// Sorted by [`id`](Resource::id).
    pub resources: Vec<Resource>,
    /// What else the source says of the instance.
    pub info: Info,
}

/// A part of an instance: an address, a container, …
///
/// ```
/// # use zonesmith_policy::cluster::Resource;
/// let resource = Resource { id: "ip#0".to_owned(), ..Resource::default() };
/// assert_eq!(resource.index(), Some("0"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// `ip#0`, `container#web`, …
    pub id: String,
    /// Of this resource alone.
    pub status: Availability,
    /// Of this resource. An address may be told while the resource is down: see `status`.
    pub addresses: Vec<IpAddr>,
    /// As it was written: any case, possibly dotted.
    pub hostname: Option<String>,
    /// References (`expose#1`) are followed, and what could not be read is left out and reported by the host.
    pub exposes: Vec<PortExposure>,
    /// All of the agent's own `info`, also what has a field here (`ipaddr`, `hostname`, `expose`), as it was written.
    pub info: Info,
}

impl Resource {
    /// What stands behind `#` in the id: `0` of `ip#0`.
    ///
    /// ```
    /// # use zonesmith_policy::cluster::Resource;
    /// let named = |id: &str| Resource { id: id.to_owned(), ..Resource::default() };
    /// assert_eq!(named("container#web").index(), Some("web"));
    /// assert_eq!(named("sync").index(), None);
    /// ```
    #[must_use]
    pub fn index(&self) -> Option<&str> {
        self.id.split_once('#').map(|(_, index)| index)
    }
}

/// The state of an instance or a resource, in the agent's words.
///
/// ```
/// # use zonesmith_policy::cluster::Availability;
/// assert!(Availability::StandbyUp.is_up());
/// assert!(!Availability::Undefined.is_up());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Availability {
    /// `up`
    Up,
    /// `down`
    Down,
    /// `warn`
    Warn,
    /// `n/a`
    NotApplicable,
    /// `undef`
    #[default]
    Undefined,
    /// `stdby up`
    StandbyUp,
    /// `stdby down`
    StandbyDown,
}

impl Availability {
    /// `up` or `stdby up`.
    ///
    /// ```
    /// # use zonesmith_policy::cluster::Availability;
    /// assert!(Availability::Up.is_up());
    /// assert!(!Availability::Warn.is_up());
    /// ```
    #[must_use]
    pub const fn is_up(self) -> bool {
        matches!(self, Self::Up | Self::StandbyUp)
    }

    /// `down` or `stdby down`: not the opposite of [`is_up`](Self::is_up), since much is neither.
    ///
    /// ```
    /// # use zonesmith_policy::cluster::Availability;
    /// assert!(Availability::StandbyDown.is_down());
    /// assert!(!Availability::Warn.is_down());
    /// ```
    #[must_use]
    pub const fn is_down(self) -> bool {
        matches!(self, Self::Down | Self::StandbyDown)
    }
}

/// A port that a resource offers: `443/tcp:8443` is port, protocol, published port.
///
/// ```
/// # use zonesmith_policy::cluster::PortExposure;
/// let exposure = PortExposure {
///     port: 443, protocol: "tcp".to_owned(), published_port: Some(8443), service_name: Some("https".to_owned()),
/// };
/// assert_eq!(exposure.protocol_for([10, 22, 0, 5].into()), Some("tcp"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortExposure {
    /// The port the service listens on, 1 to 65535.
    pub port: u16,
    /// As written: `tcp`, `udp`, `tcp6`, …
    pub protocol: String,
    /// 1 to 65535.
    pub published_port: Option<u16>,
    /// What IANA registered first for `port` and `protocol`: `http`.
    pub service_name: Option<String>,
}

impl PortExposure {
    /// The protocol without its family, `tcp` for `tcp4`; none when it is for addresses of the other family.
    ///
    /// ```
    /// # use zonesmith_policy::cluster::PortExposure;
    /// # let exposure = PortExposure { port: 80, protocol: "tcp4".to_owned(), published_port: None, service_name: None };
    /// assert_eq!(exposure.protocol, "tcp4");
    /// assert_eq!(exposure.protocol_for([10, 22, 0, 5].into()), Some("tcp"));
    /// assert_eq!(exposure.protocol_for("fd00::5".parse().unwrap()), None);
    /// ```
    #[must_use]
    pub fn protocol_for(&self, address: IpAddr) -> Option<&str> {
        let protocol = self.protocol.as_str();
        if let Some(ipv4) = protocol.strip_suffix('4') {
            address.is_ipv4().then_some(ipv4)
        } else if let Some(ipv6) = protocol.strip_suffix('6') {
            address.is_ipv6().then_some(ipv6)
        } else {
            Some(protocol)
        }
    }
}
