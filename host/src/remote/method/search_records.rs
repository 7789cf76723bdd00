//! `searchRecords` (`pattern`, `maxResults`): records whose name or content fits the pattern, for the API's search. `*`
//! stands for any text and `?` for one character; case makes no difference.

use std::borrow::Cow;

use serde::Deserialize;
use zonesmith_zone::name::NameRef;
use zonesmith_zone::rdata::write_content;
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::{RecordRef, Standing, ZoneSet};

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
    zone_set: &'a ZoneSet,
    pattern: String,
    most: usize,
}

/// A record that fits.
pub(crate) struct Hit<'a> {
    pub(crate) zone: &'a Zone,
    pub(crate) name: NameRef<'a>,
    /// None: the SOA of the zone.
    pub(crate) record: Option<RecordRef<'a>>,
    pub(crate) standing: Standing,
}

impl SearchRecords<'_> {
    pub(crate) fn answer<'a>(&self, ground: Ground<'a>) -> Outcome<'a> {
        Outcome::Search(Search {
            zone_set: &ground.snapshot.zone_set,
            pattern: self.pattern.to_ascii_lowercase(),
            most: usize::try_from(self.most.0).unwrap_or(0).min(MOST_RECORDS),
        })
    }
}

impl Search<'_> {
    /// Shows `see` each record that fits, zone by zone, up to as many as are wanted.
    pub(crate) fn run(&self, mut see: impl FnMut(Hit<'_>)) {
        let mut left = self.most;
        let mut text = Vec::new();
        let mut key = Vec::new();
        for zone in self.zone_set.zones().iter() {
            let apex = zone.apex().as_ref();
            text.clear();
            zone.write_soa_content(&mut text);
            if left > 0 && (self.fits_name(apex) || fits(self.pattern.as_bytes(), &text)) {
                left -= 1;
                see(Hit {
                    zone,
                    name: apex,
                    record: None,
                    standing: Standing::Authoritative,
                });
            }
            for listed in self.zone_set.list(zone) {
                listed.write_key(&mut key);
                let name = NameRef::from_key(&key);
                let is_name = self.fits_name(name);
                for record in listed.records() {
                    if left == 0 {
                        return;
                    }
                    text.clear();
                    write_content(record.rtype, record.octets, &mut text);
                    if is_name || fits(self.pattern.as_bytes(), &text) {
                        left -= 1;
                        see(Hit {
                            zone,
                            name,
                            record: Some(record),
                            standing: listed.standing(),
                        });
                    }
                }
            }
        }
    }

    /// A pattern for names is written with the last dot or without.
    fn fits_name(&self, name: NameRef<'_>) -> bool {
        let mut text = Vec::new();
        name.write_text(&mut text);
        let pattern = self.pattern.as_bytes();
        fits(pattern, &text)
            || text
                .strip_suffix(b".")
                .is_some_and(|text| fits(pattern, text))
    }
}

/// Whether a text fits a pattern in lower case. Each `*` is tried at its shortest and lengthened only while it is the last
/// one met, so that no pattern takes longer than its length times that of the text.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at_pattern, mut at_text) = (0, 0);
    let mut star = None;
    while let Some(octet) = text.get(at_text) {
        match pattern.get(at_pattern) {
            Some(b'*') => {
                star = Some((at_pattern, at_text));
                at_pattern += 1;
            }
            Some(&wanted) if wanted == b'?' || wanted == octet.to_ascii_lowercase() => {
                at_pattern += 1;
                at_text += 1;
            }
            Some(_) | None => {
                let Some((pattern_before, text_before)) = star else {
                    return false;
                };
                star = Some((pattern_before, text_before + 1));
                at_pattern = pattern_before + 1;
                at_text = text_before + 1;
            }
        }
    }
    pattern
        .get(at_pattern..)
        .is_some_and(|rest| rest.iter().all(|&octet| octet == b'*'))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_is_any_text_and_a_question_mark_one_character() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("*", "", true),
            ("?", "", false),
            ("web", "WEB", true),
            ("web", "web1", false),
            ("web?", "web1", true),
            ("*.cluster1", "web.cluster1", true),
            ("w*b*1", "web.cluster1", true),
            ("w*b*2", "web.cluster1", false),
            (
                "*a*a*a*a*a*a*a*b",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                false,
            ),
            ("10.22.*", "10.22.0.5", true),
        ] {
            assert_eq!(
                fits(pattern.as_bytes(), text.as_bytes()),
                expected,
                "{pattern} on {text}"
            );
        }
    }
}
