//! The policy is replaced again and again while everybody asks: raw connections to the socket, one client through
//! PowerDNS that compares every octet, and `dnsperf`. Nobody notices, but that the names which differ do change.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use zonesmith::policy::embedded;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::datagram::Asker;
use zonesmith_tests::document::{Document, cluster};
use zonesmith_tests::is_long;
use zonesmith_tests::policies::{self, FAULTY};
use zonesmith_tests::power_dns::PowerDns;
use zonesmith_tests::socket::{Socket, rows};

use crate::BINARY;

/// Services of the cluster. Each has one name that both policies have, with the same records.
const SERVICES: u32 = 40;

/// Swaps between the two policies.
const SWAPS: u32 = 20;

/// A broken policy is put in after each fourth swap.
const SWAPS_BETWEEN_BROKEN: u32 = 4;

fn services() -> Document {
    cluster("demo").services(SERVICES)
}

fn shared_name(number: u32) -> String {
    format!("s{number}.bulk.svc.demo.")
}

#[test]
#[ignore = "needs pdns_server and dnsperf"]
fn no_client_notices_twenty_swaps_of_the_policy() {
    let seconds = if is_long() { 30 } else { 8 };
    let daemon = serve();
    // Both policies' own zones, taken before anybody is in a hurry.
    let first = zone_of(&mut daemon.connect());
    assert_eq!(
        daemon.change(|daemon| daemon.set_policy(embedded())).word(),
        "published"
    );
    let second = zone_of(&mut daemon.connect());
    assert_eq!(
        daemon
            .change(|daemon| daemon.set_policy(&policies::bytes(FAULTY)))
            .word(),
        "published"
    );
    assert_eq!(zone_of(&mut daemon.connect()), first, "back again");
    assert_ne!(first, second);

    let server = PowerDns::start(&daemon.socket_path(), "demo");
    let questions: String = (0..SERVICES)
        .map(|number| format!("{} A\n", shared_name(number)))
        .collect();
    let is_over = AtomicBool::new(false);
    let asked = AtomicU64::new(0);
    thread::scope(|scope| {
        let (daemon, server, is_over, asked) = (&daemon, &server, &is_over, &asked);
        let (first, second) = (&first, &second);
        // Whatever fails must end the others, or the scope would wait for them.
        let guarded = move |work: &dyn Fn()| {
            let stop = StopAll(is_over);
            work();
            std::mem::forget(stop);
        };
        for _ in 0..2 {
            scope.spawn(move || guarded(&|| asks_for_names(daemon, is_over, asked)));
            scope.spawn(move || {
                guarded(&|| lists_the_zone(daemon, is_over, asked, [first, second]));
            });
        }
        scope.spawn(move || guarded(&|| compares_octets(server, is_over, asked)));
        let load = scope.spawn(move || server.dnsperf(&questions, seconds));
        guarded(&|| swap(daemon, Duration::from_secs(seconds)));
        let load = load.join().unwrap();
        is_over.store(true, Ordering::Relaxed);
        assert!(load.sent > 1_000, "{}", load.text);
        assert_eq!((load.lost, load.good), (0, load.sent), "{}", load.text);
        println!("{} questions by dnsperf, none lost, none failed", load.sent);
    });
    println!(
        "{} questions by others, every answer right",
        asked.load(Ordering::Relaxed)
    );
    // Through PowerDNS, too, the others change. What was not there it remembers for a minute, so that a short run asks for
    // a sibling instead of the same name again.
    let [absent, present] = ["10-64-0-2.s1.bulk.svc.demo", "10-64-0-3.s2.bulk.svc.demo"];
    assert_eq!(
        server.answer(absent, "A").0,
        "NXDOMAIN",
        "the small policy has no names of addresses"
    );
    assert_eq!(
        daemon.change(|daemon| daemon.set_policy(embedded())).word(),
        "published"
    );
    let changed = if is_long() { absent } else { present };
    zonesmith_tests::until(
        "PowerDNS has the other policy's names",
        || (server.answer(changed, "A").1.len() == 1).then_some(()),
        || format!("{:?}", server.answer(changed, "A")),
    );
}

