//! `setNotified` (`id`, `serial`): others were told of this serial of the zone; `true` when that is on the disk.

use serde::Deserialize;

use super::{Ground, cannot_keep, either};
use crate::remote::number::Number;
use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct SetNotified {
    id: Number,
    serial: Number,
}

impl SetNotified {
    pub(crate) fn answer<'a>(&self, ground: Ground<'a>) -> Outcome<'a> {
        either(self.keep(ground))
    }

    fn keep<'a>(&self, ground: Ground<'a>) -> Result<Outcome<'a>, Outcome<'a>> {
        let Self { id, serial } = self;
        let zone = ground
            .zone_by_id(id.0)
            .ok_or_else(|| Outcome::Refused(format!("no zone has the id {}", id.0)))?;
        let serial = u32::try_from(serial.0).map_err(|_| {
            Outcome::Refused(format!("serial: {} is not 0 to 4294967295", serial.0))
        })?;
        ground
            .backend
            .store
            .set_notified(zone.apex(), serial)
            .map_err(cannot_keep)?;
        Ok(Outcome::Done)
    }
}
