//! What is rendered for PowerDNS and its recursor, started by real ones: those of this machine, and newer ones that
//! `tests/later-debian` lays beside the build. Each of them has to answer as it was told to.

mod programs;

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Child;

use camino::Utf8Path;
use serde_json::json;
use zonesmith::power_dns::authoritative::{Authoritative, Upkeep};
use zonesmith::power_dns::recursor::{Language, Recursor};
use zonesmith::power_dns::site::{Forward, Site, private_networks};
use zonesmith::power_dns::{Control, File, Listen};
use zonesmith_cluster::IpPrefix;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::everything;
use zonesmith_tests::network::Network;
use zonesmith_tests::until;
use zonesmith_zone::name::Name;

use self::programs::{Release, releases};
use crate::BINARY;

/// What is told, and what comes of it.
struct Case {
    name: &'static str,
    authoritative: &'static [&'static str],
    recursor: &'static [&'static str],
    /// Where they listen, too, though nobody has the address.
    elsewhere: &'static [&'static str],
    udp_size: u16,
    has_group: bool,
    is_open: bool,
    /// Whether a zone of the site is forwarded, and everything else asked upstream.
    asks_others: bool,
}

const CASES: [Case; 3] = [
    Case {
        name: "as the daemon runs them",
        authoritative: &["127.0.0.1:5300"],
        recursor: &["127.0.0.1:5301"],
        elsewhere: &[],
        udp_size: 1_232,
        has_group: false,
        is_open: false,
        asks_others: false,
    },
    Case {
        name: "on all addresses of a node",
        authoritative: &["10.0.0.1:5300", "[fd00::53]:5300"],
        recursor: &["10.0.0.1:53", "[fd00::53]:53"],
        elsewhere: &[],
        udp_size: 4_096,
        has_group: true,
        is_open: true,
        asks_others: true,
    },
    Case {
        name: "with an address that is not here yet",
        authoritative: &["[fd00::53]:5300"],
        recursor: &["10.0.0.1:53"],
        elsewhere: &["10.0.0.9"],
        udp_size: 1_232,
        has_group: true,
        is_open: true,
        asks_others: false,
    },
];

/// Zones that the daemon serves, and that the recursors are told of.
const ZONES: [&str; 4] = [
    "demo",
    "10.in-addr.arpa",
    "168.192.in-addr.arpa",
    "d.f.ip6.arpa",
];

/// Zones that it serves, and that nobody told the recursors of: `site.test` is forwarded, `far.test` is found upstream.
const OTHERS: [&str; 2] = ["site.test", "far.test"];

fn serve() -> Daemon {
    let networks = json!([
        { "name": "backend", "cidr": "10.22.0.0/16", "scope": "cluster" },
        { "name": "backend6", "cidr": "fd00:60::/64", "scope": "cluster" },
    ]);
    let document = everything("demo").set("/cluster/networks", networks);
    let zone = "$TTL 60\n@ SOA ns hostmaster 1 7200 3600 432000 60\n@ NS ns\nns A 10.0.0.1\nwww A 192.0.2.80\n";
    let section = |apex| format!("[[zones]]\napex = \"{apex}\"\nfile = \"other.zone\"\n");
    Start {
        configuration: OTHERS.map(section).concat(),
        files: vec![("other.zone", zone.to_owned())],
        ..Start::new(BINARY, &document)
    }
    .serve()
}

fn addresses(texts: &[&str], elsewhere: &[&str], port: u16) -> Vec<SocketAddr> {
    let here = texts.iter().map(|text| text.parse().unwrap());
    let elsewhere = elsewhere
        .iter()
        .map(|text| SocketAddr::new(text.parse().unwrap(), port));
    here.chain(elsewhere).collect()
}

/// Files for both servers.
fn render(case: &Case, language: Language, backend: &Utf8Path, place: &Utf8Path) -> Vec<File> {
    let port = |text: &str| text.parse::<SocketAddr>().unwrap().port();
    let listens = |texts: &[&str]| addresses(texts, case.elsewhere, port(texts[0]));
    let (authoritative, recursor) = (listens(case.authoritative), listens(case.recursor));
    let listen = |addresses| Listen {
        addresses,
        non_local_bind: !case.elsewhere.is_empty(),
        udp_size: case.udp_size,
    };
    let gid = fs::metadata("/proc/self").unwrap().gid().to_string();
    let control = Control {
        directory: place,
        group: case.has_group.then_some(gid.as_str()),
    };
    let near: Vec<IpPrefix> = vec![
        "10.0.0.1/32".parse().unwrap(),
        "fd00::53/128".parse().unwrap(),
    ];
    let near: &[IpPrefix] = if case.is_open { &near } else { &[] };
    let server = Authoritative {
        listen: listen(&authoritative),
        backend,
        control,
        control_port: None,
        may_transfer: near,
        upkeep: Upkeep::Purged,
        signs: true,
        hears_of_clients: case.asks_others,
    };
    let asked = addresses(case.authoritative, &[], 0);
    let forwards = [Forward {
        zone: Name::parse(OTHERS[0]).unwrap(),
        servers: asked.clone(),
    }];
    let zones = ZONES.map(|zone| Name::parse(zone).unwrap());
    let resolver = Recursor {
        listen: listen(&recursor),
        authoritative: &asked,
        zones: &zones,
        directory: place,
        control,
        site: Site {
            allow_from: &if case.is_open {
                private_networks()
            } else {
                Vec::new()
            },
            may_notify: near,
            tells_of_clients: case.asks_others,
            forwards: if case.asks_others { &forwards } else { &[] },
            upstream: if case.asks_others { &asked } else { &[] },
        },
    };
    let mut files = resolver.render(language);
    files.push(server.render());
    files
}

