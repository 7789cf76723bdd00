//! The states of a cluster are recorded one after the other, whatever happens to recorder and daemon, and a candidate is tried over
//! them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::document::{Document, cluster};
use zonesmith_tests::policies::FAULTY;
use zonesmith_tests::until;

use crate::differences::{DIFFERS, OTHER, SAME, diff};
use crate::{BINARY, start};

/// A recorder, killed at the end.
pub(crate) struct Recording(Child);

impl Recording {
    pub(crate) fn start(daemon: &Daemon, file: &Path, more: &[&str]) -> Self {
        let child = Command::new(BINARY)
            .args(["record", "--history"])
            .arg(file)
            .args(more)
            .arg("--admin")
            .arg(daemon.admin_path())
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        // It may have ended already, which is fine.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whole lines of a history.
fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let whole = text
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    whole
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub(crate) fn until_lines(file: &Path, number: usize) {
    until(
        &format!("{number} lines are recorded"),
        || (lines(file).len() >= number).then_some(()),
        || format!("{:#?}", lines(file)),
    );
}

/// A day of changes, compressed: each differs from the one before in what policies are given.
fn day() -> Vec<Document> {
    let base = || cluster("demo").service("shop/svc/web", "10.22.0.5");
    vec![
        base(),
        base().service("shop/svc/api", "10.22.0.6"),
        base().service("shop/svc/api", "10.22.0.7"),
        // Other names for the nameservers: policies are configured anew.
        base()
            .service("shop/svc/api", "10.22.0.7")
            .set("/cluster/dns", json!(["10.0.0.1", "10.0.0.2"])),
        base().set("/cluster/dns", json!(["10.0.0.1", "10.0.0.2"])),
        base()
            .service("shop/svc/api", "10.22.0.7")
            .service("db/svc/sql", "10.22.0.8"),
        cluster("demo"),
        base(),
    ]
}

/// The last state of a daemon's own document that it has for its policies.
fn name_maps(difference: &Value) -> BTreeMap<String, Value> {
    let names = difference["names"].as_array().unwrap().iter();
    names
        .map(|name| {
            (
                name["name"].as_str().unwrap().to_owned(),
                name["records"].clone(),
            )
        })
        .collect()
}

#[test]
fn over_a_recorded_day_each_change_tells_what_both_stacks_would_have_done() {
    let day = day();
    let daemon = start(&day[0]).with_policy(FAULTY, "{}").serve();
    let file = daemon.path("day/cluster.history");
    let mut recording = Recording::start(&daemon, &file, &[]);
    until_lines(&file, 1);
    for (at, document) in day.iter().enumerate().skip(1) {
        if at == 4 {
            // Killed, it goes on where it was.
            drop(recording);
            recording = Recording::start(&daemon, &file, &[]);
        }
        daemon.set_cluster(document);
        until_lines(&file, at + 1);
    }
    drop(recording);
    assert_eq!(lines(&file).len(), day.len());

    let file = file.display().to_string();
    fs::write(daemon.path("other.json"), OTHER).unwrap();
    let replay = |more: &[&str]| {
        let arguments = [
            "policy",
            "diff",
            FAULTY,
            "--settings",
            "other.json",
            "--replay",
            &file,
        ];
        daemon.run(&[&arguments[..], more].concat())
    };
    let answer = replay(&["--format", "json"]);
    assert_eq!(answer.code, DIFFERS, "{answer:?}");
    let told: Vec<Value> = answer
        .output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (total, steps) = told.split_last().unwrap();
    assert_eq!(steps.len(), day.len());

    // Each state by itself says the same.
    let (mut before, mut differences) = (BTreeMap::new(), 0);
    for (step, document) in steps.iter().zip(&day) {
        let state = daemon.path("state.json");
        fs::write(&state, document.json().to_string()).unwrap();
        let more = ["--cluster", &state.display().to_string()];
        let (_, difference) = diff(&daemon, FAULTY, Some(OTHER), &more);
        let now = name_maps(&difference);
        assert_eq!(step["differing"], difference["totals"]["names"], "{step:#}");
        let turned: BTreeSet<_> = before
            .keys()
            .chain(now.keys())
            .filter(|name| before.get(*name) != now.get(*name))
            .collect();
        assert_eq!(
            step["differences"],
            json!(turned.len()),
            "{step:#} {difference:#}"
        );
        for (name, records) in name_maps(step) {
            assert_eq!(now.get(&name), Some(&records));
        }
        differences += turned.len();
        before = now;
    }
    assert_eq!(total["differences"], json!(differences));
    assert_eq!(total["changes"], json!(day.len() - 1));
    let text = replay(&[]).output;
    let last = format!(
        "{} changes, {differences} differences; {} names differ at the end\n",
        day.len() - 1,
        before.len()
    );
    assert!(text.ends_with(&last), "{text}");
    // What is live changes nothing over the whole day.
    let same = daemon.run(&["policy", "diff", FAULTY, "--replay", &file]);
    assert_eq!(same.code, SAME, "{same:?}");
}

#[test]
fn a_history_is_kept_within_its_bound_and_a_restart_of_the_daemon_is_waited_out() {
    let address = |last: u8| cluster("demo").service("shop/svc/web", &format!("10.22.0.{last}"));
    let mut daemon = start(&address(1)).serve();
    let file: PathBuf = daemon.path("cluster.history");
    let _recording = Recording::start(&daemon, &file, &["--keep", "4"]);
    until_lines(&file, 1);
    let has = |file: &Path, last: u8| {
        lines(file)
            .last()
            .is_some_and(|line| line.to_string().contains(&format!("10.22.0.{last}\"")))
    };
    for last in 2..12 {
        if last == 7 {
            assert!(daemon.stop().success());
            daemon.start_again();
            daemon.until_listening();
        }
        daemon.set_cluster(&address(last));
        until(
            &format!("{last} is recorded"),
            || has(&file, last).then_some(()),
            || format!("{:#?}", lines(&file)),
        );
        // The first state, four changes, and one more until the oldest are folded.
        assert!(lines(&file).len() <= 6, "{:#?}", lines(&file));
    }
    let another = daemon.run(&["record", "--history", &file.display().to_string()]);
    assert_eq!(another.code, 1);
    assert!(
        another.error.contains("another `zonesmith record` writes"),
        "{another:?}"
    );
}
