//! An agent whose status has no objects, and a daemon that remembers what the agent said before.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::followed::{Event, Followed, addresses, events, recorded, service_event, status};
use crate::document::read;
use crate::opensvc::agent::{DroppedPeers, News};
use crate::service::Service;
use crate::state::State;

/// Without scores, which lag on purpose.
fn plain(state: &State) -> Vec<Service> {
    let services = state.services.values().map(|service| {
        let mut service = Service::clone(service);
        for instance in &mut service.instances {
            instance.score = None;
        }
        service
    });
    services.collect()
}

/// A configuration of an instance, as a replay has it.
fn cached_config(path: &str, node: &str) -> Event {
    let data = json!({
        "labels": { "source": "cache" }, "path": path, "node": node,
        "instance_config": { "env": "PRD", "topology": "failover" },
    });
    ("InstanceConfigUpdated".to_owned(), data.to_string())
}

/// The end of a replay.
fn end() -> Event {
    let data = json!({
        "labels": { "source": "cache" }, "node": "node1",
        "cluster_config": { "name": "cluster1", "nodes": ["node1", "node2"], "dns": ["192.168.100.11"] },
    });
    ("ClusterConfigUpdated".to_owned(), data.to_string())
}

#[test]
fn a_status_without_objects_and_the_stream_make_the_whole_status() {
    let mut followed = Followed::settled(DroppedPeers::Forget);
    followed.connect(&recorded("80-head.json"));
    let events = events("80-config");
    followed.replay(&events);
    let (_, before) = read(recorded("80-before.json").as_bytes()).unwrap();
    assert_eq!(plain(&followed.agent.state()), plain(&before));
    followed.hear(&events);
    let (_, after) = read(recorded("80-after.json").as_bytes()).unwrap();
    let heard = followed.agent.state();
    assert_eq!(plain(&heard), plain(&after));
    // A node's labels and a service's environment changed on the way.
    assert!(heard.cluster.configures_like(&after.cluster));
    assert!(!heard.cluster.configures_like(&before.cluster));
    assert_ne!(
        before.services["ns1/svc/web"].info,
        after.services["ns1/svc/web"].info
    );
}

#[test]
fn labels_that_come_before_their_node_are_not_lost() {
    let mut followed = Followed::settled(DroppedPeers::Forget);
    followed.connect(&status("02-created-down"));
    followed.replay(&events("04-start-web"));
    let labels =
        json!({ "node": "node2", "node_config": { "env": "TST", "labels": { "zone": "b" } } });
    let told = [("NodeConfigUpdated".to_owned(), labels.to_string())];
    assert_eq!(followed.hear(&told), News::default());
    assert!(followed.hear(&[end()]).has_cluster);
    let state = followed.agent.state();
    assert_eq!(
        state.cluster.nodes[1].info.as_json(),
        r#"{"env":"TST","labels":{"zone":"b"}}"#
    );
    assert_eq!(followed.hear(&told), News::default());
}

#[test]
fn what_was_known_before_the_daemon_ended_stays_until_the_agent_is_settled() {
    let (_, known) = read(status("12-node-freeze").as_bytes()).unwrap();
    let mut followed = Followed::settled(DroppedPeers::Forget);
    followed.agent.seed(&known);
    // The agent, too, has just started: no name, no instance; the recording is of that agent.
    followed.wall = UNIX_EPOCH + Duration::from_secs(1_795_455_640);
    followed.connect(&status("30-just-after-restart"));
    let events = events("32-restart-early");
    assert_eq!(followed.replay(&events), News::default());
    assert_eq!(followed.addresses(), addresses(&known));
    followed.hear(&events);
    assert_eq!(followed.addresses().len(), addresses(&known).len());
    followed.wait(90);
    let left = followed.addresses();
    assert!(left.iter().all(|line| line.contains(" node1 ")), "{left:?}");
    assert!(!left.is_empty());
}

#[test]
fn what_was_deleted_while_the_daemon_was_down_is_gone_with_the_replay_of_a_settled_agent() {
    let mut known = Followed::settled(DroppedPeers::Forget);
    known.connect(&recorded("80-head.json"));
    known.replay(&events("80-config"));
    known.hear(&[service_event("ns1/svc/gone", "node1", "10.9.9.9")]);
    let mut followed = Followed::settled(DroppedPeers::Forget);
    followed.agent.seed(&known.agent.state());
    followed.connect(&recorded("80-head.json"));
    assert!(followed.agent.state().services.contains_key("ns1/svc/gone"));
    let news = followed.replay(&events("80-config"));
    let gone: Vec<_> = news.services.iter().map(ToString::to_string).collect();
    assert_eq!(gone, ["ns1/svc/gone"]);
}

#[test]
fn an_instance_that_is_configured_and_has_no_state_yet_keeps_the_one_it_had() {
    let mut followed = Followed::settled(DroppedPeers::Forget);
    let head: Value = serde_json::from_str(&recorded("80-head.json")).unwrap();
    followed.connect(&head.to_string());
    let known = service_event("ns1/svc/kept", "node1", "10.9.9.9");
    let other = service_event("ns1/svc/gone", "node1", "10.9.9.8");
    followed.hear(&[known.clone(), other, end()]);
    // The next connection finds a configuration of the one, and nothing of the other.
    followed.connect(&head.to_string());
    followed.hear(&[cached_config("ns1/svc/kept", "node1"), end()]);
    assert_eq!(followed.addresses(), ["ns1/svc/kept node1 up 10.9.9.9"]);
    // One whose state was told is not held for its configuration.
    followed.connect(&head.to_string());
    followed.hear(&[known, cached_config("ns1/svc/kept", "node1"), end()]);
    assert!(followed.agent.is_ready(followed.now));
    followed.connect(&head.to_string());
    followed.hear(&[end()]);
    assert_eq!(followed.addresses(), Vec::<String>::new());
}

#[test]
fn a_peer_that_was_given_up_while_the_daemon_was_down_goes_or_stays_as_it_is_configured() {
    let (_, known) = read(status("64-flex-start").as_bytes()).unwrap();
    for (peers, is_there) in [(DroppedPeers::Forget, false), (DroppedPeers::Keep, true)] {
        let mut followed = Followed::settled(peers);
        followed.agent.seed(&known);
        followed.connect(&status("68b-peer-forgotten"));
        followed.hear(&[end()]);
        let has_peer = followed
            .addresses()
            .contains(&"ns2/svc/wide node2 up 10.80.0.22".to_owned());
        assert_eq!(has_peer, is_there, "{peers:?}");
    }
}
