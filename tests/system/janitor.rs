//! Caches for an hour, and answers that are right: each way to purge, servers that are away for a while, lookups in flight.

mod servers;

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::{Document, cluster};
use zonesmith_tests::ports::free_port;
use zonesmith_tests::until;

use self::servers::{Proxy, Servers};
use crate::BINARY;

const WEB: &str = "web.shop.svc.demo";

/// How long an answer may be the old one after the change is published. Far more than it takes, and far less than the
/// records' TTL, 60 s.
const FRESH: Duration = Duration::from_secs(5);

fn document(address: &str) -> Document {
    cluster("demo")
        .set(
            "/cluster/networks",
            json!([{ "name": "backend", "cidr": "10.22.0.0/16", "scope": "cluster" }]),
        )
        .service("shop/svc/web", address)
}

fn start(configuration: String) -> Daemon {
    Start {
        configuration,
        ..Start::new(BINARY, &document("10.22.0.1"))
    }
    .serve()
}

/// Publishes a document, and waits until it is.
fn publish(daemon: &Daemon, document: &Document, name: &str, address: Option<&str>) {
    daemon.set_cluster(document);
    let records = address.map(|address| format!("{name}. 60 A {address}"));
    let records: Vec<_> = records.iter().map(String::as_str).collect();
    daemon.until_records(&format!("{name}."), &records);
}

/// Waits until an answer is this one, for not longer than it may be wrong.
fn soon(what: &str, expected: &str, servers: &Servers, answer: impl Fn() -> String) {
    let begun = Instant::now();
    loop {
        let now = answer();
        if now == expected {
            return;
        }
        assert!(
            begun.elapsed() < FRESH,
            "{what} is {now}, not {expected}\n{}",
            servers.log()
        );
        thread::sleep(Duration::from_millis(5));
    }
}

