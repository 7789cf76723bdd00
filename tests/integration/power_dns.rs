//! What PowerDNS is told, as text: a change of it is seen here before any server sees it.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use camino::Utf8Path;
use zonesmith::power_dns::authoritative::{Authoritative, ControlPort, Upkeep};
use zonesmith::power_dns::program::Version;
use zonesmith::power_dns::recursor::{Language, Recursor};
use zonesmith::power_dns::site::{Forward, Site};
use zonesmith::power_dns::{Control, File, Listen};
use zonesmith_cluster::IpPrefix;
use zonesmith_zone::name::Name;

const DIRECTORY: &str = "/run/zonesmith/pdns.children";

/// Compares with what is kept of that name.
fn compare(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

fn text(files: &[File]) -> String {
    files
        .iter()
        .map(|file| format!("== {}\n{}\n", file.name, file.text))
        .collect()
}

fn socket(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn sockets(texts: &[&str]) -> Vec<SocketAddr> {
    texts.iter().map(|text| socket(text)).collect()
}

fn prefixes(texts: &[&str]) -> Vec<IpPrefix> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn zones() -> Vec<Name> {
    // The last one would mean something in Lua, and in a file of forwards: no host has such a name.
    let zones = [
        "cluster1",
        "10.in-addr.arpa",
        "0/25.2.0.192.in-addr.arpa",
        r"a\032b\.c",
    ];
    zones.map(|zone| Name::parse(zone).unwrap()).to_vec()
}

/// One that the daemon runs.
fn recursor(authoritative: &str, language: Language) -> Vec<File> {
    let listen = socket("10.0.0.1:53");
    let recursor = Recursor {
        listen: Listen::at(&listen),
        authoritative: &[socket(authoritative)],
        zones: &zones(),
        directory: Utf8Path::new(DIRECTORY),
        control: Control::private(Utf8Path::new(DIRECTORY)),
        site: Site::default(),
    };
    recursor.render(language)
}

/// One that is told all there is to tell.
fn whole_recursor(language: Language) -> Vec<File> {
    let forwards = [
        Forward {
            zone: Name::parse("corp.example").unwrap(),
            servers: sockets(&["192.0.2.53:53", "[2001:db8::53]:5353"]),
        },
        // The cluster's own zone stays the cluster's.
        Forward {
            zone: Name::parse("cluster1").unwrap(),
            servers: sockets(&["192.0.2.1:53"]),
        },
    ];
    let recursor = Recursor {
        listen: Listen {
            addresses: &sockets(&["10.0.0.1:53", "[fd00::1]:53"]),
            non_local_bind: true,
            udp_size: 4_096,
        },
        authoritative: &sockets(&["10.0.0.1:5300", "10.0.0.2:5300"]),
        zones: &zones(),
        directory: Utf8Path::new("/etc/zonesmith/powerdns"),
        control: Control {
            directory: Utf8Path::new("/run/zonesmith-recursor"),
            group: Some("pdns"),
        },
        site: Site {
            allow_from: &prefixes(&["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"]),
            may_notify: &prefixes(&["10.0.0.1/32", "10.0.0.2/32"]),
            forwards: &forwards,
            tells_of_clients: true,
            upstream: &sockets(&["192.0.2.53:53"]),
        },
    };
    recursor.render(language)
}

#[test]
fn the_authoritative_server_keeps_what_is_purged_and_nothing_else_for_long() {
    let listen = socket("127.0.0.1:5300");
    let server = |upkeep| Authoritative {
        listen: Listen::at(&listen),
        backend: Utf8Path::new("/run/zonesmith/pdns.sock"),
        control: Control::private(Utf8Path::new(DIRECTORY)),
        control_port: None,
        may_transfer: &[],
        upkeep,
        signs: true,
        hears_of_clients: false,
    };
    compare("pdns-conf", &text(&[server(Upkeep::Purged).render()]));
    let unpurged = server(Upkeep::Unpurged).render().text;
    assert!(
        unpurged.contains("\nquery-cache-ttl=5\nnegquery-cache-ttl=5\n"),
        "{unpurged}"
    );
}

#[test]
fn the_authoritative_server_is_told_all_there_is_to_tell() {
    let server = Authoritative {
        listen: Listen {
            addresses: &sockets(&["10.0.0.1:5300", "[fd00::1]:5300"]),
            non_local_bind: true,
            udp_size: 4_096,
        },
        backend: Utf8Path::new("/run/zonesmith/pdns.sock"),
        control: Control {
            directory: Utf8Path::new("/run/zonesmith-powerdns"),
            group: Some("pdns"),
        },
        control_port: Some(ControlPort {
            listen: socket("127.0.0.1:53000"),
            secret: "a-secret",
        }),
        may_transfer: &prefixes(&["10.0.0.1/32", "10.0.0.2/32"]),
        upkeep: Upkeep::Purged,
        signs: true,
        hears_of_clients: true,
    };
    compare("pdns-conf-whole", &text(&[server.render()]));
}

#[test]
fn the_recursor_is_told_in_lines() {
    let plain = recursor("127.0.0.1:5300", Language::Lines);
    compare("recursor-lines", &text(&plain));
    let whole = whole_recursor(Language::Lines);
    compare("recursor-lines-whole", &text(&whole));
}

#[test]
fn the_recursor_is_told_in_yaml() {
    let plain = recursor("[::1]:5300", Language::Yaml);
    compare("recursor-yaml", &text(&plain));
    let whole = whole_recursor(Language::Yaml);
    compare("recursor-yaml-whole", &text(&whole));
}

#[test]
fn lines_are_spoken_until_the_recursor_no_longer_reads_them() {
    for (version, language) in [
        ("4.8.8", Language::Lines),
        ("5.1.3", Language::Lines),
        ("5.2.0", Language::Yaml),
        ("5.4.9", Language::Yaml),
    ] {
        let said = format!("PowerDNS Recursor {version} (C) PowerDNS.COM BV");
        let read = Version::read(&said).unwrap();
        assert_eq!(Language::of(&read), language, "{version}");
    }
}

/// Settings that are documented for 5.2 and later (`docs/yamlsettings.rst` of the recursor, made of `rec-rust-lib/table.py`), by
/// section. One that is not among them ends the recursor.
const DOCUMENTED: [(&str, &[&str]); 7] = [
    (
        "incoming",
        &[
            "allow_from",
            "allow_notify_from",
            "listen",
            "non_local_bind",
            "udp_truncation_threshold",
            "use_incoming_edns_subnet",
        ],
    ),
    (
        "outgoing",
        &[
            "dont_throttle_netmasks",
            "edns_bufsize",
            "edns_subnet_allow_list",
            "source_address",
        ],
    ),
    ("ecs", &["add_for", "ipv4_bits", "ipv6_bits"]),
    (
        "recursor",
        &[
            "daemon",
            "forward_zones_file",
            "security_poll_suffix",
            "socket_dir",
            "socket_group",
            "socket_mode",
            "write_pid",
        ],
    ),
    ("packetcache", &["servfail_ttl"]),
    ("dnssec", &["negative_trustanchors"]),
    (
        "logging",
        &["disable_syslog", "loglevel", "quiet", "timestamp"],
    ),
];

/// Keys of a forward (`ForwardZone`) and of an anchor (`NegativeTrustAnchor`), from the same pages.
const DOCUMENTED_IN_LISTS: [&str; 6] = [
    "forwarders",
    "name",
    "notify_allowed",
    "reason",
    "recurse",
    "zone",
];

#[test]
fn every_yaml_key_is_a_documented_one() {
    let mut seen = BTreeSet::new();
    for file in whole_recursor(Language::Yaml) {
        let mut section = String::new();
        for line in file.text.lines() {
            let code = line.trim_start().trim_start_matches("- ");
            let Some((key, _)) = code.split_once(':').filter(|_| !code.starts_with('#')) else {
                continue;
            };
            match line.len() - line.trim_start().len() {
                0 if !line.starts_with('-') => key.clone_into(&mut section),
                2 if file.name == "recursor.yml" => {
                    let keys = DOCUMENTED.iter().find(|(name, _)| *name == section);
                    assert!(
                        keys.is_some_and(|(_, keys)| keys.contains(&key)),
                        "{section}.{key}"
                    );
                    seen.insert((section.clone(), key.to_owned()));
                }
                _ => assert!(DOCUMENTED_IN_LISTS.contains(&key), "{key} in {}", file.name),
            }
        }
    }
    let documented: usize = DOCUMENTED.iter().map(|(_, keys)| keys.len()).sum();
    assert_eq!(seen.len(), documented, "each is used: {seen:?}");
}
