//! `getAllDomainMetadata` (`name`): none. Who may transfer a zone is decided in PowerDNS's configuration (`allow-axfr-ips`).

use serde::Deserialize;

use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct GetAllDomainMetadata {}

impl GetAllDomainMetadata {
    pub(crate) fn answer<'a>(&self) -> Outcome<'a> {
        Outcome::NoMetadata
    }
}
