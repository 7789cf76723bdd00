//! What is known of the cluster: what the running daemon says; where none runs, what the sources say and the policies make
//! of it, once.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use camino::Utf8PathBuf;
use tokio::sync::mpsc;
use zonesmith_cluster::{IpPrefix, State};
use zonesmith_zone::name::Name;

use crate::admin::client::Client;
use crate::config::Configuration;
use crate::daemon::policies::{policies, trust};
use crate::deployment::facts::{Facts, own_addresses, prefix_of};
use crate::policy::loader::Loader;
use crate::policy::selection::Selection;
use crate::policy::{Engine, Instance};
use crate::snapshot::report::{ServingState, Status};
use crate::source::{SourceAddress, SourceUpdate};

/// How long a source may take to say what there is: an agent of the largest cluster takes seconds.
const SOURCE_PATIENCE: Duration = Duration::from_secs(30);

/// What is known, and by whom.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) facts: Facts,
    /// Where the daemon that runs is asked by PowerDNS.
    pub(super) socket: Option<Utf8PathBuf>,
}

/// Asks the daemon, if there is one to ask, else the sources.
pub(super) fn known(
    configuration: &Configuration,
    daemon: Option<&Client>,
) -> anyhow::Result<Known> {
    let mut known = match daemon.and_then(|daemon| daemon.status().ok()) {
        Some(status) if status.state == ServingState::Serving => of_daemon(&status),
        Some(_) | None => Known {
            facts: of_sources(configuration)?,
            socket: None,
        },
    };
    if known.facts.nameservers.is_empty() {
        bail!(
            "the cluster lists no nameserver, so there is no DNS to deploy: `zonesmith config set cluster.dns+=ADDRESS`, for each node"
        );
    }
    known.facts.own = own_addresses().context("see which addresses this machine has")?;
    known.facts.zones.sort();
    known.facts.zones.dedup();
    Ok(known)
}

fn of_daemon(status: &Status) -> Known {
    let mut facts = Facts::default();
    for cluster in &status.clusters {
        let nameservers: Vec<IpAddr> = cluster
            .nameservers
            .iter()
            .filter_map(|address| address.parse().ok())
            .collect();
        let networks = cluster.networks.iter();
        let networks: Vec<IpPrefix> = networks.filter_map(|one| prefix_of(one)).collect();
        facts.add(&cluster.name, &nameservers, &networks);
    }
    let zones = status.zones.iter();
    facts.zones = zones
        .filter_map(|zone| Name::parse(&zone.apex).ok())
        .collect();
    facts.is_chosen = status.selection.is_some();
    Known {
        facts,
        socket: status.socket.clone().map(Utf8PathBuf::from),
    }
}

fn of_sources(configuration: &Configuration) -> anyhow::Result<Facts> {
    if configuration.sources.value.is_empty() {
        bail!(
            "no daemon runs, and nothing says where the cluster's state is: name its source, such as `--source opensvc:` or `--source file:PATH`"
        );
    }
    let mut states = read(configuration)?;
    let mut facts = Facts::default();
    let engine = Engine::new()?;
    let loader = Loader::start(engine, policies(configuration), trust(configuration))
        .map_err(|refused| anyhow::anyhow!(refused.refusal.of(&refused.policy)))?;
    facts.is_chosen = Selection::place(loader.live()).is_some();
    for state in &mut states {
        state.apply_override(&configuration.cluster_override());
        let cluster = &state.cluster;
        let networks: Vec<IpPrefix> = cluster.networks.iter().map(|one| one.prefix).collect();
        facts.add(&cluster.name, &cluster.nameservers, &networks);
        let cluster = Arc::new(cluster.clone());
        for entry in loader.live() {
            let (_, configured) = Instance::start(
                &entry.component,
                Arc::clone(&cluster),
                Arc::clone(&entry.settings),
            )
            .map_err(|refusal| anyhow::anyhow!(refusal.of(&entry.source.to_string())))?;
            for zone in configured.zones {
                let apex = Name::parse(&zone.apex);
                facts.zones.push(
                    apex.with_context(|| format!("read the name of the zone {}", zone.apex))?,
                );
            }
        }
    }
    let by_hand = configuration.zones.value.iter().filter(|zone| !zone.merge);
    facts.zones.extend(by_hand.map(|zone| zone.apex.clone()));
    Ok(facts)
}

/// What each source says first.
fn read(configuration: &Configuration) -> anyhow::Result<Vec<State>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("start the runtime")?;
    let states = configuration
        .sources
        .value
        .iter()
        .map(|source| runtime.block_on(first_state(configuration, source)))
        .collect();
    // A source may sit in a read that never returns.
    runtime.shutdown_background();
    states
}

async fn first_state(
    configuration: &Configuration,
    source: &SourceAddress,
) -> anyhow::Result<State> {
    let (updates, mut told) = mpsc::channel(1);
    let access = configuration.access();
    let followed = source.clone();
    let task = tokio::spawn(async move { followed.follow(&access, None, updates).await });
    let first = async {
        loop {
            match told.recv().await {
                Some(SourceUpdate::State { state, .. }) => return Ok(state),
                Some(SourceUpdate::Changes { .. }) => {}
                Some(SourceUpdate::Failed { error }) => bail!("{source}: {error}"),
                None => bail!("{source} says nothing"),
            }
        }
    };
    let first = tokio::time::timeout(SOURCE_PATIENCE, first).await;
    task.abort();
    first.with_context(|| format!("{source} says nothing for {} s", SOURCE_PATIENCE.as_secs()))?
}
