//! What the recursor is told, in the language of its version: lines up to 5.0, YAML from 5.1 on (it is the only one from 5.2
//! on, and the first in which a negative trust anchor can be written).
//!
//! Every zone is forwarded by name, reverse zones among them: the recursor answers for 10/8 and other private networks by
//! itself, with "no such name", unless there is a forward of exactly that zone. Zones come and go, so forwards stand in a
//! file of their own, which is read again (`reload-zones`); negative trust anchors of later zones are added by `add-nta`.

use std::net::SocketAddr;

use camino::{Utf8Path, Utf8PathBuf};
use zonesmith_zone::name::Name;

use super::lines::Lines;
use super::program::Version;
use super::yaml::{Yaml, list, quoted};
use super::{File, reached};

/// Who may have names forgotten by NOTIFY: programs on this machine, which come from where they ask it, too.
const MAY_NOTIFY: [&str; 2] = ["127.0.0.0/8", "::1/128"];

/// What a negative trust anchor says of itself.
pub const ANCHOR_REASON: &str = "served by zonesmith";

const WHAT: &str = "The PowerDNS recursor, as zonesmith configures it: all caches on, every zone of the cluster forwarded.";

/// Reasons that both languages give.
mod reason {
    pub(super) const LISTEN: &str =
        "Where it answers, and by default nobody but private addresses.";
    pub(super) const FORWARDS: &str =
        "The zones of the cluster, and who answers for them; read again by reload-zones.";
    pub(super) const ANCHORS: &str = "The signed root knows nothing of these zones: without this, who asks for authenticated data gets SERVFAIL.";
    pub(super) const NOTIFY: &str = "Who may have names forgotten by NOTIFY.";
    pub(super) const SERVFAIL: &str =
        "A failure is not kept: the next question shall reach a server that is back.";
    pub(super) const THROTTLE: &str = "Nor is a server left alone, or a question to it, because it failed before: it is back as soon as it answers.";
    pub(super) const OUTGOING: &str = "It asks over IPv6, too: that is how the zones are reached.";
    pub(super) const SOCKET: &str = "The control socket, by which names are purged.";
    pub(super) const FOREGROUND: &str =
        "It stays in the foreground, and is run again by who runs it.";
    pub(super) const LOG: &str = "Errors alone; who reads the log adds the time.";
    pub(super) const SECURITY: &str = "It asks nobody on the Internet how old it is.";
}

/// The language of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// `name=value`, and Lua for the rest.
    Lines,
    /// YAML.
    Yaml,
}

impl Language {
    /// The one to speak with this version.
    #[must_use]
    pub fn of(version: &Version) -> Self {
        if version.is_at_least(5, 1) {
            Self::Yaml
        } else {
            Self::Lines
        }
    }
}

/// What the recursor is told.
#[derive(Debug, Clone)]
pub struct Recursor<'a> {
    /// Where it answers.
    pub listen: SocketAddr,
    /// Who answers for the zones.
    pub authoritative: SocketAddr,
    /// Apexes of all zones.
    pub zones: &'a [Name],
    /// Where it makes its control socket, and where its files are.
    pub directory: &'a Utf8Path,
}

