//! The daemon is killed anywhere on the way: it starts with the policies of before or with those of after, whole.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::is_long;

use super::{EXTRA, history, is_pinned, load, served, zone};
use crate::BINARY;

/// How long after the word the daemon is killed: a step takes ten milliseconds or a few hundred, as the machine has them.
fn delays() -> impl Iterator<Item = Duration> {
    let count = if is_long() { 60 } else { 8 };
    (0..count).map(move |number| Duration::from_micros(400_000 * number * number / (count * count)))
}

/// Says a word to the daemon, and does not wait for what comes of it.
fn say(daemon: &Daemon, arguments: &[&str]) -> Child {
    Command::new(BINARY)
        .arg("policy")
        .args(arguments)
        .arg("--admin")
        .arg(daemon.admin_path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn restart(daemon: &mut Daemon) {
    daemon.start_again();
    daemon.until_listening();
    daemon.until("it serves again", |status| {
        !status.get("/policies/0/name").is_empty()
    });
}

/// Kills the daemon so long after the word; whether the word was done, as far as anybody was told.
fn kill_after(daemon: &mut Daemon, delay: Duration, word: &[&str]) -> bool {
    let mut said = say(daemon, word);
    // The one moment that is to be hit is not to be seen from outside: all of them are tried.
    thread::sleep(delay);
    daemon.kill();
    let is_done = said.wait().unwrap().success();
    restart(daemon);
    is_done
}

#[test]
fn a_daemon_that_is_killed_while_it_promotes_or_rolls_back_has_either_the_one_or_the_other() {
    let mut daemon = served();
    let before = zone(&daemon);
    load(&daemon, EXTRA);
    assert_eq!(daemon.policy(&["promote"]).word(), "published");
    let after = zone(&daemon);
    assert_eq!(daemon.policy(&["rollback"]).word(), "published");
    let mut undone = 0;
    for delay in delays() {
        load(&daemon, EXTRA);
        let is_done = kill_after(&mut daemon, delay, &["promote"]);
        let now = zone(&daemon);
        assert!(now == before || now == after, "{delay:?}: {now:#?}");
        let is_promoted = now == after;
        assert!(is_promoted || !is_done, "{delay:?}: what was told is so");
        let status = daemon.status();
        // The candidate is in the shadow or live, and the history says the same.
        let _ = daemon.until("the shadow is as it was left", |status| {
            (status.get("/shadow") != "null") != is_promoted
        });
        assert!(is_pinned(&status));
        let cause = if is_promoted { "promote" } else { "rollback" };
        assert_eq!(history(&daemon)[0]["cause"], cause, "{delay:?}");
        if !is_promoted {
            undone += 1;
            assert_eq!(daemon.policy(&["promote"]).word(), "published", "{delay:?}");
        }

        let is_done = kill_after(&mut daemon, delay, &["rollback"]);
        let now = zone(&daemon);
        assert!(now == before || now == after, "{delay:?}: {now:#?}");
        assert!(now == before || !is_done, "{delay:?}: what was told is so");
        let cause = if now == before { "rollback" } else { "promote" };
        assert_eq!(history(&daemon)[0]["cause"], cause, "{delay:?}");
        if now == after {
            assert_eq!(
                daemon.policy(&["rollback"]).word(),
                "published",
                "{delay:?}"
            );
        }
    }
    assert!(undone > 0, "no promotion was interrupted");
}

#[test]
fn a_daemon_that_is_killed_while_it_loads_has_a_candidate_or_none() {
    let mut daemon = served();
    let before = zone(&daemon);
    let file = {
        load(&daemon, EXTRA);
        daemon.path("candidate.wasm").display().to_string()
    };
    for delay in delays() {
        assert_eq!(daemon.run(&["policy", "load", "--end"]).code, 0);
        let is_done = kill_after(&mut daemon, delay, &["load", "--shadow", &file]);
        assert_eq!(zone(&daemon), before, "{delay:?}");
        if is_done {
            let _ = daemon.until("the candidate is there again", |status| {
                status.get("/shadow") != "null"
            });
        } else {
            load(&daemon, EXTRA);
        }
    }
}
