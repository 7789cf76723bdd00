//! `lookup` (`qname`, `qtype`, `real-remote`, `zone-id`): the records of one name. `ANY` gives all of them and lets PowerDNS choose; a type
//! gives that type alone, and `SOA` must, since PowerDNS fails on anything else beside it.
//!
//! `zone-id` is the zone that PowerDNS answers for. It matters where a zone of ours lies within another: the delegation
//! belongs to the outer one. An id that no zone has restricts nothing, since PowerDNS keeps ids for minutes; none at all
//! tells a person from PowerDNS.
//!
//! `real-remote` is the network of who asks. It matters where somebody chooses which records a client is given.
//!
//! `APILookup` of PowerDNS 5 is the same with a word about disabled records, of which there are none; who reads the
//! API is shown all records.

use std::borrow::Cow;

use serde::Deserialize;
use zonesmith_zone::name::{NameBuffer, NameRef};
use zonesmith_zone::rdata::parse_type;
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::{Answer, Records, Standing, ZoneSet};

use crate::remote::number::Number;
use crate::remote::reply::Outcome;
use crate::snapshot::selection::{Choose, Client, Given};

/// The `domain_id` that a person gets, who gave no `zone-id`: what the agents have always said.
const NO_ZONE_ID: i32 = -1;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Lookup<'a> {
    #[serde(borrow)]
    pub(crate) qname: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) qtype: Cow<'a, str>,
    #[serde(borrow, rename = "real-remote")]
    pub(crate) client: Option<Cow<'a, str>>,
    #[serde(rename = "zone-id")]
    pub(crate) zone_id: Option<Number>,
}

/// What a lookup found.
pub(crate) struct Found<'a> {
    pub(crate) owner: Owner<'a>,
    /// The SOA, where it is asked for, and the `domain_id` it carries.
    pub(crate) soa: Option<(&'a Zone, i32)>,
    pub(crate) records: Option<Records<'a>>,
    pub(crate) wanted: Wanted,
    pub(crate) standing: Standing,
    /// Which of the records.
    pub(crate) given: Given,
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
    /// `selection`: who says which of the records are given, if anybody does.
    pub(crate) fn answer<'a>(
        &'a self,
        zone_set: &'a ZoneSet,
        selection: Option<&dyn Choose>,
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
        match self.find(zone_set, name) {
            Answer::Records {
                zone,
                at_apex,
                records,
                standing,
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
                let given = match (selection, &records) {
                    (Some(selection), Some(records)) => Given::of(
                        selection,
                        (zone, name),
                        self.client(),
                        standing,
                        *records,
                        |rtype| wanted.includes(rtype),
                    ),
                    (None, _) | (_, None) => Given::default(),
                };
                Outcome::Found(Found {
                    owner,
                    soa,
                    records,
                    wanted,
                    standing,
                    given,
                })
            }
            Answer::EmptyNonTerminal { standing, .. } if wanted == Wanted::All => {
                Outcome::EmptyNonTerminal(owner, standing)
            }
            Answer::EmptyNonTerminal { .. } => Outcome::NoSuchType,
            Answer::NoSuchName if zone_set.zones().is_empty() => Outcome::NotReady,
            Answer::NoSuchName => Outcome::NoSuchName,
        }
    }

    /// In the zone that is asked for, where there is one of that id around the name; else in the nearest.
    fn find<'a>(&self, zone_set: &'a ZoneSet, name: NameRef<'_>) -> Answer<'a> {
        let answer = zone_set.find(name);
        let (Answer::Records { zone, .. } | Answer::EmptyNonTerminal { zone, .. }) = &answer else {
            return answer;
        };
        match self.zone_id {
            None => answer,
            Some(Number(id)) if id == i64::from(zone.id()) => answer,
            Some(Number(id)) => {
                let mut zones = zone_set.zones().iter();
                let asked = zones.find(|zone| i64::from(zone.id()) == id);
                asked
                    .filter(|zone| name.is_below(zone.apex().as_ref()))
                    .map_or(answer, |zone| zone_set.find_in(zone, name))
            }
        }
    }

    fn client(&self) -> Client {
        self.client.as_deref().map_or(Client::NOBODY, Client::parse)
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
