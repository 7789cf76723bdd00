//! What the daemon stands: more clients than it has room for, and no descriptors left.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use zonesmith_tests::daemon::{Daemon, Start};

use crate::{BINARY, demo, start};

const SOA: &[u8] =
    b"{\"method\": \"lookup\", \"parameters\": {\"qname\": \"demo.\", \"qtype\": \"SOA\"}}\n";

/// A daemon that may have so many descriptors. The limit is set by a script in the binary's place.
fn limited(descriptors: usize) -> Daemon {
    let name = format!("zonesmith-with-{descriptors}-descriptors");
    let script = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let text = format!("#!/bin/sh\nulimit -n {descriptors}\nexec {BINARY} \"$@\"\n");
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let script = script.display().to_string().leak();
    Start {
        binary: script,
        ..start(&demo())
    }
    .serve()
}

/// Takes all but so many of its unused descriptors from a running daemon.
fn leave_descriptors(daemon: &Daemon, count: usize) {
    let open = fs::read_dir(format!("/proc/{}/fd", daemon.id())).unwrap();
    let limit = open.count() + count;
    let limited = Command::new("prlimit")
        .args(["--pid", &daemon.id().to_string()])
        .arg(format!("--nofile={limit}"))
        .status();
    assert!(
        limited.is_ok_and(|status| status.success()),
        "prlimit of util-linux"
    );
}

/// Connections, each asked once: those that are answered.
fn served(daemon: &Daemon, count: usize) -> Vec<UnixStream> {
    let connections = (0..count).filter_map(|_| {
        let mut stream = UnixStream::connect(daemon.socket_path()).ok()?;
        // Who is refused waits until the end, or for ever: not everyone can be told.
        stream
            .set_read_timeout(Some(Duration::from_millis(500)))
            .unwrap();
        answers(&mut stream).then_some(stream)
    });
    connections.collect()
}

fn answers(stream: &mut UnixStream) -> bool {
    let mut octets = [0; 4_096];
    stream.write_all(SOA).is_ok()
        && stream.read(&mut octets).is_ok_and(|count| {
            let read = octets.get(..count).unwrap_or_default();
            String::from_utf8_lossy(read).contains("SOA")
        })
}

#[test]
fn with_few_descriptors_there_are_fewer_connections_and_the_commands_still_work() {
    let daemon = limited(160);
    let mut connections = served(&daemon, 40);
    assert_eq!(connections.len(), 32);
    let status = daemon.until("the others were refused", |status| {
        status.number("/connections/refused") >= 8
    });
    assert_eq!(status.number("/connections/limit"), 32, "{}", status.text());
    assert_eq!(daemon.reload(&[]).word(), "unchanged");
    let table = daemon.run(&["status"]).good();
    assert!(
        table.contains("32 of 32") && table.contains("refused"),
        "{table}"
    );
    assert!(
        connections.iter_mut().all(answers),
        "those there are stay served"
    );
    drop(connections);
    daemon.until("they are gone", |status| {
        status.number("/connections/open") == 0
    });
    assert_eq!(served(&daemon, 2).len(), 2);
}

#[test]
fn without_descriptors_those_served_stay_served_and_others_come_again() {
    let daemon = start(&demo()).serve();
    leave_descriptors(&daemon, 6);
    let mut connections = served(&daemon, 24);
    assert!(
        (1..24).contains(&connections.len()),
        "{}",
        connections.len()
    );
    for _ in 0..3 {
        assert!(
            connections.iter_mut().all(answers),
            "those there are stay served\n{}",
            daemon.log()
        );
    }
    assert!(
        daemon.log().contains("no connection can be accepted"),
        "{}",
        daemon.log()
    );
    connections.truncate(2);
    daemon.until("a connection is accepted again", |status| {
        status.get("/connections/problem") == "null"
    });
    assert!(connections.iter_mut().all(answers));
    daemon.set_cluster(&demo().service("shop/svc/new", "10.22.0.7"));
    daemon.until_records("new.shop.svc.demo.", &["new.shop.svc.demo. 60 A 10.22.0.7"]);
}
