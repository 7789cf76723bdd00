//! `startTransaction`, `commitTransaction`, `abortTransaction`, `feedRecord`, `feedEnts`, `feedEnts3`, `replaceRRSet`:
//! records from a dynamic update, the API, a transfer, or `pdnsutil rectify-zone`. Refused, each with the reason: records
//! have one source. (`pdnsutil secure-zone` begins a transaction too and goes on without one.)

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Edit(IgnoredAny);

impl Edit {
    pub(crate) fn answer<'a>(&self) -> Outcome<'a> {
        Outcome::Refused(
            "records come from the cluster, its policies and zone files; change them there"
                .to_owned(),
        )
    }
}
