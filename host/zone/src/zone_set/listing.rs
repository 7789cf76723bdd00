//! All names of one zone, in order: what is transferred and printed.
//!
//! Where a zone of ours begins within the zone, the zone has a delegation: of the names in there it shows the NS and DS of
//! the apex, and addresses of nameservers that it refers to, the rest is passed over. Nothing is kept while the names go
//! out but those few glue names.

use std::cmp::Ordering;
use std::iter::Peekable;

use super::{Standing, ZoneSet};
use crate::map::{Entry, Range};
use crate::name::{Name, NameRef};
use crate::packed::{Records, Shown, has_nameservers};
use crate::rdata::rtype;
use crate::zone::Zone;

/// One name of a listing.
#[derive(Clone, Copy)]
pub struct ListedName<'a> {
    entry: Entry<'a>,
    shown: Shown,
    standing: Standing,
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
        Records::of_value(self.entry.value(), self.shown)
    }

    /// Whether the name is that of a zone within the one that is listed.
    pub(crate) fn is_of_zone_within(&self) -> bool {
        !matches!(self.shown, Shown::All | Shown::Apex)
    }

    /// Where the name stands towards the cuts of the zone that is listed.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing
    }
}

/// See [`ZoneSet::list`].
pub(super) struct Listing<'a, N: Iterator<Item = &'a Zone>> {
    set: &'a ZoneSet,
    zone: &'a Zone,
    range: Range<'a>,
    /// The zones within it, from where the listing is.
    nested: Peekable<N>,
    /// The first key after the zone within it that the listing is in.
    inside_until: Option<&'a [u8]>,
    /// Names in zones within it that have to be shown for their addresses, the next one last.
    glue: Vec<Name>,
    /// The key of the last cut; empty before the first.
    cut: Vec<u8>,
}

impl ZoneSet {
    /// The names of one zone in canonical order, the apex first if it has records. Of zones within it there is what a
    /// delegation has: NS and DS of their apex, and glue.
    pub fn list<'a>(&'a self, zone: &'a Zone) -> impl Iterator<Item = ListedName<'a>> {
        let apex = zone.apex().as_ref();
        Listing {
            set: self,
            zone,
            range: self.map.range_from(apex.key()),
            nested: self.zones.below(apex).peekable(),
            inside_until: None,
            glue: self.glue_of(zone),
            cut: Vec::new(),
        }
    }

    /// The nameservers of `zone` and of its delegations whose names lie in zones within it, the last in order first.
    fn glue_of(&self, zone: &Zone) -> Vec<Name> {
        let apex = zone.apex().as_ref();
        if self.zones.below(apex).next().is_none() {
            return Vec::new();
        }
        let mut glue = Vec::new();
        let apexes = self.zones.below(apex).map(|nested| nested.apex().clone());
        let cuts = self
            .cuts
            .range_from(apex.key())
            .take_while(|cut| cut.starts_with(apex.key()))
            .map(|cut| Name::from_key(&cut.key()));
        // What is hidden below a cut refers to nobody.
        let delegations = apexes
            .chain(cuts)
            .filter(|name| self.cut_above(zone, name.as_ref()) == Some(name.as_ref()));
        for owner in std::iter::once(apex.to_owned()).chain(delegations) {
            let value = self.value_at(owner.as_ref()).unwrap_or_default();
            let targets = Records::of_value(value, Shown::All)
                .filter(|record| record.rtype == rtype::NS)
                .filter_map(|record| Name::from_wire(record.octets).ok())
                .map(|(target, _)| target);
            let is_within =
                |target: &Name| self.zones.topmost_within(zone, target.as_ref()).is_some();
            glue.extend(targets.filter(is_within));
        }
        glue.sort_unstable_by(|one, other| other.cmp(one));
        glue.dedup();
        glue
    }
}

impl<'a, N: Iterator<Item = &'a Zone>> Listing<'a, N> {
    /// The next name in the zone within that has to be shown for its addresses.
    fn next_glue(&mut self, until: &[u8]) -> Option<ListedName<'a>> {
        loop {
            let name = self
                .glue
                .pop_if(|name| name.as_ref().key() < until || until.is_empty())?;
            let key = name.as_ref().key();
            let entry = self.set.map.range_from(key).next()?;
            let listed = ListedName {
                entry,
                shown: Shown::Addresses,
                standing: Standing::BelowCut,
            };
            if entry.compare_key(key).is_eq() && !listed.records().is_empty() {
                return Some(listed);
            }
        }
    }

    /// The apex of a zone within, as the zone above has it.
    fn delegation(&mut self, entry: Entry<'a>, nested: &Zone) -> Option<ListedName<'a>> {
        let apex = nested.apex().as_ref();
        let is_apex = entry.compare_key(apex.key()).is_eq();
        if !is_apex || !has_nameservers(entry.value()) {
            return None;
        }
        let has_address = self.glue.pop_if(|name| name.as_ref() == apex).is_some();
        let shown = if has_address {
            Shown::DelegationWithAddresses
        } else {
            Shown::Delegation
        };
        let standing = self.standing_of(entry);
        // What is hidden below another cut is no delegation.
        (standing != Standing::BelowCut).then_some(ListedName {
            entry,
            shown,
            standing: Standing::AtCut,
        })
    }

    /// Where an entry of the zone stands, which comes after the last cut.
    fn standing_of(&mut self, entry: Entry<'a>) -> Standing {
        if self.set.cuts.is_empty() {
            return Standing::Authoritative;
        }
        if !self.cut.is_empty() && entry.starts_with(&self.cut) {
            return Standing::BelowCut;
        }
        let is_apex = entry.compare_key(self.zone.apex().as_ref().key()).is_eq();
        if is_apex || !has_nameservers(entry.value()) {
            return Standing::Authoritative;
        }
        entry.write_key(&mut self.cut);
        Standing::AtCut
    }
}

impl<'a, N: Iterator<Item = &'a Zone>> Iterator for Listing<'a, N> {
    type Item = ListedName<'a>;

    fn next(&mut self) -> Option<ListedName<'a>> {
        let apex: NameRef<'a> = self.zone.apex().as_ref();
        loop {
            if let Some(until) = self.inside_until {
                if let Some(listed) = self.next_glue(until) {
                    return Some(listed);
                }
                self.range = self.set.map.range_from(until);
                self.inside_until = None;
            }
            let entry = self
                .range
                .next()
                .filter(|entry| entry.starts_with(apex.key()))?;
            while self
                .nested
                .next_if(|zone| entry.compare_key(zone.end()) != Ordering::Less)
                .is_some()
            {}
            let within = self
                .nested
                .next_if(|zone| entry.starts_with(zone.apex().as_ref().key()));
            let Some(nested) = within else {
                let is_apex = entry.compare_key(apex.key()).is_eq();
                return Some(ListedName {
                    entry,
                    shown: if is_apex { Shown::Apex } else { Shown::All },
                    standing: self.standing_of(entry),
                });
            };
            self.inside_until = Some(nested.end());
            if let Some(delegation) = self.delegation(entry, nested) {
                return Some(delegation);
            }
        }
    }
}
