//! Policies are promoted, rolled back, and roll back by themselves while `dnsperf` asks PowerDNS: no answer fails, and none is lost.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::json;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::{Document, cluster};
use zonesmith_tests::is_long;
use zonesmith_tests::policies::{self, FAULTY};
use zonesmith_tests::power_dns::PowerDns;

use crate::BINARY;

/// Services of the cluster.
const SERVICES: u32 = 60;

/// How long `dnsperf` asks before it is started again.
const SECONDS: u64 = 4;

/// Of them so many are sick: a policy with a fault fails for those, and for no other.
fn services(sick: u32) -> Document {
    (0..SERVICES).fold(cluster("demo").services(SERVICES), |document, number| {
        let word = if number < sick { "sick" } else { "healed" };
        let pointer = format!("/services/bulk~1svc~1s{number}/labels/{word}");
        document.set(&pointer, json!("yes"))
    })
}

/// All records of the zone but its SOA.
fn zone(daemon: &Daemon) -> BTreeSet<String> {
    daemon.zone("demo.")
}

/// Ends the load when it is dropped, also by a failing test, which would wait for it.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Promotes the faulty policy with these settings.
fn promote(daemon: &Daemon, settings: &str) {
    let file = daemon.candidate(&policies::bytes(FAULTY), settings);
    let loaded = daemon.policy(&["load", "--shadow", &file]);
    assert_eq!(loaded.word(), "shadowing", "{loaded:?}");
    let promoted = daemon.policy(&["promote"]);
    assert_eq!(promoted.word(), "published", "{promoted:?}");
}

#[test]
#[ignore = "needs pdns_server and dnsperf"]
fn no_answer_fails_while_policies_are_promoted_rolled_back_and_roll_back_by_themselves() {
    let rounds = if is_long() { 100 } else { 3 };
    let daemon = Start::new(BINARY, &services(0))
        .with_policy(FAULTY, "{}")
        .serve();
    let before = zone(&daemon);
    let server = PowerDns::start(&daemon.socket_path(), "demo");
    let questions: String = (0..SERVICES)
        .map(|number| format!("s{number}.bulk.svc.demo A\n"))
        .collect();
    let is_over = AtomicBool::new(false);
    let load = || {
        // One after the other: nobody knows how long the rounds take here.
        let mut loads = Vec::new();
        while !is_over.load(Ordering::Relaxed) {
            loads.push(server.dnsperf(&questions, SECONDS));
        }
        loads
    };
    thread::scope(|scope| {
        let over = Over(&is_over);
        let load = scope.spawn(load);
        for round in 0..rounds {
            promote(&daemon, r#"{"extra": "also"}"#);
            assert_ne!(zone(&daemon), before, "round {round}");
            let back = daemon.policy(&["rollback"]);
            assert_eq!(back.word(), "published", "round {round}: {back:?}");
            assert_eq!(zone(&daemon), before, "round {round}");
        }
        promote(&daemon, r#"{"fault": "trap-in-synthesize"}"#);
        daemon.set_cluster(&services(SERVICES / 3));
        let status = daemon.until("it is rolled back by itself", |status| {
            status.get("/rolled-back") != "null"
        });
        assert_eq!(status.get("/failing"), "[]", "{}", status.text());
        assert_eq!(zone(&daemon), before);
        drop(over);
        let loads = load.join().unwrap();
        for load in &loads {
            assert!(load.sent > 1_000, "{}", load.text);
            assert_eq!((load.lost, load.good), (0, load.sent), "{}", load.text);
        }
        let sent: u64 = loads.iter().map(|load| load.sent).sum();
        println!("{sent} questions by dnsperf, none lost, none failed");
    });
}
