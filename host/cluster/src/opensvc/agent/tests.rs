//! Recorded streams against recorded statuses; then what no recording has.

mod followed;
mod remembered;

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use self::followed::{Event, Followed, emptied, events, service_event, status};
use super::{DroppedPeers, Networks, News};
use crate::cluster::Network;
use crate::document::read;
use crate::outline::file;
use crate::service::Service;
use crate::state::State;

/// A stream says the same twice, so a service that was heard of is compared without what only a status has.
fn instances(state: &State) -> Vec<Service> {
    let services = state.services.values();
    let plain = services.map(|service| {
        let mut service = Service::clone(service);
        service.info = crate::info::Info::default();
        for instance in &mut service.instances {
            instance.score = None;
        }
        service
    });
    plain.collect()
}

#[test]
fn what_is_heard_makes_what_the_status_says() {
    for (stream, told, events_heard) in [
        ("04-start-web", "04-start-web", 19),
        ("06-change-address", "06a-address-configured", 17),
        ("06-change-address", "06b-address-up", 21),
        ("14-delete-front", "14-delete-front", 24),
        ("22-cni-start", "22a-cni-stopped", 20),
        ("22-cni-start", "22b-cni-started", 34),
        ("23-cni-restart", "23-cni-restart", 30),
        ("51-dns-change", "51-dns-change", 33),
        ("53-cluster-rename", "53-cluster-rename", 33),
        ("60-join", "60-join", 42),
        ("61-two-nodes-created", "61-two-nodes-created", 46),
        ("62-failover-start", "62-failover-start", 44),
        ("63-failover-switch", "63-failover-switch", 45),
        ("64-flex-start", "64-flex-start", 46),
        ("68-peer-agent-stop", "68a-peer-agent-stopped", 37),
        ("68-peer-agent-stop", "68b-peer-forgotten", 48),
    ] {
        let status = status(told);
        let mut followed = Followed::settled(DroppedPeers::Forget);
        followed.connect(&emptied(&status));
        followed.hear(&events(stream)[..events_heard]);
        let (_, wanted) = read(status.as_bytes()).unwrap();
        let heard = followed.agent.state();
        assert_eq!(instances(&heard), instances(&wanted), "{stream}, {told}");
        assert_eq!(heard.cluster.name, wanted.cluster.name, "{stream}");
        assert_eq!(heard.cluster.nameservers, wanted.cluster.nameservers);
    }
}

#[test]
fn what_is_told_again_is_no_news() {
    let mut followed = Followed::settled(DroppedPeers::Forget);
    followed.connect(&emptied(&status("64-flex-start")));
    let events = &events("64-flex-start")[..46];
    followed.hear(events);
    followed.connect(&status("64-flex-start"));
    let before = followed.agent.state();
    // The last word on each instance, as another replay has it; scores moved meanwhile.
    let last = |kind: &str, data: &str| {
        let key = |data: &str| {
            let value: Value = serde_json::from_str(data).unwrap();
            (value["path"].to_string(), value["node"].to_string())
        };
        let mut others = events.iter().filter(|(other, _)| other == kind);
        others
            .rfind(|(_, other)| key(other) == key(data))
            .unwrap()
            .1
            == data
    };
    let again = events
        .iter()
        .filter(|(kind, data)| kind != "NodeStatsUpdated" && last(kind, data));
    let mut again: Vec<_> = again.cloned().collect();
    again.sort_by_key(|(kind, _)| kind == "ClusterConfigUpdated");
    let news = followed.hear(&again);
    assert_eq!(news, News::default());
    followed.connect(&status("64-flex-start"));
    let after = followed.agent.state();
    for (path, service) in &before.services {
        assert!(
            std::sync::Arc::ptr_eq(service, &after.services[path]),
            "{path} is another value"
        );
    }
}

#[test]
fn an_agent_that_stops_takes_nothing_away() {
    let events = events("34-agent-stop-recommended-filters");
    let mut followed = Followed::settled(DroppedPeers::Forget);
    followed.connect(&status("12-node-freeze"));
    followed.replay(&events);
    let before = followed.addresses();
    assert!(before.len() >= 4, "{before:?}");
    followed.hear(&events);
    assert!(followed.agent.is_stopping());
    assert_eq!(followed.addresses(), before);
}

