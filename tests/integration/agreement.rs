//! What a policy says natively, in the test harness of its authors, is what the daemon serves with its component. So a
//! golden test of a rule speaks for the component, too.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use opensvc_v2::OpensvcV2;
use opensvc_v3::OpensvcV3;
use serde_json::{Value, json};
use short_names::ShortNames;
use zonesmith::kit::golden;
use zonesmith::policy::{Component, Engine, embedded};
use zonesmith_policy::harness::{Harness, Published};
use zonesmith_policy_default::DefaultPolicy;
use zonesmith_tests::daemon::Start;
use zonesmith_tests::document::{Document, everything};
use zonesmith_tests::policies::{self, OPENSVC_V2, OPENSVC_V3, SHORT_NAMES};

use crate::{BINARY, ROOT};

/// One cluster with all that the rules of the default policy look at: states, kinds, slices, references, odd names.
fn all_shapes() -> Document {
    let slice = |number: u32| format!("shop/svc/{number}.scaled");
    everything("Prod.Example")
        .resource(
            "shop/svc/web",
            "n2",
            "ip#1",
            &json!({ "ipaddr": "10.22.0.7", "expose": ["expose#1", "53/udp"] }),
        )
        .set(
            "/services/shop~1svc~1web/instances/n2/resources/expose#1",
            json!({ "status": "up", "info": { "port": 8080, "protocol": "tcp" } }),
        )
        .set(
            "/services/shop~1svc~1api/instances/n1/resources/ip#0/status",
            json!("down"),
        )
        .set(
            "/services/shop~1svc~1api/instances/n1/availability",
            json!("down"),
        )
        .service(&slice(1), "10.22.3.1")
        .service(&slice(2), "10.22.3.2")
        .service("shop/vol/data", "10.22.4.1")
        .service("shop/svc/far", "198.51.100.7")
        .service("shop/svc/shares", "10.22.0.5")
        .resource(
            "shop/svc/odd",
            "n1",
            "ip#9",
            &json!({ "ipaddr": "10.22.5.1", "hostname": "-odd-.name" }),
        )
}

/// The example that the demo is.
fn demo() -> Value {
    let path = PathBuf::from(ROOT).join("examples/demo/cluster.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_default_policy_says_the_same_natively_and_as_a_component() {
    let settings = [
        json!({}),
        json!({ "availability": "up" }),
        json!({ "availability": "prefer-up" }),
        json!({ "kinds": ["svc", "vol"], "weight": 7 }),
        json!({ "ttl": { "address": 5, "srv": 6, "ptr": 7, "nameserver": 8, "nameserver-address": 9 } }),
        json!({ "soa": { "contact": "dns@example.com", "refresh": 1 }, "reverse-zones": ["10.22.0.0/16"] }),
        json!({ "rules": { "node": false, "srv": false, "ptr": false } }),
    ];
    for document in [all_shapes().json().clone(), demo()] {
        for settings in &settings {
            let (document, settings) = (document.to_string(), settings.to_string());
            let native = Harness::read(&document)
                .unwrap()
                .policy::<DefaultPolicy>(&settings)
                .unwrap()
                .publish();
            let served = served(
                &document,
                vec![(embedded().to_vec(), Some(settings.clone()))],
            );
            compare(&native, &served, &settings);
        }
    }
}

#[test]
fn short_names_say_the_same_natively_and_as_a_component() {
    for settings in [json!({}), json!({ "namespace": "shop" })] {
        let (document, settings) = (all_shapes().json().to_string(), settings.to_string());
        let native = Harness::read(&document)
            .and_then(|harness| harness.policy::<DefaultPolicy>("{}"))
            .and_then(|harness| harness.policy::<ShortNames>(&settings))
            .unwrap()
            .publish();
        let stack = vec![
            (embedded().to_vec(), None),
            (policies::bytes(SHORT_NAMES), Some(settings.clone())),
        ];
        compare(&native, &served(&document, stack), &settings);
    }
}

#[test]
fn policy_test_prints_what_the_harness_prints() {
    let engine = Engine::new().unwrap();
    let odd = all_shapes().service("shop/svc/BAD_NAME.", "10.22.0.9");
    let document = odd.json().to_string();
    let (_, state) = zonesmith_cluster::read(document.as_bytes()).unwrap();
    let native = |settings: &str, is_stacked: bool| {
        let harness = Harness::read(&document).unwrap();
        if is_stacked {
            let harness = harness.policy::<DefaultPolicy>("{}").unwrap();
            return harness.policy::<ShortNames>(settings).unwrap().publish();
        }
        harness.policy::<DefaultPolicy>(settings).unwrap().publish()
    };
    for (component, settings, is_stacked) in [
        (embedded().to_vec(), r#"{ "availability": "up" }"#, false),
        (
            policies::bytes(SHORT_NAMES),
            r#"{ "namespace": "shop" }"#,
            true,
        ),
    ] {
        let component = Component::load(&engine, "x.wasm", &component).unwrap();
        let text = golden::text(&engine, &component, &state, &settings.into()).unwrap();
        let native = native(settings, is_stacked).to_string();
        assert!(
            native.contains("\n; "),
            "there is something to tell: {native}"
        );
        assert_eq!(text, native, "{settings}");
    }
}

#[test]
fn the_agents_names_are_the_same_natively_and_as_a_component() {
    let document = all_shapes().json().to_string();
    for settings in [
        json!({}),
        json!({ "ttl": 5, "contact": "dns.example.com", "reverse-zones": ["10.22.0.0/16"] }),
    ] {
        let settings = settings.to_string();
        let harness = || Harness::read(&document).unwrap();
        let natively = [
            (OPENSVC_V2, harness().policy::<OpensvcV2>(&settings)),
            (OPENSVC_V3, harness().policy::<OpensvcV3>(&settings)),
        ];
        for (component, native) in natively {
            let stack = vec![(policies::bytes(component), Some(settings.clone()))];
            let native = native.unwrap().publish();
            compare(&native, &served(&document, stack), &settings);
        }
    }
}

/// What the daemon serves of a document with these policies, as `dump` prints it.
fn served(document: &str, policies: Vec<(Vec<u8>, Option<String>)>) -> String {
    let mut start = Start::new(BINARY, &zonesmith_tests::document::cluster("replaced"));
    start.cluster = document.as_bytes().to_vec();
    start.policies = policies;
    start.serve().run(&["dump", "--format", "zone"]).good()
}

/// Every record, but for the serials.
fn compare(native: &Published, served: &str, case: &str) {
    let native: String = native
        .apexes()
        .iter()
        .filter_map(|apex| native.zone(apex))
        .collect();
    let (native, served) = (records(&native), records(served));
    assert!(native.len() > 60, "{case}: {native:#?}");
    let only = |left: &BTreeSet<String>, right: &BTreeSet<String>| {
        left.difference(right).cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        (only(&native, &served), only(&served, &native)),
        (Vec::new(), Vec::new()),
        "only native, only served: {case}"
    );
}

fn records(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| !line.starts_with(';') && !line.is_empty())
        .map(|line| {
            let mut words: Vec<_> = line.split(' ').collect();
            if words.get(3) == Some(&"SOA") {
                // The harness has no clock: its serial is 0.
                words.remove(6);
            }
            words.join(" ")
        })
        .collect()
}
