//! `createSlaveDomain` (`ip`, `domain`, `nameserver`, `account`): a zone that is copied from elsewhere: refused.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct CreateSlaveDomain(IgnoredAny);

impl CreateSlaveDomain {
    pub(crate) fn answer<'a>(&self) -> Outcome<'a> {
        Outcome::Refused(
            "zones come from the policies and the configuration, none is copied from another server"
                .to_owned(),
        )
    }
}
