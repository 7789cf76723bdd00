//! Why a name answers what it answers, or why it does not: one reason after the other, asked of a running daemon; and every
//! record of every zone is explained by something that makes exactly that record.

mod misses;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use zonesmith::policy::embedded;
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::document::{Document, everything};

use crate::static_zones::{MERGED, OWN};
use crate::{demo, start};

const EXAMPLE: &str = "\
$TTL 1h
@ IN SOA ns hostmaster ( 7 2h 1h 5d 1d )
  NS ns
ns A 192.0.2.1
* TXT \"anything\"
sub NS ns.sub
ns.sub A 192.0.2.3
old DNAME ns
";

/// A part of a value; null where there is none.
fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

fn explain(daemon: &Daemon, question: &str) -> Value {
    let mut words = vec!["explain", "--format", "json"];
    words.extend(question.split(' '));
    let answer = daemon.run(&words);
    let explanation: Value = serde_json::from_str(&answer.output)
        .unwrap_or_else(|error| panic!("{question}: {error}: {answer:?}\n{}", daemon.log()));
    let is_found = at(&explanation, "/status") == "found";
    assert_eq!(answer.code, i32::from(!is_found), "{question}: {answer:?}");
    explanation
}

/// Asks questions, and checks the status, and that each of these stands in what people read.
fn assert_said(daemon: &Daemon, asked: &[(&str, &str, &[&str])]) {
    for (question, status, words) in asked {
        let explanation = explain(daemon, question);
        assert_eq!(
            at(&explanation, "/status"),
            *status,
            "{question}: {explanation}"
        );
        let mut arguments = vec!["explain"];
        arguments.extend(question.split(' '));
        let text = daemon.run(&arguments).output;
        for word in *words {
            assert!(text.contains(word), "{question}: no `{word}` in\n{text}");
        }
    }
}

/// `"name" ttl "type" "content"`
fn record(row: &Value) -> String {
    let parts = ["/name", "/ttl", "/type", "/content"].map(|part| at(row, part).to_string());
    parts.join(" ")
}

/// The address of a resource in the cluster's document.
fn address(document: &Document, service: &str, node: &str, resource: &str) -> String {
    let service = service.replace('/', "~1");
    let info = format!("/services/{service}/instances/{node}/resources/{resource}/info/ipaddr");
    at(document.json(), &info).to_string()
}

#[test]
fn every_record_is_explained_by_what_makes_exactly_that_record() {
    let document = everything("demo");
    let mut start = start(&document);
    start.configuration = format!("{OWN}{MERGED}");
    start.files = vec![
        ("zones/example.com", EXAMPLE.to_owned()),
        ("zones/extra", "mail 60 A 192.0.2.25\n".to_owned()),
    ];
    let daemon = start.serve();
    let dump = daemon.run(&["dump", "--format", "json"]).good();
    let dump: Value = serde_json::from_str(&dump).unwrap();
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in dump.as_array().unwrap() {
        let name = row["qname"].as_str().unwrap().to_owned();
        let parts = ["qname", "ttl", "qtype", "content"].map(|part| row[part].to_string());
        let text = parts.join(" ");
        names.entry(name).or_default().insert(text);
    }
    assert!(names.len() > 40, "{dump}");
    for (name, rows) in names {
        let explanation = explain(&daemon, &name);
        let explained = explanation["records"].as_array().unwrap();
        let said: BTreeSet<_> = explained.iter().map(record).collect();
        assert_eq!(said, rows, "{name}");
        for row in explained {
            let is_soa = row["type"] == "SOA";
            assert_eq!(row["since"] == Value::Null, is_soa, "{row}");
            let makers = row["makers"].as_array().unwrap();
            assert!(!makers.is_empty(), "{row}");
            for maker in makers {
                let has = |part: &str| maker[part] != Value::Null;
                assert_eq!(has("place"), !has("policy"), "{row}");
                if !has("service") {
                    continue;
                }
                assert!(has("rule") && has("resource") && has("source"), "{row}");
                if matches!(row["type"].as_str(), Some("A" | "AAAA")) {
                    let text = |value: &Value| value.as_str().unwrap().to_owned();
                    let of = address(
                        &document,
                        &text(&maker["service"]),
                        &text(&maker["resource"]["node"]),
                        &text(&maker["resource"]["id"]),
                    );
                    assert_eq!(of, row["content"].to_string(), "{row}");
                }
            }
        }
    }
    let mail = explain(&daemon, "mail.demo");
    let place = mail["records"][0]["makers"][0]["place"].as_str().unwrap();
    assert!(place.ends_with("zones/extra:1"), "{mail}");
}

