//! Services, their instances and the resources of these: what a policy makes records of.

use std::net::IpAddr;

use super::{Info, Place};

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

    /// The scaler that this service is a slice of: `web` for `1.web`. A service that happens to be named `0.web` is one only
    /// when the source says so (`scaler_slave`), of the service or of one of its instances.
    ///
    /// ```
    /// # use zonesmith_policy::Service;
    /// let service = Service { name: "1.web".to_owned(), ..Service::default() };
    /// assert_eq!(service.scaler(), None);
    /// let slice = Service { info: r#"{"scaler_slave": true}"#.parse().unwrap(), ..service };
    /// assert_eq!(slice.scaler(), Some("web"));
    /// ```
    #[must_use]
    pub fn scaler(&self) -> Option<&str> {
        const SLICE: &str = "scaler_slave";
        let (number, scaler) = self.name.split_once('.')?;
        if number.is_empty() || !number.bytes().all(|octet| octet.is_ascii_digit()) {
            return None;
        }
        let mut instances = self.instances.iter();
        let is_slice = self.info.flag(SLICE) || instances.any(|instance| instance.info.flag(SLICE));
        is_slice.then_some(scaler)
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
