//! `pdns.conf`, for a server that asks the daemon and keeps the answers until it is told to forget them.

use std::net::SocketAddr;

use camino::{Utf8Path, Utf8PathBuf};
use zonesmith_cluster::IpPrefix;

use super::lines::{Lines, comma_separated};
use super::{Control, File, Listen, with_loopback};

/// How long an answer may stay in a query cache that somebody purges, in seconds: long, since the purge is what keeps it
/// right; not for ever, so that whatever nobody purged is right again within the hour.
const PURGED_TTL: u32 = 3_600;

/// How long an answer may stay where nobody purges: it is what a change takes to be seen.
const UNPURGED_TTL: u32 = 5;

/// Who keeps the caches right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upkeep {
    /// A janitor purges what changed.
    Purged,
    /// Nobody does.
    Unpurged,
}

/// A port that does what the control socket does, for who knows the secret.
#[derive(Debug, Clone, Copy)]
pub struct ControlPort<'a> {
    /// Where it is, on the loopback.
    pub listen: SocketAddr,
    /// What has to be said first.
    pub secret: &'a str,
}

/// What the server is told.
#[derive(Debug, Clone)]
pub struct Authoritative<'a> {
    /// Where it answers.
    pub listen: Listen<'a>,
    /// The daemon's socket.
    pub backend: &'a Utf8Path,
    /// By which its caches are purged.
    pub control: Control<'a>,
    /// Its control port, if it has one besides that.
    pub control_port: Option<ControlPort<'a>>,
    /// Who may transfer whole zones, beside programs on this machine that ask its loopback, and beside holders of a key.
    pub may_transfer: &'a [IpPrefix],
    /// Who keeps its caches right.
    pub upkeep: Upkeep,
    /// Whether it signs zones that have keys.
    pub signs: bool,
    /// Whether it hands on which network a client is in, as its resolver tells it.
    pub hears_of_clients: bool,
}

impl Authoritative<'_> {
    /// The file that is given in `--config-dir`.
    #[must_use]
    pub fn render(&self) -> File {
        let ttl = match self.upkeep {
            Upkeep::Purged => PURGED_TTL,
            Upkeep::Unpurged => UNPURGED_TTL,
        };
        let lines = Lines::new(
            "PowerDNS, as zonesmith configures it: every cache that can be purged exactly is on.",
        )
        .set(
            "Answers come from the daemon's socket; 2 s is when it counts as silent.",
            "launch",
            "remote",
        )
        .and(
            "remote-connection-string",
            format!("unix:path={},timeout=2000", self.backend),
        );
        let lines = self
            .listen(lines)
            .set("Who may transfer whole zones without a key.", "allow-axfr-ips", with_loopback(self.may_transfer).join(","))
            .set("Off: an answer of several names (a chain, an SRV) can only be forgotten by the name that was asked for.", "cache-ttl", 0)
            .set("On: an entry is one name, and is purged by it. This is where the speed is.", "query-cache-ttl", ttl)
            .and("negquery-cache-ttl", ttl)
            .set("Which zones there are, in seconds; a zone that comes or goes is told by REDISCOVER.", "zone-cache-refresh-interval", 30)
            .set("With `primary` or `secondary` it would end whenever the daemon is away; who follows is told by the daemon.", "primary", "no")
            .and("secondary", "no")
            .set("Zones with keys are signed.", "remote-dnssec", if self.signs { "yes" } else { "no" })
            .with(self.hears_of_clients.then_some("yes"), |lines, yes| {
                lines.set(
                    "A policy chooses by the network of the client, which is not that of the resolver who asks.",
                    "edns-subnet-processing",
                    yes,
                )
            })
            .set("The control socket, by which names are purged.", "socket-dir", self.control.directory)
            .with(self.control.group, |lines, group| {
                lines.set("Members of this group may use it.", "setgid", group)
            })
            .with(self.control_port, |lines, port| {
                lines
                    .set("The control port, for when the socket cannot be used; this machine alone may speak to it.", "tcp-control-address", port.listen.ip())
                    .and("tcp-control-port", port.listen.port())
                    .and("tcp-control-range", "127.0.0.0/8,::1")
                    .and("tcp-control-secret", port.secret)
            })
            .set("It stays in the foreground, and is run again by who runs it.", "daemon", "no")
            .and("guardian", "no")
            .and("write-pid", "no")
            .set("Errors alone: each purged name would be a line.", "loglevel", 3)
            .and("disable-syslog", "yes")
            .and("log-timestamp", "no")
            .set("It asks nobody on the Internet how old it is.", "security-poll-suffix", "");
        File {
            name: "pdns.conf",
            text: lines.text(),
        }
    }

    fn listen(&self, lines: Lines) -> Lines {
        let Listen {
            addresses,
            non_local_bind,
            udp_size,
        } = self.listen;
        let reason = "Where it answers.";
        let lines = match one_port(addresses) {
            // The port for itself, so that whoever runs it can name another one.
            Some(port) => lines
                .set(
                    reason,
                    "local-address",
                    comma_separated(addresses.iter().map(SocketAddr::ip)),
                )
                .and("local-port", port),
            None => lines.set(reason, "local-address", comma_separated(addresses)),
        };
        let lines = if non_local_bind {
            lines.set(
                "Also where the machine does not have the address yet: it may come from another node.",
                "non-local-bind",
                "yes",
            )
        } else {
            lines
        };
        lines.set(
            "Largest answer in one datagram; who gets less asks again by TCP.",
            "udp-truncation-threshold",
            udp_size,
        )
    }

    /// The socket by which its caches are purged.
    #[must_use]
    pub fn control_socket(&self) -> Utf8PathBuf {
        self.control.directory.join("pdns.controlsocket")
    }
}

/// The port of all of them, if it is one.
fn one_port(addresses: &[SocketAddr]) -> Option<u16> {
    let port = addresses.first()?.port();
    addresses
        .iter()
        .all(|address| address.port() == port)
        .then_some(port)
}
