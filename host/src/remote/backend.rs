//! What requests are answered out of: the live snapshot, and the state that PowerDNS keeps with us.

use std::sync::Arc;

use crate::snapshot::Live;
use crate::store::Store;

/// Everything a connection needs to answer.
#[derive(Clone)]
pub struct Backend {
    /// All zones.
    pub live: Arc<Live>,
    /// Keys, metadata, TSIG keys.
    pub store: Store,
}
