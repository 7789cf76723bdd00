//! `getUpdatedMasters`: the zones whose serial is newer than the one that others were told of. PowerDNS asks it with
//! `primary=yes`, sends a NOTIFY for each, and says so by `setNotified`. (The daemon sends its own; this is for who lets
//! PowerDNS do it.)

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Ground, cannot_say};
use crate::remote::reply::Outcome;
use crate::snapshot::serial::is_after;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct GetUpdatedMasters(IgnoredAny);

impl GetUpdatedMasters {
    pub(crate) fn answer<'a>(&self, ground: Ground<'a>) -> Outcome<'a> {
        let notified = match ground.backend.store.notified() {
            Ok(notified) => notified,
            Err(error) => return cannot_say(error),
        };
        let zones = ground.snapshot.zone_set.zones().iter();
        let updated = zones
            .map(|zone| (zone, notified.get(zone.apex()).copied()))
            .filter(|(zone, told)| told.is_none_or(|told| is_after(zone.serial(), told)));
        Outcome::UpdatedZones(updated.collect())
    }
}
