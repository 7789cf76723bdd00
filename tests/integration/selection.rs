//! A policy may choose which of the published records a client is given. Whatever it does, nobody goes without an answer, and
//! no answer that is meant for one client is fit to be kept for another.

use std::fs;

use serde_json::{Value, json};
use zonesmith_tests::answer::Answer;
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::document::{Document, cluster};
use zonesmith_tests::policies::{self, CHOOSES, NEAREST};

use crate::{BINARY, start};

const WEB: &str = "web.shop.svc.demo.";

/// A service with two addresses of each family, and one with one.
fn document() -> Document {
    let resource = |cluster: Document, node: &str, address: &str| {
        let id = format!("ip#{}", address.replace([':', '.'], "-"));
        cluster.resource("shop/svc/web", node, &id, &json!({ "ipaddr": address }))
    };
    let cluster = cluster("demo").service("shop/svc/single", "10.22.0.9");
    let addresses = [
        ("n1", "10.22.0.5"),
        ("n2", "10.22.0.6"),
        ("n1", "fd00::5"),
        ("n2", "fd00::6"),
    ];
    addresses
        .into_iter()
        .fold(cluster, |cluster, (node, address)| {
            resource(cluster, node, address)
        })
}

/// A daemon with the default policy, and this one behind it.
fn choosing(component: &str, settings: &str) -> Daemon {
    let mut start = start(&document()).with_policy(component, settings);
    start.arguments = ["--policy", "default"].map(str::to_owned).to_vec();
    start.serve()
}

/// What a client is given: type, content, and for whom it may be kept.
fn given(daemon: &Daemon, qname: &str, qtype: &str, client: &str) -> Vec<String> {
    let parameters = json!({
        "local": "127.0.0.1", "qname": qname, "qtype": qtype, "real-remote": client, "remote": "127.0.0.1", "zone-id": 1,
    });
    let reply = daemon.connect().ask("lookup", &parameters);
    let rows = reply.get("result").and_then(Value::as_array).cloned();
    let text = |row: &Value, key: &str| {
        row.get(key)
            .map_or_else(|| "-".to_owned(), Value::to_string)
    };
    let rows = rows.unwrap_or_default();
    let rows = rows.iter().map(|row| {
        let line = format!(
            "{} {} {}",
            text(row, "qtype"),
            text(row, "content"),
            text(row, "scopeMask")
        );
        line.replace('"', "")
    });
    rows.collect()
}

/// All of the set, not to be kept for anybody but 127.1.0.1.
const WHOLE: [&str; 2] = ["A 10.22.0.5 32", "A 10.22.0.6 32"];

