//! Two states of the zones side by side, and who made what differs: a policy and its next version, a cluster before and after a
//! change.
//!
//! [`Delta`](crate::delta::Delta) tells what caches must forget; this tells people what a difference is and whose it is. So it
//! knows more: of each record the policies, rules and services that make it, and beside the records the zones, and what either
//! side does not serve ([`Fault`]). What only changes hands (the same record, made by another rule) has not changed here
//! either. Serials are no part of it.
//!
//! Rooms: `counts`; `fault` is what is not served; `following` keeps the count while both sides go on changing.

mod counts;
mod fault;
mod following;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::contents::{Contents, ContributorId};
use crate::name::{Name, NameRef};
use crate::packed::{RecordRef, Records, records_of};
use crate::record::Origin;
use crate::zone::Zone;
use crate::zones::Zones;

pub use counts::{Change, Counts, Totals};
pub use fault::{Fault, FaultKind, conflicts};
pub use following::Following;

/// One of the two states.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// The zones, and who contributes what.
    pub contents: &'a Contents,
    /// Who the contributors are.
    pub makers: &'a dyn Makers,
    /// What is not served, but for the conflicts, which the contents know: see [`conflicts`].
    pub faults: &'a BTreeSet<Fault>,
}

/// Knows who the contributors of some contents are.
pub trait Makers {
    /// Whose word a record of this contributor is.
    fn maker(&self, contributor: ContributorId, rule: Option<u16>, origin: Option<Origin>)
    -> Maker;
}

/// Whose word something is.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Maker {
    /// The name of the policy.
    pub policy: Arc<str>,
    /// The name of a rule of it.
    pub rule: Option<Arc<str>>,
    /// The path of the service; none for the policy's configuration.
    pub service: Option<Arc<str>>,
    /// Where the instance of the service runs.
    pub node: Option<Arc<str>>,
    /// A resource of that instance.
    pub resource: Option<Arc<str>>,
}

/// Everything that differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Zones that come, go or have another SOA, in canonical order of the apex.
    pub zones: Vec<ComparedZone>,
    /// Names whose records differ, in canonical order.
    pub names: Vec<ComparedName>,
    /// What only one side does not serve, in order.
    pub faults: Vec<(Change, Fault)>,
}

/// A zone that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedZone {
    /// Its name.
    pub apex: Name,
    /// TTL and content of its SOA, with serial 0; none where the zone is not there.
    pub before: Option<(u32, String)>,
    /// The same in the second state.
    pub after: Option<(u32, String)>,
}

/// A name whose records differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedName {
    /// The owner.
    pub name: Name,
    /// What became of it.
    pub change: Change,
    /// The records that differ, in order of type, then rdata. Those that both sides have are not among them.
    pub records: Vec<ComparedRecord>,
}

/// A record that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedRecord {
    /// The number of the type.
    pub rtype: u16,
    /// Rdata in canonical wire form.
    pub octets: Box<[u8]>,
    /// Its TTL in the first state, seconds; none where it is not there.
    pub ttl_before: Option<u32>,
    /// Its TTL in the second state.
    pub ttl_after: Option<u32>,
    /// Whose word it is, in order, each once: in the second state where it is there, otherwise in the first.
    pub makers: Vec<Maker>,
}

/// Compares names of two states: those of them that differ, each once, in canonical order.
#[must_use]
pub fn compare_names<'n>(
    before: Side<'_>,
    after: Side<'_>,
    names: impl IntoIterator<Item = NameRef<'n>>,
) -> Vec<ComparedName> {
    let (old, new) = (before.contents.zone_set(), after.contents.zone_set());
    let names: BTreeSet<NameRef<'n>> = names.into_iter().collect();
    let mut compared = Vec::new();
    for name in names {
        let from = old.value_at(name).map(records_of);
        let to = new.value_at(name).map(records_of);
        if from != to {
            compared.push(compare_name(name, (before, from), (after, to)));
        }
    }
    compared
}

/// Compares zones of two states, and what either does not serve, but no names.
#[must_use]
pub fn compare_others(before: Side<'_>, after: Side<'_>) -> Comparison {
    let (old, new) = (before.contents.zone_set(), after.contents.zone_set());
    Comparison {
        zones: compare_zones(old.zones(), new.zones()),
        names: Vec::new(),
        faults: compare_faults(before, after),
    }
}

/// Compares two states, whole. Linear in the number of names.
#[must_use]
pub fn compare(before: Side<'_>, after: Side<'_>) -> Comparison {
    let (old, new) = (before.contents.zone_set(), after.contents.zone_set());
    let mut names = Vec::new();
    old.compare(&new, |name, from, to| {
        names.push(compare_name(name, (before, from), (after, to)));
    });
    Comparison {
        names,
        ..compare_others(before, after)
    }
}

