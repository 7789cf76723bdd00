//! What a snapshot holds: all zones, and one ordered map of all their names. Cloning it is two counters.
//!
//! **Invariant:** canonical order (RFC 4034 §6.1), so a name without records is an empty non-terminal exactly when the
//! next name lies below it. Both that test and a listing pass over the zones nested in the zone that was asked: their
//! names are not its names.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::delta::{Delta, NameChange};
use crate::map::{Entry, Find, Map, Range};
use crate::name::{Name, NameRef};
use crate::packed::records_of;
use crate::zone::Zone;
use crate::zones::Zones;

pub use crate::packed::{RecordRef, Records};

/// Zones and their names, immutable.
#[derive(Clone, Default)]
pub struct ZoneSet {
    zones: Arc<Zones>,
    map: Map,
}

/// What there is at a name.
#[derive(Debug, Clone)]
pub enum Answer<'a> {
    /// The name exists with these records. An apex always does, and may have none beside its SOA, which is the zone's to
    /// write.
    Records {
        /// The zone the name is in.
        zone: &'a Zone,
        /// Whether the name is the apex of that zone.
        at_apex: bool,
        /// In order of type, then rdata.
        records: Records<'a>,
    },
    /// The name exists only because names below it do.
    EmptyNonTerminal {
        /// The zone the name is in.
        zone: &'a Zone,
    },
    /// The name does not exist, in a zone of ours or in none.
    NoSuchName,
}

impl ZoneSet {
    pub(crate) fn new(zones: Arc<Zones>, map: Map) -> Self {
        Self { zones, map }
    }

    /// The zones, in order of their apexes.
    #[must_use]
    pub fn zones(&self) -> &Zones {
        &self.zones
    }

    /// What there is at a name. Allocates nothing.
    #[must_use]
    pub fn find(&self, name: NameRef<'_>) -> Answer<'_> {
        let Some(zone) = self.zones.enclosing(name) else {
            return Answer::NoSuchName;
        };
        let at_apex = zone.apex().as_ref() == name;
        match self.map.find(name.key()) {
            Find::Here(value) => Answer::Records {
                zone,
                at_apex,
                records: Records::of_value(value),
            },
            Find::Next(_) if at_apex => Answer::Records {
                zone,
                at_apex,
                records: Records::default(),
            },
            Find::Next(next) if self.is_above(name, next) => Answer::EmptyNonTerminal { zone },
            Find::Next(_) => Answer::NoSuchName,
        }
    }

    /// Whether a name of the same zone lies below `name`, the first after it being `next`.
    fn is_above(&self, name: NameRef<'_>, next: Option<Entry<'_>>) -> bool {
        let Some(mut next) = next.filter(|next| next.starts_with(name.key())) else {
            return false;
        };
        // Each zone nested below the name is passed over once; there is hardly ever one.
        for nested in self.zones.below(name) {
            if !next.starts_with(nested.apex().as_ref().key()) {
                continue;
            }
            match self.map.range_from(nested.end()).next() {
                Some(after) if after.starts_with(name.key()) => next = after,
                _ => return false,
            }
        }
        true
    }

    /// The names of one zone in canonical order, the apex first if it has records. Names of zones nested in it are not its.
    pub fn list<'a>(&'a self, zone: &'a Zone) -> impl Iterator<Item = ListedName<'a>> {
        let apex = zone.apex().as_ref();
        let mut range = self.map.range_from(apex.key());
        let mut nested = self.zones.below(apex).peekable();
        std::iter::from_fn(move || {
            loop {
                let entry = range.next().filter(|entry| entry.starts_with(apex.key()))?;
                while nested
                    .next_if(|zone| entry.compare_key(zone.end()) != Ordering::Less)
                    .is_some()
                {}
                match nested.peek() {
                    Some(zone) if entry.starts_with(zone.apex().as_ref().key()) => {
                        range = self.map.range_from(zone.end());
                    }
                    _ => return Some(ListedName { entry }),
                }
            }
        })
    }

    /// How many names have records.
    #[must_use]
    pub fn names(&self) -> usize {
        self.map.len()
    }

    /// Octets of memory the map holds, shared with older sets or not.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.map.bytes()
    }

    /// What changes from this set to `next`, by comparing all names. For a reload; a change of a service has its delta
    /// from [`Contents::replace`](crate::contents::Contents::replace). As large as what changed: of whole zones that come
    /// or go, [`compare`](Self::compare) tells without keeping them.
    #[must_use]
    pub fn delta_to(&self, next: &Self) -> Delta {
        let mut changes = Vec::new();
        self.compare(next, |name, before, after| {
            changes.push(NameChange {
                name: name.to_owned(),
                before: before.map(Into::into),
                after: after.map(Into::into),
            });
        });
        Delta { changes }
    }

    /// Shows `see` each name whose records differ between this set and `next`, in canonical order, with its packed records
    /// before and after ([`Records`] reads them; none: the name had or has none). Keeps nothing.
    pub fn compare(
        &self,
        next: &Self,
        mut see: impl FnMut(NameRef<'_>, Option<&[u8]>, Option<&[u8]>),
    ) {
        let mut olds = Cursor::new(&self.map);
        let mut news = Cursor::new(&next.map);
        loop {
            let order = match (&olds.value, &news.value) {
                (None, None) => return,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), Some(_)) => olds.key.cmp(&news.key),
            };
            let key = if order.is_gt() { &news.key } else { &olds.key };
            let before = olds.value.filter(|_| order.is_le()).map(records_of);
            let after = news.value.filter(|_| order.is_ge()).map(records_of);
            if before != after {
                see(NameRef::from_key(key), before, after);
            }
            if order.is_le() {
                olds.advance();
            }
            if order.is_ge() {
                news.advance();
            }
        }
    }
}

/// An entry of a map with its key in one piece.
struct Cursor<'a> {
    range: Range<'a>,
    key: Vec<u8>,
    value: Option<&'a [u8]>,
}

impl<'a> Cursor<'a> {
    fn new(map: &'a Map) -> Self {
        let mut cursor = Self {
            range: map.range_from(&[]),
            key: Vec::new(),
            value: None,
        };
        cursor.advance();
        cursor
    }

    fn advance(&mut self) {
        self.value = self.range.next().map(|entry| {
            entry.write_key(&mut self.key);
            entry.value()
        });
    }
}

/// One name of a listing.
#[derive(Clone, Copy)]
pub struct ListedName<'a> {
    entry: Entry<'a>,
}

impl<'a> ListedName<'a> {
    /// Puts the order key of the name into `key`, in place of what is there; [`NameRef::from_key`] reads it.
    pub fn write_key(&self, key: &mut Vec<u8>) {
        self.entry.write_key(key);
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> Name {
        Name::from_key(&self.entry.key())
    }

    /// In order of type, then rdata.
    #[must_use]
    pub fn records(&self) -> Records<'a> {
        Records::of_value(self.entry.value())
    }
}

#[cfg(test)]
mod tests;
