//! `getDomainKeys` (`name`): the keys of a zone, `{id, flags, active, published, content}` each, by number. A zone that is
//! not ours and has none gets "no", so that PowerDNS asks its other backends.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::json;

use super::{Ground, cannot_say, either, name_to_read};
use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct GetDomainKeys<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

impl GetDomainKeys<'_> {
    pub(crate) fn answer<'a>(&self, ground: Ground<'a>) -> Outcome<'a> {
        either(name_to_read("name", &self.name).and_then(|name| {
            let keys = ground.backend.store.keys(&name).map_err(cannot_say)?;
            let zones = ground.snapshot.zone_set.zones();
            if keys.is_empty() && zones.find_apex(name.as_ref()).is_none() {
                return Ok(Outcome::NoSuchZone);
            }
            Ok(Outcome::Value(json!(keys)))
        }))
    }
}
