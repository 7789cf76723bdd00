//! How many files and sockets the system lets us have open, and who gets them. A daemon that has none left can still answer
//! on the connections that it has, but neither `status` nor a reload reaches it; so some are kept for those.

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tracing::{debug, warn};

use crate::remote::MAX_CONNECTIONS;

/// Descriptors that are not for PowerDNS: the log, files, watches, the state, the admin socket and its clients, a message of
/// NOTIFY each (64 at a time).
const KEPT: usize = 128;

/// Connections that PowerDNS gets however few descriptors there are: what it opens when it is not told otherwise, twice.
const LEAST_CONNECTIONS: usize = 16;

/// Takes as many descriptors as the administrator lets us have: the usual 1,024 are for programs that cannot take more.
pub(super) fn raise() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(_, most)| setrlimit(Resource::RLIMIT_NOFILE, most, most));
    if let Err(error) = raised {
        debug!(%error, "the number of descriptors stays as it is");
    }
}

/// How many connections PowerDNS may have.
pub(super) fn connections() -> usize {
    let limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(u64::MAX, |(limit, _)| limit);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let connections = limit
        .saturating_sub(KEPT)
        .clamp(LEAST_CONNECTIONS, MAX_CONNECTIONS);
    if connections < MAX_CONNECTIONS {
        warn!(
            descriptors = limit,
            connections,
            "few descriptors: PowerDNS may have fewer connections than usual (ulimit -n)"
        );
    }
    connections
}
