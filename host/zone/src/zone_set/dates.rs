//! Since which generation records are served: of each record exactly, as the head of the map's value keeps it.

use super::{Cursor, ZoneSet};
use crate::name::NameRef;
use crate::packed::{RecordRef, Records, dates_of, records_of};

impl ZoneSet {
    /// The records of a name, whichever zone shows them, each with the generation since which it is served as it is.
    pub fn dated(&self, name: NameRef<'_>) -> impl Iterator<Item = (RecordRef<'_>, u64)> {
        let value = self.value_at(name).unwrap_or_default();
        Records::new(records_of(value)).zip(dates_of(value))
    }

    /// The values of names that are asked for in canonical order.
    pub(crate) fn values(&self) -> Values<'_> {
        Values(Cursor::new(&self.map))
    }
}

/// See [`ZoneSet::values`].
pub(crate) struct Values<'a>(Cursor<'a>);

impl<'a> Values<'a> {
    /// The value of the map at this key, which is after all that were asked for before.
    pub(crate) fn at(&mut self, key: &[u8]) -> Option<&'a [u8]> {
        while self.0.value.is_some() && self.0.key.as_slice() < key {
            self.0.advance();
        }
        self.0.value.filter(|_| self.0.key == key)
    }
}
