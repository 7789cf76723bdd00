//! `zonesmith resolver follow`: keeps the files of running containers right.
//!
//! It hears of changes of the cluster's `ns1`, `ns2`, …, and looks again whenever the daemon shows that it lives, every 15
//! seconds: so a policy with other names, and a container that came while the name servers changed, are seen to as well.
//! While no daemon answers, files stay as they are.
//!
//! What is kept of files does not survive the machine, nor do containers. The node's own drop-in does, so it is looked for
//! and taken up again.

use std::process::{Command, Stdio};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use tracing::{info, warn};

use super::known::{self, Kept};
use crate::admin::client::Client;
use crate::cli::Exit;
use crate::cli::follow::until_ended;
use crate::cli::reach::Reach;
use crate::config::environment::Environment;
use crate::resolver::ClusterDns;
use crate::resolver::registry::{Entry, Fate, Registry};

/// How long a daemon that does not answer is left alone.
const RETRY: Duration = Duration::from_secs(1);

/// How many of `ns1`, `ns2`, … are watched: more than a cluster has.
const WATCHED_NAMES: usize = 16;

/// Where resolved looks for drop-ins. It reads them when it starts.
const DROP_INS: [&str; 2] = [
    "/etc/systemd/resolved.conf.d",
    "/run/systemd/resolved.conf.d",
];

const EXAMPLES: &str = "\
It keeps right what the hook, the plugin and `--write` wrote, for as long as the container runs, or the file is there. A file whose \
first line was changed is somebody else's from then on. Where it is a drop-in of resolved, resolved is restarted.";

/// Keep the files of running containers right when the cluster's name servers change
///
/// Runs until it is ended.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Follow {
    /// Where drop-ins of resolved are, to be kept right if they were written by us; may be repeated [default:
    /// /etc/systemd/resolved.conf.d and the same in /run]
    #[arg(long, value_name = "DIRECTORY")]
    drop_ins: Vec<Utf8PathBuf>,

    #[command(flatten)]
    kept: Kept,

    #[command(flatten)]
    reach: Reach,
}

impl Follow {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let registry = self.kept.open(environment)?;
        let client = self.reach.admin(environment)?;
        if self.drop_ins.is_empty() {
            take_up(DROP_INS.map(Utf8Path::new), &registry);
        } else {
            take_up(self.drop_ins.iter().map(Utf8PathBuf::as_path), &registry);
        }
        until_ended(follow(client, registry))
    }
}

/// Lists the drop-ins that we wrote and nobody lists.
fn take_up<'a>(directories: impl IntoIterator<Item = &'a Utf8Path>, registry: &Registry) {
    let files = directories
        .into_iter()
        .filter_map(|directory| directory.read_dir_utf8().ok());
    for file in files.flatten().flatten() {
        let Some(entry) = Entry::of_drop_in(file.path()) else {
            continue;
        };
        if registry.entry(&entry.key).is_none()
            && let Err(error) = registry.keep(&entry)
        {
            warn!(file = %file.path(), error = format!("{error:#}"), "a drop-in of resolved is not followed");
        }
    }
}

async fn follow(client: Client, registry: Registry) -> anyhow::Result<()> {
    let mut is_told = false;
    loop {
        match listen(&client, &registry).await {
            Ok(()) => is_told = false,
            Err(error) => {
                if !std::mem::replace(&mut is_told, true) {
                    warn!(
                        error = format!("{error:#}"),
                        "no daemon is heard; files stay as they are"
                    );
                }
            }
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// Until the daemon ends, or its clusters are others.
async fn listen(client: &Client, registry: &Registry) -> anyhow::Result<()> {
    let before = look(client, registry).await?;
    let names = before.iter().flat_map(|cluster| {
        (1..=WATCHED_NAMES).map(move |number| format!("ns{number}.{}", cluster.name))
    });
    let names: Vec<_> = names.collect();
    let mut events = client.watch(&names, &[], None).await?;
    info!(clusters = before.len(), "the daemon is heard");
    // Whatever it says: it may have said it between the look and this stream.
    while events.next().await?.is_some() {
        let now = look(client, registry).await?;
        let name = |cluster: &ClusterDns| cluster.name.clone();
        if !now.iter().map(name).eq(before.iter().map(name)) {
            return Ok(());
        }
    }
    Ok(())
}

/// Sets every file right.
async fn look(client: &Client, registry: &Registry) -> anyhow::Result<Vec<ClusterDns>> {
    let clusters = known::of_status(&client.ask_status().await?);
    if clusters.is_empty() {
        // It has not heard of its sources yet.
        return Ok(clusters);
    }
    registry.remember(&clusters);
    for entry in registry.living() {
        set_right(entry, &clusters, registry);
    }
    Ok(clusters)
}

fn set_right(mut entry: Entry, clusters: &[ClusterDns], registry: &Registry) {
    let file = entry.place.on_host();
    let service = entry.service.clone();
    // A cluster that is gone may come back.
    let Ok(cluster) = known::pick(clusters, entry.cluster.as_deref()) else {
        return;
    };
    match entry.keep_right(cluster) {
        Ok(Fate::Written) => {
            let servers: Vec<_> = cluster
                .nameservers
                .iter()
                .map(ToString::to_string)
                .collect();
            info!(%file, service, nameservers = servers.join(" "), "a resolver's file is written");
            if DROP_INS.iter().any(|directory| file.starts_with(directory)) {
                restart_resolved();
            }
            if !std::mem::replace(&mut entry.is_written, true)
                && let Err(error) = registry.keep(&entry)
            {
                warn!(%file, error = format!("{error:#}"), "that it is written is not kept");
            }
        }
        Ok(Fate::TakenOver) => {
            info!(%file, service, "somebody else writes a resolver's file now; it is left alone");
            registry.forget(&entry.key);
        }
        // Without name servers there is nothing better than those that were.
        Ok(Fate::Right | Fate::Left(_)) => {}
        Err(error) => {
            warn!(%file, service, error = format!("{error:#}"), "a resolver's file is not written");
        }
    }
}

fn restart_resolved() {
    let restarted = Command::new("systemctl")
        .args(["try-restart", "systemd-resolved.service"])
        .stdin(Stdio::null())
        .status();
    let problem = match restarted {
        Ok(status) if status.success() => return,
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    };
    warn!(
        error = problem,
        "systemd-resolved is not restarted: it knows the old name servers"
    );
}
