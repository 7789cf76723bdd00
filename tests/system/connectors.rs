//! PowerDNS asks over a unix socket or through `zonesmith pipe`: the same answers, at another cost. What is printed here is
//! what the choice of a connector rests on (decision 0014).

use std::path::Path;
use std::time::Instant;

use zonesmith_tests::daemon::Start;
use zonesmith_tests::document::{cluster, everything};
use zonesmith_tests::is_long;
use zonesmith_tests::power_dns::PowerDns;

use crate::BINARY;

/// Every question reaches the daemon.
const WITHOUT_CACHES: &str = "cache-ttl=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0\n";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Connector {
    Unix,
    /// PowerDNS's default timeout: it reads an octet a system call.
    Pipe,
    /// PowerDNS waits for ever, and reads in pieces; the deadline is the bridge's.
    PipeWithoutTimeout,
}

const ALL: [Connector; 3] = [
    Connector::Unix,
    Connector::Pipe,
    Connector::PipeWithoutTimeout,
];

impl Connector {
    fn start(self, socket: &Path, zone: &str, lines: &str) -> PowerDns {
        let socket_path = socket.display();
        let pipe = format!("pipe:command={BINARY} pipe --socket {socket_path}");
        let connection = match self {
            Self::Unix => format!("unix:path={socket_path}"),
            Self::Pipe => pipe,
            Self::PipeWithoutTimeout => format!("{pipe},timeout=0"),
        };
        let lines = format!("remote-connection-string={connection}\n{lines}");
        PowerDns::start_with(socket, zone, &lines)
    }
}

#[test]
#[ignore = "needs pdns_server"]
fn every_connector_gives_the_same_answers() {
    let daemon = Start::new(BINARY, &everything("demo")).serve();
    let answers = ALL.map(|connector| {
        let server = connector.start(&daemon.socket_path(), "demo", WITHOUT_CACHES);
        let mut answers: Vec<_> = daemon
            .run(&["dump", "demo", "--format", "zone"])
            .good()
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .filter(|name| name.ends_with('.'))
            .chain(["svc.demo.", "nothing.demo.", "10.in-addr.arpa."])
            .map(|name| format!("{name} {:?}", server.answer(name, "ANY")))
            .collect();
        let mut transfer: Vec<_> = transfer(&server, "demo")
            .lines()
            .map(str::to_owned)
            .collect();
        transfer.sort();
        answers.extend(transfer);
        answers
    });
    let [unix, pipe, without_timeout] = answers;
    assert!(unix.len() > 20, "{unix:?}");
    assert_eq!(unix, pipe);
    assert_eq!(unix, without_timeout);
}

#[test]
#[ignore = "needs pdns_server"]
fn a_restart_of_the_daemon_is_not_seen_through_the_pipe() {
    for connector in [Connector::Pipe, Connector::PipeWithoutTimeout] {
        let mut daemon = Start::new(BINARY, &everything("demo")).serve();
        let server = connector.start(&daemon.socket_path(), "demo", WITHOUT_CACHES);
        // Each of PowerDNS's threads has its connection.
        for _ in 0..9 {
            assert_eq!(server.answer("demo", "NS").0, "NOERROR");
        }
        daemon.kill();
        daemon.start_again();
        for number in 0..9 {
            let status = server.answer("demo", "NS").0;
            assert_eq!(
                status,
                "NOERROR",
                "{connector:?} {number}: {}",
                server.log()
            );
        }
    }
}

#[test]
#[ignore = "needs pdns_server"]
fn a_daemon_that_hangs_costs_powerdns_answers_and_no_thread_even_when_it_waits_for_ever() {
    let daemon = Start::new(BINARY, &everything("demo")).serve();
    let connector = Connector::PipeWithoutTimeout;
    let server = connector.start(&daemon.socket_path(), "demo", WITHOUT_CACHES);
    daemon.signal("STOP");
    let status = server.answer("demo", "NS").0;
    daemon.signal("CONT");
    assert_eq!(status, "SERVFAIL", "{}", server.log());
    for number in 0..9 {
        let status = server.answer("demo", "NS").0;
        assert_eq!(status, "NOERROR", "{number}: {}", server.log());
    }
}

#[test]
#[ignore = "needs pdns_server"]
fn a_hundred_thousand_records_go_through_the_pipe() {
    // Each service has five records in the zone.
    let (services, seconds) = if is_long() { (20_000, 5) } else { (3_000, 1) };
    let document = (0..services).fold(cluster("demo"), |document, number| {
        let address = format!(
            "10.{}.{}.{}",
            30 + number / 62_500,
            number / 250 % 250,
            number % 250 + 1
        );
        document.service(&format!("many/svc/s{number}"), &address)
    });
    let daemon = Start::new(BINARY, &document).serve();
    let records = daemon
        .run(&["dump", "demo", "--format", "zone"])
        .good()
        .lines()
        .filter(|line| line.contains(" IN ") || line.contains("\tIN\t"))
        .count();
    let questions: String = (0..services)
        .step_by(7)
        .map(|number| format!("s{number}.many.svc.demo A\n"))
        .collect();
    for connector in ALL {
        let without = connector.start(&daemon.socket_path(), "demo", WITHOUT_CACHES);
        let direct = without.dnsperf(&questions, seconds);
        assert_eq!(direct.lost, 0, "{}", direct.text);
        let begun = Instant::now();
        let transferred = transfer(&without, "demo").lines().count();
        let took = begun.elapsed();
        drop(without);
        let cached = connector
            .start(&daemon.socket_path(), "demo", "")
            .dnsperf(&questions, seconds);
        println!(
            "{connector:?}: {} lookups/s, {} with caches; transfer of {records}: {transferred} in {:.2} s",
            direct.good / seconds,
            cached.good / seconds,
            took.as_secs_f64(),
        );
        match connector {
            // Above a few thousand records it breaks off after two seconds.
            Connector::Unix => assert!(transferred < records, "use it again: {transferred}"),
            Connector::Pipe | Connector::PipeWithoutTimeout => assert_eq!(transferred, records),
        }
    }
}

fn transfer(server: &PowerDns, zone: &str) -> String {
    // PowerDNS sends the first message when it has the whole zone.
    server.dig(&[zone, "AXFR", "+noall", "+answer", "+onesoa", "+time=60"])
}
