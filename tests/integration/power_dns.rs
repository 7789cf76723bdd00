//! What PowerDNS is told, as text: a change of it is seen here before any server sees it.

use camino::Utf8Path;
use zonesmith::power_dns::File;
use zonesmith::power_dns::authoritative::{Authoritative, Upkeep};
use zonesmith::power_dns::recursor::{Language, Recursor};
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

fn recursor(authoritative: &str, language: Language) -> String {
    // The last one would mean something in Lua, and in a file of forwards: no host has such a name.
    let zones = [
        "cluster1",
        "10.in-addr.arpa",
        "0/25.2.0.192.in-addr.arpa",
        r"a\032b\.c",
    ];
    let zones = zones.map(|zone| Name::parse(zone).unwrap());
    let recursor = Recursor {
        listen: "10.0.0.1:53".parse().unwrap(),
        authoritative: authoritative.parse().unwrap(),
        zones: &zones,
        directory: Utf8Path::new(DIRECTORY),
    };
    text(&recursor.render(language))
}

#[test]
fn the_authoritative_server_keeps_what_is_purged_and_nothing_else_for_long() {
    let server = |upkeep| Authoritative {
        listen: "127.0.0.1:5300".parse().unwrap(),
        backend: Utf8Path::new("/run/zonesmith/pdns.sock"),
        directory: Utf8Path::new(DIRECTORY),
        control_port: None,
        upkeep,
        signs: true,
    };
    compare("pdns-conf", &text(&[server(Upkeep::Purged).render()]));
    let unpurged = server(Upkeep::Unpurged).render().text;
    assert!(
        unpurged.contains("\nquery-cache-ttl=5\nnegquery-cache-ttl=5\n"),
        "{unpurged}"
    );
}

#[test]
fn the_recursor_is_told_in_lines() {
    compare(
        "recursor-lines",
        &recursor("127.0.0.1:5300", Language::Lines),
    );
}

#[test]
fn the_recursor_is_told_in_yaml() {
    compare("recursor-yaml", &recursor("[::1]:5300", Language::Yaml));
}
