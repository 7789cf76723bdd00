//! Zone cuts: which names of a zone it is authoritative for (RFC 2181 §6).
//!
//! A zone ends where a name below its apex has NS, or where a zone of ours begins within it. At the cut itself it has DS
//! and the NSEC that proves it, nothing else; below it there are only addresses, as glue. `contents` keeps the few names
//! that have NS in a map of their own, so that a zone without a cut pays one comparison for knowing that there is none.

use super::ZoneSet;
use crate::map::Find;
use crate::name::NameRef;
use crate::rdata::rtype;
use crate::zone::Zone;

/// Where a name stands towards the cuts of its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// No cut is at the name or above it.
    Authoritative,
    /// The name is a cut: a delegation.
    AtCut,
    /// A cut lies between the name and the apex: what is here is glue, or hidden.
    BelowCut,
}

impl Standing {
    /// Whether the zone is authoritative for the records of this type: what PowerDNS calls `auth`.
    #[must_use]
    pub fn is_authoritative(self, rtype: u16) -> bool {
        match self {
            Self::Authoritative => true,
            // RFC 4035 §2.4.
            Self::AtCut => rtype == rtype::DS,
            Self::BelowCut => false,
        }
    }
}

impl ZoneSet {
    /// Where a name stands in the zone it is in.
    pub(super) fn standing(&self, zone: &Zone, name: NameRef<'_>) -> Standing {
        if self.cuts.is_empty() {
            return Standing::Authoritative;
        }
        standing_at(self.cut_among_names(zone, name), name)
    }

    /// Where a name stands in `zone`, which it lies in, or lies in a zone within.
    pub(crate) fn standing_towards(&self, zone: &Zone, name: NameRef<'_>) -> Standing {
        standing_at(self.cut_above(zone, name), name)
    }

    /// The cut of `zone` that is at the name or above it: the first on the way down from the apex. The apex of a zone
    /// within `zone` is one, whether it has NS or not.
    pub(crate) fn cut_above<'a>(&self, zone: &Zone, name: NameRef<'a>) -> Option<NameRef<'a>> {
        let nested = self.zones.topmost_within(zone, name).and_then(|nested| {
            let length = nested.apex().as_ref().key().len();
            name.key().get(..length).map(NameRef::from_key)
        });
        let Some(nested) = nested else {
            return self.cut_among_names(zone, name);
        };
        self.cut_among_names(zone, nested).or(Some(nested))
    }

    /// The same, for a name that lies in no zone within `zone`.
    fn cut_among_names<'a>(&self, zone: &Zone, name: NameRef<'a>) -> Option<NameRef<'a>> {
        if self.cuts.is_empty() {
            return None;
        }
        let apex = zone.apex().as_ref();
        let ancestors = std::iter::successors(Some(name), |name| name.parent());
        ancestors
            .take_while(|name| name.is_below(apex))
            .filter(|name| matches!(self.cuts.find(name.key()), Find::Here(_)))
            .last()
    }
}

fn standing_at(cut: Option<NameRef<'_>>, name: NameRef<'_>) -> Standing {
    match cut {
        None => Standing::Authoritative,
        Some(cut) if cut == name => Standing::AtCut,
        Some(_) => Standing::BelowCut,
    }
}
