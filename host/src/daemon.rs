//! The only file that knows every part: start order, signals, stop order.
//!
//! ```text
//!  start   the state opens, policies load (or the daemon does not start) → writer and loader → NOTIFY, admin socket → source, watches
//!          → the first zones are published → pdns.sock
//!  stop    pdns.sock: accept nothing more, finish what was asked → source and watches → admin socket → writer
//! ```
//!
//! One that follows another (`arriving`) opens no socket, and tells nobody anything, before it has what that one leaves.
//!
//! **Invariant:** `pdns.sock` is there exactly while there is something to say: a name server that finds no socket says
//! so, one that is told "no such name" caches it.
//!
//! - `admin_side`: the admin socket, for as long as the daemon runs
//! - `answers`: what the admin socket asks
//! - `arriving`, `estate`: how it begins, and what it has from the one before; `handover`: from one that still runs;
//!   `service_manager`: through the one that runs them
//! - `children`: the servers that it runs itself, where that is asked for
//! - `counts`: how much each zone holds
//! - `deployed`, `servers`: those that were deployed beside it, kept right; what servers are told, whoever runs them
//! - `following`: the sources of cluster state, each followed for itself
//! - `descriptors`: how many files and sockets there may be, and who gets them
//! - `master_files`: what a site lists by hand, read and followed
//! - `metrics`: where they, and changes, are answered beside the admin socket
//! - `notifying`: secondaries, told of what is served
//! - `parts`: those that follow the configuration
//! - `purging`: caches, purged of what changed
//! - `policies`: which ones the configuration lists, and the files that are watched for them
//! - `serving`: the socket, opened and closed as the writer's phase says
//! - `sources`: one of them, on its way to the writer
//! - `signing`: what the state says of how zones are signed, told to the writer
//! - `status`: everything that is told about the daemon, put together

mod admin_side;
mod answers;
mod arriving;
mod children;
mod counts;
mod deployed;
mod descriptors;
mod estate;
mod following;
mod handover;
mod master_files;
mod metrics;
mod notifying;
mod parts;
pub(crate) mod policies;
mod purging;
mod servers;
mod service_manager;
mod serving;
mod signing;
mod sources;
mod status;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tracing::{info, warn};

use self::admin_side::AdminSide;
use self::answers::Daemon;
use self::arriving::Arrival;
pub use self::arriving::Launch;
use self::counts::Counts;
use self::following::Following;
use self::master_files::MasterFiles;
use self::parts::Parts;
use self::policies::{pins, policies, trust};
use self::service_manager::ServiceManager;
use self::serving::Serving;
use crate::config::Configuration;
use crate::explain::Explainer;
use crate::memory::Memory;
use crate::policy::Engine;
use crate::policy::loader::Loader;
use crate::remote;
use crate::store::Store;
use crate::store::rescue::Rescued;
use crate::synthesis::{Handle, RemovalShare};
use crate::watch::Watch;

/// How long requests in flight may take at the end.
const DRAIN_PATIENCE: Duration = Duration::from_secs(5);

/// Runs the daemon until a signal ends it, or another one takes over.
///
/// # Errors
/// It cannot start: no source is named, a policy does not load, a socket is taken.
pub fn run(configuration: Configuration, launch: &Launch) -> anyhow::Result<()> {
    if configuration.sources.value.is_empty() {
        bail!(
            "no source of cluster state is named: `zonesmith serve CLUSTER.json`, or `source` in the configuration"
        );
    }
    descriptors::raise();
    // Before anything else: a second daemon of the same state shall not get far enough to be noticed.
    let (arrival, Rescued { store, loss }) = Arrival::begin(launch, &configuration)?;
    zonesmith_heap::keep_little();
    let engine = Engine::new()?;
    let pins = pins(&store).context("read the policies that are kept")?;
    let (listed, trust) = (policies(&configuration), trust(&configuration));
    let loader = Loader::start_pinned(engine, listed, trust, pins)
        .map_err(|refused| anyhow::anyhow!(refused.refusal.of(&refused.policy)))?;
    let share = RemovalShare(configuration.max_removal_share.value.0);
    let synthesis = Handle::start(loader, configuration.cluster_override(), share, &store)?;
    signing::start(&store, &synthesis)?;
    let memory = Memory::open(&configuration.state_dir.value, arrival.writing())
        .context("start the thread that keeps what sources say")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("start the runtime")?;
    let parts = (synthesis.clone(), store, loss, memory.clone());
    let result = runtime.block_on(serve(configuration, parts, arrival));
    synthesis.stop();
    // A source may sit in a read that never returns (a pipe); it holds nothing worth waiting for.
    runtime.shutdown_timeout(Duration::from_millis(100));
    memory.close();
    result
}

