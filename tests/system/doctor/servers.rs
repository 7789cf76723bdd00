//! Faults of the two servers, and of what purges them.

use std::fs;

use super::node::{Node, Server};
use super::{Fault, document, each, set_toml, with_settings};

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn what_is_wrong_with_the_authoritative_server_is_named_and_mended() {
    let setting = |what, setting, says, state| (what, setting, says, state);
    let settings = [
        setting(
            "it would end with the daemon",
            "primary=yes",
            "primary=yes",
            "red",
        ),
        setting(
            "whole answers are kept",
            "cache-ttl=20",
            "cache-ttl=20",
            "yellow",
        ),
        setting(
            "answers are not kept",
            "query-cache-ttl=0",
            "query-cache-ttl=0",
            "yellow",
        ),
        setting(
            "that there is no name is not kept",
            "negquery-cache-ttl=0",
            "negquery-cache-ttl=0",
            "yellow",
        ),
        setting(
            "each purged name is a line",
            "loglevel=6",
            "loglevel=6",
            "yellow",
        ),
        setting(
            "nobody may transfer",
            "disable-axfr=yes",
            "disable-axfr=yes",
            "yellow",
        ),
        setting(
            "it hears of zones too late",
            "zone-cache-refresh-interval=3600",
            "zone-cache-refresh-interval",
            "yellow",
        ),
    ];
    with_settings(Server::Authoritative, "authoritative", &settings);
    each(&[
        Fault {
            what: "another port than the recursor asks",
            make: |node| node.set(Server::Authoritative, "local-port=5309"),
            part: "recursor",
            says: "forwarded to 127.0.0.1:5300, but 127.0.0.1:5309 answers",
            state: "red",
        },
        Fault {
            what: "its control socket is gone",
            make: |node| {
                fs::remove_file(node.path(Server::Authoritative.control_socket())).unwrap();
                node.daemon
                    .set_cluster(&document().service("shop/svc/more", "10.22.0.4"));
            },
            part: "authoritative",
            says: "No such file",
            state: "red",
        },
        Fault {
            what: "it does not run",
            make: |node| node.abandon(Server::Authoritative),
            part: "authoritative",
            says: "nobody listens there",
            state: "red",
        },
        Fault {
            what: "it does not start: a setting that it does not know",
            make: |node| {
                node.end(Server::Authoritative);
                node.abandon(Server::Authoritative);
                let file = node.path("pdns.conf");
                let text = fs::read_to_string(&file).unwrap();
                fs::write(&file, format!("{text}query-cash-ttl=5\n")).unwrap();
            },
            part: "authoritative",
            says: "nobody listens there",
            state: "red",
        },
    ]);
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn what_is_wrong_with_the_recursor_is_named_and_mended() {
    let setting = |what, setting, says, state| (what, setting, says, state);
    let settings = [
        setting(
            "failures are kept",
            "packetcache-servfail-ttl=60",
            "packetcache-servfail-ttl=60",
            "yellow",
        ),
        setting(
            "answers are not kept",
            "disable-packetcache=yes",
            "disable-packetcache=yes",
            "yellow",
        ),
        setting(
            "our server is left alone after a failure",
            "dont-throttle-netmasks=192.0.2.0/24",
            "dont-throttle-netmasks",
            "yellow",
        ),
        setting(
            "a network of the cluster may not ask",
            "allow-from=127.0.0.0/8,10.53.0.0/24,fc00::/7",
            "10.22.0.0/16",
            "red",
        ),
        setting(
            "the node itself may not ask",
            "allow-from=127.0.0.0/8,10.22.0.0/16,fc00::/7",
            "no reply in 3 s",
            "red",
        ),
        setting(
            "NOTIFY is heard from nobody",
            "allow-notify-from=192.0.2.1",
            "not for demo.",
            "yellow",
        ),
        setting(
            "NOTIFY is heard for one zone",
            "allow-notify-for=demo",
            "not for",
            "yellow",
        ),
    ];
    with_settings(Server::Recursor, "recursor", &settings);
    let port = setting(
        "another port than clients ask",
        "local-port=5353",
        "at port 53",
        "red",
    );
    with_settings(Server::Recursor, "name-servers", &[port]);
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn what_the_recursor_does_not_know_of_the_zones_is_named_and_mended() {
    fn without(node: &Node, zone: &str) {
        let text = fs::read_to_string(node.path("recursor.conf")).unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with("forward-zones="))
            .unwrap();
        let line = line.trim_start_matches("forward-zones=");
        let others = line
            .split(',')
            .filter(|forward| !forward.starts_with(&format!("{zone}=")));
        let others: Vec<_> = others.collect();
        assert!(
            others.len() < line.split(',').count(),
            "no {zone} in {line}"
        );
        node.set(
            Server::Recursor,
            &format!("forward-zones={}", others.join(",")),
        );
    }
    each(&[
        Fault {
            what: "a reverse zone of IPv4 is not forwarded",
            make: |node| without(node, "10.in-addr.arpa."),
            part: "recursor",
            says: "not forwarded: 10.in-addr.arpa.",
            state: "red",
        },
        Fault {
            what: "a reverse zone of IPv6 is not forwarded",
            make: |node| without(node, "d.f.ip6.arpa."),
            part: "recursor",
            says: "not forwarded: d.f.ip6.arpa.",
            state: "red",
        },
        Fault {
            what: "the cluster's zone is not forwarded",
            make: |node| without(node, "demo."),
            part: "recursor",
            says: "not forwarded: demo.",
            state: "red",
        },
        Fault {
            what: "the signed root denies the zones",
            make: |node| {
                fs::write(node.path("recursor.lua"), "").unwrap();
                node.set(Server::Recursor, "dnssec=process");
            },
            part: "recursor",
            says: "no negative trust anchor",
            state: "red",
        },
        Fault {
            what: "it does not run",
            make: |node| node.abandon(Server::Recursor),
            part: "recursor",
            says: "nobody listens there",
            state: "red",
        },
    ]);
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn caches_that_nobody_purges_are_named_and_mended() {
    each(&[
        Fault {
            what: "the janitor is off, and answers are kept for an hour",
            make: |node| {
                set_toml(node, |text| {
                    text.replace("[janitor]\n", "[janitor]\noff = true\n")
                });
                node.daemon
                    .until("nothing is purged", |status| status.get("/caches") == "[]");
            },
            part: "purges",
            says: "changes arrive at the authoritative server",
            state: "red",
        },
        Fault {
            what: "the recursor is not purged",
            make: |node| {
                let recursor = node
                    .path(Server::Recursor.control_socket())
                    .display()
                    .to_string();
                set_toml(node, |text| {
                    text.replace(&format!("recursors = [\"{recursor}\"]\n"), "")
                });
                node.daemon.until("one server is purged", |status| {
                    status.get("/caches/1").is_empty()
                });
            },
            part: "purges",
            says: "changes arrive at the recursor",
            state: "red",
        },
        Fault {
            what: "the control socket of another server is configured",
            make: |node| {
                let socket = node
                    .path(Server::Authoritative.control_socket())
                    .display()
                    .to_string();
                set_toml(node, |text| {
                    text.replace(&socket, "/nowhere/pdns.controlsocket")
                });
            },
            part: "authoritative",
            says: "/nowhere/pdns.controlsocket",
            state: "red",
        },
    ]);
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn a_zone_that_nobody_told_the_server_of_is_named_and_mended() {
    let mut node = Node::start(&document());
    let off = |text: String| text.replace("[janitor]\n", "[janitor]\noff = true\n");
    set_toml(&node, off);
    node.daemon
        .until("nothing is purged", |status| status.get("/caches") == "[]");
    node.set(Server::Authoritative, "zone-cache-refresh-interval=300");
    let zone =
        "@ 60 SOA ns.more. x.more. 1 7200 3600 432000 60\n@ 60 NS ns.more.\nns 60 A 10.53.0.1\n";
    node.daemon.set_file("more.zone", zone);
    let file = node.daemon.path("more.zone").display().to_string();
    set_toml(&node, |text| {
        let text = off(text);
        format!("{text}\n[[zones]]\napex = \"more\"\nfile = \"{file}\"\n")
    });
    node.daemon
        .until_records("ns.more.", &["ns.more. 60 A 10.53.0.1"]);
    let refused = |node: &Node| {
        let complaints = node.complaints().into_iter();
        let mut refused = complaints.filter(|check| check["seen"] == "it answers REFUSED: more.");
        refused.find(|check| check["part"] == "authoritative")
    };
    let named = refused(&node).unwrap_or_else(|| panic!("{:#?}", node.complaints()));
    node.cure(&named["cure"]);
    assert_eq!(refused(&node), None);
}
