//! `removeDomainKey`, `activateDomainKey`, `deactivateDomainKey`, `publishDomainKey`, `unpublishDomainKey` (`name`, `id`):
//! `true` when the zone has that key and the change is on the disk.

use serde::Deserialize;
use zonesmith_zone::name::Name;

use super::{Ground, cannot_keep, either, name_to_write};
use crate::remote::number::Number;
use crate::remote::reply::Outcome;
use crate::store::{Store, StoreError};

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct ChangeDomainKey {
    name: String,
    id: Number,
}

impl ChangeDomainKey {
    pub(crate) fn remove<'a>(&self, ground: Ground<'a>) -> Outcome<'a> {
        self.change(ground, Store::remove_key)
    }

    pub(crate) fn activate<'a>(&self, ground: Ground<'a>, active: bool) -> Outcome<'a> {
        self.change(ground, |store, zone, id| {
            store.set_key_active(zone, id, active)
        })
    }

    pub(crate) fn publish<'a>(&self, ground: Ground<'a>, published: bool) -> Outcome<'a> {
        self.change(ground, |store, zone, id| {
            store.set_key_published(zone, id, published)
        })
    }

    fn change<'a>(
        &self,
        ground: Ground<'a>,
        change: impl FnOnce(&Store, &Name, u32) -> Result<bool, StoreError>,
    ) -> Outcome<'a> {
        either(name_to_write("name", &self.name).and_then(|name| {
            let changed = match u32::try_from(self.id.0) {
                Ok(id) => change(&ground.backend.store, &name, id).map_err(cannot_keep)?,
                Err(_) => false,
            };
            if changed {
                ground.backend.signing.changed(&name);
                Ok(Outcome::Done)
            } else {
                Err(Outcome::Refused(format!("{name} has no key {}", self.id.0)))
            }
        }))
    }
}
