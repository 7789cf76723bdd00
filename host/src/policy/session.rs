//! One live instance of a component: its memory, and calls into it that end in time.
//!
//! Every entry into a guest goes through here, so this is the one place where a limit is set before and a failure is named
//! after. What wasmtime reports is put into the words of [`FailureKind`]: two of them it says in text only (too much handed
//! over, a WASI import called), which the tests of this file hold it to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::{Store, Trap, UpdateDeadline};
use zonesmith_cluster::{Cluster, Service};
use zonesmith_zone::zone_set::RecordRef;

use super::contract::{Guest, Linked};
use super::engine::{Engine, epochs};
use super::imports::{Host, WITHOUT_WASI};
use super::limits::{self, CHOOSE, CONFIGURE, HANDED_OVER, LOG_LINES, MEMORY};
use super::{Configuration, Cost, Description, Failure, FailureKind, Synthesis};
use crate::snapshot::selection::Question;
use crate::telemetry::counters::counters;

/// An instance in its store. After a failed call it is to be dropped: it may not be callable, or not be itself.
pub(super) struct Session {
    engine: Engine,
    store: Store<Host>,
    guest: Guest,
}

impl Session {
    /// Brings a new instance to life; `policy` names it in the log.
    ///
    /// # Errors
    ///
    /// A failure, if its start does not end well and in time, or its types are not those of the contract.
    pub(super) fn open(
        engine: &Engine,
        linked: &Linked,
        policy: &Arc<str>,
    ) -> Result<Self, Failure> {
        let mut store = Store::new(engine.wasmtime(), Host::new(Arc::clone(policy)));
        store.limiter(|host| &mut host.limiter);
        store.set_hostcall_fuel(HANDED_OVER);
        store.epoch_deadline_callback(|store| {
            Ok(match store.data().time_left() {
                Some(left) => UpdateDeadline::Continue(epochs(left)),
                None => UpdateDeadline::Interrupt,
            })
        });
        let limits = (CONFIGURE, LOG_LINES);
        let guest = within(engine, &mut store, "the start", limits, |store| {
            linked.instantiate(store)
        })?;
        Ok(Self {
            engine: engine.clone(),
            store,
            guest,
        })
    }

    /// What the policy is.
    pub(super) fn describe(&mut self) -> Result<Description, Failure> {
        self.call("`describe`", CONFIGURE, |guest, store| {
            guest.describe(store).map(Ok)
        })
    }

    /// Gives it the cluster and its settings.
    pub(super) fn configure(
        &mut self,
        cluster: &Cluster,
        settings: &str,
    ) -> Result<Configuration, Failure> {
        self.call("`configure`", CONFIGURE, |guest, store| {
            guest.configure(store, cluster, settings)
        })
    }

    /// Records of a service. Only once it is configured.
    pub(super) fn synthesize(&mut self, service: &Service) -> Result<Synthesis, Failure> {
        let limit = limits::synthesize(service.instances.len());
        self.call("`synthesize`", limit, |guest, store| {
            guest.synthesize(store, service)
        })
    }

