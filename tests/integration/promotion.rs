//! Policies that come from no file: a candidate in the shadow, promoted, brought back, by a person and by itself.

mod interrupted;
mod replayed;
mod taken_back;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use zonesmith::policy::embedded;
use zonesmith_tests::admin::ask;
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::document::cluster;
use zonesmith_tests::policies::{self, FAULTY, SHORT_NAMES};
use zonesmith_tests::status::Status;

use crate::{demo, start};

const EXTRA: &str = r#"{"extra": "also"}"#;
const ALSO: &str = "also.web.shop.svc.demo.";
const ALSO_RECORDS: &[&str] = &["also.web.shop.svc.demo. 60 A 10.22.0.5"];

fn served() -> Daemon {
    start(&demo()).with_policy(FAULTY, "{}").serve()
}

/// All records of the zone but its SOA.
fn zone(daemon: &Daemon) -> BTreeSet<String> {
    daemon.zone("demo.")
}

/// Has the faulty policy run in the shadow with these settings.
fn load(daemon: &Daemon, settings: &str) {
    let file = daemon.candidate(&policies::bytes(FAULTY), settings);
    let outcome = daemon.policy(&["load", "--shadow", &file]);
    assert_eq!(
        (outcome.word(), outcome.code),
        ("shadowing", 0),
        "{outcome:?}"
    );
}

fn promote(daemon: &Daemon, settings: &str) {
    load(daemon, settings);
    let outcome = daemon.policy(&["promote"]);
    assert_eq!(
        (outcome.word(), outcome.code),
        ("published", 0),
        "{outcome:?}"
    );
}

fn history(daemon: &Daemon) -> Vec<Value> {
    let answer = daemon.run(&["policy", "history", "--format", "json"]);
    serde_json::from_str(&answer.good()).unwrap()
}

fn is_pinned(status: &Status) -> bool {
    status.get("/policies/0/pinned") != "null"
}

/// Waits until the candidate was compared with what is live now.
fn until_compared(daemon: &Daemon, services: u64) -> Status {
    daemon.until("the candidate was compared", |status| {
        status.number("/cluster/services") == services
            && status.get("/shadow/state") == "\"running\""
            && status.number("/shadow/generation") == status.generation()
    })
}

