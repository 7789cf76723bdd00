//! What the same small policy costs in each language: `short-names` in Rust, and in JavaScript and Python where
//! `zonesmith policy build` has built those, over a service of three instances, in the same run.
//!
//! All take turns, in many short rounds, of which the best tenth counts: what else the machine does only ever adds. Figures
//! are printed, never judged.
//!
//! `cargo bench --bench languages`, `-- --short` for the gate; other components of the same policy may be named.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use zonesmith::policy::{Component, Engine, Instance};
use zonesmith_cluster::Service;
use zonesmith_tests::policies::{self, SHORT_NAMES};

/// Rounds whose best tenth is taken, of so many calls each.
const ROUNDS: usize = 400;
const CALLS: u32 = 20;

/// Rounds with `--short`.
const SHORT_ROUNDS: usize = 10;

/// Where each language's folder is.
const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/policies");

/// Three instances, each with an address.
const DOCUMENT: &str = r#"{ "cluster": { "name": "demo", "dns": ["10.0.0.1"] }, "services": { "shop/svc/web": { "instances": {
    "n1": { "resources": { "ip#0": { "info": { "ipaddr": "10.22.0.5", "hostname": "one" } } } },
    "n2": { "resources": { "ip#0": { "info": { "ipaddr": "10.22.0.6", "hostname": "two" } } } },
    "n3": { "resources": { "ip#0": { "info": { "ipaddr": "10.22.0.7", "hostname": "three" } } } } } } } }"#;

const SETTINGS: &str = r#"{ "namespace": "shop" }"#;

/// A policy, ready to be asked.
struct Runner {
    name: String,
    size: usize,
    compiled: Duration,
    instance: Instance,
    times: Vec<Duration>,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_short = arguments.iter().any(|argument| argument == "--short");
    let named = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"));
    let mut files: Vec<String> = named.cloned().collect();
    for language in ["javascript", "python"] {
        let built = format!("{EXAMPLES}/short-names-{language}/short-names-{language}.wasm");
        if Path::new(&built).exists() {
            files.push(built);
        }
    }
    let (_, state) = zonesmith_cluster::read(DOCUMENT.as_bytes())?;
    let service = state.services.values().next().context("no service")?;
    let cluster = Arc::new(state.cluster.clone());

    let engine = Engine::new()?;
    let mut runners = vec![Runner::start(
        &engine,
        "Rust",
        &policies::bytes(SHORT_NAMES),
        &cluster,
    )?];
    for file in &files {
        let bytes = std::fs::read(file).with_context(|| format!("read {file}"))?;
        let name = Path::new(file).file_stem().unwrap_or_default();
        runners.push(Runner::start(
            &engine,
            &name.to_string_lossy(),
            &bytes,
            &cluster,
        )?);
    }
    compare(
        &mut runners,
        service,
        if is_short { SHORT_ROUNDS } else { ROUNDS },
    )
}

fn compare(runners: &mut [Runner], service: &Service, rounds: usize) -> anyhow::Result<()> {
    let mut expected = None;
    for runner in &mut *runners {
        let records = runner.instance.synthesize(service)?.records;
        ensure!(!records.is_empty(), "{} says nothing", runner.name);
        let expected = expected.get_or_insert_with(|| records.clone());
        ensure!(*expected == records, "{} says something else", runner.name);
    }
    for _ in 0..rounds {
        for runner in &mut *runners {
            let started = Instant::now();
            for _ in 0..CALLS {
                black_box(runner.instance.synthesize(service).ok());
            }
            runner.times.push(started.elapsed() / CALLS);
        }
    }
    println!("language                    kB  compiled ms  service µs    ratio");
    let mut first = None;
    for runner in runners {
        let time = runner.best_tenth();
        let ratio = time / *first.get_or_insert(time);
        println!(
            "{:<22}  {:>6}  {:>11}  {time:>10.2}  {ratio:>7.1}",
            runner.name,
            runner.size / 1000,
            runner.compiled.as_millis(),
        );
    }
    Ok(())
}

impl Runner {
    fn start(
        engine: &Engine,
        name: &str,
        bytes: &[u8],
        cluster: &Arc<zonesmith_cluster::Cluster>,
    ) -> anyhow::Result<Self> {
        let started = Instant::now();
        let component = Component::load(engine, name, bytes)?;
        let compiled = started.elapsed();
        let (instance, _) = Instance::start(&component, Arc::clone(cluster), SETTINGS.into())?;
        Ok(Self {
            name: name.to_owned(),
            size: bytes.len(),
            compiled,
            instance,
            times: Vec::new(),
        })
    }

    /// In microseconds.
    fn best_tenth(&mut self) -> f64 {
        self.times.sort_unstable();
        let best = self.times.get(self.times.len() / 10).copied();
        best.unwrap_or_default().as_secs_f64() * 1e6
    }
}
