//! What caches are worth that are purged exactly: questions a second through the recursor and at the authoritative server,
//! with ours against the template of the agent (all caches off but the recursor's records) and against what else there is
//! to choose, while services change; and what is stale with each, and for how long.
//!
//! `dnsperf` asks all rows in turn, round after round; medians count. What is stale is an alias: its own records do not change
//! when the name does that it leads to, so a cache of whole answers keeps it.
//!
//! `cargo bench --bench caches` (five minutes), `-- --short` for the gate: two rows, one round. Without the servers it says
//! so and ends.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench that cannot run says where"
)]

mod caches {
    pub(crate) mod pair;
}

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use caches::pair::{Pair, Place, ROWS};
use camino::Utf8Path;
use serde_json::{Map, Value, json};
use zonesmith::power_dns::program::Program;
use zonesmith::power_dns::recursor::Language;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::{Document, cluster};
use zonesmith_tests::power_dns::{dig, dnsperf};
use zonesmith_tests::until;
use zonesmith_zone::name::Name;

const BINARY: &str = env!("CARGO_BIN_EXE_zonesmith");

/// Changes of one service, in a second.
const CHANGES: u32 = 20;

/// The alias of the first service.
const ALIAS: &str = "alias.bench";

struct Extent {
    services: usize,
    rows: usize,
    rounds: usize,
    seconds: u64,
    /// Changes whose alias is watched.
    trials: usize,
}

fn main() {
    let is_short = std::env::args().any(|argument| argument == "--short");
    let path = std::env::var("PATH").ok();
    let programs =
        [Program::Authoritative, Program::Recursor].map(|program| program.find(path.as_deref()));
    let programs: Vec<_> = match programs.into_iter().collect::<Result<_, _>>() {
        Ok(programs) => programs,
        Err(error) => {
            println!("{error}; tests/run installs it");
            return;
        }
    };
    if Language::of(&programs[1].version) != Language::Lines {
        println!("the rows of this bench are for recursors before 5.1");
        return;
    }
    let extent = if is_short {
        Extent {
            services: 100,
            rows: 2,
            rounds: 1,
            seconds: 1,
            trials: 1,
        }
    } else {
        Extent {
            services: 1_000,
            rows: ROWS.len(),
            rounds: 7,
            seconds: 2,
            trials: 3,
        }
    };
    let places: Vec<_> = ROWS.iter().take(extent.rows).map(Place::new).collect();
    let sockets = |name: &str| {
        let paths = places
            .iter()
            .map(|place| place.directory().join(name).to_string());
        serde_json::to_string(&paths.collect::<Vec<_>>()).unwrap()
    };
    let configuration = format!(
        "janitor.authoritative = {}\njanitor.recursors = {}\n[[zones]]\napex = \"bench\"\nfile = \"more.zone\"\nmerge = true\n",
        sockets("pdns.controlsocket"),
        sockets("pdns_recursor.controlsocket"),
    );
    let daemon = Start {
        configuration,
        files: vec![(
            "more.zone",
            format!("{ALIAS}. 60 CNAME app0.ns.svc.bench.\n"),
        )],
        ..Start::new(BINARY, &document(extent.services, 0))
    }
    .serve();
    let zones = ["bench", "10.in-addr.arpa"].map(|zone| Name::parse(zone).unwrap());
    let socket = daemon.socket_path();
    let backend = Utf8Path::from_path(&socket).unwrap();
    let pairs: Vec<_> = places
        .iter()
        .map(|place| Pair::start(place, backend, &zones, &programs))
        .collect();
    for place in &places {
        for port in [place.authoritative, place.recursor] {
            until(
                "the server answers",
                || (address(port, ALIAS) == service_address(0, 0)).then_some(()),
                String::new,
            );
        }
    }
    speed(&daemon, &places, &extent);
    staleness(&daemon, &places, &extent);
    drop(pairs);
}