#[test]
fn a_client_is_given_what_is_chosen_for_its_network_and_it_is_kept_for_no_other() {
    let daemon = choosing(CHOOSES, r#"{"everyone": ["AAAA"]}"#);
    let sixes = ["AAAA fd00::5 -", "AAAA fd00::6 -"];
    for (client, expected) in [
        ("127.1.0.1/32", &["A 10.22.0.5 16"][..]),
        ("127.2.0.1/32", &["A 10.22.0.6 16"]),
        ("127.3.0.1/32", &["A 10.22.0.5 16", "A 10.22.0.6 16"]),
        // Less is known than would decide.
        ("127.0.0.0/8", &["A 10.22.0.5 8", "A 10.22.0.6 8"]),
        ("0.0.0.0/0", &["A 10.22.0.5 32", "A 10.22.0.6 32"]),
        ("fd00::1/128", &["A 10.22.0.5 16", "A 10.22.0.6 16"]),
        ("::ffff:127.1.0.1/128", &["A 10.22.0.5 112"]),
    ] {
        assert_eq!(given(&daemon, WEB, "A", client), expected, "{client}");
        let all = [expected, &sixes].concat();
        assert_eq!(given(&daemon, WEB, "ANY", client), all, "{client}");
    }
    let status = daemon.status();
    assert_eq!(status.get("/selection/policy"), "\"chooses\"");
    assert_eq!(status.number("/selection/failed"), 0, "{}", status.text());
    assert!(
        status.number("/selection/chosen") >= 14,
        "{}",
        status.text()
    );
    assert!(
        status.number("/selection/everyone") >= 7,
        "{}",
        status.text()
    );
}

#[test]
fn what_is_one_record_or_none_and_who_serves_a_zone_is_the_same_for_everyone() {
    let document = document().set("/cluster/dns", json!(["10.0.0.1", "10.0.0.2"]));
    let mut start = start(&document).with_policy(CHOOSES, "{}");
    start.arguments = ["--policy", "default"].map(str::to_owned).to_vec();
    let daemon = start.serve();
    for (qname, qtype) in [
        ("single.shop.svc.demo.", "A"),
        ("demo.", "NS"),
        ("demo.", "SOA"),
        ("absent.shop.svc.demo.", "ANY"),
        ("shop.svc.demo.", "ANY"),
        (WEB, "TXT"),
    ] {
        let [one, other] =
            ["127.1.0.1/32", "127.2.0.1/32"].map(|client| given(&daemon, qname, qtype, client));
        assert_eq!(one, other, "{qname} {qtype}");
        assert!(one.iter().all(|row| row.ends_with(" -")), "{one:?}");
    }
    let names = given(&daemon, "demo.", "NS", "127.1.0.1/32");
    assert_eq!(names.len(), 2, "{names:?}");
    // A transfer has everything.
    let zone = daemon.run(&["dump", "demo", "--format", "zone"]).good();
    for address in ["10.22.0.5", "10.22.0.6", "fd00::5", "fd00::6"] {
        assert!(zone.contains(&format!("{WEB} 60 IN A")), "{zone}");
        assert!(zone.contains(address), "{zone}");
    }
}

#[test]
fn a_policy_that_chooses_badly_costs_nobody_an_answer_and_is_left_alone() {
    let daemon = choosing(CHOOSES, "{}");
    for (fault, kind) in [
        ("nothing", &["malformed"][..]),
        ("beyond", &["malformed"]),
        ("spin", &["deadline"]),
        ("trap", &["trap"]),
        ("recurse", &["trap"]),
        ("eat-memory", &["memory", "deadline"]),
        ("million", &["too-much-output", "memory", "deadline"]),
    ] {
        let settings = json!({ "fault": fault }).to_string();
        let outcome = daemon.change(|daemon| daemon.set_settings(&settings));
        assert_eq!(outcome.word(), "published", "{fault}: {outcome:?}");
        let mut asked = 0;
        let status = daemon.until("it is left alone", |status| {
            assert_eq!(given(&daemon, WEB, "A", "127.1.0.1/32"), WHOLE, "{fault}");
            status.number("/selection/not-asked") > 0
        });
        asked += status.number("/selection/failed");
        assert!((3..100).contains(&asked), "{fault}: {}", status.text());
        let said = status.get("/selection/kind");
        assert!(
            kind.iter().any(|kind| said == format!("\"{kind}\"")),
            "{fault}: {said}, {}",
            status.text()
        );
        // It works again, and is asked again.
        assert_eq!(
            daemon.change(|daemon| daemon.set_settings("{}")).word(),
            "published",
            "{fault} is over"
        );
        assert_eq!(
            given(&daemon, WEB, "A", "127.1.0.1/32"),
            ["A 10.22.0.5 16"],
            "{fault} is over"
        );
    }
}

#[test]
fn lookups_side_by_side_are_each_chosen_for_its_own_client() {
    let daemon = choosing(CHOOSES, "{}");
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let daemon = &daemon;
            scope.spawn(move || {
                let (client, expected) = match thread % 2 {
                    0 => ("127.1.0.1/32", "A 10.22.0.5 16"),
                    _ => ("127.2.0.1/32", "A 10.22.0.6 16"),
                };
                for _ in 0..50 {
                    assert_eq!(given(daemon, WEB, "A", client), [expected]);
                }
            });
        }
    });
    let status = daemon.status();
    assert_eq!(status.number("/selection/chosen"), 400, "{}", status.text());
    assert_eq!(
        status.number("/selection/not-asked"),
        0,
        "{}",
        status.text()
    );
}

#[test]
fn the_first_policy_that_chooses_is_asked_and_none_costs_nothing() {
    let mut start = start(&document()).with_policy(CHOOSES, "{}");
    start.policies.push((policies::bytes(NEAREST), None));
    start.arguments = ["--policy", "default"].map(str::to_owned).to_vec();
    let daemon = start.serve();
    assert_eq!(daemon.status().get("/selection/policy"), "\"chooses\"");
    // The same policy once more is no other one: what caches have of it stays right.
    let outcome = daemon.change(|daemon| daemon.set_policy(&policies::bytes(NEAREST)));
    assert_eq!(outcome.word(), "published", "{outcome:?}");
    assert_eq!(daemon.status().get("/selection/policy"), "\"nearest\"");
    // Nothing tells these addresses apart: no node has a network.
    assert_eq!(
        given(&daemon, WEB, "A", "127.1.0.1/32"),
        ["A 10.22.0.5 -", "A 10.22.0.6 -"]
    );
    let plain = crate::start(&document()).serve();
    assert_eq!(plain.status().get("/selection"), "null");
    assert_eq!(
        given(&plain, WEB, "A", "127.1.0.1/32"),
        ["A 10.22.0.5 -", "A 10.22.0.6 -"]
    );
}

