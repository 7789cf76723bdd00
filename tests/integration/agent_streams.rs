//! Recorded agents, and somebody who looks at the zone all the time: whatever the agent does, the zone is what the services
//! are, and no name of a service that lives was away in between.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use zonesmith_tests::agent::{Agent, recording};
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::cluster;
use zonesmith_tests::observer::Observer;
use zonesmith_tests::{is_long, until};

use crate::{BINARY, ROOT};

/// Of the recordings: a service that no recording touches, and one that others fail over.
const KEPT: &str = "cache.ns1.svc.cluster1.";

fn fixture(name: &str) -> PathBuf {
    Path::new(ROOT).join("tests/fixtures/om3").join(name)
}

fn status(name: &str) -> Vec<u8> {
    fs::read(fixture(&format!("{name}.json"))).unwrap()
}

fn stream(name: &str) -> (Vec<u8>, Vec<u8>) {
    recording(&fixture(&format!("events/{name}.http")))
}

/// An agent, and a daemon that follows it.
struct Followed {
    agent: Agent,
    daemon: Daemon,
    _directory: tempfile::TempDir,
}

/// `before` is the state in which the recording of `name` begins; its live part is given back.
fn follow(before: &str, name: &str, configuration: &str) -> (Followed, Vec<u8>) {
    let directory = tempfile::tempdir().unwrap();
    let (replay, live) = stream(name);
    let agent = Agent::start(&directory.path().join("http.sock"), status(before), replay);
    let mut start = Start::new(BINARY, &cluster("unused"));
    start.arguments = vec!["--source".to_owned(), agent.source()];
    configuration.clone_into(&mut start.configuration);
    let daemon = start.serve();
    let followed = Followed {
        agent,
        daemon,
        _directory: directory,
    };
    (followed, live)
}

