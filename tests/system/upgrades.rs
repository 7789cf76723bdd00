//! The daemon is replaced again and again while everybody asks: `dnsperf` and a client that compares every octet, through
//! a real PowerDNS, and raw connections to the socket. No answer fails.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::datagram::Asker;
use zonesmith_tests::document::cluster;
use zonesmith_tests::is_long;
use zonesmith_tests::power_dns::PowerDns;
use zonesmith_tests::service_manager::ServiceManager;
use zonesmith_tests::socket::Socket;

use crate::BINARY;

/// Services of the cluster.
const SERVICES: u32 = 40;

/// Milliseconds that PowerDNS waits: longer than any start.
const PATIENCE: u32 = 30_000;

/// Upgrades in a row.
const UPGRADES: u32 = 10;

fn name(number: u32) -> String {
    format!("s{number}.bulk.svc.demo.")
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Does `work` while PowerDNS, which caches nothing, and raw clients ask; says how much was asked.
fn while_everybody_asks(daemon: &mut Daemon, seconds: u64, work: impl FnOnce(&mut Daemon)) {
    // Every question reaches the socket, and PowerDNS's own patience (2 s for a reply, 1.5 s in its queue) is not what is
    // shown here: a restart lasts as long as a start, on a busy machine longer than that.
    let lines = format!(
        "cache-ttl=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0\nzone-cache-refresh-interval=0\nqueue-limit={PATIENCE}\n\
         remote-connection-string=unix:path={},timeout={PATIENCE}\n",
        daemon.socket_path().display()
    );
    let server = PowerDns::start_with(&daemon.socket_path(), "demo", &lines);
    let questions: String = (0..SERVICES)
        .map(|number| format!("{} A\n", name(number)))
        .collect();
    let (is_over, asked) = (AtomicBool::new(false), AtomicU64::new(0));
    let path = daemon.socket_path();
    thread::scope(|scope| {
        let (is_over, asked, path, server) = (&is_over, &asked, &path, &server);
        let _over = Over(is_over);
        for _ in 0..3 {
            scope.spawn(move || {
                let over = Over(is_over);
                let mut socket = Socket::connect(path);
                let expected = socket.records(&name(1));
                assert_eq!(expected.len(), 1);
                while !is_over.load(Ordering::Relaxed) {
                    assert_eq!(socket.records(&name(1)), expected);
                    assert_eq!(Socket::connect(path).records(&name(1)), expected);
                    asked.fetch_add(2, Ordering::Relaxed);
                }
                std::mem::forget(over);
            });
        }
        scope.spawn(move || {
            let over = Over(is_over);
            let mut asker = Asker::new(server.port());
            while !is_over.load(Ordering::Relaxed) {
                for number in 0..SERVICES {
                    asker.ask(&name(number), 1).unwrap();
                }
                asked.fetch_add(u64::from(SERVICES), Ordering::Relaxed);
            }
            std::mem::forget(over);
        });
        let load = scope.spawn(move || server.dnsperf(&questions, seconds));
        work(daemon);
        let load = load.join().unwrap();
        is_over.store(true, Ordering::Relaxed);
        assert!(load.sent > 1_000, "{}", load.text);
        assert_eq!((load.lost, load.good), (0, load.sent), "{}", load.text);
        println!("{} questions by dnsperf, none lost, none failed", load.sent);
    });
    println!("{} questions by others", asked.load(Ordering::Relaxed));
}

/// The pauses that the daemons tell of in their log.
fn pauses(daemon: &Daemon) {
    for line in daemon.log().lines() {
        if line.contains("the pause is over") {
            println!("{line}");
        }
    }
}

#[test]
#[ignore = "needs pdns_server and dnsperf"]
fn no_client_notices_ten_upgrades() {
    let seconds = if is_long() { 30 } else { 10 };
    let mut daemon = Start::new(BINARY, &cluster("demo").services(SERVICES)).serve();
    while_everybody_asks(&mut daemon, seconds, |daemon| {
        let begun = Instant::now();
        for round in 1..=UPGRADES {
            let before = daemon.status().number("/zones/0/serial");
            assert_eq!(
                daemon.upgrade().code(),
                Some(0),
                "round {round}: {}",
                daemon.log()
            );
            let after = daemon.status().number("/zones/0/serial");
            assert!(after > before, "round {round}: {before}, then {after}");
            // Evenly over the time of the load: its own clock, nothing is waited for.
            let due = Duration::from_secs(seconds) * round / UPGRADES;
            thread::sleep(due.saturating_sub(begun.elapsed()));
        }
    });
    pauses(&daemon);
}

#[test]
#[ignore = "needs pdns_server and dnsperf"]
fn no_client_notices_restarts_under_a_service_manager() {
    let (seconds, restarts) = if is_long() { (30, 10) } else { (8, 3) };
    let start = Start::new(BINARY, &cluster("demo").services(SERVICES));
    let mut daemon = start.prepare();
    let mut manager = ServiceManager::start(&daemon.path("notify"));
    daemon.start_under(&manager);
    manager.until("READY=1");
    while_everybody_asks(&mut daemon, seconds, |daemon| {
        let begun = Instant::now();
        for round in 1..=restarts {
            let stopped = Instant::now();
            daemon.signal("TERM");
            let status = daemon.ended_under(&mut manager);
            assert_eq!(status.code(), Some(0), "round {round}: {}", daemon.log());
            daemon.start_under(&manager);
            manager.until("READY=1");
            println!("restarted in {:?}", stopped.elapsed());
            let due = Duration::from_secs(seconds) * round / restarts;
            thread::sleep(due.saturating_sub(begun.elapsed()));
        }
    });
}