/// Both servers of a release, in a network; they end with this value.
struct Servers<'a> {
    network: &'a Network,
    directory: tempfile::TempDir,
    processes: Vec<Child>,
    what: String,
}

impl<'a> Servers<'a> {
    fn start(network: &'a Network, release: &Release, case: &Case, backend: &Path) -> Self {
        let directory = tempfile::Builder::new().prefix("told-").tempdir().unwrap();
        let place = Utf8Path::from_path(directory.path()).unwrap();
        let backend = Utf8Path::from_path(backend).unwrap();
        for file in render(case, release.language(), backend, place) {
            fs::write(place.join(file.name), file.text).unwrap();
        }
        let mut servers = Self {
            network,
            processes: Vec::new(),
            what: format!("{release}, {}", case.name),
            directory,
        };
        for (name, words) in [
            ("server", &release.authoritative),
            ("recursor", &release.recursor),
        ] {
            let log = fs::File::create(servers.directory.path().join(name)).unwrap();
            let (program, arguments) = words.split_first().unwrap();
            let process = network
                .command(program)
                .args(arguments)
                .arg(format!(
                    "--config-dir={}",
                    servers.directory.path().display()
                ))
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn()
                .unwrap();
            servers.processes.push(process);
        }
        servers
    }

    fn log(&self) -> String {
        let read = |name| fs::read_to_string(self.directory.path().join(name)).unwrap_or_default();
        format!("{}\n{}{}", self.what, read("server"), read("recursor"))
    }

    fn dig(&self, at: SocketAddr, words: &[&str]) -> String {
        let (address, port) = (format!("@{}", at.ip()), at.port().to_string());
        let before = [address.as_str(), "-p", &port, "+tries=1", "+time=2"];
        let all: Vec<&str> = before.iter().chain(words).copied().collect();
        self.network.run("dig", &all).output
    }

    fn until(&self, at: SocketAddr, words: &[&str], expected: &str) {
        until(
            &format!("{at} answers {words:?} with {expected}"),
            || self.dig(at, words).contains(expected).then_some(()),
            || format!("{}\n{}", self.dig(at, words), self.log()),
        );
    }

    fn mode(&self, socket: &str) -> u32 {
        let metadata = fs::metadata(self.directory.path().join(socket));
        metadata
            .unwrap_or_else(|error| panic!("{socket}: {error}; {}", self.log()))
            .mode()
            & 0o777
    }
}

impl Drop for Servers<'_> {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn check(servers: &Servers<'_>, case: &Case) {
    let at = |texts: &[&str]| addresses(texts, &[], 0);
    for server in at(case.authoritative) {
        servers.until(server, &["demo", "SOA", "+short"], "hostmaster.demo.");
        let transfer = servers.dig(server, &["demo", "AXFR"]);
        assert!(
            transfer.contains("api.shop.svc.demo."),
            "{server}: {transfer}{}",
            servers.log()
        );
    }
    for recursor in at(case.recursor) {
        servers.until(recursor, &["api.shop.svc.demo", "A", "+short"], "10.22.1.5");
        // Who asks for authenticated data gets an answer, too: the root knows nothing of this zone.
        servers.until(
            recursor,
            &["api.shop.svc.demo", "A", "+dnssec", "+adflag"],
            "NOERROR",
        );
        for address in ["10.22.1.5", "fd00:60::21"] {
            servers.until(recursor, &["-x", address, "+short"], ".shop.svc.demo.");
        }
        servers.until(
            recursor,
            &["demo", "SOA", "+opcode=notify"],
            "opcode: NOTIFY, status: NOERROR",
        );
        if case.asks_others {
            servers.until(recursor, &["www.site.test", "A", "+short"], "192.0.2.80");
            // Not authenticated: whoever is asked here knows nothing of the root.
            servers.until(
                recursor,
                &["www.far.test", "A", "+short", "+noadflag"],
                "192.0.2.80",
            );
        }
    }
    if case.has_group {
        for socket in ["pdns.controlsocket", "pdns_recursor.controlsocket"] {
            assert_eq!(servers.mode(socket), 0o660, "{socket}: {}", servers.log());
        }
    }
    let log = servers.log().to_lowercase();
    for word in ["unknown", "deprecated", "fatal", "refus"] {
        assert!(!log.contains(word), "{log}");
    }
}

#[test]
#[ignore = "needs pdns_server, pdns_recursor and newer ones of both"]
fn every_release_does_what_it_is_told() {
    let daemon = serve();
    let own: [IpAddr; 2] = ["10.0.0.1".parse().unwrap(), "fd00::53".parse().unwrap()];
    let releases = releases();
    for release in &releases {
        println!("{release}");
        for case in &CASES {
            let network = Network::with(&own);
            let servers = Servers::start(&network, release, case, &daemon.socket_path());
            check(&servers, case);
        }
    }
    // Both languages were spoken.
    for language in [Language::Lines, Language::Yaml] {
        assert!(
            releases
                .iter()
                .any(|release| release.language() == language),
            "no release speaks {language:?}"
        );
    }
}
