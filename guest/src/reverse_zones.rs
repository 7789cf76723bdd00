//! Which reverse zones a cluster has, and the PTR records in them.
//!
//! ```
//! # use zonesmith_policy::{cluster::Cluster, reverse_zones::ReverseZones};
//! let cluster = Cluster { name: "demo".to_owned(), ..Cluster::default() };
//! let mut diagnostics = Vec::new();
//! let zones = ReverseZones::of(&cluster.networks, None, &mut diagnostics);
//! assert!(zones.apexes().any(|apex| apex == "10.in-addr.arpa"));
//! let record = zones.ptr([10, 22, 0, 5].into(), 60, "web.demo").unwrap();
//! assert_eq!(record.owner, "5.0.22.10.in-addr.arpa");
//! // Of this address somebody else answers.
//! assert_eq!(zones.ptr([192, 0, 2, 1].into(), 60, "web.demo"), None);
//! ```
//!
//! Without a word from the site: the private networks of RFC 1918 (18 zones) and the locally assigned ones of RFC 4193
//! (`d.f.ip6.arpa`), for nobody else answers for them; and the zones of the cluster's own networks outside these. The
//! agents claim `in-addr.arpa` itself, which takes the whole internet's reverse names from everyone who asks them.
//!
//! A zone of the reverse tree begins at an octet (IPv4, RFC 1035 section 3.5) or a nibble (IPv6, RFC 3596 section 2.5). So a
//! prefix between two of them is the next smaller zones, all of them: `192.0.2.0/23` is two, at most 128 (IPv6: 8). A network
//! smaller than an usual zone has the usual one: longer than /24 its /24, in IPv6 longer than /64 its /64, the size of one link
//! (RFC 4291 section 2.5.4). What lies within another zone is no zone of its own. Loopback networks have none: their
//! addresses mean another thing on each node. Nor has a network of all addresses: it names no place.

use std::net::IpAddr;

use crate::cluster::{Network, NetworkScope};
use crate::dns::{IpPrefix, ResourceRecord};
use crate::naming::{Diagnostic, Severity};
use serde::Deserialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    Ipv4,
    Ipv6,
}

impl Family {
    /// Bits of one label.
    const fn step(self) -> u8 {
        match self {
            Self::Ipv4 => 8,
            Self::Ipv6 => 4,
        }
    }

    /// Bits of an address.
    const fn width(self) -> u8 {
        match self {
            Self::Ipv4 => 32,
            Self::Ipv6 => 128,
        }
    }

    /// The longest prefix of a zone.
    const fn longest(self) -> u8 {
        match self {
            Self::Ipv4 => 24,
            Self::Ipv6 => 64,
        }
    }

    const fn suffix(self) -> &'static str {
        match self {
            Self::Ipv4 => "in-addr.arpa",
            Self::Ipv6 => "ip6.arpa",
        }
    }
}

/// One zone: all addresses that begin with these bits. Ordered with the larger zones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct ReverseZone {
    family: Family,
    /// A multiple of the family's step.
    length: u8,
    /// From the highest bit down; those beyond `length` are zero.
    bits: u128,
}

