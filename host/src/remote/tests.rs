use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;
use zonesmith_zone::name::Name;

use super::client::Client;
use super::connection::{Connection, Counters};
use super::framing::MAX_REQUEST;
use super::socket::{Access, Socket};
use super::{Backend, Explaining, MAX_CONNECTIONS, Remote, Signing};
use crate::snapshot::Live;
use crate::store::Store;

mod authority;
mod leaving;
mod limits;
mod selection;
mod zones;

use zones::{live, many, snapshot};

const SOA: &str = r#"{"method": "lookup", "parameters": {"local": "0.0.0.0", "qname": "cluster1.", "qtype": "SOA", "real-remote": "0.0.0.0/0", "remote": "0.0.0.0", "zone-id": -1}}"#;
const SOA_OF_A_PERSON: &str = "{\n  \"method\": \"lookup\",\n  \"parameters\": {\n    \"qname\": \"cluster1.\",\n    \"qtype\": \"SOA\"\n  }\n}";
const PATIENCE: Duration = Duration::from_secs(20);

struct Server {
    directory: TempDir,
    live: Arc<Live>,
    remote: Remote,
}

impl Server {
    fn start(live: Arc<Live>, limit: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = Socket::bind(&directory.path().join("s"), &Access::default()).unwrap();
        Self {
            directory,
            remote: Remote::start(socket, backend(&live), limit).unwrap(),
            live,
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("s")
    }

    fn connect(&self) -> BufReader<UnixStream> {
        let stream = UnixStream::connect(self.path()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        BufReader::new(stream)
    }
}

fn backend(live: &Arc<Live>) -> Backend {
    Backend {
        live: Arc::clone(live),
        store: Store::in_memory().unwrap(),
        signing: Signing::ignored(),
        explaining: Explaining::none(),
    }
}

fn ask(connection: &mut BufReader<UnixStream>, text: &str) -> String {
    connection.get_mut().write_all(text.as_bytes()).unwrap();
    let mut reply = String::new();
    connection.read_line(&mut reply).unwrap();
    reply.trim_end().to_owned()
}

/// What a connection answers to `pieces`, each one read.
fn answers(live: &Arc<Live>, pieces: &[&[u8]]) -> (io::Result<()>, Vec<u8>) {
    struct Pieces<'a>(std::slice::Iter<'a, &'a [u8]>, &'a [u8]);
    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            while self.1.is_empty() {
                let Some(next) = self.0.next() else {
                    return Ok(0);
                };
                self.1 = next;
            }
            self.1.read(buffer)
        }
    }
    // Made once: a store of its own for each cut takes longer than all else.
    static STORE: LazyLock<Store> = LazyLock::new(|| Store::in_memory().unwrap());
    let backend = Backend {
        live: Arc::clone(live),
        store: STORE.clone(),
        signing: Signing::ignored(),
        explaining: Explaining::none(),
    };
    let mut replies = Vec::new();
    let served = Connection::new(
        Pieces(pieces.iter(), b""),
        &mut replies,
        &backend,
        &Counters::default(),
    )
    .serve();
    (served, replies)
}

#[test]
fn transcripts_are_replayed() {
    let live = live();
    let id = |apex: &str| {
        live.load()
            .zone_set
            .zones()
            .find_apex(Name::parse(apex).unwrap().as_ref())
            .unwrap()
            .id()
            .to_string()
    };
    let empty_label = Name::parse("a..b").unwrap_err().to_string();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/remote");
    let mut replayed = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        // What one file sets, no other sees.
        let server = Server::start(Arc::clone(&live), MAX_CONNECTIONS);
        let mut connection = server.connect();
        let mut reply = String::new();
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let place = format!("{}:{}", path.display(), number + 1);
            if let Some(request) = line.strip_prefix("> ") {
                let request = request
                    .replace("@CLUSTER1@", &id("cluster1."))
                    .replace("@REVERSE@", &id("10.in-addr.arpa."));
                reply = ask(&mut connection, &format!("{request}\n"));
            } else if let Some(expected) = line.strip_prefix("< ") {
                let expected = expected
                    .replace("@CLUSTER1@", &id("cluster1."))
                    .replace("@REVERSE@", &id("10.in-addr.arpa."))
                    .replace("@EMPTY-LABEL@", &empty_label);
                assert_eq!(reply, expected, "{place}");
                replayed += 1;
            } else {
                assert!(line.is_empty() || line.starts_with('#'), "{place}: {line}");
            }
        }
    }
    assert!(replayed > 120, "{replayed} replies");
}

