//! `getAllDomains`: every zone, reverse zones too. What is not listed here is refused to clients until PowerDNS asks again,
//! five minutes later by default; so "none" is never said, it would refuse everything.

use serde::Deserialize;
use serde::de::IgnoredAny;
use zonesmith_zone::zone_set::ZoneSet;

use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct GetAllDomains(IgnoredAny);

impl GetAllDomains {
    pub(crate) fn answer<'a>(&self, zone_set: &'a ZoneSet) -> Outcome<'a> {
        let zones = zone_set.zones();
        if zones.is_empty() {
            return Outcome::NotReady;
        }
        Outcome::Zones(zones)
    }
}
