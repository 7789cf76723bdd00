//! What changed between two states of the zones: the names, each with its records before and after.
//!
//! It is what caches must forget, what a watcher is shown, and what a reload counts. Who contributes a record is no part
//! of it: a name that only changes hands has not changed. Neither are serials.

use crate::name::Name;

/// Names whose records differ, in canonical order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delta {
    /// In order of the name, each name once, before and after never equal.
    pub changes: Vec<NameChange>,
}

/// One name whose records differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameChange {
    /// The owner.
    pub name: Name,
    /// Its packed records before; [`Records`](crate::zone_set::Records) reads them. None: the name had no records.
    pub before: Option<Box<[u8]>>,
    /// Its packed records after. None: the name has no records.
    pub after: Option<Box<[u8]>>,
}

impl Delta {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many names are new.
    #[must_use]
    pub fn added(&self) -> usize {
        self.changes
            .iter()
            .filter(|change| change.before.is_none())
            .count()
    }

    /// How many names are gone.
    #[must_use]
    pub fn removed(&self) -> usize {
        self.changes
            .iter()
            .filter(|change| change.after.is_none())
            .count()
    }

    /// How many names have other records than before.
    #[must_use]
    pub fn changed(&self) -> usize {
        self.changes
            .iter()
            .filter(|change| change.before.is_some() && change.after.is_some())
            .count()
    }
}
