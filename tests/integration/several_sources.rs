//! Several sources in one daemon: as clusters of their own, or as one; what they share, where they contradict each other,
//! and that none waits for another.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use serde_json::json;
use zonesmith_tests::DEADLINE;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::{Document, cluster};

use crate::{demo, start};

/// A service that both clusters have, at the same address.
const WEB: &str = "shop/svc/web";

/// Both files, in this order.
const BOTH: &str = "source = [\"file:cluster.json\", \"file:two.json\"]\n";

/// The second cluster.
fn other() -> Document {
    cluster("other")
        .set("/cluster/dns", json!(["10.0.0.2"]))
        .service(WEB, "10.22.0.5")
        .service("shop/svc/only", "10.22.0.7")
}

/// A daemon on two files; the second is not there when none is given.
fn two(first: &Document, second: Option<&Document>) -> Start {
    let second = second.map(|second| ("two.json", second.json().to_string()));
    Start {
        configuration: BOTH.to_owned(),
        files: second.into_iter().collect(),
        ..start(first)
    }
}

fn set_second(daemon: &Daemon, second: &Document) {
    daemon.set_file("two.json", &second.json().to_string());
}

fn until_only(daemon: &Daemon, zone: &str, is_there: bool) {
    let name = format!("only.shop.svc.{zone}.");
    let record = format!("{name} 60 A 10.22.0.7");
    let expected = is_there.then_some(&*record);
    daemon.until_records(&name, expected.as_slice());
}

#[test]
fn two_clusters_each_have_their_zones_and_share_the_reverse_zone() {
    let daemon = two(&demo(), Some(&other())).serve();
    until_only(&daemon, "other", true);
    for zone in ["demo", "other"] {
        let name = format!("web.shop.svc.{zone}.");
        daemon.until_records(&name, &[&format!("{name} 60 A 10.22.0.5")]);
    }
    // One zone, in which both have their say.
    daemon.until_records(
        "5.0.22.10.in-addr.arpa.",
        &[
            "5.0.22.10.in-addr.arpa. 60 PTR web.shop.svc.demo.",
            "5.0.22.10.in-addr.arpa. 60 PTR web.shop.svc.other.",
        ],
    );
    // The first cluster's start of authority.
    let apex = daemon.records("10.in-addr.arpa.").join("\n");
    assert!(apex.contains("demo.") && !apex.contains("other."), "{apex}");
    let status = daemon.status();
    for (place, name, services) in [(0, "demo", 2), (1, "other", 2)] {
        assert_eq!(
            status.get(&format!("/sources/{place}/cluster")),
            format!("\"{name}\"")
        );
        assert_eq!(
            status.get(&format!("/clusters/{place}/name")),
            format!("\"{name}\"")
        );
        assert_eq!(
            status.number(&format!("/clusters/{place}/services")),
            services
        );
    }
    // Each is explained by its own service and source, and the shared name by both.
    let from = |name: &str, parts: &[&str]| {
        let explained = daemon.run(&["explain", name]).good();
        for part in parts {
            assert!(
                explained.contains(part),
                "{name}: no `{part}` in\n{explained}"
            );
        }
    };
    let services = [format!("service {WEB}"), format!("service other:{WEB}")];
    let sources = ["cluster.json", "two.json"];
    from("web.shop.svc.demo", &[&services[0], sources[0]]);
    from("web.shop.svc.other", &[&services[1], sources[1]]);
    let both = [&services[0], &services[1], sources[0], sources[1]];
    from("10.22.0.5", &both);
    let missing = daemon.run(&["explain", "onyl.shop.svc.other"]).output;
    assert!(
        missing.contains("nearly so is other:shop/svc/only"),
        "{missing}"
    );
    let metrics = zonesmith_tests::admin::ask(&daemon.admin_path(), "GET /metrics").body;
    for name in ["demo", "other"] {
        let sample = format!("zonesmith_cluster_services{{cluster=\"{name}\"}} 2.0");
        assert!(metrics.contains(&sample), "{metrics}");
    }
    // A change of one is nothing to the other.
    set_second(&daemon, &other().service(WEB, "10.22.0.15"));
    daemon.until_records(
        "web.shop.svc.other.",
        &["web.shop.svc.other. 60 A 10.22.0.15"],
    );
    daemon.until_records(
        "5.0.22.10.in-addr.arpa.",
        &["5.0.22.10.in-addr.arpa. 60 PTR web.shop.svc.demo."],
    );
    let people = daemon.run(&["status"]).output;
    assert!(people.contains("CLUSTER"), "{people}");
}

