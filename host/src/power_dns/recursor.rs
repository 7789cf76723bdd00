//! What the recursor is told, in the language of its version: lines before 5.2, YAML from 5.2 on, which does not read them any
//! more.
//!
//! Every zone is forwarded by name, reverse zones among them: the recursor answers for 10/8 and other private networks by
//! itself, with "no such name", unless there is a forward of exactly that zone. Zones come and go, so forwards stand in a
//! file of their own, which is read again (`reload-zones`); negative trust anchors of later zones are added by `add-nta`.
//! What a site forwards itself, and whom it asks for everything else, stands in the same file.

use std::net::{IpAddr, SocketAddr};

use camino::{Utf8Path, Utf8PathBuf};
use zonesmith_cluster::IpPrefix;
use zonesmith_zone::name::Name;

use super::lines::{Lines, comma_separated};
use super::program::Version;
use super::site::{Forward, Site};
use super::yaml::{Yaml, list, quoted};
use super::{Control, File, Listen, with_loopback};
use asked::{Asked, Manner};

mod asked;

/// Every address.
const EVERYONE: [&str; 2] = ["0.0.0.0/0", "::/0"];

/// What a negative trust anchor says of itself.
pub const ANCHOR_REASON: &str = "served by zonesmith";

const WHAT: &str = "The PowerDNS recursor, as zonesmith configures it: all caches on, every zone of the cluster forwarded.";

/// Reasons that both languages give.
mod reason {
    pub(super) const LISTEN: &str = "Where it answers.";
    pub(super) const NON_LOCAL: &str =
        "Also where the machine does not have the address yet: it may come from another node.";
    pub(super) const ALLOW: &str = "Who may ask: what resolves for everyone is misused.";
    pub(super) const UDP_SIZE: &str =
        "Largest answer in one datagram; who gets less asks again by TCP.";
    pub(super) const FORWARDS: &str =
        "The zones of the cluster, and who answers for them; read again by reload-zones.";
    pub(super) const ANCHORS: &str = "The signed root knows nothing of these zones: without this, who asks for authenticated data gets SERVFAIL.";
    pub(super) const NOTIFY: &str = "Who may have names forgotten by NOTIFY.";
    pub(super) const SERVFAIL: &str =
        "A failure is not kept: the next question shall reach a server that is back.";
    pub(super) const THROTTLE: &str = "Nor is a server left alone, or a question to it, because it failed before: it is back as soon as it answers.";
    pub(super) const CLIENTS: &str = "A policy chooses by the address of the client: who answers for the zones is told all of it, and keeps it to itself. Private ones, too: that is where clients are.";
    pub(super) const TOLD: &str = "Nobody else is told.";
    pub(super) const INCOMING: &str =
        "A client speaks for itself alone: what it says of others is not believed.";
    pub(super) const OUTGOING: &str = "It asks over IPv6, too: that is how the zones are reached.";
    pub(super) const SOCKET: &str = "The control socket, by which names are purged.";
    pub(super) const GROUP: &str = "Members of this group may use it.";
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
        if version.is_at_least(5, 2) {
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
    pub listen: Listen<'a>,
    /// Who answers for the zones. It asks the fastest of several, and others when that one is silent.
    pub authoritative: &'a [SocketAddr],
    /// Apexes of all zones.
    pub zones: &'a [Name],
    /// Where its files are.
    pub directory: &'a Utf8Path,
    /// By which its caches are purged.
    pub control: Control<'a>,
    /// What else is wanted of it.
    pub site: Site<'a>,
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
        let asked = self.asked();
        match language {
            Language::Lines => File {
                name: "forward.conf",
                text: asked.iter().map(Asked::line).collect(),
            },
            Language::Yaml => File {
                name: "forward.yml",
                text: if asked.is_empty() {
                    "[]\n".to_owned()
                } else {
                    asked.iter().map(Asked::yaml).collect()
                },
            },
        }
    }

    /// The socket by which its caches are purged.
    #[must_use]
    pub fn control_socket(&self) -> Utf8PathBuf {
        self.control.directory.join("pdns_recursor.controlsocket")
    }

