//! What others' checkers say about the demo's zones, forward and reverse, unsigned and signed: no finding that is ours. In a
//! network of its own, where a root delegates the zones to PowerDNS as if they were public.

use std::fs;

use zonesmith_tests::checks::ignored::Ignored;
use zonesmith_tests::checks::{Finding, files, servers};
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::name_servers::primary::{self, Settings};
use zonesmith_tests::name_servers::{NameServer, root};
use zonesmith_tests::network::Network;

use crate::demo;

/// Names of each kind beside the apexes: what is there, what is empty, what is not there.
const NAMES: [&str; 7] = [
    "web.shop.svc.demo",
    "_80._tcp.web.shop.svc.demo",
    "svc.demo",
    "nobody.shop.svc.demo",
    "5.0.22.10.in-addr.arpa",
    "22.10.in-addr.arpa",
    "nobody.10.in-addr.arpa",
];

/// Zones with names below their apex, of each kind.
const FILLED: [&str; 3] = ["demo", "10.in-addr.arpa", "d.f.ip6.arpa"];

/// The findings that are none of ours.
const IGNORED: &str = include_str!("../conformance-ignored.toml");

#[test]
#[ignore = "needs pdns_server, checkers of zones, and root or user namespaces"]
fn no_checker_finds_a_fault_of_ours_in_the_demo_unsigned_or_signed() {
    let network = Network::with(&[root::addresses(), demo::nameservers()].concat());
    let daemon = demo::serve(&network, "");
    let zones = demo::zones(&daemon);
    let zones: Vec<&str> = zones.iter().map(String::as_str).collect();
    let world = World {
        primary: primary(&network, &daemon, "remote-dnssec=yes"),
        network: &network,
        daemon: &daemon,
    };
    let mut findings = world.unsigned(&zones);
    let signed = zones
        .iter()
        .map(|zone| world.sign(zone))
        .collect::<String>();
    let delegations = format!("{}{signed}", demo::delegations(&daemon, &zones));
    let _root = root::start(&network, &delegations);
    findings.extend(world.signed(&zones));
    for (parameters, narrow) in [("1 0 0 -", false), ("1 1 5 aabb", false), ("1 0 0 -", true)] {
        findings.extend(world.nsec3(parameters, narrow));
    }
    let faults = Ignored::read(IGNORED).judge(&findings);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
#[ignore = "needs pdns_server, checkers of zones, and root or user namespaces"]
fn each_checker_sees_a_fault_where_there_is_one() {
    let network = Network::with(&[root::addresses(), demo::nameservers()].concat());
    let daemon = demo::serve(&network, "");
    let _primary = primary(&network, &daemon, "");
    // An address where nobody listens, and a key that the zone does not have.
    let delegation = demo::delegations(&daemon, &["demo"]).replace("10.60.0.2", "198.41.0.4");
    let faulty = format!("{delegation}demo. IN DS 1 13 2 {}\n", "00".repeat(32));
    let _root = root::start(&network, &faulty);

    let file = daemon.path("zone");
    let without_glue = demo::dump(&daemon, "demo").replace("\nns2.demo.", "\nelsewhere.demo.");
    fs::write(&file, without_glue).unwrap();
    let mut findings = files::check(&network, "demo", &file);
    findings.extend(files::check_signed(&network, "demo", &file, &file));
    findings.extend(servers::zonemaster(&network, "demo", &daemon.path("")));
    let (names, directory) = (["demo"], daemon.path(""));
    findings.extend(servers::dnsviz(&network, &names, &names, &directory));
    for (tool, tag, detail) in [
        ("named-checkzone", "says", "ns2.demo"),
        ("kzonecheck", "says", "glue"),
        ("ldns-verify-zone", "fails", ""),
        ("zonemaster", "IN_BAILIWICK_ADDR_MISMATCH", "198.41.0.4"),
        ("zonemaster", "DS_BUT_NOT_DNSKEY", ""),
        ("dnsviz", "GLUE_MISMATCH", "198.41.0.4"),
        ("dnsviz", "MISSING_RRSIG", ""),
        ("dnsviz", "delegation", "BOGUS"),
    ] {
        let seen = findings.iter().any(|finding| {
            finding.tool == tool && finding.tag == tag && finding.detail.contains(detail)
        });
        assert!(seen, "{tool} does not see {tag}: {findings:#?}");
    }
}

/// All that stands in the network, but for the root.
struct World<'network> {
    network: &'network Network,
    daemon: &'network Daemon,
    primary: NameServer<'network>,
}

