//! The demo in a network of its own: its nodes are its name servers, and a root may delegate its zones to them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::json;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::{self, Document};
use zonesmith_tests::name_servers::records;
use zonesmith_tests::network::Network;

use crate::BINARY;

/// The demo's nodes, two addresses of each family, where PowerDNS listens.
const NAMESERVERS: [&str; 4] = ["10.60.0.1", "10.60.0.2", "fd00:60::1", "fd00:60::2"];

/// The addresses of the demo's name servers.
pub(crate) fn nameservers() -> Vec<IpAddr> {
    NAMESERVERS
        .iter()
        .map(|address| address.parse().unwrap())
        .collect()
}

/// The demo of the README, but with these name servers.
pub(crate) fn document() -> Document {
    document::demo().set("/cluster/dns", json!(NAMESERVERS))
}

/// A daemon for it, with this configuration.
pub(crate) fn serve(network: &Network, configuration: &str) -> Daemon {
    Start {
        configuration: configuration.to_owned(),
        entrance: network.entrance().to_vec(),
        ..Start::new(BINARY, &document())
    }
    .serve()
}

/// Its zones, forward and reverse, without the last dot.
pub(crate) fn zones(daemon: &Daemon) -> Vec<String> {
    let reply = daemon
        .connect()
        .ask("getAllDomains", &json!({ "include_disabled": true }));
    let zones = reply["result"].as_array().unwrap().iter();
    let zones: Vec<String> = zones
        .map(|zone| {
            zone["zone"]
                .as_str()
                .unwrap()
                .trim_end_matches('.')
                .to_owned()
        })
        .collect();
    assert!(zones.len() > 19, "the private zones are there: {zones:?}");
    zones
}

/// A zone as `dump` prints it: a master file.
pub(crate) fn dump(daemon: &Daemon, zone: &str) -> String {
    daemon.run(&["dump", zone, "--format", "zone"]).good()
}

/// What the parent of these zones has of them: their NS records, and addresses as glue.
pub(crate) fn delegations(daemon: &Daemon, zones: &[&str]) -> String {
    let mut delegations: BTreeSet<String> = zones
        .iter()
        .flat_map(|zone| records(&dump(daemon, zone)))
        .filter(|record| record.contains(" IN NS "))
        .collect();
    let targets: BTreeSet<String> = delegations
        .iter()
        .filter_map(|record| record.split(' ').next_back().map(str::to_owned))
        .collect();
    delegations.extend(records(&dump(daemon, "demo")).into_iter().filter(|record| {
        let words: Vec<&str> = record.split(' ').collect();
        targets.contains(words[0]) && ["A", "AAAA"].contains(&words[3])
    }));
    let mut text = Vec::from_iter(delegations).join("\n");
    text.push('\n');
    text
}
