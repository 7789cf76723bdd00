//! A large cluster in an etcd of three members that changes all the time, while one of them is killed and history is
//! compacted: what is served in the end is what a daemon that starts then reads, and each change is served soon.

use std::fs;
use std::net::Ipv4Addr;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use zonesmith::etcd::connection::open_any;
use zonesmith::etcd::message::{Operation, PutRequest, Request, TransactionRequest};
use zonesmith::etcd::{EtcdAccess, EtcdAddress};
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::cluster;
use zonesmith_tests::etcd::Etcd;
use zonesmith_tests::is_long;
use zonesmith_tests::publisher::Publisher;
use zonesmith_tests::status::Status;

use crate::BINARY;

/// Changes a second.
const RATE: u32 = 20;

/// How long publishing and reading everything may take, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(900);

struct Load {
    services: u32,
    instances: u32,
    seconds: u32,
}

fn load() -> Load {
    if is_long() {
        Load {
            services: 10_000,
            instances: 15,
            seconds: 300,
        }
    } else {
        Load {
            services: 200,
            instances: 5,
            seconds: 9,
        }
    }
}

fn address(number: u32) -> Ipv4Addr {
    Ipv4Addr::from((10 << 24) + number)
}

fn instance(address: Ipv4Addr, hostname: &str) -> serde_json::Value {
    let info = json!({ "ipaddr": address, "hostname": hostname, "expose": ["80/tcp"] });
    json!({ "availability": "up", "resources": { "ip#0": { "status": "up", "info": info } } })
}

/// The document, as a text: a tree of it would be large.
fn document(load: &Load) -> String {
    let nodes: Vec<_> = (0..load.instances)
        .map(|node| {
            format!(
                r#""n{node}":{{"score":50,"addresses":["10.255.0.{}"]}}"#,
                node + 1
            )
        })
        .collect();
    let services: Vec<_> = (0..load.services)
        .map(|service| {
            let instances: Vec<_> = (0..load.instances)
                .map(|node| {
                    let address = address(service * load.instances + node);
                    format!(r#""n{node}":{}"#, instance(address, &format!("h{node}")))
                })
                .collect();
            format!(
                r#""bulk/svc/s{service}":{{"instances":{{{}}}}}"#,
                instances.join(",")
            )
        })
        .collect();
    format!(
        r#"{{"cluster":{{"name":"c1","dns":["10.0.0.1"],"nodes":{{{}}}}},"services":{{{}}}}}"#,
        nodes.join(","),
        services.join(",")
    )
}

fn follow(etcd: &Etcd) -> Daemon {
    Start {
        arguments: vec!["--source".to_owned(), etcd.source()],
        ..Start::new(BINARY, &cluster("unused"))
    }
    .spawn()
}

/// Waits longer than a harness does.
fn patiently(what: &str, mut is_so: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "still not so: {what}");
        thread::sleep(Duration::from_millis(20));
    }
    start.elapsed()
}

fn is_served(daemon: &Daemon, load: &Load) -> bool {
    Status::ask(&daemon.admin_path()).is_some_and(|status| {
        let services = status.number("/sources/0/services");
        status.generation() > 0 && services == u64::from(load.services)
    })
}

/// Everything that is served, without the serials.
fn zones(daemon: &Daemon) -> String {
    let zones = ["c1", "10.in-addr.arpa"].map(|zone| {
        let dumped = daemon.run(&["dump", zone, "--format", "zone"]).good();
        let lines: Vec<_> = dumped
            .lines()
            .filter(|line| !line.contains("SOA"))
            .collect();
        lines.join("\n")
    });
    zones.join("\n")
}

/// Percentiles, and how many took how long.
fn print(what: &str, mut times: Vec<Duration>) -> Duration {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 1000];
    println!(
        "{what}: {} changes, p50 {:?}, p90 {:?}, p99 {:?}, p99.9 {:?}, longest {:?}",
        times.len(),
        at(500),
        at(900),
        at(990),
        at(999),
        at(1000)
    );
    let mut least = Duration::ZERO;
    for most in [1, 2, 5, 10, 20, 50, 100, 500, 1000, 5000, 60_000].map(Duration::from_millis) {
        let count = times
            .iter()
            .filter(|time| least <= **time && **time < most)
            .count();
        println!("  under {most:>6?} {count:>6}");
        least = most;
    }
    at(990)
}

