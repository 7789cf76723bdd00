//! The daemon's configuration: one value per key, and for each where it came from.
//!
//! The fields of [`Configuration`] are the reference: their documentation is the template (`host/etc/zonesmith.toml`) and
//! what `zonesmith config show` explains, so that a key without documentation cannot exist. A value is taken from the
//! command line, else the environment, else the file, else the default; none of them knows of the others.
//!
//! Rooms: [`key`] the table of keys, [`setting`] how a value of each type is read, [`layers`] the four places a value
//! may come from, [`file`](mod@file) and [`environment`] two of them, [`place`] where sockets live when nobody says,
//! [`deploy`] what is chosen of servers, [`edit`] changes to the file that keep its comments, [`template`] the file to begin with.

pub mod deploy;
pub mod edit;
pub mod environment;
pub mod file;
pub mod key;
pub mod layers;
pub mod origin;
pub mod place;
pub mod policy_entry;
mod servers;
pub mod setting;
mod switch;
pub mod target;
pub mod template;
pub mod trusted;
pub mod zone_entry;

use std::net::IpAddr;

use camino::{Utf8Path, Utf8PathBuf};

use crate::etcd::EtcdAccess;
use crate::janitor::address::{Authoritative, Recursor, Ways};
use crate::power_dns::program::Version;
use crate::source::{Access, AgentAccess, SourceAddress};

pub use self::file::ConfigurationError;
pub use self::layers::Layers;
pub use self::origin::{Origin, Value};
pub use self::policy_entry::{PolicyEntry, PolicyFile, PolicySettings};
pub use self::zone_entry::ZoneEntry;

use self::deploy::{Forwards, Port, Prefixes, UdpSize};
use self::key::Key;
use self::setting::{Account, Level, LogFormat, Mode, Networks, Seconds, Setting, Share};
use self::target::{KeyName, Listen, Targets};
use self::trusted::Keys;

/// Where the configuration is when nobody says.
pub const DEFAULT_FILE: &str = "/etc/zonesmith/zonesmith.toml";

