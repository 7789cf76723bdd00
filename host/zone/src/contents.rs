//! The writer's side: who contributes what, and the one map that comes of it.
//!
//! Nothing in here decides who wins (`conflict` does) or what may stand (`validate` does). It keeps every contribution,
//! knows for every name who contributes to it, and when one of them changes judges exactly the names that this one
//! touches anew. So adding and taking away again leaves no trace, in whatever order it happened.
//!
//! A name nearly always has one contributor, whose number stands in the map's value. Only names of several, or of which
//! nothing stands, are in a table beside the map.
//!
//! Rooms: `build` makes everything at once; `replace` follows changes; `dates` says since when a record is served, `saying` whose
//! word it is.

mod build;
mod dates;
mod replace;
mod saying;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::conflict::{Claim, Conflict, merge};
use crate::contribution::{ContributedRecords, Contribution};
use crate::delta::Delta;
use crate::map::{Find, Map};
use crate::name::{Name, NameRef};
use crate::packed::{SHARED, contributor_of, date, has_nameservers, write_head};
use crate::zone_set::ZoneSet;
use crate::zones::Zones;

/// A contributor of some [`Contents`]. The number of a removed one is given to another later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContributorId(u32);

/// Who contributes: a service under one policy, or a policy's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contributor {
    /// The place of the policy in the stack: the lower wins an RRset whole.
    pub rank: u32,
    /// The path of the service; empty for the policy's configuration, which so is the lowest path of all.
    pub label: Arc<str>,
}

/// All contributions, and the zones they make.
#[derive(Clone, Default)]
pub struct Contents {
    zones: Arc<Zones>,
    map: Map,
    /// Keys of names with NS that are no apex; see [`ZoneSet`].
    cuts: Map,
    /// By number; none for those that were removed.
    contributors: Vec<Option<(Contributor, Contribution)>>,
    /// Numbers of removed contributors.
    free: Vec<ContributorId>,
    /// Keys of names with several contributors, or with none whose records stand: their contributors in order.
    shared: BTreeMap<Box<[u8]>, Box<[ContributorId]>>,
    conflicts: BTreeMap<Name, Vec<Conflict>>,
    /// Of what changes from now on.
    generation: u64,
}

impl Contents {
    /// A contributor with nothing to say yet.
    pub fn add(&mut self, contributor: Contributor) -> ContributorId {
        let slot = Some((contributor, Contribution::default()));
        if let Some(id) = self.free.pop()
            && let Some(free) = self.contributors.get_mut(id.0 as usize)
        {
            *free = slot;
            return id;
        }
        // Far fewer than 2^32, each takes 40 octets.
        let id = ContributorId(u32::try_from(self.contributors.len()).unwrap_or(SHARED));
        self.contributors.push(slot);
        id
    }

    /// Takes contributors and all they say away.
    pub fn remove(&mut self, ids: &[ContributorId]) -> Delta {
        let delta = self.replace(
            ids.iter()
                .map(|&id| (id, Contribution::default()))
                .collect(),
        );
        for &id in ids {
            let slot = self
                .contributors
                .get_mut(id.0 as usize)
                .and_then(Option::take);
            if slot.is_some() {
                self.free.push(id);
            }
        }
        delta
    }

    /// The same apexes with new serials. Other apexes ask for new contents: what is in no zone was not let in.
    pub fn set_zones(&mut self, zones: Zones) {
        self.zones = Arc::new(zones);
    }

    /// What there is now, to be served.
    #[must_use]
    pub fn zone_set(&self) -> ZoneSet {
        ZoneSet::new(Arc::clone(&self.zones), self.map.clone(), self.cuts.clone())
    }

    /// Who this is.
    #[must_use]
    pub fn contributor(&self, id: ContributorId) -> Option<&Contributor> {
        self.slot(id).map(|(contributor, _)| contributor)
    }

    /// What it says, winning or not.
    #[must_use]
    pub fn contribution(&self, id: ContributorId) -> Option<&Contribution> {
        self.slot(id).map(|(_, contribution)| contribution)
    }