    /// Zones whose records carry no signatures that the root knows of: all of the cluster, and those of the site.
    #[must_use]
    pub fn unsigned(&self) -> Vec<&Name> {
        self.zones()
            .chain(self.site_forwards().map(|forward| &forward.zone))
            .collect()
    }

    fn zones(&self) -> impl Iterator<Item = &Name> {
        self.zones.iter().filter(|zone| is_plain(zone))
    }

    /// A zone of the cluster is the cluster's, whatever the site says.
    fn site_forwards(&self) -> impl Iterator<Item = &Forward> {
        let forwards = self.site.forwards.iter();
        forwards.filter(|forward| is_plain(&forward.zone) && !self.zones.contains(&forward.zone))
    }

    /// Everything that it asks certain servers for.
    fn asked(&self) -> Vec<Asked<'_>> {
        let zones = self.zones().map(|zone| Asked {
            zone: zone.to_string(),
            servers: self.authoritative,
            manner: Manner::Answers,
        });
        let forwards = self.site_forwards().map(|forward| Asked {
            zone: forward.zone.to_string(),
            servers: &forward.servers,
            manner: Manner::LooksUp,
        });
        let upstream = Some(self.site.upstream).filter(|servers| !servers.is_empty());
        let upstream = upstream.map(|servers| Asked {
            zone: ".".to_owned(),
            servers,
            manner: Manner::LooksUp,
        });
        zones.chain(forwards).chain(upstream).collect()
    }

    /// Whether anyone is asked over IPv6, which it does not do by itself.
    fn asks_over_ipv6(&self) -> bool {
        self.asked()
            .iter()
            .flat_map(|asked| asked.servers)
            .chain(self.authoritative)
            .any(SocketAddr::is_ipv6)
    }

    fn authoritative_addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.authoritative.iter().map(SocketAddr::ip)
    }

    /// Those who are told which network a client is in, by their addresses.
    fn told_of_clients(&self) -> Option<Vec<IpAddr>> {
        let servers = || self.authoritative_addresses().collect();
        self.site.tells_of_clients.then(servers)
    }

    fn allow_from(&self) -> Option<&[IpPrefix]> {
        Some(self.site.allow_from).filter(|prefixes| !prefixes.is_empty())
    }

    fn file(&self, name: &str) -> Utf8PathBuf {
        self.directory.join(name)
    }

    fn lines(&self) -> File {
        let Listen {
            addresses,
            non_local_bind,
            udp_size,
        } = self.listen;
        let lines = Lines::new(WHAT)
            .set(reason::LISTEN, "local-address", comma_separated(addresses))
            .with(non_local_bind.then_some("yes"), |lines, yes| {
                lines.set(reason::NON_LOCAL, "non-local-bind", yes)
            })
            .with(self.allow_from(), |lines, prefixes| {
                lines.set(reason::ALLOW, "allow-from", comma_separated(prefixes))
            })
            .set(reason::UDP_SIZE, "udp-truncation-threshold", udp_size)
            .and("edns-outgoing-bufsize", udp_size)
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
                with_loopback(self.site.may_notify).join(","),
            )
            .set(reason::SERVFAIL, "packetcache-servfail-ttl", 0)
            .set(
                reason::THROTTLE,
                "dont-throttle-netmasks",
                comma_separated(self.authoritative_addresses()),
            )
            .with(
                self.asks_over_ipv6().then_some("0.0.0.0,::"),
                |lines, any| lines.set(reason::OUTGOING, "query-local-address", any),
            )
            .with(self.told_of_clients(), |lines, servers| {
                lines
                    .set(reason::CLIENTS, "ecs-add-for", comma_separated(EVERYONE))
                    .and("ecs-ipv4-bits", 32)
                    .and("ecs-ipv6-bits", 128)
                    .set(
                        reason::TOLD,
                        "edns-subnet-allow-list",
                        comma_separated(servers),
                    )
                    .set(reason::INCOMING, "use-incoming-edns-subnet", "no")
            })
            .set(reason::SOCKET, "socket-dir", self.control.directory)
            .with(self.control.group, |lines, group| {
                lines
                    .set(reason::GROUP, "socket-group", group)
                    .and("socket-mode", "660")
            })
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
        let zones = self.unsigned();
        let anchors = zones
            .iter()
            .map(|zone| format!("addNTA(\"{zone}\", \"{ANCHOR_REASON}\")\n"));
        File {
            name: "recursor.lua",
            text: format!("-- {}\n{}", reason::ANCHORS, anchors.collect::<String>()),
        }
    }

    fn anchors(&self) -> String {
        let zones = self.unsigned();
        if zones.is_empty() {
            return "[]".to_owned();
        }
        let anchor = |zone: &&Name| {
            let (zone, why) = (quoted(zone), quoted(ANCHOR_REASON));
            format!("\n    - name: {zone}\n      reason: {why}")
        };
        zones.iter().map(anchor).collect()
    }

    fn yaml(&self) -> File {
        let Listen {
            addresses,
            non_local_bind,
            udp_size,
        } = self.listen;
        let yaml = Yaml::new(WHAT)
            .section("incoming")
            .set(reason::LISTEN, "listen", list(addresses))
            .with(non_local_bind.then_some(true), |yaml, yes| {
                yaml.set(reason::NON_LOCAL, "non_local_bind", yes)
            })
            .with(self.allow_from(), |yaml, prefixes| {
                yaml.set(reason::ALLOW, "allow_from", list(prefixes))
            })
            .set(reason::UDP_SIZE, "udp_truncation_threshold", udp_size)
            .set(
                reason::NOTIFY,
                "allow_notify_from",
                list(with_loopback(self.site.may_notify)),
            )
            .with(self.told_of_clients(), |yaml, _| {
                yaml.set(reason::INCOMING, "use_incoming_edns_subnet", false)
            })
            .section("outgoing")
            .set(reason::UDP_SIZE, "edns_bufsize", udp_size)
            .set(
                reason::THROTTLE,
                "dont_throttle_netmasks",
                list(self.authoritative_addresses()),
            )
            .with(
                self.asks_over_ipv6().then_some(["0.0.0.0", "::"]),
                |yaml, any| yaml.set(reason::OUTGOING, "source_address", list(any)),
            )
            .with(self.told_of_clients(), |yaml, servers| {
                yaml.set(reason::TOLD, "edns_subnet_allow_list", list(servers))
                    .section("ecs")
                    .set(reason::CLIENTS, "add_for", list(EVERYONE))
                    .and("ipv4_bits", 32)
                    .and("ipv6_bits", 128)
            })
            .section("recursor")
            .set(
                reason::FORWARDS,
                "forward_zones_file",
                quoted(self.file("forward.yml")),
            )
            .set(reason::SOCKET, "socket_dir", quoted(self.control.directory))
            .with(self.control.group, |yaml, group| {
                yaml.set(reason::GROUP, "socket_group", quoted(group))
                    .and("socket_mode", quoted("660"))
            })
            .set(reason::FOREGROUND, "daemon", false)
            .and("write_pid", false)
            .set(reason::SECURITY, "security_poll_suffix", quoted(""))
            .section("packetcache")
            .set(reason::SERVFAIL, "servfail_ttl", 0)
            .section("dnssec")
            .set(reason::ANCHORS, "negative_trustanchors", self.anchors())
            .section("logging")
            .set(reason::LOG, "loglevel", 3)
            .and("quiet", true)
            .and("disable_syslog", true)
            .and("timestamp", false);
        File {
            name: "recursor.yml",
            text: yaml.text(),
        }
    }
}

/// Lines of its file of settings that it has to be run anew for: all but its negative trust anchors, which it is told while
/// it runs.
pub fn lasting(text: &str) -> impl Iterator<Item = &str> {
    let of_anchors = ["    - name: ", "      reason: ", "  negative_trustanchors:"];
    text.lines()
        .filter(move |line| !of_anchors.iter().any(|begin| line.starts_with(begin)))
}

/// Whether a name means itself in a file of forwards, in Lua, and on the control socket. Others are not forwarded: no host
/// has such a name.
#[must_use]
pub fn is_plain(name: &Name) -> bool {
    let text = name.to_string();
    text.bytes()
        .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_' | b'/'))
}