/// One table for everything a key has: its documentation, field, type, name, variable, an example and its default.
macro_rules! configuration {
    ($($(#[doc = $documentation:literal])+
       $field:ident: $type:ty = $name:literal $(or $variable:literal)?, $example:literal, $default:expr;)+) => {
        /// What the daemon is told, each value with its [`Origin`].
        #[derive(Debug, Clone)]
        pub struct Configuration {
            $($(#[doc = $documentation])+ pub $field: Value<$type>,)+
            layers: Layers,
        }

        /// Every key, in the order of the template.
        pub const KEYS: &[Key] = &[$(Key {
            name: $name,
            variable: configuration!(@variable $($variable)?),
            example: $example,
            documentation: concat!($($documentation, "\n"),+),
            shape: <$type as Setting>::SHAPE,
            check: key::check::<$type>,
        },)+];

        impl Configuration {
            /// Reads all layers.
            ///
            /// # Errors
            ///
            /// When a value is not one its key can have, or the file has a key nobody knows. The message names the
            /// place (file and line, variable, or option).
            pub fn load(layers: Layers) -> Result<Self, ConfigurationError> {
                layers.check()?;
                Ok(Self {
                    $($field: layers.value::<$type>($name, $default)?,)+
                    layers,
                })
            }

            /// Every key with its value as JSON (null: not set) and its origin, in the order of [`KEYS`].
            #[must_use]
            pub fn values(&self) -> Vec<(&'static str, serde_json::Value, &Origin)> {
                vec![$(($name, self.$field.value.show(), &self.$field.origin),)+]
            }
        }
    };
    (@variable $variable:literal) => { Some($variable) };
    (@variable) => { None };
}

configuration! {
    /// Where the state of the cluster comes from: `file:PATH`, a cluster document, or what an OpenSVC agent prints
    /// (`om cluster status -o json`, `om daemon status --format json`); or `opensvc:`, the agent of this node by its socket
    /// (`opensvc:/PATH` when it is elsewhere; one called `lsnr.sock` is of generation 2), `opensvc:https://NODE:1215` one over
    /// the network; or `etcd:http://HOST:2379,HOST2:2379/PREFIX`, keys that `zonesmith publish` writes.
    /// It is followed: a change is served at once. Several, as a list, are followed each for itself: those that say the same
    /// name of the cluster are one cluster, in which the first stands; other names are clusters of their own.
    sources: Vec<SourceAddress> = "source" or "ZONESMITH_SOURCE",
        r#"["file:/etc/zonesmith/cluster.json"]"#, |_| Ok(Vec::new());

    /// Where the daemon keeps what must survive it.
    state_dir: Utf8PathBuf = "state-dir" or "ZONESMITH_STATE_DIR",
        r#""/var/lib/zonesmith""#, |layers| Ok(layers.place()?.state.clone());

    /// The public keys of those who may sign policies (`zonesmith policy keygen`, or `minisign -G`), each as the last line of its
    /// `.pub` file. When set, a component is refused unless its signature of one of these keys lies beside it, as
    /// `NAME.wasm.minisig` (`zonesmith policy sign`); the policy that is built in needs none.
    trusted_keys: Keys = "trusted-keys" or "ZONESMITH_TRUSTED_KEYS",
        r#"["RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"]"#, |_| Ok(Keys::default());

    /// The certificate of the authority that signs an agent's (`system/sec/ca`), PEM. An agent over
    /// https is trusted by it alone.
    agent_authority: Option<Utf8PathBuf> = "opensvc.ca" or "ZONESMITH_OPENSVC_CA",
        r#""/etc/zonesmith/opensvc-ca.pem""#, |_| Ok(None);

    /// A file with the token that an agent over https is shown. It is read again for each connection.
    agent_token: Option<Utf8PathBuf> = "opensvc.token-file" or "ZONESMITH_OPENSVC_TOKEN_FILE",
        r#""/etc/zonesmith/opensvc-token""#, |_| Ok(None);

    /// The certificate that an agent over https is shown, PEM.
    agent_certificate: Option<Utf8PathBuf> = "opensvc.certificate" or "ZONESMITH_OPENSVC_CERTIFICATE",
        r#""/etc/zonesmith/opensvc.pem""#, |_| Ok(None);

    /// Its key, PEM, where it is not in the same file.
    agent_key: Option<Utf8PathBuf> = "opensvc.key" or "ZONESMITH_OPENSVC_KEY",
        r#""/etc/zonesmith/opensvc.key""#, |_| Ok(None);

    /// Whether the instances of a node that an agent's cluster gave up (its agent is gone) stay in the zone for as long as
    /// the node is a member. Otherwise they go when the agent says so, as they do in its own DNS.
    keep_dropped_peers: bool = "opensvc.keep-dropped-peers" or "ZONESMITH_OPENSVC_KEEP_DROPPED_PEERS",
        "false", |_| Ok(false);

    /// The certificate of the authority that signs those of an etcd's members, PEM. An etcd over https is trusted by it
    /// alone.
    etcd_authority: Option<Utf8PathBuf> = "etcd.ca" or "ZONESMITH_ETCD_CA",
        r#""/etc/zonesmith/etcd-ca.pem""#, |_| Ok(None);

    /// The certificate that an etcd over https is shown, PEM.
    etcd_certificate: Option<Utf8PathBuf> = "etcd.certificate" or "ZONESMITH_ETCD_CERTIFICATE",
        r#""/etc/zonesmith/etcd.pem""#, |_| Ok(None);

    /// Its key, PEM, where it is not in the same file.
    etcd_key: Option<Utf8PathBuf> = "etcd.key" or "ZONESMITH_ETCD_KEY",
        r#""/etc/zonesmith/etcd.key""#, |_| Ok(None);

    /// The user of an etcd that has users. Reading takes the right to read everything below the prefix.
    etcd_user: Option<String> = "etcd.user" or "ZONESMITH_ETCD_USER",
        r#""zonesmith""#, |_| Ok(None);

    /// A file with that user's password. It is read again for each connection.
    etcd_password: Option<Utf8PathBuf> = "etcd.password-file" or "ZONESMITH_ETCD_PASSWORD_FILE",
        r#""/etc/zonesmith/etcd-password""#, |_| Ok(None);

    /// The socket that PowerDNS asks (`remote-connection-string=unix:path=…`). When the daemon may not write to
    /// `/run/zonesmith` it is in `$XDG_RUNTIME_DIR/zonesmith`, else in `/tmp/zonesmith-UID`.
    socket_path: Utf8PathBuf = "socket.path" or "ZONESMITH_SOCKET",
        r#""/run/zonesmith/pdns.sock""#, |layers| Ok(layers.place()?.socket());

    /// Who may ask, as octal digits. Asking takes the right to write.
    socket_mode: Mode = "socket.mode" or "ZONESMITH_SOCKET_MODE",
        r#""0660""#, |_| Ok(Mode(0o660));

    /// The owner of the socket, by name or number; whoever runs the daemon when not set.
    socket_owner: Option<Account> = "socket.owner" or "ZONESMITH_SOCKET_OWNER",
        r#""root""#, |_| Ok(None);

    /// The group of the socket, by name or number: that of PowerDNS, so that it may ask.
    socket_group: Option<Account> = "socket.group" or "ZONESMITH_SOCKET_GROUP",
        r#""pdns""#, |_| Ok(None);

    /// The socket of `zonesmith status`, `zonesmith policy reload` and other commands. Only its owner may use it.
    admin_path: Utf8PathBuf = "admin.path" or "ZONESMITH_ADMIN",
        r#""/run/zonesmith/admin.sock""#, |layers| Ok(layers.place()?.admin());

    /// Where `/metrics` is answered, too, for a Prometheus that is elsewhere: an address and a port. Nothing else is answered
    /// there, and whoever reaches it may read it.
    metrics_address: Option<Listen> = "admin.metrics" or "ZONESMITH_METRICS",
        r#""127.0.0.1:9353""#, |_| Ok(None);

    /// Where `/watch` is answered, too, for `zonesmith janitor` on another host: an address and a port. Nothing else is answered
    /// there, and whoever reaches it may read what changes.
    watch_address: Option<Listen> = "admin.watch" or "ZONESMITH_WATCH",
        r#""127.0.0.1:9354""#, |_| Ok(None);

    /// Who is told of changes (NOTIFY) beside the name servers of a zone that are not in `cluster.dns`: addresses of
    /// secondaries, with a port where it is not 53. They transfer from PowerDNS.
    notify_also: Targets = "notify.also" or "ZONESMITH_NOTIFY_ALSO",
        r#"["192.0.2.53", "[2001:db8::53]:5300"]"#, |_| Ok(Targets::default());

    /// The address that a NOTIFY comes from, for secondaries that know the primary by it; the system's choice when not set.
    notify_source: Option<IpAddr> = "notify.source" or "ZONESMITH_NOTIFY_SOURCE",
        r#""192.0.2.1""#, |_| Ok(None);

    /// The TSIG key that signs them, as `pdnsutil generate-tsig-key` named it. When not set, the key that may transfer the
    /// zone (`pdnsutil activate-tsig-key`) signs, if there is one.
    notify_key: Option<KeyName> = "notify.key" or "ZONESMITH_NOTIFY_KEY",
        r#""transfer.example.com""#, |_| Ok(None);

    /// The authoritative servers whose caches are purged of what changed, so that they may be long (`query-cache-ttl=3600`,
    /// `cache-ttl=0`): the path of a control socket; `tcp:HOST:PORT?secret-file=PATH`, a control port with its secret in a file;
    /// or `http://HOST:PORT?key-file=PATH`, the HTTP API with its key in a file, which cannot forget whole zones. A server may
    /// have several ways, `FIRST|SECOND`: each order goes the first that works, so that a lost control socket keeps nothing
    /// from being forgotten; `zonesmith status` says so. When neither these nor recursors are named, the control sockets of packages on this machine are used, where the daemon may write
    /// to them; `zonesmith status` shows which.
    janitor_authoritative: Vec<Ways<Authoritative>> = "janitor.authoritative" or "ZONESMITH_JANITOR_AUTHORITATIVE",
        r#"["/run/pdns/pdns.controlsocket", "tcp:10.0.0.2:53000?secret-file=/etc/zonesmith/pdns-secret"]"#, |_| Ok(Vec::new());

    /// The recursors whose caches are purged after those: the path of a control socket; `notify:ADDRESS[:PORT]`, one that takes
    /// NOTIFY for the zones from here (`allow-notify-for`, `allow-notify-from`), which works from host to host; or
    /// `http://HOST:PORT?key-file=PATH`, its HTTP API. A recursor may have several ways, too.
    janitor_recursors: Vec<Ways<Recursor>> = "janitor.recursors" or "ZONESMITH_JANITOR_RECURSORS",
        r#"["notify:10.0.0.1", "/run/pdns-recursor/pdns_recursor.controlsocket|notify:10.0.0.2"]"#, |_| Ok(Vec::new());

    /// Whether no caches are purged, and none are looked for: where `zonesmith janitor` runs beside the daemon, or caches are off.
    janitor_off: bool = "janitor.off" or "ZONESMITH_JANITOR_OFF",
        "false", |_| Ok(false);

    /// PowerDNS's control socket: the first of `janitor.authoritative`. Before a NOTIFY, the apex is purged from the caches of all of
    /// them; where there is none, a NOTIFY waits until the caches have forgotten the old serial.
    power_dns_control_socket: Option<Utf8PathBuf> = "powerdns.control-socket" or "ZONESMITH_POWERDNS_CONTROL_SOCKET",
        r#""/run/pdns/pdns.controlsocket""#, |_| Ok(None);

    /// How many seconds PowerDNS's caches keep an answer: the larger of `query-cache-ttl` and `cache-ttl` in `pdns.conf`.
    power_dns_query_cache_ttl: Seconds = "powerdns.query-cache-ttl" or "ZONESMITH_POWERDNS_QUERY_CACHE_TTL",
        "20", |_| Ok(Seconds(20));

    /// Where a PowerDNS answers that the daemon runs, an address and a port; it runs none when not set. Read at the start.
    power_dns_listen: Option<Listen> = "powerdns.listen" or "ZONESMITH_POWERDNS_LISTEN",
        r#""127.0.0.1:5300""#, |_| Ok(None);

    /// Where a PowerDNS recursor answers that the daemon runs, which asks that PowerDNS for the zones of the cluster, and the
    /// Internet for all others; it runs none when not set. Read at the start.
    recursor_listen: Option<Listen> = "recursor.listen" or "ZONESMITH_RECURSOR_LISTEN",
        r#""127.0.0.1:5301""#, |_| Ok(None);

    /// The directory of the configurations that `zonesmith deploy` wrote for PowerDNS and its recursor, which the daemon keeps
    /// right when `cluster.dns`, the networks or the zones change. `zonesmith deploy` sets it, and what follows; nothing is
    /// deployed when it is not set.
    deploy_directory: Option<Utf8PathBuf> = "deploy.directory" or "ZONESMITH_DEPLOY_DIRECTORY",
        r#""/etc/zonesmith/powerdns""#, |_| Ok(None);

    /// Where they make their control sockets, below it in `authoritative` and in `recursor`.
    deploy_sockets: Option<Utf8PathBuf> = "deploy.sockets" or "ZONESMITH_DEPLOY_SOCKETS",
        r#""/run/zonesmith-dns""#, |_| Ok(None);

    /// The port of the authoritative server; the recursor's is 53.
    deploy_port: Port = "deploy.port" or "ZONESMITH_DEPLOY_PORT",
        "5300", |_| Ok(Port(5300));

    /// The addresses at which both listen. When not set, those of `cluster.dns` that this machine has, or all of them where it
    /// has none.
    deploy_listen: Vec<IpAddr> = "deploy.listen" or "ZONESMITH_DEPLOY_LISTEN",
        r#"["10.0.0.1"]"#, |_| Ok(Vec::new());

    /// Whether they listen at addresses that this machine does not have, or not yet: all of `cluster.dns`, such as one that
    /// moves from node to node.
    deploy_non_local_bind: bool = "deploy.non-local-bind" or "ZONESMITH_DEPLOY_NON_LOCAL_BIND",
        "false", |_| Ok(false);

    /// The networks that may ask the recursor. When not set: this machine, private and link-local networks (RFC 1918, ULA),
    /// and the networks of the cluster.
    deploy_allow_from: Option<Prefixes> = "deploy.allow-from" or "ZONESMITH_DEPLOY_ALLOW_FROM",
        r#"["10.0.0.0/8", "fd00::/8"]"#, |_| Ok(None);

    /// Zones that others answer, each with an address, and a port where it is not 53.
    deploy_forward: Forwards = "deploy.forward" or "ZONESMITH_DEPLOY_FORWARD",
        r#"["corp.example=10.0.0.53", "lab.example=10.0.0.54:5300"]"#, |_| Ok(Forwards::default());

    /// Whom the recursor asks for everything that is neither of the cluster nor forwarded; when not set, it asks the servers of
    /// the Internet itself, from the root on.
    deploy_forward_upstream: Targets = "deploy.forward-upstream" or "ZONESMITH_DEPLOY_FORWARD_UPSTREAM",
        r#"["192.0.2.53"]"#, |_| Ok(Targets::default());

    /// Whether a recursor asks the authoritative servers of all nodes for the zones of the cluster, and not its own node's alone.
    deploy_forward_all: bool = "deploy.forward-all" or "ZONESMITH_DEPLOY_FORWARD_ALL",
        "false", |_| Ok(false);

    /// The largest answer over UDP, in octets; a longer one is asked for again over TCP. More than the default suits a network
    /// without fragments: 4096 holds a round robin of 250.
    deploy_udp_size: UdpSize = "deploy.udp-size" or "ZONESMITH_DEPLOY_UDP_SIZE",
        "1232", |_| Ok(UdpSize::default());

    /// The version of PowerDNS that is configured, where it is not installed on this machine but in a container. When not set,
    /// the installed program says it.
    deploy_power_dns_version: Option<Version> = "deploy.powerdns-version" or "ZONESMITH_DEPLOY_POWERDNS_VERSION",
        r#""4.9.4""#, |_| Ok(None);

    /// The same of the recursor: its language depends on it.
    deploy_recursor_version: Option<Version> = "deploy.recursor-version" or "ZONESMITH_DEPLOY_RECURSOR_VERSION",
        r#""5.2.0""#, |_| Ok(None);

    /// The name of the cluster, its first zone. What stands in this section wins over what the source says, and where there
    /// are several, over each of them: so a name that stands here makes one cluster of all sources.
    cluster_name: Option<String> = "cluster.name" or "ZONESMITH_CLUSTER_NAME",
        r#""cluster1""#, |_| Ok(None);

    /// The addresses of the cluster's nameservers, in order: `ns1`, `ns2`, … There is no DNS, and no socket, as long as
    /// neither this nor the source lists one.
    cluster_dns: Option<Vec<IpAddr>> = "cluster.dns" or "ZONESMITH_CLUSTER_DNS",
        r#"["10.0.0.1", "10.0.0.2"]"#, |_| Ok(None);

    /// The networks of the cluster, for their reverse zones. `scope = "node"`: the network is repeated on each node.
    cluster_networks: Option<Networks> = "cluster.networks",
        r#"[{ name = "backend", cidr = "10.22.0.0/16", scope = "cluster" }]"#, |_| Ok(None);

    /// The share of names, 0 to 1, that a new policy may remove at once. One that would remove more is refused, unless
    /// `zonesmith policy reload --force` says that it is meant.
    max_removal_share: Share = "limits.max-removal-share" or "ZONESMITH_MAX_REMOVAL_SHARE",
        "0.5", |_| Ok(Share(0.5));

    /// What is logged: `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,zonesmith::policy=debug`.
    log_level: Level = "log.level" or "RUST_LOG",
        r#""info""#, |_| Ok(Level::default());

    /// How it is logged: `text` for people, `json` for programs.
    log_format: LogFormat = "log.format" or "ZONESMITH_LOG_FORMAT",
        r#""text""#, |_| Ok(LogFormat::Text);

    /// The naming policies, in order: a set of records belongs whole to the first policy that has it. `file` is a
    /// component, or `default` for the policy that is built in, which is served when none is listed. `settings` is
    /// a table, or the path of a JSON file; without it, `NAME.settings.json` beside `NAME.wasm` is read. With a `digest` the
    /// component is refused unless it has just that one, as `zonesmith policy inspect` prints it.
    policies: Vec<PolicyEntry> = "policy" or "ZONESMITH_POLICY",
        r#"[{ file = "/etc/zonesmith/site.wasm" }, { file = "default", settings = { kinds = ["svc"] } }]"#,
        |_| Ok(vec![PolicyEntry::default()]);

    /// Master files (RFC 1035, with `$ORIGIN`, `$TTL`, `$INCLUDE`, `$GENERATE`) that a site writes by hand. Each is a zone
    /// of its own, with SOA and NS at its apex; or, with `merge = true`, more records for a zone that is served anyway.
    /// What stands in them goes before what the policies say. They are followed: a change is served at once.
    zones: Vec<ZoneEntry> = "zones",
        r#"[{ apex = "example.com", file = "/etc/zonesmith/example.com.zone" }, { apex = "cluster1", file = "/etc/zonesmith/cluster1.extra", merge = true }]"#,
        |_| Ok(Vec::new());
}

impl Configuration {
    /// Reads the file again; command line and environment are as they were.
    ///
    /// # Errors
    ///
    /// As [`Configuration::load`]: what was valid stays the caller's.
    pub fn reread(&self) -> Result<Self, ConfigurationError> {
        Self::load(self.layers.reread()?)
    }

    /// The file that is, or would be, read.
    #[must_use]
    pub fn file(&self) -> &Utf8Path {
        self.layers.file_path()
    }

    /// How sources are reached.
    #[must_use]
    pub fn access(&self) -> Access {
        Access {
            agents: self.agent_access(),
            etcd: EtcdAccess {
                authority: self.etcd_authority.value.clone(),
                certificate: self.etcd_certificate.value.clone(),
                key: self.etcd_key.value.clone(),
                user: self.etcd_user.value.clone(),
                password: self.etcd_password.value.clone(),
            },
        }
    }

    fn agent_access(&self) -> AgentAccess {
        AgentAccess {
            authority: self.agent_authority.value.clone(),
            token: self.agent_token.value.clone(),
            certificate: self.agent_certificate.value.clone(),
            key: self.agent_key.value.clone(),
            dropped_peers: if self.keep_dropped_peers.value {
                zonesmith_cluster::DroppedPeers::Keep
            } else {
                zonesmith_cluster::DroppedPeers::Forget
            },
        }
    }

    /// What `[cluster]` says over the source.
    #[must_use]
    pub fn cluster_override(&self) -> zonesmith_cluster::Override {
        zonesmith_cluster::Override {
            name: self.cluster_name.value.clone(),
            nameservers: self.cluster_dns.value.clone(),
            networks: self
                .cluster_networks
                .value
                .clone()
                .map(|networks| networks.0),
        }
    }
}

#[cfg(test)]
mod tests;
