//! What the daemon counts of a candidate over a day of changes is what `policy diff --replay` counts over the same day.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use serde_json::{Value, json};
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::document::{Document, cluster};
use zonesmith_tests::is_long;
use zonesmith_tests::policies::{self, FAULTY};
use zonesmith_tests::until;

use super::until_compared;
use crate::histories::{Recording, until_lines};
use crate::start;

/// Names more, and fails for every service that is not well.
const CANDIDATE: &str = r#"{"extra": "also", "fault": "trap-in-synthesize"}"#;

/// Services that come, go, move and fall ill.
const SERVICES: u16 = 20;

/// What the clock of the cluster has at this minute.
fn time(minute: u16) -> Ipv4Addr {
    let [hour, minute] = minute.to_be_bytes();
    Ipv4Addr::new(10, 23, hour, minute)
}

/// The cluster at a minute of the day. Each service is in a state for a while of its own, so that a minute changes some.
fn state(minute: u16) -> Document {
    let well = |document: Document, path: &str| {
        let labels = format!("/services/{}/labels/healed", path.replace('/', "~1"));
        document.set(&labels, json!("yes"))
    };
    let mut document = well(
        cluster("demo").service("day/svc/clock", &time(minute).to_string()),
        "day/svc/clock",
    );
    if minute / 15 % 2 == 1 {
        // Other names for the nameservers: policies are configured anew.
        document = document.set("/cluster/dns", json!(["10.0.0.1", "10.0.0.2"]));
    }
    if minute % 25 == 24 {
        return document;
    }
    for number in 0..SERVICES {
        let state = (minute + 3 * number) / (number + 2);
        if state % 4 == 3 {
            continue;
        }
        let path = format!("day/svc/s{number}");
        document = document.service(&path, &format!("10.22.{number}.{}", state % 200 + 1));
        if state % 5 != 2 {
            document = well(document, &path);
        }
    }
    document
}

/// Waits until this minute is served, recorded and compared.
fn until_counted(daemon: &Daemon, file: &Path, minute: u16, document: &Document) {
    until_lines(file, usize::from(minute) + 1);
    until(
        &format!("minute {minute} is served"),
        || {
            let clock = daemon.records("clock.day.svc.demo.").join(" ");
            clock.ends_with(&format!(" {}", time(minute))).then_some(())
        },
        || daemon.status().text(),
    );
    let services = document.json()["services"].as_object().unwrap();
    let _ = until_compared(daemon, services.len() as u64);
}

#[test]
#[expect(clippy::print_stdout, reason = "a figure for people")]
fn the_shadow_counts_over_a_recorded_day_what_the_replay_counts() {
    let minutes = if is_long() { 24 * 60 } else { 60 };
    let daemon = start(&state(0)).with_policy(FAULTY, "{}").serve();
    let file = daemon.path("cluster.history");
    let recording = Recording::start(&daemon, &file, &[]);
    until_lines(&file, 1);
    let candidate = daemon.candidate(&policies::bytes(FAULTY), CANDIDATE);
    let loaded = daemon.policy(&["load", "--shadow", &candidate]);
    assert_eq!(loaded.word(), "shadowing", "{loaded:?}");
    for minute in 0..minutes {
        let document = state(minute);
        daemon.set_cluster(&document);
        until_counted(&daemon, &file, minute, &document);
    }
    drop(recording);

    let settings = daemon.path("other.json");
    fs::write(&settings, CANDIDATE).unwrap();
    let replayed = daemon.run(&[
        "policy",
        "diff",
        FAULTY,
        "--settings",
        &settings.display().to_string(),
        "--replay",
        &file.display().to_string(),
        "--format",
        "json",
    ]);
    let total: Value = serde_json::from_str(replayed.output.lines().last().unwrap()).unwrap();
    let status = daemon.status();
    let differences = total["differences"].as_u64().unwrap();
    assert!(differences > u64::from(minutes), "{total:#}");
    assert_eq!(
        status.number("/shadow/differences"),
        differences,
        "{total:#}\n{}",
        status.text()
    );
    for change in ["added", "removed", "changed"] {
        assert_eq!(
            status.number(&format!("/shadow/names/{change}")),
            total["differing"][change].as_u64().unwrap(),
            "{change}: {total:#}"
        );
    }
    println!("{minutes} minutes: {differences} differences, counted twice");
}
