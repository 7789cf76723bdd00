//! Finding records by a part of their name or content, as PowerDNS's `searchRecords` has it.
//!
//! There is no index: every record is printed and looked at, a third of a second for a million. People search, programs
//! look up.

use crate::name::NameRef;
use crate::packed::RecordRef;
use crate::rdata::write_content;
use crate::zone::Zone;
use crate::zone_set::{Standing, ZoneSet};

/// What is searched for: `*` stands for any octets, `?` for one, all else for itself in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Lower case, without a dot at the end.
    octets: Box<[u8]>,
}

/// A record that was found.
#[derive(Debug, Clone, Copy)]
pub struct Hit<'a> {
    /// The zone it is in.
    pub zone: &'a Zone,
    /// Its owner.
    pub name: NameRef<'a>,
    /// The record; none for the SOA, which is the zone's to write.
    pub record: Option<RecordRef<'a>>,
    /// Where the owner stands towards the cuts of the zone.
    pub standing: Standing,
}

impl Pattern {
    /// A pattern for names and contents, which have or have not a dot at their end.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let text = text.strip_suffix('.').unwrap_or(text);
        Self {
            octets: text.to_ascii_lowercase().into_bytes().into(),
        }
    }

    /// Whether the whole of `text` is what the pattern stands for.
    #[must_use]
    pub fn matches(&self, text: &[u8]) -> bool {
        let mut text = text.strip_suffix(b".").unwrap_or(text);
        let mut pattern = &*self.octets;
        // Behind the last `*`, and the text that it is tried at.
        let mut retry: Option<(&[u8], &[u8])> = None;
        loop {
            match (pattern.split_first(), text.split_first()) {
                (Some((b'*', rest)), _) => {
                    pattern = rest;
                    retry = Some((rest, text));
                    continue;
                }
                (Some((wanted, rest)), Some((octet, after)))
                    if *wanted == b'?' || *wanted == octet.to_ascii_lowercase() =>
                {
                    (pattern, text) = (rest, after);
                    continue;
                }
                (None, None) => return true,
                (_, _) => {}
            }
            // Only the last `*` can still take one octet more: what an earlier one took is as good as any.
            let Some((behind, tried)) = retry else {
                return false;
            };
            let Some((_, later)) = tried.split_first() else {
                return false;
            };
            retry = Some((behind, later));
            (pattern, text) = (behind, later);
        }
    }
}

impl ZoneSet {
    /// Shows `see` the records whose name or content the pattern stands for, at most `limit` of them, zone by zone, each zone
    /// in canonical order, its SOA first. A delegation to a zone of ours is shown in that zone alone.
    pub fn search(&self, pattern: &Pattern, limit: usize, mut see: impl FnMut(Hit<'_>)) {
        let mut left = limit;
        let mut key = Vec::new();
        let mut text = Vec::new();
        let mut matches = |write: &dyn Fn(&mut Vec<u8>)| {
            text.clear();
            write(&mut text);
            pattern.matches(&text)
        };
        for zone in self.zones().iter() {
            let apex = zone.apex().as_ref();
            if left > 0
                && (matches(&|out| apex.write_text(out))
                    || matches(&|out| zone.write_soa_content(out)))
            {
                left -= 1;
                see(Hit {
                    zone,
                    name: apex,
                    record: None,
                    standing: Standing::Authoritative,
                });
            }
            for listed in self.list(zone).filter(|listed| !listed.is_of_zone_within()) {
                if left == 0 {
                    return;
                }
                listed.write_key(&mut key);
                let name = NameRef::from_key(&key);
                let has_name = matches(&|out| name.write_text(out));
                let found = listed.records().filter(|record| {
                    has_name || matches(&|out| write_content(record.rtype, record.octets, out))
                });
                for record in found.take(left) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::contents::Contents;
    use crate::contribution::Contribution;
    use crate::test_zone::{contributor, record, text, zones};

    #[test]
    fn a_pattern_stands_for_the_whole_text() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "anything.", true),
            ("web", "web", true),
            ("WEB.", "wEb.", true),
            ("web", "web1", false),
            ("web?", "web1", true),
            ("web?", "web", false),
            ("web*", "web", true),
            ("*1", "web1.shop1", true),
            ("*1", "web1.shop", false),
            ("w*b*p", "web.shop", true),
            ("*a*b*", "xxbxxaxx", false),
            ("**", "a", true),
            ("*?*", "", false),
            (
                "a*a*a*a*a*b",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                false,
            ),
        ] {
            let found = Pattern::new(pattern).matches(text.as_bytes());
            assert_eq!(found, expected, "{pattern} of {text}");
        }
    }

    fn by_trying(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|at| by_trying(rest, &text[at..])),
            Some((b'?', rest)) => !text.is_empty() && by_trying(rest, &text[1..]),
            Some((octet, rest)) => text.first() == Some(octet) && by_trying(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn a_pattern_is_as_good_as_trying_everything(pattern in "[ab*?]{0,8}", text in "[ab]{0,10}") {
            prop_assert_eq!(Pattern::new(&pattern).matches(text.as_bytes()), by_trying(pattern.as_bytes(), text.as_bytes()));
        }
    }

    #[test]
    fn records_are_found_by_name_and_by_content() {
        let records = [
            "c NS ns1.c.",
            "ns1.c A 10.0.0.1",
            "web.c A 10.0.0.2",
            "web.c TXT NS1",
            "n.c NS ns1.c.",
            "web.n.c A 10.0.0.2",
            "d.c NS web.d.c.",
            "web.d.c A 10.0.0.3",
        ];
        let contribution = Contribution::from_records(records.map(record).into());
        let (contents, _) = Contents::build(
            zones(&["c", "n.c"]),
            vec![(contributor(0, "a"), contribution)],
        );
        let zone_set = contents.zone_set();
        let search = |pattern: &str, limit| {
            let mut found = Vec::new();
            zone_set.search(&Pattern::new(pattern), limit, |hit| {
                let record = hit.record.map_or_else(|| "SOA".to_owned(), text);
                found.push(format!("{} {} {record}", hit.zone.apex(), hit.name));
            });
            found
        };
        for (pattern, expected) in [
            ("C.", &["c. c. SOA", "c. c. 60 NS ns1.c."][..]),
            (
                "WEB*",
                &[
                    "c. d.c. 60 NS web.d.c.",
                    "c. web.d.c. 60 A 10.0.0.3",
                    "c. web.c. 60 A 10.0.0.2",
                    "c. web.c. 60 TXT \"NS1\"",
                    "n.c. web.n.c. 60 A 10.0.0.2",
                ],
            ),
            (
                "10.0.0.?",
                &[
                    "c. web.d.c. 60 A 10.0.0.3",
                    "c. ns1.c. 60 A 10.0.0.1",
                    "c. web.c. 60 A 10.0.0.2",
                    "n.c. web.n.c. 60 A 10.0.0.2",
                ],
            ),
            ("*3600*", &["c. c. SOA", "n.c. n.c. SOA"]),
            ("nowhere", &[]),
        ] {
            assert_eq!(search(pattern, 100), expected, "{pattern}");
        }
        assert_eq!(search("*", 3).len(), 3);
        assert_eq!(search("*", 0).len(), 0);
        assert_eq!(search("*", 100).len(), records.len() + 2);
    }
}
