//! A policy that chooses, with a real PowerDNS and a recursor before it: clients of different networks are given different
//! records, and no cache gives one what is another's.

use std::cell::Cell;

use serde_json::json;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::{Document, cluster};
use zonesmith_tests::policies::CHOOSES;
use zonesmith_tests::ports::free_port;
use zonesmith_tests::power_dns::dig;
use zonesmith_tests::until;

use crate::BINARY;

const WEB: &str = "web.shop.svc.demo";

/// Two networks of clients.
const ONE: &str = "127.1.0.1";
const OTHER: &str = "127.2.0.1";

/// A service with two addresses in this network.
fn document(network: &str) -> Document {
    let resource = |cluster: Document, node: &str, last: u8| {
        let info = json!({ "ipaddr": format!("{network}.{last}"), "expose": ["80/tcp"] });
        cluster.resource("shop/svc/web", node, "ip#0", &info)
    };
    resource(resource(cluster("demo"), "n1", 5), "n2", 6)
}

/// A daemon that runs both servers, and chooses.
struct Service {
    daemon: Daemon,
    authoritative: u16,
    recursor: u16,
}

impl Service {
    fn start() -> Self {
        let (authoritative, recursor) = (free_port(), free_port());
        let mut start = Start::new(BINARY, &document("10.22.0")).with_policy(CHOOSES, "{}");
        // An alias, in the site's own words.
        start.files = vec![("alias", format!("alias.demo. 60 IN CNAME {WEB}.\n"))];
        start.configuration =
            "[[zones]]\napex = \"demo\"\nfile = \"alias\"\nmerge = true\n".to_owned();
        start.arguments = [
            "--policy",
            "default",
            "--with-powerdns",
            &format!("127.0.0.1:{authoritative}"),
            "--with-recursor",
            &format!("127.0.0.1:{recursor}"),
        ]
        .map(str::to_owned)
        .to_vec();
        let service = Self {
            daemon: start.serve(),
            authoritative,
            recursor,
        };
        service.until_given("10.22.0");
        service.daemon.until("both caches are purged", |status| {
            [0, 1]
                .iter()
                .all(|place| status.get(&format!("/caches/{place}/state")) == "\"purged\"")
        });
        service
    }

    /// The addresses that a client is given, and what else `dig` says of them.
    fn ask(port: u16, client: &str, question: &[&str]) -> String {
        let words = ["-b", client, "+short"];
        let answer = dig(port, &[&words, question].concat());
        let mut lines: Vec<_> = answer.lines().collect();
        lines.sort_unstable();
        lines.join(" ")
    }

    /// Both clients, at both servers, are given what is theirs of this network.
    fn until_given(&self, network: &str) {
        for port in [self.authoritative, self.recursor] {
            for (client, last) in [(ONE, 5), (OTHER, 6)] {
                self.until(port, client, &[WEB, "A"], &format!("{network}.{last}"));
            }
        }
    }

    fn until(&self, port: u16, client: &str, question: &[&str], expected: &str) {
        until(
            &format!("{client} is given {expected} at port {port} for {question:?}"),
            || (Self::ask(port, client, question) == expected).then_some(()),
            || {
                let given = Self::ask(port, client, question);
                format!(
                    "{given}\n{}\n{}",
                    self.daemon.status().text(),
                    self.daemon.log()
                )
            },
        );
    }

    /// Gives who chooses other settings.
    fn set(&self, settings: &str) {
        let outcome = self.daemon.change(|daemon| daemon.set_settings(settings));
        assert_eq!(outcome.word(), "published", "{outcome:?}");
    }

    /// What is asked is answered without the daemon. Not at the first try, maybe: a purge after the start may be
    /// repeated in between.
    fn until_kept(&self, what: &str, ask: impl Fn()) {
        until(
            &format!("{what} is kept"),
            || {
                let before = self.requests();
                ask();
                (self.requests() == before).then_some(())
            },
            || self.daemon.log(),
        );
    }

