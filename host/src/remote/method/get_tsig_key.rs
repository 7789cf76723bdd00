//! `getTSIGKey` (`name`): `{algorithm, content}` of a key; "no" when there is none of that name.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::json;

use super::{Ground, cannot_say, either, name_to_read};
use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct GetTsigKey<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

impl GetTsigKey<'_> {
    pub(crate) fn answer<'a>(&self, ground: Ground<'a>) -> Outcome<'a> {
        either(name_to_read("name", &self.name).and_then(|name| {
            let key = ground.backend.store.tsig_key(&name).map_err(cannot_say)?;
            Ok(key.map_or(Outcome::NoSuchKey, |key| {
                Outcome::Value(json!({ "algorithm": key.algorithm, "content": key.secret }))
            }))
        }))
    }
}
