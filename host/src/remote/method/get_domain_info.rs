//! `getDomainInfo` (`name`): one zone, by its apex. Asked before each transfer.

use std::borrow::Cow;

use serde::Deserialize;
use zonesmith_zone::name::NameBuffer;
use zonesmith_zone::zone_set::ZoneSet;

use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct GetDomainInfo<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

impl GetDomainInfo<'_> {
    pub(crate) fn answer<'a>(&self, zone_set: &'a ZoneSet, name: &mut NameBuffer) -> Outcome<'a> {
        let name = match name.parse(self.name.as_bytes()) {
            Ok(name) => name,
            Err(error) => {
                return Outcome::BadName {
                    parameter: "name",
                    error,
                };
            }
        };
        zone_set
            .zones()
            .find_apex(name)
            .map_or(Outcome::NoSuchZone, Outcome::Zone)
    }
}
