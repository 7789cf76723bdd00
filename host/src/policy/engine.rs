//! The one compiler and the one clock of all policies.
//!
//! A call is bounded by time, not by counted instructions: counting (fuel) costs about as much and says nothing a person can
//! relate to. Compiled code looks at a counter, the *epoch*, in every loop and at every function; a thread moves it on every
//! [`TICK`], and a call that sees it beyond its deadline is interrupted, unless it had to wait for a processor (`deadline`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use anyhow::Context as _;
use wasmtime::{Config, WasmBacktraceDetails};

/// How long an epoch is. A deadline is kept to this much.
const TICK: Duration = Duration::from_millis(10);

/// After this many ticks without any call the thread goes to sleep: an idle daemon does not wake the machine.
const IDLE_TICKS: u32 = 100;

/// Stack of a guest, wasmtime's default, and what is left of a thread's default 2 MiB is enough for the host's calls.
const STACK: usize = 512 << 10;

/// Compiles policies and keeps their time. Cheap to clone: all clones are one.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    engine: wasmtime::Engine,
    clock: Arc<Clock>,
    thread: Thread,
}

/// What the calls and the ticking thread tell each other.
#[derive(Default)]
struct Clock {
    /// Calls that are running now.
    running: AtomicUsize,
    /// The thread sleeps, or is about to.
    asleep: AtomicBool,
    /// The last [`Engine`] is gone.
    stopped: AtomicBool,
}

impl Engine {
    /// An engine, and the thread that keeps its time, which ends with the last clone of it.
    ///
    /// # Errors
    ///
    /// If this machine cannot run what the engine would compile, or has no thread left.
    pub fn new() -> anyhow::Result<Self> {
        let engine = wasmtime::Engine::new(&config())
            .map_err(anyhow::Error::msg)
            .context("start the engine of policies")?;
        let clock = Arc::new(Clock::default());
        let ticking = thread::Builder::new()
            .name("policy-clock".to_owned())
            .spawn({
                let (engine, clock) = (engine.clone(), Arc::clone(&clock));
                move || clock.tick(&engine)
            });
        let thread = ticking
            .context("start the clock of policies")?
            .thread()
            .clone();
        Ok(Self(Arc::new(Inner {
            engine,
            clock,
            thread,
        })))
    }

    /// wasmtime's own engine.
    pub(super) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.0.engine
    }

    /// Keeps the clock going until the value is dropped: without it no deadline is kept.
    pub(super) fn keep_time(&self) -> Running<'_> {
        let clock = &self.0.clock;
        // Both sequentially consistent, as in `Clock::tick`: either this sees the thread asleep, or that sees this call.
        clock.running.fetch_add(1, Ordering::SeqCst);
        if clock.asleep.swap(false, Ordering::SeqCst) {
            self.0.thread.unpark();
        }
        Running(clock)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.clock.stopped.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

/// A call is running. See [`Engine::keep_time`].
pub(super) struct Running<'a>(&'a Clock);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Clock {
    /// The life of the ticking thread.
    fn tick(&self, engine: &wasmtime::Engine) {
        let mut idle = 0;
        while !self.stopped.load(Ordering::SeqCst) {
            thread::sleep(TICK);
            engine.increment_epoch();
            idle = if self.running.load(Ordering::SeqCst) == 0 {
                idle + 1
            } else {
                0
            };
            if idle < IDLE_TICKS {
                continue;
            }
            idle = 0;
            self.asleep.store(true, Ordering::SeqCst);
            if self.running.load(Ordering::SeqCst) == 0 && !self.stopped.load(Ordering::SeqCst) {
                thread::park();
            }
            self.asleep.store(false, Ordering::SeqCst);
        }
    }
}

/// How many epochs from now `limit` has passed for sure: one more than fit into it, since the present one is not over.
pub(super) fn epochs(limit: Duration) -> u64 {
    u64::try_from(limit.as_nanos().div_ceil(TICK.as_nanos())).unwrap_or(u64::MAX - 1) + 1
}

/// wasmtime's knobs. Those not named have defaults that suit us: Cranelift for speed, memory allocated on demand (one or two
/// instances are alive), copy-on-write initial memory.
fn config() -> Config {
    let mut config = Config::new();
    // Deadlines. Costs less than what one run differs from the next.
    config.epoch_interruption(true);
    // Endless recursion ends here.
    config.max_wasm_stack(STACK);
    // All cores compile: an interpreter of 12 MB takes ten seconds on one.
    config.parallel_compilation(true);
    // Calls are synchronous and never concurrent: no state for tasks in each store, none to set up in each call.
    config.concurrency_support(false);
    // The same answers on every node, whatever its processor: two name servers that differ are a fault nobody finds.
    config.cranelift_nan_canonicalization(true);
    config.relaxed_simd_deterministic(true);
    // Names and lines of a guest's functions are not read, also not when the environment says so. What a policy has to say
    // when it panics it says in its log, and a refusal quotes that.
    config.wasm_backtrace_details(WasmBacktraceDetails::Disable);
    config.wasm_backtrace_max_frames(None);
    config.generate_address_map(false);
    // Nobody walks the stack of a guest but its own panics, and those abort.
    config.native_unwind_info(false);
    config
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_limit_is_never_cut_short() {
        for (limit, ticks) in [(0, 1), (1, 2), (10, 2), (11, 3), (105, 12), (1000, 101)] {
            assert_eq!(epochs(Duration::from_millis(limit)), ticks, "{limit} ms");
        }
    }

    #[test]
    fn the_clock_ends_with_the_last_engine() {
        let engine = Engine::new().unwrap();
        let clock = Arc::downgrade(&engine.0.clock);
        let other = engine.clone();
        drop(engine);
        assert!(clock.upgrade().is_some());
        drop(other);
        let start = Instant::now();
        while clock.upgrade().is_some() {
            assert!(
                start.elapsed() < Duration::from_secs(30),
                "the clock still ticks"
            );
            thread::sleep(Duration::from_millis(1));
        }
    }
}
