//! `getTSIGKeys`: every key, `{name, algorithm, content}` each.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::{Ground, cannot_say};
use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct GetTsigKeys(IgnoredAny);

impl GetTsigKeys {
    pub(crate) fn answer<'a>(&self, ground: Ground<'a>) -> Outcome<'a> {
        match ground.backend.store.tsig_keys() {
            Ok(keys) => keys
                .iter()
                .map(|key| {
                    json!({
                        "name": key.name.to_string(),
                        "algorithm": key.algorithm,
                        "content": key.secret,
                    })
                })
                .collect::<serde_json::Value>()
                .into(),
            Err(error) => cannot_say(error),
        }
    }
}
