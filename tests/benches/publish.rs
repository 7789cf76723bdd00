//! What publishing costs: the whole cluster at once, and one service that changed, at two sizes.
//!
//! Each size runs in a process of its own, so that memory is what that size needs: resident memory with the cluster served,
//! less that with the same daemon serving no service. The document is written by another process. Figures are printed,
//! never judged: `--short` runs smaller clusters by the same code.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use anyhow::{Context as _, ensure};
use camino::Utf8Path;
use zonesmith::memory::{Memory, ServiceChange, Writing};
use zonesmith::policy::Engine;
use zonesmith::policy::loader::Loader;
use zonesmith::policy::stack::PolicySource;
use zonesmith::snapshot::Snapshot;
use zonesmith::store::Store;
use zonesmith::synthesis::{Handle, RemovalShare};
use zonesmith::trust::Trust;
use zonesmith_cluster::{Override, Service};

/// Services of the small and the large cluster, of eight records each.
const SIZES: [usize; 2] = [1_000, 125_000];

/// The same with `--short`.
const SHORT_SIZES: [usize; 2] = [500, 5_000];

/// Changes of one service whose median is taken.
const CHANGES: usize = 300;

/// Longest wait for a publication: beyond it something is broken, not slow.
const PATIENCE: Duration = Duration::from_secs(120);

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--write", services, path] => write_document(services.parse()?, path),
        ["--measure", path] => measure(path),
        _ => report(words.contains(&"--short")),
    }
}

fn report(is_short: bool) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let program = env::current_exe()?;
    println!(
        "{:>9} {:>9} {:>10} {:>12} {:>12} {:>14} {:>14} {:>14} {:>10}",
        "services",
        "records",
        "publish s",
        "map B/rec",
        "RSS B/rec",
        "one change µs",
        "announced µs",
        "kept before µs",
        "keep all s"
    );
    let mut changes = Vec::new();
    for services in if is_short { SHORT_SIZES } else { SIZES } {
        let path = directory.path().join(format!("{services}.json"));
        let written = Command::new(&program)
            .args(["--write", &services.to_string()])
            .arg(&path)
            .status()?;
        ensure!(written.success(), "the document was not written");
        let output = Command::new(&program)
            .arg("--measure")
            .arg(&path)
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        let figures: BTreeMap<String, f64> = serde_json::from_str(&text)
            .with_context(|| format!("{text}\n{}", String::from_utf8_lossy(&output.stderr)))?;
        let figure = |name: &str| figures.get(name).copied().unwrap_or(f64::NAN);
        println!(
            "{services:>9} {:>9} {:>10.3} {:>12.1} {:>12.1} {:>14.1} {:>14.1} {:>14.1} {:>10.3}",
            figure("records"),
            figure("publish"),
            figure("map"),
            figure("resident"),
            figure("change"),
            figure("announced"),
            figure("kept"),
            figure("keep")
        );
        changes.push(figure("change"));
    }
    if let [small, large] = changes.as_slice() {
        println!(
            "one changed service, large to small: {:.2} (goal ≤ 2)",
            large / small
        );
    }
    Ok(())
}

/// Services of one instance, one address, a hostname and one expose each, on 100 nodes in 50 namespaces.
fn write_document(services: usize, path: &str) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    write!(
        file,
        r#"{{"cluster":{{"name":"bench","dns":["10.0.0.1","10.0.0.2"],"nodes":{{"#
    )?;
    for node in 0..100 {
        let separator = if node == 0 { "" } else { "," };
        write!(
            file,
            r#"{separator}"n{node}":{{"score":50,"addresses":["10.0.0.{node}"]}}"#
        )?;
    }
    write!(file, r#"}}}},"services":{{"#)?;
    for service in 0..services {
        let separator = if service == 0 { "" } else { "," };
        let (namespace, node) = (service % 50, service % 100);
        let (high, middle, low) = (100 + (service >> 16), (service >> 8) & 255, service & 255);
        write!(
            file,
            r#"{separator}"ns{namespace}/svc/app{service}":{{"instances":{{"n{node}":{{"availability":"up","resources":{{"ip#0":{{"status":"up","info":{{"ipaddr":"10.{high}.{middle}.{low}","hostname":"host{service}","expose":["80/tcp"]}}}}}}}}}}}}"#
        )?;
    }
    write!(file, "}}}}")?;
    Ok(file.flush()?)
}

