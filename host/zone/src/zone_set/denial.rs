//! The neighbours of a name among those that have an NSEC record (RFC 4035 §2.3): names with records that the zone is
//! authoritative for, and delegations; no empty non-terminals, no glue.

use super::{Standing, ZoneSet};
use crate::map::Entry;
use crate::name::{Name, NameRef};
use crate::packed::has_nameservers;
use crate::zone::{Zone, subtree_end};

/// The names of a zone that are around a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbours {
    /// The name itself, or the last before it.
    pub before: Name,
    /// The first after it; the apex, after the last.
    pub after: Name,
}

impl ZoneSet {
    /// The neighbours of a name, which lies at or below the apex of `zone`.
    #[must_use]
    pub fn neighbours(&self, zone: &Zone, name: NameRef<'_>) -> Neighbours {
        let before = self.last_at_or_before(zone, name);
        Neighbours {
            after: self.first_after(zone, &before, name),
            before,
        }
    }

    fn last_at_or_before(&self, zone: &Zone, name: NameRef<'_>) -> Name {
        let apex = zone.apex();
        // Nothing lies between a name and the same name followed by the least octet there is.
        let mut until = [name.key(), &[0]].concat();
        while let Some(entry) = self.map.last_before(&until) {
            let key = entry.key();
            let found = NameRef::from_key(&key);
            if !found.is_below(apex.as_ref()) {
                break;
            }
            match self.cut_above(zone, found) {
                None => return found.to_owned(),
                Some(cut) if self.is_delegation(cut) => return cut.to_owned(),
                // A zone within that has no nameserver: there is nothing of it here.
                Some(cut) => until = cut.key().to_vec(),
            }
        }
        apex.clone()
    }

    fn first_after(&self, zone: &Zone, before: &Name, name: NameRef<'_>) -> Name {
        let is_cut = self.standing_towards(zone, before.as_ref()) == Standing::AtCut;
        let from = if is_cut {
            subtree_end(before.as_ref()).into()
        } else {
            [name.key(), &[0]].concat()
        };
        self.first_denying(zone, &from)
            .unwrap_or_else(|| zone.apex().clone())
    }

    /// The first name of `zone` that has an NSEC record and whose key is `from` or comes after it. No cut lies above `from`.
    pub(crate) fn first_denying(&self, zone: &Zone, from: &[u8]) -> Option<Name> {
        let mut from = from.to_vec();
        loop {
            let key = self.map.range_from(&from).next()?.key();
            let found = NameRef::from_key(&key);
            if !found.is_at_or_below(zone.apex().as_ref()) {
                return None;
            }
            match self.cut_above(zone, found) {
                None => return Some(found.to_owned()),
                Some(cut) if self.is_delegation(cut) => return Some(cut.to_owned()),
                Some(cut) => from = subtree_end(cut).into(),
            }
        }
    }

    /// The keys of all names with records from one key to another, that one not included.
    pub(crate) fn keys_between(&self, from: &[u8], end: &[u8]) -> impl Iterator<Item = Vec<u8>> {
        self.map
            .range_from(from)
            .take_while(move |entry| entry.compare_key(end).is_lt())
            .map(Entry::key)
    }

    /// Whether a cut has NS: the apex of a zone within another may have none.
    fn is_delegation(&self, cut: NameRef<'_>) -> bool {
        self.value_at(cut).is_some_and(has_nameservers)
    }
}
