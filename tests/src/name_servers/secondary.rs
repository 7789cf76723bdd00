//! Secondaries of three makes: each takes zones from the primary by AXFR, listens to its NOTIFY, and gives to all.

use std::fmt::Write as _;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

use super::NameServer;
use super::root::configure_nsd;
use crate::network::Network;

/// A TSIG key, HMAC-SHA256.
pub struct Key {
    /// Its name, without the last dot.
    pub name: String,
    /// Its secret, in base64.
    pub secret: String,
}

impl Key {
    /// As `dig` takes it.
    #[must_use]
    pub fn argument(&self) -> String {
        format!("hmac-sha256:{}:{}", self.name, self.secret)
    }
}

/// Where a secondary gets its zones.
#[derive(Clone, Copy)]
pub struct Primary<'text> {
    /// The primary, which both gives zones and sends NOTIFY.
    pub address: IpAddr,
    /// The zones, without the last dot; the first is waited for.
    pub zones: &'text [&'text str],
    /// What questions, transfers and NOTIFY are signed with.
    pub key: Option<&'text Key>,
}

/// BIND at this address.
///
/// # Panics
/// When it does not get the first zone.
#[must_use]
pub fn bind<'network>(
    network: &'network Network,
    address: IpAddr,
    primary: Primary<'_>,
) -> NameServer<'network> {
    start(network, "BIND", "named", address, primary, |directory| {
        let key = primary.key.map(|key| {
            format!(
                "key \"{}\" {{ algorithm hmac-sha256; secret \"{}\"; }};\n",
                key.name, key.secret
            )
        });
        let (from, signed) = (
            primary.address,
            primary.key.map(|key| format!("key \"{}\"", key.name)),
        );
        let (with, notify) = signed.map_or_else(
            || (String::new(), from.to_string()),
            |signed| (format!(" {signed}"), signed),
        );
        let place = directory.display();
        let mut text = key.unwrap_or_default();
        let _ = writeln!(
            text,
            "options {{ directory \"{place}\"; pid-file none; session-keyfile none; listen-on {{ {address}; }}; \
             listen-on-v6 {{ none; }}; recursion no; notify no; dnssec-validation no; empty-zones-enable no; \
             allow-transfer {{ any; }}; transfer-source {address}; request-ixfr yes; serial-query-rate 1000; }};\n\
             controls {{ }};"
        );
        for zone in primary.zones {
            let _ = writeln!(
                text,
                "zone \"{zone}\" {{ type secondary; file \"{zone}.zone\"; masterfile-format text; \
                 primaries {{ {from}{with}; }}; allow-notify {{ {notify}; }}; }};"
            );
        }
        let file = directory.join("named.conf");
        fs::write(&file, text).expect("write named.conf");
        vec!["-g".to_owned(), "-c".to_owned(), file.display().to_string()]
    })
}

/// NSD at this address.
///
/// # Panics
/// When it does not get the first zone.
#[must_use]
pub fn nsd<'network>(
    network: &'network Network,
    address: IpAddr,
    primary: Primary<'_>,
) -> NameServer<'network> {
    start(network, "NSD", "nsd", address, primary, |directory| {
        let mut text = format!("  ip-address: {address}\n");
        if let Some(key) = primary.key {
            let Key { name, secret } = key;
            let _ = writeln!(
                text,
                "key:\n  name: \"{name}\"\n  algorithm: hmac-sha256\n  secret: \"{secret}\""
            );
        }
        let (from, key) = (
            primary.address,
            primary.key.map_or("NOKEY", |key| &key.name),
        );
        for zone in primary.zones {
            let _ = writeln!(
                text,
                "zone:\n  name: \"{zone}\"\n  zonefile: \"{zone}.zone\"\n  request-xfr: AXFR {from}@53 {key}\n  \
                 allow-notify: {from} {key}\n  outgoing-interface: {address}\n  provide-xfr: 0.0.0.0/0 NOKEY"
            );
        }
        configure_nsd(directory, &text)
    })
}

/// Knot DNS at this address.
///
/// # Panics
/// When it does not get the first zone.
#[must_use]
pub fn knot<'network>(
    network: &'network Network,
    address: IpAddr,
    primary: Primary<'_>,
) -> NameServer<'network> {
    start(
        network,
        "Knot DNS",
        "knotd",
        address,
        primary,
        |directory| {
            let place = directory.display();
            let mut text = format!(
                "server:\n  rundir: {place}\n  listen: {address}@53\nlog:\n- target: stderr\n  any: info\n\
             database:\n  storage: {place}\n  journal-db-max-size: 64M\n"
            );
            let mut key_line = "";
            let key_name;
            if let Some(Key { name, secret }) = primary.key {
                let _ = writeln!(
                    text,
                    "key:\n- id: {name}\n  algorithm: hmac-sha256\n  secret: {secret}"
                );
                key_name = format!("  key: {name}\n");
                key_line = &key_name;
            }
            let from = primary.address;
            let _ = write!(
                text,
                "remote:\n- id: primary\n  address: {from}@53\n  via: {address}\n{key_line}\
             acl:\n- id: notify\n  address: {from}\n  action: notify\n{key_line}\
             - id: transfer\n  address: 0.0.0.0/0\n  action: transfer\n\
             template:\n- id: default\n  storage: {place}\n  master: primary\n  acl: [ notify, transfer ]\nzone:\n"
            );
            for zone in primary.zones {
                let _ = writeln!(text, "- domain: {zone}");
            }
            let file = directory.join("knot.conf");
            fs::write(&file, text).expect("write knot.conf");
            vec!["-c".to_owned(), file.display().to_string()]
        },
    )
}

/// Runs a secondary until it has all zones.
fn start<'network>(
    network: &'network Network,
    name: &'static str,
    program: &str,
    address: IpAddr,
    primary: Primary<'_>,
    arrange: impl FnOnce(&Path) -> Vec<String>,
) -> NameServer<'network> {
    let first = primary.zones.first().expect("a zone");
    let server = NameServer::start(network, name, program, address, first, arrange);
    for zone in primary.zones {
        crate::until(
            &format!("{name} has {zone}"),
            || server.serial(zone),
            || server.log(),
        );
    }
    server
}
