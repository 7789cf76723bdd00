//! The names somebody may have meant: those that exist and are written nearly like one that does not.
//!
//! The search walks down from the apex of a zone, label by label, and keeps the few ways that have cost the least so far. A
//! label may be written wrongly, be missing, or be too much. The children of a name are found by skipping what lies below
//! each, so a step costs their number and not that of all names; a name of very many children is looked at in part, on both
//! sides of the place where the label would stand.

use std::collections::BTreeMap;

use crate::map::Find;
use crate::name::{Name, NameRef};
use crate::zone::{Zone, subtree_end};
use crate::zone_set::ZoneSet;

/// Ways kept at each step: more find no name that a person would think of.
const MOST_WAYS: usize = 24;

/// Children of one name looked at: a namespace of a large cluster has thousands of services, and a look takes microseconds.
const MOST_CHILDREN: usize = 2_000;

/// Children of one name that are tried as a label that was left out.
const MOST_LEFT_OUT: usize = 50;

/// What a label that is missing or too much costs: as much as two wrong characters.
const WHOLE_LABEL: usize = 2;

/// The most a name may cost to be named at all.
const MOST_COST: usize = 4;

/// A way down: how much it cost, and how many labels of the name that was asked are used up.
type Ways = BTreeMap<(Box<[u8]>, usize), usize>;

impl ZoneSet {
    /// The names with records that are written most like `name`, the nearest first, at most `most`. They lie in the zone the
    /// name is in; a name in none is taken for one that lacks the apex of a zone.
    #[must_use]
    pub fn near(&self, name: NameRef<'_>, most: usize) -> Vec<Name> {
        let mut found = BTreeMap::new();
        match self.zones().enclosing(name) {
            Some(zone) => self.near_in(zone, &labels_below(name, zone), &mut found),
            None => {
                let labels: Vec<_> = name.labels().map(|label| label.to_vec()).collect();
                let whole: Vec<_> = labels.into_iter().rev().collect();
                for zone in self.zones().iter() {
                    self.near_in(zone, &whole, &mut found);
                }
            }
        }
        let mut nearest: Vec<(usize, Name)> = found
            .into_iter()
            .filter(|(near, _)| near.as_ref() != name)
            .map(|(near, cost)| (cost, near))
            .collect();
        nearest.sort();
        nearest.truncate(most);
        nearest.into_iter().map(|(_, near)| near).collect()
    }

    /// Adds the names of one zone that are like these labels, the one below the apex first.
    fn near_in(&self, zone: &Zone, labels: &[Vec<u8>], found: &mut BTreeMap<Name, usize>) {
        let mut ways = Ways::from([((zone.apex().as_ref().key().into(), 0), 0)]);
        // One label may be missing, so there is a step more than there are labels.
        for _ in 0..=labels.len() + 1 {
            self.keep_ends(&ways, labels.len(), found);
            let mut next = Ways::new();
            for ((key, used), cost) in keep_cheapest(ways) {
                self.step(&key, used, cost, labels, &mut next);
            }
            ways = next;
        }
    }

    /// Keeps what ends here: all labels are used up, and there are records.
    fn keep_ends(&self, ways: &Ways, labels: usize, found: &mut BTreeMap<Name, usize>) {
        for ((key, used), cost) in ways {
            let is_end = *used == labels && matches!(self.map.find(key), Find::Here(_));
            if is_end {
                let best = found.entry(Name::from_key(key)).or_insert(*cost);
                *best = (*best).min(*cost);
            }
        }
    }

    /// The ways that go on from one.
    fn step(&self, key: &[u8], used: usize, cost: usize, labels: &[Vec<u8>], next: &mut Ways) {
        let mut add = |key: &[u8], used: usize, cost: usize| {
            if cost <= MOST_COST {
                let best = next.entry((key.into(), used)).or_insert(cost);
                *best = (*best).min(cost);
            }
        };
        let Some(label) = labels.get(used) else {
            return;
        };
        // The label is too much.
        add(key, used + 1, cost + WHOLE_LABEL);
        let wanted = child_key(key, label);
        for (at, child) in self.children_around(key, &wanted).enumerate() {
            let last = NameRef::from_key(&child)
                .labels()
                .next()
                .unwrap_or_default();
            if let Some(distance) = distance(label, &last) {
                add(&child, used + 1, cost + distance);
            }
            if at < MOST_LEFT_OUT {
                add(&child, used, cost + WHOLE_LABEL);
            }
        }
    }

    /// The children of a name, from the wanted one on, then those before it; those around its place where there are too
    /// many.
    fn children_around(&self, parent: &[u8], wanted: &[u8]) -> impl Iterator<Item = Box<[u8]>> {
        let half = MOST_CHILDREN / 2;
        let after = self.children_from(parent, wanted.into()).take(half);
        after.chain(self.children_before(parent, wanted.into()).take(half))
    }

    /// The children of a name before a key, the last first.
    fn children_before(&self, parent: &[u8], before: Box<[u8]>) -> impl Iterator<Item = Box<[u8]>> {
        let parent: Box<[u8]> = parent.into();
        let mut before = before;
        std::iter::from_fn(move || {
            let entry = self.map.last_before(&before)?;
            before = child_of(&parent, &entry.key())?;
            Some(before.clone())
        })
    }

    /// The children of a name from a key on, each once, whether they have records or only names below them.
    fn children_from(&self, parent: &[u8], from: Box<[u8]>) -> impl Iterator<Item = Box<[u8]>> {
        let parent: Box<[u8]> = parent.into();
        let mut from = from;
        std::iter::from_fn(move || {
            let entry = self.map.range_from(&from).next()?;
            let child = child_of(&parent, &entry.key())?;
            from = subtree_end(NameRef::from_key(&child));
            Some(child)
        })
    }
}