#[test]
fn a_service_of_two_sources_is_the_first_ones_and_reported_until_one_drops_it() {
    let second = other().set("/cluster/name", json!("Demo"));
    let daemon = two(&demo(), Some(&second)).serve();
    until_only(&daemon, "demo", true);
    set_second(
        &daemon,
        &second.service(WEB, "10.22.0.15").set(
            "/cluster/nodes",
            json!({ "n1": {}, "n2": { "addresses": ["10.0.0.2"] } }),
        ),
    );
    let status = daemon.until("the conflict is reported", |status| {
        status.get("/conflicts/0/kind") == "\"named-by-two-sources\""
    });
    assert_eq!(status.get("/conflicts/0/name"), format!("\"{WEB}\""));
    assert!(
        status.get("/conflicts/0/loser").ends_with("two.json\""),
        "{}",
        status.text()
    );
    assert_eq!(status.number("/cluster/services"), 3);
    assert_eq!(
        daemon.records("web.shop.svc.demo."),
        ["web.shop.svc.demo. 60 A 10.22.0.5"]
    );
    // Whose word is served, and whose is not, where the service has the name and where it has not.
    for name in ["web.shop.svc.demo", "nothing.web.shop.svc.demo"] {
        let explained = daemon.run(&["explain", name]).output;
        let says = format!("{WEB} is named by file:");
        let line = explained.lines().find(|line| line.contains(&says));
        assert!(
            line.is_some_and(|line| line.contains("two.json too, which is not served")),
            "{explained}"
        );
    }
    daemon.set_cluster(&demo().without(WEB));
    daemon.until_records(
        "web.shop.svc.demo.",
        &["web.shop.svc.demo. 60 A 10.22.0.15"],
    );
    daemon.until("it has healed", |status| {
        status.get("/conflicts/0").is_empty()
    });
    daemon.set_cluster(&demo());
    daemon.until_records("web.shop.svc.demo.", &["web.shop.svc.demo. 60 A 10.22.0.5"]);
}

#[test]
fn a_source_that_is_away_holds_up_nobody_and_comes_when_it_comes() {
    let daemon = two(&demo(), None).serve();
    assert_eq!(
        daemon.records("web.shop.svc.demo."),
        ["web.shop.svc.demo. 60 A 10.22.0.5"]
    );
    daemon.until("the one that is away is shown", |status| {
        status.get("/sources/0/state") == "\"live\""
            && status.get("/sources/1/state") == "\"failing\""
    });
    set_second(&daemon, &other());
    until_only(&daemon, "other", true);
    fs::remove_file(daemon.path("two.json")).unwrap();
    daemon.until("it is away again", |status| {
        status.get("/sources/1/state") == "\"failing\""
    });
    until_only(&daemon, "other", true);
}

#[test]
fn who_is_waited_for_is_named_as_long_as_nothing_is_served() {
    let daemon = Start {
        configuration: "source = [\"file:one.json\", \"file:two.json\"]\n".to_owned(),
        ..start(&demo())
    }
    .spawn();
    daemon.until("both are told of", |status| {
        let reason = status.get("/reason");
        reason.contains("one.json: ") && reason.contains("two.json: ")
    });
    set_second(&daemon, &other());
    daemon.until_listening();
    until_only(&daemon, "other", true);
}

