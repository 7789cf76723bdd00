//! `list` (`zonename`): every record of a zone, SOA included, for a transfer. Names without records are left out: PowerDNS
//! finds empty non-terminals of a transfer itself.

use std::borrow::Cow;

use serde::Deserialize;
use zonesmith_zone::name::NameBuffer;
use zonesmith_zone::zone_set::ZoneSet;

use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct List<'a> {
    #[serde(borrow)]
    zonename: Cow<'a, str>,
}

impl List<'_> {
    pub(crate) fn answer<'a>(&self, zone_set: &'a ZoneSet, name: &mut NameBuffer) -> Outcome<'a> {
        let name = match name.parse(self.zonename.as_bytes()) {
            Ok(name) => name,
            Err(error) => {
                return Outcome::BadName {
                    parameter: "zonename",
                    error,
                };
            }
        };
        zone_set
            .zones()
            .find_apex(name)
            .map_or(Outcome::NoSuchZone, |zone| Outcome::Transfer {
                zone_set,
                zone,
            })
    }
}
