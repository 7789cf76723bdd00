//! What differs between two stacks' zones, with all there is to tell of each record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use zonesmith_zone::comparison::{
    Change, ComparedName, ComparedZone, Comparison, Counts, Fault, Makers, Side, compare,
};
use zonesmith_zone::record::Origin;
use zonesmith_zone::{ContributorId, RecordRef, comparison};

use crate::bindings::exports::zonesmith::playground::workbench as words;
use crate::document::Document;
use crate::maker::Maker;
use crate::problems::without;
use crate::rows;
use crate::stack::Stack;

/// Names that are told one by one.
const DIFFERENT_NAMES: usize = 5_000;

impl Makers for Stack {
    fn maker(
        &self,
        contributor: ContributorId,
        rule: Option<u16>,
        origin: Option<Origin>,
    ) -> comparison::Maker {
        let Some(place) = self.place_of(contributor) else {
            return comparison::Maker::default();
        };
        let maker = Maker::at(self, place, rule, origin);
        comparison::Maker {
            policy: maker.policy.unwrap_or_default().into(),
            rule: maker.rule.map(|rule| rule.name.as_str().into()),
            service: maker.service_path().map(|path| path.as_str().into()),
            node: maker.node().map(Into::into),
            resource: maker.resource().map(Into::into),
        }
    }
}

/// From one stack, with its problems, to another one.
pub(crate) fn of(
    document: &Document,
    (before, problems_before): (&Stack, &Vec<words::Problem>),
    (after, problems_after): (&Stack, &Vec<words::Problem>),
) -> words::Difference {
    // What is not served is told by the problems, which say where.
    let none = BTreeSet::new();
    let comparison = compare(side(before, &none), side(after, &none));
    let totals = comparison.totals();
    let names = comparison.names.iter().take(DIFFERENT_NAMES);
    words::Difference {
        zones: comparison.zones.iter().map(zone).collect(),
        names: tally(totals.names),
        records: tally(totals.records),
        changes: names
            .map(|name| difference(document, before, after, name))
            .collect(),
        by: shares(&comparison),
        problems: words::ProblemChanges {
            came: without(problems_after, problems_before),
            gone: without(problems_before, problems_after),
        },
    }
}

fn side<'a>(stack: &'a Stack, faults: &'a BTreeSet<Fault>) -> Side<'a> {
    Side {
        contents: &stack.contents,
        makers: stack,
        faults,
    }
}

fn tally(counts: Counts) -> words::Tally {
    let size = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    words::Tally {
        added: size(counts.added),
        removed: size(counts.removed),
        changed: size(counts.changed),
    }
}

fn word(change: Change) -> words::Change {
    match change {
        Change::Added => words::Change::Added,
        Change::Removed => words::Change::Removed,
        Change::Changed => words::Change::Changed,
    }
}

fn zone(compared: &ComparedZone) -> words::ZoneDifference {
    let soa = |soa: &Option<(u32, String)>| {
        soa.as_ref()
            .map(|(ttl, content)| format!("{ttl} SOA {content}"))
    };
    words::ZoneDifference {
        apex: compared.apex.to_string(),
        change: word(compared.change()),
        before: soa(&compared.before),
        after: soa(&compared.after),
    }
}

fn difference(
    document: &Document,
    before: &Stack,
    after: &Stack,
    compared: &ComparedName,
) -> words::NameDifference {
    let name = &compared.name;
    let row = |stack: &Stack, rtype, octets, ttl| {
        let record = RecordRef { rtype, ttl, octets };
        let zone = stack.zone_set.zones().enclosing(name.as_ref())?;
        Some(rows::made(document, stack, zone, name, &record))
    };
    let mut difference = words::NameDifference {
        name: name.to_string(),
        change: word(compared.change),
        added: Vec::new(),
        removed: Vec::new(),
        changed: Vec::new(),
    };
    for record in &compared.records {
        let (rtype, octets) = (record.rtype, &*record.octets);
        let old = record
            .ttl_before
            .and_then(|ttl| row(before, rtype, octets, ttl));
        let new = record
            .ttl_after
            .and_then(|ttl| row(after, rtype, octets, ttl));
        match (old, new) {
            (Some(before), Some(after)) => {
                difference.changed.push(words::RowChange { before, after });
            }
            (Some(row), None) => difference.removed.push(row),
            (None, Some(row)) => difference.added.push(row),
            (None, None) => {}
        }
    }
    difference
}

/// Records that differ, by policy. One that several make counts for each of them.
fn by_policy(comparison: &Comparison) -> BTreeMap<Arc<str>, Counts> {
    let mut counted: BTreeMap<Arc<str>, Counts> = BTreeMap::new();
    for record in comparison.names.iter().flat_map(|name| &name.records) {
        let policies: BTreeSet<_> = record.makers.iter().map(|maker| &maker.policy).collect();
        for policy in policies {
            counted
                .entry(Arc::clone(policy))
                .or_default()
                .count(record.change());
        }
    }
    counted
}

fn shares(comparison: &Comparison) -> Vec<words::DifferenceShare> {
    let share = |what, policy: &str, name: Option<&str>, counts: Counts| {
        let words::Tally {
            added,
            removed,
            changed,
        } = tally(counts);
        words::DifferenceShare {
            what,
            policy: policy.to_owned(),
            name: name.map(ToOwned::to_owned),
            added,
            removed,
            changed,
        }
    };
    let mut shares = Vec::new();
    for (policy, counts) in by_policy(comparison) {
        shares.push(share(words::ShareOf::Policy, &policy, None, counts));
    }
    for ((policy, rule), counts) in comparison.by_rule() {
        shares.push(share(
            words::ShareOf::Rule,
            &policy,
            rule.as_deref(),
            counts,
        ));
    }
    for ((policy, service), counts) in comparison.by_service() {
        shares.push(share(
            words::ShareOf::Service,
            &policy,
            service.as_deref(),
            counts,
        ));
    }
    shares
}
