//! What the daemon holds in memory for a large cluster: 10,000 services of 15 instances, each instance with an address, a
//! hostname and a port of its own.
//!
//! The real binary, a process for each row: resident memory once the cluster is served and what it took at its peak; from a
//! file, and from an agent that is followed, which then comes again and tells everything a second time. With the rules that
//! CoreDNS has, too (services, hostnames, SRV, PTR), it is set beside the formula that CoreDNS publishes for itself
//! (`coredns/deployment`, `Scaling_CoreDNS.md`: (pods + services) / 1000 + 54 MB with its default settings); with all rules, by record.
//! Figures are printed, never judged: `--short` runs smaller clusters by the same code.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs};

use anyhow::{Context as _, ensure};
use zonesmith_tests::agent::Agent;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::cluster;
use zonesmith_tests::large::{Extent, document, replay, status};

const BINARY: &str = env!("CARGO_BIN_EXE_zonesmith");

/// Longest wait for a whole cluster to be served: a build that is not optimised needs a minute.
const PATIENCE: Duration = Duration::from_secs(600);

/// How long resident memory must stay the same to be taken for what is held.
const CALM: Duration = Duration::from_secs(2);

/// Rules that CoreDNS has nothing like.
const RULES_OF_COREDNS: &str = "[[policy]]\nfile = \"default\"\nsettings = { rules = { resource-index = false, node = false } }\n";

fn main() -> anyhow::Result<()> {
    let is_short = env::args().any(|argument| argument == "--short");
    let extent = if is_short {
        Extent {
            services: 200,
            instances: 15,
        }
    } else {
        Extent {
            services: 10_000,
            instances: 15,
        }
    };
    let Extent {
        services,
        instances,
    } = extent;
    let formula = (services * instances + services) as f64 / 1000.0 + 54.0;
    println!("{services} services of {instances} instances; CoreDNS's formula: {formula:.0} MB");
    println!(
        "{:>16} {:>14} {:>9} {:>9} {:>9} {:>11} {:>9}",
        "source", "rules", "records", "held MB", "peak MB", "B a record", "served s"
    );
    for (rules, configuration) in [("CoreDNS's", RULES_OF_COREDNS), ("all", "")] {
        let mut start = Start::new(BINARY, &cluster("bench"));
        start.cluster = document(extent).into_bytes();
        configuration.clone_into(&mut start.configuration);
        let (daemon, served) = serve(start, extent)?;
        print("file", rules, &daemon, served);
        drop(daemon);

        let directory = tempfile::tempdir()?;
        let socket = directory.path().join("http.sock");
        let agent = Agent::start(&socket, status(), replay(extent));
        let mut start = Start::new(BINARY, &cluster("unused"));
        start.arguments = vec!["--source".to_owned(), agent.source()];
        configuration.clone_into(&mut start.configuration);
        let (daemon, served) = serve(start, extent)?;
        print("agent", rules, &daemon, served);
        agent.hang_up();
        let started = Instant::now();
        while agent.listeners() == 0 {
            ensure!(
                started.elapsed() < PATIENCE,
                "the daemon does not come again"
            );
            thread::sleep(Duration::from_millis(10));
        }
        print("agent, again", rules, &daemon, started.elapsed());
    }
    Ok(())
}

/// A daemon that serves all of the cluster, and how long it took.
fn serve(start: Start, extent: Extent) -> anyhow::Result<(Daemon, Duration)> {
    let started = Instant::now();
    let daemon = start.spawn();
    let wanted = u64::try_from(extent.services * extent.instances * 4)?;
    loop {
        let records = zonesmith_tests::status::Status::ask(&daemon.admin_path())
            .map_or(0, |status| status.number("/records"));
        if records >= wanted {
            return Ok((daemon, started.elapsed()));
        }
        ensure!(started.elapsed() < PATIENCE, "not served: {}", daemon.log());
        thread::sleep(Duration::from_millis(50));
    }
}

fn print(source: &str, rules: &str, daemon: &Daemon, served: Duration) {
    let figures = || -> anyhow::Result<String> {
        let held = settled(daemon.id())?;
        let peak = of_process(daemon.id(), "VmHWM:")?;
        let records = daemon.status().number("/records");
        let megabytes = |octets: u64| octets as f64 / 1e6;
        Ok(format!(
            "{records:>9} {:>9.1} {:>9.1} {:>11.1} {:>9.1}",
            megabytes(held),
            megabytes(peak),
            held as f64 / records as f64,
            served.as_secs_f64()
        ))
    };
    let figures = figures().unwrap_or_else(|error| format!("{error:#}"));
    println!("{source:>16} {rules:>14} {figures}");
}

/// Resident memory when it does not move any more.
fn settled(id: u32) -> anyhow::Result<u64> {
    let started = Instant::now();
    let (mut last, mut since) = (of_process(id, "VmRSS:")?, Instant::now());
    while since.elapsed() < CALM && started.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(100));
        let now = of_process(id, "VmRSS:")?;
        // A page or two come and go with each question.
        if now.abs_diff(last) > 1 << 20 {
            (last, since) = (now, Instant::now());
        }
    }
    of_process(id, "VmRSS:")
}

/// A line of `/proc/ID/status`, in octets.
fn of_process(id: u32, line: &str) -> anyhow::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/status"))?;
    let found = text.lines().find_map(|row| row.strip_prefix(line));
    let kibibytes: u64 = found
        .and_then(|rest| rest.split_whitespace().next())
        .context("read the memory of the daemon")?
        .parse()?;
    Ok(kibibytes * 1024)
}
