//! The names that differ between two states that both go on changing, at the cost of what changes.

use std::collections::BTreeMap;

use super::{Change, Counts, pair};
use crate::delta::{Delta, NameChange};
use crate::name::{Name, NameRef};
use crate::packed::records_of;
use crate::zone_set::ZoneSet;

/// Which names differ, kept up to date. It counts the turns, too: a name takes one each time that it begins to differ, that
/// it ends to, and that it differs in another way than before.
#[derive(Debug, Clone, Default)]
pub struct Following {
    /// The packed records of either side, of each name that differs.
    differing: BTreeMap<Name, NameChange>,
    names: Counts,
    records: Counts,
    turns: u64,
}

impl Following {
    /// Begins with two states, and a turn of each name that differs. Linear in the number of names.
    #[must_use]
    pub fn begin(before: &ZoneSet, after: &ZoneSet) -> Self {
        let mut following = Self::default();
        following.restart(before, after);
        following
    }

    /// Looks again at all names, as when a state was made anew. How many turns were taken.
    pub fn restart(&mut self, before: &ZoneSet, after: &ZoneSet) -> u64 {
        let turns = self.turns;
        let mut olds = std::mem::take(&mut self.differing);
        (self.names, self.records) = (Counts::default(), Counts::default());
        for change in before.delta_to(after).changes {
            let is_old = olds.remove(&change.name).is_some_and(|old| old == change);
            self.turns += u64::from(!is_old);
            self.keep(change);
        }
        self.turns += olds.len() as u64;
        self.turns - turns
    }

    /// Looks again at the names of two deltas: of what either state became since the last look. `before` and `after` are the
    /// states now. How many turns were taken.
    pub fn follow(
        &mut self,
        (before, of_before): (&ZoneSet, &Delta),
        (after, of_after): (&ZoneSet, &Delta),
    ) -> u64 {
        let turns = self.turns;
        for change in of_before.changes.iter().chain(&of_after.changes) {
            // A name that is in both is the same the second time.
            self.look_at(change.name.as_ref(), before, after);
        }
        self.turns - turns
    }

    /// Names that differ now.
    #[must_use]
    pub fn names(&self) -> Counts {
        self.names
    }

    /// Records of theirs that differ.
    #[must_use]
    pub fn records(&self) -> Counts {
        self.records
    }

    /// How many turns were taken ever.
    #[must_use]
    pub fn turns(&self) -> u64 {
        self.turns
    }

    /// The names that differ now, in canonical order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &NameChange> {
        self.differing.values()
    }

    fn look_at(&mut self, name: NameRef<'_>, before: &ZoneSet, after: &ZoneSet) {
        let from = before.value_at(name).map(records_of);
        let to = after.value_at(name).map(records_of);
        let owner = name.to_owned();
        let old = self.differing.remove(&owner);
        if let Some(old) = &old {
            self.count(old, Counts::uncount);
        }
        if from == to {
            self.turns += u64::from(old.is_some());
            return;
        }
        let change = NameChange {
            name: owner,
            before: from.map(Into::into),
            after: to.map(Into::into),
        };
        self.turns += u64::from(old.as_ref() != Some(&change));
        self.keep(change);
    }

    fn keep(&mut self, change: NameChange) {
        self.count(&change, Counts::count);
        self.differing.insert(change.name.clone(), change);
    }

    fn count(&mut self, change: &NameChange, count: fn(&mut Counts, Change)) {
        let (from, to) = (change.before.as_deref(), change.after.as_deref());
        count(&mut self.names, Change::of(from.as_ref(), to.as_ref()));
        let records = &mut self.records;
        pair(from, to, |one, other| {
            count(records, Change::of(one.as_ref(), other.as_ref()));
        });
    }
}
