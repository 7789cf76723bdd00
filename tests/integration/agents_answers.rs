//! Clients of an agent's own DNS: what an agent was recorded to answer on its socket, the daemon answers to the same bytes, with
//! the policy `opensvc-v3`. All recordings are compared in that policy's own tests; here is the way there, and the way back.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use zonesmith::policy::embedded;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::cluster;
use zonesmith_tests::policies::{self, OPENSVC_V3};
use zonesmith_tests::socket::rows;

use crate::{BINARY, ROOT};

fn fixture(name: &str) -> String {
    let path = PathBuf::from(ROOT).join("tests/fixtures/om3").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A daemon that reads this status of an agent.
fn serve(recording: &str, stack: Vec<Vec<u8>>) -> Daemon {
    let mut start = Start::new(BINARY, &cluster("replaced"));
    start.cluster = fixture(&format!("{recording}.json")).into_bytes();
    start.policies = stack.into_iter().map(|policy| (policy, None)).collect();
    start.serve()
}

/// The recorded lookups that have an answer, as bytes, with the reply.
fn answered(recording: &str) -> Vec<(String, Value)> {
    let text = fixture(&format!("dns/{recording}.jsonl"));
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let exchanges = lines.filter_map(|line| {
        let request = line.get("request")?.as_str()?.to_owned();
        let reply: Value = serde_json::from_str(line.get("reply")?.as_str()?).ok()?;
        let has_rows = reply.pointer("/result/0/qname").is_some();
        (request.contains(r#""method":"lookup""#) && has_rows).then_some((request, reply))
    });
    exchanges.collect()
}

/// The rows of a reply as a set: without SOA (one here, with a serial that grows), and an SRV without its weight, which lags
/// behind the score at the agent.
fn compared(reply: &Value) -> BTreeSet<String> {
    let rows = rows(reply).into_iter().map(|row| row.to_lowercase());
    let rows = rows.filter(|row| !row.contains(" soa "));
    let rows = rows.map(|row| {
        let mut words: Vec<_> = row.split(' ').collect();
        if words.get(2) == Some(&"srv") {
            words.remove(4);
        }
        words.join(" ")
    });
    rows.collect()
}

#[test]
fn what_an_agent_answered_the_daemon_answers_to_the_same_bytes() {
    let mut answers = 0;
    for recording in [
        "02-created-down",
        "22b-cni-started",
        "53-cluster-rename",
        "64-flex-start",
    ] {
        let daemon = serve(recording, vec![policies::bytes(OPENSVC_V3)]);
        let mut socket = daemon.connect();
        for (request, agents) in answered(recording) {
            socket.send(request.as_bytes());
            let ours = socket.receive().unwrap();
            assert_eq!(compared(&ours), compared(&agents), "{recording}: {request}");
            answers += 1;
        }
        let status = daemon.status();
        for pointer in ["/quarantined", "/failing", "/conflicts"] {
            assert_eq!(status.get(pointer), "[]", "{recording}: {}", status.text());
        }
    }
    assert_eq!(answers, 51, "of the recordings, so that none went missing");
}

#[test]
fn two_schemes_at_once_answer_as_the_first_and_add_what_it_lacks() {
    let agents = || policies::bytes(OPENSVC_V3);
    let recording = "22b-cni-started";
    let (first, last) = (
        serve(recording, vec![agents(), embedded().to_vec()]),
        serve(recording, vec![embedded().to_vec(), agents()]),
    );
    // Still the agent's, every one.
    let mut socket = first.connect();
    for (request, agents) in answered(recording) {
        socket.send(request.as_bytes());
        let ours = socket.receive().unwrap();
        assert_eq!(compared(&ours), compared(&agents), "{request}");
    }
    let srv = "_80._tcp.pod.ns1.svc.cluster1.";
    let target = |daemon: &Daemon| {
        let records = daemon.records(srv);
        assert_eq!(records.len(), 1, "{records:?}");
        records
            .concat()
            .rsplit(' ')
            .next()
            .map(str::to_owned)
            .unwrap()
    };
    assert_eq!(target(&first), "pod.ns1.svc.node1.node.cluster1.");
    assert_eq!(target(&last), "10-22-0-3.pod.ns1.svc.cluster1.");
    for daemon in [&first, &last] {
        for name in [
            "10-22-0-3.pod.ns1.svc.cluster1.",
            "pause.pod.ns1.svc.node1.node.cluster1.",
            "_http._tcp.pod.ns1.svc.cluster1.",
        ] {
            assert_eq!(daemon.records(name).len(), 1, "{name}");
        }
        assert_eq!(daemon.status().get("/quarantined"), "[]");
    }
    assert_eq!(first.records("3.0.22.10.in-addr.arpa.").len(), 2);
    assert_eq!(last.records("3.0.22.10.in-addr.arpa.").len(), 1);
}
