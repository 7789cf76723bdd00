//! How connections come: by the thread that accepts them, or from another process that had them.
//!
//! The thread waits for the listener and for its own end at once, and never takes a connection that it would have to wait
//! for: so it can be ended without harm to the listening socket, which may go on in another process.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use tracing::{debug, info, warn};

use super::connection::{Connection, Counters, End, Step};
use super::leaving::Passed;
use super::limits::{Paced, Patience};
use super::socket::Socket;
use super::{Carried, Connections, Open, Remote, Shared};

/// Stack of a connection's thread in octets. Of ours the deepest call prints one record, and buffers are on the heap; but a policy that
/// chooses is called here, and may take half a MiB before it is stopped. What is not used takes no memory.
const STACK_SIZE: usize = 1024 * 1024;

/// Pause before the next attempt when a connection cannot be accepted: there are no descriptors left, and only others' end
/// brings new ones.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The thread that accepts.
pub(super) struct Acceptor {
    thread: JoinHandle<Socket>,
    /// Closed to end it.
    running: UnixStream,
}

impl Remote {
    /// Accepts connections on `socket` from now on.
    ///
    /// # Errors
    /// The system has no thread or descriptor left; the socket is gone then.
    pub fn accept_on(&mut self, socket: Socket) -> io::Result<()> {
        socket.listener().set_nonblocking(true)?;
        let (running, ended) = UnixStream::pair()?;
        let shared = Arc::clone(&self.shared);
        let thread = thread::Builder::new()
            .name("pdns.sock".to_owned())
            .spawn(move || accept(socket, &ended, &shared))?;
        self.acceptor = Some(Acceptor { thread, running });
        Ok(())
    }

    /// Accepts nothing more, and gives the socket back: who connects meanwhile waits in its queue.
    pub fn stop_accepting(&mut self) -> Option<Socket> {
        let Acceptor { thread, running } = self.acceptor.take()?;
        drop(running);
        let joined = thread.join();
        if joined.is_err() {
            warn!("the thread that accepts connections had panicked");
        }
        joined.ok()
    }

    /// What goes on with connections.
    #[must_use]
    pub fn intake(&self) -> Intake {
        Intake(Arc::clone(&self.shared))
    }
}

/// Goes on with connections that another process had, or this one before they left.
#[derive(Clone)]
pub struct Intake(Arc<Shared>);

impl Intake {
    /// Where they were left. There is always room for them: they had it before.
    pub fn carry_on(&self, passed: impl IntoIterator<Item = Passed>) {
        for Passed { stream, carried } in passed {
            let open = Open::new(stream, true);
            register(&open, carried, &self.0, self.0.connections());
        }
    }
}

impl Open {
    fn new(stream: Arc<UnixStream>, is_known: bool) -> Arc<Self> {
        Arc::new(Self {
            stream,
            counters: Counters::default(),
            is_known,
            thread: OnceLock::new(),
            gives_way: AtomicBool::new(false),
        })
    }
}

/// Waits for a connection; `false`: the end came.
fn wait(socket: &Socket, ended: &UnixStream) -> io::Result<bool> {
    let wanted = PollFlags::IN;
    let mut waiting = [
        PollFd::from_borrowed_fd(socket.listener().as_fd(), wanted),
        PollFd::from_borrowed_fd(ended.as_fd(), wanted),
    ];
    poll(&mut waiting, None)?;
    let [_, ended] = &waiting;
    Ok(ended.revents().is_empty())
}

fn accept(socket: Socket, ended: &UnixStream, shared: &Arc<Shared>) -> Socket {
    let mut is_failing = false;
    loop {
        let accepted = match wait(&socket, ended) {
            Ok(true) => socket.listener().accept(),
            Ok(false) => return socket,
            Err(error) => Err(error),
        };
        match accepted {
            Ok((stream, _)) => {
                if std::mem::take(&mut is_failing) {
                    shared.connections().problem = None;
                    info!("connections are accepted again");
                }
                admit(stream, shared);
            }
            // Who connected has gone again, or another process that has the socket was faster; or a signal came.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) => {}
            Err(error) => {
                if !is_failing {
                    let problem = format!("no connection can be accepted: {error}");
                    shared.connections().problem = Some(problem);
                    warn!(socket = %socket.path().display(), %error, "no connection can be accepted; those there are stay served");
                    is_failing = true;
                }
                thread::sleep(ACCEPT_PAUSE);
            }
        }
    }
}

fn admit(stream: UnixStream, shared: &Arc<Shared>) {
    let mut connections = shared.connections();
    let limit = shared.limits.connections;
    if connections.open.len() >= limit && !connections.make_room(limit, shared.limits.least_idle) {
        if !connections.is_full {
            warn!(limit, "connection refused: too many are open and in use");
        }
        connections.is_full = true;
        connections.past.refused += 1;
        return;
    }
    if connections.is_full {
        info!(
            limit,
            refused = connections.past.refused,
            "connections are accepted again"
        );
    }
    connections.is_full = false;
    connections.past.connections += 1;
    let open = Open::new(Arc::new(stream), false);
    register(&open, Carried::default(), shared, connections);
}

fn register(
    open: &Arc<Open>,
    carried: Carried,
    shared: &Arc<Shared>,
    mut connections: MutexGuard<'_, Connections>,
) {
    let id = shared.next.fetch_add(1, Ordering::Relaxed);
    let registered = Registered {
        id,
        open: Arc::clone(open),
        shared: Arc::clone(shared),
    };
    let thread = thread::Builder::new()
        .name(format!("pdns.sock {id}"))
        .stack_size(STACK_SIZE);
    // Registered before it runs: what `stop` does not see, it cannot end.
    connections.open.insert(id, Arc::clone(open));
    drop(connections);
    match thread.spawn(move || registered.serve(carried)) {
        // Nobody else sets it.
        Ok(thread) => drop(open.thread.set(thread)),
        Err(error) => warn!(%error, "connection refused: no thread for it"),
    }
}

/// A connection's place among the open ones; given up however its thread ends.
struct Registered {
    id: u64,
    open: Arc<Open>,
    shared: Arc<Shared>,
}

impl Registered {
    fn serve(&self, carried: Carried) {
        let stream = &*self.open.stream;
        let limits = self.shared.limits;
        let leaving = &self.shared.leaving;
        let served = Paced::new(stream, limits).and_then(|sink| {
            let mut patience = Patience::new(stream, limits);
            let mut connection =
                Connection::new(stream, sink, &self.shared.backend, &self.open.counters);
            if self.open.is_known {
                connection = connection.carried_on(carried);
            }
            connection.serve_with(|waiting| {
                if leaving.load(Ordering::Relaxed) {
                    return Ok(Step::Leave);
                }
                patience.wait(waiting)?;
                Ok(Step::Read)
            })
        });
        match served {
            Ok(End::Over) => {}
            Ok(End::Left(carried)) => self.leave(carried),
            Err(error) => debug!(connection = self.id, %error, "connection ended"),
        }
    }

    /// Before it is no longer open: who sees that none is, finds all that left.
    fn leave(&self, carried: Carried) {
        if self.open.gives_way.load(Ordering::Relaxed) {
            return;
        }
        let stream = Arc::clone(&self.open.stream);
        let passed = Passed { stream, carried };
        self.shared.connections().left.push(passed);
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut connections = self.shared.connections();
        connections.open.remove(&self.id);
        connections.past.requests += self.open.counters.requests.load(Ordering::Relaxed);
        connections.past.errors += self.open.counters.errors.load(Ordering::Relaxed);
        drop(connections);
        self.shared.ended.notify_all();
    }
}