#[test]
fn requests_may_be_split_or_joined_at_any_octet() {
    let live = live();
    let text = format!(
        "{SOA}\n{SOA_OF_A_PERSON}{SOA}\r\n\n  {SOA_OF_A_PERSON}\n{{\"method\": \"initialize\"}}"
    );
    let (served, expected) = answers(&live, &[text.as_bytes()]);
    served.unwrap();
    let lines: Vec<&str> = str::from_utf8(&expected).unwrap().lines().collect();
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert_eq!(
        (lines[0], lines[1], lines[4]),
        (lines[2], lines[3], r#"{"result":true}"#)
    );
    assert_ne!(lines[0], lines[1], "domain_id");
    for cut in 1..text.len() {
        let (first, second) = text.as_bytes().split_at(cut);
        assert_eq!(answers(&live, &[first, second]).1, expected, "cut at {cut}");
    }
    let octets: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
    assert_eq!(answers(&live, &octets).1, expected);
}

#[test]
fn a_request_without_a_newline_is_answered_at_once() {
    let server = Server::start(live(), MAX_CONNECTIONS);
    let mut connection = server.connect();
    let reply = ask(&mut connection, SOA_OF_A_PERSON);
    assert!(reply.contains("1700000000"), "{reply}");
    // And one whose sender says no more, as a pipe into socat does.
    connection.get_mut().write_all(SOA.as_bytes()).unwrap();
    connection.get_mut().shutdown(Shutdown::Write).unwrap();
    let mut rest = String::new();
    connection.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("1700000000"), "{rest}");
}

