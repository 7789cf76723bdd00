//! Why a name is not there, or a record is not answered.

use serde_json::json;
use zonesmith::policy::embedded;
use zonesmith_tests::daemon::Start;
use zonesmith_tests::policies::{self, FAULTY};

use super::assert_said;
use crate::{demo, start};

#[test]
fn a_name_that_is_not_there_is_told_why() {
    let document = demo().resource(
        "shop/svc/web",
        "n1",
        "ip#0",
        &json!({ "ipaddr": "10.22.0.5", "hostname": "web1" }),
    );
    let daemon = start(&document).serve();
    assert_said(
        &daemon,
        &[
            (
                "www.example.org",
                "out-of-zone",
                &[
                    "in none of the zones, which are demo., ",
                    "168.192.in-addr.arpa.",
                ],
            ),
            (
                "web.shop.svc",
                "out-of-zone",
                &["Names like it: web.shop.svc.demo."],
            ),
            (
                "wep.shop.svc.demo",
                "no-such-name",
                &[
                    "NXDOMAIN",
                    "no service is called like a part of this name; nearly so is shop/svc/web",
                    "Names like it: web.shop.svc.demo.",
                ],
            ),
            (
                "web2.web.shop.svc.demo",
                "no-such-name",
                &[
                    "the service shop/svc/web is there, and no policy makes this name of it; it has ",
                    "web1.web.shop.svc.demo.",
                ],
            ),
            (
                "10.22.0.77",
                "no-such-name",
                &["no service has the address 10.22.0.77"],
            ),
            (
                "shop.svc.demo",
                "no-data",
                &[
                    "it is there because names below it have, as ",
                    "web.shop.svc.demo.",
                ],
            ),
            (
                "web.shop.svc.demo AAAA",
                "no-data",
                &["has no record of type AAAA", "records of other types: A"],
            ),
        ],
    );
    daemon.set_cluster(&demo().set("/cluster/dns", json!([])));
    daemon.until("the DNS is off", |status| status.get("/state") == "\"off\"");
    assert_said(
        &daemon,
        &[(
            "web.shop.svc.demo",
            "not-served",
            &["the DNS is off: the cluster lists no nameservers"],
        )],
    );
}

#[test]
fn a_name_is_missing_because_something_is_down() {
    let down = "/services/shop~1svc~1web/instances/n1/resources/ip#0/status";
    let document = demo().set(down, json!("down")).resource(
        "shop/svc/api",
        "n1",
        "ip#0",
        &json!({ "ipaddr": "10.22.0.7", "hostname": "api1" }),
    );
    let document = document.set(
        "/services/shop~1svc~1api/instances/n1/availability",
        json!("down"),
    );
    let document = document.set("/services/shop~1svc~1none/instances", json!({}));
    let mut start = start(&document);
    start.policies.push((
        embedded().to_vec(),
        Some(r#"{"availability": "up"}"#.to_owned()),
    ));
    let daemon = start.serve();
    assert_said(
        &daemon,
        &[
            (
                "web.shop.svc.demo",
                "no-such-name",
                &[
                    "default makes the name of shop/svc/web, by rule round-robin, when it is up: ip#0 on n1 is down",
                ],
            ),
            (
                "api1.api.shop.svc.demo",
                "no-such-name",
                &[
                    "default makes the name of shop/svc/api, by rule hostname, when it is up: the instance on n1 is down",
                ],
            ),
            (
                "10.22.0.7",
                "no-such-name",
                &["default makes the name of shop/svc/api, by rule ptr"],
            ),
            (
                "none.shop.svc.demo",
                "no-such-name",
                &["the service shop/svc/none is there, and has no instance"],
            ),
        ],
    );
}

fn faulty(fault: &str) -> Start {
    let settings = json!({ "fault": fault, "service": "shop/svc/bad" });
    start(&demo()).with_policy(FAULTY, &settings.to_string())
}

#[test]
fn a_record_that_is_not_answered_is_told_why() {
    let daemon = faulty("ttl-too-long").serve();
    assert_said(
        &daemon,
        &[(
            "ttl.bad.shop.svc.demo A",
            "no-such-name",
            &[
                "a record of type A of faulty, for shop/svc/bad, is quarantined: a time of 2147483648 seconds is over the limit",
            ],
        )],
    );
    let outcome = daemon.change(|daemon| {
        daemon.set_settings(r#"{"fault": "alias-beside-address", "service": "shop/svc/bad"}"#);
    });
    assert_eq!(outcome.word(), "published", "{outcome:?}");
    assert_said(
        &daemon,
        &[(
            "bad.shop.svc.demo",
            "found",
            &[
                "bad.shop.svc.demo. 60 A 10.22.0.6  (since generation 1)",
                "rule service of faulty",
                "CNAME elsewhere.example., which shop/svc/bad under faulty says, is not answered: a CNAME yields to other records",
            ],
        )],
    );
}

#[test]
fn a_policy_that_fails_is_named_and_what_it_said_last_is_marked() {
    let daemon = faulty("none").serve();
    let trap = r#"{"fault": "trap-in-synthesize", "service": "shop/svc/bad"}"#;
    assert_eq!(
        daemon.change(|daemon| daemon.set_settings(trap)).word(),
        "published"
    );
    assert_said(
        &daemon,
        &[
            (
                "bad.shop.svc.demo",
                "found",
                &["service shop/svc/bad, for which the policy fails: this is what it said last"],
            ),
            (
                "also.bad.shop.svc.demo",
                "no-such-name",
                &["faulty fails for shop/svc/bad, which keeps the names it had"],
            ),
        ],
    );
}

#[test]
fn a_policy_that_stands_before_is_named() {
    let mut start = start(&demo());
    start
        .policies
        .push((policies::bytes(FAULTY), Some(r#"{"ttl": 5}"#.to_owned())));
    start.policies.push((embedded().to_vec(), None));
    let daemon = start.serve();
    assert_said(
        &daemon,
        &[
            (
                "web.shop.svc.demo",
                "found",
                &[
                    "web.shop.svc.demo. 5 A 10.22.0.5",
                    "rule service of faulty",
                    "A 10.22.0.5, which shop/svc/web under default says, is not answered: it is shadowed by shop/svc/web under faulty",
                ],
            ),
            (
                "10-22-0-5.web.shop.svc.demo",
                "found",
                &["rule address-name of default"],
            ),
        ],
    );
}