impl Recursor<'_> {
    /// All files in the directory that is given in `--config-dir`.
    #[must_use]
    pub fn render(&self, language: Language) -> Vec<File> {
        match language {
            Language::Lines => vec![self.lines(), self.lua(), self.forwards(language)],
            Language::Yaml => vec![self.yaml(), self.forwards(language)],
        }
    }

    /// The file that lists the zones, alone: for when they are others.
    #[must_use]
    pub fn forwards(&self, language: Language) -> File {
        let server = self.authoritative;
        match language {
            Language::Lines => File {
                name: "forward.conf",
                // `^`: names of this zone may be forgotten by NOTIFY.
                text: self
                    .zones()
                    .map(|zone| format!("^{zone}={server}\n"))
                    .collect(),
            },
            Language::Yaml => File {
                name: "forward.yml",
                text: self
                    .zones()
                    .map(|zone| {
                        let (zone, server) = (quoted(zone), quoted(server));
                        format!(
                            "- zone: {zone}\n  forwarders: [{server}]\n  notify_allowed: true\n"
                        )
                    })
                    .collect(),
            },
        }
    }

    /// The socket by which its caches are purged.
    #[must_use]
    pub fn control_socket(&self) -> Utf8PathBuf {
        self.directory.join("pdns_recursor.controlsocket")
    }

    fn zones(&self) -> impl Iterator<Item = &Name> {
        self.zones.iter().filter(|zone| is_plain(zone))
    }

    fn may_notify(&self) -> Vec<String> {
        let own = reached(self.listen).ip();
        let mut networks = MAY_NOTIFY.map(str::to_owned).to_vec();
        if !own.is_loopback() {
            networks.push(own.to_string());
        }
        networks
    }

    fn file(&self, name: &str) -> Utf8PathBuf {
        self.directory.join(name)
    }

    fn lines(&self) -> File {
        let mut lines = Lines::new(WHAT)
            .set(reason::LISTEN, "local-address", self.listen)
            .set(
                reason::FORWARDS,
                "forward-zones-file",
                self.file("forward.conf"),
            )
            .set(
                reason::ANCHORS,
                "lua-config-file",
                self.file("recursor.lua"),
            )
            .set(
                reason::NOTIFY,
                "allow-notify-from",
                self.may_notify().join(","),
            )
            .set(reason::SERVFAIL, "packetcache-servfail-ttl", 0)
            .set(
                reason::THROTTLE,
                "dont-throttle-netmasks",
                self.authoritative.ip(),
            );
        if self.authoritative.is_ipv6() {
            lines = lines.set(reason::OUTGOING, "query-local-address", "0.0.0.0,::");
        }
        let lines = lines
            .set(reason::SOCKET, "socket-dir", self.directory)
            .set(reason::FOREGROUND, "daemon", "no")
            .and("write-pid", "no")
            .set(reason::LOG, "loglevel", 3)
            .and("quiet", "yes")
            .and("disable-syslog", "yes")
            .and("log-timestamp", "no")
            .set(reason::SECURITY, "security-poll-suffix", "");
        File {
            name: "recursor.conf",
            text: lines.text(),
        }
    }

    fn lua(&self) -> File {
        let anchors = self
            .zones()
            .map(|zone| format!("addNTA(\"{zone}\", \"{ANCHOR_REASON}\")\n"));
        File {
            name: "recursor.lua",
            text: format!("-- {}\n{}", reason::ANCHORS, anchors.collect::<String>()),
        }
    }

    fn yaml(&self) -> File {
        let anchors: String = self
            .zones()
            .map(|zone| {
                let (zone, why) = (quoted(zone), quoted(ANCHOR_REASON));
                format!("\n    - name: {zone}\n      reason: {why}")
            })
            .collect();
        let anchors = if anchors.is_empty() {
            "[]".to_owned()
        } else {
            anchors
        };
        let mut yaml = Yaml::new(WHAT)
            .section("incoming")
            .set(reason::LISTEN, "listen", list([self.listen]))
            .set(reason::NOTIFY, "allow_notify_from", list(self.may_notify()));
        yaml = yaml.section("outgoing").set(
            reason::THROTTLE,
            "dont_throttle_netmasks",
            list([self.authoritative.ip()]),
        );
        if self.authoritative.is_ipv6() {
            yaml = yaml.set(reason::OUTGOING, "source_address", list(["0.0.0.0", "::"]));
        }
        let yaml = yaml
            .section("recursor")
            .set(
                reason::FORWARDS,
                "forward_zones_file",
                quoted(self.file("forward.yml")),
            )
            .set(reason::SOCKET, "socket_dir", quoted(self.directory))
            .set(reason::FOREGROUND, "daemon", false)
            .set(reason::FOREGROUND, "write_pid", false)
            .set(reason::SECURITY, "security_poll_suffix", quoted(""))
            .section("packetcache")
            .set(reason::SERVFAIL, "servfail_ttl", 0)
            .section("dnssec")
            .set(reason::ANCHORS, "negative_trustanchors", anchors)
            .section("logging")
            .set(reason::LOG, "loglevel", 3)
            .set(reason::LOG, "quiet", true)
            .set(reason::LOG, "disable_syslog", true)
            .set(reason::LOG, "timestamp", false);
        File {
            name: "recursor.yml",
            text: yaml.text(),
        }
    }
}

/// Whether a name means itself in a file of forwards, in Lua, and on the control socket. Others are not forwarded: no host
/// has such a name.
#[must_use]
pub fn is_plain(name: &Name) -> bool {
    let text = name.to_string();
    text.bytes()
        .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_' | b'/'))
}
