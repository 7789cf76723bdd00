//! Since which generation a record is served: exactly, whoever says it. A record that goes from one service to another and
//! is served all the while is as old as it was; one that stood in another's shadow is as old as the day it came out of it.
//! So the date is a fact of what is served, and stands in the map, not in what contributors say.
//!
//! Contents that are built beside those that are served know these as they were when the building began
//! ([`Contents::build_after`]); before they take their place, [`Contents::date_after`] follows what changed meanwhile.

use super::Contents;
use crate::map::{Map, MapChange};
use crate::packed::{contributor_of, date, dates_of, records_of, write_head};
use crate::zone_set::ZoneSet;

/// The share of the names, one in so many, beyond which a new map is made in one pass instead of changing the old one.
const FEW: usize = 8;

impl Contents {
    /// From now on changes are of this generation.
    pub fn set_generation(&mut self, generation: u64) {
        self.generation = generation;
    }

    /// These contents follow `before`, at `generation`: records that stand in it keep their date, all others get that one.
    pub fn date_after(&mut self, before: &ZoneSet, generation: u64) {
        self.generation = generation;
        let mut count = 0;
        self.redate(before, |_, changed| count += usize::from(changed.is_some()));
        if count == 0 {
            return;
        }
        if count < self.map.len() / FEW {
            let mut changes = Vec::with_capacity(count);
            self.redate(before, |entry, changed| {
                changes.extend(changed.map(|value| MapChange {
                    key: entry.0.into(),
                    value: Some(value.into()),
                }));
            });
            self.map = self.map.apply(&changes);
        } else {
            self.map = self.redated(before);
        }
    }

    /// Shows `see` every name and its value, and the value with other dates where they are to be others.
    fn redate(&self, before: &ZoneSet, mut see: impl FnMut((&[u8], &[u8]), Option<&[u8]>)) {
        let mut before = before.values();
        let mut redating = Redating::new(self.generation);
        let mut key = Vec::new();
        for entry in self.map.range_from(&[]) {
            entry.write_key(&mut key);
            let value = entry.value();
            see((&key, value), redating.of(before.at(&key), value));
        }
    }

    /// The map with the right dates, made in one pass.
    fn redated(&self, before: &ZoneSet) -> Map {
        let mut before = before.values();
        let mut redating = Redating::new(self.generation);
        Map::bulk(self.map.range_from(&[]).map(|entry| {
            let (key, value) = (entry.key(), entry.value());
            let value = redating
                .of(before.at(&key), value)
                .unwrap_or(value)
                .to_vec();
            (key, value)
        }))
    }
}

/// Room to date one value after the other.
struct Redating {
    generation: u64,
    dates: Vec<u64>,
    value: Vec<u8>,
}

impl Redating {
    fn new(generation: u64) -> Self {
        Self {
            generation,
            dates: Vec::new(),
            value: Vec::new(),
        }
    }

