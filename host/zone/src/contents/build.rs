//! Everything at once: the first publish, and every reload. One sort of all names, then the map in one pass.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Contents, Contributor, ContributorId, Judge};
use crate::contribution::{ContributedRecords, Contribution};
use crate::map::Map;
use crate::name::{Name, NameRef};
use crate::zone_set::ZoneSet;
use crate::zones::Zones;

/// A name as one contributor has it.
#[derive(Clone, Copy)]
struct Mention<'a> {
    /// The octets of the key that are compared next.
    head: u64,
    /// The key's place among all keys, one after the other: an allocation for each would cost more than the sort.
    start: usize,
    end: usize,
    records: ContributedRecords<'a>,
    id: ContributorId,
}

impl Contents {
    /// The contents these contributions make. The order they come in does not matter but for their numbers, which are given
    /// in that order. All that is served is of generation 1.
    #[must_use]
    pub fn build(
        zones: Zones,
        contributions: Vec<(Contributor, Contribution)>,
    ) -> (Self, Vec<ContributorId>) {
        Self::build_after(&ZoneSet::default(), 1, zones, contributions)
    }

    /// The same where `before` was served until then: what stands in it is as old as it was there, and the rest is of
    /// `generation`.
    #[must_use]
    pub fn build_after(
        before: &ZoneSet,
        generation: u64,
        zones: Zones,
        contributions: Vec<(Contributor, Contribution)>,
    ) -> (Self, Vec<ContributorId>) {
        let contributors: Vec<_> = contributions.into_iter().map(Some).collect();
        let ids: Vec<_> = (0..).map(ContributorId).take(contributors.len()).collect();
        let mut shared = BTreeMap::new();
        let mut conflicts = BTreeMap::new();
        let mut cuts: Vec<Box<[u8]>> = Vec::new();
        let map = {
            let (keys, mut mentions) = mentions(&contributors);
            sort(&mut mentions, &keys, 0);
            let key =
                |mention: &Mention<'_>| keys.get(mention.start..mention.end).unwrap_or_default();
            let mut judge = Judge::new(&contributors, generation);
            let mut before = before.values();
            let names = mentions
                .chunk_by(|one, other| key(one) == key(other))
                .filter_map(|of_name| {
                    let key = of_name.first().map(key)?;
                    let said = of_name.iter().map(|mention| (mention.id, mention.records));
                    let judged = judge.judge(said, before.at(key));
                    if !judged.conflicts.is_empty() {
                        conflicts.insert(Name::from_key(key), judged.conflicts);
                    }
                    if let Some(ids) = judged.shared {
                        shared.insert(Box::from(key), ids);
                    }
                    if Self::is_cut(&zones, NameRef::from_key(key), &judged.value) {
                        cuts.push(key.into());
                    }
                    (!judged.value.is_empty()).then_some((key, judged.value))
                });
            Map::bulk(names)
        };
        let contents = Self {
            zones: Arc::new(zones),
            map,
            cuts: Map::bulk(cuts.iter().map(|key| (key, []))),
            contributors,
            free: Vec::new(),
            shared,
            conflicts,
            generation,
        };
        (contents, ids)
    }
}

/// Every name of every contributor, and all keys behind one another.
fn mentions(contributors: &[Option<(Contributor, Contribution)>]) -> (Vec<u8>, Vec<Mention<'_>>) {
    let mut keys = Vec::new();
    let mut mentions = Vec::new();
    for (id, slot) in (0..).map(ContributorId).zip(contributors) {
        let Some((_, contribution)) = slot else {
            continue;
        };
        let mut names = contribution.names();
        while let Some((name, records)) = names.next() {
            let start = keys.len();
            keys.extend_from_slice(name.key());
            mentions.push(Mention {
                head: 0,
                start,
                end: keys.len(),
                records,
                id,
            });
        }
    }
    (keys, mentions)
}

/// Sorts by key, then by contributor. All keys are the same in their first `same` octets.
///
/// Names share long beginnings (`cluster1␀svc␀shop␀…`) and lie far apart in memory: comparing whole keys is a cache miss
/// and thirty equal octets each time. So the next eight octets that differ are brought beside each mention, those are
/// sorted as numbers, and what has the same eight is sorted by what follows: a quarter of the time.
fn sort(mentions: &mut [Mention<'_>], keys: &[u8], same: usize) {
    let rest = |mention: &Mention<'_>| {
        keys.get(mention.start + same..mention.end)
            .unwrap_or_default()
    };
    let Some((first, others)) = mentions.split_first() else {
        return;
    };
    let first = rest(first);
    let more = others.iter().fold(first.len(), |shortest, other| {
        common(first, rest(other), shortest)
    });
    let is_one_name = mentions.iter().all(|mention| rest(mention).len() == more);
    if is_one_name {
        return mentions.sort_unstable_by_key(|mention| mention.id);
    }
    for mention in &mut *mentions {
        mention.head = head(rest(mention).get(more..).unwrap_or_default());
    }
    mentions.sort_unstable_by_key(|mention| mention.head);
    for alike in mentions.chunk_by_mut(|one, other| one.head == other.head) {
        if alike.len() > 1 {
            sort(alike, keys, same + more);
        }
    }
}

/// How many octets two keys have in common at their start, at most `limit`.
fn common(one: &[u8], other: &[u8], limit: usize) -> usize {
    one.iter()
        .zip(other)
        .take(limit)
        .take_while(|(one, other)| one == other)
        .count()
}

/// The first eight octets as a number. A key that ends is before all that go on: after the end of a label they have at
/// least 1, and this has 0.
fn head(rest: &[u8]) -> u64 {
    let mut octets = [0; 8];
    for (octet, from) in octets.iter_mut().zip(rest) {
        *octet = *from;
    }
    u64::from_be_bytes(octets)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Names that share beginnings, end where others go on, and have octets that keys escape.
    fn any_name() -> impl Strategy<Value = Name> {
        let label = proptest::collection::vec(
            prop_oneof![Just(0), Just(1), Just(2), Just(b'a'), Just(b'b')],
            1..12,
        );
        proptest::collection::vec(label, 0..5).prop_map(|labels| {
            let mut wire = Vec::new();
            for label in labels {
                wire.push(u8::try_from(label.len()).unwrap());
                wire.extend_from_slice(&label);
            }
            wire.push(0);
            Name::from_wire(&wire).unwrap().0
        })
    }

    proptest! {
        #[test]
        fn sorting_by_what_differs_is_sorting_by_name(
            names in proptest::collection::vec(any_name(), 0..40),
            picks in proptest::collection::vec(any::<prop::sample::Index>(), 0..80),
        ) {
            let picked = picks.iter().filter(|_| !names.is_empty()).map(|at| at.get(&names));
            let all: Vec<(&Name, ContributorId)> = names.iter().chain(picked).zip((0..).map(ContributorId)).collect();
            let mut keys = Vec::new();
            let mut mentions = Vec::new();
            for &(name, id) in all.iter().rev() {
                let start = keys.len();
                keys.extend_from_slice(name.as_ref().key());
                mentions.push(Mention { head: 0, start, end: keys.len(), records: ContributedRecords::default(), id });
            }
            sort(&mut mentions, &keys, 0);
            let sorted: Vec<_> = mentions.iter().map(|mention| (Name::from_key(&keys[mention.start..mention.end]), mention.id)).collect();
            let mut expected: Vec<_> = all.into_iter().map(|(name, id)| (name.clone(), id)).collect();
            expected.sort();
            prop_assert_eq!(sorted, expected);
        }
    }
}
