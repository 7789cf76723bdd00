//! A daemon takes over from another: nobody who asks notices, and what fails changes nothing.

mod other_user;
mod signed;

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use serde_json::{Value, json};
use zonesmith_tests::admin::ask;
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::document::cluster;
use zonesmith_tests::socket::{Socket, rows};
use zonesmith_tests::{DEADLINE, is_long};

use crate::{demo, start};

const NAME: &str = "web.shop.svc.demo.";

/// Upgrades in a row.
fn rounds() -> u32 {
    if is_long() { 10 } else { 3 }
}

fn serial(daemon: &Daemon) -> u64 {
    daemon.status().number("/zones/0/serial")
}

/// Asks on one connection until it is over: every answer is there, and the same.
fn asks(path: &Path, is_over: &AtomicBool, asked: &AtomicU64) {
    let mut socket = Socket::connect(path);
    let expected = socket.records(NAME);
    assert_eq!(expected.len(), 1);
    while !is_over.load(Ordering::Relaxed) {
        assert_eq!(socket.records(NAME), expected);
        asked.fetch_add(1, Ordering::Relaxed);
    }
}

/// The same with many questions at once, and some that are cut anywhere.
fn pipelines(path: &Path, is_over: &AtomicBool, asked: &AtomicU64) {
    let question = json!({ "method": "lookup", "parameters": { "qname": NAME, "qtype": "ANY", "zone-id": 1 } });
    let text = format!("{question}\n").repeat(20).into_bytes();
    let mut socket = Socket::connect(path);
    let mut cut = 1;
    let expected = socket.records(NAME);
    while !is_over.load(Ordering::Relaxed) {
        cut = (cut * 7 + 1) % text.len();
        let (first, rest) = text.split_at(cut);
        socket.send(first);
        thread::yield_now();
        socket.send(rest);
        for _ in 0..20 {
            let reply = socket.receive().expect("an answer");
            assert_eq!(rows(&reply), expected);
        }
        asked.fetch_add(20, Ordering::Relaxed);
    }
}

/// A new connection for each question.
fn connects(path: &Path, is_over: &AtomicBool, asked: &AtomicU64) {
    let expected = Socket::connect(path).records(NAME);
    while !is_over.load(Ordering::Relaxed) {
        assert_eq!(Socket::connect(path).records(NAME), expected);
        asked.fetch_add(1, Ordering::Relaxed);
    }
}

/// The whole zone, again and again.
fn lists(path: &Path, is_over: &AtomicBool, asked: &AtomicU64) {
    let mut socket = Socket::connect(path);
    while !is_over.load(Ordering::Relaxed) {
        let reply = socket.ask("list", &json!({ "zonename": "demo.", "domain_id": 1 }));
        assert!(rows(&reply).len() > 2_000);
        asked.fetch_add(1, Ordering::Relaxed);
    }
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Does something while everybody asks; says how many answers there were.
fn while_everybody_asks(daemon: &mut Daemon, work: impl FnOnce(&mut Daemon)) -> u64 {
    let (is_over, asked) = (AtomicBool::new(false), AtomicU64::new(0));
    let path = daemon.socket_path();
    thread::scope(|scope| {
        let (is_over, asked, path) = (&is_over, &asked, &path);
        let _over = Over(is_over);
        for ask in [asks, asks, pipelines, connects, lists] {
            scope.spawn(move || {
                // Who fails ends the others.
                let over = Over(is_over);
                ask(path, is_over, asked);
                std::mem::forget(over);
            });
        }
        work(daemon);
    });
    asked.load(Ordering::Relaxed)
}

#[test]
fn nobody_notices_that_another_daemon_answers() {
    let mut daemon = start(&demo().services(400)).serve();
    let metadata = |value: &str| json!({ "name": "demo.", "kind": "X-TEST", "value": [value] });
    let file = fs::metadata(daemon.socket_path()).unwrap().ino();
    let admin_file = fs::metadata(daemon.admin_path()).unwrap().ino();
    let mut idle = daemon.connect();
    assert_eq!(idle.records(NAME).len(), 1);
    let asked = while_everybody_asks(&mut daemon, |daemon| {
        for round in 0..rounds() {
            let before = serial(daemon);
            let set = daemon
                .connect()
                .ask("setDomainMetadata", &metadata(&round.to_string()));
            assert_eq!(set["result"], json!(true), "{set}");
            assert_eq!(daemon.upgrade().code(), Some(0), "{}", daemon.log());
            assert!(
                serial(daemon) > before,
                "round {round}: the serial moves on"
            );
            let kept = daemon.connect().ask(
                "getDomainMetadata",
                &json!({ "name": "demo.", "kind": "X-TEST" }),
            );
            assert_eq!(kept["result"], json!([round.to_string()]));
        }
    });
    assert_eq!(idle.records(NAME).len(), 1, "it asked nothing meanwhile");
    assert_eq!(fs::metadata(daemon.socket_path()).unwrap().ino(), file);
    assert_eq!(fs::metadata(daemon.admin_path()).unwrap().ino(), admin_file);
    assert!(asked > 100, "{asked}");
    for line in daemon
        .log()
        .lines()
        .filter(|line| line.contains("the pause is over"))
    {
        eprintln!("{line}");
    }
    let metrics = ask(&daemon.admin_path(), "GET /metrics").body;
    for sample in [
        "zonesmith_takeover_pause_seconds_count 1",
        "zonesmith_handovers_total{outcome=\"handed-over\"} 0",
    ] {
        assert!(metrics.contains(sample), "{metrics}");
    }
    assert_eq!(daemon.stop().code(), Some(0));
    assert!(
        !daemon.socket_path().exists() && !daemon.admin_path().exists(),
        "the last one tidies up"
    );
}

#[test]
fn where_no_daemon_runs_one_simply_starts() {
    let mut first = start(&demo());
    first.arguments = vec!["--take-over".to_owned()];
    let daemon = first.serve();
    assert_eq!(daemon.records(NAME).len(), 1);
}

#[test]
fn a_successor_that_cannot_start_changes_nothing() {
    let mut daemon = start(&demo()).serve();
    let mut socket = daemon.connect();
    let mut successor = daemon.successor(&["--policy", "/no/such.wasm"]);
    assert_eq!(daemon.end_of(&mut successor).code(), Some(1));
    assert!(daemon.log().contains("/no/such.wasm"), "{}", daemon.log());
    let mut successor = daemon.successor(&[]);
    successor.kill().unwrap();
    assert!(!daemon.end_of(&mut successor).success());
    assert_eq!(socket.records(NAME).len(), 1);
    assert_eq!(daemon.records(NAME).len(), 1);
    assert!(daemon.is_running());
}

/// A successor of our own making, up to any step.
struct Successor(UnixStream);

impl Successor {
    fn connect(daemon: &Daemon) -> Self {
        let mut stream = UnixStream::connect(daemon.admin_path()).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream
            .write_all(b"POST /handover HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: zonesmith-handover\r\n\r\n")
            .unwrap();
        let (mut head, mut octet) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut octet).unwrap();
            head.extend(octet);
        }
        assert!(
            head.starts_with(b"HTTP/1.1 101"),
            "{}",
            String::from_utf8_lossy(&head)
        );
        Self(stream)
    }

    fn say(&mut self, message: &Value) {
        let body = message.to_string();
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        self.0.write_all(&length).unwrap();
        self.0.write_all(body.as_bytes()).unwrap();
    }

    fn hello(&mut self, daemon: &Daemon, protocol: u32) {
        self.say(&json!({
            "message": "hello", "protocol": protocol, "version": "9.9.9", "process": 1,
            "socket": daemon.socket_path(), "state": daemon.path("state"),
        }));
    }

    /// The next message; what is passed beside it is closed.
    fn hear(&mut self) -> Option<Value> {
        let mut length = [0; 4];
        self.0.read_exact(&mut length).ok()?;
        let mut body = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        self.0.read_exact(&mut body).unwrap();
        Some(serde_json::from_slice(&body).unwrap())
    }

    fn until(&mut self, message: &str) -> Value {
        loop {
            let heard = self.hear().expect("a message");
            if heard.get("message").is_some_and(|heard| heard == message) {
                return heard;
            }
        }
    }
}

