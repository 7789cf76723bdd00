//! How much of us one side of a connection may take: how many connections there are, and how long each may keep a thread,
//! a descriptor, or a generation waiting.
//!
//! A connection that asked once may be idle as long as it likes: PowerDNS keeps some for days, and each one that is cut costs
//! it a SERVFAIL. Only when there is no room left, the one that was idle longest gives way.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::connection::Waiting;

/// Most connections at a time. PowerDNS needs receiver threads × distributor threads (3) and a few more: a dozen for one server,
/// hundreds with many threads. A connection costs a thread, some 20 KB, and a descriptor out of usually 1,024.
pub const MAX_CONNECTIONS: usize = 512;

/// Octets of a reply from which on the time counts that a reader takes for it: of a lookup's, one write is the whole.
const LARGE: usize = 32 * 1024;

/// Octets that a reader takes in a second, at least, of what is more than one write. PowerDNS at its slowest (an octet a
/// system call, on a busy machine) takes hundreds of thousands.
const LEAST_RATE: u32 = 16 * 1024;

/// Longest time of one call to the system that waits for a request which nobody limits. It is there for its side effect: a
/// wait with an end is broken off by a signal, one without goes on after it (signal(7)).
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// What one server grants.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// From the connection to the first octet. PowerDNS connects when it has something to ask.
    pub first_request: Duration,
    /// From the first octet of a request to its last. PowerDNS writes one at once.
    pub unfinished_request: Duration,
    /// For a reader who takes nothing, or too little. PowerDNS itself gives up after two seconds by default; whoever stops
    /// reading must not pin a generation for ever.
    pub send: Duration,
    /// Below it, an idle connection is in use, and gives way to nobody: or as many clients as there is room for, and one more,
    /// would cut each other off all the time.
    pub least_idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: MAX_CONNECTIONS,
            first_request: Duration::from_secs(30),
            unfinished_request: Duration::from_secs(10),
            send: Duration::from_secs(10),
            least_idle: Duration::from_secs(5),
        }
    }
}

impl From<usize> for Limits {
    /// So many connections, and otherwise the usual.
    fn from(connections: usize) -> Self {
        Self {
            connections,
            ..Self::default()
        }
    }
}

/// The reading side: how long the next octets may take.
pub(super) struct Patience<'a> {
    stream: &'a UnixStream,
    limits: Limits,
    /// As the stream has it; asked of the system only when it changes.
    timeout: Option<Duration>,
    /// When the first octets of the request at the front came.
    begun: Instant,
}

impl<'a> Patience<'a> {
    pub(super) fn new(stream: &'a UnixStream, limits: Limits) -> Self {
        Self {
            stream,
            limits,
            timeout: None,
            begun: Instant::now(),
        }
    }

    /// Prepares the stream for the wait.
    ///
    /// # Errors
    /// The time for it is over.
    pub(super) fn wait(&mut self, waiting: Waiting) -> io::Result<()> {
        let timeout = match waiting {
            Waiting::First => Some(self.limits.first_request),
            Waiting::Next => Some(LONGEST_WAIT),
            Waiting::Begun => {
                self.begun = Instant::now();
                Some(self.limits.unfinished_request)
            }
            Waiting::Rest => {
                let limit = self.limits.unfinished_request;
                let left = limit.checked_sub(self.begun.elapsed());
                let left = left.filter(|left| !left.is_zero());
                Some(left.ok_or(io::ErrorKind::TimedOut)?)
            }
        };
        if timeout != self.timeout {
            self.stream.set_read_timeout(timeout)?;
            self.timeout = timeout;
        }
        Ok(())
    }
}

/// The writing side: a reader may be slow, but not so slow that its transfer never ends.
pub(super) struct Paced<'a> {
    stream: &'a UnixStream,
    limit: Duration,
    /// Time that the reader took beyond what its octets are worth.
    owed: Duration,
}

impl<'a> Paced<'a> {
    /// The stream's own timeout is for a reader who takes nothing.
    ///
    /// # Errors
    /// The connection has ended.
    pub(super) fn new(stream: &'a UnixStream, limits: Limits) -> io::Result<Self> {
        stream.set_write_timeout(Some(limits.send))?;
        Ok(Self {
            stream,
            limit: limits.send,
            owed: Duration::ZERO,
        })
    }
}

impl Write for Paced<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let mut stream = self.stream;
        if octets.len() < LARGE {
            return stream.write(octets);
        }
        let begun = Instant::now();
        let written = stream.write(octets)?;
        let worth =
            Duration::from_secs(1) * u32::try_from(written).unwrap_or(u32::MAX) / LEAST_RATE;
        self.owed = (self.owed + begun.elapsed()).saturating_sub(worth);
        if self.owed > self.limit {
            let reason = "the reader takes too little";
            return Err(io::Error::new(io::ErrorKind::TimedOut, reason));
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