impl Comparison {
    /// Whether the two states are alike.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            zones,
            names,
            faults,
        } = self;
        zones.is_empty() && names.is_empty() && faults.is_empty()
    }

    /// How much differs.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for zone in &self.zones {
            totals.zones.count(zone.change());
        }
        for name in &self.names {
            totals.names.count(name.change);
            for record in &name.records {
                totals.records.count(record.change());
            }
        }
        for (change, _) in &self.faults {
            totals.faults.count(*change);
        }
        totals
    }

    /// Records that differ, by policy and rule. One that several make counts for each of them.
    #[must_use]
    pub fn by_rule(&self) -> BTreeMap<(Arc<str>, Option<Arc<str>>), Counts> {
        self.by(|maker| (Arc::clone(&maker.policy), maker.rule.clone()))
    }

    /// Records that differ, by policy and service; no service: the policy's configuration.
    #[must_use]
    pub fn by_service(&self) -> BTreeMap<(Arc<str>, Option<Arc<str>>), Counts> {
        self.by(|maker| (Arc::clone(&maker.policy), maker.service.clone()))
    }

    fn by<Key: Ord>(&self, key: impl Fn(&Maker) -> Key) -> BTreeMap<Key, Counts> {
        let mut counted: BTreeMap<Key, Counts> = BTreeMap::new();
        for record in self.names.iter().flat_map(|name| &name.records) {
            let keys: BTreeSet<Key> = record.makers.iter().map(&key).collect();
            for key in keys {
                counted.entry(key).or_default().count(record.change());
            }
        }
        counted
    }
}

impl ComparedZone {
    /// What became of the zone.
    #[must_use]
    pub fn change(&self) -> Change {
        Change::of(self.before.as_ref(), self.after.as_ref())
    }
}

impl ComparedRecord {
    /// What became of the record.
    #[must_use]
    pub fn change(&self) -> Change {
        Change::of(self.ttl_before.as_ref(), self.ttl_after.as_ref())
    }
}

/// One name, which has the packed records `from` in one state and `to` in the other.
fn compare_name(
    name: NameRef<'_>,
    (before, from): (Side<'_>, Option<&[u8]>),
    (after, to): (Side<'_>, Option<&[u8]>),
) -> ComparedName {
    let mut records = Vec::new();
    pair(from, to, |one, other| {
        let (record, side) = match (one, other) {
            (_, Some(record)) => (record, after),
            (Some(record), None) => (record, before),
            (None, None) => return,
        };
        records.push(ComparedRecord {
            rtype: record.rtype,
            octets: record.octets.into(),
            ttl_before: one.map(|record| record.ttl),
            ttl_after: other.map(|record| record.ttl),
            makers: makers_of(side, name, record),
        });
    });
    ComparedName {
        name: name.to_owned(),
        change: Change::of(from.as_ref(), to.as_ref()),
        records,
    }
}

/// Shows `see` each record that differs, as it is on either side.
fn pair<'a>(
    from: Option<&'a [u8]>,
    to: Option<&'a [u8]>,
    mut see: impl FnMut(Option<RecordRef<'a>>, Option<RecordRef<'a>>),
) {
    let records = |packed: Option<&'a [u8]>| packed.map(Records::new).unwrap_or_default();
    let (mut olds, mut news) = (records(from).peekable(), records(to).peekable());
    loop {
        let order = match (olds.peek(), news.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => (old.rtype, old.octets).cmp(&(new.rtype, new.octets)),
        };
        let old = olds.next_if(|_| order.is_le());
        let new = news.next_if(|_| order.is_ge());
        if old != new {
            see(old, new);
        }
    }
}

/// Whose word a served record is: those of the first rank that say it, and of these none that gives way.
fn makers_of(side: Side<'_>, name: NameRef<'_>, record: RecordRef<'_>) -> Vec<Maker> {
    let said = side.contents.saying(name, record.rtype, record.octets);
    let makers = said
        .into_iter()
        .map(|(id, said)| side.makers.maker(id, said.rule, said.origin));
    let makers: BTreeSet<Maker> = makers.collect();
    makers.into_iter().collect()
}

fn compare_zones(olds: &Zones, news: &Zones) -> Vec<ComparedZone> {
    let soa = |zone: &Zone| {
        let mut text = Vec::new();
        zone.with_serial(0).write_soa_content(&mut text);
        (zone.soa_ttl(), String::from_utf8_lossy(&text).into_owned())
    };
    let mut zones: BTreeMap<&Name, (Option<_>, Option<_>)> = BTreeMap::new();
    for zone in olds.iter() {
        zones.entry(zone.apex()).or_default().0 = Some(soa(zone));
    }
    for zone in news.iter() {
        zones.entry(zone.apex()).or_default().1 = Some(soa(zone));
    }
    let differing = zones.into_iter().filter(|(_, (old, new))| old != new);
    differing
        .map(|(apex, (before, after))| ComparedZone {
            apex: apex.clone(),
            before,
            after,
        })
        .collect()
}

fn compare_faults(before: Side<'_>, after: Side<'_>) -> Vec<(Change, Fault)> {
    let all = |side: Side<'_>| {
        let mut faults = conflicts(side.contents, side.makers);
        faults.extend(side.faults.iter().cloned());
        faults
    };
    let (olds, news) = (all(before), all(after));
    let gone = olds.difference(&news).map(|fault| (Change::Removed, fault));
    let new = news.difference(&olds).map(|fault| (Change::Added, fault));
    let mut faults: Vec<_> = gone
        .chain(new)
        .map(|(change, fault)| (change, fault.clone()))
        .collect();
    faults.sort_by(|(_, one), (_, other)| one.cmp(other));
    faults
}
