//! What a policy costs as a component, against the same policy compiled natively, in the same run: from the daemon's service
//! to the daemon's records both ways.
//!
//! Component and native take turns, in many short rounds, of which the best tenth counts: what else the machine does only ever
//! adds. Figures are printed, never judged. `--component FILE` takes another build of the default policy, `--short` fewer
//! rounds.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::env;
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use zonesmith::policy::{Component, EMBEDDED, Engine, Instance, embedded};
use zonesmith_cluster::{Service, State};
use zonesmith_policy::harness::Native;
use zonesmith_policy_default::DefaultPolicy;
use zonesmith_zone::record::Record;

/// Instances of the service, and in how many calls a round is.
const SIZES: [(usize, u32); 3] = [(1, 100), (20, 10), (1_000, 1)];

/// Rounds whose best tenth is taken.
const ROUNDS: usize = 400;

/// The same with `--short`.
const SHORT_ROUNDS: usize = 20;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let mut words = arguments.iter().map(String::as_str);
    let (mut rounds, mut file) = (ROUNDS, None);
    while let Some(word) = words.next() {
        match word {
            "--short" => rounds = SHORT_ROUNDS,
            "--component" => file = words.next(),
            _ => {} // `cargo bench` adds its own
        }
    }
    let (name, bytes) = match file {
        Some(file) => (
            file,
            std::fs::read(file).with_context(|| format!("read {file}"))?,
        ),
        None => (EMBEDDED, embedded().to_vec()),
    };
    let started = Instant::now();
    let component = Component::load(&Engine::new()?, name, &bytes)?;
    println!(
        "{name}: {} kB, compiled in {} ms",
        bytes.len() / 1000,
        started.elapsed().as_millis()
    );
    println!("instances  records  component µs    native µs    ratio (goal ≤ 4)");
    for (instances, calls) in SIZES {
        let state = cluster(instances)?;
        let service = state.services.values().next().context("no service")?;
        let (mut instance, _) =
            Instance::start(&component, Arc::new(state.cluster.clone()), "{}".into())?;
        let native = Native::<DefaultPolicy>::configure(&state.cluster, "{}")
            .map_err(|error| anyhow::anyhow!(error))?;
        let by_component = instance.synthesize(service)?.records;
        ensure!(
            by_component == native_records(&native, service)?,
            "component and native differ"
        );
        let (mut component_times, mut native_times) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            component_times.push(timed(calls, || instance.synthesize(service).ok()));
            native_times.push(timed(calls, || native.synthesize(service).ok()));
        }
        let (component, native) = (best_tenth(component_times), best_tenth(native_times));
        println!(
            "{instances:>9}  {:>7}  {:>12.2} {:>12.2} {:>8.2}",
            by_component.len(),
            component.as_secs_f64() * 1e6,
            native.as_secs_f64() * 1e6,
            component.as_secs_f64() / native.as_secs_f64()
        );
    }
    Ok(())
}

fn native_records(
    native: &Native<DefaultPolicy>,
    service: &Service,
) -> anyhow::Result<Vec<Record>> {
    native
        .synthesize(service)
        .map_err(|error| anyhow::anyhow!(error))
}

/// One call of so many.
fn timed<T>(calls: u32, mut call: impl FnMut() -> T) -> Duration {
    let started = Instant::now();
    for _ in 0..calls {
        black_box(call());
    }
    started.elapsed() / calls
}

fn best_tenth(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 10).copied().unwrap_or_default()
}

/// A cluster of one service: each instance has an address, a hostname, a port and a container, told as an agent does.
fn cluster(instances: usize) -> anyhow::Result<State> {
    let mut text = String::from(
        r#"{"cluster":{"name":"bench","dns":["10.0.0.1"],"networks":[{"name":"default","cidr":"10.22.0.0/16"}]},
            "services":{"shop/svc/web":{"labels":{"tier":"front"},"instances":{"#,
    );
    for number in 0..instances {
        let comma = if number == 0 { "" } else { "," };
        let (high, low) = (number / 250, number % 250 + 1);
        write!(
            text,
            r#"{comma}"node{number}":{{"availability":"up","frozen_at":"0001-01-01T00:00:00Z","resources":{{
                "ip#0":{{"status":"up","type":"ip.cni","label":"cni default","info":{{"ipaddr":"10.22.{high}.{low}","hostname":"web{number}","expose":["80/tcp"]}}}},
                "container#0":{{"status":"up","type":"container.docker","label":"docker nginx"}}}}}}"#
        )?;
    }
    text.push_str("}}}}");
    let (_, state) = zonesmith_cluster::read(text.as_bytes())?;
    Ok(state)
}
