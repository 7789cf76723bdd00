//! The life of a daemon as its neighbours see it: the socket's file, who may use it, what stays the same over a restart.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};

use serde_json::{Value, json};
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::document::cluster;
use zonesmith_tests::is_long;

use crate::{demo, start};

#[test]
fn a_socket_that_nobody_listens_on_is_taken_over() {
    let mut daemon = start(&demo()).serve();
    for round in 0..if is_long() { 30 } else { 2 } {
        let mut socket = daemon.connect();
        daemon.kill();
        assert!(
            daemon.socket_path().exists(),
            "round {round}: it was killed, and tidied nothing up"
        );
        assert_eq!(
            socket.receive(),
            None,
            "round {round}: its connections ended"
        );
        daemon.start_again();
        daemon.until_listening();
        assert_eq!(
            daemon.records("web.shop.svc.demo.").len(),
            1,
            "round {round}"
        );
    }
}

#[test]
fn a_socket_that_somebody_listens_on_is_not_taken() {
    let daemon = start(&demo()).serve();
    let mut second = start(&demo());
    second.arguments = vec![
        "--socket".to_owned(),
        daemon.socket_path().display().to_string(),
    ];
    let mut second = second.spawn();
    let status = second.ended();
    assert_eq!(status.code(), Some(1), "{}", second.log());
    assert!(
        second
            .log()
            .contains(&daemon.socket_path().display().to_string()),
        "{}",
        second.log()
    );
    assert_eq!(
        daemon.records("web.shop.svc.demo.").len(),
        1,
        "the first one serves on"
    );
}

#[test]
fn a_zone_keeps_its_id_over_a_restart_and_its_serial_goes_forward() {
    let mut daemon = start(&demo()).serve();
    let zones = |daemon: &Daemon| {
        let reply = daemon
            .connect()
            .ask("getAllDomains", &json!({ "include_disabled": false }));
        let zones = reply["result"].as_array().unwrap();
        let numbers = |zone: &Value| {
            (
                zone["id"].as_i64().unwrap(),
                zone["serial"].as_u64().unwrap(),
            )
        };
        zones.iter().map(numbers).collect::<Vec<_>>()
    };
    let first = zones(&daemon);
    let before = daemon.status().number("/zones/0/serial");
    daemon.set_cluster(&demo().service("shop/svc/later", "10.22.0.9"));
    let status = daemon.until("the serial moves with the change", |status| {
        status.number("/zones/0/serial") > before
    });
    assert_eq!(status.get("/zones/0/apex"), r#""demo.""#);

    assert_eq!(daemon.stop().code(), Some(0));
    daemon.start_again();
    daemon.until_listening();
    let second = zones(&daemon);
    assert_eq!(first.len(), second.len());
    for (first, second) in first.iter().zip(second) {
        assert_eq!(first.0, second.0, "the id");
        assert!(
            first.1 <= second.1,
            "the serial: {} then {}",
            first.1,
            second.1
        );
    }
}

#[test]
fn the_socket_has_the_mode_and_group_that_are_configured() {
    for group in ["-g", "-gn"] {
        has_mode_and_group(&own_group(group));
    }
}

fn has_mode_and_group(group: &str) {
    let mut start = start(&demo());
    start.configuration = format!("[socket]\nmode = \"0600\"\ngroup = \"{group}\"\n");
    let daemon = start.serve();
    let metadata = fs::metadata(daemon.socket_path()).unwrap();
    assert!(metadata.file_type().is_socket());
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let admin = fs::metadata(daemon.admin_path()).unwrap();
    assert_eq!(
        admin.permissions().mode() & 0o777,
        0o600,
        "the admin socket is its owner's alone"
    );
}

/// A group that this user may give a file to: his own, as a number (`-g`) or by name (`-gn`).
fn own_group(form: &str) -> String {
    let output = std::process::Command::new("id")
        .arg(form)
        .output()
        .expect("run id");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn without_nameservers_there_is_no_socket_and_status_says_why() {
    let off = cluster("demo")
        .set("/cluster/dns", json!([]))
        .service("shop/svc/web", "10.22.0.5");
    let daemon = start(&off).spawn();
    daemon.until("it is off, and says why", |status| {
        status.get("/state") == r#""off""# && status.get("/reason").contains("dns")
    });
    assert!(!daemon.socket_path().exists());
    let lookup = daemon.run(&["lookup", "web.shop.svc.demo"]);
    assert_eq!(lookup.code, 1, "{lookup:?}");

    daemon.set_cluster(&demo());
    daemon.until_listening();
    assert_eq!(daemon.records("web.shop.svc.demo.").len(), 1);
}

#[test]
fn sigterm_ends_it_cleanly() {
    let mut daemon = start(&demo()).serve();
    let socket = daemon.connect();
    let status = daemon.stop();
    assert_eq!(status.code(), Some(0), "{}", daemon.log());
    assert!(
        !daemon.socket_path().exists() && !daemon.admin_path().exists(),
        "it tidied up"
    );
    drop(socket);
}
