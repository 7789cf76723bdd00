//! The source `etcd:` and `zonesmith publish` against a real etcd: a member that is killed, or stopped, or behind; what was
//! compacted; users and TLS; publishers that die.

use serde_json::json;
use zonesmith_tests::answer::Answer;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::{Document, cluster};
use zonesmith_tests::etcd::Etcd;
use zonesmith_tests::publisher::Publisher;

use crate::BINARY;

const CLUSTER: &str = r#"{"name": "c1", "dns": ["10.0.0.1"]}"#;
const WEB: &str = "web.shop.svc.c1.";

fn instance(address: &str) -> String {
    json!({ "availability": "up", "resources": { "ip#0": { "status": "up", "info": { "ipaddr": address } } } })
        .to_string()
}

fn record(address: &str) -> String {
    format!("web.shop.svc.c1. 60 A {address}")
}

/// A daemon that follows this etcd, and runs whether or not there is a cluster in it.
fn follow(etcd: &Etcd, configuration: &str) -> Daemon {
    Start {
        arguments: vec!["--source".to_owned(), etcd.source()],
        configuration: configuration.to_owned(),
        ..Start::new(BINARY, &cluster("unused"))
    }
    .spawn()
}

fn until_web(daemon: &Daemon, addresses: &[&str]) {
    daemon.until_listening();
    let records: Vec<_> = addresses.iter().map(|address| record(address)).collect();
    let records: Vec<_> = records.iter().map(String::as_str).collect();
    daemon.until_records(WEB, &records);
}

fn until_ready(daemon: &Daemon) {
    daemon.until("the first zone is published", |status| {
        status.generation() > 0
    });
}

/// Instances of `shop/svc/web`: node and address.
fn document(instances: &[(&str, &str)]) -> Document {
    let mut document = cluster("c1");
    for (node, address) in instances {
        document = document.resource("shop/svc/web", node, "ip#0", &json!({ "ipaddr": address }));
    }
    document
}

#[test]
#[ignore = "needs etcd"]
fn keys_become_names_and_a_value_that_cannot_be_read_takes_away_nothing() {
    let etcd = Etcd::start(1, &[]);
    let daemon = follow(&etcd, "");
    daemon.until("it waits for the cluster", |status| {
        status.says("there is no key `/dns/c1/cluster`, so there is no cluster")
    });
    etcd.put("services/shop/svc/web/n1", &instance("10.22.0.1"));
    etcd.put("cluster", CLUSTER);
    until_web(&daemon, &["10.22.0.1"]);
    daemon.until("it is well", |status| !status.says("there is no key"));
    etcd.put("services/shop/svc/web/n2", &instance("10.22.0.2"));
    until_web(&daemon, &["10.22.0.1", "10.22.0.2"]);
    etcd.put("services/shop/svc/web/n1", "{");
    daemon.until("the fault is told", |status| {
        status.says("services/shop/svc/web/n1")
    });
    until_web(&daemon, &["10.22.0.1", "10.22.0.2"]);
    etcd.put("services/shop/svc/web/n1", &instance("10.22.0.9"));
    until_web(&daemon, &["10.22.0.2", "10.22.0.9"]);
    // The prefix is emptied: that is no cluster without services.
    etcd.control(&["del", "--prefix", "/dns/c1/"]);
    daemon.until("it waits for the cluster", |status| {
        status.says("there is no key `/dns/c1/cluster`, so there is no cluster")
    });
    until_web(&daemon, &["10.22.0.2", "10.22.0.9"]);
    etcd.put("cluster", CLUSTER);
    until_web(&daemon, &[]);
}

#[test]
#[ignore = "needs etcd"]
fn a_member_that_is_killed_or_stopped_or_all_of_them_cost_no_name() {
    let mut etcd = Etcd::start(
        3,
        &["--heartbeat-interval", "50", "--election-timeout", "300"],
    );
    etcd.put("cluster", CLUSTER);
    etcd.put("services/shop/svc/web/n1", &instance("10.22.0.1"));
    let daemon = follow(&etcd, "");
    until_ready(&daemon);
    until_web(&daemon, &["10.22.0.1"]);
    // The first is the one that is watched.
    etcd.kill(0);
    etcd.put("services/shop/svc/web/n1", &instance("10.22.0.2"));
    until_web(&daemon, &["10.22.0.2"]);
    etcd.start_again(0);
    etcd.until_healthy();
    // Now it is the second: it is there, and says nothing.
    etcd.signal(1, "STOP");
    etcd.put("services/shop/svc/web/n1", &instance("10.22.0.3"));
    until_web(&daemon, &["10.22.0.3"]);
    etcd.signal(1, "CONT");
    etcd.until_healthy();
    // One alone has no leader.
    etcd.kill(0);
    etcd.kill(1);
    daemon.until("the failure is told", |status| status.says("127.0.0.1:"));
    until_web(&daemon, &["10.22.0.3"]);
    etcd.kill(2);
    until_web(&daemon, &["10.22.0.3"]);
    for member in 0..3 {
        etcd.start_again(member);
    }
    etcd.until_healthy();
    etcd.put("services/shop/svc/web/n1", &instance("10.22.0.4"));
    until_web(&daemon, &["10.22.0.4"]);
}

