//! What a reload of a large cluster takes, with lookups going on: from other settings of the default policy to the generation
//! that has them, every service synthesised anew by instances side by side.
//!
//! While it runs, names are looked up in what is live, and each must be found. Figures are printed, never judged: `--short`
//! runs a smaller cluster by the same code.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::env;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use zonesmith::policy::Engine;
use zonesmith::policy::loader::Loader;
use zonesmith::policy::stack::{PolicySource, SettingsSource};
use zonesmith::store::Store;
use zonesmith::synthesis::{Handle, RemovalShare};
use zonesmith::trust::Trust;
use zonesmith_cluster::Override;
use zonesmith_zone::name::Name;
use zonesmith_zone::zone_set::Answer;

/// Services, of one instance and eight records each.
const SERVICES: usize = 100_000;

/// The same with `--short`.
const SHORT_SERVICES: usize = 5_000;

/// Reloads whose figures are printed.
const RELOADS: u32 = 5;

/// Between two lookups: ten thousand a second.
const PAUSE: Duration = Duration::from_micros(100);

fn main() -> anyhow::Result<()> {
    let is_short = env::args().any(|word| word == "--short");
    let services = if is_short { SHORT_SERVICES } else { SERVICES };
    zonesmith_heap::keep_little();
    let loader = Loader::start(Engine::new()?, vec![with_ttl(60)], Trust::default())
        .map_err(|refused| anyhow::anyhow!("{:?}", refused.refusal))?;
    let handle = Handle::start(
        loader,
        Override::default(),
        RemovalShare::default(),
        &Store::in_memory()?,
    )?;
    let (format, state) = zonesmith_cluster::read(document(services)?.as_bytes())?;
    handle.state("bench".into(), format, state, Instant::now());
    while handle.live().is_none_or(|live| live.generation == 0) {
        thread::sleep(Duration::from_millis(1));
    }
    let lookups = Lookups::start(&handle, services)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    println!("services  reload s (goal ≤ 2 on two cores)   lookups  failed  slowest µs");
    for turn in 0..RELOADS {
        lookups.forget();
        let before = handle.live().map_or(0, |live| live.generation);
        let started = Instant::now();
        // Other settings are looked at as soon as they are known; a reload that is asked for waits its turn behind that.
        handle.set_sources(vec![with_ttl(10 + turn)], Trust::default());
        let outcome = runtime.block_on(handle.reload(false))?;
        let took = started.elapsed();
        ensure!(
            handle.live().is_some_and(|live| live.generation > before),
            "{outcome:?}: {:?}",
            handle.report().refused
        );
        let seen = &lookups.seen;
        println!(
            "{services:>8}  {:>34.2}  {:>8}  {:>6}  {:>10}",
            took.as_secs_f64(),
            seen.asked.load(Ordering::Relaxed),
            seen.failed.load(Ordering::Relaxed),
            seen.slowest.load(Ordering::Relaxed)
        );
    }
    lookups.stop()?;
    handle.stop();
    Ok(())
}

/// The default policy, with a TTL that differs from reload to reload.
fn with_ttl(seconds: u32) -> PolicySource {
    PolicySource {
        file: None,
        expected: None,
        settings: SettingsSource::Inline(format!(r#"{{"ttl":{{"address":{seconds}}}}}"#).into()),
    }
}

/// Lookups that go on until they are stopped.
struct Lookups {
    seen: Arc<Seen>,
    thread: thread::JoinHandle<()>,
}

/// What came of them.
#[derive(Default)]
struct Seen {
    asked: AtomicU64,
    failed: AtomicU64,
    /// Microseconds.
    slowest: AtomicU64,
    is_over: AtomicBool,
}

impl Lookups {
    fn start(handle: &Handle, services: usize) -> anyhow::Result<Self> {
        let names: Vec<Name> = (0..services)
            .step_by(7)
            .map(|service| {
                Ok(Name::parse(&format!(
                    "app{service}.ns{}.svc.bench.",
                    service % 50
                ))?)
            })
            .collect::<anyhow::Result<_>>()?;
        let seen = Arc::new(Seen::default());
        let thread = thread::spawn({
            let (handle, seen) = (handle.clone(), Arc::clone(&seen));
            move || seen.look_up(&handle, &names)
        });
        Ok(Self { seen, thread })
    }

    fn forget(&self) {
        for count in [&self.seen.asked, &self.seen.failed, &self.seen.slowest] {
            count.store(0, Ordering::Relaxed);
        }
    }

    fn stop(self) -> anyhow::Result<()> {
        self.seen.is_over.store(true, Ordering::Relaxed);
        self.thread
            .join()
            .ok()
            .context("the lookups ended by themselves")
    }
}

impl Seen {
    fn look_up(&self, handle: &Handle, names: &[Name]) {
        for name in names.iter().cycle() {
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
            let started = Instant::now();
            let found = handle.live().is_some_and(|live| {
                matches!(live.zone_set.find(name.as_ref()), Answer::Records { .. })
            });
            let took = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.failed.fetch_add(u64::from(!found), Ordering::Relaxed);
            self.slowest.fetch_max(took, Ordering::Relaxed);
            thread::sleep(PAUSE);
        }
    }
}

/// Services of one instance, one address, a hostname and one port each, on 100 nodes in 50 namespaces.
fn document(services: usize) -> anyhow::Result<String> {
    let mut text =
        String::from(r#"{"cluster":{"name":"bench","dns":["10.0.0.1","10.0.0.2"]},"services":{"#);
    for service in 0..services {
        let comma = if service == 0 { "" } else { "," };
        let (namespace, node) = (service % 50, service % 100);
        let (high, middle, low) = (100 + (service >> 16), (service >> 8) & 255, service & 255);
        write!(
            text,
            r#"{comma}"ns{namespace}/svc/app{service}":{{"instances":{{"n{node}":{{"availability":"up","resources":{{"ip#0":{{"status":"up","info":{{"ipaddr":"10.{high}.{middle}.{low}","hostname":"host{service}","expose":["80/tcp"]}}}}}}}}}}}}"#
        )?;
    }
    text.push_str("}}");
    Ok(text)
}
