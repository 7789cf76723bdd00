//! `lookup` (`qname`, `qtype`, `zone-id`): the records of one name. `ANY` gives all of them and lets PowerDNS choose; a type
//! gives that type alone, and `SOA` must, since PowerDNS fails on anything else beside it.
//!
//! Answered by name: `zone-id` restricts nothing, since PowerDNS keeps an id for minutes after it asked for it. It only
//! tells PowerDNS from a person.

use std::borrow::Cow;

use serde::Deserialize;
use zonesmith_zone::name::{NameBuffer, NameRef};
use zonesmith_zone::rdata::parse_type;
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::{Answer, Records, ZoneSet};

use crate::remote::reply::Outcome;

/// The `domain_id` that a person gets, who gave no `zone-id`: what the agents have always said.
const NO_ZONE_ID: i32 = -1;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Lookup<'a> {
    #[serde(borrow)]
    pub(crate) qname: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) qtype: Cow<'a, str>,
    #[serde(rename = "zone-id")]
    pub(crate) zone_id: Option<i64>,
}

/// What a lookup found.
pub(crate) struct Found<'a> {
    pub(crate) owner: Owner<'a>,
    /// The SOA, where it is asked for, and the `domain_id` it carries.
    pub(crate) soa: Option<(&'a Zone, i32)>,
    pub(crate) records: Option<Records<'a>>,
    pub(crate) wanted: Wanted,
}

/// How the name goes back.
#[derive(Clone, Copy)]
pub(crate) enum Owner<'a> {
    /// As it was asked, which is JSON and DNS text alike: it had no escape, and a dot at its end.
    AsAsked(&'a str),
    /// Printed anew.
    Printed(NameRef<'a>),
}

/// Which records of a name are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    All,
    Soa,
    Type(u16),
    /// A type we know no number of, so we hold none of it.
    Nothing,
}

impl Lookup<'_> {
    pub(crate) fn answer<'a>(
        &'a self,
        zone_set: &'a ZoneSet,
        name: &'a mut NameBuffer,
    ) -> Outcome<'a> {
        let name = match name.parse(self.qname.as_bytes()) {
            Ok(name) => name,
            Err(error) => {
                return Outcome::BadName {
                    parameter: "qname",
                    error,
                };
            }
        };
        let owner = match &self.qname {
            // Borrowed: the request had no backslash in it.
            Cow::Borrowed(asked) if asked.ends_with('.') => Owner::AsAsked(asked),
            Cow::Borrowed(_) | Cow::Owned(_) => Owner::Printed(name),
        };
        let wanted = Wanted::of(&self.qtype);
        match zone_set.find(name) {
            Answer::Records {
                zone,
                at_apex,
                records,
                standing: _,
            } => {
                let soa = (at_apex && matches!(wanted, Wanted::All | Wanted::Soa))
                    .then(|| (zone, self.domain_id(zone)));
                let records = match wanted {
                    Wanted::All => Some(records),
                    Wanted::Type(rtype) => records
                        .clone()
                        .any(|record| record.rtype == rtype)
                        .then_some(records),
                    Wanted::Soa | Wanted::Nothing => None,
                };
                if soa.is_none() && records.is_none() {
                    return Outcome::NoSuchType;
                }
                Outcome::Found(Found {
                    owner,
                    soa,
                    records,
                    wanted,
                })
            }
            Answer::EmptyNonTerminal { .. } if wanted == Wanted::All => {
                Outcome::EmptyNonTerminal(owner)
            }
            Answer::EmptyNonTerminal { .. } => Outcome::NoSuchType,
            Answer::NoSuchName if zone_set.zones().is_empty() => Outcome::NotReady,
            Answer::NoSuchName => Outcome::NoSuchName,
        }
    }

    fn domain_id(&self, zone: &Zone) -> i32 {
        if self.zone_id.is_some() {
            zone.id()
        } else {
            NO_ZONE_ID
        }
    }
}

impl Wanted {
    fn of(qtype: &str) -> Self {
        if qtype.eq_ignore_ascii_case("ANY") {
            Self::All
        } else if qtype.eq_ignore_ascii_case("SOA") {
            Self::Soa
        } else {
            parse_type(qtype.as_bytes()).map_or(Self::Nothing, Self::Type)
        }
    }

    /// Is a record of this type asked for?
    pub(crate) fn includes(self, rtype: u16) -> bool {
        match self {
            Self::All => true,
            Self::Type(wanted) => wanted == rtype,
            Self::Soa | Self::Nothing => false,
        }
    }
}