async fn serve(
    configuration: Configuration,
    (synthesis, store, loss, memory): (Handle, Store, Option<String>, Memory),
    arrival: Arrival,
) -> anyhow::Result<()> {
    let mut terminated = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    let mut interrupted = signal(SignalKind::interrupt()).context("listen for SIGINT")?;
    let mut hung_up = signal(SignalKind::hangup()).context("listen for SIGHUP")?;
    remote::prepare().context("listen for SIGURG")?;
    let (end, ended) = watch::channel(false);
    let end = Arc::new(end);

    let explainer = Explainer::new(synthesis.clone());
    let master_files = MasterFiles::start(&configuration, &synthesis);
    let following = Following::start(&configuration, synthesis.clone(), memory.clone());
    let (manager, children) = (arrival.manager.clone(), arrival.children.clone());
    let signals = [&mut terminated, &mut interrupted];
    let estate = arrival.estate(&configuration, &store, &synthesis, signals);
    let Some(mut estate) = estate.await? else {
        return Ok(());
    };
    // What sources say is kept from here on: the one before does it no more.
    memory.begin();
    following.forget_others();
    let admin_path = &configuration.admin_path.value;
    let admin_socket = AdminSide::socket(estate.admin.take(), admin_path, &manager)?;
    let (successors, mut successor) = mpsc::channel(1);
    let mut serving = Serving::new(&configuration, store.clone(), &manager, &children, estate)?;
    let followed = (following.clone(), master_files.clone());
    let parts = Parts::start(configuration, &synthesis, &store, followed);
    children.are_purged_by(&parts.purging);
    let daemon = Daemon {
        parts: parts.clone(),
        is_open: serving.is_open(),
        statistics: serving.statistics(),
        store,
        explainer,
        successors,
        loss,
        memory: memory.clone(),
        children,
        counts: Counts::default(),
    };
    parts.metrics.answer(daemon.clone());
    let (admin_side, admin) = AdminSide::start(admin_socket, daemon, ended.clone())?;
    let (look, mut looks) = mpsc::channel(1);
    let mut watch = Watch::start(&parts.watched(), look.clone());

    let mut phase = synthesis.phase();
    phase.mark_changed();
    let mut heart = manager.heart();
    let is_handed_over = loop {
        tokio::select! {
            changed = phase.changed() => {
                if changed.is_err() {
                    warn!("the writer ended; what was published goes on being served until the daemon ends");
                    break false;
                }
                let now = phase.borrow_and_update().clone();
                serving.follow(&now, &synthesis).await?;
                manager.follow(&synthesis);
            }
            looked = looks.recv() => {
                if looked.is_none() {
                    break false;
                }
                reread(&parts, &mut watch, &look);
                synthesis.look_again();
            }
            _ = hung_up.recv() => {
                info!("SIGHUP: configuration, policies, settings and master files are looked at again");
                master_files.look_again();
                reread(&parts, &mut watch, &look);
                manager.reload(&synthesis);
            }
            Some(successor) = successor.recv() => {
                let let_go = let_go(&following, &end);
                let kept = (&synthesis, &memory);
                if serving.hand_over(successor, &admin_side, kept, let_go).await {
                    break true;
                }
            }
            () = heart.beat() => {}
            _ = terminated.recv() => break false,
            _ = interrupted.recv() => break false,
        }
    };
    info!("stopping");
    if !is_handed_over {
        stop_serving(&mut serving, &manager, &admin_side).await;
    }
    drop(watch);
    following.stop();
    // The admin socket goes last: until then it says what is happening.
    let _ = end.send(true);
    match tokio::time::timeout(DRAIN_PATIENCE, admin).await {
        Ok(answered) => answered.context("end the admin socket")?,
        Err(_) => Ok(()),
    }
}

/// Reads the configuration again, and watches what it lists then.
fn reread(parts: &Parts, watch: &mut Watch, look: &mpsc::Sender<()>) {
    if parts.reread() {
        *watch = Watch::start(&parts.watched(), look.clone());
    }
}

/// Ends what may not go on beside a successor.
fn let_go(following: &Following, end: &Arc<watch::Sender<bool>>) -> impl Fn() + Send + 'static {
    let (following, end) = (following.clone(), Arc::clone(end));
    move || {
        following.stop();
        let _ = end.send(true);
    }
}

/// Answers nobody any more; a service manager keeps who asks.
async fn stop_serving(serving: &mut Serving, manager: &ServiceManager, admin_side: &AdminSide) {
    if manager.is_there() {
        manager.stopping();
        admin_side.stay();
        serving.leave_to_manager(DRAIN_PATIENCE).await;
    } else {
        serving.stop(DRAIN_PATIENCE).await;
    }
}
