//! How zones deny names: for each zone that wants NSEC3, the chain of its hashes, which follows every change of its names.
//!
//! (With NSEC nothing is kept: the neighbours of a name are in the map itself. Neither is there with the narrow kind of
//! NSEC3, which PowerDNS makes out of the question.)

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use zonesmith_zone::delta::Delta;
use zonesmith_zone::name::Name;
use zonesmith_zone::nsec3::{Chain, Parameters};
use zonesmith_zone::zone_set::ZoneSet;

use super::Writer;
use crate::snapshot::Chains;
use crate::synthesis::Denial;

/// What zones want, and their chains.
#[derive(Default)]
pub(super) struct Denials {
    /// Of zones that are served or are not, just now.
    wanted: HashMap<Name, Parameters>,
    /// By the ids of zones that are served.
    chains: Arc<Chains>,
}

impl Denials {
    /// The chains as they are, for a snapshot.
    pub(super) fn chains(&self) -> Arc<Chains> {
        Arc::clone(&self.chains)
    }

    /// The chains of other zones, or of zones in which nobody knows what changed.
    pub(super) fn rebuild(&mut self, zone_set: &ZoneSet, different: &BTreeSet<Name>) {
        if self.wanted.is_empty() {
            self.chains = Arc::default();
            return;
        }
        let chains = zone_set.zones().iter().filter_map(|zone| {
            let parameters = self.wanted.get(zone.apex())?;
            let kept = self
                .chains
                .get(&zone.id())
                .filter(|kept| kept.parameters() == parameters && !different.contains(zone.apex()));
            let chain = kept.cloned();
            let chain = chain.unwrap_or_else(|| Chain::build(zone_set, zone, parameters.clone()));
            Some((zone.id(), chain))
        });
        self.chains = Arc::new(chains.collect());
    }

    /// The chains after a change of names.
    pub(super) fn follow(&mut self, before: &ZoneSet, after: &ZoneSet, delta: &Delta) {
        if self.chains.is_empty() {
            return;
        }
        let chains = after.zones().iter().filter_map(|zone| {
            let chain = self.chains.get(&zone.id())?;
            Some((zone.id(), chain.apply(before, after, zone, delta)))
        });
        self.chains = Arc::new(chains.collect());
    }

    fn set(&mut self, zone: &Name, denial: Denial) {
        match denial {
            Denial::Nsec3(parameters) => self.wanted.insert(zone.clone(), parameters),
            Denial::Nsec => self.wanted.remove(zone),
        };
    }
}

impl Writer {
    /// Somebody set how zones are signed. Whoever copies a zone has to hear of it, so its serial moves.
    pub(super) fn take_signing(&mut self, zones: Vec<(Name, Denial)>) {
        let mut signed = Vec::with_capacity(zones.len());
        for (zone, denial) in zones {
            self.denials.set(&zone, denial);
            self.serials.touch(&zone);
            signed.push(zone);
        }
        let Some(served) = &self.served else { return };
        self.denials
            .rebuild(&served.contents.zone_set(), &BTreeSet::new());
        self.store_signed(&signed);
    }
}