#[test]
fn a_request_over_the_limit_costs_nobody_the_connection() {
    let server = Server::start(live(), MAX_CONNECTIONS);
    let mut connection = server.connect();
    let large = format!(
        r#"{{"method": "lookup", "parameters": {{"qname": "{}"}}}}"#,
        "x".repeat(3 * MAX_REQUEST)
    );
    let reply = ask(&mut connection, &format!("{large}\n"));
    assert_eq!(reply, r#"{"error":"a request has at most 65536 octets"}"#);
    assert!(ask(&mut connection, SOA).contains("1700000000"));
}

#[test]
fn a_transfer_is_streamed_and_is_one_object() {
    let live = Arc::new(Live::new(snapshot(1, many())));
    let server = Server::start(live, MAX_CONNECTIONS);
    let mut client = Client::connect(&server.path()).unwrap();
    let mut rows = Vec::new();
    let found = client.list("cluster1.", |row| {
        rows.push(row);
        Ok(())
    });
    assert!(found.unwrap());
    assert_eq!(rows.len(), 5000 + 2 + 11);
    assert_eq!(
        (rows[0].qtype.as_str(), rows[1].qtype.as_str()),
        ("SOA", "NS")
    );
    assert!(
        rows.iter().all(|row| !row.content.is_empty()),
        "an empty non-terminal is listed"
    );
    // The connection is at its next reply.
    assert!(!client.list("nowhere.", |_| Ok(())).unwrap());
    assert_eq!(
        client.lookup("n7.cluster1", "A").unwrap()[0].content,
        "10.1.0.7"
    );
    assert_eq!(client.zones().unwrap().len(), 2);
    let error = client.lookup("a..b", "A").unwrap_err().to_string();
    assert!(error.starts_with("the daemon answered: qname: "), "{error}");
}

#[test]
fn the_next_request_on_a_connection_sees_the_next_generation() {
    let server = Server::start(live(), MAX_CONNECTIONS);
    let mut connection = server.connect();
    assert!(ask(&mut connection, SOA).contains(" 1700000000 "));
    let before = server.live.publish(snapshot(1_700_000_001, Vec::new()));
    assert!(ask(&mut connection, SOA).contains(" 1700000001 "));
    assert_eq!(
        Arc::strong_count(&before),
        1,
        "a connection at rest keeps no snapshot"
    );
}

#[test]
fn the_connection_beyond_the_limit_is_refused_until_another_ends() {
    let server = Server::start(live(), 2);
    let mut first = server.connect();
    let mut second = server.connect();
    assert!(ask(&mut first, SOA).contains("1700000000"));
    assert!(ask(&mut second, SOA).contains("1700000000"));
    let mut third = server.connect();
    assert_eq!(
        third.read_to_string(&mut String::new()).unwrap(),
        0,
        "refused"
    );
    assert!(
        ask(&mut first, SOA).contains("1700000000"),
        "the others stay"
    );
    drop(second);
    let statistics = server.remote.statistics();
    while statistics.totals().open == 2 {
        thread::yield_now();
    }
    assert!(ask(&mut server.connect(), SOA).contains("1700000000"));
}

#[test]
fn three_hundred_connections_are_served_at_once() {
    let server = Server::start(live(), MAX_CONNECTIONS);
    let mut connections: Vec<_> = (0..300).map(|_| server.connect()).collect();
    for connection in &mut connections {
        connection.get_mut().write_all(SOA.as_bytes()).unwrap();
    }
    for connection in &mut connections {
        let mut reply = String::new();
        connection.read_line(&mut reply).unwrap();
        assert!(reply.contains("1700000000"), "{reply}");
    }
    assert_eq!(server.remote.statistics().totals().open, 300);
}

#[test]
fn requests_and_errors_are_counted_over_the_end_of_a_connection() {
    let server = Server::start(live(), MAX_CONNECTIONS);
    let statistics = server.remote.statistics();
    for _ in 0..2 {
        let mut connection = server.connect();
        ask(&mut connection, SOA);
        ask(&mut connection, "hello\n");
    }
    server.remote.stop(PATIENCE);
    let totals = statistics.totals();
    assert_eq!(
        (
            totals.open,
            totals.connections,
            totals.requests,
            totals.errors
        ),
        (0, 2, 4, 2)
    );
}

#[test]
fn stopping_answers_what_was_asked_and_removes_the_socket() {
    let server = Server::start(live(), MAX_CONNECTIONS);
    let path = server.path();
    let mut idle = server.connect();
    ask(&mut idle, SOA);
    let mut asking = server.connect();
    ask(&mut asking, SOA);
    asking
        .get_mut()
        .write_all(SOA.repeat(20).as_bytes())
        .unwrap();
    assert_eq!(server.remote.stop(PATIENCE), 0, "connections cut");
    assert!(!path.exists());
    let mut replies = String::new();
    asking.read_to_string(&mut replies).unwrap();
    assert_eq!(replies.lines().count(), 20);
    assert_eq!(idle.read_to_string(&mut String::new()).unwrap(), 0);
}

#[test]
fn who_does_not_read_is_cut_at_the_end_of_patience() {
    let server = Server::start(Arc::new(Live::new(snapshot(1, many()))), MAX_CONNECTIONS);
    let mut stuck = server.connect();
    stuck
        .get_mut()
        .write_all(br#"{"method": "list", "parameters": {"zonename": "cluster1."}}"#)
        .unwrap();
    // Its reply has begun, so it is in flight.
    stuck.fill_buf().unwrap();
    assert_eq!(
        server.remote.stop(Duration::from_millis(50)),
        1,
        "connections cut"
    );
}

proptest! {
    #[test]
    fn any_octets_are_answered_with_objects(pieces in proptest::collection::vec(
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..40),
            "[{}\"\\\\\\[\\]:,a\n ]{0,30}".prop_map(String::into_bytes),
            Just(SOA.as_bytes().to_vec()),
            Just(SOA_OF_A_PERSON.as_bytes()[..40].to_vec()),
        ], 0..8)) {
        let live = live();
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        let (served, replies) = answers(&live, &pieces);
        prop_assert!(served.is_ok());
        for line in replies.split_inclusive(|&octet| octet == b'\n') {
            let reply: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(line).unwrap();
            prop_assert!(reply.contains_key("result") != reply.contains_key("error"));
        }
        prop_assert!(replies.is_empty() || replies.ends_with(b"\n"));
    }
}
