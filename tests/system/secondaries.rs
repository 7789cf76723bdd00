//! Secondaries of three makes beside PowerDNS: they take zones with TSIG, hear of changes by our NOTIFY, and end with what
//! `dump` prints.

use std::fs;
use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use zonesmith_tests::checks::files;
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::document::Document;
use zonesmith_tests::name_servers::primary::{self, CONTROL_SOCKET, Settings};
use zonesmith_tests::name_servers::secondary::{self, Key, Primary};
use zonesmith_tests::name_servers::{NameServer, records};
use zonesmith_tests::network::Network;
use zonesmith_tests::until;

use crate::demo;

/// Where the secondaries are.
const SECONDARIES: [&str; 3] = ["10.60.0.101", "10.60.0.102", "10.60.0.103"];

/// A zone of each direction.
const ZONES: [&str; 2] = ["demo", "10.in-addr.arpa"];

/// How many changes they have to follow.
const CHANGES: u8 = 50;

/// How many of these come without waiting for the one before: more than one within the second of a serial.
const AT_ONCE: u8 = 20;

#[test]
#[ignore = "needs pdns_server, named, nsd, knotd, and root or user namespaces"]
fn secondaries_of_three_makes_follow_fifty_changes_by_notify() {
    let places: Vec<IpAddr> = SECONDARIES.map(|place| place.parse().unwrap()).to_vec();
    let network = Network::with(&[demo::nameservers(), places.clone()].concat());
    let control = tempfile::tempdir().unwrap();
    let configuration = format!(
        "[notify]\nsource = {:?}\n[powerdns]\ncontrol-socket = {:?}\n",
        demo::nameservers()[0].to_string(),
        control.path().join(CONTROL_SOCKET).display().to_string()
    );
    let daemon = demo::serve(&network, &configuration);
    let settings = Settings {
        socket: &daemon.socket_path(),
        addresses: &demo::nameservers(),
        control: control.path(),
        lines: "remote-dnssec=yes",
    };
    let server = primary::start(&network, "demo", &settings);
    let key = allow(&server);
    let from = Primary {
        address: server.address(),
        zones: &ZONES,
        key: Some(&key),
    };
    let secondaries = [
        secondary::bind(&network, places[0], from),
        secondary::nsd(&network, places[1], from),
        secondary::knot(&network, places[2], from),
    ];

    for change in 1..=CHANGES {
        daemon.set_cluster(&changed(change));
        daemon.until_records(&moving_name(), &[&moving_record(change)]);
        if change > CHANGES - AT_ONCE && change < CHANGES {
            continue;
        }
        for secondary in &secondaries {
            until_followed(secondary, change, &daemon, &server);
        }
    }
    for zone in ZONES {
        for secondary in &secondaries {
            until_same(secondary, zone, &daemon);
        }
    }
    let notified = daemon.status().get("/notify");
    assert!(!notified.contains("error\":\""), "{notified}");

    // Keys are a change like any other, also when the serial may move at once.
    let serial = server.serial("demo").unwrap();
    until(
        "the serial is old",
        || (seconds() > u64::from(serial) + 1).then_some(()),
        String::new,
    );
    server.pdnsutil(&["secure-zone", "demo"]);
    for secondary in &secondaries {
        let (file, key) = (daemon.path("zone"), daemon.path("key"));
        let keys = until(
            &format!("{} has the signed zone", secondary.name()),
            || {
                let keys = secondary.dig(&["demo", "DNSKEY", "+noall", "+answer"]);
                keys.contains("DNSKEY").then_some(keys)
            },
            || format!("{}\n{}", secondary.log(), daemon.status().get("/notify")),
        );
        fs::write(&key, keys).unwrap();
        fs::write(&file, secondary.transferred("demo", &[])).unwrap();
        let findings = files::check_signed(&network, "demo", &file, &key);
        assert_eq!(findings, [], "{}", secondary.name());
    }
}

/// Unix time.
fn seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// Lets secondaries transfer the zones with a key, and has them told of changes. Without the key they get nothing.
fn allow(server: &NameServer<'_>) -> Key {
    let name = "transfer.demo";
    server.pdnsutil(&["generate-tsig-key", name, "hmac-sha256"]);
    let keys = server.pdnsutil(&["list-tsig-keys"]);
    let secret = keys.split_whitespace().last().unwrap().to_owned();
    let name = name.to_owned();
    let key = Key { name, secret };
    for zone in ZONES {
        server.pdnsutil(&["activate-tsig-key", zone, &key.name, "primary"]);
        let targets = [["set-meta", zone, "ALSO-NOTIFY"], SECONDARIES].concat();
        server.pdnsutil(&targets);
    }
    server.forget();
    let unsigned = server.transferred("demo", &[]);
    assert!(unsigned.contains("Transfer failed"), "{unsigned}");
    let signed = server.transfer("demo", &["-y", &key.argument()]);
    assert!(signed.len() > 60, "{signed:?}");
    key
}

/// The demo after so many changes: a service that moves each time, and others that come, stay for a while, and go.
fn changed(change: u8) -> Document {
    let mut document = demo::document().service("moves/svc/on", &format!("10.99.0.{change}"));
    for guest in change.saturating_sub(7)..change {
        if guest % 3 != 0 {
            document =
                document.service(&format!("guests/svc/g{guest}"), &format!("10.98.0.{guest}"));
        }
    }
    document
}

fn moving_name() -> String {
    "on.moves.svc.demo.".to_owned()
}

fn moving_record(change: u8) -> String {
    format!("{} 60 A 10.99.0.{change}", moving_name())
}

/// Waits until a secondary shows the change in both zones.
fn until_followed(
    secondary: &NameServer<'_>,
    change: u8,
    daemon: &Daemon,
    server: &NameServer<'_>,
) {
    let (address, reverse) = (
        format!("10.99.0.{change}"),
        format!("{change}.0.99.10.in-addr.arpa"),
    );
    let what = format!("{} shows change {change}", secondary.name());
    until(
        &what,
        || {
            let forward = secondary.dig(&[&moving_name(), "A", "+short"]);
            let back = secondary.dig(&[&reverse, "PTR", "+short"]);
            (forward.trim() == address && back.trim() == moving_name()).then_some(())
        },
        || {
            format!(
                "{}\nPowerDNS has serial {:?}, it has {:?}, notified: {}\n{}",
                secondary.log(),
                server.serial("demo"),
                secondary.serial("demo"),
                daemon.status().get("/notify"),
                daemon.log()
            )
        },
    );
}

/// Waits until a secondary has what `dump` prints. The serial of the last change comes up to a second after its records.
fn until_same(secondary: &NameServer<'_>, zone: &str, daemon: &Daemon) {
    let both = || {
        let dumped = records(&demo::dump(daemon, zone));
        (secondary.transfer(zone, &[]), dumped)
    };
    until(
        &format!("{} has {zone} as dump prints it", secondary.name()),
        || {
            let (transferred, dumped) = both();
            (transferred == dumped).then_some(())
        },
        || {
            let (transferred, dumped) = both();
            let differ: Vec<_> = transferred.symmetric_difference(&dumped).collect();
            format!("{differ:#?}\n{}", secondary.log())
        },
    );
}
