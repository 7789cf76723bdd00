//! What a snapshot holds: all zones, and one ordered map of all their names. Cloning it is two counters.
//!
//! **Invariant:** canonical order (RFC 4034 §6.1), so a name without records is an empty non-terminal exactly when the
//! next name lies below it. Both that test and a listing pass over the zones nested in the zone that was asked: their
//! names are not its names.

mod dates;
mod denial;
mod listing;
mod standing;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::sync::Arc;

use crate::delta::{Delta, NameChange};
use crate::map::{Entry, Find, Map, Range};
use crate::name::NameRef;
use crate::packed::{Shown, has_nameservers, records_of};
use crate::zone::Zone;
use crate::zones::Zones;

pub use crate::packed::{RecordRef, Records};
pub use denial::Neighbours;
pub use listing::ListedName;
pub use standing::Standing;

/// Zones and their names, immutable.
#[derive(Clone, Default)]
pub struct ZoneSet {
    zones: Arc<Zones>,
    pub(crate) map: Map,
    /// Keys of names with NS that are no apex, without values: hardly ever any.
    cuts: Map,
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
        /// Where the name stands towards the cuts of the zone.
        standing: Standing,
    },
    /// The name exists only because names below it do.
    EmptyNonTerminal {
        /// The zone the name is in.
        zone: &'a Zone,
        /// Where the name stands towards the cuts of the zone.
        standing: Standing,
    },
    /// The name does not exist, in a zone of ours or in none.
    NoSuchName,
}

impl ZoneSet {
    pub(crate) fn new(zones: Arc<Zones>, map: Map, cuts: Map) -> Self {
        Self { zones, map, cuts }
    }

    /// The zones, in order of their apexes.
    #[must_use]
    pub fn zones(&self) -> &Zones {
        &self.zones
    }

    /// What there is at a name, in the zone it is in. Allocates nothing.
    #[must_use]
    pub fn find(&self, name: NameRef<'_>) -> Answer<'_> {
        match self.zones.enclosing(name) {
            Some(zone) => self.find_at(zone, name),
            None => Answer::NoSuchName,
        }
    }

    /// What one zone has at a name. Of a zone within it a zone has what a delegation has: NS and DS of the apex, and
    /// addresses below it.
    #[must_use]
    pub fn find_in<'a>(&'a self, zone: &'a Zone, name: NameRef<'_>) -> Answer<'a> {
        match self.zones.enclosing(name) {
            Some(nearest) if nearest.apex() == zone.apex() => self.find_at(zone, name),
            Some(_) if name.is_below(zone.apex().as_ref()) => self.find_within(zone, name),
            Some(_) | None => Answer::NoSuchName,
        }
    }

    /// What there is at a name that is in `zone` and in no zone within it.
    #[inline]
    fn find_at<'a>(&'a self, zone: &'a Zone, name: NameRef<'_>) -> Answer<'a> {
        let at_apex = zone.apex().as_ref() == name;
        match self.map.find(name.key()) {
            Find::Here(value) if at_apex => Answer::Records {
                zone,
                at_apex,
                records: Records::of_value(value, Shown::Apex),
                standing: Standing::Authoritative,
            },
            Find::Here(value) => Answer::Records {
                zone,
                at_apex,
                records: Records::of_value(value, Shown::All),
                standing: self.standing(zone, name),
            },
            Find::Next(_) if at_apex => Answer::Records {
                zone,
                at_apex,
                records: Records::default(),
                standing: Standing::Authoritative,
            },
            Find::Next(next) if self.is_above(name, next) => Answer::EmptyNonTerminal {
                zone,
                standing: self.standing(zone, name),
            },
            Find::Next(_) => Answer::NoSuchName,
        }
    }

    /// What `zone` has at a name of a zone within it.
    fn find_within<'a>(&'a self, zone: &'a Zone, name: NameRef<'_>) -> Answer<'a> {
        let standing = self.standing_towards(zone, name);
        let records = match (self.map.find(name.key()), standing) {
            (Find::Here(value), Standing::AtCut) => {
                Records::of_value(value, Shown::DelegationWithAddresses)
            }
            (Find::Here(value), _) => Records::of_value(value, Shown::Addresses),
            (Find::Next(_), _) => Records::default(),
        };
        if !records.is_empty() {
            return Answer::Records {
                zone,
                at_apex: false,
                records,
                standing,
            };
        }
        let below = [name.key(), &[0]].concat();
        let next = self.map.range_from(&below).next();
        if next.is_some_and(|next| next.starts_with(name.key())) {
            return Answer::EmptyNonTerminal { zone, standing };
        }
        Answer::NoSuchName
    }

    /// Whether a name of the same zone lies below `name`, the first after it being `next`. The delegation of a zone within
    /// is such a name.
    fn is_above(&self, name: NameRef<'_>, next: Option<Entry<'_>>) -> bool {
        let Some(mut next) = next.filter(|next| next.starts_with(name.key())) else {
            return false;
        };
        // Each zone below the name that has no nameserver is passed over once; there is hardly ever one.
        for nested in self.zones.below(name) {
            let apex = nested.apex().as_ref();
            if !next.starts_with(apex.key()) {
                continue;
            }
            if next.compare_key(apex.key()).is_eq() && has_nameservers(next.value()) {
                return true;
            }
            match self.map.range_from(nested.end()).next() {
                Some(after) if after.starts_with(name.key()) => next = after,
                _ => return false,
            }
        }
        true
    }

    pub(crate) fn value_at(&self, name: NameRef<'_>) -> Option<&[u8]> {
        match self.map.find(name.key()) {
            Find::Here(value) => Some(value),
            Find::Next(_) => None,
        }
    }

    /// How many names have records.
    #[must_use]
    pub fn names(&self) -> usize {
        self.map.len()
    }

    /// Octets of memory the map holds, shared with older sets or not.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.map.bytes() + self.cuts.bytes()
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
pub(crate) struct Cursor<'a> {
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
