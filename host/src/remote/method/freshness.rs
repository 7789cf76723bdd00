//! `setFresh`, `setStale` (`id`): PowerDNS asked for the zone where it is copied from. Zones made here are always fresh, so
//! there is nothing to keep, and `true` for a zone that is ours.

use serde::Deserialize;

use super::Ground;
use crate::remote::number::Number;
use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Freshness {
    id: Number,
}

impl Freshness {
    pub(crate) fn answer<'a>(&self, ground: Ground<'a>) -> Outcome<'a> {
        match ground.zone_by_id(self.id.0) {
            Some(_) => Outcome::Done,
            None => Outcome::Refused(format!("no zone has the id {}", self.id.0)),
        }
    }
}