impl ReverseZone {
    const fn ipv4(octets: [u8; 2], length: u8) -> Self {
        let [a, b] = octets;
        Self {
            family: Family::Ipv4,
            length,
            bits: u128::from_be_bytes([a, b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        }
    }

    fn covers(self, family: Family, bits: u128) -> bool {
        self.family == family && (self.bits ^ bits) & mask(self.length) == 0
    }

    /// `22.10.in-addr.arpa`
    fn apex(self) -> String {
        let step = self.family.step();
        let mut name = String::new();
        let mut end = self.length;
        while end > 0 {
            // The lowest `step` bits of the first `end`.
            let label = (self.bits >> (128 - u32::from(end))) & ((1 << step) - 1);
            match self.family {
                Family::Ipv4 => name.push_str(&label.to_string()),
                Family::Ipv6 => name.push_str(&format!("{label:x}")),
            }
            name.push('.');
            end -= step;
        }
        name.push_str(self.family.suffix());
        name
    }

    /// The zone of this name, if it is one of the reverse tree.
    fn parse(name: &str) -> Option<Self> {
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let (family, radix) = if name.ends_with(Family::Ipv4.suffix()) {
            (Family::Ipv4, 10)
        } else {
            (Family::Ipv6, 16)
        };
        let labels = name.strip_suffix(family.suffix())?;
        let mut zone = Self {
            family,
            length: 0,
            bits: 0,
        };
        if labels.is_empty() {
            return Some(zone);
        }
        let step = family.step();
        for label in labels.strip_suffix('.')?.rsplit('.') {
            let value = u8::from_str_radix(label, radix).ok()?;
            let is_one_way_to_write_it = label.len() == 1 || !label.starts_with(['0', '+']);
            if value >> (step - 1) > 1 || !is_one_way_to_write_it {
                return None;
            }
            zone.length += step;
            if zone.length > family.width() {
                return None;
            }
            zone.bits |= u128::from(value) << (128 - u32::from(zone.length));
        }
        Some(zone)
    }
}

/// The `length` highest bits.
fn mask(length: u8) -> u128 {
    u128::MAX
        .checked_shl(128 - u32::from(length.min(128)))
        .unwrap_or(0)
}

/// An address from its highest bit down.
fn bits_of(address: IpAddr) -> (Family, u128) {
    match address {
        IpAddr::V4(address) => (Family::Ipv4, u128::from(address.to_bits()) << 96),
        IpAddr::V6(address) => (Family::Ipv6, address.to_bits()),
    }
}

/// The zones of a prefix.
fn zones_of(address: IpAddr, length: u8) -> impl Iterator<Item = ReverseZone> {
    let (family, bits) = bits_of(address);
    let length = length.min(family.longest());
    let zone_length = length.next_multiple_of(family.step());
    let first = bits & mask(length);
    (0..1_u128 << (zone_length - length)).map(move |number| ReverseZone {
        family,
        length: zone_length,
        // A zone of everything has one number, 0.
        bits: first
            | number
                .checked_shl(128 - u32::from(zone_length))
                .unwrap_or(0),
    })
}

/// One entry of a setting in which a site lists its reverse zones: the name of a zone, or a prefix.
///
/// ```
/// # use zonesmith_policy::reverse_zones::{Chosen, ReverseZones};
/// let chosen: Vec<Chosen> = zonesmith_policy::settings::read(r#"["22.10.in-addr.arpa", "fd00::/8"]"#).unwrap();
/// let zones = ReverseZones::of(&[], Some(&chosen), &mut Vec::new());
/// assert_eq!(zones.apexes().collect::<Vec<_>>(), ["22.10.in-addr.arpa", "d.f.ip6.arpa"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Chosen(Vec<ReverseZone>);

impl TryFrom<String> for Chosen {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let zones = match text.split_once('/') {
            Some((address, length)) => prefix(address, length).map(|(address, length)| {
                let zones: Vec<_> = zones_of(address, length).collect();
                zones
            }),
            None => ReverseZone::parse(&text).map(|zone| vec![zone]),
        };
        zones.map(Self).ok_or_else(|| {
            format!(
                "\"{text}\" is neither a reverse zone (\"22.10.in-addr.arpa\", \"d.f.ip6.arpa\") nor a prefix (\"10.22.0.0/16\")"
            )
        })
    }
}

fn prefix(address: &str, length: &str) -> Option<(IpAddr, u8)> {
    let address: IpAddr = address.parse().ok()?;
    let length: u8 = length.parse().ok()?;
    (length <= bits_of(address).0.width()).then_some((address, length))
}

/// All reverse zones of a cluster. None lies within another.
///
/// ```
/// # use zonesmith_policy::{Cluster, naming::{Soa, Zone}, reverse_zones::ReverseZones};
/// # let cluster = Cluster::default();
/// # let mut diagnostics = Vec::new();
/// let reverse_zones = ReverseZones::of(&cluster.networks, None, &mut diagnostics);
/// let soa = Soa::new("ns1.demo", "hostmaster.demo");
/// let zones: Vec<Zone> = reverse_zones.apexes().map(|apex| Zone::new(apex, soa.clone(), ["ns1.demo"])).collect();
/// assert_eq!(zones[0].apex, "10.in-addr.arpa");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReverseZones {
    zones: Vec<ReverseZone>,
    /// The cluster's networks, each with whether it is one of each node.
    networks: Vec<(IpPrefix, bool)>,
}

impl ReverseZones {
    /// Those that a site chose; else the private networks, and those of `networks` outside them.
    ///
    /// ```
    /// # use zonesmith_policy::{cluster::{Info, Network, NetworkScope}, reverse_zones::ReverseZones};
    /// let network = Network {
    ///     name: "public".to_owned(),
    ///     prefix: "198.51.100.0/24".parse().unwrap(),
    ///     scope: NetworkScope::Cluster,
    ///     subnets: Vec::new(),
    ///     info: Info::default(),
    /// };
    /// let mut diagnostics = Vec::new();
    /// let zones = ReverseZones::of(&[network], None, &mut diagnostics);
    /// assert!(zones.contain([198, 51, 100, 7].into()));
    /// assert_eq!(diagnostics, []);
    /// ```
    #[must_use]
    pub fn of(
        networks: &[Network],
        chosen: Option<&[Chosen]>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let zones = match chosen {
            Some(chosen) => chosen
                .iter()
                .flat_map(|chosen| &chosen.0)
                .copied()
                .collect(),
            None => zones_of_networks(networks, diagnostics),
        };
        let is_of_each_node = |network: &Network| match network.scope {
            NetworkScope::Node => true,
            NetworkScope::Cluster => false,
        };
        Self {
            zones: outermost(zones),
            networks: networks
                .iter()
                .map(|network| (network.prefix, is_of_each_node(network)))
                .collect(),
        }
    }

