//! `directBackendCmd` (`query`): a person's `pdnsutil backend-cmd remote …`. `status` and `generation`, a line each;
//! `explain NAME [TYPE]`, a few; of anything else it says what there is.

use std::borrow::Cow;

use serde::Deserialize;

use super::Ground;
use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct DirectBackendCmd<'a> {
    #[serde(borrow)]
    query: Cow<'a, str>,
}

impl DirectBackendCmd<'_> {
    pub(crate) fn answer<'a>(&self, ground: Ground<'a>) -> Outcome<'a> {
        let snapshot = ground.snapshot;
        let text = match self.query.trim() {
            "generation" => snapshot.generation.to_string(),
            "status" => format!(
                "zonesmith {}: generation {}, {} zones, {} names",
                env!("CARGO_PKG_VERSION"),
                snapshot.generation,
                snapshot.zone_set.zones().len(),
                snapshot.zone_set.names()
            ),
            query => match query.strip_prefix("explain ") {
                Some(question) => ground.backend.explaining.explain(question),
                None => "commands: status, generation, explain NAME [TYPE]".to_owned(),
            },
        };
        Outcome::Value(text.into())
    }
}
