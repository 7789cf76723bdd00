//! `getDomainMetadata` (`name`, `kind`): the values of one kind, as a list; an empty one when it is not set.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::json;

use super::{Ground, cannot_say, either, name_to_read};
use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct GetDomainMetadata<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
}

impl GetDomainMetadata<'_> {
    pub(crate) fn answer<'a>(&self, ground: Ground<'a>) -> Outcome<'a> {
        either(name_to_read("name", &self.name).and_then(|name| {
            let store = &ground.backend.store;
            let values = store.metadata_of(&name, &self.kind).map_err(cannot_say)?;
            Ok(Outcome::Value(json!(values)))
        }))
    }
}
