//! `pdns.sock`, octet for octet: what arrives as one request, and what each method is answered.

use serde_json::{Value, json};
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::socket::rows;

use crate::{demo, start};

fn served() -> Daemon {
    let cluster = demo().resource(
        "shop/svc/web",
        "n1",
        "ip#0",
        &json!({ "ipaddr": "10.22.0.5", "hostname": "Web1", "expose": ["80/tcp"] }),
    );
    start(&cluster).serve()
}

fn question(qname: &str) -> String {
    json!({ "method": "lookup", "parameters": { "qname": qname, "qtype": "ANY", "zone-id": 1 } })
        .to_string()
}

#[test]
fn requests_arrive_split_joined_or_pretty_printed() {
    let daemon = served();
    let mut socket = daemon.connect();
    let whole = question("web.shop.svc.demo.");
    let expected = ["web.shop.svc.demo. 60 A 10.22.0.5"];

    for octet in whole.as_bytes() {
        socket.send(&[*octet]);
    }
    socket.send(b"\n");
    assert_eq!(
        rows(&socket.receive().unwrap()),
        expected,
        "an octet at a time"
    );

    socket.send(format!("{whole}\n{whole}\r\n{whole}\n").as_bytes());
    for number in 1..=3 {
        assert_eq!(
            rows(&socket.receive().unwrap()),
            expected,
            "number {number} of three at once"
        );
    }

    let pretty =
        serde_json::to_string_pretty(&serde_json::from_str::<Value>(&whole).unwrap()).unwrap();
    socket.send(pretty.as_bytes());
    assert_eq!(
        rows(&socket.receive().unwrap()),
        expected,
        "pretty-printed, without a last newline"
    );

    socket.send(whole.as_bytes());
    socket.finish();
    assert_eq!(
        rows(&socket.receive().unwrap()),
        expected,
        "the end of a pipe instead of a newline"
    );
    assert_eq!(socket.receive(), None, "and then the end");
}

#[test]
fn each_reply_is_one_object_and_nothing_after_it() {
    let daemon = served();
    let mut socket = daemon.connect();
    for qname in ["web.shop.svc.demo.", "nobody.demo.", "svc.demo.", "demo."] {
        socket.lookup(qname, "ANY");
        assert_eq!(socket.left_over(), b"", "after {qname}");
    }
}