/// One instance, written anew.
fn write(service: u32, node: u32, moved: Ipv4Addr) -> TransactionRequest {
    let put = PutRequest {
        key: format!("/dns/c1/services/bulk/svc/s{service}/n{node}").into_bytes(),
        value: instance(moved, &format!("h{node}"))
            .to_string()
            .into_bytes(),
        lease: 0,
    };
    let request = Some(Request::Put(put));
    TransactionRequest {
        success: vec![Operation { request }],
        ..TransactionRequest::default()
    }
}

#[test]
#[ignore = "needs etcd"]
fn a_large_cluster_that_changes_is_served_as_it_is_whatever_happens_to_the_etcd() {
    let load = load();
    let mut etcd = Etcd::start(
        3,
        &["--heartbeat-interval", "100", "--election-timeout", "1000"],
    );
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("cluster.json");
    fs::write(&file, document(&load)).unwrap();
    let source = etcd.source();
    let publisher = Publisher::with(BINARY, &[file.to_str().unwrap(), "--once", "--to", &source]);
    patiently("everything is published", || {
        publisher.log().contains("keys written")
    });
    println!("{}", publisher.log().trim());
    let daemon = follow(&etcd);
    let taken = patiently("everything is served", || is_served(&daemon, &load));
    println!(
        "{} services of {} instances served {taken:?} after the start",
        load.services, load.instances
    );
    daemon.until_listening();

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let address_of: EtcdAddress = source.trim_start_matches("etcd:").parse().unwrap();
    let access = EtcdAccess::default();
    let (mut sent_to_answer, mut written_to_answer) = (Vec::new(), Vec::new());
    let mut socket = daemon.connect();
    let mut connection = None;
    let changes = load.seconds * RATE;
    let start = Instant::now();
    for change in 0..changes {
        if change == changes / 3 {
            etcd.kill(0);
        } else if change == changes / 2 {
            let fields = etcd.control(&["get", "/dns/c1/cluster", "--write-out", "fields"]);
            let revision = fields
                .lines()
                .find_map(|line| line.strip_prefix("\"Revision\" : "));
            etcd.control(&["compact", revision.unwrap()]);
        } else if change == changes * 2 / 3 {
            etcd.start_again(0);
        }
        if let Some(pause) =
            (start + Duration::from_secs(1) / RATE * change).checked_duration_since(Instant::now())
        {
            thread::sleep(pause);
        }
        // 7919 is prime: every service and every node has its turn.
        let service = change * 7919 % load.services;
        let node = change % load.instances;
        let moved = address((1 << 23) + change);
        let request = write(service, node, moved);
        // A member that is killed, or looks for a leader, takes nothing: what is measured is a change that was made.
        let sent = loop {
            let sent = Instant::now();
            let written = runtime.block_on(async {
                if connection.is_none() {
                    connection = open_any(&address_of, &access)
                        .await
                        .ok()
                        .map(|(_, opened)| opened);
                }
                connection.as_ref()?.write(request.clone()).await.ok()
            });
            match written {
                Some(()) => break sent,
                None => connection = None,
            }
        };
        let written = Instant::now();
        let name = format!("h{node}.s{service}.bulk.svc.c1.");
        let expected = format!("{name} 60 A {moved}");
        while socket.records(&name) != [expected.as_str()] {
            assert!(
                written.elapsed() < Duration::from_secs(60),
                "{name} is not {moved}: {}",
                daemon.log()
            );
            thread::sleep(Duration::from_micros(100));
        }
        sent_to_answer.push(sent.elapsed());
        written_to_answer.push(written.elapsed());
    }
    print(
        "from the request to the answer, etcd's own disk included",
        sent_to_answer,
    );
    print("from the event to the answer", written_to_answer);
    println!("memory of the daemon: {}", resident(&daemon));

    is_as_read_anew(&daemon, &etcd, &load);
}

/// What is served is what another daemon reads now.
fn is_as_read_anew(daemon: &Daemon, etcd: &Etcd, load: &Load) {
    let fresh = follow(etcd);
    patiently("everything is served", || is_served(&fresh, load));
    fresh.until_listening();
    let (served, read) = (zones(daemon), zones(&fresh));
    assert!(served.len() > 10_000, "{served}");
    assert!(served == read, "what is served is not what is there");
}

fn resident(daemon: &Daemon) -> String {
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    line.unwrap_or_default().to_owned()
}