    /// Who loses where.
    #[must_use]
    pub fn conflicts(&self) -> &BTreeMap<Name, Vec<Conflict>> {
        &self.conflicts
    }

    /// All who contribute to a name, winning or not, in order of their numbers.
    #[must_use]
    pub fn contributors_of(&self, name: NameRef<'_>) -> Vec<ContributorId> {
        self.sharers_of(name, self.value_of(name))
    }

    /// The same for a name whose value in the map is known.
    fn sharers_of(&self, name: NameRef<'_>, value: Option<&[u8]>) -> Vec<ContributorId> {
        match value.map(contributor_of) {
            Some(single) if single != SHARED => vec![ContributorId(single)],
            _ => self
                .shared
                .get(name.key())
                .map(|ids| ids.to_vec())
                .unwrap_or_default(),
        }
    }

    /// Whether a name with this value in the map is a zone cut.
    fn is_cut(zones: &Zones, name: NameRef<'_>, value: &[u8]) -> bool {
        has_nameservers(value) && zones.find_apex(name).is_none()
    }

    fn value_of(&self, name: NameRef<'_>) -> Option<&[u8]> {
        match self.map.find(name.key()) {
            Find::Here(value) => Some(value),
            Find::Next(_) => None,
        }
    }

    fn slot(&self, id: ContributorId) -> Option<&(Contributor, Contribution)> {
        self.contributors.get(id.0 as usize)?.as_ref()
    }
}

/// Octets to set aside for what is said of a name: nearly all is shorter, and nothing then grows step by step.
const USUAL_VALUE: usize = 96;

/// What comes of one name.
struct Judged {
    /// For the map; empty if no record stands.
    value: Vec<u8>,
    conflicts: Vec<Conflict>,
    /// For the table of shared names, if the name belongs there.
    shared: Option<Box<[ContributorId]>>,
}

/// Judges names, one after the other, in the same room.
struct Judge<'a> {
    contributors: &'a [Option<(Contributor, Contribution)>],
    /// Of the records that did not stand before.
    generation: u64,
    records: Vec<u8>,
    dates: Vec<u64>,
}

impl<'a> Judge<'a> {
    fn new(contributors: &'a [Option<(Contributor, Contribution)>], generation: u64) -> Self {
        Self {
            contributors,
            generation,
            records: Vec::with_capacity(USUAL_VALUE),
            dates: Vec::new(),
        }
    }

    /// Judges one name by what its contributors say of it, and by its value before. They come in order of their numbers,
    /// each once and none empty.
    fn judge(
        &mut self,
        said: impl Iterator<Item = (ContributorId, ContributedRecords<'a>)> + Clone,
        before: Option<&[u8]>,
    ) -> Judged {
        let mut claims = Vec::new();
        let mut single = SHARED;
        for (at, (id, records)) in said.clone().enumerate() {
            let slot = self.contributors.get(id.0 as usize);
            let Some((contributor, _)) = slot.and_then(Option::as_ref) else {
                continue;
            };
            let Contributor { rank, label } = contributor;
            claims.extend(records.map(|record| Claim {
                id,
                rank: *rank,
                label,
                record,
            }));
            single = if at == 0 { id.0 } else { SHARED };
        }
        self.records.clear();
        let conflicts = merge(claims, &mut self.records);
        let mut value = Vec::new();
        if !self.records.is_empty() {
            date(before, &self.records, self.generation, &mut self.dates);
            value.reserve_exact(self.records.len() + self.dates.len() + USUAL_HEAD);
            write_head(single, &self.dates, &mut value);
            value.extend_from_slice(&self.records);
        }
        let is_shared = single == SHARED || value.is_empty();
        let shared = is_shared.then(|| said.map(|(id, _)| id).collect());
        Judged {
            value,
            conflicts,
            shared,
        }
    }
}

/// Octets of nearly every head of a value, without its dates.
const USUAL_HEAD: usize = 8;
