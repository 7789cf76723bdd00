//! What may be chosen of a deployment. Each choice is a key of the configuration, and is written there.

use std::net::IpAddr;

use anyhow::Context as _;
use camino::Utf8PathBuf;
use clap::Args;

use crate::cli::output::Format;
use crate::config::environment::Environment;
use crate::config::layers::file_of;
use crate::deployment::plan::Disk;
use crate::source::SourceAddress;

/// The daemon's program where a package has it.
const PACKAGED: &str = "/usr/bin/zonesmith";

/// Of every target.
#[derive(Debug, Args)]
pub(in crate::cli) struct Options {
    /// Port of the authoritative server [default: 5300]; the recursor's is 53
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,

    /// Where both servers listen [default: those addresses of `cluster.dns` that this machine has]
    #[arg(long, value_name = "ADDR,…", value_delimiter = ',')]
    listen: Vec<IpAddr>,

    /// Listen at all addresses of `cluster.dns`, also those that this machine does not have, or not yet
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    non_local_bind: Option<bool>,

    /// Who may ask the recursor [default: this machine, private networks and those of the cluster]
    #[arg(long, value_name = "CIDR,…", value_delimiter = ',')]
    allow_from: Vec<String>,

    /// A zone that somebody else answers
    #[arg(long, value_name = "ZONE=ADDR,…", value_delimiter = ',')]
    forward: Vec<String>,

    /// Whom the recursor asks everything else [default: the servers of the Internet, from the root on]
    #[arg(long, value_name = "ADDR,…", value_delimiter = ',')]
    forward_upstream: Vec<String>,

    /// Have a recursor ask the authoritative servers of all nodes, not its own node's alone
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    forward_all: Option<bool>,

    /// The largest answer over UDP, in octets [default: 1232]
    #[arg(long, value_name = "OCTETS")]
    udp_size: Option<u16>,

    /// Where the servers' configurations are [default: `powerdns` beside the daemon's configuration]
    #[arg(long, value_name = "DIRECTORY")]
    directory: Option<Utf8PathBuf>,

    /// Where the servers make their control sockets [default: /run/zonesmith-dns; of `files`: the directory]
    #[arg(long, value_name = "DIRECTORY")]
    sockets: Option<Utf8PathBuf>,

    /// The version of PowerDNS that is configured [default: what the installed one says]
    #[arg(long, value_name = "VERSION")]
    powerdns_version: Option<String>,

    /// The version of the recursor that is configured [default: what the installed one says]
    #[arg(long, value_name = "VERSION")]
    recursor_version: Option<String>,

    /// Where the state of the cluster comes from: file:PATH, opensvc: for the agent of this node, or etcd:URL
    #[arg(long = "source", value_name = "SOURCE")]
    sources: Vec<String>,

    /// The daemon's program [default: this one; below another root: /usr/bin/zonesmith]
    #[arg(long, value_name = "PATH")]
    executable: Option<Utf8PathBuf>,

    /// The daemon's admin socket, where it is not where the configuration says
    #[arg(long, value_name = "PATH")]
    pub(super) admin: Option<Utf8PathBuf>,

    #[command(flatten)]
    pub(super) place: Where,
}

/// Where it is done, and how.
#[derive(Debug, Args)]
pub(super) struct Where {
    /// The daemon's configuration, which is changed [default: /etc/zonesmith/zonesmith.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<Utf8PathBuf>,

    /// Install below this directory, as for a package: nothing is run, and owners are not set
    #[arg(long, value_name = "DIRECTORY")]
    root: Option<Utf8PathBuf>,

    /// Change nothing, show what would change as `diff -u` does
    #[arg(long)]
    pub(super) dry_run: bool,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

impl Where {
    /// The disk that is meant.
    pub(super) fn disk(&self) -> anyhow::Result<Disk> {
        match &self.root {
            None => Ok(Disk::of_machine()),
            Some(root) => Ok(Disk::below(&absolute(root)?)),
        }
    }

    /// The daemon's configuration, as the machine will see it.
    pub(super) fn configuration(&self, environment: &Environment) -> anyhow::Result<Utf8PathBuf> {
        absolute(&file_of(environment, self.config.as_deref()).0)
    }
}

impl Options {
    /// What was chosen, in the words of the configuration.
    pub(super) fn keys(&self) -> anyhow::Result<Vec<(&'static str, String)>> {
        let list = |texts: &[String]| (!texts.is_empty()).then(|| texts.join(" "));
        let listen: Vec<String> = self.listen.iter().map(IpAddr::to_string).collect();
        let path = |path: &Option<Utf8PathBuf>| -> anyhow::Result<Option<String>> {
            let path = path.as_deref().map(absolute).transpose()?;
            Ok(path.map(Utf8PathBuf::into_string))
        };
        let sources: Vec<String> = self
            .sources
            .iter()
            .map(|source| source_from_anywhere(source))
            .collect::<anyhow::Result<_>>()?;
        let chosen = [
            ("source", list(&sources)),
            ("deploy.port", self.port.map(|port| port.to_string())),
            ("deploy.listen", list(&listen)),
            (
                "deploy.non-local-bind",
                self.non_local_bind.map(|is_on| is_on.to_string()),
            ),
            ("deploy.allow-from", list(&self.allow_from)),
            ("deploy.forward", list(&self.forward)),
            ("deploy.forward-upstream", list(&self.forward_upstream)),
            (
                "deploy.forward-all",
                self.forward_all.map(|is_on| is_on.to_string()),
            ),
            (
                "deploy.udp-size",
                self.udp_size.map(|octets| octets.to_string()),
            ),
            ("deploy.directory", path(&self.directory)?),
            ("deploy.sockets", path(&self.sockets)?),
            ("deploy.powerdns-version", self.powerdns_version.clone()),
            ("deploy.recursor-version", self.recursor_version.clone()),
        ];
        let chosen = chosen.into_iter();
        Ok(chosen
            .filter_map(|(key, value)| Some((key, value?)))
            .collect())
    }

    /// The same with this port.
    pub(super) fn on_port(self, port: u16) -> Self {
        Self {
            port: Some(port),
            ..self
        }
    }

    /// Whether another source is named: what the daemon knows is then of no use.
    pub(super) fn names_sources(&self) -> bool {
        !self.sources.is_empty()
    }

    /// The daemon's program.
    pub(super) fn executable(&self) -> anyhow::Result<Utf8PathBuf> {
        if let Some(path) = &self.executable {
            return absolute(path);
        }
        if self.place.root.is_some() {
            return Ok(PACKAGED.into());
        }
        let path = std::env::current_exe().context("see which program this is")?;
        Utf8PathBuf::from_path_buf(path)
            .map_err(|path| anyhow::anyhow!("{} is no text", path.display()))
    }
}

/// A source that is the same wherever it is read: a path of the configuration starts from its folder.
fn source_from_anywhere(text: &str) -> anyhow::Result<String> {
    match text.parse::<SourceAddress>()? {
        SourceAddress::File(path) => Ok(SourceAddress::File(absolute(&path)?).to_string()),
        SourceAddress::StandardInput => {
            anyhow::bail!("the daemon cannot read the standard input of this command: name a file")
        }
        source @ (SourceAddress::Agent(_) | SourceAddress::Etcd(_)) => Ok(source.to_string()),
    }
}

fn absolute(path: &camino::Utf8Path) -> anyhow::Result<Utf8PathBuf> {
    camino::absolute_utf8(path).with_context(|| format!("see where {path} is"))
}
