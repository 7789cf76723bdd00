//! `searchRecords` (`pattern`, `maxResults`): records whose name or content fits the pattern, each with the zone it is in,
//! for the API's search. `*` stands for any text and `?` for one character; case makes no difference.

use std::borrow::Cow;

use serde::Deserialize;
use zonesmith_zone::search::Pattern;
use zonesmith_zone::zone_set::ZoneSet;

use super::Ground;
use crate::remote::number::Number;
use crate::remote::reply::Outcome;

/// Most records that are given: PowerDNS parses a reply again and again while it arrives.
const MOST_RECORDS: usize = 1000;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct SearchRecords<'a> {
    #[serde(borrow)]
    pattern: Cow<'a, str>,
    #[serde(rename = "maxResults")]
    most: Number,
}

/// What is searched, and where.
pub(crate) struct Search<'a> {
    pub(crate) zone_set: &'a ZoneSet,
    pub(crate) pattern: Pattern,
    pub(crate) most: usize,
}

impl SearchRecords<'_> {
    pub(crate) fn answer<'a>(&self, ground: Ground<'a>) -> Outcome<'a> {
        Outcome::Search(Search {
            zone_set: &ground.snapshot.zone_set,
            pattern: Pattern::new(&self.pattern),
            most: usize::try_from(self.most.0).unwrap_or(0).min(MOST_RECORDS),
        })
    }
}
