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
    /// Who follows what is set of how zones are signed.
    pub signing: Signing,
    /// Who explains names.
    pub explaining: Explaining,
}

/// Says why a name answers what it answers: `NAME [TYPE]` in, a text out.
#[derive(Clone)]
pub struct Explaining(Arc<dyn Fn(&str) -> String + Send + Sync>);

impl Explaining {
    /// `explain` returns before PowerDNS gives up waiting, and calls nobody who waits for this socket.
    pub fn new(explain: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(explain))
    }

    /// Nobody explains: for tests and measurements.
    #[must_use]
    pub fn none() -> Self {
        Self::new(|_| "nobody explains names here".to_owned())
    }

    /// Explains `NAME [TYPE]`.
    pub(super) fn explain(&self, question: &str) -> String {
        (self.0)(question)
    }
}

/// Is told when it was set how a zone is signed: its keys, or how it denies names.
#[derive(Clone)]
pub struct Signing(Arc<dyn Fn(&Name) + Send + Sync>);

impl Signing {
    /// `follow` returns when the zone is served so, or after a while that is short enough for PowerDNS to wait.
    pub fn new(follow: impl Fn(&Name) + Send + Sync + 'static) -> Self {
        Self(Arc::new(follow))
    }

    /// Nobody follows: for tests and measurements.
    #[must_use]
    pub fn ignored() -> Self {
        Self::new(|_| {})
    }

    /// Of this zone it was set.
    pub(super) fn changed(&self, zone: &Name) {
        (self.0)(zone);
    }
}
