//! The contract is kept: what was released is word for word what it was, and components that were built for it work as on
//! their first day.

use std::collections::BTreeMap;
use std::fs;

use serde_json::json;
use zonesmith::digest::Digest;
use zonesmith_tests::answer::Answer;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::policies::{CHOOSES, EVERY_WORD};

use crate::{BINARY, ROOT, demo, start};

/// The first twelve digits of the SHA-256 of each file of a released folder of `wit`. A line is never changed: a released
/// folder is not edited, what is new stands in a folder of its own (`wit/README.md`).
const RELEASED: [(&str, &str); 6] = [
    ("since_v1.0/cluster.wit", "5cadb1737a48"),
    ("since_v1.0/dns.wit", "0d89a32e635f"),
    ("since_v1.0/log.wit", "d3b8a1e8d14a"),
    ("since_v1.0/naming.wit", "d676dae96cf3"),
    ("since_v1.0/world.wit", "ed426a112213"),
    ("since_v1.1/selection.wit", "8d313a2573e5"),
];

/// A component of `tests/golden`.
fn golden(file: &str) -> String {
    format!("{ROOT}/tests/golden/{file}")
}

#[test]
fn what_was_released_of_the_contract_is_never_edited() {
    let mut found = BTreeMap::new();
    for folder in fs::read_dir(format!("{ROOT}/wit")).unwrap() {
        let folder = folder.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        for file in fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.strip_prefix(format!("{ROOT}/wit")).unwrap();
            let digest = Digest::of(&fs::read(&path).unwrap()).short();
            found.insert(name.to_str().unwrap().to_owned(), digest);
        }
    }
    let released = RELEASED.map(|(file, digest)| (file.to_owned(), digest.to_owned()));
    assert_eq!(found, released.into());
}

/// A cluster in which each field of the contract has something to say.
const EVERYTHING: &str = r#"{
    "cluster": {
        "name": "Demo", "dns": ["192.0.2.53", "fd00::53"], "color": "red",
        "nodes": { "n1": { "score": 50, "addresses": ["192.0.2.11"], "tags": ["a"] }, "n2": {} },
        "networks": [
            { "name": "inner", "cidr": "10.22.0.0/16", "scope": "cluster", "subnets": { "n1": "10.22.1.0/24" }, "type": "routed" },
            { "name": "local", "cidr": "fd00:60::/64", "scope": "node" }
        ]
    },
    "services": {
        "shop/svc/web": {
            "labels": { "tier": "front" }, "topology": "flex",
            "instances": {
                "n1": { "availability": "up", "frozen": true, "resources": {
                    "ip#0": { "status": "stdby up", "type": "ip.cni",
                        "info": { "ipaddr": ["10.22.1.5", "fd00:60::5"], "hostname": "Web1", "expose": ["443/tcp:8443", "9/udp6"] } },
                    "container#1": { "status": "n/a" } } },
                "n2": { "availability": "warn", "resources": {} }
            }
        },
        "refused": { "instances": {} }
    }
}"#;

/// What the policy was given and what it said, as the daemon serves it.
fn said(policy: &str) -> String {
    let mut start: Start = start(&demo()).with_policy(policy, r#"{"key":"value"}"#);
    start.cluster = EVERYTHING.into();
    let daemon = start.serve();
    let labels = [
        "a", "aaaa", "cname", "ns", "ptr", "srv", "txt", "mx", "caa", "svcb", "https", "other",
    ];
    let names = ["demo", "cluster.demo", "settings.demo", "web.demo"].map(str::to_owned);
    let of_rdata = labels.map(|label| format!("{label}.web.demo"));
    let names = names.into_iter().chain(of_rdata);
    let records = names.flat_map(|name| daemon.records(&format!("{name}.")));
    let records: Vec<String> = records.filter(|record| !record.contains(" SOA ")).collect();
    let status = daemon.status();
    assert!(
        status.get("/failing").contains("this service is refused"),
        "{}",
        status.get("/failing")
    );
    let diagnostics = status.get("/diagnostics").replace("},", "},\n");
    format!("{}\n{diagnostics}\n", records.join("\n"))
}

#[test]
fn a_policy_of_the_first_release_is_given_every_word_and_understood() {
    let released = said(&golden("since_v1.0/every-word.wasm"));
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("every-word", released);
    });
    // The kit of today speaks of the same things.
    assert_eq!(said(EVERY_WORD), released);
}

fn choosing(policy: &str) -> Daemon {
    let mut start = start(&demo().resource(
        "shop/svc/web",
        "n2",
        "ip#2",
        &json!({ "ipaddr": "10.22.0.7" }),
    ))
    .with_policy(policy, "{}");
    start.arguments = ["--policy", "default"].map(str::to_owned).to_vec();
    start.serve()
}

#[test]
fn a_policy_of_the_second_release_is_asked_to_choose() {
    for policy in [&*golden("since_v1.1/chooses.wasm"), CHOOSES] {
        let daemon = choosing(policy);
        for (client, expected) in [
            ("127.1.0.1", &["10.22.0.5"][..]),
            ("127.2.0.1", &["10.22.0.7"]),
            ("192.0.2.1", &["10.22.0.5", "10.22.0.7"]),
        ] {
            let parameters = json!({
                "qname": "web.shop.svc.demo.", "qtype": "A", "real-remote": format!("{client}/32"),
            });
            let reply = daemon.connect().ask("lookup", &parameters);
            let rows = reply["result"].as_array().cloned().unwrap_or_default();
            let contents: Vec<_> = rows
                .iter()
                .filter_map(|row| row["content"].as_str())
                .collect();
            assert_eq!(contents, expected, "{client}: {reply}");
        }
    }
}

#[test]
fn a_policy_from_before_the_first_release_is_told_what_to_do() {
    let file = golden("since_v0.1/short-names.wasm");
    let directory = tempfile::tempdir().unwrap();
    let answer = Answer::to(BINARY, &["policy", "check", &file], directory.path());
    let text = format!("{}{}", answer.output, answer.error);
    assert_eq!(answer.code, 1, "{text}");
    for words in [
        "short-names.wasm speaks zonesmith:policy@0.1, this host speaks zonesmith:policy@1",
        "rebuild it",
        "`zonesmith policy build`",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}
