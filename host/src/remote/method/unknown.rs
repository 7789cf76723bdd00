//! Any method that is not PowerDNS's yet: "no", which every version of it reads as "this backend has no such thing".

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Unknown(IgnoredAny);

impl Unknown {
    pub(crate) fn answer<'a>(&self) -> Outcome<'a> {
        Outcome::UnknownMethod
    }
}
