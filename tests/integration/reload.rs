//! A policy is replaced while everything is served: by whom it is noticed, and what comes of it.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::json;
use zonesmith::policy::embedded;
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::is_long;
use zonesmith_tests::policies::{self, FAULTY};

use crate::{demo, start};

const EXTRA: &str = r#"{"extra": "also"}"#;
const ALSO: &str = "also.web.shop.svc.demo.";

fn served() -> Daemon {
    start(&demo()).with_policy(FAULTY, "{}").serve()
}

/// Where no name may go without a word of force, so that the watch takes nothing that goes, and a reload is a test's own.
fn careful() -> Daemon {
    let mut start = start(&demo()).with_policy(FAULTY, r#"{"extra": "first"}"#);
    start.configuration = "[limits]\nmax-removal-share = 0.0\n".to_owned();
    start.serve()
}

fn until_also(daemon: &Daemon) {
    daemon.until_records(ALSO, &["also.web.shop.svc.demo. 60 A 10.22.0.5"]);
}

#[test]
fn what_has_the_same_bytes_is_unchanged() {
    let daemon = served();
    let generation = daemon.status().generation();
    daemon.set_policy(&policies::bytes(FAULTY));
    let outcome = daemon.reload(&[]);
    assert_eq!(
        (outcome.word(), outcome.code),
        ("unchanged", 0),
        "{outcome:?}"
    );
    assert_eq!(outcome.number("generation"), generation);
    assert_eq!(daemon.status().generation(), generation);
}

#[test]
fn another_policy_is_published_with_the_names_that_come_and_go() {
    let daemon = careful();
    let before = daemon.status().generation();
    let mut socket = daemon.connect();
    assert_eq!(
        socket.records("web.shop.svc.demo."),
        ["web.shop.svc.demo. 60 A 10.22.0.5"]
    );
    for (settings, counts) in [
        (r#"{"extra": "also"}"#, [2, 2, 0]),
        (r#"{"ttl": 30, "extra": "more"}"#, [2, 2, 2]),
    ] {
        daemon.set_settings(settings);
        let outcome = daemon.reload(&["--force"]);
        assert_eq!(
            (outcome.word(), outcome.code),
            ("published", 0),
            "{outcome:?}"
        );
        assert!(outcome.number("generation") > before, "{outcome:?}");
        assert_eq!(
            ["added", "removed", "changed"].map(|key| outcome.number(key)),
            counts,
            "{outcome:?}"
        );
    }
    assert_eq!(
        socket.records("more.web.shop.svc.demo."),
        ["more.web.shop.svc.demo. 30 A 10.22.0.5"],
        "on the connection of before"
    );
    assert_eq!(
        socket.records("web.shop.svc.demo."),
        ["web.shop.svc.demo. 30 A 10.22.0.5"]
    );

    policies::set_settings(&daemon.policy_file(0), None);
    daemon.set_policy(embedded());
    let outcome = daemon.reload(&["--force"]);
    assert_eq!(outcome.word(), "published", "{outcome:?}");
    assert_eq!(
        socket.records("10-22-0-5.web.shop.svc.demo."),
        ["10-22-0-5.web.shop.svc.demo. 60 A 10.22.0.5"]
    );
}

#[test]
fn people_read_the_outcome_in_one_line() {
    let daemon = careful();
    let unchanged = daemon
        .run(&["policy", "reload", "--format", "table"])
        .good();
    assert!(unchanged.contains("unchanged"), "{unchanged}");
    daemon.set_settings(EXTRA);
    let refused = daemon.run(&["policy", "reload", "--format", "table"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    let text = format!("{}{}", refused.output, refused.error);
    assert!(
        text.contains("refused") && text.contains("guard") && text.contains("p0.wasm"),
        "{refused:?}"
    );
    let published = daemon
        .run(&["policy", "reload", "--force", "--format", "table"])
        .good();
    assert!(
        published.contains("published") && published.contains("+2"),
        "{published}"
    );
}

#[test]
fn a_hangup_means_look_again() {
    let daemon = served();
    daemon.set_settings(EXTRA);
    daemon.signal("HUP");
    until_also(&daemon);
}

#[test]
fn a_file_renamed_over_the_policy_is_noticed() {
    let mut start = start(&demo());
    // The two policies have few names in common; here that is meant.
    start.configuration = "[limits]\nmax-removal-share = 1.0\n".to_owned();
    let daemon = start.with_policy(FAULTY, "{}").serve();
    // Settings come first: it is the component's arrival that is looked for.
    policies::set_settings(&daemon.policy_file(0), None);
    daemon.set_policy(embedded());
    daemon.until_records(
        "10-22-0-5.web.shop.svc.demo.",
        &["10-22-0-5.web.shop.svc.demo. 60 A 10.22.0.5"],
    );
    // And a second time: a watch of the file itself would have gone deaf with the first rename.
    daemon.set_policy(&policies::bytes(FAULTY));
    daemon.until_records("10-22-0-5.web.shop.svc.demo.", &[]);
}

#[test]
fn settings_beside_the_policy_are_watched() {
    let daemon = served();
    daemon.set_settings(EXTRA);
    until_also(&daemon);
    fs::remove_file(daemon.policy_file(0).with_extension("settings.json")).unwrap();
    daemon.until_records(ALSO, &[]);
    fs::write(daemon.policy_file(0).with_extension("settings.json"), EXTRA).unwrap();
    until_also(&daemon);
}

#[test]
fn a_directory_that_is_swapped_by_its_symlink_is_noticed() {
    // As Kubernetes does it: p0.wasm → ..data/p0.wasm, ..data → one of two directories.
    let daemon = served();
    let policies = daemon.path("policies");
    for (directory, settings) in [("first", "{}"), ("second", EXTRA)] {
        fs::create_dir(policies.join(directory)).unwrap();
        fs::write(
            policies.join(directory).join("p0.wasm"),
            policies::bytes(FAULTY),
        )
        .unwrap();
        fs::write(policies.join(directory).join("p0.settings.json"), settings).unwrap();
    }
    symlink("first", policies.join("..data")).unwrap();
    for file in ["p0.wasm", "p0.settings.json"] {
        symlink(format!("..data/{file}"), policies.join("link")).unwrap();
        fs::rename(policies.join("link"), policies.join(file)).unwrap();
    }
    assert_eq!(daemon.reload(&[]).word(), "unchanged");
    symlink("second", policies.join("..next")).unwrap();
    fs::rename(policies.join("..next"), policies.join("..data")).unwrap();
    until_also(&daemon);
}

#[test]
fn a_policy_that_takes_away_most_names_needs_a_word_of_force() {
    let daemon = start(&demo().services(20))
        .with_policy(FAULTY, "{}")
        .serve();
    for settings in [r#"{"prefix": "new-"}"#, r#"{"fault": "no-records"}"#] {
        let outcome = daemon.change(|daemon| daemon.set_settings(settings));
        assert_eq!(
            (outcome.word(), outcome.text("stage")),
            ("refused", "guard"),
            "{settings}: {outcome:?}"
        );
        assert!(
            outcome.text("reason").contains("--force"),
            "{settings}: {outcome:?}"
        );
        assert_eq!(
            daemon.records("web.shop.svc.demo."),
            ["web.shop.svc.demo. 60 A 10.22.0.5"],
            "{settings}"
        );
        let outcome = daemon.reload(&["--force"]);
        assert_eq!(outcome.word(), "published", "{settings}: {outcome:?}");
        assert_eq!(daemon.records("web.shop.svc.demo."), [""; 0], "{settings}");
        daemon.set_settings("{}");
        assert_ne!(
            daemon.reload(&["--force"]).word(),
            "refused",
            "{settings} is over"
        );
    }
}

#[test]
fn the_share_of_names_a_policy_may_take_away_is_configured() {
    let mut start = start(&demo().services(20)).with_policy(FAULTY, "{}");
    start.configuration = "[limits]\nmax-removal-share = 1.0\n".to_owned();
    let daemon = start.serve();
    let outcome = daemon.change(|daemon| daemon.set_settings(r#"{"prefix": "new-"}"#));
    assert_eq!(outcome.word(), "published", "{outcome:?}");
}

#[test]
fn a_policy_without_any_zone_is_refused() {
    let daemon = served();
    daemon.set_settings(r#"{"fault": "no-zones"}"#);
    let outcome = daemon.reload(&["--force"]);
    assert_eq!(
        (outcome.word(), outcome.text("stage")),
        ("refused", "validate"),
        "{outcome:?}"
    );
    assert_eq!(
        daemon.records("web.shop.svc.demo."),
        ["web.shop.svc.demo. 60 A 10.22.0.5"]
    );
}

#[test]
fn a_refused_policy_is_logged_once_and_shown_as_long_as_it_is_there() {
    let daemon = served();
    daemon.set_settings(r#"{"fault": "error-in-configure"}"#);
    daemon.until("the refusal is shown", |status| {
        status.says("the settings are not to my taste")
    });
    for _ in 0..3 {
        daemon.signal("HUP");
    }
    // A change that comes after the signals proves that they were looked at.
    daemon.set_cluster(&demo().service("shop/svc/later", "10.22.0.9"));
    daemon.until_records(
        "later.shop.svc.demo.",
        &["later.shop.svc.demo. 60 A 10.22.0.9"],
    );
    let log = daemon.log();
    assert_eq!(
        log.matches("the settings are not to my taste").count(),
        1,
        "{log}"
    );

    // Who asks is told again, and what heals is taken at once.
    assert_eq!(daemon.reload(&[]).text("stage"), "configure");
    daemon.set_settings(EXTRA);
    until_also(&daemon);
    let status = daemon.until("the refusal is gone", |status| {
        !status.says("the settings are not to my taste")
    });
    assert!(status.generation() > 1, "{}", status.text());
}

#[test]
fn clusters_change_while_a_policy_stands_refused() {
    let daemon = served();
    daemon.set_policy(&policies::core_module());
    assert_eq!(daemon.reload(&[]).word(), "refused");
    daemon.set_cluster(&demo().resource(
        "shop/svc/web",
        "n1",
        "ip#1",
        &json!({ "ipaddr": "10.22.0.50" }),
    ));
    daemon.until_records(
        "web.shop.svc.demo.",
        &[
            "web.shop.svc.demo. 60 A 10.22.0.5",
            "web.shop.svc.demo. 60 A 10.22.0.50",
        ],
    );
}

#[test]
fn no_connection_notices_a_reload() {
    let daemon = served();
    let mut sockets: Vec<_> = (0..8).map(|_| daemon.connect()).collect();
    for round in 0..6 {
        assert_eq!(
            daemon
                .change(|daemon| daemon.set_settings(if round % 2 == 0 { EXTRA } else { "{}" }))
                .word(),
            "published"
        );
        let expected = if round % 2 == 0 { 1 } else { 0 };
        for socket in &mut sockets {
            assert_eq!(socket.records(ALSO).len(), expected, "round {round}");
        }
    }
}

/// Ends lookups, also when a test fails: they would go on for ever.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn while_a_large_cluster_is_reloaded_every_name_keeps_its_answer() {
    let services = if is_long() { 100_000 } else { 2_000 };
    let daemon = start(&demo().services(services))
        .with_policy(FAULTY, r#"{"ttl": 30}"#)
        .serve();
    let is_over = AtomicBool::new(false);
    let lookups: u32 = thread::scope(|scope| {
        let asking: Vec<_> = (0..4)
            .map(|first| {
                let (daemon, is_over) = (&daemon, &is_over);
                scope.spawn(move || {
                    let mut socket = daemon.connect();
                    let mut lookups = 0;
                    for number in (first..services).step_by(7).cycle() {
                        let name = format!("s{number}.bulk.svc.demo.");
                        let records = socket.records(&name);
                        let is_whole =
                            matches!(records.as_slice(), [one] if one.contains(" A 10.6"));
                        assert!(is_whole, "{name}: {records:?}");
                        lookups += 1;
                        if is_over.load(Ordering::Relaxed) {
                            break;
                        }
                    }
                    lookups
                })
            })
            .collect();
        let over = Over(&is_over);
        for ttl in 31..34 {
            daemon.set_settings(&format!(r#"{{"ttl": {ttl}}}"#));
            // The watch may have been there before.
            let outcome = daemon.reload(&[]);
            assert_ne!(outcome.word(), "refused", "{outcome:?}");
            daemon.until_records(
                "s0.bulk.svc.demo.",
                &[&format!("s0.bulk.svc.demo. {ttl} A 10.64.0.1")],
            );
        }
        drop(over);
        asking.into_iter().map(|asks| asks.join().unwrap()).sum()
    });
    assert!(lookups > 100, "only {lookups} lookups were made meanwhile");
}
