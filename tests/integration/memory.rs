//! What a source said survives the daemon: it is served again at once, however the daemon ended, until the source speaks.
//! What becomes of files that are damaged is proven octet by octet in `host/src/memory/tests.rs`.

use std::fs;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::document::Document;
use zonesmith_tests::is_long;
use zonesmith_tests::socket::{Socket, rows};

use crate::{demo, start};

/// Takes the source away.
fn take_away(daemon: &Daemon) {
    fs::rename(daemon.cluster_file(), daemon.path("away.json")).unwrap();
}

fn state(daemon: &Daemon) -> String {
    daemon.status().get("/sources/0/state")
}

#[test]
fn a_daemon_that_starts_without_its_source_serves_what_that_said_last() {
    let mut daemon = start(&demo()).serve();
    daemon.set_cluster(&demo().service("shop/svc/web", "10.22.0.15"));
    daemon.until_records(
        "web.shop.svc.demo.",
        &["web.shop.svc.demo. 60 A 10.22.0.15"],
    );
    let status = daemon.status();
    assert_eq!(status.get("/sources/0/state"), r#""live""#);
    assert!(status.number("/sources/0/age") < 60);
    daemon.stop();
    take_away(&daemon);
    daemon.start_again();
    daemon.until_listening();
    assert_eq!(
        daemon.records("web.shop.svc.demo."),
        ["web.shop.svc.demo. 60 A 10.22.0.15"]
    );
    let status = daemon.until("the absence is noticed", |status| {
        status.get("/sources/0/error").contains("no such file")
    });
    assert_eq!(status.get("/sources/0/state"), r#""remembered""#);
    assert_eq!(status.number("/sources/0/services"), 2);
    for name in ["web.shop.svc.demo", "nothing.demo"] {
        let explained = daemon.run(&["explain", name]).output;
        let says = "has not spoken since the daemon started";
        assert!(explained.contains(says), "{explained}");
    }
    assert!(daemon.log().contains("is served until it speaks"));

    // It speaks again: what is gone goes, what is new comes.
    let back = demo()
        .without("shop/svc/bad")
        .service("shop/svc/web", "10.22.0.15")
        .service("shop/svc/new", "10.22.0.7");
    daemon.set_cluster(&back);
    daemon.until_records("bad.shop.svc.demo.", &[]);
    daemon.until_records("new.shop.svc.demo.", &["new.shop.svc.demo. 60 A 10.22.0.7"]);
    assert_eq!(state(&daemon), r#""live""#);
    let explained = daemon.run(&["explain", "web.shop.svc.demo"]).good();
    assert!(!explained.contains("has not spoken"), "{explained}");

    // Another file is another source.
    daemon.stop();
    daemon.add_arguments(&["--source", "file:/nowhere/cluster.json"]);
    daemon.start_again();
    let status = daemon.until("it is waited for", |status| {
        status.get("/sources/0/error").contains("no such file")
            && status.get("/sources/0/source") == r#""file:/nowhere/cluster.json""#
    });
    assert_eq!(status.generation(), 0);
}

#[test]
fn what_a_damaged_memory_lost_is_said_until_the_next_start() {
    let mut daemon = start(&demo()).serve();
    daemon.stop();
    let journal = fs::read_dir(daemon.path("state/sources"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .next()
        .unwrap();
    let mut octets = fs::read(&journal).unwrap();
    let place = octets
        .windows(12)
        .position(|text| text == b"shop/svc/bad")
        .unwrap();
    octets[place] = b'x';
    fs::write(&journal, octets).unwrap();
    daemon.start_again();
    daemon.until_listening();
    let lost = daemon.status().get("/sources/0/lost");
    assert!(lost.contains("1 of 2 services could be read"), "{lost}");
    assert_eq!(daemon.records("bad.shop.svc.demo.").len(), 1);
    assert!(daemon.run(&["status"]).good().contains("NOT REMEMBERED"));
    daemon.stop();
    daemon.start_again();
    daemon.until_listening();
    assert_eq!(daemon.status().get("/sources/0/lost"), "null");
}

/// A cluster at a moment of its life.
fn at(moment: u32) -> Document {
    let [_, _, high, low] = moment.to_be_bytes();
    demo().service("shop/svc/turn", &format!("10.23.{high}.{low}"))
}

/// Which moment is served, and under which serial.
fn seen(socket: &mut Socket) -> Option<(u32, u32)> {
    let turn = rows(&socket.lookup("turn.shop.svc.demo.", "ANY"));
    let address: std::net::Ipv4Addr = turn.first()?.rsplit(' ').next()?.parse().ok()?;
    let apex = rows(&socket.lookup("demo.", "SOA"));
    let serial = apex.first()?.split(' ').nth(5)?.parse().ok()?;
    Some((u32::from(address) & 0xffff, serial))
}

#[test]
fn a_daemon_that_is_killed_starts_with_what_it_served_last_or_newer() {
    let kills = if is_long() { 200 } else { 5 };
    let mut daemon = start(&at(0)).serve();
    let moment = AtomicU32::new(0);
    let mut random = 0x5eed_u64;
    for kill in 0..kills {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let life = Duration::from_millis(20 + random % 300);
        let last = Mutex::new((0, 0));
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    daemon.set_cluster(&at(moment.fetch_add(1, Ordering::Relaxed) + 1));
                    thread::sleep(Duration::from_millis(1));
                }
            });
            scope.spawn(|| {
                let mut socket = daemon.connect();
                loop {
                    // It is killed between two looks: who is in the middle of an answer gets none.
                    let mut last = last.lock().unwrap();
                    if is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    if let Some(now) = seen(&mut socket) {
                        *last = now;
                    }
                    drop(last);
                    thread::sleep(Duration::from_micros(200));
                }
            });
            let started = Instant::now();
            while started.elapsed() < life || last.lock().unwrap().1 == 0 {
                thread::sleep(Duration::from_millis(1));
            }
            let held = last.lock().unwrap();
            daemon.signal("KILL");
            is_over.store(true, Ordering::Relaxed);
            drop(held);
        });
        daemon.ended();
        let (served, serial) = *last.lock().unwrap();
        take_away(&daemon);
        daemon.start_again();
        daemon.until_listening();
        let (again, next) = seen(&mut daemon.connect()).unwrap();
        assert!(again >= served, "kill {kill}: {again} after {served}");
        assert!(next >= serial, "kill {kill}: serial {next} after {serial}");
        assert_eq!(state(&daemon), r#""remembered""#);
        daemon.set_cluster(&at(moment.load(Ordering::Relaxed)));
        daemon.until("the source speaks", |status| {
            status.get("/sources/0/state") == r#""live""#
        });
    }
}

#[test]
fn a_full_disk_is_said_and_names_are_served_all_the_same() {
    let mut full = start(&demo());
    // A disk of its own, full from the start; it goes with the process.
    let script = "mkdir -p $XDG_RUNTIME_DIR/state && mount -t tmpfs -o size=8m none $XDG_RUNTIME_DIR/state && \
                  (head -c 9m /dev/zero > $XDG_RUNTIME_DIR/state/filler 2>/dev/null || true) && exec \"$@\"";
    full.entrance = ["unshare", "--mount", "sh", "-c", script, "sh"]
        .map(str::to_owned)
        .into();
    let daemon = full.serve();
    assert_eq!(daemon.records("web.shop.svc.demo.").len(), 1);
    let status = daemon.until("it is not kept", |status| {
        status.get("/sources/0/not-kept/error").contains("No space")
    });
    let lost = status.get("/store/lost");
    assert!(lost.contains("in memory alone"), "{lost}");
    daemon.set_cluster(&demo().service("shop/svc/web", "10.22.0.15"));
    daemon.until_records(
        "web.shop.svc.demo.",
        &["web.shop.svc.demo. 60 A 10.22.0.15"],
    );
    // There is room again.
    let removed = Command::new("nsenter")
        .args(["--mount", "--target", &daemon.id().to_string(), "rm"])
        .arg(daemon.path("state/filler"))
        .status();
    assert!(removed.is_ok_and(|status| status.success()));
    daemon.until("it is kept again", |status| {
        status.get("/sources/0/not-kept") == "null"
    });
    assert!(daemon.log().contains("is kept again"));
}

#[test]
fn a_site_without_nameservers_is_remembered_as_one() {
    let mut daemon = start(&demo()).serve();
    daemon.set_cluster(&demo().set("/cluster/dns", json!([])));
    daemon.until("it is off", |status| status.get("/state") == r#""off""#);
    daemon.stop();
    take_away(&daemon);
    daemon.start_again();
    let status = daemon.until("it is off again", |status| {
        status.get("/state") == r#""off""#
    });
    assert_eq!(status.generation(), 0);
}