fn measure(document: &str) -> anyhow::Result<()> {
    zonesmith_heap::keep_little();
    let loader = Loader::start(
        Engine::new()?,
        vec![PolicySource::embedded()],
        Trust::default(),
    )
    .map_err(|refused| anyhow::anyhow!("{:?}", refused.refusal))?;
    let handle = Handle::start(
        loader,
        Override::default(),
        RemovalShare::default(),
        &Store::in_memory()?,
    )?;
    let (format, empty) = zonesmith_cluster::read(
        br#"{"cluster":{"name":"bench","dns":["10.0.0.1","10.0.0.2"]},"services":{}}"#,
    )?;
    handle.state("bench".into(), format, empty, Instant::now());
    wait(&handle, |snapshot| snapshot.generation >= 1)?;
    let idle = resident()?;

    let (format, state) = zonesmith_cluster::read(&fs::read(document)?)?;
    let some: Vec<Arc<Service>> = state
        .services
        .values()
        .step_by(state.services.len().div_ceil(CHANGES))
        .cloned()
        .collect();
    // What is asked for is the zone of the whole cluster: the networks changed, so all is configured and synthesised.
    let started = Instant::now();
    let expected = state.services.len() * 7;
    handle.state("bench".into(), format, state, Instant::now());
    wait(&handle, |snapshot| snapshot.zone_set.names() > expected)?;
    let publish = started.elapsed();
    // The state before is freed after the publication.
    thread::sleep(Duration::from_millis(500));
    let used = resident()?.saturating_sub(idle);
    let snapshot = handle.live().context("nothing is served")?;
    let mut records = 0;
    for zone in snapshot.zone_set.zones().iter() {
        records += 1;
        records += snapshot
            .zone_set
            .list(zone)
            .map(|name| name.records().count())
            .sum::<usize>();
    }
    let map = snapshot.zone_set.bytes();
    drop(snapshot);

    let (change, announced) = median_change(&handle, &some, 200, |change| change)?;
    // The same, where what the source says is kept before it is told.
    let directory = tempfile::tempdir()?;
    let path = Utf8Path::from_path(directory.path()).context("a path that is no text")?;
    let memory = Memory::open(path, Writing::AtOnce)?;
    let (mut journal, _) = memory.recall("bench");
    let (format, state) = zonesmith_cluster::read(&fs::read(document)?)?;
    let started = Instant::now();
    journal.keep_state(format, state);
    let keep = started.elapsed();
    let (kept, _) = median_change(&handle, &some, 201, |change| journal.keep_changes(change))?;
    drop(journal);
    memory.close();
    let per_record = |bytes: usize| bytes as f64 / records as f64;
    println!(
        "{}",
        serde_json::json!({
            "records": records, "publish": publish.as_secs_f64(), "map": per_record(map),
            "resident": per_record(used), "change": change.as_secs_f64() * 1e6,
            "announced": announced.as_secs_f64() * 1e6,
            "kept": kept.as_secs_f64() * 1e6, "keep": keep.as_secs_f64(),
        })
    );
    handle.stop();
    Ok(())
}

/// How long it takes until an address of a service that moved is served, and until its generation is announced, with what
/// caches have to forget; in the middle of all these.
fn median_change(
    handle: &Handle,
    some: &[Arc<Service>],
    network: u8,
    mut keep: impl FnMut(Vec<ServiceChange>) -> Vec<ServiceChange>,
) -> anyhow::Result<(Duration, Duration)> {
    let (mut times, mut announced) = (Vec::new(), Vec::new());
    let generations = handle.generations();
    for (turn, service) in some.iter().enumerate() {
        let mut moved = Service::clone(service);
        let address = format!("10.{network}.{}.{}", turn / 250, turn % 250 + 1).parse()?;
        for resource in moved
            .instances
            .iter_mut()
            .flat_map(|instance| &mut instance.resources)
        {
            resource.addresses = vec![address].into();
        }
        let before = handle.live().map_or(0, |snapshot| snapshot.generation);
        let reverse = zonesmith_zone::reverse::reverse_name(address);
        let change = vec![(moved.path.clone(), Some(Arc::new(moved)))];
        let started = Instant::now();
        handle.change("bench".into(), keep(change), Instant::now());
        spin(handle, |snapshot| {
            snapshot.generation > before && !is_missing(snapshot, &reverse)
        })?;
        times.push(started.elapsed());
        while *generations.borrow() <= before {
            std::hint::spin_loop();
        }
        announced.push(started.elapsed());
    }
    Ok((median(times), median(announced)))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn is_missing(snapshot: &Snapshot, name: &zonesmith_zone::name::Name) -> bool {
    matches!(
        snapshot.zone_set.find(name.as_ref()),
        zonesmith_zone::zone_set::Answer::NoSuchName
    )
}

fn wait(handle: &Handle, is_there: impl Fn(&Snapshot) -> bool) -> anyhow::Result<()> {
    let started = Instant::now();
    while !handle.live().is_some_and(|snapshot| is_there(&snapshot)) {
        ensure!(
            started.elapsed() < PATIENCE,
            "nothing was published: {:?}",
            handle.report().refused
        );
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// As `wait`, for what takes microseconds.
fn spin(handle: &Handle, is_there: impl Fn(&Snapshot) -> bool) -> anyhow::Result<()> {
    let started = Instant::now();
    while !handle.live().is_some_and(|snapshot| is_there(&snapshot)) {
        ensure!(started.elapsed() < PATIENCE, "nothing was published");
        std::hint::spin_loop();
    }
    Ok(())
}

/// Resident memory of this process in bytes.
fn resident() -> anyhow::Result<usize> {
    let statm = fs::read_to_string("/proc/self/statm")?;
    let pages: usize = statm
        .split_whitespace()
        .nth(1)
        .context("read /proc/self/statm")?
        .parse()?;
    Ok(pages * 4096)
}
