//! What requests are answered out of: the live snapshot, and the state that PowerDNS keeps with us.

use std::sync::Arc;

use zonesmith_zone::name::Name;

use crate::snapshot::Live;
use crate::store::Store;

/// Everything a connection needs to answer.
#[derive(Clone)]
pub struct Backend {
    /// All zones.
    pub live: Arc<Live>,
    /// Keys, metadata, TSIG keys.
    pub store: Store,
    /// Who follows what is set for the denial of names.
    pub denial: Denial,
}

/// Is told when it was set how a zone denies names (NSEC, or NSEC3 with its parameters).
#[derive(Clone)]
pub struct Denial(Arc<dyn Fn(&Name) + Send + Sync>);

impl Denial {
    /// `follow` returns when the zone is served so, or after a while that is short enough for PowerDNS to wait.
    pub fn new(follow: impl Fn(&Name) + Send + Sync + 'static) -> Self {
        Self(Arc::new(follow))
    }

    /// Nobody follows: for tests and measurements.
    #[must_use]
    pub fn ignored() -> Self {
        Self::new(|_| {})
    }

    /// Whether metadata of this kind says how names are denied.
    pub(super) fn is_told_by(kind: &str) -> bool {
        matches!(kind, "NSEC3PARAM" | "NSEC3NARROW")
    }

    /// The metadata of a zone changed.
    pub(super) fn follow(&self, zone: &Name) {
        (self.0)(zone);
    }

    /// Why these are no parameters of NSEC3, if so.
    pub(super) fn check(_parameters: &str) -> Result<(), String> {
        Ok(())
    }
}
