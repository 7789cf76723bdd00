//! Signed zones: `pdnsutil` keeps its keys with us, and everything that exists, is empty, or is not there validates, while
//! services come and go.

use std::fs;
use std::time::{Duration, Instant};

use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::{Document, everything};
use zonesmith_tests::power_dns::{Anchor, PowerDns, Validated, dig};

use crate::BINARY;

/// Caches off: what is asked is what there is.
const LINES: &str = "remote-dnssec=yes\ncache-ttl=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0\n\
                     dnssec-key-cache-ttl=0\nzone-metadata-cache-ttl=0\n";

/// What a site adds by hand: a wildcard, an empty non-terminal below it and above it, delegations with DS and without, glue.
const ADDED: &str = "\
*.wild 60 A 192.0.2.1
deep.er.wild 60 TXT \"below a wildcard\"
alias 60 CNAME web.shop.svc
toward 60 CNAME any.wild
sub 60 NS ns.in.sub
ns.in.sub 60 A 192.0.2.53
signed 60 NS ns1
signed 60 DS 12345 13 2 a092cf85df00268d9f3ab92b3296df044e6b64415ac46f1dced80d785390bebe
";

fn served(cluster: &Document) -> Daemon {
    let mut start = Start::new(BINARY, cluster);
    "[[zones]]\napex = \"demo\"\nfile = \"added\"\nmerge = true\n"
        .clone_into(&mut start.configuration);
    start.files = vec![("added", ADDED.to_owned())];
    start.serve()
}

/// Every kind of answer, signed; `wildcard` is what records out of a wildcard are.
fn check(anchor: &Anchor, how: &str, wildcard: fn(Vec<String>) -> Validated) {
    let records = |name: &str, rest: &str| Validated::Records(vec![format!("{name} {rest}")]);
    for (name, rrtype, expected) in [
        (
            "web1.web.shop.svc.demo.",
            "A",
            records("web1.web.shop.svc.demo.", "60 IN A 10.22.0.5"),
        ),
        ("web1.web.shop.svc.demo.", "MX", Validated::NoSuchType),
        ("demo.", "TXT", Validated::NoSuchType),
        // Empty non-terminals.
        ("svc.demo.", "A", Validated::NoSuchType),
        ("_tcp.web.shop.svc.demo.", "SRV", Validated::NoSuchType),
        ("nothing.demo.", "A", Validated::NoSuchName),
        ("a.b.c.web.shop.svc.demo.", "A", Validated::NoSuchName),
        // Before the first name and after the last.
        ("0.demo.", "A", Validated::NoSuchName),
        ("zzz.demo.", "A", Validated::NoSuchName),
        (
            "any.wild.demo.",
            "A",
            wildcard(vec!["any.wild.demo. 60 IN A 192.0.2.1".to_owned()]),
        ),
        ("a.b.wild.demo.", "MX", Validated::NoSuchType),
        ("er.wild.demo.", "A", Validated::NoSuchType),
        ("nothing.er.wild.demo.", "A", Validated::NoSuchName),
        (
            "signed.demo.",
            "DS",
            records(
                "signed.demo.",
                "60 IN DS 12345 13 2 A092CF85DF00268D9F3AB92B3296DF044E6B64415AC46F1DCED80D78 5390BEBE",
            ),
        ),
        ("sub.demo.", "DS", Validated::NoSuchType),
    ] {
        assert_eq!(anchor.ask(name, rrtype), expected, "{how}: {name} {rrtype}");
    }
    let alias = anchor.ask("alias.demo.", "A");
    assert!(
        matches!(&alias, Validated::Records(records) if records.len() == 3),
        "{how}: {alias:?}"
    );
    let toward = vec![
        "any.wild.demo. 60 IN A 192.0.2.1".to_owned(),
        "toward.demo. 60 IN CNAME any.wild.demo.".to_owned(),
    ];
    assert_eq!(anchor.ask("toward.demo.", "A"), wildcard(toward), "{how}");
}

#[test]
#[ignore = "needs pdns_server"]
fn signed_answers_validate_with_nsec_and_with_every_kind_of_nsec3() {
    let daemon = served(&everything("demo"));
    let server = PowerDns::start_with(&daemon.socket_path(), "demo", LINES);
    server.pdnsutil(&["secure-zone", "demo"]);
    let anchor = server.anchor("demo");
    let proven = Validated::Records as fn(Vec<String>) -> Validated;
    check(&anchor, "NSEC", proven);
    for (parameters, narrow, wildcard) in [
        ("1 0 0 -", None, proven),
        ("1 0 5 aabb", None, proven),
        ("1 1 0 -", None, Validated::Unproven),
        ("1 0 0 -", Some("narrow"), proven),
    ] {
        let mut arguments = vec!["set-nsec3", "demo", parameters];
        arguments.extend(narrow);
        server.pdnsutil(&arguments);
        check(&anchor, &format!("NSEC3 {parameters} {narrow:?}"), wildcard);
    }
    server.pdnsutil(&["unset-nsec3", "demo"]);
    check(&anchor, "NSEC again", proven);
}