#[test]
#[ignore = "needs etcd"]
fn what_was_compacted_while_the_etcd_was_away_is_read_again() {
    let mut etcd = Etcd::start(1, &[]);
    etcd.put("cluster", CLUSTER);
    etcd.put("services/shop/svc/web/n1", &instance("10.22.0.1"));
    etcd.put("services/shop/svc/gone/n1", &instance("10.22.0.8"));
    let mut daemon = follow(&etcd, "");
    until_ready(&daemon);
    until_web(&daemon, &["10.22.0.1"]);
    // The daemon stands still while keys change and history goes: what it watched from is no more when it goes on.
    daemon.signal("STOP");
    etcd.put("services/shop/svc/web/n1", &instance("10.22.0.2"));
    etcd.control(&["del", "/dns/c1/services/shop/svc/gone/n1"]);
    let status = etcd.control(&["get", "/dns/c1/cluster", "--write-out", "fields"]);
    let revision = status
        .lines()
        .find_map(|line| line.strip_prefix("\"Revision\" : "));
    etcd.control(&["compact", revision.unwrap()]);
    etcd.kill(0);
    daemon.signal("CONT");
    etcd.start_again(0);
    etcd.until_healthy();
    until_web(&daemon, &["10.22.0.2"]);
    daemon.until_records("gone.shop.svc.c1.", &[]);
    assert!(daemon.is_running());
}

#[test]
#[ignore = "needs etcd"]
fn an_etcd_with_tls_and_users_is_followed_and_written() {
    let etcd = Etcd::start_secure(1);
    for words in [
        "user add root:secret",
        "role add root",
        "user grant-role root root",
        "role add dns",
        "role grant-permission dns --prefix=true readwrite /dns/c1/",
        "user add zonesmith:pass word",
        "user grant-role zonesmith dns",
    ] {
        // The password has a blank in it.
        let words: Vec<_> = words.splitn(3, ' ').collect();
        let last: Vec<_> = if words[1] == "add" {
            vec![words[2]]
        } else {
            words[2].split(' ').collect()
        };
        etcd.control(&[&words[..2], &last].concat());
    }
    etcd.control(&["auth", "enable"]);
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    std::fs::write(path("password"), "pass word\n").unwrap();
    let configuration = format!(
        "[etcd]\nca = \"{}\"\ncertificate = \"{}\"\nkey = \"{}\"\nuser = \"zonesmith\"\npassword-file = \"{}\"\n",
        etcd.file("ca.pem").display(),
        etcd.file("client.pem").display(),
        etcd.file("client.key").display(),
        path("password"),
    );
    std::fs::write(path("zonesmith.toml"), &configuration).unwrap();
    let source = etcd.source();
    let daemon = follow(&etcd, &configuration);
    let arguments = ["--to", &source, "--config", &path("zonesmith.toml")];
    let mut publisher = Publisher::of(BINARY, &document(&[("n1", "10.22.0.1")]), &arguments);
    publisher.until("keys written");
    until_ready(&daemon);
    until_web(&daemon, &["10.22.0.1"]);
    publisher.set_cluster(&document(&[("n1", "10.22.0.2")]));
    until_web(&daemon, &["10.22.0.2"]);
    assert!(publisher.end("TERM").success(), "{}", publisher.log());
    until_web(&daemon, &[]);
    // Who is not known is told so, and what is wrong is said.
    let stranger = Answer::to(
        BINARY,
        &["publish", "list", "--to", &source],
        directory.path(),
    );
    assert_eq!(stranger.code, 1);
    assert!(stranger.error.contains("etcd.ca"), "{stranger:?}");
    std::fs::write(path("password"), "wrong").unwrap();
    let refused = Answer::to(
        BINARY,
        &[
            "publish",
            "list",
            "--to",
            &source,
            "--config",
            &path("zonesmith.toml"),
        ],
        directory.path(),
    );
    assert_eq!(refused.code, 1);
    assert!(
        refused.error.contains("authentication failed"),
        "{refused:?}"
    );
}

