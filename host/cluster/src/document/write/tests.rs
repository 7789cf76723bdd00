//! Every state that is recorded anywhere, written and read again; then what no recording has.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::document::piece::PieceReader;
use crate::document::{Format, read};
use crate::kept::{self, KeptReader};
use crate::outline::file;

/// All fixtures that say a state.
fn states() -> Vec<(String, State)> {
    let mut states = Vec::new();
    for folder in [
        "tests/fixtures/documents",
        "tests/fixtures/om3",
        "tests/fixtures/opensvc-v2",
        "examples/demo",
    ] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for entry in std::fs::read_dir(root.join(folder))
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{folder}/{name}");
            if !name.ends_with(".json") {
                continue;
            }
            if let Ok((_, state)) = read(file(&path).as_bytes()) {
                states.push((path, state));
            }
        }
    }
    states
}

/// As if it had been a document: no problems, scores of the nodes.
fn plain(state: &State) -> State {
    let mut plain = state.clone();
    plain.problems.clear();
    for service in plain.services.values_mut() {
        let service = std::sync::Arc::make_mut(service);
        service.problems.clear();
        for instance in &mut service.instances {
            instance.score = plain.cluster.score_of(&instance.node);
        }
    }
    plain
}

fn kept_again(state: &State) -> State {
    let mut reader = KeptReader::default();
    let cluster = kept::write_cluster(&state.cluster, &state.problems).unwrap();
    let (cluster, problems) = reader.read_cluster(&cluster).unwrap();
    let services = state.services.values().map(|service| {
        let service = reader
            .read_service(&kept::write_service(service).unwrap())
            .unwrap();
        (service.path.clone(), service.into())
    });
    State {
        services: services.collect(),
        cluster,
        problems,
    }
}

#[test]
fn every_recorded_state_is_read_as_it_was_written() {
    let states = states();
    assert!(states.len() > 25, "{}", states.len());
    for (path, state) in states {
        let written = write(&state);
        let (format, again) = read(&written).unwrap_or_else(|fault| {
            panic!("{path}: {fault}: {}", String::from_utf8_lossy(&written))
        });
        assert_eq!(format, Format::ClusterDocument, "{path}");
        assert_eq!(plain(&again), plain(&state), "{path}");
        assert_eq!(write(&again), written, "{path}");
        assert_eq!(kept_again(&state), state, "{path}: kept");
    }
}

#[test]
fn the_pieces_are_the_whole() {
    for (path, state) in states() {
        let mut reader = PieceReader::default();
        let mut cluster = reader.read_cluster(&write_cluster(&state.cluster)).unwrap();
        assert_eq!(cluster.nodes, [], "{path}");
        for node in &state.cluster.nodes {
            cluster
                .nodes
                .push(reader.read_node(&node.name, &write_node(node)).unwrap());
        }
        let mut again = State {
            cluster,
            ..State::default()
        };
        for (path, service) in &state.services {
            let mut read = reader.read_service(path, &write_service(service)).unwrap();
            for instance in &service.instances {
                let json = write_instance(instance);
                let (instance, _) = reader.read_instance(path, &instance.node, &json).unwrap();
                read.instances.push(instance);
            }
            again.services.insert(path.clone(), read.into());
        }
        assert_eq!(plain(&again), plain(&state), "{path}");
    }
}

#[test]
fn what_an_agent_says_in_an_odd_way_is_a_document_nevertheless() {
    let instance = |resources: &str| {
        format!(
            r#"{{"cluster": {{"config": {{"name": "c1", "dns": [], "nodes": ["n1"]}}, "node": {{"n1": {{
                "instance": {{"web": {{"config": {{"app": "a"}}, "status": {{"avail": "up", "resources": {resources}}}}}}}}}}}}}}}"#
        )
    };
    for (resources, ipaddr) in [
        (
            r#"{"ip#0": {"status": "up", "info": {"ipaddr": ["10.0.0.1", 5], "expose": ["80/tcp", null], "hostname": 7}}}"#,
            r#"["10.0.0.1"]"#,
        ),
        (
            r#"{"ip#0": {"status": "odd", "info": {"ipaddr": 5, "expose": {"a": 1}}}}"#,
            "5",
        ),
        (
            r#"{"ip#0": {"status": "up", "ipaddr": "10.0.0.1", "info": {"a": null}}}"#,
            r#""10.0.0.1""#,
        ),
    ] {
        let (_, state) = read(instance(resources).as_bytes()).unwrap();
        assert_eq!(kept_again(&state), state, "{resources}");
        let (_, again) = read(&write(&state)).unwrap();
        let resource =
            |state: &State| state.services["root/svc/web"].instances[0].resources[0].clone();
        let (said, read) = (resource(&state), resource(&again));
        assert_eq!(
            (said.addresses, said.hostname, said.exposes),
            (read.addresses, read.hostname, read.exposes)
        );
        assert_eq!(
            read.info.get("ipaddr").as_deref(),
            Some(ipaddr),
            "{resources}"
        );
    }
}

#[test]
fn what_was_not_kept_is_told_and_not_taken() {
    let mut reader = KeptReader::default();
    for text in [
        "",
        "{}",
        "[]",
        "null",
        r#"{"path":"a/b/c/d","labels":[],"instances":[],"info":null,"problems":[]}"#,
    ] {
        assert!(reader.read_service(text.as_bytes()).is_err(), "{text}");
        assert!(reader.read_cluster(text.as_bytes()).is_err(), "{text}");
    }
}

fn json_text() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[a-z\"\\\\/\n\u{1}ä日#. ]{0,6}").unwrap()
}

fn resource() -> impl Strategy<Value = serde_json::Value> {
    (
        prop::sample::select(vec!["up", "down", "n/a", "stdby up"]),
        prop::collection::vec(any::<IpAddr>(), 0..3),
        prop::option::of(json_text()),
        prop::collection::vec(
            prop::sample::select(vec!["80/tcp", "443/tcp:8443", "x", "80-udp"]),
            0..3,
        ),
        prop::collection::btree_map(json_text(), any::<i64>(), 0..3),
    )
        .prop_map(|(status, addresses, hostname, exposes, others)| {
            let mut info = serde_json::json!({"ipaddr": addresses, "expose": exposes});
            if let Some(hostname) = hostname {
                info["hostname"] = hostname.into();
            }
            let mut resource = serde_json::json!({"status": status, "info": info});
            for (key, value) in others {
                if !["status", "info"].contains(&key.as_str()) {
                    resource[key] = value.into();
                }
            }
            resource
        })
}

proptest! {
    #[test]
    fn any_document_is_read_as_it_was_written(
        name in json_text(),
        label in json_text(),
        score in 0u8..=100,
        nodes in prop::collection::btree_map(json_text(), prop::collection::btree_map(json_text(), resource(), 0..3), 0..3),
    ) {
        let instances: serde_json::Map<_, _> = nodes
            .into_iter()
            .map(|(node, resources)| (node, serde_json::json!({"resources": resources})))
            .collect();
        let document = serde_json::json!({
            "cluster": {"name": name, "nodes": {"n1": {"score": score, "addresses": ["fd00::1"]}},
                        "networks": [{"name": name, "cidr": "10.0.0.0/8", "scope": "node", "subnets": {"n1": "10.0.0.0/24"}}]},
            "services": {"web": {"labels": {"team": label}, "instances": instances, "odd": [label]}},
        });
        let (_, state) = read(document.to_string().as_bytes()).unwrap();
        let (_, again) = read(&write(&state)).unwrap();
        prop_assert_eq!(plain(&again), plain(&state));
        prop_assert_eq!(kept_again(&state), state);
    }
}
