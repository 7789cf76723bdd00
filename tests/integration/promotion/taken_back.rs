//! A policy that fails after its promotion goes by itself, and nobody loses a name.

use serde_json::json;
use zonesmith_tests::admin::ask;
use zonesmith_tests::document::{Document, cluster};
use zonesmith_tests::observer::Observer;
use zonesmith_tests::policies::FAULTY;

use super::{history, promote, zone};
use crate::start;

/// Nine services, of which so many fail under the policy of the test.
fn nine(failing: u32) -> Document {
    (0..9).fold(cluster("demo"), |document, number| {
        let path = format!("shop/svc/s{number}");
        let document = document.service(&path, &format!("10.22.0.{}", number + 1));
        let labels = format!("/services/shop~1svc~1s{number}/labels/healed");
        if number < failing {
            document.set(&labels.replace("healed", "sick"), json!("yes"))
        } else {
            document.set(&labels, json!("yes"))
        }
    })
}

#[test]
fn a_policy_that_fails_for_a_third_of_the_services_rolls_back_by_itself_and_nothing_is_lost() {
    let mut daemon = start(&nine(0)).with_policy(FAULTY, "{}").serve();
    let before = zone(&daemon);
    promote(&daemon, r#"{"fault": "trap-in-synthesize"}"#);
    assert_eq!(zone(&daemon), before);
    let observer = Observer::of_names(
        &daemon.socket_path(),
        "demo.",
        &["s0.shop.svc.demo.", "s5.shop.svc.demo."],
    );
    daemon.set_cluster(&nine(3));
    let status = daemon.until("it is rolled back", |status| {
        status.get("/rolled-back") != "null"
    });
    assert!(
        status
            .get("/rolled-back/reason")
            .contains("3 of 9 services"),
        "{}",
        status.text()
    );
    assert_eq!(zone(&daemon), before);
    assert_eq!(status.get("/failing"), "[]");
    observer.finish();

    let events = history(&daemon);
    let outcomes: Vec<_> = events
        .iter()
        .map(|event| event["outcome"].clone())
        .collect();
    assert_eq!(
        outcomes,
        ["published", "rolled-back", "published"],
        "{events:#?}"
    );
    assert_eq!(events[0]["cause"], "automatic-rollback");
    let page = ask(&daemon.admin_path(), "GET /metrics").body;
    for line in [
        "zonesmith_policy_rolled_back 1.0",
        "zonesmith_policy_rollbacks_total{outcome=\"done\"} 1",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    let text = daemon.run(&["status", "--format", "table"]).good();
    assert!(text.contains("ROLLED BACK"), "{text}");
    let text = daemon.run(&["doctor"]).output;
    assert!(text.contains("rolled back by itself"), "{text}");
    assert!(
        daemon.log().contains("rolled back by itself"),
        "{}",
        daemon.log()
    );

    daemon.kill();
    daemon.start_again();
    daemon.until_listening();
    assert_eq!(zone(&daemon), before);
    assert_ne!(
        daemon.status().get("/rolled-back"),
        "null",
        "and says so after a restart"
    );
    // It is not what anybody wants back.
    let refused = daemon.run(&["policy", "rollback"]);
    assert_eq!(refused.code, 1, "{refused:?}");
}

#[test]
fn services_that_failed_before_are_not_held_against_what_is_promoted() {
    let fault = r#"{"fault": "error-in-synthesize"}"#;
    let mut daemon = start(&nine(3)).with_policy(FAULTY, fault).serve();
    promote(&daemon, r#"{"fault": "error-in-synthesize", "ttl": 30}"#);
    daemon.set_cluster(
        &nine(3)
            .service("shop/svc/last", "10.22.0.99")
            .set("/services/shop~1svc~1last/labels/healed", json!("yes")),
    );
    daemon.until_records(
        "last.shop.svc.demo.",
        &["last.shop.svc.demo. 30 A 10.22.0.99"],
    );
    assert_eq!(daemon.status().get("/rolled-back"), "null");

    // Nor after a restart, when nobody knows which they were.
    daemon.kill();
    daemon.start_again();
    daemon.until_listening();
    daemon.until_records(
        "last.shop.svc.demo.",
        &["last.shop.svc.demo. 30 A 10.22.0.99"],
    );
    let status = daemon.status();
    assert_eq!(status.get("/rolled-back"), "null");
    assert!(
        status.number("/policies/0/watched") > 0,
        "{}",
        status.text()
    );
}