fn until_state(daemon: &Daemon, place: usize, state: &str) {
    let pointer = format!("/caches/{place}/state");
    let word = format!("\"{state}\"");
    daemon.until(&format!("server {place} is {state}"), |status| {
        status.get(&pointer) == word
    });
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn every_way_to_purge_makes_answers_right_although_caches_keep_them_for_an_hour() {
    for (authoritative, recursor) in [("socket", "socket"), ("tcp", "notify"), ("http", "http")] {
        let mut servers = Servers::prepare();
        let daemon = start(servers.janitor(authoritative, recursor));
        servers.start(&daemon.socket_path());
        for place in 0..2 {
            until_state(&daemon, place, "purged");
        }
        assert_eq!(servers.resolve(WEB, "A"), "10.22.0.1");
        assert_eq!(servers.resolve("new.shop.svc.demo", "A"), "NXDOMAIN");
        assert_eq!(
            servers.resolve("1.0.22.10.in-addr.arpa", "PTR"),
            "web.shop.svc.demo."
        );
        let mut last = "10.22.0.1".to_owned();
        for number in 2..5 {
            let address = format!("10.22.0.{number}");
            let next = document(&address).service("shop/svc/new", "10.22.1.1");
            daemon.set_cluster(&next);
            let what = format!("by {authoritative} and {recursor}: {WEB}");
            soon(&what, &address, &servers, || servers.resolve(WEB, "A"));
            let new = || servers.resolve("new.shop.svc.demo", "A");
            soon("the new one", "10.22.1.1", &servers, new);
            let reverse = last.split('.').rev().collect::<Vec<_>>().join(".");
            let gone = || servers.resolve(&format!("{reverse}.in-addr.arpa"), "PTR");
            soon("the old address", "NXDOMAIN", &servers, gone);
            last = address;
        }
        publish(&daemon, &document(&last), "new.shop.svc.demo", None);
        let new = || servers.resolve("new.shop.svc.demo", "A");
        soon("the one that went", "NXDOMAIN", &servers, new);
        let status = daemon.status();
        assert_eq!(status.get("/caches/0/failures"), "0", "{}", status.text());
    }
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn a_server_that_was_away_is_right_when_it_is_back_and_a_zone_that_comes_is_served_at_once() {
    let mut servers = Servers::prepare();
    let daemon = start(servers.janitor("socket", "socket"));
    servers.start(&daemon.socket_path());
    until_state(&daemon, 0, "purged");
    assert_eq!(servers.resolve(WEB, "A"), "10.22.0.1");
    // The sockets are gone, and the servers go on with what they have.
    let control = [
        servers.path("auth/pdns.controlsocket"),
        servers.path("rec/pdns_recursor.controlsocket"),
    ];
    let aside = control.clone().map(|path| path.with_extension("aside"));
    for (path, aside) in control.iter().zip(&aside) {
        std::fs::rename(path, aside).unwrap();
    }
    publish(&daemon, &document("10.22.0.2"), WEB, Some("10.22.0.2"));
    for place in 0..2 {
        until_state(&daemon, place, "failing");
    }
    assert_eq!(
        servers.resolve(WEB, "A"),
        "10.22.0.1",
        "nobody could say so"
    );
    for (path, aside) in control.iter().zip(&aside) {
        std::fs::rename(aside, path).unwrap();
    }
    soon(WEB, "10.22.0.2", &servers, || servers.resolve(WEB, "A"));
    // Each server once more, as a new process.
    servers.stop_recursor();
    publish(&daemon, &document("10.22.0.3"), WEB, Some("10.22.0.3"));
    until_state(&daemon, 1, "failing");
    servers.start_recursor();
    soon(WEB, "10.22.0.3", &servers, || servers.resolve(WEB, "A"));
    servers.stop_authoritative();
    publish(&daemon, &document("10.22.0.4"), WEB, Some("10.22.0.4"));
    until_state(&daemon, 0, "failing");
    servers.start_authoritative(&daemon.socket_path());
    soon(WEB, "10.22.0.4", &servers, || servers.resolve(WEB, "A"));
    for place in 0..2 {
        until_state(&daemon, place, "purged");
    }
    // The authoritative server would not look for zones for minutes.
    let networks = json!([
        { "name": "backend", "cidr": "10.22.0.0/16", "scope": "cluster" },
        { "name": "other", "cidr": "10.23.0.0/16", "scope": "cluster" },
    ]);
    let pointer = "1.0.23.10.in-addr.arpa";
    assert_ne!(servers.ask(pointer, "PTR"), "late.shop.svc.demo.");
    let next = document("10.22.0.4").set("/cluster/networks", networks);
    daemon.set_cluster(&next.service("shop/svc/late", "10.23.0.1"));
    soon(pointer, "late.shop.svc.demo.", &servers, || {
        servers.ask(pointer, "PTR")
    });
    let resolve = || servers.resolve(pointer, "PTR");
    soon(pointer, "late.shop.svc.demo.", &servers, resolve);
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn a_lost_control_socket_keeps_nothing_from_being_forgotten_where_there_is_another_way() {
    let mut servers = Servers::prepare();
    let daemon = start(servers.janitor_by(&[("socket", "socket"), ("tcp", "notify")]));
    servers.start(&daemon.socket_path());
    for place in 0..2 {
        until_state(&daemon, place, "purged");
    }
    let control = [
        servers.path("auth/pdns.controlsocket"),
        servers.path("rec/pdns_recursor.controlsocket"),
    ];
    for path in &control {
        std::fs::rename(path, path.with_extension("aside")).unwrap();
    }
    for number in 1..4 {
        let address = format!("10.22.0.{number}");
        publish(&daemon, &document(&address), WEB, Some(&address));
        soon(WEB, &address, &servers, || servers.resolve(WEB, "A"));
    }
    for (place, path) in control.iter().enumerate() {
        let said = format!("{} cannot be used", path.display());
        daemon.until("it is said which way was taken", |status| {
            status
                .get(&format!("/caches/{place}/error"))
                .contains(&said)
        });
        until_state(&daemon, place, "purged");
        std::fs::rename(path.with_extension("aside"), path).unwrap();
        // Nothing changes, and it is seen all the same.
        daemon.until("the best way works again", |status| {
            status.get(&format!("/caches/{place}/error")) == "null"
        });
    }
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn what_stands_in_the_way_is_said() {
    let mut servers = Servers::prepare();
    let daemon = start(servers.janitor("tcp", "http"));
    std::fs::write(servers.path("secret"), "another\n").unwrap();
    std::fs::write(servers.path("key"), "another\n").unwrap();
    servers.start(&daemon.socket_path());
    daemon.until("both say what is wrong", |status| {
        status.get("/caches/0/error").contains("Wrong password")
            && status.get("/caches/1/error").contains("401")
    });
    // Read again for each connection.
    std::fs::write(servers.path("secret"), "the-secret\n").unwrap();
    std::fs::write(servers.path("key"), "the-key\n").unwrap();
    for place in 0..2 {
        until_state(&daemon, place, "purged");
    }
}

/// `zonesmith janitor`; it ends with this value.
struct Outside(Child);

impl Outside {
    fn start(arguments: &[String], log: &Path) -> Self {
        let child = Command::new(BINARY)
            .arg("janitor")
            .args(arguments)
            .args(["--config", "/dev/null"])
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stderr(File::create(log).unwrap())
            .spawn();
        Self(child.unwrap())
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn a_janitor_outside_hears_a_daemon_and_the_one_after_it() {
    let mut servers = Servers::prepare();
    let port = free_port();
    let mut daemon = start(format!(
        "[admin]\nwatch = \"127.0.0.1:{port}\"\n[janitor]\noff = true\n"
    ));
    servers.start(&daemon.socket_path());
    let arguments = [
        "--daemon".to_owned(),
        format!("127.0.0.1:{port}"),
        "--authoritative".to_owned(),
        servers.authoritative("tcp"),
        "--recursor".to_owned(),
        servers.recursor("notify"),
    ];
    let log = servers.path("janitor.log");
    let mut janitor = Outside::start(&arguments, &log);
    let said = || std::fs::read_to_string(&log).unwrap_or_default();
    until(
        "the daemon is heard",
        || said().contains("the daemon is heard").then_some(()),
        said,
    );
    for number in 1..4 {
        let address = format!("10.22.0.{number}");
        publish(&daemon, &document(&address), WEB, Some(&address));
        soon(WEB, &address, &servers, || servers.resolve(WEB, "A"));
    }
    assert_eq!(daemon.status().get("/caches"), "[]", "it is off there");
    // What changes while no daemon is there is known from the next one's first word.
    daemon.stop();
    daemon.set_cluster(&document("10.22.0.9"));
    daemon.start_again();
    daemon.until_listening();
    let resolve = || servers.resolve(WEB, "A");
    until(
        "the next daemon is heard",
        || (resolve() == "10.22.0.9").then_some(()),
        said,
    );
    let id = janitor.0.id().to_string();
    let ended = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert!(ended.success());
    assert_eq!(janitor.0.wait().unwrap().code(), Some(0), "{}", said());
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn a_lookup_in_flight_does_not_leave_the_old_answer_in_a_cache() {
    let mut servers = Servers::prepare();
    let daemon = start(servers.janitor("socket", "socket"));
    let proxy = Proxy::before(&daemon.socket_path(), servers.path("slow.sock"));
    servers.start(&proxy.path);
    until_state(&daemon, 0, "purged");
    for (service, delay) in [("a", 120), ("b", 300)] {
        let name = format!("{service}.shop.svc.demo");
        let path = format!("shop/svc/{service}");
        let with = |address: &str| document("10.22.0.1").service(&path, address);
        let (before, after) = ("10.22.3.1", "10.22.3.2");
        publish(&daemon, &with(before), &name, Some(before));
        // Nothing of that is purged any more, and nothing of it is cached: whoever asks now has to ask the daemon, whose
        // answer is held back.
        thread::sleep(Duration::from_millis(2_500));
        proxy.hold(Duration::from_millis(delay));
        let published = thread::scope(|scope| {
            let asked = scope.spawn(|| servers.resolve(&name, "A"));
            thread::sleep(Duration::from_millis(60));
            publish(&daemon, &with(after), &name, Some(after));
            let published = Instant::now();
            let _ = asked.join().unwrap();
            published
        });
        proxy.hold(Duration::ZERO);
        // A second after the change nobody is told the old one, whatever came in late.
        thread::sleep(Duration::from_millis(1_100).saturating_sub(published.elapsed()));
        assert_eq!(
            servers.resolve(&name, "A"),
            after,
            "held back by {delay} ms"
        );
        assert_eq!(servers.ask(&name, "A"), after, "held back by {delay} ms");
    }
}
