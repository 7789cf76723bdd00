//! A daemon that follows an OpenSVC agent: the agent's word on one side, the zone on the other.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use zonesmith_tests::agent::{Agent, recording};
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::cluster;
use zonesmith_tests::until;

use crate::{BINARY, ROOT};

fn fixture(name: &str) -> PathBuf {
    Path::new(ROOT).join("tests/fixtures/om3").join(name)
}

fn status(name: &str) -> Vec<u8> {
    fs::read(fixture(&format!("{name}.json"))).unwrap()
}

fn stream(name: &str) -> (Vec<u8>, Vec<u8>) {
    recording(&fixture(&format!("events/{name}.http")))
}

/// A daemon that follows the agent.
fn follow(agent: &Agent) -> Daemon {
    let mut start = Start::new(BINARY, &cluster("unused"));
    start.arguments = vec!["--source".to_owned(), agent.source()];
    start.serve()
}

/// The first status of an agent, which has just started whenever this is run.
fn just_started() -> Vec<u8> {
    let text = String::from_utf8(status("30-just-after-restart")).unwrap();
    text.replace("2026-11-23T17:40:39.72199691Z", "2999-01-01T00:00:00Z")
        .into_bytes()
}

fn instance(path: &str, address: &str) -> Value {
    let resources = json!({ "ip#1": { "status": "up", "type": "ip.cni", "info": { "ipaddr": address, "expose": [] } } });
    let status = json!({ "avail": "up", "overall": "up", "resources": resources });
    json!({ "path": path, "node": "node1", "instance_status": status })
}

const POD: &str = "pod.ns1.svc.cluster1.";

#[test]
fn the_zone_follows_what_the_agent_tells() {
    let directory = tempfile::tempdir().unwrap();
    let (replay, live) = stream("22-cni-start");
    let agent = Agent::start(
        &directory.path().join("http.sock"),
        status("22a-cni-stopped"),
        replay,
    );
    let daemon = follow(&agent);
    let said = daemon.status();
    assert!(
        said.get("/sources/0/format").contains("v3"),
        "{}",
        said.text()
    );
    assert!(
        said.get("/sources/0/source").contains("opensvc:"),
        "{}",
        said.text()
    );
    assert!(daemon.records(POD).is_empty());
    agent.write(&live);
    daemon.until_records(POD, &["pod.ns1.svc.cluster1. 60 A 10.22.0.3"]);
    // One service, one change.
    let generation = daemon.status().generation();
    agent.tell(
        "InstanceStatusUpdated",
        &instance("ns1/svc/pod", "10.22.0.9"),
    );
    daemon.until_records(POD, &["pod.ns1.svc.cluster1. 60 A 10.22.0.9"]);
    assert_eq!(daemon.status().generation(), generation + 1);
    let gone =
        json!({ "path": "ns1/svc/pod", "node": "node1", "peer_drop_at": "0001-01-01T00:00:00Z" });
    agent.tell("InstanceStatusDeleted", &gone);
    agent.tell("InstanceStatusDeleted", &gone);
    daemon.until_records(POD, &[]);
}

#[test]
fn an_upgrade_of_the_agent_takes_no_name_away() {
    let directory = tempfile::tempdir().unwrap();
    let (replay, _) = stream("34-agent-stop-recommended-filters");
    let agent = Agent::start(
        &directory.path().join("http.sock"),
        status("12-node-freeze"),
        replay,
    );
    let daemon = follow(&agent);
    let before = daemon.run(&["dump", "cluster1"]).output;
    assert!(before.contains("web.ns1.svc.cluster1"), "{before}");
    // It deletes everything, hangs up, and comes again without knowing anything.
    let (_, stop) = stream("34-agent-stop-recommended-filters");
    let (replay, start) = stream("35-agent-start-recommended-filters");
    agent.set(just_started(), replay);
    agent.write(&stop);
    agent.hang_up();
    until(
        "the daemon has come again",
        || (agent.listeners() == 1).then_some(()),
        || daemon.log(),
    );
    daemon.until("the agent is followed again", |status| {
        status.get("/sources/0/state") == r#""live""#
    });
    assert_eq!(daemon.run(&["dump", "cluster1"]).output, before);
    agent.write(&start);
    agent.tell(
        "InstanceStatusUpdated",
        &instance("ns1/svc/new", "10.22.0.77"),
    );
    daemon.until_records(
        "new.ns1.svc.cluster1.",
        &["new.ns1.svc.cluster1. 60 A 10.22.0.77"],
    );
    for name in ["web", "db", "cache"] {
        let name = format!("{name}.ns1.svc.cluster1.");
        assert!(!daemon.records(&name).is_empty(), "{name}");
    }
}

#[test]
fn a_daemon_waits_for_an_agent_that_is_not_there() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("http.sock");
    let mut start = Start::new(BINARY, &cluster("unused"));
    let source = format!("opensvc:{}", path.display());
    start.arguments = vec!["--source".to_owned(), source];
    let daemon = start.spawn();
    daemon.until("the source fails", |status| status.says("connect to"));
    let (replay, _) = stream("51-dns-change");
    let _agent = Agent::start(&path, status("12-node-freeze"), replay);
    daemon.until_listening();
}
