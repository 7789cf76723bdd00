//! `deleteTSIGKey` (`name`): forgets a key; `false` when there is none of that name.

use serde::Deserialize;

use super::{Ground, cannot_keep, either, name_to_write};
use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct DeleteTsigKey {
    name: String,
}

impl DeleteTsigKey {
    pub(crate) fn answer<'a>(&self, ground: Ground<'a>) -> Outcome<'a> {
        either(name_to_write("name", &self.name).and_then(|name| {
            let store = &ground.backend.store;
            if store.delete_tsig_key(&name).map_err(cannot_keep)? {
                Ok(Outcome::Done)
            } else {
                Err(Outcome::Refused(format!("there is no TSIG key {name}")))
            }
        }))
    }
}