#[test]
#[ignore = "needs etcd"]
fn publishers_share_a_cluster_and_the_instances_of_a_dead_one_go() {
    let mut etcd = Etcd::start(
        3,
        &["--heartbeat-interval", "50", "--election-timeout", "300"],
    );
    let source = etcd.source();
    let daemon = follow(&etcd, "");
    let both = document(&[("n1", "10.22.0.1"), ("n2", "10.22.0.2")]).set(
        "/services/shop~1svc~1web/labels",
        json!({ "team": "front" }),
    );
    let publish = |node: &str| {
        let arguments = ["--to", &source, "--node", node, "--ttl", "5"];
        let publisher = Publisher::of(BINARY, &both, &arguments);
        publisher.until("keys written");
        publisher
    };
    let mut one = publish("n1");
    let mut two = publish("n2");
    until_ready(&daemon);
    until_web(&daemon, &["10.22.0.1", "10.22.0.2"]);
    let hand = [
        "service",
        "shop/svc/web",
        "--address",
        "10.22.0.3",
        "--node",
        "n3",
        "--expose",
        "80/tcp",
    ];
    let mut hand = Publisher::with(
        BINARY,
        &[&hand[..], &["--to", &source, "--ttl", "5"]].concat(),
    );
    until_web(&daemon, &["10.22.0.1", "10.22.0.2", "10.22.0.3"]);
    // Without a word: its lease ends.
    two.end("KILL");
    until_web(&daemon, &["10.22.0.1", "10.22.0.3"]);
    // In an orderly way: at once, and nobody else's with it.
    assert!(hand.end("TERM").success(), "{}", hand.log());
    until_web(&daemon, &["10.22.0.1"]);
    let labels = "/dns/c1/services/shop/svc/web";
    let kept = etcd.control(&["get", labels, "--print-value-only"]);
    assert_eq!(
        kept.trim(),
        r#"{"labels":{"team":"front"}}"#,
        "{}",
        one.log()
    );
    // The member it writes to is gone, and what it wrote is removed by somebody.
    etcd.kill(0);
    etcd.control(&["del", "/dns/c1/services/shop/svc/web/n1"]);
    until_web(&daemon, &["10.22.0.1"]);
    assert!(one.end("TERM").success(), "{}", one.log());
    until_web(&daemon, &[]);
    let left = etcd.control(&["get", "--prefix", "--keys-only", "/dns/c1/"]);
    assert_eq!(
        left.split_whitespace().collect::<Vec<_>>(),
        ["/dns/c1/cluster"]
    );
}

#[test]
#[ignore = "needs etcd"]
fn a_lost_lease_is_replaced_and_what_is_kept_has_none() {
    let etcd = Etcd::start(1, &[]);
    let source = etcd.source();
    let daemon = follow(&etcd, "");
    let mut publisher = Publisher::of(
        BINARY,
        &document(&[("n1", "10.22.0.1")]),
        &["--to", &source, "--format", "json"],
    );
    publisher.until(r#""event":"written","written":3,"removed":0"#);
    until_ready(&daemon);
    until_web(&daemon, &["10.22.0.1"]);
    let list = |arguments: &[&str]| {
        let words = [&["publish", "list", "--to", &source], arguments].concat();
        Answer::to(BINARY, &words, &std::env::temp_dir()).good()
    };
    let table = list(&[]);
    let lines: Vec<_> = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .collect();
    assert_eq!(lines[1][0], "/dns/c1/cluster");
    assert_eq!(lines[1][2..], ["-", "-"]);
    assert_eq!(lines[3][0], "/dns/c1/services/shop/svc/web/n1");
    assert_eq!(lines[3][4..], ["of", "30", "s"]);
    etcd.control(&["lease", "revoke", lines[3][2]]);
    publisher.until("lease-lost");
    until_web(&daemon, &["10.22.0.1"]);
    // One that keeps takes the key over: it stays when both are gone.
    let once = Publisher::of(
        BINARY,
        &document(&[("n1", "10.22.0.1")]),
        &["--to", &source, "--once"],
    );
    once.until("keys written");
    assert!(publisher.end("TERM").success(), "{}", publisher.log());
    let rows: serde_json::Value = serde_json::from_str(&list(&["--format", "json"])).unwrap();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows.iter().all(|row| row["lease"].is_null()), "{rows:?}");
    until_web(&daemon, &["10.22.0.1"]);
}
