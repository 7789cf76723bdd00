//! `getDomainMetadata` (`name`, `kind`): none, see `get_all_domain_metadata.rs`.

use serde::Deserialize;

use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct GetDomainMetadata {}

impl GetDomainMetadata {
    pub(crate) fn answer<'a>(&self) -> Outcome<'a> {
        Outcome::NoMetadataOfKind
    }
}
