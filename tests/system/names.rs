//! Every kind of name through PowerDNS with its own settings: what exists, what is empty, what is not there.

use zonesmith_tests::daemon::Start;
use zonesmith_tests::document::everything;
use zonesmith_tests::power_dns::PowerDns;

use crate::BINARY;

#[test]
#[ignore = "needs pdns_server"]
fn each_kind_of_name_answers_through_powerdns() {
    check("demo");
}

#[test]
#[ignore = "needs pdns_server"]
fn a_cluster_with_capitals_and_a_dot_in_its_name_answers_the_same() {
    check("Prod.Example");
}

fn check(cluster: &str) {
    let daemon = Start::new(BINARY, &everything(cluster)).serve();
    let zone = cluster.to_lowercase();
    let server = PowerDns::start(&daemon.socket_path(), &zone);
    let answers = Answers {
        server: &server,
        zone: &zone,
    };
    addresses(&answers);
    srv(&answers);
    reverse(&answers);
    apexes(&answers);
    absent(&answers);
    any_case(&answers);
}

/// Services, hostnames, resources, nodes, addresses.
fn addresses(answers: &Answers<'_>) {
    answers.good(
        "web.shop.svc.ZONE",
        "A",
        &[
            "web.shop.svc.ZONE. 60 IN A 10.22.0.5",
            "web.shop.svc.ZONE. 60 IN A 10.22.0.6",
        ],
    );
    answers.good(
        "web.shop.svc.ZONE",
        "AAAA",
        &["web.shop.svc.ZONE. 60 IN AAAA fd00:60::21"],
    );
    answers.good(
        "web1.web.shop.svc.ZONE",
        "A",
        &["web1.web.shop.svc.ZONE. 60 IN A 10.22.0.5"],
    );
    answers.good(
        "web6.web.shop.svc.ZONE",
        "AAAA",
        &["web6.web.shop.svc.ZONE. 60 IN AAAA fd00:60::21"],
    );
    answers.good(
        "0.api.shop.svc.ZONE",
        "A",
        &["0.api.shop.svc.ZONE. 60 IN A 10.22.1.5"],
    );
    answers.good(
        "plain.root.svc.ZONE",
        "A",
        &["plain.root.svc.ZONE. 60 IN A 10.22.2.5"],
    );
    answers.good(
        "10-22-0-5.web.shop.svc.ZONE",
        "A",
        &["10-22-0-5.web.shop.svc.ZONE. 60 IN A 10.22.0.5"],
    );
    answers.good(
        "web.shop.svc.n2.node.ZONE",
        "A",
        &["web.shop.svc.n2.node.ZONE. 60 IN A 10.22.0.6"],
    );
}

/// Services by number and by name; a target is one address, so that a client meets who it was sent to.
fn srv(answers: &Answers<'_>) {
    for owner in [
        "_80._tcp",
        "_http._tcp",
        "_443._tcp",
        "_https._tcp",
        "_8443._tcp",
    ] {
        let (status, records) = answers.of(&format!("{owner}.web.shop.svc.ZONE"), "SRV");
        assert_eq!(
            (&*status, records.len()),
            ("NOERROR", 2),
            "{owner}: {records:?}"
        );
        let port = if owner.contains("80.") || owner.contains("http.") {
            "80"
        } else {
            "443"
        };
        for record in records {
            let words: Vec<_> = record.split(' ').collect();
            assert_eq!(
                (words[3], words[4], words[6]),
                ("SRV", "0", port),
                "{record}"
            );
            let (_, addresses) = answers.server.answer(words[7], "A");
            assert_eq!(addresses.len(), 1, "{record} → {addresses:?}");
        }
    }
    let (_, weights) = answers.of("_80._tcp.web.shop.svc.ZONE", "SRV");
    assert!(
        weights[0].contains(" 40 80 10-22-0-6.") || weights[1].contains(" 40 80 10-22-0-6."),
        "the score is the weight: {weights:?}"
    );
}