#[test]
#[ignore = "needs pdns_server"]
fn a_signed_reverse_zone_validates() {
    let daemon = served(&everything("demo"));
    let server = PowerDns::start_with(&daemon.socket_path(), "demo", LINES);
    server.pdnsutil(&["secure-zone", "10.in-addr.arpa"]);
    let anchor = server.anchor("10.in-addr.arpa");
    for parameters in [None, Some("1 0 0 -")] {
        if let Some(parameters) = parameters {
            server.pdnsutil(&["set-nsec3", "10.in-addr.arpa", parameters]);
        }
        assert_eq!(
            anchor.ask("5.0.22.10.in-addr.arpa.", "PTR"),
            Validated::Records(vec![
                "5.0.22.10.in-addr.arpa. 60 IN PTR web1.web.shop.svc.demo.".to_owned()
            ])
        );
        assert_eq!(
            anchor.ask("22.10.in-addr.arpa.", "PTR"),
            Validated::NoSuchType
        );
        assert_eq!(
            anchor.ask("9.9.9.10.in-addr.arpa.", "PTR"),
            Validated::NoSuchName
        );
    }
}

#[test]
#[ignore = "needs pdns_server"]
fn answers_validate_while_services_come_and_go() {
    let daemon = served(&everything("demo"));
    let server = PowerDns::start_with(&daemon.socket_path(), "demo", LINES);
    server.pdnsutil(&["secure-zone", "demo"]);
    let anchor = server.anchor("demo");
    for (how, parameters) in [("NSEC", None), ("NSEC3", Some("1 0 0 -"))] {
        if let Some(parameters) = parameters {
            server.pdnsutil(&["set-nsec3", "demo", parameters]);
        }
        let end =
            Instant::now() + Duration::from_secs(if zonesmith_tests::is_long() { 60 } else { 6 });
        let mut turn = 0;
        // It comes and goes twice, however busy the machine is.
        while turn < 4 || Instant::now() < end {
            let comes = turn % 2 == 0;
            let mut cluster = everything("demo");
            if comes {
                cluster = cluster.service("shop/svc/guest", "10.22.3.5");
            }
            // And others that nobody asks for, so that every chain has other links.
            for number in 0..turn % 7 {
                cluster = cluster.service(
                    &format!("shop/svc/other{number}"),
                    &format!("10.22.4.{number}"),
                );
            }
            daemon.set_cluster(&cluster);
            turn += 1;
            for _ in 0..2 {
                stays(&anchor, how);
                // It changes just now: what it was or what it is, and either proven. Asked once more at most.
                let mut answer = anchor.ask("guest.shop.svc.demo.", "A");
                if matches!(answer, Validated::Broken(_)) {
                    answer = anchor.ask("guest.shop.svc.demo.", "A");
                }
                let is_one_of_both = answer == Validated::NoSuchName
                    || answer
                        == Validated::Records(vec![
                            "guest.shop.svc.demo. 60 IN A 10.22.3.5".to_owned(),
                        ]);
                assert!(is_one_of_both, "{how}, turn {turn}: {answer:?}");
            }
        }
        println!("{how}: {turn} states of the cluster");
    }
}

/// Names that no change is about.
fn stays(anchor: &Anchor, how: &str) {
    for (name, rrtype, expected) in [
        (
            "web1.web.shop.svc.demo.",
            "A",
            Validated::Records(vec!["web1.web.shop.svc.demo. 60 IN A 10.22.0.5".to_owned()]),
        ),
        ("web1.web.shop.svc.demo.", "MX", Validated::NoSuchType),
        ("svc.demo.", "A", Validated::NoSuchType),
        ("never.demo.", "A", Validated::NoSuchName),
    ] {
        assert_eq!(anchor.ask(name, rrtype), expected, "{how}: {name} {rrtype}");
    }
}

