//! Keys, and the chain of hashes that denies names, over a take-over.

use serde_json::{Value, json};
use zonesmith_tests::daemon::Daemon;

use crate::{demo, start};

/// A key as PowerDNS gives it.
fn key() -> Value {
    let content = "Private-key-format: v1.2\nAlgorithm: 13 (ECDSAP256SHA256)\n\
                   PrivateKey: GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=\n";
    json!({ "flags": 257, "active": true, "published": true, "content": content })
}

#[test]
fn a_signed_zone_has_its_keys_and_denies_as_before_after_each_take_over() {
    let mut daemon = start(&demo()).serve();
    for (method, parameters) in [
        ("addDomainKey", json!({ "name": "demo.", "key": key() })),
        (
            "setDomainMetadata",
            json!({ "name": "demo.", "kind": "NSEC3PARAM", "value": ["1 0 3 abcd"] }),
        ),
    ] {
        let set = daemon.connect().ask(method, &parameters);
        assert!(set["result"] != json!(false), "{method}: {set}");
    }
    let info = json!({ "name": "demo." });
    let id = daemon.connect().ask("getDomainInfo", &info)["result"]["id"].clone();
    // The hash of no name: others are around it.
    let around = json!({ "id": id, "qname": "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom" });
    let facts = |daemon: &Daemon| {
        let mut socket = daemon.connect();
        [
            socket.ask("getDomainKeys", &json!({ "name": "demo." })),
            socket.ask(
                "getDomainMetadata",
                &json!({ "name": "demo.", "kind": "NSEC3PARAM" }),
            ),
            socket.ask("getBeforeAndAfterNamesAbsolute", &around),
        ]
    };
    let before = facts(&daemon);
    assert_eq!(before[0]["result"][0]["flags"], 257, "{}", before[0]);
    assert_eq!(before[1]["result"], json!(["1 0 3 abcd"]));
    let [hash, next] = ["before", "after"].map(|at| before[2]["result"][at].to_string());
    assert!(
        hash.len() == 34 && next.len() == 34 && hash != next,
        "{}",
        before[2]
    );
    for _ in 0..2 {
        assert_eq!(daemon.upgrade().code(), Some(0), "{}", daemon.log());
        assert_eq!(facts(&daemon), before);
    }
    // And follows what changes.
    daemon.set_cluster(&demo().services(20));
    daemon.until_records("s1.bulk.svc.demo.", &["s1.bulk.svc.demo. 60 A 10.64.0.2"]);
    assert_ne!(facts(&daemon)[2], before[2]);
}
