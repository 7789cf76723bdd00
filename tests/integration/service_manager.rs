//! Under a service manager: what it is told, and what it keeps while the daemon is replaced. The tests are the manager.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::document::cluster;
use zonesmith_tests::service_manager::ServiceManager;

use crate::{ROOT, demo, start};

const NAME: &str = "web.shop.svc.demo.";

/// A daemon under a manager, which was set up before.
fn under(set_up: impl FnOnce(&mut ServiceManager, &Daemon)) -> (Daemon, ServiceManager) {
    let mut daemon = start(&demo()).prepare();
    let mut manager = ServiceManager::start(&daemon.path("notify"));
    set_up(&mut manager, &daemon);
    daemon.start_under(&manager);
    manager.until("READY=1");
    (daemon, manager)
}

/// Ends it as a service manager does.
fn end(daemon: &mut Daemon, manager: &mut ServiceManager) {
    daemon.signal("TERM");
    let ended = daemon.ended_under(manager);
    assert_eq!(ended.code(), Some(0), "{}", daemon.log());
}

#[test]
fn the_manager_is_told_when_it_is_ready_reloads_and_stops() {
    let (mut daemon, mut manager) = under(|manager, _| manager.watch(Duration::from_secs(1)));
    assert_eq!(daemon.records(NAME).len(), 1, "ready is ready");
    manager.until("WATCHDOG=1");
    daemon.signal("HUP");
    manager.until("RELOADING=1");
    let heard = manager.heard();
    let is_time = |line: &String| {
        let time = line.strip_prefix("MONOTONIC_USEC=");
        time.is_some_and(|time| time.parse::<u64>().is_ok())
    };
    assert!(heard.iter().any(is_time), "{heard:?}");
    if !heard.contains(&"READY=1".to_owned()) {
        manager.until("READY=1");
    }
    end(&mut daemon, &mut manager);
    assert!(manager.heard().contains(&"STOPPING=1".to_owned()));
}

#[test]
fn a_daemon_without_dns_on_purpose_is_ready() {
    let off = cluster("demo").set("/cluster/dns", json!([]));
    let mut daemon = start(&off).prepare();
    let mut manager = ServiceManager::start(&daemon.path("notify"));
    daemon.start_under(&manager);
    manager.until("READY=1");
    assert!(
        manager
            .heard()
            .iter()
            .any(|line| line.starts_with("STATUS=no DNS"))
    );
}

#[test]
fn a_restart_closes_no_connection_and_loses_no_octet() {
    let (mut daemon, mut manager) = under(|_, _| {});
    let mut idle: Vec<_> = (0..12).map(|_| daemon.connect()).collect();
    let mut begun = daemon.connect();
    for socket in idle.iter_mut().chain([&mut begun]) {
        assert_eq!(socket.records(NAME).len(), 1);
    }
    for round in 0..2 {
        let question = json!({ "method": "lookup", "parameters": { "qname": NAME, "qtype": "ANY", "zone-id": 1 } });
        let question = format!("{question}\n");
        let (first, rest) = question.split_at(20);
        begun.send(first.as_bytes());
        let file = fs::metadata(daemon.socket_path()).unwrap().ino();
        end(&mut daemon, &mut manager);
        let kept = manager.kept();
        assert_eq!(kept.get("pdns.sock"), Some(&1), "{kept:?}");
        assert_eq!(kept.get("admin.sock"), Some(&1), "{kept:?}");
        let count = |start: &str| kept.keys().filter(|name| name.starts_with(start)).count();
        assert_eq!(
            (count("connection-"), count("octets-")),
            (13, 1),
            "{kept:?}"
        );
        // Nobody runs: who asks waits.
        begun.send(rest.as_bytes());
        let mut new = daemon.connect();
        new.send(question.as_bytes());
        let gone = idle.pop();
        drop(gone);

        daemon.start_under(&manager);
        manager.until("READY=1");
        assert_eq!(fs::metadata(daemon.socket_path()).unwrap().ino(), file);
        for socket in [&mut begun, &mut new] {
            let reply = socket.receive().expect("an answer");
            assert_eq!(
                zonesmith_tests::socket::rows(&reply).len(),
                1,
                "round {round}"
            );
        }
        for socket in &mut idle {
            assert_eq!(socket.records(NAME).len(), 1, "round {round}");
        }
        manager.listen();
        let kept: Vec<_> = manager.kept().into_keys().collect();
        assert_eq!(kept, ["admin.sock", "pdns.sock"], "taken back at once");
        idle.push(new);
    }
}

