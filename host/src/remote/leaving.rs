//! How connections go on in another process: each leaves at the end of a request, with what was received of the next ones.
//!
//! A connection's thread sits in a read, which only octets end, or the other side: closing or shutting down the socket
//! from here would end it for the other side too. So the thread is sent a signal, which breaks a wait off that has an end
//! (`limits::LONGEST_WAIT`). A wait may begin just after a signal came; so it is sent again until the thread
//! has left. Looking for the word to leave before each read would be a second call to the system for each request.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::thread::JoinHandleExt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::pthread::pthread_kill;
use nix::sys::signal::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tracing::debug;

use super::framing::Carried;
use super::{Open, Remote};

/// Breaks a wait off. Of all signals the one that does nothing to a process which does not expect it.
const WAKE: Signal = Signal::SIGURG;

/// How long a thread that was signalled may take until it is signalled again. It takes microseconds, unless the signal came
/// just before its wait.
const AGAIN: Duration = Duration::from_millis(1);

/// A connection that nobody serves at present.
#[derive(Debug)]
pub struct Passed {
    pub(super) stream: Arc<UnixStream>,
    pub(super) carried: Carried,
}

impl Passed {
    /// A connection that another process had.
    ///
    /// # Errors
    /// It is none.
    pub fn received(descriptor: OwnedFd, carried: Carried) -> io::Result<Self> {
        let stream = UnixStream::from(descriptor);
        // Fails for what is no socket, too.
        stream.peer_addr()?;
        stream.set_nonblocking(false)?;
        Ok(Self {
            stream: Arc::new(stream),
            carried,
        })
    }

    /// What was received and not answered.
    #[must_use]
    pub fn carried(&self) -> &Carried {
        &self.carried
    }
}

impl AsFd for Passed {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// Has signals break waits off, instead of doing nothing. Once, within a runtime, before anything leaves.
///
/// # Errors
/// The system lets nobody handle signals.
pub fn prepare() -> io::Result<()> {
    // The handler stays when the receiver goes.
    signal(SignalKind::from_raw(WAKE as i32)).map(drop)
}

impl Remote {
    /// Has every connection leave at the end of its request, and waits for those whose request is looked up; what is
    /// merely being written may take longer, and is fetched later. No longer than `patience`.
    pub fn leave(&self, patience: Duration) -> Vec<Passed> {
        self.leave_until(Instant::now() + patience, |open| open.counters.is_sending())
    }

    /// Those that have left since, after waiting for all of them no longer than `patience`.
    pub fn leave_wholly(&self, patience: Duration) -> Vec<Passed> {
        self.leave_until(Instant::now() + patience, |_| false)
    }

    /// No connection is to leave any more.
    pub fn stay(&self) {
        self.shared.leaving.store(false, Ordering::SeqCst);
    }

    /// Connections that are here.
    #[must_use]
    pub fn open(&self) -> usize {
        self.shared.connections().open.len()
    }

    fn leave_until(&self, deadline: Instant, may_stay: impl Fn(&Open) -> bool) -> Vec<Passed> {
        self.shared.leaving.store(true, Ordering::SeqCst);
        let mut connections = self.shared.connections();
        loop {
            let now = Instant::now();
            let waits = connections.open.values().any(|open| !may_stay(open));
            if !waits || now >= deadline {
                return std::mem::take(&mut connections.left);
            }
            for open in connections.open.values() {
                open.wake();
            }
            connections = self
                .shared
                .ended
                .wait_timeout(connections, AGAIN)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

impl Open {
    fn wake(&self) {
        if self.counters.idle().is_none() {
            return;
        }
        let Some(thread) = self.thread.get() else {
            return;
        };
        if let Err(error) = pthread_kill(thread.as_pthread_t(), WAKE) {
            debug!(%error, "a connection's thread cannot be woken");
        }
    }
}
