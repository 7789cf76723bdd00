//! `getDomainInfo` (`name`): one zone, by its apex, with the serial that others were told of. Asked before each transfer.

use std::borrow::Cow;

use serde::Deserialize;
use zonesmith_zone::name::NameBuffer;

use super::{Ground, cannot_say};
use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct GetDomainInfo<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

impl GetDomainInfo<'_> {
    pub(crate) fn answer<'a>(&self, ground: Ground<'a>, name: &mut NameBuffer) -> Outcome<'a> {
        let name = match name.parse(self.name.as_bytes()) {
            Ok(name) => name,
            Err(error) => {
                return Outcome::BadName {
                    parameter: "name",
                    error,
                };
            }
        };
        let Some(zone) = ground.snapshot.zone_set.zones().find_apex(name) else {
            return Outcome::NoSuchZone;
        };
        match ground.backend.store.notified_of(zone.apex()) {
            Ok(notified) => Outcome::Zone(zone, notified),
            Err(error) => cannot_say(error),
        }
    }
}