    /// The value as it is to be, if it is to be another one.
    fn of(&mut self, before: Option<&[u8]>, value: &[u8]) -> Option<&[u8]> {
        let records = records_of(value);
        date(before, records, self.generation, &mut self.dates);
        let is_right = dates_of(value)
            .take(self.dates.len())
            .eq(self.dates.iter().copied());
        if is_right {
            return None;
        }
        self.value.clear();
        write_head(contributor_of(value), &self.dates, &mut self.value);
        self.value.extend_from_slice(records);
        Some(&self.value)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::contents::ContributorId;
    use crate::contribution::Contribution;
    use crate::name::Name;
    use crate::test_zone::{contributor, record, text, zones};

    /// Three services of two policies that meet at few names.
    fn any_said() -> impl Strategy<Value = Vec<Contribution>> {
        let owner = proptest::sample::select(vec!["c", "a.c", "b.a.c", "d.c"]);
        let data = proptest::sample::select(vec!["A 10.0.0.1", "A 10.0.0.2", "TXT a", "CNAME s."]);
        let any_record = (owner, data, 1..3_u32)
            .prop_map(|(owner, data, ttl)| record(&format!("{owner} {ttl} {data}")));
        let any_contribution =
            proptest::collection::vec(any_record, 0..5).prop_map(Contribution::from_records);
        proptest::collection::vec(any_contribution, 3)
    }

    fn stack(said: Vec<Contribution>) -> Vec<(crate::contents::Contributor, Contribution)> {
        let who = [
            contributor(0, "a"),
            contributor(0, "b"),
            contributor(1, "a"),
        ];
        who.into_iter().zip(said).collect()
    }

    type Dated = BTreeMap<(Name, String), u64>;

    fn dated(zone_set: &ZoneSet) -> Dated {
        let mut all = Dated::new();
        for zone in zone_set.zones().iter() {
            for listed in zone_set.list(zone) {
                let name = listed.name();
                let records: Vec<_> = zone_set.dated(name.as_ref()).collect();
                assert_eq!(records.len(), listed.records().count());
                all.extend(
                    records
                        .into_iter()
                        .map(|(record, since)| ((name.clone(), text(record)), since)),
                );
            }
        }
        all
    }

    /// What a chronicler would write down who sees nothing but what is served.
    fn chronicle(before: &Dated, after: &Dated, generation: u64) -> Dated {
        let since = |record| before.get(record).copied().unwrap_or(generation);
        after
            .keys()
            .map(|record| (record.clone(), since(record)))
            .collect()
    }

    proptest! {
        #[test]
        fn a_record_is_as_old_as_it_is_served_without_a_break(first in any_said(), changes in proptest::collection::vec((any_said(), any::<bool>(), any_said()), 1..6)) {
            let (mut contents, mut ids) = Contents::build(zones(&["c"]), stack(first));
            let mut known = dated(&contents.zone_set());
            prop_assert!(known.values().all(|since| *since == 1));
            let mut generation = 1;
            for (said, is_reload, meanwhile) in changes {
                generation += 1;
                let change = |contents: &mut Contents, ids: &[ContributorId], said: Vec<Contribution>| {
                    let changes: Vec<_> = ids.iter().copied().zip(said).collect();
                    let _ = contents.replace(changes);
                };
                if is_reload {
                    // Another one is built; meanwhile one change is published, which the new one follows.
                    let (mut next, next_ids) = Contents::build_after(&contents.zone_set(), generation, zones(&["c"]), stack(said));
                    contents.set_generation(generation);
                    change(&mut contents, &ids, meanwhile);
                    let served = dated(&contents.zone_set());
                    known = chronicle(&known, &served, generation);
                    prop_assert_eq!(&served, &known);
                    generation += 1;
                    next.date_after(&contents.zone_set(), generation);
                    (contents, ids) = (next, next_ids);
                } else {
                    contents.set_generation(generation);
                    change(&mut contents, &ids, said);
                }
                let served = dated(&contents.zone_set());
                known = chronicle(&known, &served, generation);
                prop_assert_eq!(&served, &known);
            }
        }
    }

    #[test]
    fn many_names_are_dated_in_one_pass_and_few_one_by_one() {
        let named = |octet: usize| record(&format!("n{octet:03}.c A 10.0.0.1"));
        let of = |names: std::ops::Range<usize>| {
            let records = names.map(named).collect();
            Contents::build(
                zones(&["c"]),
                vec![(contributor(0, "a"), Contribution::from_records(records))],
            )
            .0
        };
        let before = of(0..100).zone_set();
        for new in [1, 300] {
            let mut after = of(0..100 + new);
            after.date_after(&before, 9);
            let dates = dated(&after.zone_set());
            assert_eq!(dates.values().filter(|since| **since == 1).count(), 100);
            assert_eq!(dates.values().filter(|since| **since == 9).count(), new);
            assert_eq!(after.contributors_of(named(0).owner.as_ref()).len(), 1);
        }
    }
}
