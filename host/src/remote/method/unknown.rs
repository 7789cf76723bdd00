//! Every other method: "no". Without an answer PowerDNS would wait two seconds and drop the connection.

use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq)]
pub(crate) struct Unknown;

impl Unknown {
    pub(crate) fn answer<'a>(&self) -> Outcome<'a> {
        Outcome::UnknownMethod
    }
}
