//! `getUnfreshSlaveInfos`: the zones that are copied from elsewhere and are due. There is none: every zone is made here.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct GetUnfreshSlaveInfos(IgnoredAny);

impl GetUnfreshSlaveInfos {
    pub(crate) fn answer<'a>(&self) -> Outcome<'a> {
        Outcome::UpdatedZones(Vec::new())
    }
}
