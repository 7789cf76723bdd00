//! The file source: each format it reads, how it follows the file, and what it does with one it cannot read.

use std::fs;
use std::path::PathBuf;

use serde_json::json;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::cluster;
use zonesmith_tests::until;

use crate::{BINARY, ROOT, demo, start};

fn web(daemon: &Daemon) -> Vec<String> {
    daemon.records("web.shop.svc.demo.")
}

#[test]
fn a_change_of_the_file_is_served_however_it_is_made() {
    let daemon = start(&demo()).serve();
    assert_eq!(web(&daemon), ["web.shop.svc.demo. 60 A 10.22.0.5"]);
    // Renamed over, twice: a watch of the file itself would have gone deaf.
    for address in ["10.22.0.15", "10.22.0.25"] {
        daemon.set_cluster(&demo().service("shop/svc/web", address));
        daemon.until_records(
            "web.shop.svc.demo.",
            &[&format!("web.shop.svc.demo. 60 A {address}")],
        );
    }
    // Written in place.
    fs::write(
        daemon.cluster_file(),
        demo()
            .service("shop/svc/web", "10.22.0.35")
            .json()
            .to_string(),
    )
    .unwrap();
    daemon.until_records(
        "web.shop.svc.demo.",
        &["web.shop.svc.demo. 60 A 10.22.0.35"],
    );
    // What goes from the source goes from the zone.
    daemon.set_cluster(&demo().without("shop/svc/web"));
    daemon.until_records("web.shop.svc.demo.", &[]);
}

#[test]
fn only_what_changed_has_another_generation() {
    let daemon = start(&demo()).serve();
    let generation = daemon.status().generation();
    // Another order, other white space: the same cluster.
    fs::write(
        daemon.cluster_file(),
        serde_json::to_string_pretty(demo().json()).unwrap(),
    )
    .unwrap();
    daemon.set_cluster(&demo().service("shop/svc/later", "10.22.0.9"));
    daemon.until_records(
        "later.shop.svc.demo.",
        &["later.shop.svc.demo. 60 A 10.22.0.9"],
    );
    assert_eq!(daemon.status().generation(), generation + 1);
}

#[test]
fn a_file_that_cannot_be_read_keeps_what_was_served_and_says_what_is_wrong_and_where() {
    let daemon = start(&demo()).serve();
    let text = demo().json().to_string();
    let half = text.get(..text.len() / 2).unwrap().to_owned();
    let wrong = demo()
        .set("/services/shop~1svc~1web/instances/n1/resources", json!(5))
        .json()
        .to_string();
    for (name, text, words) in [
        ("half-written", half, vec!["line 1"]),
        (
            "a wrong type",
            wrong,
            vec!["services.shop/svc/web.instances.n1.resources"],
        ),
        ("something else", "[]".to_owned(), vec![]),
        ("nothing", String::new(), vec![]),
    ] {
        fs::write(daemon.cluster_file(), text).unwrap();
        let status = daemon.until(name, |status| {
            status.get("/sources/0/state") == r#""failing""#
        });
        for word in words {
            assert!(
                status.get("/sources/0/error").contains(word),
                "{name}, {word}: {}",
                status.text()
            );
        }
        assert_eq!(
            web(&daemon),
            ["web.shop.svc.demo. 60 A 10.22.0.5"],
            "{name}"
        );
        daemon.set_cluster(&demo());
        daemon.until("it is well again", |status| {
            status.get("/sources/0/state") == r#""live""#
        });
    }
}

#[test]
fn what_is_wrong_with_a_file_stands_in_the_log_once() {
    let daemon = start(&demo()).serve();
    let wrong = demo().set("/services/shop~1svc~1web/instances/n1/resources", json!(5));
    for _ in 0..3 {
        daemon.set_cluster(&wrong);
        daemon.until("it is wrong", |status| {
            status.get("/sources/0/state") == r#""failing""#
        });
        daemon.signal("HUP");
    }
    daemon.set_cluster(&demo());
    daemon.until("it is well again", |status| {
        status.get("/sources/0/state") == r#""live""#
    });
    let log = daemon.log();
    assert_eq!(
        log.matches("services.shop/svc/web.instances.n1.resources")
            .count(),
        1,
        "{log}"
    );
}

#[test]
fn a_file_that_is_taken_away_keeps_what_was_served() {
    let daemon = start(&demo()).serve();
    fs::remove_file(daemon.cluster_file()).unwrap();
    daemon.until("its absence is noticed", |status| {
        status.get("/sources/0/state") == r#""failing""#
    });
    assert_eq!(web(&daemon).len(), 1);
    daemon.set_cluster(&demo().service("shop/svc/web", "10.22.0.15"));
    daemon.until_records(
        "web.shop.svc.demo.",
        &["web.shop.svc.demo. 60 A 10.22.0.15"],
    );
}

#[test]
fn one_resource_that_cannot_be_read_is_reported_and_the_rest_is_served() {
    let expose = json!({ "ipaddr": "10.22.0.5", "expose": ["80/tcp", "eighty"] });
    let daemon = start(&demo().resource("shop/svc/web", "n1", "ip#0", &expose)).serve();
    assert_eq!(web(&daemon), ["web.shop.svc.demo. 60 A 10.22.0.5"]);
    assert_eq!(daemon.records("_80._tcp.web.shop.svc.demo.").len(), 1);
    let status = daemon.status();
    assert!(status.says("eighty"), "{}", status.text());
}

