//! `zonesmith serve`: the daemon. This file is its command line; what it does is in `daemon.rs`.

use std::net::{IpAddr, SocketAddr};

use anyhow::bail;
use camino::Utf8PathBuf;
use clap::Args;
use toml_edit::{Array, value};

use super::Exit;
use super::reach::Reach;
use crate::config::environment::Environment;
use crate::config::place::Role;
use crate::config::setting::LogFormat;
use crate::config::{Configuration, Layers};
use crate::daemon::Launch;
use crate::source::SourceAddress;
use crate::{daemon, telemetry};

const EXAMPLES: &str = "\
Examples:
  zonesmith serve examples/demo/cluster.json        by hand: it prints where its sockets are
  om cluster status -o json | zonesmith serve -     once, from what an OpenSVC agent prints
  zonesmith serve cluster.json --policy site.wasm --policy default
  zonesmith serve                                   as /etc/zonesmith/zonesmith.toml says
  zonesmith serve cluster.json --with-powerdns      and PowerDNS: `dig @127.0.0.1 -p 5300 …`
  zonesmith serve --take-over                       in place of the daemon that runs; nobody notices

PowerDNS asks with `launch=remote` and `remote-connection-string=unix:path=/run/zonesmith/pdns.sock`; \
give the socket to its group with `--socket-group pdns`.

The cluster's file and the policies are followed: a change is served without a restart. SIGHUP looks \
again at once, SIGTERM answers what was asked and stops.";

/// Serve the names of a cluster
///
/// Reads the state of a cluster, has policies name what runs in it, and answers PowerDNS over a unix socket. The socket
/// is there as soon as the first zone is, and not before: until then DNS has no wrong answers to keep.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Serve {
    /// The state of the cluster: a cluster document, or what an OpenSVC agent prints; `-` for the standard input
    #[arg(value_name = "CLUSTER.json", conflicts_with = "sources")]
    cluster: Option<Utf8PathBuf>,

    /// The same as an address: file:PATH, opensvc: for the agent of this node, or etcd:URL; may be repeated: several
    /// sources of one cluster, or several clusters
    #[arg(long = "source", value_name = "SOURCE")]
    sources: Vec<String>,

    /// A policy, in place of the built-in one; may be repeated: the first that has a name keeps it. `default` is the
    /// built-in one
    #[arg(long = "policy", value_name = "FILE.wasm")]
    policies: Vec<String>,

    /// Permissions of the socket, octal [default: 0660]
    #[arg(long, value_name = "MODE")]
    socket_mode: Option<String>,

    /// Owner of the socket, by name or number
    #[arg(long, value_name = "USER")]
    socket_owner: Option<String>,

    /// Group of the socket, by name or number
    #[arg(long, value_name = "GROUP")]
    socket_group: Option<String>,

    /// Where the daemon keeps what must survive it [default: /var/lib/zonesmith]
    #[arg(long, value_name = "DIRECTORY")]
    state_dir: Option<Utf8PathBuf>,

    /// Run PowerDNS, too, which answers at this address; 127.0.0.1:5300 when no
    /// address is given. Behind the cluster's file, which would be read as the address
    #[arg(long, value_name = "ADDR:PORT", num_args = 0..=1, default_missing_value = "127.0.0.1:5300", value_parser = listen::<5300>)]
    with_powerdns: Option<SocketAddr>,

    /// Run a PowerDNS recursor, too, which has the cluster's names from it and all others from the Internet; 127.0.0.1:5301
    /// when no address is given. Port 53 takes root's rights
    #[arg(long, value_name = "ADDR:PORT", num_args = 0..=1, default_missing_value = "127.0.0.1:5301", value_parser = listen::<5301>)]
    with_recursor: Option<SocketAddr>,

    /// Take over from the daemon that runs: its sockets, connections and state, as soon as there is a zone
    #[arg(long, conflicts_with_all = ["with_powerdns", "with_recursor"])]
    take_over: bool,

    #[command(flatten)]
    reach: Reach,
}

impl Serve {
    pub(super) fn run(
        self,
        environment: &Environment,
        log: Option<&str>,
        log_format: Option<LogFormat>,
    ) -> anyhow::Result<Exit> {
        let configuration = Configuration::load(self.layers(environment, log, log_format)?)?;
        if configuration.sources.value.is_empty() {
            bail!(
                "nothing says where the cluster's state is: name a file (`zonesmith serve CLUSTER.json`), or set `source` in {}",
                configuration.file()
            );
        }
        telemetry::start(
            configuration.log_level.value.as_str(),
            configuration.log_format.value,
        )?;
        let launch = Launch {
            take_over: self.take_over,
            environment: environment.clone(),
        };
        daemon::run(configuration, &launch)?;
        Ok(Exit::Done)
    }

    fn layers(
        &self,
        environment: &Environment,
        log: Option<&str>,
        log_format: Option<LogFormat>,
    ) -> anyhow::Result<Layers> {
        let text = |text: &Option<String>| text.as_deref().map(value);
        let address = |listen: Option<SocketAddr>| listen.map(|listen| value(listen.to_string()));
        let cluster = self.cluster.as_ref().map(|path| match path.as_str() {
            "-" => SourceAddress::StandardInput,
            _ => SourceAddress::File(path.clone()),
        });
        let sources: Array = self.sources.iter().map(String::as_str).collect();
        let sources = (!sources.is_empty()).then(|| value(sources));
        let policies: Array = self.policies.iter().map(String::as_str).collect();
        let log_format = log_format.map(|format| match format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        });
        Ok(self
            .reach
            .layers(Role::Daemon, environment)?
            .with(
                "source",
                "CLUSTER.json",
                cluster.map(|address| value(address.to_string())),
            )
            .with("source", "--source", sources)
            .with(
                "policy",
                "--policy",
                (!policies.is_empty()).then(|| value(policies)),
            )
            .with("socket.mode", "--socket-mode", text(&self.socket_mode))
            .with("socket.owner", "--socket-owner", text(&self.socket_owner))
            .with("socket.group", "--socket-group", text(&self.socket_group))
            .with(
                "powerdns.listen",
                "--with-powerdns",
                address(self.with_powerdns),
            )
            .with(
                "recursor.listen",
                "--with-recursor",
                address(self.with_recursor),
            )
            .with(
                "state-dir",
                "--state-dir",
                self.state_dir.as_ref().map(|path| value(path.as_str())),
            )
            .with("log.level", "--log", log.map(value))
            .with("log.format", "--log-format", log_format.map(value)))
    }
}

/// An address with a port, or without one where it is this one.
fn listen<const PORT: u16>(text: &str) -> Result<SocketAddr, String> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    text.parse()
        .or_else(|_| {
            bare.parse::<IpAddr>()
                .map(|address| SocketAddr::new(address, PORT))
        })
        .map_err(|_| {
            "an address such as 127.0.0.1:5300; the file of the cluster stands before this option"
                .to_owned()
        })
}