/// Questions a second, while services change.
fn speed(daemon: &Daemon, places: &[Place], extent: &Extent) {
    let kinds = [("hits", ""), ("misses", "absent.")];
    let files: Vec<PathBuf> = kinds
        .map(|(kind, prefix)| questions(daemon, kind, prefix, extent.services))
        .into();
    let is_over = AtomicBool::new(false);
    let changes = AtomicUsize::new(0);
    // By row, server and kind.
    let mut rates = vec![Vec::new(); places.len() * 4];
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let change = changes.fetch_add(1, Ordering::Relaxed) + 1;
                daemon.set_cluster(&document(extent.services, change));
                thread::sleep(Duration::from_secs(1) / CHANGES);
            }
        });
        for round in 0..=extent.rounds {
            for (row, place) in places.iter().enumerate() {
                for (server, port) in [place.recursor, place.authoritative]
                    .into_iter()
                    .enumerate()
                {
                    for (kind, file) in files.iter().enumerate() {
                        let load = dnsperf(port, file, extent.seconds);
                        // The first round fills the caches.
                        if round > 0 {
                            rates[row * 4 + server * 2 + kind].push(load.per_second());
                        }
                    }
                }
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    println!(
        "questions a second, median of {} rounds, during {} changes",
        extent.rounds,
        changes.load(Ordering::Relaxed)
    );
    println!(
        "{:<16} {:>14} {:>16} {:>13} {:>15}",
        "", "recursor hits", "recursor misses", "server hits", "server misses"
    );
    for (row, place) in places.iter().enumerate() {
        let median = |column: usize| {
            let mut rates = rates[row * 4 + column].clone();
            rates.sort_by(f64::total_cmp);
            rates[rates.len() / 2]
        };
        println!(
            "{:<16} {:>14.0} {:>16.0} {:>13.0} {:>15.0}",
            place.row.name,
            median(0),
            median(1),
            median(2),
            median(3)
        );
    }
}

/// How long an alias leads to an address that is gone, after the daemon was given the change.
fn staleness(daemon: &Daemon, places: &[Place], extent: &Extent) {
    println!(
        "{:<16} {:>22} {:>22}",
        "", "alias, server ms", "alias, recursor ms"
    );
    // Numbers that no change of the load had.
    let mut change = 1_000_000;
    for place in places {
        let mut longest = [Duration::ZERO; 2];
        for _ in 0..extent.trials {
            change += 1;
            let ports = [place.authoritative, place.recursor];
            for port in ports {
                let _ = address(port, ALIAS);
            }
            let expected = service_address(0, change);
            daemon.set_cluster(&document(extent.services, change));
            let since = Instant::now();
            for (longest, port) in longest.iter_mut().zip(ports) {
                until(
                    "the alias is right",
                    || (address(port, ALIAS) == expected).then_some(()),
                    String::new,
                );
                *longest = since.elapsed().max(*longest);
            }
        }
        println!(
            "{:<16} {:>22} {:>22}",
            place.row.name,
            longest[0].as_millis(),
            longest[1].as_millis()
        );
    }
}

/// The address that a server has for a name, the last of a chain.
fn address(port: u16, name: &str) -> String {
    let said = dig(port, &[name, "A", "+short", "+tries=1", "+time=1"]);
    said.lines().last().unwrap_or_default().to_owned()
}

/// A file for `dnsperf` with one name of each service.
fn questions(daemon: &Daemon, kind: &str, prefix: &str, services: usize) -> PathBuf {
    let file = daemon.path(kind);
    let lines = (0..services).map(|number| format!("{prefix}app{number}.ns.svc.bench A\n"));
    fs::write(&file, lines.collect::<String>()).unwrap();
    file
}

/// The cluster after so many changes: each gives one service another address, and the first one, too.
fn document(services: usize, change: usize) -> Document {
    let service = |number: usize| {
        let info = json!({ "ipaddr": service_address(number, last_change(number, services, change)), "expose": ["80/tcp"] });
        let resources = json!({ "ip#0": { "status": "up", "info": info } });
        let instance = json!({ "availability": "up", "resources": resources });
        (
            format!("ns/svc/app{number}"),
            json!({ "instances": { "n1": instance } }),
        )
    };
    let all: Map<String, Value> = (0..services).map(service).collect();
    cluster("bench").set("/services", Value::Object(all))
}

/// The last change that was this service's.
fn last_change(number: usize, services: usize, change: usize) -> usize {
    if number == 0 {
        return change;
    }
    // Each change is of the service whose turn it is.
    let since = (change + services - number) % services;
    change.saturating_sub(since)
}

/// The address that a service has since that change.
fn service_address(number: usize, change: usize) -> String {
    format!(
        "10.{}.{}.{}",
        64 + change % 128,
        (number >> 8) & 255,
        number & 255
    )
}