#[test]
fn an_agent_that_starts_takes_nothing_away_until_it_is_settled() {
    let mut followed = Followed::settled(DroppedPeers::Forget);
    followed.connect(&status("22b-cni-started"));
    followed.replay(&events("23-cni-restart"));
    let gone = service_event("ns1/svc/gone", "node1", "10.9.9.9");
    followed.hear(&[gone]);
    let before = followed.addresses();
    assert_eq!(before.len(), 5, "{before:?}");
    // Its very first moment: no name, no instance; the recording is of that agent.
    followed.wall = UNIX_EPOCH + Duration::from_secs(1_795_455_640);
    followed.connect(&status("30-just-after-restart"));
    let events = events("32-restart-early");
    let news = followed.replay(&events);
    assert_eq!(news, News::default());
    assert_eq!(followed.addresses(), before);
    assert!(!followed.agent.is_ready(followed.now));
    followed.hear(&events);
    let after = followed.addresses();
    assert_eq!(after.len(), 5, "{after:?}");
    assert!(after.contains(&"ns1/svc/gone node1 up 10.9.9.9".to_owned()));
    // Everything is known again within a second; what was deleted meanwhile goes when it is a minute old.
    followed.wait(3);
    assert!(followed.agent.is_ready(followed.now));
    assert_eq!(followed.wait(50), News::default());
    let news = followed.wait(10);
    let gone: Vec<_> = news.services.iter().map(ToString::to_string).collect();
    assert_eq!(gone, ["ns1/svc/gone"]);
    assert_eq!(followed.addresses().len(), 4);
}

#[test]
fn what_a_settled_agent_does_not_mention_is_gone() {
    let mut followed = Followed::settled(DroppedPeers::Forget);
    followed.connect(&status("02-created-down"));
    let events = events("04-start-web");
    followed.replay(&events);
    let gone = service_event("ns1/svc/gone", "node1", "10.9.9.9");
    followed.hear(&[gone]);
    followed.connect(&status("02-created-down"));
    assert_eq!(followed.addresses().len(), 3);
    let news = followed.replay(&events);
    assert_eq!(followed.addresses().len(), 2);
    assert!(news.services.contains("ns1/svc/gone"));
    assert_eq!(
        followed
            .agent
            .changes(&["ns1/svc/gone".parse().unwrap()].into()),
        [("ns1/svc/gone".parse().unwrap(), None)]
    );
}

#[test]
fn an_instance_whose_state_is_not_known_yet_keeps_its_last_one() {
    let mut followed = Followed::settled(DroppedPeers::Forget);
    let told = status("02-created-down");
    followed.connect(&told);
    let before = followed.addresses();
    let mut pending: Value = serde_json::from_str(&told).unwrap();
    let instance = &mut pending["cluster"]["node"]["node1"]["instance"]["ns1/svc/web"];
    instance["status"] = Value::Null;
    followed.connect(&pending.to_string());
    let replay: Vec<_> = events("04-start-web")
        .into_iter()
        .filter(|(_, data)| !data.contains("ns1/svc/web"))
        .collect();
    followed.replay(&replay);
    assert_eq!(followed.addresses(), before);
}

#[test]
fn a_peer_that_is_given_up_goes_or_stays_as_it_is_configured() {
    let events = events("68-peer-agent-stop");
    for (peers, is_there) in [(DroppedPeers::Forget, false), (DroppedPeers::Keep, true)] {
        let mut followed = Followed::settled(peers);
        followed.connect(&status("64-flex-start"));
        followed.hear(&events);
        let check = |followed: &Followed, when: &str| {
            let has_peer = followed
                .addresses()
                .contains(&"ns2/svc/wide node2 up 10.80.0.22".to_owned());
            assert_eq!(has_peer, is_there, "{peers:?}, {when}");
        };
        check(&followed, "when it is given up");
        followed.connect(&status("68b-peer-forgotten"));
        followed.replay(&without_peer(&events));
        check(&followed, "after another connection");
        // It left the cluster.
        let config = json!({ "node": "node1", "cluster_config": { "name": "cluster1", "nodes": ["node1"], "dns": [] } });
        followed.hear(&[("ClusterConfigUpdated".to_owned(), config.to_string())]);
        assert!(
            followed
                .addresses()
                .iter()
                .all(|line| !line.contains(" node2 "))
        );
    }
}

/// A replay after the peer was forgotten.
fn without_peer(events: &[Event]) -> Vec<Event> {
    let is_local = |(_, data): &&Event| !data.contains("\"node\":\"node2\"");
    events.iter().filter(is_local).cloned().collect()
}

