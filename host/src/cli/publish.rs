//! `zonesmith publish`: what a source says goes into an etcd, and stays there while this runs.

mod list;
mod service;

use anyhow::{Context as _, bail};
use camino::Utf8PathBuf;
use clap::{Args, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::Exit;
use super::output::{self, Format};
use crate::config::environment::Environment;
use crate::config::place::Role;
use crate::config::{Configuration, Layers};
use crate::etcd::EtcdAddress;
use crate::publish::{Publication, Report, publish};
use crate::source::{SourceAddress, SourceUpdate};

/// Seconds that keys outlive a publisher that is gone: longer than an election and a restart of one member, short enough
/// for a name of a dead node.
const DEFAULT_TTL: u32 = 30;

/// Shorter ones end in an election.
const SHORTEST_TTL: i64 = 5;

/// A day: a longer one is none.
const LONGEST_TTL: i64 = 86_400;

const EXAMPLES: &str = "\
Examples:
  zonesmith publish cluster.json --to etcd:http://db1:2379,db2:2379,db3:2379/zonesmith
  zonesmith publish --source opensvc: --node n1 --to etcd:http://db1/zonesmith     on each node, its own part
  zonesmith publish service shop/svc/web --address 10.0.0.7 --expose 80/tcp --to etcd:http://db1
  zonesmith publish list --to etcd:http://db1
  zonesmith publish cluster.json --once --to etcd:http://db1                       without a lease

It stays, follows its source, and keeps a lease alive: keys go when it ends, or with the lease when it \
is gone. The key `cluster` stays: without it there is no zone. Certificates and users of the etcd are the \
configuration's (`etcd.ca`, `etcd.certificate`, `etcd.user`, …); a user needs the right to read and write below \
the prefix.";

/// Write the state of a cluster into an etcd, for daemons that follow it
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Publish {
    #[command(subcommand)]
    what: Option<What>,

    /// The state of the cluster: a cluster document, or what an OpenSVC agent prints; `-` for the standard input
    #[arg(value_name = "CLUSTER.json", conflicts_with = "source")]
    cluster: Option<Utf8PathBuf>,

    /// The same as an address: file:PATH, or opensvc: for the agent of this node
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,

    /// Publish only this node, and the instances on it: a publisher on each node makes up the cluster
    #[arg(long, value_name = "NAME")]
    node: Option<String>,

    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Subcommand)]
enum What {
    Service(service::Service),
    List(list::List),
}

/// Where it is published.
#[derive(Debug, Clone, Args)]
pub(super) struct Place {
    /// The etcd: etcd:http://HOST:2379,HOST2:2379/PREFIX
    #[arg(long, value_name = "ETCD", required = true)]
    // Always there, but in front of a subcommand, which has one of its own.
    to: Option<String>,

    /// Configuration file, for certificates and the user [default: /etc/zonesmith/zonesmith.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<Utf8PathBuf>,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Where, and for how long.
#[derive(Debug, Clone, Args)]
pub(super) struct Target {
    #[command(flatten)]
    place: Place,

    /// Seconds that keys outlive a publisher that is gone
    #[arg(long, value_name = "SECONDS", default_value_t = DEFAULT_TTL, value_parser = clap::value_parser!(u32).range(SHORTEST_TTL..=LONGEST_TTL))]
    ttl: u32,

    /// Write keys without a lease: they stay when the publisher ends
    #[arg(long)]
    keep: bool,

    /// Write what there is now, without a lease, and end
    #[arg(long)]
    once: bool,
}

impl Publish {
    pub(super) fn run(self: Box<Self>, environment: &Environment) -> anyhow::Result<Exit> {
        let Self {
            what,
            cluster,
            source,
            node,
            target,
        } = *self;
        match what {
            Some(What::Service(service)) => return service.run(environment),
            Some(What::List(list)) => return list.run(environment),
            None => {}
        }
        let source: SourceAddress = match (cluster, source) {
            (Some(path), _) if path == "-" => SourceAddress::StandardInput,
            (Some(path), _) => SourceAddress::File(path),
            (None, Some(source)) => source.parse()?,
            (None, None) => bail!(
                "nothing says what to publish: name a file (`zonesmith publish CLUSTER.json`), or `--source`"
            ),
        };
        let configuration = target.place.configuration(environment)?;
        let access = configuration.access();
        let publication = target.publication(&configuration, node, true)?;
        let format = target.place.format;
        run(publication, format, |updates| async move {
            source.follow(&access, None, updates).await;
        })
    }
}

impl Place {
    pub(super) fn configuration(&self, environment: &Environment) -> anyhow::Result<Configuration> {
        let layers = Layers::read(Role::Client, environment.clone(), self.config.as_deref())?;
        Ok(Configuration::load(layers)?)
    }

    pub(super) fn address(&self) -> anyhow::Result<EtcdAddress> {
        let text = self.to.as_deref().unwrap_or_default();
        let address = text.strip_prefix("etcd:");
        address
            .and_then(|address| address.parse().ok())
            .with_context(|| format!("`{text}` is no etcd; write `etcd:http://HOST:2379/PREFIX`"))
    }
}

impl Target {
    fn publication(
        &self,
        configuration: &Configuration,
        node: Option<String>,
        has_cluster: bool,
    ) -> anyhow::Result<Publication> {
        Ok(Publication {
            address: self.place.address()?,
            access: configuration.access().etcd,
            ttl: (!self.keep && !self.once).then_some(self.ttl),
            node,
            has_cluster,
            is_once: self.once,
        })
    }
}

/// Publishes what `tell` tells, until a signal or the end.
fn run<F: Future<Output = ()> + Send + 'static>(
    publication: Publication,
    format: Format,
    tell: impl FnOnce(mpsc::Sender<SourceUpdate>) -> F,
) -> anyhow::Result<Exit> {
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        let mut terminated = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
        let mut interrupted = signal(SignalKind::interrupt()).context("listen for SIGINT")?;
        let end = async move {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = interrupted.recv() => {}
            }
        };
        let (updates, told) = mpsc::channel(1);
        let source = tokio::spawn(tell(updates));
        // Without a reader there is nobody to tell: what is published is what counts.
        let say = |report: Report| drop(print(&report, format));
        let ended = publish(publication, told, end, say).await;
        source.abort();
        ended
    });
    // A source may sit in a read that never returns (a pipe).
    runtime.shutdown_background();
    result.map(|()| Exit::Done)
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("start the runtime")
}

/// Events for programs are a line each.
fn print(report: &Report, format: Format) -> anyhow::Result<()> {
    match format {
        Format::Table => output::print(format_args!("{report}\n")),
        Format::Json => {
            let line = serde_json::to_string(report).context("write JSON")?;
            output::print(format_args!("{line}\n"))
        }
    }
}

/// A source that says one state, and nothing more.
async fn tell_once(state: zonesmith_cluster::State, updates: mpsc::Sender<SourceUpdate>) {
    let update = SourceUpdate::State {
        format: zonesmith_cluster::Format::ClusterDocument,
        state,
        at: std::time::Instant::now(),
    };
    // Nobody listens any more: it is over.
    let _ = updates.send(update).await;
    updates.closed().await;
}
