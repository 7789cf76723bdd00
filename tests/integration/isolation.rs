//! A fault of a policy harms the service that met it, and nothing else: others are served, the last good records of that
//! service stay, and all is well again at the next change that heals it.

use serde_json::json;
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::policies::{self, FAULTY, SPINS_IN_DESCRIBE, TRAPS_IN_DESCRIBE, WANTS_WASI};
use zonesmith_tests::status::Status;

use crate::{demo, start};

const WEB: &str = "web.shop.svc.demo.";
const BAD: &str = "bad.shop.svc.demo.";

/// Faults that end the call, and words of what the status says of each: which limit a flood meets first is the machine's.
const ENDS_THE_CALL: [(&str, &[&str]); 7] = [
    ("trap-in-synthesize", &["trap"]),
    ("spin-in-synthesize", &["ms it has"]),
    ("error-in-synthesize", &["this service is not to my taste"]),
    ("recurse", &["recursion"]),
    ("eat-memory", &["64 MiB"]),
    ("million-records", &["16 MiB", "64 MiB", "ms it has"]),
    ("huge-strings", &["16 MiB"]),
];

/// Faults that are one record each.
const ONE_RECORD: [&str; 9] = [
    "name-out-of-zone",
    "label-too-long",
    "name-too-long",
    "empty-label",
    "invalid-rdata",
    "forbidden-type",
    "ttl-too-long",
    "string-too-long",
    "alias-beside-address",
];

/// The faulty policy, in good health.
fn healthy() -> Daemon {
    start(&demo()).with_policy(FAULTY, "{}").serve()
}

fn fault(name: &str) -> String {
    json!({ "fault": name, "service": "shop/svc/bad", "extra": "also" }).to_string()
}

#[test]
fn a_call_that_fails_leaves_its_service_what_it_had_and_the_others_are_served() {
    let daemon = healthy();
    for (name, words) in ENDS_THE_CALL {
        let outcome = daemon.change(|daemon| daemon.set_settings(&fault(name)));
        assert_eq!(outcome.word(), "published", "{name}: {outcome:?}");
        assert_eq!(
            daemon.records("also.web.shop.svc.demo."),
            ["also.web.shop.svc.demo. 60 A 10.22.0.5"],
            "{name}"
        );
        assert_eq!(
            daemon.records(BAD),
            ["bad.shop.svc.demo. 60 A 10.22.0.6"],
            "{name}"
        );
        assert_eq!(daemon.records("also.bad.shop.svc.demo."), [""; 0], "{name}");
        let status = daemon.status();
        assert!(
            status.says("shop/svc/bad") && words.iter().any(|word| status.says(word)),
            "{name}, {words:?}: {}",
            status.text()
        );

        assert_eq!(
            daemon.change(|daemon| daemon.set_settings("{}")).word(),
            "published",
            "{name} is over"
        );
        assert_eq!(
            daemon.records("also.web.shop.svc.demo."),
            [""; 0],
            "{name} is over"
        );
        assert!(
            !daemon.status().says("shop/svc/bad"),
            "{name} is over: {}",
            daemon.status().text()
        );
    }
}

#[test]
fn a_bad_record_is_quarantined_alone_with_its_reason() {
    let daemon = healthy();
    for name in ONE_RECORD {
        let outcome = daemon.change(|daemon| daemon.set_settings(&fault(name)));
        assert_eq!(outcome.word(), "published", "{name}: {outcome:?}");
        for service in ["web", "bad"] {
            let records = daemon.records(&format!("also.{service}.shop.svc.demo."));
            assert_eq!(records.len(), 1, "{name}: {service} has {records:?}");
        }
        assert_eq!(
            daemon.records(BAD),
            ["bad.shop.svc.demo. 60 A 10.22.0.6"],
            "{name}"
        );
        let status = daemon.status();
        assert!(status.says("shop/svc/bad"), "{name}: {}", status.text());
        assert_eq!(
            daemon.change(|daemon| daemon.set_settings("{}")).word(),
            "published",
            "{name} is over"
        );
    }
}

