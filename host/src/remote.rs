//! PowerDNS's remote backend on a unix socket (`pdns.sock`).
//!
//! - [`socket`]: the file, its owner, taking over and going away
//! - `accepting`, `leaving`: how a connection comes, and how it goes on in another process
//! - `connection`: a blocking thread for each; `framing`: where a request ends; `limits`: what one may take of us
//! - `request`, `number`, `method`, `reply`: what is asked, found, and said
//! - [`backend`]: what is answered out of
//! - [`client`]: the other side, for our own commands
//!
//! **Invariant:** a connection is never closed because of what one request says, only when it cannot be told where the next
//! one starts, or when the other side takes no replies.

use std::collections::HashMap;
use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tracing::{debug, info};

use self::accepting::Acceptor;
use self::connection::Counters;
use self::socket::Socket;

mod accepting;
pub mod backend;
pub mod client;
mod connection;
// For the fuzz targets, which are a workspace of their own; nothing of ours calls it.
#[doc(hidden)]
pub mod exercise;
mod framing;
mod leaving;
mod limits;
mod method;
mod number;
mod reply;
mod request;
pub mod socket;

pub use self::accepting::Intake;
pub use self::backend::{Backend, Explaining, Signing};
pub use self::framing::Carried;
pub use self::leaving::{Passed, prepare};
pub use self::limits::{Limits, MAX_CONNECTIONS};

/// The server. Dropping it stops it at once; `stop` lets requests in flight finish.
pub struct Remote {
    shared: Arc<Shared>,
    acceptor: Option<Acceptor>,
}

/// What the server did since its start, and how many connections it has.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Connections now open.
    pub open: u64,
    /// Connections accepted.
    pub connections: u64,
    /// Connections refused because there was no room.
    pub refused: u64,
    /// Connections that were idle and gave way to a new one.
    pub gave_way: u64,
    /// Requests answered, those with an error among them.
    pub requests: u64,
    /// Requests answered with an error.
    pub errors: u64,
}

/// A handle to the counters, which outlives the server.
#[derive(Clone)]
pub struct Statistics(Arc<Shared>);

impl Statistics {
    /// Adds up all connections, past and present.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let connections = self.0.connections();
        let mut totals = connections.past;
        for open in connections.open.values() {
            totals.open += 1;
            totals.requests += open.counters.requests.load(Ordering::Relaxed);
            totals.errors += open.counters.errors.load(Ordering::Relaxed);
        }
        totals
    }

    /// Connections at a time.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.0.limits.connections
    }

    /// Why no connection can be accepted at present, if none can.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.0.connections().problem.clone()
    }
}

struct Shared {
    backend: Backend,
    limits: Limits,
    /// Is each connection to leave at the end of its request?
    leaving: AtomicBool,
    next: AtomicU64,
    connections: Mutex<Connections>,
    ended: Condvar,
}

#[derive(Default)]
struct Connections {
    open: HashMap<u64, Arc<Open>>,
    /// Of the connections that ended; its `open` stays 0.
    past: Totals,
    /// Those that left for another process, and were not fetched yet.
    left: Vec<Passed>,
    /// Was the last connection refused? One line tells of many in a row.
    is_full: bool,
    /// Why the last one could not be accepted.
    problem: Option<String>,
}

struct Open {
    stream: Arc<UnixStream>,
    counters: Counters,
    /// Did it ask something of the process that had it before?
    is_known: bool,
    /// Held as long as it is open, since only then is it certain that the thread can be signalled.
    thread: OnceLock<JoinHandle<()>>,
    /// Shut down to make room; its thread has not ended yet.
    gives_way: AtomicBool,
}

impl Remote {
    /// Serves `backend` on `socket`, within `limits`: those of a daemon, or a number of connections.
    ///
    /// # Errors
    /// The system has no thread or descriptor left.
    pub fn start(socket: Socket, backend: Backend, limits: impl Into<Limits>) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            backend,
            limits: limits.into(),
            leaving: AtomicBool::new(false),
            next: AtomicU64::new(0),
            connections: Mutex::default(),
            ended: Condvar::new(),
        });
        let mut remote = Self {
            shared,
            acceptor: None,
        };
        remote.accept_on(socket)?;
        Ok(remote)
    }

    /// The counters.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        Statistics(Arc::clone(&self.shared))
    }

    /// Stops: accepts nothing more, removes the socket file, finishes what was asked, and waits for that no longer than
    /// `patience`. Says how many connections were cut.
    pub fn stop(mut self, patience: Duration) -> usize {
        self.close();
        let deadline = Instant::now() + patience;
        let mut connections = self.shared.connections();
        while !connections.open.is_empty() {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                break;
            };
            connections = self
                .shared
                .ended
                .wait_timeout(connections, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        for open in connections.open.values() {
            shut(&open.stream, Shutdown::Both);
        }
        connections.open.len()
    }

    /// Ends the acceptor and removes the file, and lets each connection see the end of its requests.
    fn close(&mut self) {
        drop(self.stop_accepting());
        for open in self.shared.connections().open.values() {
            shut(&open.stream, Shutdown::Read);
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    /// Nobody panics while holding the lock; if somebody did, the counters are still worth having.
    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connections {
    /// Whether there is room for one more, made where it can be: of the connections that are idle, one that never asked
    /// anything gives way, else the one that is idle longest.
    fn make_room(&mut self, limit: usize, least_idle: Duration) -> bool {
        let stays = |open: &&Arc<Open>| !open.gives_way.load(Ordering::Relaxed);
        if self.open.values().filter(stays).count() < limit {
            return true;
        }
        let idle = |open: &Arc<Open>| {
            let never_asked = !open.is_known && open.counters.requests.load(Ordering::Relaxed) == 0;
            let idle = open.counters.idle().filter(|idle| *idle >= least_idle)?;
            Some((never_asked, idle))
        };
        let candidates = self.open.values().filter(stays);
        let candidates = candidates.filter_map(|open| Some((idle(open)?, open)));
        let Some(((_, idle), open)) = candidates.max_by_key(|(rank, _)| *rank) else {
            return false;
        };
        open.gives_way.store(true, Ordering::Relaxed);
        shut(&open.stream, Shutdown::Both);
        self.past.gave_way += 1;
        info!(
            limit,
            idle = idle.as_secs(),
            "an idle connection gave way to a new one"
        );
        true
    }
}

/// Fails only if the other side has ended the connection first, which is what is wanted.
fn shut(stream: &UnixStream, how: Shutdown) {
    if let Err(error) = stream.shutdown(how) {
        debug!(%error, "already shut down");
    }
}

#[cfg(test)]
mod tests;