#[test]
fn a_cluster_that_is_renamed_has_its_names_under_the_new_one() {
    let daemon = start(&demo()).serve();
    daemon.set_cluster(&demo().set("/cluster/name", json!("Prod.Example")));
    daemon.until_records(
        "web.shop.svc.prod.example.",
        &["web.shop.svc.prod.example. 60 A 10.22.0.5"],
    );
    assert_eq!(web(&daemon), [""; 0]);
}

#[test]
fn the_configuration_says_over_the_source_what_the_cluster_is() {
    let mut start = start(
        &cluster("demo")
            .set("/cluster/dns", json!([]))
            .service("shop/svc/web", "10.22.0.5"),
    );
    start.configuration = "[cluster]\nname = \"other\"\ndns = [\"192.0.2.53\"]\n".to_owned();
    let daemon = start.serve();
    assert_eq!(daemon.records("web.shop.svc.other.").len(), 1);
    assert_eq!(daemon.records("ns1.other."), ["ns1.other. 60 A 192.0.2.53"]);
    let status = daemon.status();
    assert!(
        status
            .get("/cluster/name-origin")
            .contains("zonesmith.toml"),
        "{}",
        status.text()
    );

    // A change of the file is live, without a restart.
    fs::write(
        daemon.path("zonesmith.toml"),
        "[cluster]\ndns = [\"192.0.2.54\"]\n",
    )
    .unwrap();
    daemon.signal("HUP");
    daemon.until_records("ns1.demo.", &["ns1.demo. 60 A 192.0.2.54"]);
    assert_eq!(daemon.records("web.shop.svc.demo.").len(), 1);
}

#[test]
fn a_score_is_handed_on_when_it_moved_by_ten_points_or_with_another_change() {
    let scored = |score: u32, port: u32| {
        let info = json!({ "ipaddr": "10.22.0.5", "expose": [format!("{port}/tcp")] });
        demo()
            .set("/cluster/nodes/n1/score", json!(score))
            .resource("shop/svc/web", "n1", "ip#0", &info)
    };
    let weight = |daemon: &Daemon, port: u32| {
        let records = daemon.records(&format!("_{port}._tcp.web.shop.svc.demo."));
        records
            .first()
            .and_then(|record| record.split(' ').nth(4)?.parse::<u32>().ok())
    };
    let daemon = start(&scored(87, 80)).serve();
    assert_eq!(weight(&daemon, 80), Some(87));
    // Too little, which only a later change can show.
    let later = scored(80, 80).service("shop/svc/later", "10.22.0.9");
    daemon.set_cluster(&later);
    daemon.until_records(
        "later.shop.svc.demo.",
        &["later.shop.svc.demo. 60 A 10.22.0.9"],
    );
    assert_eq!(weight(&daemon, 80), Some(87));
    // Little again, and another port of the same instance.
    daemon.set_cluster(&scored(80, 81));
    until("the port changes", || weight(&daemon, 81), || daemon.log());
    assert_eq!(weight(&daemon, 81), Some(80));
    daemon.set_cluster(&scored(60, 81));
    until(
        "the score of 60 is the weight",
        || (weight(&daemon, 81) == Some(60)).then_some(()),
        || daemon.log(),
    );
}

#[test]
fn a_service_without_namespace_is_in_root() {
    let daemon = start(
        &cluster("demo")
            .service("web", "10.22.0.5")
            .service("svc/api", "10.22.0.6"),
    )
    .serve();
    assert_eq!(daemon.records("web.root.svc.demo.").len(), 1);
    assert_eq!(daemon.records("api.root.svc.demo.").len(), 1);
}

/// Files of an agent that are fixtures of the tests, in order of their names.
fn captures(directory: &str) -> Vec<PathBuf> {
    let directory = PathBuf::from(ROOT).join("tests/fixtures").join(directory);
    let mut files: Vec<_> = walk(&directory)
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no captures in {}", directory.display());
    files
}

fn walk(directory: &PathBuf) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("read {}: {error}", directory.display()));
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn what_an_agent_prints_is_read_as_it_is() {
    for (directory, format) in [("om3", "v3"), ("opensvc-v2", "v2")] {
        for file in captures(directory) {
            let mut start = Start::new(BINARY, &cluster("demo"));
            start.cluster = fs::read(&file).unwrap();
            // An agent whose cluster has no nameservers has no DNS; here it is to have some.
            start.configuration = "[cluster]\nname = \"demo\"\ndns = [\"10.0.0.1\"]\n".to_owned();
            if file.ends_with("30-just-after-restart.json") {
                // An agent that has just started knows not even its cluster's name: nothing is served on its word.
                let daemon = start.spawn();
                daemon.until("the source fails", |status| {
                    status.says("does not know its cluster yet")
                });
                continue;
            }
            let daemon = start.serve();
            let status = daemon.status();
            let said = status.get("/sources/0/format").to_lowercase();
            assert!(said.contains(format), "{}: {said}", file.display());
        }
    }
}
