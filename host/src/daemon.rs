//! The only file that knows every part: start order, signals, stop order.
//!
//! ```text
//!  start   the state opens, policies load (or the daemon does not start) → writer and loader → NOTIFY, admin socket → source, watches
//!          → the first zones are published → pdns.sock
//!  stop    pdns.sock: accept nothing more, finish what was asked → source and watches → admin socket → writer
//! ```
//!
//! **Invariant:** `pdns.sock` is there exactly while there is something to say: a name server that finds no socket says
//! so, one that is told "no such name" caches it.
//!
//! - `descriptors`: how many files and sockets there may be, and who gets them
//! - `master_files`: what a site lists by hand, read and followed
//! - `notifying`: secondaries, told of what is served
//! - `serving`: the socket, opened and closed as the writer's phase says
//! - `sources`: where the state of the cluster comes from, followed
//! - `signing`: what the state says of how zones are signed, told to the writer
//! - `status`: everything that is told about the daemon, put together

mod descriptors;
mod master_files;
mod notifying;
mod serving;
mod signing;
mod sources;
mod status;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use camino::Utf8PathBuf;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tracing::{info, warn};

use self::master_files::MasterFiles;
use self::notifying::Notifying;
use self::serving::Serving;
use crate::admin;
use crate::config::{Configuration, PolicyEntry, PolicyFile, PolicySettings};
use crate::policy::Engine;
use crate::policy::loader::Loader;
use crate::policy::stack::{PolicySource, SettingsSource};
use crate::remote::Statistics;
use crate::remote::socket::{Access, Socket};
use crate::snapshot::report::Status;
use crate::source::SourceAddress;
use crate::store::content::Content;
use crate::store::{Store, StoreError};
use crate::synthesis::outcome::Outcome;
use crate::synthesis::{Handle, RemovalShare};
use crate::watch::Watch;

/// How long requests in flight may take at the end.
const DRAIN_PATIENCE: Duration = Duration::from_secs(5);

/// What the admin socket asks.
#[derive(Clone)]
pub struct Daemon {
    synthesis: Handle,
    configuration: Arc<ArcSwap<Configuration>>,
    master_files: MasterFiles,
    notifying: Notifying,
    is_open: watch::Receiver<bool>,
    statistics: watch::Receiver<Option<Statistics>>,
    store: Store,
}

impl admin::Daemon for Daemon {
    fn status(&self) -> Status {
        status::status(
            &self.synthesis,
            &self.configuration.load(),
            self.notifying.report(),
            self.statistics.borrow().as_ref(),
            *self.is_open.borrow(),
        )
    }

    fn state(&self) -> Result<Content, StoreError> {
        self.store.export()
    }

    async fn reload(&self, force: bool) -> Outcome {
        reread(
            &self.configuration,
            &self.synthesis,
            &self.master_files,
            &self.notifying,
        );
        self.master_files.look_again();
        self.synthesis
            .reload(force)
            .await
            .unwrap_or_else(|error| Outcome::Refused {
                stage: "read".to_owned(),
                reason: error.to_string(),
                policy: String::new(),
            })
    }
}

/// Runs the daemon until a signal ends it.
///
/// # Errors
/// It cannot start: no source is named, a policy does not load, a socket is taken.
pub fn run(configuration: Configuration) -> anyhow::Result<()> {
    let source = configuration.source.value.clone().context(
        "no source of cluster state is named: `zonesmith serve CLUSTER.json`, or `source` in the configuration",
    )?;
    descriptors::raise();
    // Before anything else: a second daemon of the same state shall not get far enough to be noticed.
    let store = Store::open(&configuration.state_dir.value)?;
    zonesmith_heap::keep_little();
    let engine = Engine::new()?;
    let loader = Loader::start(engine, policies(&configuration)).map_err(|refused| {
        anyhow::anyhow!(
            "{} is refused at stage {}: {}",
            refused.policy,
            refused.refusal.stage,
            refused.refusal.reason
        )
    })?;
    let share = RemovalShare(configuration.max_removal_share.value.0);
    let synthesis = Handle::start(loader, configuration.cluster_override(), share, &store)?;
    signing::start(&store, &synthesis)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("start the runtime")?;
    let result = runtime.block_on(serve(configuration, source, synthesis.clone(), store));
    synthesis.stop();
    // A source may sit in a read that never returns (a pipe); it holds nothing worth waiting for.
    runtime.shutdown_timeout(Duration::from_millis(100));
    result
}