/// The key of the child of `parent` that is at or above the name of this key; none if it does not lie below.
fn child_of(parent: &[u8], key: &[u8]) -> Option<Box<[u8]>> {
    let below = key.strip_prefix(parent)?;
    let end = below.iter().position(|octet| *octet == 0)?;
    key.get(..=parent.len() + end).map(Into::into)
}

fn labels_below(name: NameRef<'_>, zone: &Zone) -> Vec<Vec<u8>> {
    let count = name.label_count() - zone.apex().as_ref().label_count();
    let labels: Vec<_> = name
        .labels()
        .take(count)
        .map(|label| label.to_vec())
        .collect();
    labels.into_iter().rev().collect()
}

fn keep_cheapest(ways: Ways) -> Ways {
    let mut cheapest: Vec<_> = ways.into_iter().collect();
    cheapest.sort_by_key(|(_, cost)| *cost);
    cheapest.truncate(MOST_WAYS);
    cheapest.into_iter().collect()
}

/// The key of a child of this name.
fn child_key(parent: &[u8], label: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(label.len() + 2);
    wire.push(u8::try_from(label.len()).unwrap_or_default());
    wire.extend_from_slice(label);
    wire.push(0);
    let leaf = Name::from_wire(&wire).map(|(leaf, _)| leaf);
    let leaf = leaf.unwrap_or_else(|_| Name::root());
    [parent, leaf.as_ref().key()].concat()
}

/// How many characters of two labels differ: left out, added, wrong, or two that changed places. None where that is more
/// than a third of the label.
#[must_use]
pub fn distance(one: &[u8], other: &[u8]) -> Option<usize> {
    let most = (one.len().max(other.len()) / 3).clamp(1, MOST_COST);
    if one == other {
        return Some(0);
    }
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    // Three rows of the table of Damerau and Levenshtein, where neighbours may change places once.
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, octet) in one.iter().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(at + 1);
        for (place, target) in other.iter().enumerate() {
            let value =
                |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX / 2);
            let mut best = (value(&row, place + 1) + 1).min(value(&next, place) + 1);
            best = best.min(value(&row, place) + usize::from(octet != target));
            let has_swapped = at > 0
                && place > 0
                && one.get(at - 1) == Some(target)
                && other.get(place - 1) == Some(octet);
            if has_swapped {
                best = best.min(value(&before, place - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contents::Contents;
    use crate::contribution::Contribution;
    use crate::test_zone::{contributor, record, zones};

    #[test]
    fn labels_are_near_when_a_third_of_them_is_wrong() {
        for (one, other, expected) in [
            ("web", "web", Some(0)),
            ("web", "wep", Some(1)),
            ("shpo", "shop", Some(1)),
            ("a", "b", Some(1)),
            ("web", "api", None),
            ("web1", "web22", Some(2)),
            ("", "a", Some(1)),
            ("frontend", "fronted", Some(1)),
            ("frontend", "backend", None),
        ] {
            let expected = expected.filter(|cost| *cost <= (one.len().max(other.len()) / 3).max(1));
            assert_eq!(
                distance(one.as_bytes(), other.as_bytes()),
                expected,
                "{one} {other}"
            );
        }
    }

    fn near(names: &[&str], name: &str) -> Vec<String> {
        let records = names
            .iter()
            .map(|name| record(&format!("{name} A 10.0.0.1")))
            .collect();
        let contents = Contents::build(
            zones(&["demo", "10.in-addr.arpa"]),
            vec![(contributor(0, "a"), Contribution::from_records(records))],
        )
        .0;
        let name = Name::parse(name).unwrap();
        let near = contents.zone_set().near(name.as_ref(), 3);
        near.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_name_written_wrongly_finds_the_one_that_was_meant() {
        let names = [
            "web.shop.svc.demo",
            "web1.web.shop.svc.demo",
            "api.shop.svc.demo",
            "web.stage.svc.demo",
            "plain.root.svc.demo",
            "5.0.22.10.in-addr.arpa",
        ];
        for (asked, expected) in [
            ("wep.shop.svc.demo", "web.shop.svc.demo."),
            ("web.shpo.svc.demo", "web.shop.svc.demo."),
            ("web.shop.svcs.demo", "web.shop.svc.demo."),
            ("web.svc.demo", "web.shop.svc.demo."),
            ("web.shop.demo", "web.shop.svc.demo."),
            ("plan.root.svc.demo", "plain.root.svc.demo."),
            ("web.shop.svc", "web.shop.svc.demo."),
            ("x.plain.root.svc.demo", "plain.root.svc.demo."),
            ("6.0.22.10.in-addr.arpa", "5.0.22.10.in-addr.arpa."),
        ] {
            let near = near(&names, asked);
            assert_eq!(
                near.first().map(String::as_str),
                Some(expected),
                "{asked}: {near:?}"
            );
        }
        assert_eq!(near(&names, "nothing.like.that.at.all.demo"), [""; 0]);
        assert_eq!(near(&[], "web.demo"), [""; 0]);
        assert_eq!(near(&names, "."), [""; 0]);
    }

    #[test]
    fn a_name_among_very_many_is_looked_for_in_a_moment() {
        let names: Vec<String> = (0..30_000)
            .map(|number| format!("app{number}.shop.svc.demo"))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let near = near(&names, "ap777.shop.svc.demo");
        assert!(!near.is_empty());
    }
}
