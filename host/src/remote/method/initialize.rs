//! `initialize`: the first request of each connection, with the options of `remote-connection-string`. They are PowerDNS's
//! own (path, timeout), so none is read.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Initialize(IgnoredAny);

impl Initialize {
    pub(crate) fn answer<'a>(&self) -> Outcome<'a> {
        Outcome::Done
    }
}