    /// How often the daemon was asked.
    fn requests(&self) -> u64 {
        self.daemon.status().number("/connections/requests")
    }
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn clients_of_different_networks_are_given_different_records_and_no_cache_mixes_them() {
    let service = Service::start();
    let (authoritative, recursor) = (service.authoritative, service.recursor);
    // Each after the other, again and again: directly, by an alias, and in what comes beside an answer.
    for _ in 0..3 {
        for port in [authoritative, recursor] {
            for (client, expected) in [(ONE, "10.22.0.5"), (OTHER, "10.22.0.6")] {
                let ask = |question: &[&str]| Service::ask(port, client, question);
                assert_eq!(ask(&[WEB, "A"]), expected, "{client} at {port}");
                let alias = ask(&["alias.demo", "A"]);
                assert_eq!(alias, format!("{expected} {WEB}."), "{client} at {port}");
                let all = ask(&[WEB, "ANY"]);
                assert!(all.contains(expected), "{client} at {port}: {all}");
                // What depends on nobody.
                assert_eq!(ask(&[WEB, "TXT"]), "");
                assert_eq!(ask(&["10-22-0-5.web.shop.svc.demo", "A"]), "10.22.0.5");
            }
        }
    }
    // A resolver that says which network its client is in.
    let told = dig(
        authoritative,
        &[
            "+subnet=127.2.7.0/24",
            WEB,
            "A",
            "+noall",
            "+answer",
            "+comments",
        ],
    );
    assert!(told.contains("127.2.7.0/24/16"), "{told}");
    assert!(
        told.contains("10.22.0.6") && !told.contains("10.22.0.5"),
        "{told}"
    );
    // The recursor keeps it for the network, and for no other: who is in it is answered without the daemon.
    service.until_kept("what was chosen", || {
        for (client, expected) in [("127.1.200.9", "10.22.0.5"), ("127.2.200.9", "10.22.0.6")] {
            assert_eq!(Service::ask(recursor, client, &[WEB, "A"]), expected);
        }
    });
    let before = service.requests();
    let both = "10.22.0.5 10.22.0.6";
    assert_eq!(Service::ask(recursor, "127.3.0.1", &[WEB, "A"]), both);
    assert!(service.requests() > before, "it was kept for others");
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn what_does_not_exist_is_kept_for_everyone() {
    let service = Service::start();
    let asked = Cell::new(0);
    for (name, rrtype) in [(WEB, "MX"), ("absent.web.shop.svc.demo", "A")] {
        let status = |port: u16, client: &str| {
            let text = dig(port, &["-b", client, name, rrtype]);
            let status = text.split_once("status: ").map(|(_, rest)| rest);
            status
                .unwrap_or_default()
                .split(',')
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        let expected = if rrtype == "MX" {
            "NOERROR"
        } else {
            "NXDOMAIN"
        };
        service.until_kept(&format!("{name} {rrtype}"), || {
            // Each time somebody who did not ask before.
            let client = format!("127.{}.0.1", 100 + asked.replace(asked.get() + 1));
            assert_eq!(status(service.recursor, &client), expected);
        });
    }
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn caches_forget_what_was_chosen_for_whomever_and_by_whomever() {
    let service = Service::start();
    // Other records: all that was kept of the old ones goes, whatever network it was kept for.
    for network in ["10.22.1", "10.22.2"] {
        service.daemon.set_cluster(&document(network));
        service.until_given(network);
    }
    // Nobody chooses any more, and then somebody does: no record is another.
    let both = "10.22.2.5 10.22.2.6";
    for _ in 0..2 {
        service.set(r#"{"everyone": ["A"]}"#);
        for port in [service.authoritative, service.recursor] {
            for client in [ONE, OTHER] {
                service.until(port, client, &[WEB, "A"], both);
            }
        }
        service.set("{}");
        service.until_given("10.22.2");
    }
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn a_policy_that_never_comes_back_costs_clients_nothing_but_the_choice() {
    let service = Service::start();
    for fault in ["spin", "trap", "nothing"] {
        let settings = json!({ "fault": fault }).to_string();
        service.set(&settings);
        let both = "10.22.0.5 10.22.0.6";
        for port in [service.authoritative, service.recursor] {
            for client in [ONE, OTHER] {
                service.until(port, client, &[WEB, "A"], both);
            }
        }
    }
    service.set("{}");
    service.until_given("10.22.0");
}
