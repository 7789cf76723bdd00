//! One connection, served by a thread of its own that blocks: PowerDNS keeps few connections for long, with one request in
//! flight on each, and so a lookup costs one read and one write. (On tokio the same lookup costs twice an echo; here it is
//! within a few per cent of it. Everything else in the daemon may wait there.)
//!
//! Buffers are kept for the life of the connection: in steady state a lookup allocates nothing. Each request is answered out
//! of one generation, loaded when it is read. A broken request is answered too, and costs nobody the connection.

use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use zonesmith_zone::name::NameBuffer;

use super::backend::Backend;
use super::framing::{Break, Frame, Input};
use super::method::Ground;
use super::reply::{Outcome, Output, Verdict};
use super::request::{Request, lookup_as_powerdns_writes_it};

/// What one connection did. Written by its thread alone, so without a locked instruction; added up by who wants to know.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) requests: AtomicU64,
    pub(crate) errors: AtomicU64,
}

impl Counters {
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
            input: Input::new(),
            output: Output::new(sink),
            name: NameBuffer::new(),
            backend,
            counters,
        }
    }

    /// Answers until the other side sends no more.
    ///
    /// # Errors
    /// The other side is gone, or does not take its replies, or sends what has no end.
    pub(crate) fn serve(mut self) -> io::Result<()> {
        loop {
            while self.answer_next()? {}
            self.output.flush()?;
            let received = match self.input.fill(&mut self.source) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                received => received?,
            };
            if received == 0 {
                break;
            }
        }
        if let Some(broken) = self.input.remainder() {
            self.refuse(broken)?;
        }
        self.output.flush()
    }

    /// Answers the request at the front. `false`: it has not wholly arrived.
    fn answer_next(&mut self) -> io::Result<bool> {
        if self.input.is_fresh()
            && let Some((lookup, length)) = lookup_as_powerdns_writes_it(self.input.pending())
        {
            let snapshot = self.backend.live.load();
            let outcome = lookup.answer(&snapshot.zone_set, &mut self.name);
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
