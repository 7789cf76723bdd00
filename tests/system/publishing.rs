//! `zonesmith publish --source opensvc:`: what an agent tells is in a real etcd, and follows it.

use std::path::Path;

use serde_json::json;
use zonesmith_tests::agent::{Agent, recording};
use zonesmith_tests::daemon::Start;
use zonesmith_tests::document::cluster;
use zonesmith_tests::etcd::Etcd;
use zonesmith_tests::publisher::Publisher;

use crate::BINARY;

const POD: &str = "pod.ns1.svc.cluster1.";

#[test]
#[ignore = "needs etcd"]
fn what_an_agent_tells_is_published_as_it_changes_and_goes_with_its_publisher() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/om3");
    let directory = tempfile::tempdir().unwrap();
    let status = std::fs::read(fixtures.join("22a-cni-stopped.json")).unwrap();
    let (replay, live) = recording(&fixtures.join("events/22-cni-start.http"));
    let agent = Agent::start(&directory.path().join("http.sock"), status, replay);
    let etcd = Etcd::start(1, &[]);
    let to = etcd.source();
    let source = agent.source();
    let mut publisher = Publisher::with(
        BINARY,
        &[
            "--source", &source, "--node", "node1", "--to", &to, "--ttl", "5",
        ],
    );
    publisher.until("keys written");
    let daemon = Start {
        arguments: vec!["--source".to_owned(), to],
        ..Start::new(BINARY, &cluster("unused"))
    }
    .serve();
    assert!(daemon.records(POD).is_empty());
    agent.write(&live);
    daemon.until_records(POD, &["pod.ns1.svc.cluster1. 60 A 10.22.0.3"]);
    // One key of the etcd for one instance, and nobody else's.
    let pod = [
        "get",
        "--prefix",
        "--keys-only",
        "/dns/c1/services/ns1/svc/pod/",
    ];
    assert_eq!(
        etcd.control(&pod).split_whitespace().collect::<Vec<_>>(),
        ["/dns/c1/services/ns1/svc/pod/node1"]
    );
    let stopped = json!({
        "path": "ns1/svc/pod", "node": "node1",
        "instance_status": { "avail": "down", "overall": "down", "resources": {} },
    });
    agent.tell("InstanceStatusUpdated", &stopped);
    daemon.until_records(POD, &[]);
    agent.hang_up();
    assert!(publisher.end("TERM").success(), "{}", publisher.log());
    daemon.until("the instances are gone", |status| {
        status.number("/sources/0/services") == 0
    });
}