#[test]
fn a_service_that_fails_is_served_again_when_its_change_heals_it() {
    let cluster = demo();
    let daemon = start(&cluster)
        .with_policy(FAULTY, &fault("trap-in-synthesize"))
        .serve();
    assert_eq!(daemon.records(WEB), ["web.shop.svc.demo. 60 A 10.22.0.5"]);
    assert_eq!(daemon.records(BAD), [""; 0], "it never had good records");

    let healed = cluster
        .service("shop/svc/bad", "10.22.0.7")
        .set("/services/shop~1svc~1bad/labels/healed", json!("yes"));
    daemon.set_cluster(&healed);
    daemon.until_records(BAD, &["bad.shop.svc.demo. 60 A 10.22.0.7"]);

    // It fails again, at another address: what it had last stays.
    daemon.set_cluster(
        &demo()
            .service("shop/svc/bad", "10.22.0.8")
            .service("shop/svc/later", "10.22.0.9"),
    );
    daemon.until_records(
        "later.shop.svc.demo.",
        &["later.shop.svc.demo. 60 A 10.22.0.9"],
    );
    assert_eq!(daemon.records(BAD), ["bad.shop.svc.demo. 60 A 10.22.0.7"]);
}

#[test]
fn a_service_that_fails_is_tried_again_by_and_by() {
    let daemon = start(&demo())
        .with_policy(FAULTY, &fault("trap-in-synthesize"))
        .serve();
    let retries = |count: u64| move |status: &Status| status.number("/failing/0/retries") >= count;
    daemon.until("it is tried again", retries(1));
    daemon.until("and again", retries(2));
}

#[test]
fn a_failing_service_that_goes_takes_its_records_with_it() {
    let daemon = healthy();
    assert_eq!(
        daemon
            .change(|daemon| daemon.set_settings(&fault("trap-in-synthesize")))
            .word(),
        "published"
    );
    daemon.set_cluster(&demo().without("shop/svc/bad"));
    daemon.until_records(BAD, &[]);
    assert!(
        !daemon.status().says("shop/svc/bad"),
        "{}",
        daemon.status().text()
    );
}

#[test]
fn a_policy_that_fails_before_its_first_service_is_refused_at_that_stage() {
    let daemon = healthy();
    for (name, stage) in [
        ("trap-in-configure", "configure"),
        ("spin-in-configure", "configure"),
        ("eat-memory-in-configure", "configure"),
        ("error-in-configure", "configure"),
    ] {
        let outcome = daemon.change(|daemon| daemon.set_settings(&fault(name)));
        assert_eq!(
            (outcome.word(), outcome.text("stage")),
            ("refused", stage),
            "{name}: {outcome:?}"
        );
        assert_eq!(
            daemon.records(WEB),
            ["web.shop.svc.demo. 60 A 10.22.0.5"],
            "{name}"
        );
    }
    for component in [TRAPS_IN_DESCRIBE, SPINS_IN_DESCRIBE] {
        daemon.set_policy(&policies::bytes(component));
        let outcome = daemon.reload(&[]);
        assert_eq!(
            (outcome.word(), outcome.text("stage")),
            ("refused", "describe"),
            "{component}: {outcome:?}"
        );
        assert_eq!(
            daemon.records(WEB),
            ["web.shop.svc.demo. 60 A 10.22.0.5"],
            "{component}"
        );
    }
    assert!(
        daemon.status().says("describe"),
        "{}",
        daemon.status().text()
    );
}

#[test]
fn a_policy_under_which_most_services_fail_is_refused() {
    let daemon = start(&demo().services(30))
        .with_policy(FAULTY, "{}")
        .serve();
    let outcome = daemon.change(|daemon| daemon.set_settings(r#"{"fault": "trap-in-synthesize"}"#));
    assert_eq!(
        (outcome.word(), outcome.text("stage")),
        ("refused", "synthesize"),
        "{outcome:?}"
    );
    assert_eq!(daemon.records(WEB), ["web.shop.svc.demo. 60 A 10.22.0.5"]);
}

#[test]
fn a_call_of_wasi_traps_with_the_name_of_the_import() {
    let cluster = demo().service("shop/svc/clocked", "10.22.0.7");
    let mut start = start(&cluster).with_policy(FAULTY, "{}");
    start.policies.push((policies::bytes(WANTS_WASI), None));
    let daemon = start.serve();
    assert_eq!(
        daemon.records("wasi.web.demo."),
        [r#"wasi.web.demo. 60 TXT "served""#]
    );
    assert_eq!(daemon.records("wasi.clocked.demo."), [""; 0]);
    assert_eq!(
        daemon.records("clocked.shop.svc.demo."),
        ["clocked.shop.svc.demo. 60 A 10.22.0.7"],
        "the other policy's"
    );
    let status = daemon.status();
    assert!(
        status.says("shop/svc/clocked") && status.says("wasi:clocks/monotonic-clock"),
        "{}",
        status.text()
    );
}