#[test]
fn what_makes_no_sense_is_answered_without_a_result_and_the_connection_stays() {
    let daemon = served();
    let mut socket = daemon.connect();
    // `false` would be NXDOMAIN, and cached as such.
    for request in [
        json!({ "method": "lookup" }),
        json!({ "method": "lookup", "parameters": {} }),
        json!({ "method": "lookup", "parameters": { "qname": 5, "qtype": "ANY" } }),
        json!({ "method": "lookup", "parameters": { "qname": "a..demo.", "qtype": "ANY" } }),
        json!({ "method": "lookup", "parameters": { "qname": format!("{}.demo.", "a".repeat(64)), "qtype": "ANY" } }),
        json!({ "method": "lookup", "parameters": { "qname": r"a\.demo.\", "qtype": "ANY" } }),
    ] {
        socket.send(format!("{request}\n").as_bytes());
        let reply = socket
            .receive()
            .unwrap_or_else(|| panic!("no reply to {request}"));
        assert!(reply.is_object(), "{request}: {reply}");
        assert!(
            reply.get("result").is_none_or(Value::is_null),
            "{request}: {reply}"
        );
    }
    assert_eq!(
        socket.records("web.shop.svc.demo.").len(),
        1,
        "still the same connection"
    );
}

#[test]
fn a_name_answers_by_what_it_is() {
    let daemon = served();
    let mut socket = daemon.connect();
    assert_eq!(
        socket.lookup("nobody.shop.svc.demo.", "ANY")["result"],
        false,
        "a sibling that is not there"
    );
    assert_eq!(
        socket.lookup("a.web.shop.svc.demo.", "ANY")["result"],
        false,
        "below a name"
    );
    assert_eq!(
        socket.lookup("example.com.", "ANY")["result"],
        false,
        "another zone"
    );
    let ent = socket.lookup("svc.demo.", "ANY");
    assert_eq!(
        rows(&ent),
        ["svc.demo. 60 ENT "],
        "an empty non-terminal: {ent}"
    );
    assert_eq!(
        rows(&socket.lookup("WEB.Shop.sVC.DEMO.", "ANY")).len(),
        1,
        "any case"
    );
    let wrong_type = socket.lookup("web.shop.svc.demo.", "TXT");
    assert!(
        wrong_type["result"] == json!([]) || wrong_type["result"] == false,
        "no TXT: {wrong_type}"
    );
    assert_eq!(
        rows(&socket.lookup("web.shop.svc.demo.", "A")),
        ["web.shop.svc.demo. 60 A 10.22.0.5"]
    );
    assert_eq!(
        rows(&socket.lookup("_http._tcp.web.shop.svc.demo.", "ANY")),
        ["_http._tcp.web.shop.svc.demo. 60 SRV 0 10 80 10-22-0-5.web.shop.svc.demo."]
    );
    assert_eq!(
        rows(&socket.lookup("5.0.22.10.in-addr.arpa.", "ANY")),
        ["5.0.22.10.in-addr.arpa. 60 PTR web1.web.shop.svc.demo."]
    );
}

#[test]
fn every_zone_is_listed_and_its_id_is_that_of_its_soa() {
    let daemon = served();
    let mut socket = daemon.connect();
    let zones = socket.ask("getAllDomains", &json!({ "include_disabled": true }));
    let zones = zones["result"].as_array().unwrap();
    let names: Vec<_> = zones
        .iter()
        .map(|zone| zone["zone"].as_str().unwrap())
        .collect();
    for apex in [
        "demo.",
        "10.in-addr.arpa.",
        "168.192.in-addr.arpa.",
        "d.f.ip6.arpa.",
    ] {
        assert!(names.contains(&apex), "{apex} in {names:?}");
    }
    let mut ids = Vec::new();
    for zone in zones {
        let (name, id) = (zone["zone"].as_str().unwrap(), zone["id"].as_i64().unwrap());
        assert!(id > 0, "{zone}");
        assert_eq!(zone["kind"], "native", "{zone}");
        let info = socket.ask("getDomainInfo", &json!({ "name": name }));
        assert_eq!(info["result"], *zone, "the same, alone");
        let soa = socket.ask(
            "lookup",
            &json!({ "qname": name, "qtype": "SOA", "zone-id": -1 }),
        );
        let soa = &soa["result"][0];
        assert_eq!(
            (soa["domain_id"].as_i64(), soa["qtype"].as_str()),
            (Some(id), Some("SOA")),
            "{name}"
        );
        let listed = socket.ask(
            "list",
            &json!({ "zonename": name, "domain_id": id, "include_disabled": false }),
        );
        assert!(
            listed["result"]
                .as_array()
                .is_some_and(|rows| !rows.is_empty()),
            "{name}: {listed}"
        );
        ids.push(id);
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), zones.len(), "no id twice");
    assert_eq!(
        socket.ask("getDomainInfo", &json!({ "name": "example.com." }))["result"],
        false
    );
    assert_eq!(
        socket.ask(
            "list",
            &json!({ "zonename": "example.com.", "domain_id": 7 })
        )["result"],
        false
    );

    let soa = socket.ask("lookup", &json!({ "qname": "demo.", "qtype": "SOA" }));
    assert_eq!(
        soa["result"][0]["domain_id"], -1,
        "a person with socat gets what the agent gave"
    );
}

#[test]
fn methods_that_powerdns_may_ask_are_answered() {
    let daemon = served();
    let mut socket = daemon.connect();
    let path = daemon.socket_path();
    assert_eq!(
        socket.ask("initialize", &json!({ "path": path, "timeout": "2000" }))["result"],
        true
    );
    let none = socket.ask("getAllDomainMetadata", &json!({ "name": "demo." }));
    assert!(
        none["result"] == json!({}) || none["result"] == false,
        "{none}"
    );
    let none = socket.ask(
        "getDomainMetadata",
        &json!({ "name": "demo.", "kind": "ALLOW-AXFR-FROM" }),
    );
    assert!(
        none["result"] == json!([]) || none["result"] == false,
        "{none}"
    );
    let keys = socket.ask("getDomainKeys", &json!({ "name": "demo." }));
    assert_eq!(keys, json!({ "result": [] }));
    // A question is never answered "no" by mistake, a write is, with the reason.
    let wrong = socket.ask("getDomainKeys", &json!({ "id": 1 }));
    assert!(wrong.get("result").is_none(), "{wrong}");
    for method in ["setNotified", "startTransaction", "replaceRRSet"] {
        let refused = socket.ask(method, &json!({ "id": 1 }));
        assert_eq!(refused["result"], false, "{method}: {refused}");
        assert!(refused["log"][0].is_string(), "{method}: {refused}");
    }
    assert_eq!(
        socket.ask("noSuchMethod", &json!({ "id": 1 })),
        json!({ "result": false })
    );
}

#[test]
fn hundreds_of_connections_are_served_at_the_same_time() {
    let daemon = served();
    let mut sockets: Vec<_> = (0..256).map(|_| daemon.connect()).collect();
    for socket in &mut sockets {
        socket.send(format!("{}\n", question("web.shop.svc.demo.")).as_bytes());
    }
    for (number, socket) in sockets.iter_mut().enumerate() {
        assert_eq!(
            rows(&socket.receive().unwrap()).len(),
            1,
            "connection {number}"
        );
    }
}