    /// Whether one of them has the reverse name of `address`.
    ///
    /// ```
    /// # use zonesmith_policy::reverse_zones::ReverseZones;
    /// let zones = ReverseZones::of(&[], None, &mut Vec::new());
    /// assert!(zones.contain([10, 22, 0, 5].into()));
    /// assert!(!zones.contain([127, 0, 0, 1].into()));
    /// ```
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        let (family, bits) = bits_of(address);
        self.zones.iter().any(|zone| zone.covers(family, bits))
    }

    /// `22.10.in-addr.arpa`, …
    ///
    /// ```
    /// # use zonesmith_policy::reverse_zones::ReverseZones;
    /// let zones = ReverseZones::of(&[], Some(&[]), &mut Vec::new());
    /// assert_eq!(zones.apexes().count(), 0);
    /// ```
    pub fn apexes(&self) -> impl Iterator<Item = String> {
        self.zones.iter().map(|zone| zone.apex())
    }

    /// From `address` to `target`; none where no zone has its reverse name. Of a network that each node has for itself the
    /// record is exclusive: it stands only while one service has the address. Where networks nest, the smallest decides.
    ///
    /// ```
    /// # use zonesmith_policy::{cluster::{Info, Network, NetworkScope}, reverse_zones::ReverseZones};
    /// let bridge = Network {
    ///     name: "bridge".to_owned(),
    ///     prefix: "10.88.0.0/16".parse().unwrap(),
    ///     scope: NetworkScope::Node,
    ///     subnets: Vec::new(),
    ///     info: Info::default(),
    /// };
    /// let zones = ReverseZones::of(&[bridge], None, &mut Vec::new());
    /// assert!(zones.ptr([10, 88, 0, 2].into(), 60, "web.demo").unwrap().exclusive);
    /// assert!(!zones.ptr([10, 22, 0, 5].into(), 60, "web.demo").unwrap().exclusive);
    /// ```
    #[must_use]
    pub fn ptr(
        &self,
        address: IpAddr,
        ttl: u32,
        target: impl Into<String>,
    ) -> Option<ResourceRecord> {
        if !self.contain(address) {
            return None;
        }
        let mut record = ResourceRecord::ptr(address, ttl, target);
        record.exclusive = self.is_of_each_node(address);
        Some(record)
    }

    /// Whether the smallest network around `address` is one that each node has for itself; of two as small, whether one is.
    fn is_of_each_node(&self, address: IpAddr) -> bool {
        let around = self.networks.iter();
        let around = around.filter(|(prefix, _)| prefix.contains(address));
        around
            .map(|(prefix, is_of_each_node)| (prefix.length, *is_of_each_node))
            .max()
            .is_some_and(|(_, is_of_each_node)| is_of_each_node)
    }
}

/// The private networks, and those of `networks` outside them.
fn zones_of_networks(networks: &[Network], diagnostics: &mut Vec<Diagnostic>) -> Vec<ReverseZone> {
    let mut zones = private_zones();
    for network in networks {
        let address = network.prefix.address;
        if network.prefix.length == 0 {
            let message = format!(
                "the network \"{}\" is every address: no reverse zone is made of it",
                network.name
            );
            diagnostics.push(Diagnostic::new(Severity::Information, message));
        } else if !address.is_loopback() {
            zones.extend(zones_of(address, network.prefix.length));
        }
    }
    zones
}

/// Without those that lie within another.
fn outermost(zones: Vec<ReverseZone>) -> Vec<ReverseZone> {
    let mut kept: Vec<ReverseZone> = Vec::with_capacity(zones.len());
    for zone in zones {
        let covered = |outer: &ReverseZone| outer.covers(zone.family, zone.bits);
        // `covers` compares as many bits as the outer one has: a longer one covers nothing that is larger.
        if kept
            .iter()
            .any(|outer| outer.length <= zone.length && covered(outer))
        {
            continue;
        }
        kept.retain(|inner| !zone.covers(inner.family, inner.bits));
        kept.insert(kept.partition_point(|other| *other < zone), zone);
    }
    kept
}

/// RFC 1918 section 3 and RFC 4193 section 3.1 (of `fc00::/7` only the half that is in use).
fn private_zones() -> Vec<ReverseZone> {
    let mut zones = vec![
        ReverseZone::ipv4([10, 0], 8),
        ReverseZone::ipv4([192, 168], 16),
        ReverseZone {
            family: Family::Ipv6,
            length: 8,
            bits: 0xfd << 120,
        },
    ];
    zones.extend((16..=31).map(|second| ReverseZone::ipv4([172, second], 16)));
    zones
}

#[cfg(test)]
mod tests;
