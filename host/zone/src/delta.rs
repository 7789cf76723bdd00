//! What changed between two states of the zones: the names, each with its records before and after.
//!
//! It is what caches must forget, what a watcher is shown, and what a reload counts. Who contributes a record is no part
//! of it: a name that only changes hands has not changed. Neither are serials.

use std::collections::BTreeMap;

use crate::name::Name;
use crate::packed::{RecordRef, Records};

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
    /// Its packed records before; [`Records`] reads them. None: the name had no records.
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

/// One set of records of a name (its records of one type) that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RrsetChange<'a> {
    /// The number of the type.
    pub rtype: u16,
    /// Its records before, in order of their octets; none: the set is new.
    pub before: Vec<RecordRef<'a>>,
    /// Its records after; none: the set is gone.
    pub after: Vec<RecordRef<'a>>,
}

impl NameChange {
    /// The sets of records that differ, in order of type.
    #[must_use]
    pub fn rrsets(&self) -> Vec<RrsetChange<'_>> {
        let mut sets: BTreeMap<u16, RrsetChange<'_>> = BTreeMap::new();
        let set = |rtype| RrsetChange {
            rtype,
            before: Vec::new(),
            after: Vec::new(),
        };
        for record in records(self.before.as_deref()) {
            let entry = sets.entry(record.rtype);
            let changed = entry.or_insert_with(|| set(record.rtype));
            changed.before.push(record);
        }
        for record in records(self.after.as_deref()) {
            let entry = sets.entry(record.rtype);
            let changed = entry.or_insert_with(|| set(record.rtype));
            changed.after.push(record);
        }
        sets.into_values()
            .filter(|set| set.before != set.after)
            .collect()
    }

    /// Octets that it holds, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let length = |octets: &Option<Box<[u8]>>| octets.as_ref().map_or(0, |octets| octets.len());
        size_of::<Self>()
            + self.name.as_ref().key().len()
            + length(&self.before)
            + length(&self.after)
    }
}

fn records(packed: Option<&[u8]>) -> Records<'_> {
    packed.map(Records::new).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packed::write_record;
    use crate::rdata;

    fn packed(records: &[(&str, u32, &str)]) -> Option<Box<[u8]>> {
        let mut read: Vec<_> = records
            .iter()
            .map(|(rtype, ttl, text)| {
                let (rtype, octets) = rdata::read(rtype, text).unwrap();
                (rtype, octets, *ttl)
            })
            .collect();
        read.sort();
        let mut out = Vec::new();
        for (rtype, octets, ttl) in &read {
            write_record(
                RecordRef {
                    rtype: *rtype,
                    ttl: *ttl,
                    octets,
                },
                &mut out,
            );
        }
        (!out.is_empty()).then(|| out.into())
    }

    #[test]
    fn a_set_of_records_came_went_or_is_another_and_the_others_are_not_told() {
        let change = NameChange {
            name: Name::parse("web.demo.").unwrap(),
            before: packed(&[
                ("A", 60, "10.0.0.1"),
                ("TXT", 60, "\"stays\""),
                ("MX", 60, "10 gone.demo."),
                ("SRV", 60, "0 10 80 web.demo."),
            ]),
            after: packed(&[
                ("A", 60, "10.0.0.1"),
                ("A", 60, "10.0.0.2"),
                ("TXT", 60, "\"stays\""),
                ("AAAA", 60, "fd00::1"),
                ("SRV", 30, "0 10 80 web.demo."),
            ]),
        };
        let told: Vec<_> = change
            .rrsets()
            .iter()
            .map(|set| (set.rtype, set.before.len(), set.after.len()))
            .collect();
        use crate::rdata::rtype::{A, AAAA, MX, SRV};
        assert_eq!(told, [(A, 1, 2), (MX, 1, 0), (AAAA, 0, 1), (SRV, 1, 1)]);
    }
}
