//! PowerDNS on a daemon's socket, at the addresses that the zones say their name servers have.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use super::NameServer;
use crate::network::Network;

/// How PowerDNS is run.
pub struct Settings<'text> {
    /// The daemon's `pdns.sock`.
    pub socket: &'text Path,
    /// Where it listens.
    pub addresses: &'text [IpAddr],
    /// The directory of its control socket, [`CONTROL_SOCKET`].
    pub control: &'text Path,
    /// More lines of `pdns.conf`.
    pub lines: &'text str,
}

/// The name of its control socket.
pub const CONTROL_SOCKET: &str = "pdns.controlsocket";

/// Runs PowerDNS until it answers for `zone`.
///
/// # Panics
/// When it does not answer, with its log.
#[must_use]
pub fn start<'network>(
    network: &'network Network,
    zone: &str,
    settings: &Settings<'_>,
) -> NameServer<'network> {
    let Settings {
        socket,
        addresses,
        control,
        lines,
    } = settings;
    let first = addresses.first().copied().expect("an address to listen on");
    let arrange = |directory: &Path| {
        let listed: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let configuration = format!(
            "launch=remote\nremote-connection-string=unix:path={}\nlocal-address={}\nlocal-port=53\n\
             socket-dir={}\nsetuid=\nsetgid=\n{lines}\n",
            socket.display(),
            listed.join(","),
            control.display()
        );
        fs::write(directory.join("pdns.conf"), configuration).expect("write pdns.conf");
        ["--guardian=no", "--daemon=no", "--disable-syslog"]
            .map(str::to_owned)
            .into_iter()
            .chain([format!("--config-dir={}", directory.display())])
            .collect()
    };
    NameServer::start(network, "PowerDNS", "pdns_server", first, zone, arrange)
}

impl NameServer<'_> {
    /// Runs `pdnsutil` with the configuration of this server; what it prints.
    ///
    /// # Panics
    /// When it fails, with what it said.
    pub fn pdnsutil(&self, arguments: &[&str]) -> String {
        self.configured("pdnsutil", arguments)
    }

    /// Makes it forget all it read from us: answers, keys, metadata.
    ///
    /// # Panics
    /// When it does not.
    pub fn forget(&self) {
        self.configured("pdns_control", &["purge"]);
    }

    fn configured(&self, program: &str, arguments: &[&str]) -> String {
        let place = format!("--config-dir={}", self.directory.path().display());
        let mut all = vec![place.as_str()];
        all.extend(arguments);
        let answer = self.network.run(program, &all);
        assert_eq!(answer.code, 0, "{program} {arguments:?}: {answer:?}");
        answer.output
    }
}