#[test]
fn a_score_is_handed_on_when_it_moved_far() {
    let mut followed = Followed::settled(DroppedPeers::Forget);
    followed.connect(&status("64-flex-start"));
    followed.hear(&events("64-flex-start"));
    let wide = |followed: &Followed| {
        let state = followed.agent.state();
        let service = &state.services["ns2/svc/wide"];
        service.instances[1].score.unwrap()
    };
    let before = wide(&followed);
    let stats = |score: u8| {
        let data = json!({ "node": "node2", "node_stats": { "score": score } });
        [("NodeStatsUpdated".to_owned(), data.to_string())]
    };
    assert_eq!(followed.hear(&stats(before - 9)), News::default());
    assert_eq!(wide(&followed), before);
    assert_eq!(followed.hear(&stats(0)), News::default());
    let news = followed.hear(&stats(before - 10));
    let paths: Vec<_> = news.services.iter().map(ToString::to_string).collect();
    assert_eq!(paths, ["ns2/svc/api", "ns2/svc/wide"]);
    assert_eq!(wide(&followed), before - 10);
}

#[test]
fn another_name_and_other_servers_are_news_of_the_cluster() {
    for (stream, told) in [
        ("53-cluster-rename", "12-node-freeze"),
        ("51-dns-change", "12-node-freeze"),
    ] {
        let mut followed = Followed::settled(DroppedPeers::Forget);
        followed.connect(&status(told));
        let events = events(stream);
        followed.replay(&events);
        let news = followed.hear(&events);
        assert!(news.has_cluster && news.has_networks, "{stream}");
    }
}

#[test]
fn networks_are_read_without_what_moves() {
    let mut followed = Followed::settled(DroppedPeers::Forget);
    let list = |used: u32| {
        let items = json!([
            { "name": "lo", "type": "lo", "network": "127.0.0.1/32", "free": 0, "used": 1, "size": 1 },
            { "name": "default", "type": "bridge", "network": "10.22.0.0/16", "free": 9, "used": used, "size": 65536 },
            { "name": "backend", "type": "routed_bridge", "network": "10.11.0.0/16", "free": 9, "used": used, "size": 65536 },
            { "name": "none", "type": "bridge", "network": "", "free": 0, "used": 0, "size": 0, "errors": ["no network"] },
        ]);
        json!({ "kind": "NetworkList", "items": items }).to_string()
    };
    let mut networks = Networks::read(list(0).as_bytes()).unwrap();
    let nodes = ["node1".into(), "node2".into()];
    assert_eq!(
        networks.keywords(&nodes),
        [[
            "network#backend.subnet@node1",
            "network#backend.subnet@node2"
        ]]
    );
    networks
        .take_subnets(
            &file("tests/fixtures/om3-answers/80-subnets.json")
                .replace("backend1", "backend")
                .into_bytes(),
        )
        .unwrap();
    let mut news = News::default();
    followed.agent.take_networks(networks, &mut news);
    assert!(news.has_cluster);
    let state = followed.agent.state();
    let networks: Vec<_> = state
        .cluster
        .networks
        .iter()
        .map(|network| {
            let Network {
                name,
                prefix,
                scope,
                subnets,
                info: _,
            } = network;
            format!("{name} {prefix} {scope:?} {subnets:?}")
        })
        .collect();
    assert_eq!(
        networks,
        [
            r#"backend 10.11.0.0/16 Cluster [("node1", 10.11.0.0/22), ("node2", 10.11.4.0/22)]"#,
            "default 10.22.0.0/16 Node []",
            "lo 127.0.0.1/32 Node []"
        ]
    );
    // Slices that could not be asked for are those that were known.
    let mut news = News::default();
    let networks = Networks::read(list(5).as_bytes()).unwrap();
    followed.agent.take_networks(networks, &mut news);
    assert_eq!(news, News::default());
}

#[test]
fn an_event_that_makes_no_sense_changes_nothing() {
    let mut followed = Followed::settled(DroppedPeers::Forget);
    followed.connect(&status("64-flex-start"));
    followed.hear(&events("64-flex-start"));
    let before = followed.addresses();
    for (kind, data) in [
        ("InstanceStatusUpdated", "{"),
        ("InstanceStatusUpdated", "[]"),
        ("InstanceStatusUpdated", r#"{"path":7,"node":"node1"}"#),
        (
            "InstanceStatusUpdated",
            r#"{"path":"a/b/c/d","node":"node1"}"#,
        ),
        (
            "InstanceStatusUpdated",
            r#"{"path":"ns2/svc/wide","node":"node1","instance_status":[]}"#,
        ),
        (
            "ClusterConfigUpdated",
            r#"{"cluster_config":{"name":"x","dns":["nowhere"]}}"#,
        ),
    ] {
        let mut news = News::default();
        let heard = followed.agent.hear(kind, data, followed.now, &mut news);
        assert!(heard.is_err(), "{kind} {data}");
        assert_eq!(news, News::default(), "{kind} {data}");
    }
    assert_eq!(followed.addresses(), before);
}
