//! One connection, served by a thread of its own that blocks: PowerDNS keeps few connections for long, with one request in
//! flight on each, and so a lookup costs one read and one write. (On tokio the same lookup costs twice an echo; here it is
//! within a few per cent of it. Everything else in the daemon may wait there.)
//!
//! Buffers are kept for the life of the connection: in steady state a lookup allocates nothing. Each request is answered out
//! of one generation, loaded when it is read. A broken request is answered too, and costs nobody the connection.

use std::io::{self, Read, Write};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use zonesmith_zone::name::NameBuffer;

use super::backend::Backend;
use super::framing::{Break, Carried, Frame, Input};
use super::method::Ground;
use super::reply::{Outcome, Output, Verdict};
use super::request::{Request, lookup_as_powerdns_writes_it};

/// What is waited for; how long, depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// The first request of the connection.
    First,
    /// Another one.
    Next,
    /// The rest of one whose first octets just came.
    Begun,
    /// The rest of one for which we have waited before.
    Rest,
}

/// What is done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Wait for octets.
    Read,
    /// Nothing: somebody else goes on with the connection.
    Leave,
}

/// How the service of a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The other side sends no more.
    Over,
    /// At the end of a request; this was received of the next ones.
    Left(Carried),
}

/// Times are counted from here: an instant fits into no atomic.
static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Stands for "at work" among times of waiting.
const AT_WORK: u64 = 0;

/// Stands for "found, and being written".
const SENDING: u64 = u64::MAX;

/// What one connection did. Written by its thread alone, so without a locked instruction; added up by who wants to know.
#[derive(Debug)]
pub(crate) struct Counters {
    pub(crate) requests: AtomicU64,
    pub(crate) errors: AtomicU64,
    /// Milliseconds at which it began to wait for octets.
    waiting_since: AtomicU64,
}

impl Default for Counters {
    /// Of a connection that waits from now on.
    fn default() -> Self {
        Self {
            requests: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            waiting_since: AtomicU64::new(now()),
        }
    }
}

impl Counters {
    /// How long nobody has asked anything; none while something is answered.
    pub(crate) fn idle(&self) -> Option<Duration> {
        match self.waiting_since.load(Ordering::Relaxed) {
            AT_WORK | SENDING => None,
            since => Some(Duration::from_millis(now().saturating_sub(since))),
        }
    }

    /// Is an answer being written that was found before? It needs nothing any more but a reader.
    pub(crate) fn is_sending(&self) -> bool {
        self.waiting_since.load(Ordering::Relaxed) == SENDING
    }

    fn send(&self) {
        self.waiting_since.store(SENDING, Ordering::Relaxed);
    }

    fn wait(&self) {
        self.waiting_since.store(now(), Ordering::Relaxed);
    }

    fn work(&self) {
        self.waiting_since.store(AT_WORK, Ordering::Relaxed);
    }

    fn count(&self, verdict: Verdict) {
        let increment = |counter: &AtomicU64| {
            let count = counter.load(Ordering::Relaxed);
            counter.store(count + 1, Ordering::Relaxed);
        };
        increment(&self.requests);
        match verdict {
            Verdict::Answered => {}
            Verdict::Failed => increment(&self.errors),
        }
    }
}

/// One connection: what is read, what is written, and what is kept between requests.
pub(crate) struct Connection<'a, R, W> {
    source: R,
    first: Waiting,
    input: Input,
    output: Output<W>,
    name: NameBuffer,
    backend: &'a Backend,
    counters: &'a Counters,
}

impl<'a, R: Read, W: Write> Connection<'a, R, W> {
    pub(crate) fn new(source: R, sink: W, backend: &'a Backend, counters: &'a Counters) -> Self {
        Self {
            source,
            first: Waiting::First,
            input: Input::new(),
            output: Output::new(sink),
            name: NameBuffer::new(),
            backend,
            counters,
        }
    }

    /// Goes on where another process left it.
    pub(crate) fn carried_on(mut self, carried: Carried) -> Self {
        self.first = Waiting::Next;
        self.input = Input::from(carried);
        self
    }

