//! `zonesmith record`: the state of a cluster as a cluster document, to test policies with, or to show; or its states as they
//! follow one another, in `history`.

mod history;

use std::fs;

use anyhow::{Context as _, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use serde_json::Value;
use tokio::sync::mpsc;

use super::Exit;
use super::output;
use super::reach::Reach;
use crate::config::environment::Environment;
use crate::kit::anonymise::anonymise;
use crate::kit::history::Recorder;
use crate::source::{SourceAddress, SourceUpdate};

const EXAMPLES: &str = "\
Examples:
  zonesmith record -o cluster.json                            what the daemon knows of its cluster
  zonesmith record -o cases/live/cluster.json --anonymise     a case of `policy test`, with other addresses
  zonesmith record --source opensvc: -o cluster.json          what the agent of this node says, without a daemon
  zonesmith record --history cluster.history                  every state from now on, until it is ended

A policy that is tested with the document is given what the daemon's are. With --anonymise each address is replaced, the same \
by the same, and what is in one network stays in one; names stay, and whatever else sources tell: look before you show it.

A history is for `zonesmith policy diff --replay`. It may be ended at any moment, also by a kill, and goes on where it ended. \
The oldest changes are folded into the first state when there are more than --keep. docs/policy-diff.md has its format.";

/// Record the state of a cluster as a cluster document
///
/// Asks the daemon that runs here, or reads a source once.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Record {
    /// The file to write [default: the standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<Utf8PathBuf>,

    /// Record every state from now on in this file, for `policy diff --replay`, instead of one
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "anonymise"])]
    history: Option<Utf8PathBuf>,

    /// How many changes a history keeps
    #[arg(long, value_name = "CHANGES", default_value_t = 10_000, requires = "history", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    keep: usize,

    /// Replace all addresses
    #[arg(long)]
    anonymise: bool,

    /// Which cluster, where the daemon has several
    #[arg(long, value_name = "NAME", conflicts_with = "source")]
    cluster: Option<String>,

    /// Ask this instead of the daemon: file:PATH, opensvc:, etcd:http://HOST:2379/PREFIX
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,

    #[command(flatten)]
    reach: Reach,
}

impl Record {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        if let Some(path) = &self.history {
            return self.follow(path, environment);
        }
        let document = match &self.source {
            Some(source) => self.of_source(&source.parse()?, environment)?,
            None => self
                .reach
                .admin(environment)?
                .cluster(self.cluster.as_deref())?,
        };
        let document = if self.anonymise {
            anonymise(&document)
        } else {
            document
        };
        match &self.output {
            Some(path) => write(path, &document)?,
            None => output::print_json(&document)?,
        }
        Ok(Exit::Done)
    }

    /// Until it is ended.
    fn follow(&self, path: &Utf8Path, environment: &Environment) -> anyhow::Result<Exit> {
        let mut recorder = Recorder::open(path, self.keep)?;
        let changes = recorder.changes();
        output::remark(format_args!(
            "recording to {path}, which has {changes} changes"
        ));
        match &self.source {
            Some(source) => {
                let access = self.reach.configuration(environment)?.access();
                history::of_source(&source.parse()?, access, &mut recorder)?;
            }
            None => {
                let client = self.reach.admin(environment)?;
                history::of_daemon(&client, self.cluster.as_deref(), &mut recorder)?;
            }
        }
        Ok(Exit::Done)
    }

    /// The first word of a source.
    fn of_source(
        &self,
        source: &SourceAddress,
        environment: &Environment,
    ) -> anyhow::Result<Value> {
        let access = self.reach.configuration(environment)?.access();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("start a runtime")?;
        let (updates, mut told) = mpsc::channel(1);
        let first = runtime.block_on(async {
            let following = source.clone();
            let task = tokio::spawn(async move { following.follow(&access, None, updates).await });
            let first = told.recv().await;
            task.abort();
            first
        });
        // A source may sit in a read that never returns (a pipe).
        runtime.shutdown_background();
        match first {
            Some(SourceUpdate::State { state, .. }) => {
                serde_json::from_slice(&zonesmith_cluster::write(&state))
                    .context("write the document")
            }
            Some(SourceUpdate::Failed { error }) => bail!("{error}"),
            Some(SourceUpdate::Changes { .. }) | None => bail!("{source} says nothing"),
        }
    }
}

/// As text that `diff` and a person read.
fn write(path: &Utf8Path, document: &Value) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec_pretty(document).context("write the document")?;
    text.push(b'\n');
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("make {folder}"))?;
    }
    fs::write(path, text).with_context(|| format!("write {path}"))
}
