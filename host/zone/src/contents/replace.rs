//! Following a change: its cost is that of the names it touches, not of the map.

use super::{Contents, ContributorId, Judge, Judged};
use crate::conflict::Conflict;
use crate::contribution::Contribution;
use crate::delta::{Delta, NameChange};
use crate::map::MapChange;
use crate::name::NameRef;
use crate::packed::records_of;

impl Contents {
    /// Puts these contributions in place of what their contributors said before. A contributor that is not there (any
    /// more) is passed over; of several for one the last stands.
    pub fn replace(&mut self, changes: Vec<(ContributorId, Contribution)>) -> Delta {
        let mut touched: Vec<(Box<[u8]>, ContributorId)> = Vec::new();
        for (id, contribution) in changes {
            let Some(Some((_, current))) = self.contributors.get_mut(id.0 as usize) else {
                continue;
            };
            let before = std::mem::replace(current, contribution);
            differing_names(&before, current, |name| {
                touched.push((name.key().into(), id));
            });
        }
        touched.sort_unstable();
        touched.dedup();
        let mut delta = Delta::default();
        let mut map_changes = Vec::new();
        let mut cut_changes = Vec::new();
        for of_name in touched.chunk_by(|(one, _), (other, _)| one == other) {
            let Some((key, _)) = of_name.first() else {
                continue;
            };
            let name = NameRef::from_key(key);
            let before = self.value_of(name);
            let changed = of_name.iter().map(|&(_, id)| id);
            let Judged {
                value,
                conflicts,
                shared,
            } = self.judge_anew(name, before, changed);
            let after = (!value.is_empty()).then_some(value.as_slice());
            if before != after {
                delta.changes.extend(name_change(name, before, after));
                let is_cut = |value| Self::is_cut(&self.zones, name, value);
                let is_cut_after = after.is_some_and(is_cut);
                if before.is_some_and(is_cut) != is_cut_after {
                    cut_changes.push(MapChange {
                        key: key.clone(),
                        value: is_cut_after.then(Box::default),
                    });
                }
                map_changes.push(MapChange {
                    key: key.clone(),
                    value: after.map(Into::into),
                });
            }
            self.note(name, conflicts, shared);
        }
        if !map_changes.is_empty() {
            self.map = self.map.apply(&map_changes);
        }
        if !cut_changes.is_empty() {
            self.cuts = self.cuts.apply(&cut_changes);
        }
        delta
    }

    /// Judges a name of which these contributors changed their word; what the others say stands as it was.
    fn judge_anew(
        &self,
        name: NameRef<'_>,
        value: Option<&[u8]>,
        changed: impl Iterator<Item = ContributorId>,
    ) -> Judged {
        let mut ids = self.sharers_of(name, value);
        ids.extend(changed);
        ids.sort_unstable();
        ids.dedup();
        let said: Vec<_> = ids
            .into_iter()
            .filter_map(|id| {
                self.contribution(id)
                    .map(|contribution| (id, contribution.find(name)))
            })
            .filter(|(_, records)| !records.is_empty())
            .collect();
        Judge::new(&self.contributors, self.generation).judge(said.iter().copied(), value)
    }

    /// Notes who shares a name and who loses there; neither is the rule, so names are seldom looked for.
    fn note(
        &mut self,
        name: NameRef<'_>,
        conflicts: Vec<Conflict>,
        shared: Option<Box<[ContributorId]>>,
    ) {
        match shared.filter(|ids| !ids.is_empty()) {
            Some(ids) => {
                self.shared.insert(name.key().into(), ids);
            }
            None => {
                self.shared.remove(name.key());
            }
        }
        if conflicts.is_empty() {
            if !self.conflicts.is_empty() {
                self.conflicts.remove(&name.to_owned());
            }
        } else {
            self.conflicts.insert(name.to_owned(), conflicts);
        }
    }
}

/// What of a changed value is a change of the name: who contributes is in the value, and is none.
fn name_change(
    name: NameRef<'_>,
    before: Option<&[u8]>,
    after: Option<&[u8]>,
) -> Option<NameChange> {
    let (before, after) = (before.map(records_of), after.map(records_of));
    let changes = before != after;
    changes.then(|| NameChange {
        name: name.to_owned(),
        before: before.map(Into::into),
        after: after.map(Into::into),
    })
}

/// Calls `differs` with every name whose records are not the same in both, in order.
fn differing_names(
    before: &Contribution,
    after: &Contribution,
    mut differs: impl FnMut(NameRef<'_>),
) {
    if before == after {
        return;
    }
    let (mut olds, mut news) = (before.names(), after.names());
    let (mut old, mut new) = (olds.next(), news.next());
    loop {
        let order = match (&old, &new) {
            (None, None) => return,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((one, _)), Some((other, _))) => one.cmp(other),
        };
        match (&old, &new) {
            (Some((name, one)), Some((_, other))) if order.is_eq() => {
                if one.packed() != other.packed() {
                    differs(*name);
                }
            }
            (Some((name, _)), _) if order.is_lt() => differs(*name),
            (_, Some((name, _))) => differs(*name),
            _ => return,
        }
        if order.is_le() {
            old = olds.next();
        }
        if order.is_ge() {
            new = news.next();
        }
    }
}