async fn serve(
    configuration: Configuration,
    source: SourceAddress,
    synthesis: Handle,
    store: Store,
) -> anyhow::Result<()> {
    let mut terminated = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    let mut interrupted = signal(SignalKind::interrupt()).context("listen for SIGINT")?;
    let mut hung_up = signal(SignalKind::hangup()).context("listen for SIGHUP")?;
    let (end, ended) = watch::channel(false);

    let mut serving = Serving::new(&configuration, store.clone());
    let admin_path = configuration.admin_path.value.clone();
    let config_file = configuration.file().to_owned();
    let master_files = MasterFiles::start(&configuration, &synthesis);
    let configuration = Arc::new(ArcSwap::from_pointee(configuration));
    let notifying = Notifying::start(&configuration.load(), &synthesis, store.clone());
    let daemon = Daemon {
        synthesis: synthesis.clone(),
        configuration: Arc::clone(&configuration),
        master_files: master_files.clone(),
        notifying: notifying.clone(),
        is_open: serving.is_open(),
        statistics: serving.statistics(),
        store,
    };
    let admin = start_admin(&admin_path, daemon, ended.clone())?;
    let source = sources::start(source, configuration.load().access(), synthesis.clone());
    let (look, mut looks) = mpsc::channel(1);
    let mut watch = Watch::start(&watched(&configuration.load(), &config_file), look.clone());

    let mut phase = synthesis.phase();
    phase.mark_changed();
    loop {
        tokio::select! {
            changed = phase.changed() => {
                if changed.is_err() {
                    warn!("the writer ended; what was published goes on being served until the daemon ends");
                    break;
                }
                let now = phase.borrow_and_update().clone();
                serving.follow(&now, &synthesis).await?;
            }
            looked = looks.recv() => {
                if looked.is_none() {
                    break;
                }
                if reread(&configuration, &synthesis, &master_files, &notifying) {
                    watch = Watch::start(&watched(&configuration.load(), &config_file), look.clone());
                }
                synthesis.look_again();
            }
            _ = hung_up.recv() => {
                info!("SIGHUP: configuration, policies, settings and master files are looked at again");
                master_files.look_again();
                if reread(&configuration, &synthesis, &master_files, &notifying) {
                    watch = Watch::start(&watched(&configuration.load(), &config_file), look.clone());
                }
                synthesis.look_again();
            }
            _ = terminated.recv() => break,
            _ = interrupted.recv() => break,
        }
    }
    info!("stopping");
    serving.stop(DRAIN_PATIENCE).await;
    drop(watch);
    source.abort();
    // The admin socket goes last: until then it says what is happening.
    let _ = end.send(true);
    match tokio::time::timeout(DRAIN_PATIENCE, admin).await {
        Ok(answered) => answered.context("end the admin socket")?,
        Err(_) => Ok(()),
    }
}

fn start_admin(
    path: &Utf8PathBuf,
    daemon: Daemon,
    mut ended: watch::Receiver<bool>,
) -> anyhow::Result<JoinHandle<anyhow::Result<()>>> {
    let access = Access {
        mode: 0o600,
        owner: None,
        group: None,
    };
    let socket = Socket::bind(path.as_std_path(), &access).context("open the admin socket")?;
    let listener = socket
        .try_clone_listener()
        .context("open the admin socket")?;
    Ok(tokio::spawn(async move {
        let shutdown = async move {
            // An error is the daemon's end, too.
            let _ = ended.wait_for(|is_over| *is_over).await;
        };
        let answered = admin::serve(listener, daemon, shutdown).await;
        // Removes the file.
        drop(socket);
        answered
    }))
}

/// Reads the configuration again; what cannot be read changes nothing. Says whether other files are to be watched.
fn reread(
    configuration: &ArcSwap<Configuration>,
    synthesis: &Handle,
    master_files: &MasterFiles,
    notifying: &Notifying,
) -> bool {
    let before = configuration.load_full();
    let after = match before.reread() {
        Ok(after) => after,
        Err(error) => {
            warn!(
                error = format!("{:#}", anyhow::Error::from(error)),
                "the configuration stays as it was"
            );
            return false;
        }
    };
    if after.cluster_override() != before.cluster_override() {
        synthesis.set_override(after.cluster_override());
    }
    master_files.list(&after);
    let has_other_policies = after.policies.value != before.policies.value;
    if has_other_policies {
        synthesis.set_sources(policies(&after));
    }
    notifying.set(&after);
    configuration.store(Arc::new(after));
    has_other_policies
}

/// The policies of the configuration, as the loader reads them.
fn policies(configuration: &Configuration) -> Vec<PolicySource> {
    configuration.policies.value.iter().map(source_of).collect()
}

fn source_of(entry: &PolicyEntry) -> PolicySource {
    let file = match &entry.file {
        PolicyFile::Embedded => None,
        PolicyFile::Path(path) => Some(path.clone()),
    };
    let settings = match &entry.settings {
        PolicySettings::None => SettingsSource::None,
        PolicySettings::Beside(path) => SettingsSource::Beside(path.clone()),
        PolicySettings::File(path) => SettingsSource::File(path.clone()),
        PolicySettings::Inline(text) => SettingsSource::Inline(text.as_str().into()),
    };
    PolicySource { file, settings }
}

/// Every file whose change means "look again".
fn watched(configuration: &Configuration, config_file: &Utf8PathBuf) -> Vec<Utf8PathBuf> {
    let policies = policies(configuration);
    policies
        .iter()
        .flat_map(PolicySource::files)
        .chain([config_file])
        .cloned()
        .collect()
}