    /// Which of these records a client is given: indexes, and the leading bits of its address that decided. Only once it is
    /// configured. Who asks counts it, without the clock: a client waits.
    pub(super) fn choose(
        &mut self,
        question: &Question<'_>,
        records: &[RecordRef<'_>],
    ) -> Result<Option<(Vec<u32>, u8)>, Failure> {
        let guest = &self.guest;
        // A line for each question of each client is more than any log can bear.
        let limits = (CHOOSE, 0);
        within(&self.engine, &mut self.store, "`choose`", limits, |store| {
            guest.choose(store, question, records)
        })
    }

    /// Octets of linear memory that the instance has.
    pub(super) fn memory(&self) -> usize {
        self.store.data().limiter.memory()
    }

    /// What there is after a call that could take `limit` of time.
    fn cost(&self, limit: Duration) -> Cost {
        Cost {
            time_limit: limit,
            memory: self.memory(),
            memory_limit: MEMORY,
        }
    }

    /// What `configure` took, right after it.
    pub(super) fn cost_of_configure(&self) -> Cost {
        self.cost(CONFIGURE)
    }

    /// What `synthesize` took for this service, right after it.
    pub(super) fn cost_of_synthesize(&self, service: &Service) -> Cost {
        self.cost(limits::synthesize(service.instances.len()))
    }

    fn call<T>(
        &mut self,
        what: &'static str,
        limit: Duration,
        call: impl FnOnce(&Guest, &mut Store<Host>) -> wasmtime::Result<Result<T, String>>,
    ) -> Result<T, Failure> {
        let guest = &self.guest;
        let started = Instant::now();
        let limits = (limit, LOG_LINES);
        let result = within(&self.engine, &mut self.store, what, limits, |store| {
            call(guest, store)
        });
        let result = result.and_then(|said| {
            said.map_err(|message| Failure {
                kind: FailureKind::Error,
                message,
            })
        });
        let outcome = result.as_ref().map(|_| "ok");
        let outcome = outcome.unwrap_or_else(|failure| failure.kind.as_str());
        counters().called(what.trim_matches('`'), outcome, started.elapsed());
        result
    }
}

/// Runs `enter` for at most `limit`, with so many lines of log.
fn within<T>(
    engine: &Engine,
    store: &mut Store<Host>,
    what: &str,
    (limit, lines): (Duration, u32),
    enter: impl FnOnce(&mut Store<Host>) -> wasmtime::Result<T>,
) -> Result<T, Failure> {
    let running = engine.keep_time();
    store.data_mut().begin_call(limit, lines);
    // Counted from now, so it is set before each call.
    store.set_epoch_deadline(epochs(limit));
    let result = enter(store);
    drop(running);
    store.data().end_call();
    result.map_err(|error| name(&error, what, limit, store.data()))
}

/// Says in our words what went wrong in `what`.
fn name(error: &wasmtime::Error, what: &str, limit: Duration, host: &Host) -> Failure {
    let text = format!("{error:#}");
    let (kind, message) = match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => (
            FailureKind::Deadline,
            format!("{what} ran longer than the {} ms it has", limit.as_millis()),
        ),
        Some(_) if host.limiter.has_refused_memory() => (
            FailureKind::Memory,
            format!(
                "{what} wanted more than the {} MiB of memory it has",
                MEMORY >> 20
            ),
        ),
        Some(Trap::UnreachableCodeReached) => (FailureKind::Trap, format!("{what} panicked")),
        // A stack in linear memory, which is where Rust has it, ends at the start of that memory.
        Some(Trap::MemoryOutOfBounds) => (
            FailureKind::Trap,
            format!("{what} reached out of its memory, as endless recursion does"),
        ),
        Some(Trap::StackOverflow) => (
            FailureKind::Trap,
            format!("{what} called itself without end"),
        ),
        Some(
            Trap::StringOutOfBounds
            | Trap::ListOutOfBounds
            | Trap::InvalidDiscriminant
            | Trap::InvalidChar
            | Trap::UnalignedPointer,
        ) => (
            FailureKind::Malformed,
            format!("{what} returned what is no value of the contract: {text}"),
        ),
        Some(trap) => (FailureKind::Trap, format!("{what} failed: {trap}")),
        None if text.contains("has not been defined") => (
            FailureKind::Import,
            format!("{what} called an {text}: {WITHOUT_WASI}"),
        ),
        None if text.contains("too much data is being copied") => (
            FailureKind::TooMuchOutput,
            format!(
                "{what} handed over more than the {} MiB it may",
                HANDED_OVER >> 20
            ),
        ),
        None if host.limiter.has_refused_memory() => (
            FailureKind::Memory,
            format!(
                "{what} wanted more than the {} MiB of memory it has",
                MEMORY >> 20
            ),
        ),
        None => (
            FailureKind::Malformed,
            format!("{what} returned what is no value of the contract: {text}"),
        ),
    };
    // What a policy says in its log when it panics is the best we know.
    match host.last_error() {
        Some(word) if kind == FailureKind::Trap => Failure {
            kind,
            message: format!("{message}: {word}"),
        },
        Some(_) | None => Failure { kind, message },
    }
}
