//! How long it takes from an event of the agent to the answer on `pdns.sock`: one instance after the other moves to another
//! address, in a cluster of a realistic size. The whole distribution is printed, since a median says nothing of the
//! hundredth; what a busy machine makes of it fails nothing.

use std::time::{Duration, Instant};

use serde_json::json;
use zonesmith_tests::agent::Agent;
use zonesmith_tests::daemon::Start;
use zonesmith_tests::document::cluster;
use zonesmith_tests::is_long;
use zonesmith_tests::large::{Extent, replay, status};

use crate::BINARY;

/// Longest wait for one answer: beyond it something is broken, not slow.
const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn every_event_becomes_an_answer() {
    let (extent, changes) = if is_long() {
        let (services, instances) = (10_000, 15);
        (
            Extent {
                services,
                instances,
            },
            5_000,
        )
    } else {
        let (services, instances) = (200, 5);
        (
            Extent {
                services,
                instances,
            },
            200,
        )
    };
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("http.sock");
    let agent = Agent::start(&socket, status(), replay(extent));
    let mut start = Start::new(BINARY, &cluster("unused"));
    start.arguments = vec!["--source".to_owned(), agent.source()];
    let daemon = start.serve();
    let mut socket = daemon.connect();
    let mut times = Vec::with_capacity(changes);
    for turn in 0..changes {
        let service = turn * 7919 % extent.services;
        let (high, low) = (turn / 250, turn % 250 + 1);
        let address = format!("10.250.{high}.{low}");
        // As in the replay: the first instance of the service is there.
        let node = format!("n{}", service * 7 % 100);
        let path = format!("ns{}/svc/app{service}", service % 50);
        let info = json!({ "ipaddr": address, "hostname": format!("app{service}-0"), "expose": ["80/tcp"] });
        let resources = json!({ "ip#0": { "status": "up", "type": "ip.cni", "info": info } });
        let told = json!({
            "labels": { "namespace": format!("ns{}", service % 50), "node": node, "path": path }, "path": path, "node": node,
            "instance_status": { "avail": "up", "overall": "up", "resources": resources },
        });
        let name = format!("app{service}-0.app{service}.ns{}.svc.bench.", service % 50);
        let wanted = format!("{name} 60 A {address}");
        let started = Instant::now();
        agent.tell("InstanceStatusUpdated", &told);
        while !socket.records(&name).contains(&wanted) {
            assert!(
                started.elapsed() < PATIENCE,
                "{name} has {:?}, not {wanted}\n{}",
                socket.records(&name),
                daemon.log()
            );
        }
        times.push(started.elapsed());
    }
    times.sort_unstable();
    let share = |part: usize| times[(times.len() * part / 1000).min(times.len() - 1)];
    let Extent {
        services,
        instances,
    } = extent;
    eprintln!(
        "event to answer, {changes} changes of {services} services of {instances} instances:"
    );
    for limit in [1, 2, 5, 10, 20, 50, 100, 200, 500] {
        let within = times.partition_point(|time| *time <= Duration::from_millis(limit));
        eprintln!("  within {limit:>3} ms: {within:>6}");
    }
    eprintln!(
        "  median {:?}, 99 of 100 {:?}, longest {:?}",
        share(500),
        share(990),
        share(1000)
    );
}