/// What a daemon serves in a zone, without what is other by its nature: serials, and scores, which lag on purpose.
fn zone(daemon: &Daemon, apex: &str) -> Vec<String> {
    let dump = daemon.run(&["dump", apex, "--format", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&dump.output)
        .unwrap_or_else(|error| panic!("no rows: {error}: {dump:?}\n{}", daemon.log()));
    let mut lines: Vec<_> = rows
        .iter()
        .filter(|row| row["qtype"] != "SOA")
        .map(|row| {
            let content = row["content"].as_str().unwrap_or_default();
            let content = match content.splitn(3, ' ').collect::<Vec<_>>().as_slice() {
                [priority, _, rest] if row["qtype"] == "SRV" => format!("{priority} - {rest}"),
                _ => content.to_owned(),
            };
            format!("{} {} {content}", row["qname"], row["qtype"])
        })
        .collect();
    lines.sort();
    lines
}

/// What a daemon serves that reads this recorded status.
fn wanted(name: &str, apex: &str) -> Vec<String> {
    let mut start = Start::new(BINARY, &cluster("unused"));
    start.cluster = status(name);
    zone(&start.serve(), apex)
}

fn until_zone(daemon: &Daemon, apex: &str, wanted: &[String]) {
    until(
        "the zone is what the services are",
        || (zone(daemon, apex) == wanted).then_some(()),
        || {
            format!(
                "wanted {wanted:#?}, found {:#?}\n{}",
                zone(daemon, apex),
                daemon.log()
            )
        },
    );
}

/// The first status of an agent, which has just started whenever this is run.
fn just_started() -> Vec<u8> {
    let text = String::from_utf8(status("30-just-after-restart")).unwrap();
    text.replace("2026-11-23T17:40:39.72199691Z", "2999-01-01T00:00:00Z")
        .into_bytes()
}

impl Followed {
    fn until_followed_again(&self) {
        until(
            "the daemon has come again",
            || (self.agent.listeners() == 1).then_some(()),
            || self.daemon.log(),
        );
    }

    fn observe(&self, names: &[&str]) -> Observer {
        Observer::of_names(&self.daemon.socket_path(), "cluster1.", names)
    }
}

#[test]
fn changes_deletions_and_a_peer_that_is_given_up_leave_what_the_services_are() {
    for (name, before, after, kept) in [
        (
            "04-start-web",
            "02-created-down",
            "04-start-web",
            "front.root.svc.cluster1.",
        ),
        (
            "06-change-address",
            "04-start-web",
            "06b-address-up",
            "front.root.svc.cluster1.",
        ),
        // A tombstone, and each deletion twice.
        (
            "14-delete-front",
            "06b-address-up",
            "14-delete-front",
            "web.ns1.svc.cluster1.",
        ),
        ("22-cni-start", "22a-cni-stopped", "22b-cni-started", KEPT),
        ("23-cni-restart", "22b-cni-started", "23-cni-restart", KEPT),
        (
            "63-failover-switch",
            "62-failover-start",
            "63-failover-switch",
            "api.ns2.svc.cluster1.",
        ),
        // The peer's own are gone; what it shared with others stays.
        (
            "68-peer-agent-stop",
            "64-flex-start",
            "68b-peer-forgotten",
            "wide.ns2.svc.cluster1.",
        ),
        // Configurations, labels and networks, as they are asked for now.
        ("80-config", "80-head", "80-after", "web.ns1.svc.cluster1."),
    ] {
        let (followed, live) = follow(before, name, "");
        let observer = followed.observe(&[kept, "ns1.cluster1."]);
        // Some of it, then all: octets do not come as events.
        for part in live.chunks(1000) {
            followed.agent.write(part);
        }
        until_zone(&followed.daemon, "cluster1", &wanted(after, "cluster1"));
        observer.finish();
    }
}

#[test]
fn a_peer_that_is_given_up_stays_where_that_is_configured() {
    let configuration = "[opensvc]\nkeep-dropped-peers = true\n";
    let (followed, live) = follow("64-flex-start", "68-peer-agent-stop", configuration);
    let before = zone(&followed.daemon, "cluster1");
    let observer = followed.observe(&["wide.ns2.svc.node2.node.cluster1.", KEPT]);
    followed.agent.write(&live);
    // What comes after it is served, so it was heard.
    let told = json!({
        "path": "ns1/svc/new", "node": "node1",
        "instance_status": { "avail": "up", "resources": { "ip#0": { "status": "up", "info": { "ipaddr": "10.80.0.77" } } } },
    });
    followed.agent.tell("InstanceStatusUpdated", &told);
    let new = "new.ns1.svc.cluster1.";
    followed
        .daemon
        .until_records(new, &["new.ns1.svc.cluster1. 60 A 10.80.0.77"]);
    let after = zone(&followed.daemon, "cluster1");
    assert!(before.iter().all(|line| after.contains(line)), "{after:#?}");
    observer.finish();
}

#[test]
fn a_stop_a_kill_and_a_start_of_the_agent_take_nothing_away() {
    let stop = "34-agent-stop-recommended-filters";
    let (followed, live) = follow("12-node-freeze", stop, "");
    let before = zone(&followed.daemon, "cluster1");
    let names = [
        "web.ns1.svc.cluster1.",
        "db.ns1.svc.cluster1.",
        "pod.ns1.svc.cluster1.",
        KEPT,
    ];
    let observer = followed.observe(&names);
    // It deletes everything, hangs up, and comes again without knowing anything.
    let (replay, start) = stream("35-agent-start-recommended-filters");
    followed.agent.set(just_started(), replay);
    followed.agent.write(&live);
    followed.agent.hang_up();
    followed.until_followed_again();
    assert_eq!(zone(&followed.daemon, "cluster1"), before);
    // Killed while it starts: half an event, and nothing.
    followed.agent.write(start.get(..start.len() / 2).unwrap());
    followed.agent.hang_up();
    followed.until_followed_again();
    followed.agent.write(&start);
    followed
        .daemon
        .until("the agent is followed again", |status| {
            status.get("/sources/0/state") == r#""live""#
        });
    observer.finish();
    assert_eq!(zone(&followed.daemon, "cluster1"), before);
}

#[test]
fn a_cluster_that_is_renamed_has_its_new_zone_when_its_old_one_goes() {
    let (followed, live) = follow("12-node-freeze", "53-cluster-rename", "");
    let observer = Observer::start(&followed.daemon.socket_path(), |socket| {
        // The old one first: when it is gone, the new one has come.
        let is_there = ["cluster1.", "cluster2."]
            .iter()
            .any(|apex| !socket.records(&format!("web.ns1.svc.{apex}")).is_empty());
        (!is_there).then(|| "neither name is there".to_owned())
    });
    followed.agent.write(&live);
    until_zone(
        &followed.daemon,
        "cluster2",
        &wanted("53-cluster-rename", "cluster2"),
    );
    observer.finish();
    assert!(followed.daemon.records("web.ns1.svc.cluster1.").is_empty());
}

#[test]
fn nothing_is_lost_through_cuts_of_the_stream_at_random_octets() {
    let (name, before, after) = ("06-change-address", "04-start-web", "06b-address-up");
    let (followed, live) = follow(before, name, "");
    let (replay, _) = stream(name);
    let observer = followed.observe(&["web.ns1.svc.cluster1.", "front.root.svc.cluster1."]);
    let mut random = 0x5eed_u64;
    for _ in 0..if is_long() { 100 } else { 10 } {
        followed.until_followed_again();
        // The constants of Knuth's generator; its high octets are the random ones.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let place = usize::try_from(random >> 33).unwrap() % (replay.len() + live.len());
        if let Some(cut) = place.checked_sub(replay.len()) {
            followed.agent.write(live.get(..cut).unwrap());
        } else {
            // Whoever comes next is cut within the replay.
            followed
                .agent
                .set(status(before), replay.get(..place).unwrap().to_vec());
        }
        // What was written is read, or is not: both are cuts.
        thread::sleep(Duration::from_millis(random >> 60));
        followed.agent.hang_up();
        followed.until_followed_again();
        followed.agent.set(status(before), replay.clone());
        followed.agent.hang_up();
    }
    followed.until_followed_again();
    followed.agent.write(&live);
    until_zone(&followed.daemon, "cluster1", &wanted(after, "cluster1"));
    observer.finish();
}