/// Addresses.
fn reverse(answers: &Answers<'_>) {
    answers.good(
        "5.0.22.10.in-addr.arpa",
        "PTR",
        &["5.0.22.10.in-addr.arpa. 60 IN PTR web1.web.shop.svc.ZONE."],
    );
    answers.good(
        "5.1.22.10.in-addr.arpa",
        "PTR",
        &["5.1.22.10.in-addr.arpa. 60 IN PTR api.shop.svc.ZONE."],
    );
    let six = "1.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.0.0.0.0.d.f.ip6.arpa";
    answers.good(
        six,
        "PTR",
        &[&format!("{six}. 60 IN PTR web6.web.shop.svc.ZONE.")],
    );
}

/// Apexes, forward and reverse.
fn apexes(answers: &Answers<'_>) {
    let zone = answers.zone;
    for apex in [
        answers.zone,
        "10.in-addr.arpa",
        "d.f.ip6.arpa",
        "168.192.in-addr.arpa",
    ] {
        let (status, soa) = answers.of(apex, "SOA");
        assert_eq!((&*status, soa.len()), ("NOERROR", 1), "{apex}: {soa:?}");
        let (_, nameservers) = answers.of(apex, "NS");
        assert_eq!(nameservers.len(), 2, "{apex}: {nameservers:?}");
        for record in nameservers {
            assert!(record.contains(" 3600 IN NS "), "{record}");
            let target = record.rsplit(' ').next().unwrap();
            let found = ["A", "AAAA"].map(|rrtype| answers.server.answer(target, rrtype).1.len());
            assert_eq!(found.iter().sum::<usize>(), 1, "{record}");
        }
    }
    let (_, soa) = answers.of("ZONE", "SOA");
    let start = format!("{zone}. 60 IN SOA dns.{zone}. ");
    assert!(
        soa[0].starts_with(&start) && soa[0].ends_with(" 7200 3600 432000 86400"),
        "{soa:?}"
    );
    assert!(!answers.of("dns.ZONE", "A").1.is_empty(), "MNAME resolves");
}

/// What is not there, and what is there without records.
fn absent(answers: &Answers<'_>) {
    for (name, rrtype, status) in [
        ("svc.ZONE", "A", "NOERROR"),
        ("shop.svc.ZONE", "ANY", "NOERROR"),
        ("node.ZONE", "A", "NOERROR"),
        ("_tcp.web.shop.svc.ZONE", "SRV", "NOERROR"),
        ("web.shop.svc.ZONE", "TXT", "NOERROR"),
        ("api.shop.svc.ZONE", "AAAA", "NOERROR"),
        ("22.10.in-addr.arpa", "PTR", "NOERROR"),
        ("nobody.shop.svc.ZONE", "A", "NXDOMAIN"),
        ("a.web.shop.svc.ZONE", "A", "NXDOMAIN"),
        ("nobody.ZONE", "A", "NXDOMAIN"),
        ("zzz.nobody.shop.svc.ZONE", "A", "NXDOMAIN"),
        ("99.99.22.10.in-addr.arpa", "PTR", "NXDOMAIN"),
        ("example.com", "A", "REFUSED"),
    ] {
        assert_eq!(
            answers.of(name, rrtype),
            (status.to_owned(), Vec::new()),
            "{name} {rrtype}"
        );
    }
}

/// Any case, in the question's own.
fn any_case(answers: &Answers<'_>) {
    let (status, records) = answers.of("WeB.ShOp.SvC.ZONE", "AAAA");
    assert_eq!((&*status, records.len()), ("NOERROR", 1), "{records:?}");
    let upper = format!("WEB.SHOP.SVC.{}", answers.zone.to_uppercase());
    assert_eq!(answers.server.answer(&upper, "A").1.len(), 2, "{upper}");
}

/// What the server says, with `ZONE` for the cluster's zone.
struct Answers<'a> {
    server: &'a PowerDns,
    zone: &'a str,
}

impl Answers<'_> {
    fn of(&self, name: &str, rrtype: &str) -> (String, Vec<String>) {
        self.server.answer(&name.replace("ZONE", self.zone), rrtype)
    }

    fn good(&self, name: &str, rrtype: &str, expected: &[&str]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|record| record.replace("ZONE", self.zone))
            .collect();
        assert_eq!(
            self.of(name, rrtype),
            ("NOERROR".to_owned(), expected),
            "{name} {rrtype}"
        );
    }
}
