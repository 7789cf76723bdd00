//! What survives the daemon, and the commands that look at it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use zonesmith_tests::answer::Answer;
use zonesmith_tests::daemon::Daemon;

use crate::{BINARY, demo, start};

/// Runs `zonesmith state …` on the state of this daemon.
fn state(daemon: &Daemon, arguments: &[&str]) -> Answer {
    let directory = daemon.path("state").display().to_string();
    let mut all = vec!["state"];
    all.extend(arguments);
    all.extend(["--state-dir", &directory]);
    Answer::to(BINARY, &all, &daemon.path(""))
}

/// Keeps something of everything, as `pdnsutil` does.
fn fill(daemon: &Daemon) {
    let mut socket = daemon.connect();
    let key = json!({ "flags": 257, "active": true, "published": true, "content": "Private-key-format: v1.2\n" });
    for (method, parameters) in [
        ("addDomainKey", json!({ "name": "demo.", "key": key })),
        (
            "setDomainMetadata",
            json!({ "name": "demo.", "kind": "X-NOTE", "value": ["kept"] }),
        ),
        (
            "setTSIGKey",
            json!({ "name": "k1.", "algorithm": "hmac-sha256.", "content": "c2VjcmV0" }),
        ),
    ] {
        let reply = socket.ask(method, &parameters);
        let result = reply.get("result");
        assert!(
            result == Some(&json!(true)) || result == Some(&json!(1)),
            "{method}: {reply}"
        );
    }
}

fn kept(daemon: &Daemon) -> Vec<Value> {
    let mut socket = daemon.connect();
    [
        ("getDomainKeys", json!({ "name": "demo." })),
        ("getAllDomainMetadata", json!({ "name": "demo." })),
        ("getTSIGKeys", json!({})),
    ]
    .map(|(method, parameters)| socket.ask(method, &parameters))
    .into()
}

#[test]
fn what_was_said_to_be_kept_survives_a_kill() {
    let mut daemon = start(&demo()).serve();
    fill(&daemon);
    let before = kept(&daemon);
    daemon.kill();
    daemon.start_again();
    daemon.until_listening();
    assert_eq!(kept(&daemon), before);
    let file = fs::metadata(daemon.path("state/state.redb")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_second_daemon_on_the_same_state_is_refused_and_the_first_goes_on() {
    let daemon = start(&demo()).serve();
    let cluster = daemon.cluster_file().display().to_string();
    let directory = daemon.path("state").display().to_string();
    let second = Answer::to(
        BINARY,
        &[
            "serve",
            &cluster,
            "--state-dir",
            &directory,
            "--config",
            &daemon.path("zonesmith.toml").display().to_string(),
        ],
        &daemon.path(""),
    );
    assert_eq!(second.code, 1, "{second:?}");
    assert!(
        second
            .error
            .contains("state/state.redb belongs to another process"),
        "{second:?}"
    );
    assert!(!daemon.records("web.shop.svc.demo.").is_empty());
}

#[test]
fn the_state_goes_out_and_comes_back_whole() {
    let mut daemon = start(&demo()).serve();
    fill(&daemon);
    let before = kept(&daemon);
    let file = daemon.path("backup.json").display().to_string();
    // The daemon has the state open, and tells it.
    let admin = daemon.admin_path().display().to_string();
    state(&daemon, &["export", &file, "--admin", &admin]).good();
    let running = state(&daemon, &["check"]);
    assert_eq!(running.code, 1, "{running:?}");
    assert!(running.error.contains("a daemon that runs"), "{running:?}");

    daemon.stop();
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = state(&daemon, &["export", &file]);
    assert_eq!(again.code, 1, "a file that is there stays: {again:?}");
    let printed = state(&daemon, &["export"]).good();
    assert_eq!(printed, fs::read_to_string(&file).unwrap());
    let content: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(content["keys"][0]["zone"], "demo.");

    let refused = state(&daemon, &["import", &file]);
    assert!(refused.error.contains("--force"), "{refused:?}");
    state(&daemon, &["import", "--force", &file]).good();
    fs::remove_dir_all(daemon.path("state")).unwrap();
    let absent = state(&daemon, &["check"]);
    assert!(absent.error.contains("there is no state"), "{absent:?}");
    state(&daemon, &["import", &file]).good();
    let checked = state(&daemon, &["check", "--format", "json"]).good();
    let checked: Value = serde_json::from_str(&checked).unwrap();
    assert_eq!(
        (&checked["keys"], &checked["tsig"], &checked["problems"]),
        (&json!(1), &json!(1), &json!([]))
    );
    daemon.start_again();
    daemon.until_listening();
    assert_eq!(kept(&daemon), before);
}

#[test]
fn a_damaged_state_is_moved_aside_and_what_is_lost_is_said_until_the_next_start() {
    let mut daemon = start(&demo()).serve();
    fill(&daemon);
    daemon.stop();
    fs::write(daemon.path("state/state.redb"), "hello").unwrap();
    let checked = state(&daemon, &["check"]);
    assert_eq!(checked.code, 1, "{checked:?}");
    daemon.start_again();
    daemon.until_listening();
    assert_eq!(daemon.records("web.shop.svc.demo.").len(), 1);
    let lost = daemon.status().get("/store/lost");
    assert!(lost.contains("served UNSIGNED"), "{lost}");
    assert!(daemon.log().contains("served UNSIGNED"));
    assert!(daemon.run(&["status"]).good().contains("state lost"));
    let aside = fs::read_dir(daemon.path("state"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.display().to_string().contains("state.redb.damaged-"))
        .unwrap();
    assert_eq!(fs::read(aside).unwrap(), b"hello");
    daemon.stop();
    daemon.start_again();
    daemon.until_listening();
    assert_eq!(daemon.status().get("/store/lost"), "null");
}
