//! Following changes: `/watch`, `zonesmith watch`, `zonesmith wait`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::json;
use zonesmith_tests::admin::Stream;
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::document::{Document, cluster};

use crate::{BINARY, start};

fn web(address: &str) -> Document {
    cluster("demo").service("shop/svc/web", address)
}

#[test]
fn a_stream_tells_each_generation_and_goes_on_where_it_was_left() {
    let daemon = start(&web("10.22.0.5")).serve();
    let mut stream = Stream::begin(&daemon.admin_path(), "/watch?name=web.shop.svc.demo");
    let hello = stream.until("hello");
    daemon.set_cluster(&web("10.22.0.6"));
    let change = stream.until("change");
    assert_eq!(
        change.data["names"],
        json!([{ "name": "web.shop.svc.demo.", "rrsets": [{
            "type": "A",
            "before": [{ "ttl": 60, "content": "10.22.0.5" }],
            "after": [{ "ttl": 60, "content": "10.22.0.6" }],
        }]}])
    );
    drop(stream);

    // While nobody looks.
    daemon.set_cluster(&web("10.22.0.7"));
    daemon.until_records("web.shop.svc.demo.", &["web.shop.svc.demo. 60 A 10.22.0.7"]);
    let again = format!("/watch?name=web.shop.svc.demo&since={}", change.id);
    let mut stream = Stream::begin(&daemon.admin_path(), &again);
    let missed = stream.until("change");
    let rrset = &missed.data["names"][0]["rrsets"][0];
    assert_eq!(rrset["after"][0]["content"], "10.22.0.7", "{missed:?}");

    // From the first place on it is the same, in order, and another filter has its own.
    let from_hello = format!("/watch?zone=10.in-addr.arpa&since={}", hello.id);
    let mut stream = Stream::begin(&daemon.admin_path(), &from_hello);
    let names = |event: &zonesmith_tests::admin::Event| {
        let names = event.data["names"].as_array().unwrap().clone();
        names
            .iter()
            .map(|name| name["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let mut seen = Vec::new();
    while seen.len() < 4 {
        seen.extend(names(&stream.until("change")));
    }
    assert_eq!(
        seen,
        [
            "5.0.22.10.in-addr.arpa.",
            "6.0.22.10.in-addr.arpa.",
            "6.0.22.10.in-addr.arpa.",
            "7.0.22.10.in-addr.arpa."
        ]
    );
}

#[test]
fn steps_add_up_to_what_is_served() {
    let daemon = start(&cluster("demo").services(20)).serve();
    let mut stream = Stream::begin(&daemon.admin_path(), "/watch?zone=demo");
    let first = stream.until("hello").data["generation"].as_u64().unwrap();
    for count in [25, 10, 40] {
        daemon.set_cluster(
            &cluster("demo")
                .services(count)
                .service("shop/svc/web", &format!("10.22.0.{count}")),
        );
    }
    daemon.until_records(
        "web.shop.svc.demo.",
        &["web.shop.svc.demo. 60 A 10.22.0.40"],
    );
    let mut had: std::collections::BTreeMap<String, bool> = std::collections::BTreeMap::new();
    let mut last = first;
    let end = daemon.status().generation();
    while last < end {
        let Some(event) = stream.next_event() else {
            break;
        };
        if event.kind != "change" {
            continue;
        }
        let generation = event.data["generation"].as_u64().unwrap();
        assert!(generation > last, "in order: {generation} after {last}");
        last = generation;
        for name in event.data["names"].as_array().unwrap() {
            let is_there = name["rrsets"]
                .as_array()
                .unwrap()
                .iter()
                .any(|set| !set["after"].as_array().unwrap().is_empty());
            had.insert(name["name"].as_str().unwrap().to_owned(), is_there);
        }
    }
    for (name, is_there) in had {
        assert_eq!(!daemon.records(&name).is_empty(), is_there, "{name}");
    }
}

#[test]
fn a_stream_of_another_run_is_told_that_it_missed_something() {
    let mut daemon = start(&web("10.22.0.5")).serve();
    let mut stream = Stream::begin(&daemon.admin_path(), "/watch");
    let id = stream.until("hello").id;
    assert!(daemon.stop().success());
    let bye = stream.until("bye");
    assert_eq!(bye.data["reason"], "the daemon ends");
    daemon.start_again();
    daemon.until_listening();
    let mut stream = Stream::begin(&daemon.admin_path(), &format!("/watch?since={id}"));
    assert_eq!(stream.until("reset").data["reason"], "restarted");
    let mut stream = Stream::begin(&daemon.admin_path(), "/watch?since=999999");
    assert_eq!(stream.until("reset").data["reason"], "too-old");
}

/// A command that goes on, and its lines.
struct Running {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Running {
    fn start(daemon: &Daemon, arguments: &[&str]) -> Self {
        let mut child = Command::new(BINARY)
            .args(arguments)
            .arg("--admin")
            .arg(daemon.admin_path())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// The next line that has this in it.
    fn until(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            let length = self.lines.read_line(&mut line).unwrap();
            assert!(length > 0, "it ended without {text}");
            if line.contains(text) {
                return line.trim_end().to_owned();
            }
        }
    }

    fn interrupt(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap().code()
    }
}

#[test]
fn watch_prints_what_changes_through_a_restart_until_it_is_interrupted() {
    let mut daemon = start(&web("10.22.0.5")).serve();
    let since = (daemon.status().generation() - 1).to_string();
    let mut watch = Running::start(&daemon, &["watch", "demo", "--since", &since]);
    daemon.set_cluster(&web("10.22.0.6").service("shop/svc/api", "10.22.1.5"));
    watch.until("+ api.shop.svc.demo.  60  A  10.22.1.5");
    assert_eq!(
        watch.until("~ web.shop.svc.demo."),
        "  ~ web.shop.svc.demo.  60  A  +10.22.0.6 -10.22.0.5"
    );
    assert!(daemon.stop().success());
    daemon.start_again();
    watch.until("the daemon was started again");
    daemon.until_listening();
    daemon.set_cluster(&web("10.22.0.6"));
    watch.until("- api.shop.svc.demo.  60  A  10.22.1.5");
    assert_eq!(watch.interrupt(), Some(0));

    let mut json = Running::start(&daemon, &["watch", "--format", "json"]);
    // The stream is there when it says something; until then the change may be too early.
    let line = std::thread::scope(|scope| {
        let printed = scope.spawn(|| json.until("10.22.0."));
        let mut last = 6;
        while !printed.is_finished() {
            last = if last == 6 { 7 } else { 6 };
            daemon.set_cluster(&web(&format!("10.22.0.{last}")));
            daemon.until_records(
                "web.shop.svc.demo.",
                &[&format!("web.shop.svc.demo. 60 A 10.22.0.{last}")],
            );
        }
        printed.join().unwrap()
    });
    let change: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert!(change["generation"].as_u64().is_some(), "{line}");
    json.child.kill().unwrap();
    json.child.wait().unwrap();
}

#[test]
fn wait_ends_when_it_is_so_and_says_what_there_is_when_it_is_not() {
    let daemon = start(&web("10.22.0.5")).serve();
    for arguments in [
        ["web.shop.svc.demo", "A", "10.22.0.5"].as_slice(),
        &["WEB.shop.svc.demo."],
        &["10.22.0.5", "PTR", "web.shop.svc.demo"],
        &["nothing.demo", "--gone"],
        &["web.shop.svc.demo", "MX", "--gone"],
        &["demo", "SOA"],
    ] {
        let answer = daemon.run(&[&["wait", "--timeout", "30"], arguments].concat());
        assert_eq!(answer.code, 0, "{arguments:?}: {answer:?}");
    }
    for (arguments, says) in [
        (
            ["web.shop.svc.demo", "A", "10.22.0.9"].as_slice(),
            "there is A 10.22.0.5",
        ),
        (&["nothing.demo"], "there is no name nothing.demo."),
        (
            &["web.shop.svc.demo", "AAAA"],
            "web.shop.svc.demo. is there, without such a record",
        ),
        (&["web.shop.svc.demo", "--gone"], "there is A 10.22.0.5"),
    ] {
        let answer = daemon.run(&[&["wait", "--timeout", "0.3"], arguments].concat());
        assert_eq!(answer.code, 1, "{arguments:?}: {answer:?}");
        assert!(answer.error.contains(says), "{arguments:?}: {answer:?}");
    }
    let answers = std::thread::scope(|scope| {
        let comes =
            scope.spawn(|| daemon.run(&["wait", "api.shop.svc.demo", "A", "--timeout", "60"]));
        let goes =
            scope.spawn(|| daemon.run(&["wait", "web.shop.svc.demo", "--gone", "--timeout", "60"]));
        daemon.set_cluster(&cluster("demo").service("shop/svc/api", "10.22.1.5"));
        [comes.join().unwrap(), goes.join().unwrap()]
    });
    for answer in answers {
        assert_eq!(answer.code, 0, "{answer:?}");
    }
}

#[test]
fn wait_waits_for_a_daemon_that_is_not_there_yet() {
    let mut daemon = start(&web("10.22.0.5")).serve();
    assert!(daemon.stop().success());
    let alone = daemon.run(&["wait", "web.shop.svc.demo", "--timeout", "0.3"]);
    assert_eq!(alone.code, 1);
    assert!(alone.error.contains("no daemon answers"), "{alone:?}");
    let mut waiting = Command::new(BINARY)
        .args(["wait", "web.shop.svc.demo", "--admin"])
        .arg(daemon.admin_path())
        .spawn()
        .unwrap();
    daemon.start_again();
    assert!(waiting.wait().unwrap().success());
}