#[test]
fn a_record_is_a_tree_from_its_rule_to_its_source() {
    let daemon = start(&demo()).serve();
    let file = daemon.cluster_file().display().to_string();
    assert_said(
        &daemon,
        &[
            (
                "web.shop.svc.demo",
                "found",
                &[
                    "web.shop.svc.demo. 60 A 10.22.0.5  (since generation 1)\n└─ rule round-robin of default ",
                    "\n   └─ ip#0 (up) of the instance on n1 (up)\n      └─ service shop/svc/web\n         └─ source file:",
                    &file,
                ],
            ),
            (
                "10.22.0.5",
                "found",
                &["PTR web.shop.svc.demo.", "rule ptr of default"],
            ),
            (
                "demo SOA",
                "found",
                &[
                    "policy default",
                    "the policy's configuration, for no service",
                ],
            ),
            ("ns1.demo", "found", &["rule nameserver of default"]),
        ],
    );
    let (query, answer) = (
        "explain web.shop.svc.demo A",
        daemon.run(&["explain", "web.shop.svc.demo", "A"]).good(),
    );
    let through = daemon
        .connect()
        .ask("directBackendCmd", &json!({ "query": query }));
    assert_eq!(through["result"], answer, "pdnsutil is told the same");
    let wrong = daemon
        .connect()
        .ask("directBackendCmd", &json!({ "query": "explain a..b" }));
    assert!(wrong.to_string().contains("empty label"), "{wrong}");
    let answer = daemon.run(&["explain", "web.demo", "QUARK"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(
        answer.error.contains("QUARK is no type of records"),
        "{answer:?}"
    );
}

#[test]
fn what_a_resolver_finds_by_another_name_is_told() {
    let mut start = start(&demo());
    start.configuration = OWN.to_owned();
    start.files = vec![("zones/example.com", EXAMPLE.to_owned())];
    let daemon = start.serve();
    assert_said(
        &daemon,
        &[
            (
                "other.example.com",
                "found",
                &[
                    "the wildcard *.example.com. answers for it",
                    "*.example.com. 3600 TXT \"anything\"",
                    "zones/example.com:5",
                ],
            ),
            (
                "other.example.com A",
                "no-data",
                &["has no record of type A", "records of other types: TXT"],
            ),
            (
                "www.sub.example.com",
                "referral",
                &["sub.example.com. is delegated: whoever asks is sent to ns.sub.example.com."],
            ),
            (
                "www.old.example.com",
                "referral",
                &[
                    "the DNAME at old.example.com. sends whoever asks for a name below it to ns.example.com.",
                ],
            ),
            ("example.com SOA", "found", &["master file "]),
        ],
    );
}

/// Since when each record of a name is served.
fn dates(daemon: &Daemon, name: &str) -> Vec<(String, u64)> {
    let explanation = explain(daemon, name);
    let rows = at(&explanation, "/records").as_array().unwrap();
    let date = |row: &Value| {
        let content = at(row, "/content").as_str().unwrap().to_owned();
        (content, at(row, "/since").as_u64().unwrap())
    };
    rows.iter().map(date).collect()
}

#[test]
fn a_record_is_as_old_as_it_is_served() {
    let second = |document: Document| {
        document.resource(
            "shop/svc/web",
            "n2",
            "ip#0",
            &json!({ "ipaddr": "10.22.0.9" }),
        )
    };
    let mut start = start(&demo());
    start
        .policies
        .push((embedded().to_vec(), Some("{}".to_owned())));
    let daemon = start.serve();
    let name = "web.shop.svc.demo.";
    let of = |address: &str, since: u64| (address.to_owned(), since);
    assert_eq!(dates(&daemon, name), [of("10.22.0.5", 1)]);
    daemon.set_cluster(&second(demo()));
    daemon.until_records(
        name,
        &[
            "web.shop.svc.demo. 60 A 10.22.0.5",
            "web.shop.svc.demo. 60 A 10.22.0.9",
        ],
    );
    let changed = dates(&daemon, name);
    let since = changed[1].1;
    assert!(
        since > 1 && since <= daemon.status().generation(),
        "{changed:?}"
    );
    assert_eq!(changed, [of("10.22.0.5", 1), of("10.22.0.9", since)]);

    // What a reload leaves as it is stays as old as it is, and what it makes is new.
    let outcome = daemon.change(|daemon| daemon.set_settings(r#"{"rules": {"node": false}}"#));
    assert_eq!(outcome.word(), "published", "{outcome:?}");
    assert_eq!(dates(&daemon, name), changed);
    let outcome = daemon.change(|daemon| daemon.set_settings("{}"));
    let again = dates(&daemon, "web.shop.svc.n1.node.demo.");
    assert_eq!(again, [of("10.22.0.5", outcome.number("generation"))]);
}
