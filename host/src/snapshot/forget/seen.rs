//! What one zone says of one name: what PowerDNS gets when it looks the name up for that zone.

use zonesmith_zone::name::NameRef;
use zonesmith_zone::rdata::rtype;
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::{Answer, Records, Standing, ZoneSet};

/// Below a DNAME every name is an alias (RFC 6672). PowerDNS follows them where it is told to.
pub(super) const DNAME: u16 = 39;

/// What stands in the reply for an empty non-terminal.
const NO_TYPE: u16 = 0;

/// What one zone says of one name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Seen<'a> {
    /// The name does not exist.
    Nothing,
    /// It exists for the names below it.
    Empty(Standing),
    /// Its records; at an apex with the SOA of the zone.
    Records(Records<'a>, Standing, Option<&'a Zone>),
}

impl<'a> Seen<'a> {
    /// Looks.
    pub(super) fn of(zone_set: &'a ZoneSet, zone: &'a Zone, name: NameRef<'_>) -> Self {
        match zone_set.find_in(zone, name) {
            Answer::Records {
                zone,
                at_apex,
                records,
                standing,
            } => Self::Records(records, standing, at_apex.then_some(zone)),
            Answer::EmptyNonTerminal { standing, .. } => Self::Empty(standing),
            Answer::NoSuchName => Self::Nothing,
        }
    }

    /// Whether there is such a name.
    pub(super) fn exists(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// Where it stands, if it exists.
    pub(super) fn standing(&self) -> Option<Standing> {
        match self {
            Self::Nothing => None,
            Self::Empty(standing) | Self::Records(_, standing, _) => Some(*standing),
        }
    }

    /// Whether the zone ends here.
    pub(super) fn is_cut(&self) -> bool {
        self.standing() == Some(Standing::AtCut)
    }

    /// Its records of these types.
    pub(super) fn of_types(&self, types: &'static [u16]) -> impl Iterator<Item = (u16, &'a [u8])> {
        let records = match self {
            Self::Nothing | Self::Empty(_) => Records::default(),
            Self::Records(records, ..) => *records,
        };
        records
            .filter(|record| types.contains(&record.rtype))
            .map(|record| (record.rtype, record.octets))
    }

    /// Whether records of these types are not the same.
    pub(super) fn differs_in(&self, other: &Self, types: &'static [u16]) -> bool {
        !self.of_types(types).eq(other.of_types(types))
    }

    /// Whether PowerDNS gets another reply.
    pub(super) fn differs(&self, other: &Self) -> bool {
        let is_same = match (self, other) {
            (Self::Nothing, Self::Nothing) => true,
            (Self::Empty(was), Self::Empty(is)) => {
                was.is_authoritative(NO_TYPE) == is.is_authoritative(NO_TYPE)
            }
            (
                Self::Records(old, old_standing, old_zone),
                Self::Records(new, new_standing, new_zone),
            ) => {
                let said = |records: Records<'a>, standing: Standing| {
                    records.map(move |one| (one, standing.is_authoritative(one.rtype)))
                };
                let soa = |zone: &Zone| (zone.serial(), zone.soa().clone());
                said(*old, *old_standing).eq(said(*new, *new_standing))
                    && old_zone.map(soa) == new_zone.map(soa)
            }
            (Self::Nothing | Self::Empty(_) | Self::Records(..), _) => false,
        };
        !is_same
    }
}

/// What a delegation is made of, but for addresses.
pub(super) const OF_DELEGATION: &[u16] = &[rtype::NS, rtype::DS];

/// Addresses of nameservers, where they stand below a cut.
pub(super) const ADDRESSES: &[u16] = &[rtype::A, rtype::AAAA];
