//! Several policies, in order: a set of records belongs whole to the first policy that has it.

use zonesmith::policy::embedded;
use zonesmith_tests::document::cluster;
use zonesmith_tests::policies::{self, FAULTY, SHORT_NAMES};

use crate::{demo, start};

#[test]
fn a_later_policy_adds_and_the_first_one_overrides() {
    let mut start = start(&demo());
    start.policies.push((
        policies::bytes(FAULTY),
        Some(r#"{"ttl": 5, "extra": "also"}"#.to_owned()),
    ));
    start.policies.push((embedded().to_vec(), None));
    let daemon = start.serve();
    assert_eq!(
        daemon.records("web.shop.svc.demo."),
        ["web.shop.svc.demo. 5 A 10.22.0.5"],
        "the first one's"
    );
    assert_eq!(
        daemon.records("also.web.shop.svc.demo."),
        ["also.web.shop.svc.demo. 5 A 10.22.0.5"],
        "the first one's alone"
    );
    assert_eq!(
        daemon.records("10-22-0-5.web.shop.svc.demo."),
        ["10-22-0-5.web.shop.svc.demo. 60 A 10.22.0.5"],
        "the second one's alone"
    );
    assert!(
        daemon.status().says("faulty") && daemon.status().says("default"),
        "{}",
        daemon.status().text()
    );

    // One place is replaced, the other stays.
    assert_eq!(
        daemon
            .change(|daemon| daemon.set_settings(r#"{"ttl": 6}"#))
            .word(),
        "published"
    );
    assert_eq!(
        daemon.records("web.shop.svc.demo."),
        ["web.shop.svc.demo. 6 A 10.22.0.5"]
    );
    assert_eq!(daemon.records("also.web.shop.svc.demo."), [""; 0]);
    assert_eq!(daemon.records("10-22-0-5.web.shop.svc.demo.").len(), 1);
}

#[test]
fn short_names_stand_beside_the_names_of_the_default_policy() {
    let cluster = cluster("demo")
        .service("web", "10.22.0.5")
        .service("shop/svc/api", "10.22.0.6");
    let mut start = start(&cluster);
    start.arguments = ["--policy", "default"].map(str::to_owned).to_vec();
    start.policies.push((policies::bytes(SHORT_NAMES), None));
    let daemon = start.serve();
    assert_eq!(daemon.records("web.demo."), ["web.demo. 60 A 10.22.0.5"]);
    assert_eq!(
        daemon.records("web.root.svc.demo."),
        ["web.root.svc.demo. 60 A 10.22.0.5"]
    );
    assert_eq!(
        daemon.records("api.demo."),
        [""; 0],
        "it is in another namespace"
    );
    daemon.set_settings(r#"{"namespace": "shop"}"#);
    daemon.until_records("api.demo.", &["api.demo. 60 A 10.22.0.6"]);
    assert_eq!(daemon.records("web.demo."), [""; 0]);
}
