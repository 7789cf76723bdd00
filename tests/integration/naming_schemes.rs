//! Names of other systems: alone, and beside those of the default policy, which is how a site moves from one to the other.

use serde_json::json;
use zonesmith_tests::document::{Document, cluster};
use zonesmith_tests::policies::{self, CONSUL, KUBERNETES};

use crate::start;

/// A service that is up on one node and down on the other, one with an address of its own, and a tag.
fn shop() -> Document {
    let web = |address: &str, hostname: &str| json!({ "ipaddr": address, "hostname": hostname, "expose": ["80/tcp"] });
    cluster("dc1")
        .resource("shop/svc/web", "n1", "ip#0", &web("10.22.0.5", "web-0"))
        .resource("shop/svc/web", "n2", "ip#0", &web("10.22.1.5", "web-1"))
        .set(
            "/services/shop~1svc~1web/instances/n2/availability",
            json!("down"),
        )
        .service("shop/svc/api", "10.22.2.5")
        .set(
            "/services/shop~1svc~1api/labels",
            json!({ "kubernetes/cluster-ip": "10.3.0.1", "tags": "inner" }),
        )
}

const OF_KUBERNETES: [(&str, &[&str]); 6] = [
    (
        "web.shop.svc.cluster.local.",
        &["web.shop.svc.cluster.local. 5 A 10.22.0.5"],
    ),
    (
        "web-0.web.shop.svc.cluster.local.",
        &["web-0.web.shop.svc.cluster.local. 5 A 10.22.0.5"],
    ),
    ("web-1.web.shop.svc.cluster.local.", &[]),
    (
        "_http._tcp.web.shop.svc.cluster.local.",
        &[
            "_http._tcp.web.shop.svc.cluster.local. 5 SRV 0 100 80 web-0.web.shop.svc.cluster.local.",
        ],
    ),
    (
        "api.shop.svc.cluster.local.",
        &["api.shop.svc.cluster.local. 5 A 10.3.0.1"],
    ),
    (
        "10-22-2-5.shop.pod.cluster.local.",
        &["10-22-2-5.shop.pod.cluster.local. 5 A 10.22.2.5"],
    ),
];

const OF_CONSUL: [(&str, &[&str]); 4] = [
    (
        "web.service.shop.ns.consul.",
        &[
            "web.service.shop.ns.consul. 0 A 10.22.0.5",
            "web.service.shop.ns.consul. 0 SRV 1 1 80 0a160005.addr.dc1.consul.",
        ],
    ),
    (
        "inner.api.service.shop.ns.consul.",
        &["inner.api.service.shop.ns.consul. 0 A 10.22.2.5"],
    ),
    ("outer.api.service.shop.ns.consul.", &[]),
    ("n1.node.consul.", &["n1.node.consul. 0 A 10.0.0.1"]),
];

const OF_DEFAULT: [(&str, &[&str]); 2] = [
    ("api.shop.svc.dc1.", &["api.shop.svc.dc1. 60 A 10.22.2.5"]),
    (
        "web-1.web.shop.svc.dc1.",
        &["web-1.web.shop.svc.dc1. 60 A 10.22.1.5"],
    ),
];

/// Starts a daemon with these policies behind each other (none: the default one), and asks it.
fn answers(stack: &[Option<(&str, &str)>], expected: &[(&str, &[&str])]) {
    let mut start = start(&shop());
    for policy in stack {
        match policy {
            Some((component, settings)) => start
                .policies
                .push((policies::bytes(component), Some((*settings).to_owned()))),
            None => start
                .policies
                .push((zonesmith::policy::embedded().to_vec(), None)),
        }
    }
    let daemon = start.serve();
    for (name, records) in expected {
        assert_eq!(daemon.records(name), *records, "{name}");
    }
    let status = daemon.status();
    for pointer in ["/quarantined", "/failing", "/conflicts"] {
        assert_eq!(status.get(pointer), "[]", "{pointer}: {}", status.text());
    }
}

#[test]
fn kubernetes_stands_alone() {
    answers(&[Some((KUBERNETES, "{}"))], &OF_KUBERNETES);
    answers(
        &[Some((KUBERNETES, "{}"))],
        &[(
            "5.0.22.10.in-addr.arpa.",
            &["5.0.22.10.in-addr.arpa. 5 PTR web-0.web.shop.svc.cluster.local."],
        )],
    );
}

#[test]
fn consul_stands_alone() {
    answers(&[Some((CONSUL, "{}"))], &OF_CONSUL);
    answers(
        &[Some((CONSUL, "{}"))],
        &[(
            "5.0.22.10.in-addr.arpa.",
            &["5.0.22.10.in-addr.arpa. 0 PTR web.service.shop.dc1.consul."],
        )],
    );
}

#[test]
fn three_schemes_stand_beside_each_other_and_the_first_has_the_reverse_names() {
    let without_ptr = r#"{ "rules": { "ptr": false } }"#;
    let stack = [
        None,
        Some((KUBERNETES, without_ptr)),
        Some((CONSUL, without_ptr)),
    ];
    let reverse: (&str, &[&str]) = (
        "5.0.22.10.in-addr.arpa.",
        &["5.0.22.10.in-addr.arpa. 60 PTR web-0.web.shop.svc.dc1."],
    );
    let all = [&OF_DEFAULT[..], &OF_KUBERNETES, &OF_CONSUL, &[reverse]].concat();
    answers(&stack, &all);
}

#[test]
fn the_order_decides_whose_reverse_names_there_are() {
    let mut start = start(&shop());
    start.policies.push((policies::bytes(KUBERNETES), None));
    start
        .policies
        .push((zonesmith::policy::embedded().to_vec(), None));
    let daemon = start.serve();
    assert_eq!(
        daemon.records("5.0.22.10.in-addr.arpa."),
        ["5.0.22.10.in-addr.arpa. 5 PTR web-0.web.shop.svc.cluster.local."]
    );
    // The other one's are shadowed, and that is told.
    let conflicts = daemon.status().get("/conflicts");
    assert!(conflicts.contains("5.0.22.10.in-addr.arpa."), "{conflicts}");
}
