//! Through the real PowerDNS: our backend against its own bind backend on the same zone with the same settings of its
//! caches, as a ratio in the same run; and how long a transfer through `zonesmith pipe` takes, at two sizes.
//!
//! `dnsperf` asks both servers in turn for the same names, after each has been asked once for all of them; the median of
//! the ratios counts (goal 0.95). What a query costs the server's processor is firmer than what passes in a second, since
//! who asks is on the same machine. A transfer is timed until its second SOA (goals: 100,000 records in 10 s at PowerDNS's
//! default timeout, five times as many in five times that).
//!
//! `cargo bench --bench power_dns` (four minutes), `-- --short` for the gate: a small zone, one round. Without PowerDNS
//! it says so and ends.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench that cannot run says where"
)]

mod power_dns {
    pub(crate) mod cluster;
    pub(crate) mod transfer;
}

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use power_dns::cluster::{APEX, RECORDS_OF_A_SERVICE, absent_names, document, names};
use power_dns::transfer::transfer;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::power_dns::PowerDns;

const BINARY: &str = env!("CARGO_BIN_EXE_zonesmith");

/// Settings both servers have, by the name that a row gets.
const CACHES: [(&str, &str); 2] = [
    (
        "query caches",
        "cache-ttl=0\nquery-cache-ttl=3600\nnegquery-cache-ttl=3600",
    ),
    (
        "all caches",
        "cache-ttl=20\nquery-cache-ttl=3600\nnegquery-cache-ttl=3600",
    ),
];

/// Names that are asked for, fewer than any cache holds.
const NAMES: usize = 10_000;

struct Extent {
    services: usize,
    rounds: usize,
    seconds: u64,
    transfers: &'static [usize],
}

fn main() {
    let is_short = std::env::args().any(|argument| argument == "--short");
    if Command::new("pdns_server")
        .arg("--version")
        .output()
        .is_err()
        && !Path::new("/usr/sbin/pdns_server").exists()
    {
        println!("there is no pdns_server here: tests/run installs it");
        return;
    }
    let extent = if is_short {
        Extent {
            services: 500,
            rounds: 1,
            seconds: 1,
            transfers: &[4_000, 20_000],
        }
    } else {
        Extent {
            services: 12_500,
            rounds: 7,
            seconds: 2,
            transfers: &[100_000, 500_000],
        }
    };
    queries(&extent);
    transfers(&extent);
}

fn queries(extent: &Extent) {
    let daemon = Start::new(BINARY, &document(extent.services)).serve();
    let zone = daemon.path("zone");
    fs::write(
        &zone,
        daemon.run(&["dump", APEX, "--format", "zone"]).good(),
    )
    .unwrap();
    let named = daemon.path("named.conf");
    fs::write(
        &named,
        format!(
            "zone \"{APEX}\" {{ type master; file \"{}\"; }};\n",
            zone.display()
        ),
    )
    .unwrap();
    println!(
        "caches        questions  ours/bind (least–most)  ours q/s  bind q/s  ours µs  bind µs"
    );
    for (caches, lines) in CACHES {
        let ours = PowerDns::start_with(&daemon.socket_path(), APEX, lines);
        let backend = format!("launch=bind\nbind-config={}\n{lines}", named.display());
        let bind = PowerDns::run(&backend, APEX);
        for (kind, questions) in [
            ("hits", names(extent.services, NAMES)),
            ("misses", absent_names(extent.services, NAMES)),
        ] {
            // Each name once, without counting.
            for server in [&ours, &bind] {
                let _ = server.dnsperf(&questions, extent.seconds);
            }
            let mut rows = Vec::new();
            for _ in 0..extent.rounds {
                rows.push((
                    Slice::of(&ours, &questions, extent.seconds),
                    Slice::of(&bind, &questions, extent.seconds),
                ));
            }
            let of = |figure: fn(&(Slice, Slice)) -> f64| {
                let mut figures: Vec<f64> = rows.iter().map(figure).collect();
                figures.sort_by(f64::total_cmp);
                figures
            };
            let ratios = of(|(ours, bind)| ours.per_second / bind.per_second);
            println!(
                "{caches:<12}  {kind:<9}  {:>9.2} ({:.2}–{:.2})  {:>8.0}  {:>8.0}  {:>7.1}  {:>7.1}",
                median(&ratios),
                ratios.first().unwrap(),
                ratios.last().unwrap(),
                median(&of(|(ours, _)| ours.per_second)),
                median(&of(|(_, bind)| bind.per_second)),
                median(&of(|(ours, _)| ours.cost)),
                median(&of(|(_, bind)| bind.cost)),
            );
        }
    }
}

/// What one server did in one slice.
struct Slice {
    per_second: f64,
    /// Microseconds of the server's processor time for a query.
    cost: f64,
}

impl Slice {
    fn of(server: &PowerDns, questions: &str, seconds: u64) -> Self {
        let before = server.cpu_time();
        let load = server.dnsperf(questions, seconds);
        let used: Duration = server.cpu_time() - before;
        let answered = u32::try_from(load.sent - load.lost).map_or(f64::NAN, f64::from);
        Self {
            per_second: load.per_second(),
            cost: used.as_secs_f64() * 1e6 / answered,
        }
    }
}

fn transfers(extent: &Extent) {
    println!("records  through          timeout      s   µs/record");
    for &records in extent.transfers {
        let daemon = Start::new(BINARY, &document(records / RECORDS_OF_A_SERVICE)).serve();
        for timeout in [2_000, 0] {
            let server = PowerDns::run(&bridge(&daemon, timeout), APEX);
            let (received, time) = transfer(server.port(), APEX);
            println!(
                "{received:>7}  zonesmith pipe   {timeout:>7}  {:>5.2}  {:>10.1}",
                time.as_secs_f64(),
                time.as_secs_f64() * 1e6 / u32::try_from(received).map_or(f64::NAN, f64::from),
            );
        }
    }
}

fn bridge(daemon: &Daemon, timeout: u32) -> String {
    format!(
        "launch=remote\nremote-connection-string=pipe:command={BINARY} pipe --socket {},timeout={timeout}\n\
         distributor-threads=1",
        daemon.socket_path().display()
    )
}

fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
