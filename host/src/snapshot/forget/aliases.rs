//! Who points where: aliases by their targets, so that those of a name that changed are found without looking at every name.
//!
//! A resolver keeps the whole chain of an answer under the name that was asked. It follows the changes of names, and is made
//! anew where they are too many to list.

use std::collections::{BTreeMap, BTreeSet};

use zonesmith_zone::delta::NameChange;
use zonesmith_zone::name::{Name, NameRef};
use zonesmith_zone::rdata::rtype;
use zonesmith_zone::zone_set::{Answer, RecordRef, Records, Standing, ZoneSet};

use super::seen::DNAME;
use super::touched::Collected;
use crate::snapshot::changes::Changed;

/// The key of the label `*`.
const WILDCARD: &[u8] = b"*\0";

/// Aliases by their targets.
#[derive(Debug, Default)]
pub struct Aliases {
    names: Targets,
    /// Owners of DNAME: everything below them points to the same place below the target.
    trees: Targets,
}

#[derive(Debug, Default)]
struct Targets(BTreeMap<Name, BTreeSet<Name>>);

impl Aliases {
    /// Follows a publication that made `after`.
    pub fn follow(&mut self, changed: &Changed, after: &ZoneSet) {
        match changed {
            Changed::Names(names) => names.iter().for_each(|change| self.follow_name(change)),
            Changed::Everything => {
                *self = Self::default();
                ZoneSet::default().compare(after, |name, _, has| {
                    self.add(name, has);
                });
            }
        }
    }

    fn follow_name(&mut self, change: &NameChange) {
        let NameChange {
            name,
            before,
            after,
        } = change;
        for record in pointers(before.as_deref()) {
            if let Some(target) = target(&record) {
                self.targets(record.rtype).remove(&target, name);
            }
        }
        self.add(name.as_ref(), after.as_deref());
    }

    fn add(&mut self, name: NameRef<'_>, records: Option<&[u8]>) {
        for record in pointers(records) {
            if let Some(target) = target(&record) {
                let owners = self.targets(record.rtype).0.entry(target).or_default();
                owners.insert(name.to_owned());
            }
        }
    }

    fn targets(&mut self, rtype: u16) -> &mut Targets {
        if rtype == DNAME {
            &mut self.trees
        } else {
            &mut self.names
        }
    }

    /// What was collected, with the aliases that lead there in `zone_set`, however long the chain.
    pub(super) fn with_those_of(&self, collected: Collected, zone_set: &ZoneSet) -> Collected {
        if self.names.0.is_empty() && self.trees.0.is_empty() {
            return collected;
        }
        let mut names: BTreeSet<Name> = BTreeSet::new();
        let mut subtrees: BTreeSet<Name> = BTreeSet::new();
        let mut waiting = collected;
        loop {
            let found = if let Some(name) = waiting.names.pop() {
                if !names.insert(name.clone()) {
                    continue;
                }
                self.leading_to(&name, zone_set)
            } else if let Some(top) = waiting.subtrees.pop() {
                if !subtrees.insert(top.clone()) {
                    continue;
                }
                self.leading_into(&top, zone_set)
            } else {
                break;
            };
            waiting.names.extend(found.names);
            waiting.subtrees.extend(found.subtrees);
        }
        Collected {
            names: names.into_iter().collect(),
            subtrees: subtrees.into_iter().collect(),
        }
    }

    fn leading_to(&self, name: &Name, zone_set: &ZoneSet) -> Collected {
        let mut found = Collected::default();
        let owners = self.names.0.get(name).into_iter().flatten();
        found.add_aliases(owners, zone_set);
        self.leading_around(name, &mut found);
        found
    }

    fn leading_into(&self, top: &Name, zone_set: &ZoneSet) -> Collected {
        let mut found = Collected::default();
        found.add_aliases(self.names.within(top), zone_set);
        found.subtrees.extend(self.trees.within(top).cloned());
        self.leading_around(top, &mut found);
        found
    }

    /// Trees that point at what lies above the name.
    fn leading_around(&self, name: &Name, found: &mut Collected) {
        if self.trees.0.is_empty() {
            return;
        }
        let above = std::iter::successors(name.as_ref().parent(), |name| name.parent());
        let owners = above.filter_map(|name| self.trees.0.get(&name.to_owned()));
        found.subtrees.extend(owners.flatten().cloned());
    }
}

impl Targets {
    fn remove(&mut self, target: &Name, owner: &Name) {
        let Some(owners) = self.0.get_mut(target) else {
            return;
        };
        owners.remove(owner);
        if owners.is_empty() {
            self.0.remove(target);
        }
    }

    /// Who points at a name in this subtree.
    fn within(&self, top: &Name) -> impl Iterator<Item = &Name> {
        let targets = self.0.range(top.clone()..);
        targets
            .take_while(|(target, _)| target.as_ref().is_at_or_below(top.as_ref()))
            .flat_map(|(_, owners)| owners)
    }
}

impl Collected {
    /// Aliases that somebody is answered with: below a cut they are hidden.
    fn add_aliases<'a>(&mut self, owners: impl Iterator<Item = &'a Name>, zone_set: &ZoneSet) {
        let is_answered = |owner: &Name| match zone_set.find(owner.as_ref()) {
            Answer::Records { standing, .. } => standing == Standing::Authoritative,
            Answer::EmptyNonTerminal { .. } | Answer::NoSuchName => false,
        };
        for owner in owners.filter(|owner| is_answered(owner)) {
            self.add_alias(owner);
        }
    }

    /// At a wildcard an alias is that of everything the wildcard covers.
    fn add_alias(&mut self, owner: &Name) {
        let name = owner.as_ref();
        match name.parent() {
            Some(parent) if name.key().strip_prefix(parent.key()) == Some(WILDCARD) => {
                self.subtrees.push(parent.to_owned());
            }
            Some(_) | None => self.names.push(owner.clone()),
        }
    }
}

/// The records of a name that point elsewhere.
fn pointers(packed: Option<&[u8]>) -> impl Iterator<Item = RecordRef<'_>> {
    let records = packed.map(Records::new).unwrap_or_default();
    // They come in order of their types.
    let records = records.take_while(|record| record.rtype <= DNAME);
    records.filter(|record| matches!(record.rtype, rtype::CNAME | DNAME))
}

fn target(record: &RecordRef<'_>) -> Option<Name> {
    Name::from_wire(record.octets).ok().map(|(name, _)| name)
}