#[test]
fn a_candidate_in_the_shadow_is_counted_at_every_change_and_seen_by_nobody() {
    let daemon = served();
    let before = zone(&daemon);
    load(&daemon, EXTRA);
    assert_eq!(zone(&daemon), before);
    let status = until_compared(&daemon, 2);
    assert_eq!(status.number("/shadow/names/added"), 2);
    assert_eq!(status.number("/shadow/differences"), 2);

    daemon.set_cluster(&demo().service("shop/svc/more", "10.22.0.7"));
    let status = until_compared(&daemon, 3);
    assert_eq!(status.number("/shadow/names/added"), 3);
    assert_eq!(status.number("/shadow/differences"), 3);
    daemon.set_cluster(&demo());
    let status = until_compared(&daemon, 2);
    assert_eq!(status.number("/shadow/names/added"), 2);
    assert_eq!(status.number("/shadow/differences"), 4, "it went, too");
    assert_eq!(daemon.records(ALSO), [""; 0]);
    for line in [
        "zonesmith_shadow_names{change=\"added\"} 2.0",
        "zonesmith_shadow_differences_total 4",
    ] {
        let page = ask(&daemon.admin_path(), "GET /metrics").body;
        assert!(page.contains(line), "{line}\n{page}");
    }
    let text = daemon.run(&["status", "--format", "table"]).good();
    assert!(
        text.contains("SHADOW") && text.contains("+2 −0 ~0"),
        "{text}"
    );

    let ended = daemon.run(&["policy", "load", "--end"]).good();
    assert!(ended.contains("no candidate"), "{ended}");
    assert_eq!(daemon.status().get("/shadow"), "null");
    let refused = daemon.run(&["policy", "promote"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.error.contains("policy load --shadow"),
        "{refused:?}"
    );
}

#[test]
fn the_services_that_a_candidate_fails_for_are_counted_and_nobody_notices() {
    let daemon = served();
    load(
        &daemon,
        r#"{"fault": "trap-in-synthesize", "service": "shop/svc/bad"}"#,
    );
    let status = until_compared(&daemon, 2);
    assert_eq!(status.number("/shadow/failing"), 1, "{}", status.text());
    assert_eq!(status.number("/shadow/names/removed"), 1);
    assert_eq!(status.get("/failing"), "[]");
    let text = daemon.run(&["doctor"]).output;
    assert!(text.contains("services that it fails for: 1"), "{text}");
    let promoted = daemon.policy(&["promote"]);
    assert_eq!(
        (promoted.word(), promoted.code),
        ("refused", 1),
        "{promoted:?}"
    );
    assert!(
        promoted.text("reason").contains("1 of 2 services"),
        "{promoted:?}"
    );
    assert_eq!(history(&daemon)[0]["outcome"], "refused");
}

#[test]
fn what_would_be_refused_does_not_come_into_the_shadow() {
    let daemon = served();
    for (component, settings, stage) in [
        (policies::core_module(), "{}", "compile"),
        (policies::bytes(policies::WANTS_A_CLOCK), "{}", "link"),
        (
            policies::bytes(FAULTY),
            r#"{"fault": "trap-in-configure"}"#,
            "configure",
        ),
    ] {
        let file = daemon.candidate(&component, settings);
        let outcome = daemon.policy(&["load", "--shadow", &file]);
        assert_eq!(
            (outcome.word(), outcome.code),
            ("refused", 1),
            "{outcome:?}"
        );
        assert_eq!(outcome.text("stage"), stage, "{outcome:?}");
        assert_eq!(daemon.status().get("/shadow"), "null");
    }
    let file = daemon.candidate(&policies::bytes(FAULTY), "{}");
    let outcome = daemon.policy(&["load", "--shadow", &file, "--replace", "nobody"]);
    assert_eq!(outcome.word(), "refused", "{outcome:?}");
    assert!(
        outcome.text("reason").contains("there is faulty"),
        "{outcome:?}"
    );
}

#[test]
fn what_is_promoted_stands_over_restarts_until_its_file_says_something_else() {
    let mut daemon = served();
    promote(&daemon, EXTRA);
    daemon.until_records(ALSO, ALSO_RECORDS);
    let status = daemon.status();
    assert!(is_pinned(&status), "{}", status.text());
    assert!(status.number("/policies/0/watched") > 0);
    assert_eq!(status.get("/shadow"), "null");

    // The same bytes are nothing new, however they come.
    daemon.set_policy(&policies::bytes(FAULTY));
    assert_eq!(daemon.reload(&[]).word(), "unchanged");
    for end in ["TERM", "KILL"] {
        daemon.signal(end);
        daemon.ended();
        daemon.start_again();
        daemon.until_listening();
        daemon.until_records(ALSO, ALSO_RECORDS);
        let _ = daemon.until("it is pinned", is_pinned);
    }
    // Other settings are configured with what is pinned.
    let outcome = daemon.change(|daemon| daemon.set_settings(r#"{"ttl": 30}"#));
    assert_eq!(outcome.word(), "published", "{outcome:?}");
    assert_eq!(
        daemon.records("web.shop.svc.demo."),
        ["web.shop.svc.demo. 30 A 10.22.0.5"]
    );
    assert!(is_pinned(&daemon.status()));

    // Another component is the site's word again.
    policies::set_settings(&daemon.policy_file(0), None);
    daemon.set_policy(embedded());
    let _ = daemon.reload(&["--force"]);
    let status = daemon.status();
    assert_eq!(status.get("/policies/0/name"), "\"default\"");
    assert!(!is_pinned(&status), "{}", status.text());
    daemon.stop();
    daemon.start_again();
    let _ = daemon.until("it serves again", |status| {
        status.get("/policies/0/name") == "\"default\""
    });
}

#[test]
fn a_file_that_changed_while_the_daemon_was_away_is_the_sites_word() {
    let mut daemon = served();
    promote(&daemon, EXTRA);
    daemon.stop();
    policies::set_settings(&daemon.policy_file(0), None);
    daemon.set_policy(embedded());
    daemon.start_again();
    let status = daemon.until("it serves again", |status| {
        status.get("/policies/0/name") == "\"default\""
    });
    assert!(!is_pinned(&status), "{}", status.text());
}

#[test]
fn a_file_that_was_broken_while_the_daemon_was_away_leaves_what_is_pinned() {
    let mut daemon = served();
    promote(&daemon, EXTRA);
    daemon.stop();
    daemon.set_policy(b"no component");
    daemon.start_again();
    daemon.until_listening();
    daemon.until_records(ALSO, ALSO_RECORDS);
    let _ = daemon.until("it is pinned", is_pinned);
    assert_eq!(daemon.reload(&[]).word(), "refused");
    daemon.until_records(ALSO, ALSO_RECORDS);
}

#[test]
fn the_names_before_a_promotion_and_after_the_rollback_are_equal() {
    let daemon = served();
    let before = zone(&daemon);
    promote(&daemon, EXTRA);
    let promoted = zone(&daemon);
    assert_ne!(promoted, before);
    let outcome = daemon.policy(&["rollback"]);
    assert_eq!(
        (outcome.word(), outcome.code),
        ("published", 0),
        "{outcome:?}"
    );
    assert_eq!(zone(&daemon), before);
    assert!(is_pinned(&daemon.status()));
    // And back: what was live before is what was rolled back.
    assert_eq!(daemon.policy(&["rollback"]).word(), "published");
    assert_eq!(zone(&daemon), promoted);

    let events = history(&daemon);
    let causes: Vec<_> = events.iter().map(|event| event["cause"].clone()).collect();
    assert_eq!(causes, ["rollback", "rollback", "promote", "start"]);
    assert_eq!(events[0]["is-live"], true);
    let digest = events[0]["policy"]["digest"].as_str().unwrap();
    let short = &digest["sha256:".len()..][..10];
    assert_eq!(daemon.policy(&["rollback", short]).word(), "published");
    assert_eq!(
        zone(&daemon),
        before,
        "the same component with other settings"
    );
    let unknown = daemon.run(&["policy", "rollback", "00000000"]);
    assert_eq!(unknown.code, 1, "{unknown:?}");
    assert!(unknown.error.contains("policy history"), "{unknown:?}");
    let table = daemon
        .run(&["policy", "history", "--format", "table"])
        .good();
    assert!(
        table.contains("rollback") && table.contains(&short[..10]),
        "{table}"
    );
}

#[test]
fn a_candidate_that_takes_nobodys_place_stands_behind_all_and_goes_again() {
    let cluster = cluster("demo").service("web", "10.22.0.5");
    let mut daemon = start(&cluster).serve();
    let before = zone(&daemon);
    let outcome = daemon.policy(&["load", SHORT_NAMES]);
    assert_eq!(outcome.word(), "published", "{outcome:?}");
    let status = daemon.status();
    assert_eq!(status.get("/policies/0/name"), "\"default\"");
    assert_eq!(status.get("/policies/1/name"), "\"short-names\"");
    assert!(zone(&daemon).is_superset(&before));
    let with = zone(&daemon);
    daemon.kill();
    daemon.start_again();
    daemon.until_listening();
    assert_eq!(zone(&daemon), with);

    let outcome = daemon.policy(&["rollback"]);
    assert_eq!(outcome.word(), "published", "{outcome:?}");
    assert_eq!(zone(&daemon), before);
    assert_eq!(daemon.status().get("/policies/1"), "");
    let gone = &history(&daemon)[0];
    assert_eq!(
        (&gone["policy"], &gone["is-live"]),
        (&Value::Null, &json!(false))
    );
    let outcome = daemon.policy(&["rollback"]);
    assert_eq!(outcome.word(), "published", "{outcome:?}");
    assert_eq!(zone(&daemon), with, "and comes back");
}

#[test]
fn a_candidate_takes_the_place_that_is_said() {
    let daemon = start(&demo()).serve();
    let file = daemon.candidate(&policies::bytes(FAULTY), "{}");
    let outcome = daemon.policy(&["load", "--shadow", &file, "--replace", "default"]);
    assert_eq!(outcome.text("replaces"), "default", "{outcome:?}");
    // It has a fraction of the names.
    let refused = daemon.policy(&["promote"]);
    assert_eq!(
        (refused.text("stage"), refused.code),
        ("guard", 1),
        "{refused:?}"
    );
    assert_eq!(daemon.policy(&["promote", "--force"]).word(), "published");
    let status = daemon.status();
    assert_eq!(status.get("/policies/0/name"), "\"faulty\"");
    assert_eq!(status.get("/policies/1"), "");
    let outcome = daemon.policy(&["rollback"]);
    assert_eq!(outcome.word(), "published", "{outcome:?}");
    assert_eq!(daemon.status().get("/policies/0/name"), "\"default\"");
}

#[test]
fn another_daemon_takes_over_what_is_pinned_and_what_is_in_the_shadow() {
    let mut daemon = served();
    promote(&daemon, EXTRA);
    load(&daemon, r#"{"extra": "again"}"#);
    assert_eq!(daemon.upgrade().code(), Some(0), "{}", daemon.log());
    daemon.until_records(ALSO, ALSO_RECORDS);
    let status = until_compared(&daemon, 2);
    let _ = daemon.until("it is pinned", is_pinned);
    assert_eq!(status.number("/shadow/names/added"), 2, "{}", status.text());
    assert_eq!(status.number("/shadow/names/removed"), 2);
    assert_eq!(daemon.policy(&["rollback"]).word(), "published");
    daemon.until_records(ALSO, &[]);
}
