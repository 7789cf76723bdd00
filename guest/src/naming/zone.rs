//! Zones, their SOA, their nameservers.

use std::net::IpAddr;

use crate::dns::ResourceRecord;
use crate::name;
use crate::reverse_zones::ReverseZones;

/// A zone this policy wants served, forward or reverse.
///
/// ```
/// # use zonesmith_policy::naming::{Soa, Zone};
/// let soa = Soa::new("ns1.demo", "hostmaster.demo");
/// let zone = Zone::new("22.10.in-addr.arpa", soa, ["ns1.demo"]);
/// assert_eq!(zone.nameserver_ttl, 3600);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Where it begins.
    pub apex: String,
    /// Its first record.
    pub soa: Soa,
    /// NS of the apex. The addresses of nameservers inside the zone are ordinary records of the
    /// [`Configuration`](crate::Configuration).
    pub nameservers: Vec<String>,
    /// Of the NS records, in seconds.
    pub nameserver_ttl: u32,
}

impl Zone {
    /// A zone whose NS records live an hour.
    ///
    /// ```
    /// # use zonesmith_policy::naming::{Soa, Zone, nameservers};
    /// let nameservers = nameservers("demo", &[[10, 0, 0, 1].into(), [10, 0, 0, 2].into()]);
    /// let names = nameservers.iter().map(|nameserver| nameserver.name.as_str());
    /// let zone = Zone::new("demo", Soa::new("ns1.demo", "hostmaster.demo"), names);
    /// assert_eq!(zone.nameservers, ["ns1.demo", "ns2.demo"]);
    /// ```
    #[must_use]
    pub fn new(
        apex: impl Into<String>,
        soa: Soa,
        nameservers: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            apex: apex.into(),
            soa,
            nameservers: nameservers.into_iter().map(Into::into).collect(),
            nameserver_ttl: 3600,
        }
    }

    /// A forward zone and the reverse ones beside it, as most policies have them: with the same SOA and the same nameservers,
    /// whose names stand in the forward zone alone.
    ///
    /// ```
    /// # use zonesmith_policy::naming::{Soa, Zone, nameservers};
    /// # use zonesmith_policy::reverse_zones::{Chosen, ReverseZones};
    /// let chosen = Chosen::try_from("10.0.0.0/8".to_owned()).unwrap();
    /// let reverse_zones = ReverseZones::of(&[], Some(&[chosen]), &mut Vec::new());
    /// let nameservers = nameservers("demo", &[[10, 0, 0, 1].into()]);
    /// let soa = Soa::new("ns1.demo", "hostmaster.demo");
    /// let zones = Zone::with_reverse_zones("demo", &reverse_zones, &soa, &nameservers);
    /// let apexes: Vec<_> = zones.iter().map(|zone| &*zone.apex).collect();
    /// assert_eq!(apexes, ["demo", "10.in-addr.arpa"]);
    /// assert_eq!(zones[1].nameservers, ["ns1.demo"]);
    /// ```
    #[must_use]
    pub fn with_reverse_zones(
        apex: &str,
        reverse_zones: &ReverseZones,
        soa: &Soa,
        nameservers: &[Nameserver],
    ) -> Vec<Self> {
        let names = || nameservers.iter().map(|one| one.name.as_str());
        std::iter::once(apex.to_owned())
            .chain(reverse_zones.apexes())
            .map(|apex| Self::new(apex, soa.clone(), names()))
            .collect()
    }

    /// The same with another TTL of its NS records.
    ///
    /// ```
    /// # use zonesmith_policy::naming::{Soa, Zone};
    /// let zone = Zone::new("demo", Soa::new("ns1.demo", "hostmaster.demo"), ["ns1.demo"]);
    /// assert_eq!(zone.with_nameserver_ttl(60).nameserver_ttl, 60);
    /// ```
    #[must_use]
    pub fn with_nameserver_ttl(self, nameserver_ttl: u32) -> Self {
        Self {
            nameserver_ttl,
            ..self
        }
    }
}

/// SOA of a zone (RFC 1035 section 3.3.13), without the serial: that is the host's. Times are in seconds, at most
/// 2^31 - 1.
///
/// ```
/// # use zonesmith_policy::naming::Soa;
/// let soa = Soa { ttl: 30, ..Soa::new("ns1.demo", "hostmaster.demo") };
/// assert_eq!(soa.refresh, 7200);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Soa {
    /// Of the record itself, and no negative answer lives longer.
    pub ttl: u32,
    /// The primary nameserver.
    pub mname: String,
    /// A mailbox as a name: `hostmaster.example.com`. [`name::mailbox`] writes it.
    pub rname: String,
    /// How often a secondary asks.
    pub refresh: u32,
    /// How soon it asks again when that failed.
    pub retry: u32,
    /// How long it answers without having been answered.
    pub expire: u32,
    /// TTL of negative answers (RFC 2308 section 4), together with `ttl`.
    pub minimum: u32,
}

impl Soa {
    /// One whose negative answers live a minute, and whose secondaries ask every two hours, again after one, and give up
    /// after five days.
    ///
    /// ```
    /// # use zonesmith_policy::naming::Soa;
    /// let soa = Soa::new("ns1.demo", "hostmaster.demo");
    /// assert_eq!((soa.ttl, soa.refresh, soa.retry, soa.expire, soa.minimum), (60, 7200, 3600, 432_000, 86_400));
    /// ```
    #[must_use]
    pub fn new(mname: impl Into<String>, rname: impl Into<String>) -> Self {
        Self {
            ttl: 60,
            mname: mname.into(),
            rname: rname.into(),
            refresh: 7200,
            retry: 3600,
            expire: 432_000,
            minimum: 86_400,
        }
    }
}

/// A nameserver of the cluster, and its name. Several may have the same address.
///
/// ```
/// # use zonesmith_policy::naming::Nameserver;
/// let nameserver = Nameserver { name: "ns1.demo".to_owned(), address: [10, 0, 0, 1].into() };
/// assert_eq!(nameserver.record(60).owner, "ns1.demo");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nameserver {
    /// For NS records.
    pub name: String,
    /// For its A or AAAA record.
    pub address: IpAddr,
}

impl Nameserver {
    /// Its A or AAAA record.
    ///
    /// ```
    /// # use zonesmith_policy::{dns::Rdata, naming::nameservers};
    /// let nameservers = nameservers("demo", &[[10, 0, 0, 1].into()]);
    /// assert_eq!(nameservers[0].record(60).data, Rdata::A([10, 0, 0, 1].into()));
    /// ```
    #[must_use]
    pub fn record(&self, ttl: u32) -> ResourceRecord {
        ResourceRecord::address(self.name.as_str(), ttl, self.address)
    }
}

/// The nameservers at these addresses: `ns1.<parent>`, `ns2.<parent>`, …
///
/// ```
/// # use zonesmith_policy::naming::nameservers;
/// let nameservers = nameservers("demo", &[[10, 0, 0, 1].into(), "fd00::2".parse().unwrap()]);
/// assert_eq!(nameservers[1].name, "ns2.demo");
/// ```
#[must_use]
pub fn nameservers(parent: &str, addresses: &[IpAddr]) -> Vec<Nameserver> {
    (1_usize..)
        .zip(addresses)
        .map(|(number, &address)| Nameserver {
            name: name::join([&*["ns", &number.to_string()].concat(), parent]),
            address,
        })
        .collect()
}
