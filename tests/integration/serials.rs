//! Serials never go back: over restarts, crashes, and clocks that are wrong. What steps of the clock do within one run is
//! proven where the clock can be set (`synthesis/serials/tests.rs`).

use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use camino::Utf8Path;
use serde_json::json;
use zonesmith::store::Store;
use zonesmith_tests::daemon::Daemon;
use zonesmith_zone::Name;

use crate::{demo, start};

fn now() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u32::try_from(since.as_secs()).unwrap()
}

/// Of the zone `demo.`.
fn serial(daemon: &Daemon) -> u32 {
    let apex = daemon.records("demo.");
    let soa = apex.iter().find(|record| record.contains(" SOA ")).unwrap();
    soa.split(' ').nth(5).unwrap().parse().unwrap()
}

/// The state of a daemon that does not run.
fn store(daemon: &Daemon) -> Store {
    let path = daemon.path("state");
    Store::open(Utf8Path::from_path(&path).unwrap()).unwrap()
}

fn serve_again(daemon: &mut Daemon) {
    daemon.start_again();
    daemon.until("the first zone is published", |status| {
        status.generation() > 0
    });
    daemon.until_listening();
}

#[test]
fn a_serial_goes_on_where_the_last_run_ended_even_if_the_clock_was_ahead_then() {
    let demo_zone = Name::parse("demo").unwrap();
    let mut daemon = start(&demo()).serve();
    let first = serial(&daemon);
    assert!(first.abs_diff(now()) <= 60, "{first}");
    daemon.stop();

    // As if that run's clock had been a week ahead.
    let ahead = now() + 7 * 86_400;
    store(&daemon)
        .save_serials(&[(demo_zone.clone(), ahead)])
        .unwrap();
    serve_again(&mut daemon);
    let second = serial(&daemon);
    assert_eq!(second, ahead + 2);

    // The last thing that happens is a change that nobody had the time to keep.
    daemon.set_cluster(&demo().service("shop/svc/new", "10.22.0.7"));
    daemon.until_records("new.shop.svc.demo.", &["new.shop.svc.demo. 60 A 10.22.0.7"]);
    daemon.until("the serial tells of it", |status| {
        status.get("/zones").contains(&(ahead + 3).to_string())
    });
    daemon.kill();
    serve_again(&mut daemon);
    let third = serial(&daemon);
    assert!(third > ahead + 3, "{third} after {}", ahead + 3);
    daemon.stop();
    assert!(store(&daemon).serials().unwrap()[&demo_zone] >= ahead + 3);
}

/// A serial that is due while nothing is served cannot move.
#[test]
fn a_change_just_before_the_dns_is_off_leaves_a_daemon_that_sleeps() {
    let daemon = start(&demo()).serve();
    let changed = demo().service("shop/svc/new", "10.22.0.7");
    daemon.set_cluster(&changed);
    daemon.until_records("new.shop.svc.demo.", &["new.shop.svc.demo. 60 A 10.22.0.7"]);
    daemon.set_cluster(&changed.clone().set("/cluster/dns", json!([])));
    daemon.until("DNS is off", |status| status.get("/state") == "\"off\"");
    // Until the second of the serial is over, and then as long again.
    let second = Duration::from_secs(1);
    sleep(second);
    let before = daemon.processor_time_of("writer");
    sleep(second);
    let used = daemon.processor_time_of("writer") - before;
    // A thread that goes round gets more than this also where twenty others want the processor.
    assert!(used < second / 20, "{used:?}");
    daemon.set_cluster(&changed);
    daemon.until_listening();
    daemon.until_records("new.shop.svc.demo.", &["new.shop.svc.demo. 60 A 10.22.0.7"]);
}
