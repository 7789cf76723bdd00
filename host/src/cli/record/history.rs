//! `record --history`: every state of a cluster, as it follows the one before, until somebody ends it.
//!
//! It may be killed at any moment: what is in the file is whole. A daemon that goes away is waited for, since a restart of it is no
//! reason to miss what comes after.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;
use tokio::sync::mpsc;
use zonesmith_cluster::{Reconciled, State};

use super::super::output;
use crate::admin::client::Client;
use crate::kit::history::Recorder;
use crate::source::{Access, SourceAddress, SourceUpdate};
use crate::synthesis::told::ToldCluster;

/// How long after a failure the daemon is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// Asks the daemon for one state after the other. Ends only with an error: with the first answer, or of the file.
pub(super) fn of_daemon(
    client: &Client,
    name: Option<&str>,
    recorder: &mut Recorder,
) -> anyhow::Result<()> {
    let mut place: Option<String> = None;
    let mut is_away = false;
    loop {
        match client.next_cluster(name, place.as_deref()) {
            Ok(Some(next)) => {
                if std::mem::take(&mut is_away) {
                    output::remark("the daemon is there again");
                }
                recorder.record(next.document)?;
                place = Some(next.place);
            }
            Ok(None) => {}
            // Whoever begins with a daemon that is not there, or a name that is none, should know.
            Err(error) if place.is_none() => return Err(error),
            Err(error) => {
                if !std::mem::replace(&mut is_away, true) {
                    let error = output::sentence(&error);
                    output::remark(format_args!("{error}; asking again"));
                }
                thread::sleep(AGAIN);
            }
        }
    }
}

/// Follows a source, as the daemon would.
pub(super) fn of_source(
    source: &SourceAddress,
    access: Access,
    recorder: &mut Recorder,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("start a runtime")?;
    let (updates, mut told) = mpsc::channel(1);
    let following = source.clone();
    runtime.spawn(async move { following.follow(&access, None, updates).await });
    let mut current: Option<State> = None;
    while let Some(update) = runtime.block_on(told.recv()) {
        match update {
            SourceUpdate::State { state, .. } => {
                let Reconciled { state, .. } = current.unwrap_or_default().reconcile(state);
                current = Some(state);
            }
            SourceUpdate::Changes { services, .. } => {
                if let Some(current) = &mut current {
                    current.change(services);
                }
            }
            SourceUpdate::Failed { error } if current.is_none() => bail!("{error}"),
            SourceUpdate::Failed { error } => output::remark(error),
        }
        if let Some(current) = &current {
            recorder.record(document(current)?)?;
        }
    }
    bail!("{source} says nothing any more")
}

/// A state as the daemon hands it out.
fn document(state: &State) -> anyhow::Result<Value> {
    let told = ToldCluster {
        cluster: Arc::new(state.cluster.clone()),
        services: state.services.values().cloned().collect(),
    };
    serde_json::from_slice(&zonesmith_cluster::write(&told.state())).context("write the document")
}
