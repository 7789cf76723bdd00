//! How much each zone holds: counted by going over all its names, so once a generation and only when somebody asks.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::snapshot::Snapshot;
use crate::snapshot::report::ZoneStatus;

/// The last count.
#[derive(Clone, Default)]
pub(super) struct Counts(Arc<ArcSwap<Count>>);

/// What a generation holds.
#[derive(Default)]
pub(super) struct Count {
    generation: u64,
    /// Forward zones first: they are what people look for.
    pub(super) zones: Vec<ZoneStatus>,
    /// In all of them.
    pub(super) records: usize,
}

impl Counts {
    /// What the zones of this generation hold. Two who ask at once both count, which is no harm.
    pub(super) fn of(&self, snapshot: &Snapshot) -> Arc<Count> {
        let last = self.0.load_full();
        if last.generation == snapshot.generation {
            return last;
        }
        let count = Arc::new(Count::of(snapshot));
        self.0.store(Arc::clone(&count));
        count
    }
}

impl Count {
    fn of(snapshot: &Snapshot) -> Self {
        let mut zones = Vec::new();
        for zone in snapshot.zone_set.zones().iter() {
            // The SOA is the zone's own.
            let (mut names, mut records) = (0, 1);
            for listed in snapshot.zone_set.list(zone) {
                names += 1;
                records += listed.records().count();
            }
            zones.push(ZoneStatus {
                apex: zone.apex().to_string(),
                id: zone.id(),
                serial: zone.serial(),
                names,
                records,
            });
        }
        zones.sort_by_key(|zone| zone.apex.ends_with(".arpa."));
        Self {
            generation: snapshot.generation,
            records: zones.iter().map(|zone| zone.records).sum(),
            zones,
        }
    }
}
