//! What is served: all zones at one *generation*, and the pointer that is swapped.
//!
//! A snapshot never changes. The writer ([`crate::synthesis`]) makes the next one and publishes it with one store; a
//! reader loads the pointer once per request, so every reply is of one generation, and nobody waits for anybody.
//!
//! **Invariant:** the writer frees. [`Live::publish`] hands the snapshot before back, and the writer keeps it until no
//! reader holds it: no lookup ever pays for freeing a million names.
//!
//! - [`changes`]: what each generation changed
//! - [`event`]: the same, in text
//! - [`forget`]: what caches have to forget because of it
//! - [`reply`]: packed rdata → the bytes of a reply
//! - [`report`]: what `status` says of it
//! - [`selection`]: which of the records a client is given, where a policy says so
//! - [`serial`]: SOA serials

pub mod changes;
pub mod event;
pub mod forget;
pub mod reply;
pub mod report;
pub mod selection;
pub mod serial;

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use zonesmith_zone::nsec3::Chain;
use zonesmith_zone::zone_set::ZoneSet;

use self::selection::Choose;

/// The hashes of the zones that deny names by NSEC3, by the zone's id.
pub type Chains = HashMap<i32, Chain>;

/// All zones at one generation. Immutable.
#[derive(Default)]
pub struct Snapshot {
    /// Counts publications of this daemon, from 1.
    pub generation: u64,
    /// The zones and their names.
    pub zone_set: ZoneSet,
    /// What denies names, where that is not the zones themselves.
    pub nsec3: Arc<Chains>,
    /// Who says which of the records a client is given, if anybody does.
    pub selection: Option<Arc<dyn Choose>>,
}

/// The live snapshot.
pub struct Live(ArcSwap<Snapshot>);

impl Live {
    /// Starts with the first snapshot: there is no such thing as serving nothing.
    #[must_use]
    pub fn new(first: Snapshot) -> Self {
        Self(ArcSwap::from_pointee(first))
    }

    /// The live snapshot, for the length of one request. Cheap: no reference count is touched.
    pub fn load(&self) -> Guard<Arc<Snapshot>> {
        self.0.load()
    }

    /// The live snapshot, to hold for longer: over a transfer, or across an `.await`.
    pub fn load_full(&self) -> Arc<Snapshot> {
        self.0.load_full()
    }

    /// Makes `next` the live snapshot and returns the one before, for the writer to free.
    #[must_use = "the writer frees old snapshots, when no reader holds them any more"]
    pub fn publish(&self, next: Snapshot) -> Arc<Snapshot> {
        self.0.swap(Arc::new(next))
    }
}