fn serve() -> Daemon {
    let mut start = Start::new(BINARY, &services()).with_policy(FAULTY, "{}");
    // One of the policies has a fraction of the other's names: here that is meant.
    start.configuration = "[limits]\nmax-removal-share = 1.0\n".to_owned();
    start.serve()
}

/// Sets the flag when it is dropped, as by a panic.
struct StopAll<'a>(&'a AtomicBool);

impl Drop for StopAll<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The records of the whole zone, without the SOA, whose serial moves.
fn zone_of(socket: &mut Socket) -> BTreeSet<String> {
    let reply = socket.ask(
        "list",
        &json!({ "zonename": "demo.", "domain_id": 1, "include_disabled": false }),
    );
    rows(&reply)
        .into_iter()
        .filter(|row| !row.contains(" SOA "))
        .collect()
}

/// Names that both have, as PowerDNS asks: the answer is always the same.
fn asks_for_names(daemon: &Daemon, is_over: &AtomicBool, asked: &AtomicU64) {
    let mut socket = daemon.connect();
    let expected: Vec<_> = (0..SERVICES)
        .map(|number| socket.records(&shared_name(number)))
        .collect();
    assert!(
        expected.iter().all(|records| records.len() == 1),
        "{expected:?}"
    );
    while !is_over.load(Ordering::Relaxed) {
        for (number, expected) in (0..).zip(&expected) {
            assert_eq!(socket.records(&shared_name(number)), *expected);
            assert_eq!(
                socket.lookup("nobody.bulk.svc.demo.", "ANY")["result"],
                false
            );
        }
        asked.fetch_add(2 * u64::from(SERVICES), Ordering::Relaxed);
    }
}

/// The whole zone: always wholly of one policy.
fn lists_the_zone(
    daemon: &Daemon,
    is_over: &AtomicBool,
    asked: &AtomicU64,
    either: [&BTreeSet<String>; 2],
) {
    let mut socket = daemon.connect();
    let mut seen = [0_u32; 2];
    while !is_over.load(Ordering::Relaxed) {
        let zone = zone_of(&mut socket);
        let which = either.iter().position(|one| **one == zone);
        seen[which
            .unwrap_or_else(|| panic!("records of two generations, or of none: {zone:#?}"))] += 1;
        asked.fetch_add(1, Ordering::Relaxed);
    }
    assert!(
        seen.iter().all(|count| *count > 0),
        "both policies were seen: {seen:?}"
    );
}

/// Through PowerDNS: the same reply, octet for octet, every time.
fn compares_octets(server: &PowerDns, is_over: &AtomicBool, asked: &AtomicU64) {
    let mut asker = Asker::new(server.port());
    while !is_over.load(Ordering::Relaxed) {
        for number in 0..SERVICES {
            asker.ask(&shared_name(number), 1).unwrap();
        }
        asked.fetch_add(u64::from(SERVICES), Ordering::Relaxed);
    }
}

/// Swaps the policy, spread over `duration`, with broken ones in between. Ends with the policy it began with.
fn swap(daemon: &Daemon, duration: Duration) {
    let start = Instant::now();
    let broken = [
        policies::core_module(),
        policies::truncated(),
        policies::other_track("0.2.0"),
        policies::bytes(policies::TRAPS_IN_DESCRIBE),
        policies::bytes(policies::WANTS_A_CLOCK),
    ];
    let both = [embedded().to_vec(), policies::bytes(FAULTY)];
    let mut broken = broken.iter();
    for (round, component) in (1..=SWAPS).zip(both.iter().cycle()) {
        daemon.set_policy(component);
        // The watch may have been faster; then it is live already.
        let outcome = daemon.reload(&[]);
        assert_ne!(outcome.word(), "refused", "round {round}: {outcome:?}");
        if round.is_multiple_of(SWAPS_BETWEEN_BROKEN) {
            daemon.set_policy(broken.next().unwrap());
            let outcome = daemon.reload(&[]);
            assert_eq!(outcome.word(), "refused", "round {round}: {outcome:?}");
        }
        // Evenly over the time that the others ask: this is the load's own clock, nothing is waited for.
        let due = duration * round / SWAPS;
        thread::sleep(due.saturating_sub(start.elapsed()));
    }
    assert!(broken.next().is_none(), "every broken one had its turn");
}
