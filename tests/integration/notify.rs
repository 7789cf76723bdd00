//! NOTIFY by the real binary: a secondary is told of each change, and `status` says who is not.

use std::fs;
use std::net::UdpSocket;
use std::thread;

use zonesmith::snapshot::serial::SHORTEST_INTERVAL;
use zonesmith_tests::DEADLINE;
use zonesmith_tests::daemon::Daemon;

use crate::{demo, start};

/// A secondary that hears and acknowledges.
fn secondary() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    socket
}

/// The next message of `zone`, acknowledged; others are acknowledged on the way.
fn hear(socket: &UdpSocket, zone: &str) {
    let labels: Vec<u8> = zone
        .split('.')
        .flat_map(|label| {
            let length = u8::try_from(label.len()).unwrap();
            std::iter::once(length).chain(label.bytes())
        })
        .chain([0])
        .collect();
    loop {
        let mut octets = vec![0; 1_024];
        let (length, from) = socket.recv_from(&mut octets).expect("a NOTIFY");
        octets.truncate(length);
        // The third octet has the opcode, 4, and AA; the reply says QR.
        let flags = octets.get_mut(2).expect("a message");
        assert_eq!(*flags, 0x24, "opcode and flags");
        *flags |= 0x80;
        socket.send_to(&octets, from).unwrap();
        if octets
            .get(12..)
            .is_some_and(|question| question.starts_with(&labels))
        {
            return;
        }
    }
}

fn configure(daemon: &Daemon, socket: &UdpSocket) {
    let also = socket.local_addr().unwrap();
    let text = format!("[notify]\nalso = [\"{also}\"]\n[powerdns]\nquery-cache-ttl = 0\n");
    let next = daemon.path("zonesmith.toml.next");
    fs::write(&next, text).unwrap();
    fs::rename(next, daemon.path("zonesmith.toml")).unwrap();
}

#[test]
fn a_secondary_is_told_at_the_start_and_of_each_change_also_after_it_was_added_live() {
    let (first, second) = (secondary(), secondary());
    let mut start = start(&demo());
    let also = first.local_addr().unwrap();
    start.configuration =
        format!("[notify]\nalso = [\"{also}\"]\n[powerdns]\nquery-cache-ttl = 0\n");
    let daemon = start.serve();
    hear(&first, "demo");
    daemon.set_cluster(&demo().service("shop/svc/new", "10.22.0.7"));
    daemon.until_records("new.shop.svc.demo.", &["new.shop.svc.demo. 60 A 10.22.0.7"]);
    hear(&first, "demo");
    configure(&daemon, &second);
    hear(&second, "demo");
    let target = second.local_addr().unwrap().to_string();
    daemon.until(
        "the second one knows, the first one is not told any more",
        |status| {
            let told = status.get("/notify");
            told.contains(&target)
                && !told.contains(&also.to_string())
                && told.contains("acknowledged")
        },
    );
}

#[test]
fn a_secondary_is_told_of_a_zone_whose_timers_alone_changed() {
    let zone = |refresh: u32| {
        format!("$TTL 60\n@ SOA ns hostmaster 1 {refresh} 60 3600 60\n@ NS ns\nns A 192.0.2.1\n")
    };
    let secondary = secondary();
    let mut start = start(&demo());
    let also = secondary.local_addr().unwrap();
    start.files = vec![("example.zone", zone(300))];
    start.configuration = format!(
        "[notify]\nalso = [\"{also}\"]\n[powerdns]\nquery-cache-ttl = 0\n\
         [[zones]]\napex = \"example\"\nfile = \"example.zone\"\n"
    );
    let daemon = start.serve();
    hear(&secondary, "example");
    // Within its second a serial moves later, by itself; after it, with the change.
    thread::sleep(SHORTEST_INTERVAL);
    daemon.set_file("example.zone", &zone(301));
    hear(&secondary, "example");
}

#[test]
fn who_does_not_answer_and_what_cannot_be_purged_is_shown() {
    let mut start = start(&demo());
    let silent = secondary();
    let also = silent.local_addr().unwrap();
    drop(silent);
    start.configuration = format!(
        "[notify]\nalso = [\"{also}\"]\n[powerdns]\nquery-cache-ttl = 0\ncontrol-socket = \"nowhere\"\n"
    );
    let daemon = start.serve();
    daemon.until("nobody listens there", |status| {
        status.says("nobody listens there")
    });
    let table = daemon.run(&["status"]).good();
    assert!(
        table.contains("NOT NOTIFIED") && table.contains(&also.to_string()),
        "{table}"
    );
    assert!(table.contains("connect to "), "{table}");
    assert!(fs::exists(daemon.path("nowhere")).is_ok_and(|is_there| !is_there));
}