    /// Answers until the other side sends no more.
    ///
    /// # Errors
    /// As [`serve_with`](Self::serve_with).
    #[cfg(test)]
    pub(crate) fn serve(self) -> io::Result<()> {
        self.serve_with(|_| Ok(Step::Read)).map(drop)
    }

    /// Answers until the other side sends no more, or what it sends takes too long: `wait` is told what is waited for, and
    /// says whether to.
    ///
    /// # Errors
    /// The other side is gone, or does not take its replies, or sends what has no end.
    pub(crate) fn serve_with(
        mut self,
        mut wait: impl FnMut(Waiting) -> io::Result<Step>,
    ) -> io::Result<End> {
        let mut waiting = self.first;
        loop {
            let mut is_begun = waiting != Waiting::Rest;
            while self.answer_next()? {
                is_begun = true;
            }
            self.output.flush()?;
            if self.input.is_unfinished() {
                waiting = if is_begun {
                    Waiting::Begun
                } else {
                    Waiting::Rest
                };
            } else if waiting != Waiting::First {
                waiting = Waiting::Next;
            }
            self.counters.wait();
            let received = match wait(waiting) {
                Ok(Step::Read) => self.input.fill(&mut self.source),
                // Said to be waiting until somebody else waits.
                Ok(Step::Leave) => return Ok(End::Left(self.input.carry())),
                Err(error) => Err(error),
            };
            self.counters.work();
            let received = match received {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // Nobody limits this wait.
                Err(error) if is_late(&error) && waiting == Waiting::Next => continue,
                Err(error) if is_late(&error) => 0,
                received => received?,
            };
            if received == 0 {
                break;
            }
            waiting = match waiting {
                Waiting::First | Waiting::Next => Waiting::Next,
                Waiting::Begun | Waiting::Rest => Waiting::Rest,
            };
        }
        if let Some(broken) = self.input.remainder() {
            self.refuse(broken)?;
        }
        self.output.flush()?;
        Ok(End::Over)
    }

    /// Answers the request at the front. `false`: it has not wholly arrived.
    fn answer_next(&mut self) -> io::Result<bool> {
        if self.input.is_fresh()
            && let Some((lookup, length)) = lookup_as_powerdns_writes_it(self.input.pending())
        {
            let snapshot = self.backend.live.load();
            let selection = snapshot.selection.as_deref();
            if selection.is_some() {
                // It may take a while.
                self.counters.work();
            }
            let outcome = lookup.answer(&snapshot.zone_set, selection, &mut self.name);
            self.counters.count(self.output.write(&outcome)?);
            self.input.consume(length.get());
            return Ok(true);
        }
        match self.input.frame()? {
            Frame::Incomplete => return Ok(false),
            Frame::Broken(length, broken) => {
                self.refuse(broken)?;
                self.input.consume(length);
            }
            Frame::Object(length) => {
                self.counters.work();
                let object = self.input.pending().get(..length).unwrap_or_default();
                let verdict = match Request::parse(object) {
                    Ok(request) => {
                        // Not `load`: a transfer may last.
                        let snapshot = self.backend.live.load_full();
                        let ground = Ground {
                            snapshot: &snapshot,
                            backend: self.backend,
                        };
                        let outcome = request.answer(ground, &mut self.name);
                        self.counters.send();
                        self.output.write(&outcome)?
                    }
                    Err(error) => self.output.write(&Outcome::Malformed(error))?,
                };
                self.counters.count(verdict);
                self.input.consume(length);
            }
        }
        Ok(true)
    }

    fn refuse(&mut self, broken: Break) -> io::Result<()> {
        let verdict = self.output.write(&Outcome::NoRequest(broken))?;
        self.counters.count(verdict);
        Ok(())
    }
}

fn now() -> u64 {
    // Never 0, which stands for something else.
    u64::try_from(BEGUN.elapsed().as_millis())
        .unwrap_or(u64::MAX)
        .max(1)
}

fn is_late(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}
