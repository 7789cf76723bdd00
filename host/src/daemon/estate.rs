//! What a daemon has from the one before it, by whatever way: it listens where that one listened, and goes on with its
//! connections.

use std::time::Duration;

use super::handover::successor::Late;
use crate::remote::Passed;
use crate::remote::socket::Socket;

/// Nothing, at a first start.
#[derive(Debug, Default)]
pub(super) struct Estate {
    /// `pdns.sock`.
    pub(super) socket: Option<Socket>,
    /// The admin socket.
    pub(super) admin: Option<Socket>,
    /// Those of PowerDNS.
    pub(super) connections: Vec<Passed>,
    /// What the service manager calls them, who keeps them until they are served.
    pub(super) names: Vec<String>,
    /// Where more of them come from.
    pub(super) late: Option<Late>,
    /// Since when nobody answers them, by the machine's monotonic clock.
    pub(super) since: Option<Duration>,
}
