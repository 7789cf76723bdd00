//! `getAllDomainMetadata` (`name`): every kind that is set for a zone, with its values. A zone that is not ours has none.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::json;

use super::{Ground, cannot_say, either, name_to_read};
use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct GetAllDomainMetadata<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

impl GetAllDomainMetadata<'_> {
    pub(crate) fn answer<'a>(&self, ground: Ground<'a>) -> Outcome<'a> {
        either(name_to_read("name", &self.name).and_then(|name| {
            let metadata = ground.backend.store.metadata(&name).map_err(cannot_say)?;
            Ok(Outcome::Value(json!(metadata)))
        }))
    }
}