#[test]
fn a_successor_that_fails_at_any_step_changes_nothing() {
    type Fail = fn(&Daemon, &mut Successor);
    let steps: [(&str, Fail); 8] = [
        ("it says nothing and goes", |_, _| {}),
        ("it speaks another protocol", |daemon, successor| {
            successor.hello(daemon, 77);
            let refused = successor.until("refused");
            let reason = refused["reason"].as_str().unwrap();
            assert!(reason.contains("protocol 1, not 77"), "{reason}");
        }),
        ("it is for another place", |daemon, successor| {
            successor.say(&json!({
                "message": "hello", "protocol": 1, "version": "9.9.9", "process": 1,
                "socket": "/tmp/other.sock", "state": daemon.path("state"),
            }));
            let refused = successor.until("refused");
            let reason = refused["reason"].as_str().unwrap();
            assert!(reason.starts_with("its socket is "), "{reason}");
        }),
        ("it speaks no protocol at all", |_, successor| {
            successor.0.write_all(b"\0\0\0\x02{}").unwrap();
        }),
        ("it goes after it said who it is", |daemon, successor| {
            successor.hello(daemon, 1);
        }),
        (
            "it goes in the middle of what it gets",
            |daemon, successor| {
                successor.hello(daemon, 1);
                successor.until("listeners");
            },
        ),
        ("it goes when it has everything", |daemon, successor| {
            successor.hello(daemon, 1);
            successor.until("everything");
        }),
        ("it never says that it is ready", |daemon, successor| {
            successor.hello(daemon, 1);
            successor.until("everything");
            assert_eq!(successor.hear(), None, "it is given up");
        }),
    ];
    let mut daemon = start(&demo().services(400)).serve();
    while_everybody_asks(&mut daemon, |daemon| {
        for (number, (what, fail)) in (0..).zip(steps) {
            let mut successor = Successor::connect(daemon);
            fail(daemon, &mut successor);
            drop(successor);
            let hostname = format!("10.22.1.{number}");
            let document = demo().services(400).service("shop/svc/later", &hostname);
            daemon.set_cluster(&document);
            daemon.until_records(
                "later.shop.svc.demo.",
                &[&format!("later.shop.svc.demo. 60 A {hostname}")],
            );
            let kind = json!({ "name": "demo.", "kind": "X-TEST", "value": [what] });
            let set = daemon.connect().ask("setDomainMetadata", &kind);
            assert_eq!(set["result"], json!(true), "{what}: {set}");
        }
    });
    assert_eq!(
        daemon.upgrade().code(),
        Some(0),
        "and a good one takes over"
    );
    assert_eq!(daemon.records(NAME).len(), 1);
}

#[test]
fn a_daemon_that_serves_nothing_on_purpose_is_taken_over_too() {
    let off = cluster("demo").set("/cluster/dns", json!([]));
    let mut daemon = start(&off).spawn();
    daemon.until("it is off", |status| status.get("/state") == r#""off""#);
    assert_eq!(daemon.upgrade().code(), Some(0), "{}", daemon.log());
    daemon.set_cluster(&demo());
    daemon.until_listening();
    assert_eq!(daemon.records(NAME).len(), 1);
}
