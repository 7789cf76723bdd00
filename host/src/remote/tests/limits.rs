//! What one side of a connection may take of us.

use super::*;
use crate::remote::Limits;

/// Longer than anything takes that is to happen, shorter than the test's patience.
const NEVER: Duration = Duration::from_secs(600);

/// Shorter than the test's patience; long enough for a busy machine to answer in.
const SOON: Duration = Duration::from_millis(300);

fn limits() -> Limits {
    Limits {
        connections: 3,
        first_request: NEVER,
        unfinished_request: NEVER,
        send: NEVER,
        least_idle: Duration::ZERO,
    }
}

fn serve(limits: Limits) -> Server {
    serve_live(live(), limits)
}

fn serve_live(live: Arc<Live>, limits: Limits) -> Server {
    let directory = tempfile::tempdir().unwrap();
    let socket = Socket::bind(&directory.path().join("s"), &Access::default()).unwrap();
    Server {
        directory,
        remote: Remote::start(socket, backend(&live), limits).unwrap(),
        live,
    }
}

/// Asks and is answered.
fn is_served(connection: &mut BufReader<UnixStream>) -> bool {
    let asked = connection
        .get_mut()
        .write_all(format!("{SOA}\n").as_bytes());
    let mut line = String::new();
    asked.is_ok() && connection.read_line(&mut line).is_ok() && line.contains("SOA")
}

/// All that comes until the connection ends.
fn rest(mut connection: BufReader<UnixStream>) -> String {
    let mut rest = String::new();
    connection.read_to_string(&mut rest).unwrap();
    rest
}

#[test]
fn a_connection_that_never_asks_is_cut_and_one_that_asked_may_be_idle() {
    let server = serve(Limits {
        first_request: SOON,
        ..limits()
    });
    let (silent, mut idle) = (server.connect(), server.connect());
    assert!(is_served(&mut idle));
    assert_eq!(rest(silent), "");
    assert!(is_served(&mut idle), "after the time of the other");
}

#[test]
fn a_request_without_its_end_is_cut_with_a_reason_also_when_it_drips() {
    let server = serve(Limits {
        unfinished_request: SOON,
        ..limits()
    });
    for drips in [false, true] {
        let mut connection = server.connect();
        assert!(is_served(&mut connection));
        connection.get_mut().write_all(b"{\"method\":").unwrap();
        // White space inside an object, an octet at a time, until it is not taken any more.
        while drips && connection.get_mut().write_all(b" ").is_ok() {
            thread::sleep(SOON / 20);
        }
        let rest = rest(connection);
        assert!(rest.contains("closing brace"), "drips: {drips}: {rest}");
    }
}

#[test]
fn requests_that_join_are_not_cut_however_long_they_go_on() {
    let server = serve(Limits {
        unfinished_request: SOON,
        ..limits()
    });
    let mut connection = server.connect();
    let (first, second) = SOA.split_at(SOA.len() / 2);
    connection.get_mut().write_all(first.as_bytes()).unwrap();
    let begun = std::time::Instant::now();
    while begun.elapsed() < 3 * SOON {
        // The end of one and the beginning of the next, in one piece.
        let piece = format!("{second}\n{first}");
        connection.get_mut().write_all(piece.as_bytes()).unwrap();
        let mut line = String::new();
        connection.read_line(&mut line).unwrap();
        assert!(line.contains("SOA"), "{line}");
    }
}

#[test]
fn the_connection_that_is_idle_longest_gives_way_one_that_never_asked_first() {
    let server = serve(limits());
    let (mut first, mut second) = (server.connect(), server.connect());
    assert!(is_served(&mut first) && is_served(&mut second));
    // A millisecond is the least that tells two waits apart.
    thread::sleep(Duration::from_millis(5));
    assert!(is_served(&mut first));
    let silent = server.connect();
    let mut third = server.connect();
    assert!(
        is_served(&mut third),
        "in place of the one that never asked"
    );
    assert_eq!(rest(silent), "");
    let mut fourth = server.connect();
    assert!(is_served(&mut fourth), "in place of the second");
    assert_eq!(rest(second), "");
    assert!(is_served(&mut first) && is_served(&mut third));
    let totals = server.remote.statistics().totals();
    assert_eq!((totals.gave_way, totals.refused), (2, 0), "{totals:?}");
}

#[test]
fn connections_in_use_give_way_to_nobody() {
    let server = serve(Limits {
        least_idle: NEVER,
        ..limits()
    });
    let mut used: Vec<_> = (0..3).map(|_| server.connect()).collect();
    assert!(used.iter_mut().all(is_served));
    assert_eq!(rest(server.connect()), "");
    assert!(used.iter_mut().all(is_served));
    assert_eq!(server.remote.statistics().totals().refused, 1);
}

#[test]
fn a_reader_that_takes_too_little_is_cut_and_hurts_nobody() {
    let server = serve_live(
        Arc::new(Live::new(snapshot(1, many()))),
        Limits {
            send: SOON,
            ..limits()
        },
    );
    let mut slow = server.connect();
    let list = r#"{"method":"list","parameters":{"zonename":"cluster1.","domain_id":1}}"#;
    slow.get_mut().write_all(list.as_bytes()).unwrap();
    let mut other = server.connect();
    let (mut taken, mut octets) = (0, [0; 512]);
    // A bit at a time, never pausing as long as a reader may who takes nothing.
    let ended = loop {
        match slow.get_mut().read(&mut octets) {
            Ok(0) => break true,
            Ok(count) => taken += count,
            Err(error) => panic!("{error}"),
        }
        if octets.contains(&b'\n') {
            break false;
        }
        assert!(is_served(&mut other));
        if server.remote.statistics().totals().open > 1 {
            thread::sleep(SOON / 6);
        }
    };
    assert!(ended, "it was given all of {taken} octets");
}
