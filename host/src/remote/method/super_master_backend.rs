//! `superMasterBackend` (`ip`, `domain`, `nsset`): may another server give us a zone? "No", whoever it is.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct SuperMasterBackend(IgnoredAny);

impl SuperMasterBackend {
    pub(crate) fn answer<'a>(&self) -> Outcome<'a> {
        Outcome::Refused(
            "zones come from the policies and the configuration, never from another server"
                .to_owned(),
        )
    }
}