#[test]
fn explain_says_which_records_a_client_is_given_and_by_whom() {
    let daemon = choosing(CHOOSES, r#"{"everyone": ["AAAA"]}"#);
    let web = "web.shop.svc.demo";
    for (arguments, words) in [
        (
            &["A"][..],
            "- chooses may choose which of the 2 records of type A a client is given",
        ),
        (
            &["A", "--client", "127.1.0.1"],
            "- 127.1.0.1/32 is given 1 of the 2 records of type A, as chooses chooses: 10.22.0.5 (kept for /16)",
        ),
        (
            &["--client", "127.2.0.0/24"],
            "- 127.2.0.0/24 is given 1 of the 2 records of type A, as chooses chooses: 10.22.0.6 (kept for /16)",
        ),
        (
            &["--client", "127.2.0.0/24"],
            "- 127.2.0.0/24 is given all 2 records of type AAAA, as everyone is",
        ),
        (
            &["A", "--client", "10.0.0.1"],
            "- 10.0.0.1/32 is given all 2 records of type A: chooses chose them",
        ),
    ] {
        let text = daemon.run(&[&["explain", web], arguments].concat()).good();
        assert!(text.contains(words), "{arguments:?}: {text}");
    }
    for arguments in [
        &["explain", "single.shop.svc.demo"][..],
        &["explain", "demo", "SOA"],
    ] {
        let text = daemon.run(arguments).good();
        assert!(!text.contains("choose"), "{text}");
    }
    let refused = daemon.run(&["explain", web, "--client", "somebody"]);
    assert!(
        refused.error.contains("somebody is no network"),
        "{refused:?}"
    );
}

#[test]
fn check_asks_who_chooses_and_finds_what_caches_would_give_to_others() {
    let directory = tempfile::tempdir().unwrap();
    let document = document().set(
        "/cluster/nodes",
        json!({ "n1": { "addresses": ["127.1.0.1"] }, "n2": { "addresses": ["127.2.0.1"] } }),
    );
    let cluster = directory.path().join("cluster.json");
    fs::write(&cluster, document.json().to_string()).unwrap();
    for (settings, found) in [
        ("{}", None),
        (r#"{"fault": "wide"}"#, Some(("scope", "is kept for /8"))),
        (
            r#"{"fault": "fickle"}"#,
            Some(("scope", "it leaves the set to everyone when ")),
        ),
        (
            r#"{"fault": "nothing"}"#,
            Some(("failing", "`choose` chose nothing")),
        ),
        (r#"{"fault": "trap"}"#, Some(("failing", "trap"))),
        (r#"{"fault": "spin"}"#, Some(("failing", "deadline"))),
    ] {
        let file = directory.path().join("settings.json");
        fs::write(&file, settings).unwrap();
        let command = [
            "policy",
            "check",
            CHOOSES,
            "--cluster",
            cluster.to_str().unwrap(),
            "--settings",
            file.to_str().unwrap(),
            "--format",
            "json",
        ];
        let answer = Answer::to(BINARY, &command, directory.path());
        let report: Value = serde_json::from_str(&answer.output).unwrap();
        assert!(report["costs"]["choose"]["limit"].is_u64(), "{report:#}");
        let findings = report["findings"].as_array().unwrap();
        let errors = findings.iter().filter(|one| one["weight"] == "error");
        let errors: Vec<_> = errors.collect();
        let Some((check, words)) = found else {
            assert!(errors.is_empty() && answer.code == 0, "{report:#}");
            continue;
        };
        let is_it = |one: &&Value| {
            one["check"] == check && one["message"].as_str().unwrap().contains(words)
        };
        let finding = errors.into_iter().find(is_it);
        let finding = finding.unwrap_or_else(|| panic!("{settings}: {report:#}"));
        assert_eq!(finding["record"]["name"], WEB, "{finding:#}");
        assert_eq!(answer.code, 1, "{settings}");
    }
}