impl World<'_> {
    /// What all checkers say about zones without keys.
    fn unsigned(&self, zones: &[&str]) -> Vec<Finding> {
        let _root = root::start(self.network, &demo::delegations(self.daemon, zones));
        let mut findings = Vec::new();
        for zone in zones {
            let file = self.daemon.path("zone");
            fs::write(&file, demo::dump(self.daemon, zone)).unwrap();
            findings.extend(files::check(self.network, zone, &file));
        }
        findings.extend(self.ask(zones, &[]));
        findings
    }

    /// Signs a zone; its DS record, for the parent.
    fn sign(&self, zone: &str) -> String {
        self.primary.pdnsutil(&["secure-zone", zone]);
        let printed = self.primary.pdnsutil(&["export-zone-ds", zone]);
        let sha256 = printed.lines().find(|line| line.contains(" 13 2 "));
        let (_, record) = sha256.and_then(|line| line.split_once(" IN ")).unwrap();
        let (record, _comment) = record.split_once(';').unwrap();
        format!("{zone}. IN {record}\n")
    }

    /// What all checkers say about signed zones.
    fn signed(&self, zones: &[&str]) -> Vec<Finding> {
        self.primary.forget();
        let mut findings = self.transferred(zones);
        findings.extend(self.ask(zones, zones));
        findings
    }

    /// The same where NSEC3 denies names.
    fn nsec3(&self, parameters: &str, narrow: bool) -> Vec<Finding> {
        for zone in FILLED {
            let mut arguments = vec!["set-nsec3", zone, parameters];
            arguments.extend(narrow.then_some("narrow"));
            self.primary.pdnsutil(&arguments);
        }
        self.primary.forget();
        let said = self.primary.dig(&["demo", "NSEC3PARAM", "+short"]);
        let hashed = parameters
            .split_once(' ')
            .map(|(_, rest)| &rest[1..])
            .unwrap();
        assert_eq!(
            said.trim().to_lowercase(),
            format!("1 0{hashed}"),
            "the flag is the chain's alone"
        );
        let mut findings = self.ask(&FILLED, &FILLED);
        // PowerDNS makes narrow denials up for each question, so it does not transfer them.
        if !narrow {
            findings.extend(self.transferred(&FILLED));
        }
        findings
    }

    /// What checkers of files say about signed zones as they are transferred.
    fn transferred(&self, zones: &[&str]) -> Vec<Finding> {
        // PowerDNS gives zones to the loopback.
        let from = ["-b", "127.0.0.1"];
        let mut findings = Vec::new();
        for zone in zones {
            let (file, key) = (self.daemon.path("zone"), self.daemon.path("key"));
            fs::write(&file, self.primary.transferred(zone, &from)).unwrap();
            let keys = self.primary.dig(&[zone, "DNSKEY", "+noall", "+answer"]);
            fs::write(&key, keys).unwrap();
            findings.extend(files::check_signed(self.network, zone, &file, &key));
        }
        findings
    }

    /// What those say that walk down from the root.
    fn ask(&self, zones: &[&str], secure: &[&str]) -> Vec<Finding> {
        let directory = self.daemon.path("");
        let mut findings = Vec::new();
        for zone in zones {
            findings.extend(servers::zonemaster(self.network, zone, &directory));
        }
        let names: Vec<&str> = zones.iter().copied().chain(NAMES).collect();
        findings.extend(servers::dnsviz(self.network, &names, secure, &directory));
        findings
    }
}

/// PowerDNS as the demo's name servers, with more lines of `pdns.conf`.
fn primary<'network>(
    network: &'network Network,
    daemon: &Daemon,
    lines: &str,
) -> NameServer<'network> {
    let settings = Settings {
        socket: &daemon.socket_path(),
        addresses: &demo::nameservers(),
        control: &daemon.path(""),
        lines,
    };
    primary::start(network, "demo", &settings)
}
