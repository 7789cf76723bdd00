//! Watchers that are many, or slow: nobody is waited for, and nobody learns too late that something was missed.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::json;
use zonesmith_tests::admin::{Stream, ask};
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::document::cluster;
use zonesmith_tests::{DEADLINE, until};

use crate::start;

/// Streams that the daemon has room for.
const MOST_STREAMS: usize = 64;

/// Services of a change that takes more octets to tell than any buffer on the way has.
const MANY: u32 = 800;

#[test]
fn a_stream_more_than_there_may_be_is_refused_and_there_is_room_when_one_leaves() {
    let daemon = start(&cluster("demo")).serve();
    let mut streams: Vec<_> = (0..MOST_STREAMS)
        .map(|_| {
            let mut stream = Stream::begin(&daemon.admin_path(), "/watch");
            stream.until("hello");
            stream
        })
        .collect();
    let refused = ask(&daemon.admin_path(), "GET /watch");
    assert_eq!(refused.code, 503, "{refused:?}");
    assert!(refused.body.contains("64 streams are open"), "{refused:?}");
    // So is who would wait for the next state.
    let now = ask(&daemon.admin_path(), "GET /cluster");
    let (_, place) = now.head.split_once("etag: \"").unwrap();
    let (place, _) = place.split_once('"').unwrap();
    let refused = ask(&daemon.admin_path(), &format!("GET /cluster?after={place}"));
    assert_eq!(refused.code, 503, "{refused:?}");
    // Everything else answers, and those that are there are told.
    assert_eq!(ask(&daemon.admin_path(), "GET /status").code, 200);
    daemon.set_cluster(&cluster("demo").service("shop/svc/web", "10.22.0.5"));
    for stream in &mut streams {
        let change = stream.until("change");
        assert_eq!(change.data["names"][0]["name"], "5.0.22.10.in-addr.arpa.");
    }
    streams.pop();
    until(
        "there is room again",
        || begins(&daemon).then_some(()),
        || daemon.log(),
    );
}

/// Whether one more stream begins; it ends at once.
fn begins(daemon: &Daemon) -> bool {
    let mut stream = UnixStream::connect(daemon.admin_path()).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    write!(stream, "GET /watch HTTP/1.0\r\nhost: test\r\n\r\n").unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    first.ends_with(b"200")
}

#[test]
fn who_takes_nothing_is_cut_off_and_told_afterwards_that_something_was_missed() {
    let daemon = start(&cluster("demo")).serve();
    let mut slow = UnixStream::connect(daemon.admin_path()).unwrap();
    write!(slow, "GET /watch HTTP/1.0\r\nhost: test\r\n\r\n").unwrap();
    let mut quick = Stream::begin(&daemon.admin_path(), "/watch");
    let place = quick.until("hello").id;
    // Each change alone is more than the socket and the events on their way hold.
    for number in 1..=4_u32 {
        let services = if number % 2 == 0 { 0 } else { MANY };
        let turn = format!("10.22.0.{number}");
        let document = cluster("demo").services(services);
        daemon.set_cluster(&document.service("shop/svc/turn", &turn));
        // Who reads is told, however slow another is.
        let last = format!("{number}.0.22.10.in-addr.arpa.");
        while !names(&quick.until("change").data).contains(&last) {}
    }
    until_closed(&slow);
    let mut rest = String::new();
    slow.set_read_timeout(Some(DEADLINE)).unwrap();
    let _ = slow.read_to_string(&mut rest);
    assert!(rest.contains("event: hello"), "{}", rest.len());
    assert!(!rest.contains("4.0.22.10.in-addr.arpa."), "it was told all");

    // That is more than is kept, and whoever comes back is told so.
    let mut again = Stream::begin(&daemon.admin_path(), &format!("/watch?since={place}"));
    assert_eq!(again.until("reset").data["reason"], "too-old");
}

fn names(change: &serde_json::Value) -> Vec<String> {
    let names = change["names"].as_array().into_iter().flatten();
    let names = names.filter_map(|name| name["name"].as_str());
    names.map(ToOwned::to_owned).collect()
}

/// Waits until the daemon closes the connection, and reads nothing from it.
fn until_closed(stream: &UnixStream) {
    let limit = Timespec::try_from(DEADLINE).unwrap();
    let mut watched = [PollFd::new(stream, PollFlags::empty())];
    assert_eq!(poll(&mut watched, Some(&limit)).unwrap(), 1, "it is open");
    assert!(watched[0].revents().contains(PollFlags::HUP));
}

#[test]
fn what_caches_have_to_forget_is_told_with_each_change_and_the_zones_at_the_start() {
    let daemon = start(&cluster("demo")).serve();
    let mut stream = Stream::begin(&daemon.admin_path(), "/watch?forget=1");
    let hello = stream.until("hello");
    let zones = hello.data["zones"].as_array().unwrap();
    assert!(zones.contains(&json!("demo.")), "{hello:?}");
    daemon.set_cluster(&cluster("demo").service("shop/svc/web", "10.22.0.5"));
    let extent = json!({
        "names": [
            "22.10.in-addr.arpa.", "0.22.10.in-addr.arpa.", "5.0.22.10.in-addr.arpa.",
            "svc.demo.", "shop.svc.demo.", "web.shop.svc.demo.", "0.web.shop.svc.demo.",
        ],
        "subtrees": [],
    });
    let told = &stream.until("change").data["forget"];
    let covers = |kind: &str| {
        let names = told[kind]["names"].as_array().unwrap();
        extent["names"]
            .as_array()
            .unwrap()
            .iter()
            .all(|name| names.contains(name))
            && told[kind]["subtrees"] == extent["subtrees"]
    };
    assert!(covers("authoritative") && covers("resolver"), "{told:#}");

    let mut plain = Stream::begin(&daemon.admin_path(), "/watch");
    assert_eq!(plain.until("hello").data.get("zones"), None);
    daemon.set_cluster(&cluster("demo").service("shop/svc/web", "10.22.0.6"));
    assert_eq!(plain.until("change").data.get("forget"), None);
    let moved = &stream.until("change").data["forget"]["resolver"];
    assert!(
        !moved["names"].to_string().contains("\"svc.demo.\""),
        "{moved:#}"
    );

    let mut late = Stream::begin(&daemon.admin_path(), "/watch?forget=1&since=999999");
    let reset = late.until("reset");
    assert!(
        reset.data["zones"]
            .as_array()
            .unwrap()
            .contains(&json!("demo.")),
        "{reset:?}"
    );
    let refused = ask(&daemon.admin_path(), "GET /watch?forget=1&zone=demo");
    assert_eq!(refused.code, 400, "{refused:?}");
}