#[test]
fn a_cluster_that_is_renamed_or_off_changes_no_other() {
    let daemon = two(&demo(), Some(&other())).serve();
    until_only(&daemon, "other", true);
    set_second(&daemon, &other().set("/cluster/name", json!("new")));
    until_only(&daemon, "new", true);
    assert!(daemon.records("web.shop.svc.other.").is_empty());
    assert_eq!(daemon.records("web.shop.svc.demo.").len(), 1);

    set_second(&daemon, &other().set("/cluster/dns", json!([])));
    until_only(&daemon, "new", false);
    let status = daemon.status();
    assert!(
        status.get("/clusters/1/off").contains("nameservers"),
        "{}",
        status.text()
    );
    assert_eq!(daemon.records("web.shop.svc.demo.").len(), 1);
    // Both off: no socket.
    daemon.set_cluster(&demo().set("/cluster/dns", json!([])));
    daemon.until("there is no DNS", |status| {
        status.get("/state") == "\"off\""
    });
    set_second(&daemon, &other());
    daemon.until_listening();
    until_only(&daemon, "other", true);
}

#[test]
fn a_cluster_that_no_policy_can_be_configured_for_is_named() {
    let daemon = two(&demo(), Some(&other())).serve();
    until_only(&daemon, "other", true);
    set_second(&daemon, &other().set("/cluster/name", json!("no..name")));
    let status = daemon.until("it is refused", |status| {
        !status.get("/refused/reason").is_empty()
    });
    let reason = status.get("/refused/reason");
    assert!(
        reason.starts_with("\"for the cluster `no..name`: "),
        "{reason}"
    );
    // And the others go on.
    daemon.set_cluster(&demo().service(WEB, "10.22.0.15"));
    daemon.until_records(
        "web.shop.svc.demo.",
        &["web.shop.svc.demo. 60 A 10.22.0.15"],
    );
}

#[test]
fn the_name_of_the_configuration_makes_one_cluster_of_all() {
    let daemon = two(&demo(), Some(&other())).serve();
    until_only(&daemon, "other", true);
    daemon.set_file(
        "zonesmith.toml",
        &format!("{BOTH}[cluster]\nname = \"site\"\n"),
    );
    until_only(&daemon, "site", true);
    assert_eq!(daemon.records("bad.shop.svc.site.").len(), 1);
    assert!(daemon.records("bad.shop.svc.demo.").is_empty());
    daemon.set_file("zonesmith.toml", BOTH);
    until_only(&daemon, "other", true);
}

#[test]
fn sources_come_and_go_with_the_configuration_and_no_answer_is_lost() {
    let daemon = Start {
        configuration: "source = \"file:cluster.json\"\n".to_owned(),
        files: vec![("two.json", other().json().to_string())],
        ..start(&demo())
    }
    .serve();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut socket = daemon.connect();
            let mut asked = 0;
            // Ends also where the other side failed.
            let end = Instant::now() + 3 * DEADLINE;
            while !is_over.load(Ordering::Relaxed) && Instant::now() < end {
                assert_eq!(
                    socket.records("web.shop.svc.demo."),
                    ["web.shop.svc.demo. 60 A 10.22.0.5"]
                );
                asked += 1;
            }
            asked
        });
        for _ in 0..3 {
            daemon.set_file("zonesmith.toml", BOTH);
            until_only(&daemon, "other", true);
            daemon.set_file("zonesmith.toml", "source = [\"file:cluster.json\"]\n");
            until_only(&daemon, "other", false);
            daemon.until("one source is left", |status| {
                status.get("/sources/1").is_empty()
            });
        }
        // None at all is a mistake, not an order.
        daemon.set_file("zonesmith.toml", "source = []\n");
        daemon.signal("HUP");
        daemon.set_file(
            "zonesmith.toml",
            "source = [\"file:two.json\", \"file:cluster.json\"]\n",
        );
        until_only(&daemon, "other", true);
        is_over.store(true, Ordering::Relaxed);
        assert!(asking.join().unwrap() > 0);
    });
    daemon.until("the other one is first", |status| {
        status.get("/cluster/name") == "\"other\""
    });
    // Others altogether: what was served stands until they have spoken.
    daemon.set_file("zonesmith.toml", "source = \"file:three.json\"\n");
    daemon.until("the new one is waited for", |status| {
        status.get("/sources/0/source").contains("three.json")
            && status.get("/sources/0/state") == "\"failing\""
    });
    until_only(&daemon, "other", true);
    daemon.set_file("three.json", &cluster("three").json().to_string());
    until_only(&daemon, "other", false);
}
