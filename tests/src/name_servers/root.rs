//! A root of our own: the first servers of the real one, at their addresses, with a zone that delegates ours to their
//! name servers. Whoever walks down from the root meets our zones as the world would if they were public.

use std::fmt::Write as _;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

use super::NameServer;
use crate::network::Network;

/// Name and address of each root server.
const SERVERS: [(&str, &str, &str); 3] = [
    ("a.root-servers.net.", "A", "198.41.0.4"),
    ("a.root-servers.net.", "AAAA", "2001:503:ba3e::2:30"),
    ("b.root-servers.net.", "A", "170.247.170.2"),
];

/// The root servers, by name and address.
pub fn servers() -> impl Iterator<Item = (&'static str, IpAddr)> {
    SERVERS
        .iter()
        .map(|(name, _, address)| (*name, parsed(address)))
}

/// The addresses of the root servers, for the network they are to be in.
#[must_use]
pub fn addresses() -> Vec<IpAddr> {
    servers().map(|(_, address)| address).collect()
}

/// The root servers as a hints file.
#[must_use]
pub fn hints() -> String {
    let mut text = String::new();
    for (name, rrtype, address) in SERVERS {
        let _ = writeln!(
            text,
            ". 3600000 NS {name}\n{name} 3600000 {rrtype} {address}"
        );
    }
    text
}

/// Runs the root. `delegations` are its records beside its own: NS, glue, DS, each with an absolute owner.
///
/// # Panics
/// When NSD does not run.
#[must_use]
pub fn start<'network>(network: &'network Network, delegations: &str) -> NameServer<'network> {
    let [(_, _, address), ..] = SERVERS;
    NameServer::start(
        network,
        "the root",
        "nsd",
        parsed(address),
        ".",
        |directory| {
            let mut zone =
                "$TTL 3600\n. SOA a.root-servers.net. root.example. 1 1800 900 604800 86400\n"
                    .to_owned();
            let mut listen = String::new();
            for (name, rrtype, address) in SERVERS {
                let _ = writeln!(zone, ". NS {name}\n{name} {rrtype} {address}");
                let _ = writeln!(listen, "  ip-address: {address}");
            }
            zone.push_str(delegations);
            fs::write(directory.join("root.zone"), zone).expect("write the root zone");
            let own = format!("{listen}zone:\n  name: \".\"\n  zonefile: \"root.zone\"\n");
            configure_nsd(directory, &own)
        },
    )
}

/// Writes `nsd.conf` for a server without privileges to drop, and returns NSD's arguments.
pub(super) fn configure_nsd(directory: &Path, own: &str) -> Vec<String> {
    let place = directory.display();
    let text = format!(
        "server:\n  username: \"\"\n  chroot: \"\"\n  database: \"\"\n  zonesdir: \"{place}\"\n  pidfile: \"{place}/nsd.pid\"\n  \
         xfrdfile: \"{place}/xfrd.state\"\n  xfrdir: \"{place}\"\n  zonelistfile: \"{place}/zone.list\"\n  server-count: 1\n  \
         verbosity: 2\n  xfrd-reload-timeout: 0\nremote-control:\n  control-enable: no\nserver:\n{own}"
    );
    let file = directory.join("nsd.conf");
    fs::write(&file, text).expect("write nsd.conf");
    vec!["-d".to_owned(), "-c".to_owned(), file.display().to_string()]
}

fn parsed(address: &str) -> IpAddr {
    address.parse().expect("the address of a root server")
}