#[test]
fn a_daemon_that_cannot_start_leaves_the_connections_to_the_next_one() {
    let (mut daemon, mut manager) = under(|_, _| {});
    let mut socket = daemon.connect();
    assert_eq!(socket.records(NAME).len(), 1);
    daemon.signal("TERM");
    assert_eq!(daemon.ended_under(&mut manager).code(), Some(0));
    daemon.set_file("zonesmith.toml", "policy = \"/no/such.wasm\"\n");
    daemon.start_under(&manager);
    assert_eq!(daemon.ended_under(&mut manager).code(), Some(1));
    daemon.set_file("zonesmith.toml", "");
    daemon.start_under(&manager);
    manager.until("READY=1");
    assert_eq!(socket.records(NAME).len(), 1);
}

#[test]
fn sockets_that_the_manager_opened_are_used_whatever_they_are_called() {
    let (mut daemon, mut manager) = under(|manager, daemon| {
        for path in [
            daemon.socket_path(),
            daemon.admin_path(),
            daemon.path("other"),
        ] {
            let listener = UnixListener::bind(&path).unwrap();
            manager.keep("zonesmith.socket", OwnedFd::from(listener));
        }
    });
    assert_eq!(daemon.records(NAME).len(), 1);
    assert!(daemon.status().generation() > 0);
    assert!(
        daemon.log().contains("listens nowhere that is configured"),
        "{}",
        daemon.log()
    );
    end(&mut daemon, &mut manager);
    assert!(daemon.socket_path().exists(), "the file is the manager's");
}

#[test]
fn a_daemon_that_a_manager_runs_is_not_taken_over_beside_it() {
    let (daemon, _manager) = under(|_, _| {});
    let mut successor = daemon.successor(&[]);
    assert_eq!(daemon.end_of(&mut successor).code(), Some(1));
    assert!(
        daemon.log().contains("a service manager runs this daemon"),
        "{}",
        daemon.log()
    );
    assert_eq!(daemon.records(NAME).len(), 1);
}

#[test]
fn the_units_are_as_systemd_wants_them() {
    let Ok(version) = Command::new("systemd-analyze").arg("--version").output() else {
        eprintln!("skipped: there is no systemd-analyze");
        return;
    };
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    for name in [
        "zonesmith.service",
        "zonesmith.socket",
        "zonesmith-powerdns.service",
        "zonesmith-recursor.service",
        "zonesmith-resolver.service",
    ] {
        let path = Path::new(ROOT).join("host/etc/systemd").join(name);
        let unit = fs::read_to_string(&path).unwrap();
        let directory = tempfile::tempdir().unwrap();
        // The binary need not be installed where the tests run.
        let unit = unit.replace("/usr/bin/zonesmith", "/bin/true");
        let unit = unit.replace("/usr/sbin/pdns_server", "/bin/true");
        let unit = unit.replace("/usr/sbin/pdns_recursor", "/bin/true");
        fs::write(directory.path().join(name), &unit).unwrap();
        if name.ends_with(".socket") {
            let service = Path::new(ROOT).join("host/etc/systemd/zonesmith.service");
            let service = fs::read_to_string(service).unwrap();
            let service = service.replace("/usr/bin/zonesmith", "/bin/true");
            fs::write(directory.path().join("zonesmith.service"), service).unwrap();
        }
        let verified = Command::new("systemd-analyze")
            .arg("verify")
            .arg(directory.path().join(name))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&verified.stderr);
        let ours: Vec<_> = said
            .lines()
            .filter(|line| line.contains("zonesmith"))
            // What a later systemd knows.
            .filter(|line| !line.contains("Unknown key") && !line.contains("notify-reload"))
            .collect();
        assert!(ours.is_empty(), "{version}: {name}: {said}");
    }
}
