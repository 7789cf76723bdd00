//! Answers are fresh with every cache on: two nodes, each with the daemon, PowerDNS and a recursor that keep what they hear
//! for long, in a cluster that changes twenty times a second; a client asks both all the time, and no answer of a node may
//! be one that the node's own daemon replaced more than a second ago – in quiet, under load, while servers stop in the
//! middle of an answer or are killed, while a control socket is away, a node is cut off, or a daemon restarts.
//!
//! Times are printed, and fail nothing: a machine may be busy. A stale answer fails.
//!
//! - [`plan`]: what changes; [`truth`]: what is right, and since when
//! - [`client`]: who asks; [`verdict`]: what the replies are worth
//! - [`scene`]: networks, nodes and agents

mod client;
mod plan;
mod scene;
mod truth;
mod verdict;

use std::thread;
use std::time::Duration;

use zonesmith_tests::dns_node::{RunBy, Server};
use zonesmith_tests::is_long;
use zonesmith_tests::large::Extent;
use zonesmith_tests::network::sockets::hand_over;

use self::scene::{Networks, Scene, THE_END};
use self::verdict::{Count, Phase, Record};

/// The part in which nothing happens but changes.
const QUIET: &str = "nobody else asks";

/// How large, and for how long.
struct Measure {
    extent: Extent,
    quiet: Duration,
    /// Each of the other parts.
    part: Duration,
    /// How long something is away.
    away: Duration,
}

fn measure() -> Measure {
    let seconds = Duration::from_secs;
    if is_long() {
        Measure {
            extent: Extent {
                services: 10_000,
                instances: 15,
            },
            quiet: seconds(300),
            part: seconds(60),
            away: seconds(60),
        }
    } else {
        Measure {
            extent: Extent {
                services: 200,
                instances: 5,
            },
            quiet: seconds(3),
            part: seconds(2),
            away: seconds(1),
        }
    }
}

#[test]
#[ignore = "needs network namespaces; other tests run it to have sockets there"]
fn sockets_of_a_network_are_handed_over() {
    hand_over();
}

#[test]
#[ignore = "needs pdns_server, pdns_recursor and network namespaces"]
fn without_a_janitor_the_same_client_finds_stale_answers() {
    let networks = Networks::new();
    let extent = Extent {
        services: 50,
        instances: 3,
    };
    let mut scene = Scene::start(&networks, extent, 30, [RunBy::OthersUnpurged; 2]);
    scene.quiet("without a janitor", Duration::from_secs(3));
    let (record, phases) = scene.finish();
    let counts = judge(&record, &phases);
    assert!(counts.iter().all(|count| count.stale > 0), "{counts:?}");
    assert!(counts.iter().all(|count| count.wrong == 0), "{counts:?}");
}

#[test]
#[ignore = "needs pdns_server, pdns_recursor and network namespaces"]
fn answers_are_fresh_with_every_cache_on_whatever_happens_to_the_servers() {
    let networks = Networks::new();
    let Measure {
        extent,
        quiet,
        part,
        away,
    } = measure();
    let total = quiet + part * 12 + away * 6;
    let seconds = u32::try_from(total.as_secs()).unwrap();
    let run_by = [RunBy::Daemon, RunBy::Others];
    let mut scene = Scene::start(&networks, extent, seconds, run_by);
    scene.quiet(QUIET, quiet);
    let load = scene.load(part);
    scene.quiet("under load", part);
    println!("the load: {}", load.finish());
    for (name, server) in [
        (
            "lookups of the recursor are under way",
            Server::Authoritative,
        ),
        ("answers to clients are under way", Server::Recursor),
    ] {
        scene.unnoticed(name, |scene| stop_and_go(scene, server, part));
    }
    for (name, server) in [
        ("a recursor is killed", Server::Recursor),
        ("an authoritative server is killed", Server::Authoritative),
    ] {
        scene.failing(name, part, |scene| {
            scene.nodes[0].kill_and_run_again(server);
        });
    }
    for (name, server) in [
        ("a recursor's control socket is away", Server::Recursor),
        (
            "an authoritative server's control socket is away",
            Server::Authoritative,
        ),
    ] {
        scene.unnoticed(name, |scene| {
            for node in &scene.nodes {
                node.hide_control_socket(server);
            }
            thread::sleep(away);
            for node in &scene.nodes {
                node.until_purged_by_another_way(server);
                node.show_control_socket(server);
            }
            thread::sleep(part);
        });
    }
    scene.failing("a node is cut off", part, |scene| {
        scene.cut_off(1);
        thread::sleep(away);
        scene.link_again(1);
    });
    scene.unnoticed("a daemon is taken over", |scene| {
        let status = scene.nodes[1].daemon_mut().upgrade();
        assert!(status.success(), "{status}");
        thread::sleep(part);
    });
    for (name, node) in [
        ("a daemon is restarted", 1),
        ("a daemon is restarted with the servers that it runs", 0),
    ] {
        scene.failing(name, part, |scene| {
            let daemon = scene.nodes[node].daemon_mut();
            daemon.stop();
            daemon.start_again();
            daemon.until_listening();
            scene.nodes[node].until_answering();
        });
    }
    let (record, phases) = scene.finish();
    let counts = judge(&record, &phases);
    is_fresh(&phases, &counts);
}

/// A server is stopped in the middle of what it does, for longer and longer, again and again.
fn stop_and_go(scene: &Scene<'_>, server: Server, time: Duration) {
    let start = std::time::Instant::now();
    for pause in [5, 20, 60, 150, 300].into_iter().cycle() {
        if start.elapsed() > time {
            return;
        }
        for node in &scene.nodes {
            node.signal(server, "STOP");
        }
        thread::sleep(Duration::from_millis(pause));
        for node in &scene.nodes {
            node.signal(server, "CONT");
        }
        thread::sleep(Duration::from_millis(100));
    }
}

fn judge(record: &Record, phases: &[Phase]) -> Vec<Count> {
    phases.iter().map(|phase| record.judge(phase)).collect()
}

/// No answer is stale, whatever happens; and no question fails while nothing does.
fn is_fresh(phases: &[Phase], counts: &[Count]) {
    for (phase, count) in phases.iter().zip(counts) {
        for complaint in &count.complaints {
            println!("{}: {complaint}", phase.name);
        }
    }
    for (phase, count) in phases.iter().zip(counts) {
        assert_eq!(
            (count.stale, count.wrong),
            (0, 0),
            "{}: {count:#?}",
            phase.name
        );
        let may_fail = ![QUIET, THE_END].contains(&phase.name);
        assert!(
            may_fail || count.unexpected == 0,
            "{}: {count:#?}",
            phase.name
        );
    }
}