#[test]
#[ignore = "needs pdns_server"]
fn keys_metadata_and_tsig_keys_survive_a_kill() {
    let mut daemon = served(&everything("demo"));
    let lines = format!("{LINES}allow-axfr-ips=192.0.2.1\n");
    let server = PowerDns::start_with(&daemon.socket_path(), "demo", &lines);
    server.pdnsutil(&[
        "add-zone-key",
        "demo",
        "ksk",
        "active",
        "published",
        "ecdsa256",
    ]);
    server.pdnsutil(&[
        "add-zone-key",
        "demo",
        "zsk",
        "active",
        "published",
        "ecdsa256",
    ]);
    server.pdnsutil(&[
        "add-zone-key",
        "demo",
        "zsk",
        "inactive",
        "unpublished",
        "ed25519",
    ]);
    server.pdnsutil(&["deactivate-zone-key", "demo", "2"]);
    server.pdnsutil(&["activate-zone-key", "demo", "2"]);
    server.pdnsutil(&["remove-zone-key", "demo", "3"]);
    server.pdnsutil(&["set-meta", "demo", "X-NOTE", "a", "b c"]);
    server.pdnsutil(&["set-nsec3", "demo", "1 0 0 -"]);
    server.pdnsutil(&["import-tsig-key", "k1", "hmac-sha256", "c2VjcmV0"]);
    server.pdnsutil(&["generate-tsig-key", "k2", "hmac-sha512"]);
    server.pdnsutil(&["activate-tsig-key", "demo", "k1", "primary"]);
    let told = |server: &PowerDns| {
        [
            &["list-keys", "demo"][..],
            &["get-meta", "demo"],
            &["list-tsig-keys"],
            &["export-zone-dnskey", "demo", "1"],
        ]
        .map(|arguments| server.pdnsutil(arguments))
    };
    let before = told(&server);
    let serial = server.anchor("demo").serial();
    daemon.kill();
    daemon.start_again();
    daemon.until_listening();
    assert_eq!(told(&server), before);
    let text = before.concat();
    for expected in [
        "TSIG-ALLOW-AXFR = k1",
        "X-NOTE = a, b c",
        "NSEC3PARAM = 1 0 0 -",
        "k2. hmac-sha512.",
    ] {
        assert!(text.contains(expected), "no {expected}: {text}");
    }
    // Each of its own connections fails once; then it is a new one.
    let mut good = 0;
    zonesmith_tests::until(
        "PowerDNS has new connections",
        || {
            let is_good = !server.dig(&["demo", "SOA", "+short"]).is_empty();
            good = if is_good { good + 1 } else { 0 };
            (good > 8).then_some(())
        },
        || server.log(),
    );
    let anchor = server.anchor("demo");
    check(&anchor, "after the kill", Validated::Records);
    assert!(
        anchor.serial().wrapping_sub(serial) < 1 << 31,
        "serials go on"
    );

    transfers_take_the_key(&server);
}

/// A transfer with the key that the zone lets in, from an address that it does not let in.
fn transfers_take_the_key(server: &PowerDns) {
    for (key, is_let_in) in [
        (Some("hmac-sha256:k1:c2VjcmV0"), true),
        (Some("hmac-sha256:k1:b3RoZXI="), false),
        (None, false),
    ] {
        let mut arguments = vec!["demo", "AXFR", "+noall", "+answer"];
        if let Some(key) = key {
            arguments.extend(["-y", key]);
        }
        let text = server.dig(&arguments);
        assert_eq!(text.contains("web1.web.shop"), is_let_in, "{key:?}: {text}");
        assert_eq!(text.contains("RRSIG"), is_let_in, "{key:?}: {text}");
    }
}

#[test]
#[ignore = "needs pdns_server"]
fn a_change_of_keys_moves_the_serial_so_that_secondaries_hear_of_it() {
    let daemon = served(&everything("demo"));
    let server = PowerDns::start_with(&daemon.socket_path(), "demo", LINES);
    server.pdnsutil(&["secure-zone", "demo"]);
    let anchor = server.anchor("demo");
    let mut last = anchor.serial();
    for arguments in [
        &["set-nsec3", "demo", "1 0 0 -"][..],
        &["add-zone-key", "demo", "zsk", "inactive", "published"],
        &["unset-nsec3", "demo"],
    ] {
        // A serial moves at most once a second.
        server.pdnsutil(arguments);
        zonesmith_tests::until(
            "the serial moves",
            || Some(anchor.serial()).filter(|serial| *serial != last),
            || format!("{arguments:?}: {last}"),
        );
        last = anchor.serial();
    }
}

#[test]
#[ignore = "needs pdns_server"]
fn what_a_zone_cannot_take_is_refused_and_said_in_the_log() {
    let daemon = served(&everything("demo"));
    let lines = format!("{LINES}dnsupdate=yes\nallow-dnsupdate-from=127.0.0.0/8\nloglevel=6\n");
    let server = PowerDns::start_with(&daemon.socket_path(), "demo", &lines);
    let update = daemon.path("update");
    fs::write(
        &update,
        format!(
            "server 127.0.0.1 {}\nzone demo\nupdate add new.demo 60 A 10.0.0.1\nsend\n",
            server.port()
        ),
    )
    .unwrap();
    let output = std::process::Command::new("nsupdate")
        .arg(&update)
        .output()
        .unwrap();
    assert!(!output.status.success(), "{output:?}");
    let log = server.log();
    assert!(
        log.contains("records come from the cluster, its policies and zone files"),
        "{log}"
    );
    assert!(dig(server.port(), &["new.demo", "A", "+short"]).is_empty());
    let status = server.pdnsutil(&["backend-cmd", "remote", "status"]);
    assert!(status.contains("generation"), "{status}");
}
