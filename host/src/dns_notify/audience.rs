//! Who is told of a zone: the configured targets, those of the zone's metadata (`ALSO-NOTIFY`), and its name servers outside
//! the cluster. The cluster's own serve the same state as we do and transfer nothing.
//!
//! The address of a name server is asked of our own zones, and of the system's resolver when it is not in one of them.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use domain::base::iana::Rtype;
use tokio::net::lookup_host;
use tokio::time::timeout;
use zonesmith_zone::name::{Name, NameRef};
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::{Answer, ZoneSet};

use super::target::{self, PORT};
use crate::store::Store;

/// How long an address that the system's resolver gave, or did not give, is believed: serials move every second.
const ADDRESS_LIFETIME: Duration = Duration::from_secs(60);

/// How long the system's resolver may take.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);

/// The metadata that lists targets of a zone.
const ALSO_NOTIFY: &str = "ALSO-NOTIFY";

/// What the system's resolver said lately.
pub(super) type Resolved = HashMap<Name, (Instant, Vec<IpAddr>)>;

/// Finds who is told of zones.
pub(super) struct Audience<'a> {
    pub(super) zone_set: &'a ZoneSet,
    /// Told of every zone.
    pub(super) also: &'a [SocketAddr],
    /// The cluster's own.
    pub(super) nameservers: &'a [IpAddr],
    pub(super) store: &'a Store,
    pub(super) resolved: &'a mut Resolved,
    /// What stood in the way, a sentence each.
    pub(super) problems: &'a mut BTreeSet<String>,
}

impl Audience<'_> {
    /// Whom to tell of this zone.
    pub(super) async fn of(&mut self, zone: &Zone) -> BTreeSet<SocketAddr> {
        let mut targets: BTreeSet<SocketAddr> = self.also.iter().copied().collect();
        let apex = zone.apex();
        match self.store.metadata_of(apex, ALSO_NOTIFY) {
            Ok(values) => {
                for value in values {
                    match target::parse(&value) {
                        Some(target) => {
                            targets.insert(target);
                        }
                        None => {
                            let problem = format!("{ALSO_NOTIFY} of {apex} is no address: {value}");
                            self.problems.insert(problem);
                        }
                    }
                }
            }
            Err(error) => {
                self.problems
                    .insert(format!("{ALSO_NOTIFY} of {apex}: {error}"));
            }
        }
        for nameserver in nameservers_of(self.zone_set, zone) {
            let addresses = match self.own_addresses(nameserver.as_ref()) {
                Some(addresses) => addresses,
                None => self.resolve(&nameserver).await,
            };
            if addresses.is_empty() {
                let problem = format!("{nameserver}, a name server of {apex}, has no address");
                self.problems.insert(problem);
            }
            let outside = addresses
                .into_iter()
                .filter(|address| !self.nameservers.contains(address));
            targets.extend(outside.map(|address| SocketAddr::new(address, PORT)));
        }
        targets
    }

    /// The addresses of a name in our own zones; none: it is in another's.
    fn own_addresses(&self, name: NameRef<'_>) -> Option<Vec<IpAddr>> {
        self.zone_set.zones().enclosing(name)?;
        let Answer::Records { records, .. } = self.zone_set.find(name) else {
            return Some(Vec::new());
        };
        let address = |octets: &[u8]| {
            let four = <[u8; 4]>::try_from(octets).map(IpAddr::from);
            four.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from))
                .ok()
        };
        let is_address = |rtype: u16| [Rtype::A, Rtype::AAAA].map(Rtype::to_int).contains(&rtype);
        let addresses = records.filter(|record| is_address(record.rtype));
        Some(
            addresses
                .filter_map(|record| address(record.octets))
                .collect(),
        )
    }

    async fn resolve(&mut self, name: &Name) -> Vec<IpAddr> {
        let now = Instant::now();
        if let Some((since, addresses)) = self.resolved.get(name)
            && now.duration_since(*since) < ADDRESS_LIFETIME
        {
            return addresses.clone();
        }
        let text = name.to_string();
        let found = timeout(RESOLVE_TIMEOUT, lookup_host((text.as_str(), PORT))).await;
        let addresses: Vec<IpAddr> = match found {
            Ok(Ok(found)) => found.map(|address| address.ip()).collect(),
            // That there is none is told by who asked.
            Ok(Err(_)) | Err(_) => Vec::new(),
        };
        self.resolved
            .retain(|_, (since, _)| now.duration_since(*since) < ADDRESS_LIFETIME);
        self.resolved.insert(name.clone(), (now, addresses.clone()));
        addresses
    }
}

/// The name servers of a zone.
fn nameservers_of(zone_set: &ZoneSet, zone: &Zone) -> Vec<Name> {
    let Answer::Records { records, .. } = zone_set.find(zone.apex().as_ref()) else {
        return Vec::new();
    };
    let nameservers = records.filter(|record| record.rtype == Rtype::NS.to_int());
    nameservers
        .filter_map(|record| Name::from_wire(record.octets).ok())
        .map(|(name, _)| name)
        .collect()
}
