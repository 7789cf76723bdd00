//! The ONE writer: changes of the cluster and proven candidates in, snapshots out.
//!
//! ```text
//!  source ──State──▶ ┌────────┐ ──publish──▶ Live (what readers load)
//!                    │ writer │ ──report───▶ what `status` says
//!  loader ─Candidate▶└────────┘
//!     ▲                  │ order: the cluster and its services as they are now
//!     └──────────────────┘
//! ```
//!
//! The writer (a thread of its own, `writer`) owns what the sources say (`clusters`), the live policies and the contents. One
//! changed service is one call of each policy and a handful of names replaced. Whatever needs *every* service (a new
//! policy, new settings, a changed cluster) is prepared by the loader's thread (`loading`, `candidate`) beside the
//! live one, which goes on publishing; the writer then catches up with what changed meanwhile and swaps.
//!
//! **Invariant:** nothing that readers can see is written anywhere but in `Writer::write`.
//!
//! **Invariant:** a failing service, policy or source leaves what was served (`isolation`).

mod candidate;
mod clusters;
pub mod evidence;
mod isolation;
mod last_good;
mod loading;
mod message;
pub mod outcome;
pub mod pausing;
pub mod probe;
pub mod promotion;
pub mod report;
mod serials;
mod served;
mod service;
pub mod service_key;
pub mod shadow;
pub mod static_zones;
pub mod told;
mod writer;

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use arc_swap::{ArcSwap, ArcSwapOption};
use tokio::sync::{oneshot, watch};
use tracing::debug;
use zonesmith_cluster::{Format, Override, Service, ServicePath, State};
use zonesmith_zone::name::Name;
use zonesmith_zone::nsec3::Parameters;

use self::evidence::Evidence;
use self::loading::{Job, Loading};
use self::message::{Message, Verdict};
use self::outcome::Outcome;
use self::report::Report;
use self::serials::Serials;
use self::told::ToldCluster;
use self::writer::Writer;
use crate::master_file::Followed;
use crate::policy::loader::Loader;
use crate::policy::stack::PolicySource;
use crate::snapshot::changes::{Changes, History};
use crate::snapshot::{Live, Snapshot};
use crate::store::Store;
use crate::telemetry::counters::{SourceWord, counters};
use crate::trust::Trust;

/// How long the end waits for the writer to finish what it is at, and for the last serials to be kept.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// Whether there is anything to serve.
#[derive(Clone)]
pub enum Phase {
    /// Not yet, and why.
    Starting(String),
    /// On purpose not, and why: the cluster has no nameservers.
    Off(String),
    /// The socket is to be open.
    Serving(Arc<Live>),
}

/// The share of its names that the zones may lose by a reload, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RemovalShare(pub f64);

impl Default for RemovalShare {
    /// Half: renaming everything is rarely meant, and `--force` says so.
    fn default() -> Self {
        Self(0.5)
    }
}

/// How a zone proves that a name does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// By the names around it; or by hashes that need no chain.
    Nsec,
    /// By the hashes around its own.
    Nsec3(Parameters),
}

/// How long somebody waits until a zone is served as it was set. PowerDNS gives up after two seconds by default; what takes
/// longer is served later, and nobody is told.
const SIGNING_PATIENCE: Duration = Duration::from_millis(1500);

/// How long who explains a name waits for the writer: it may be at a swap, and PowerDNS waits for two seconds.
const EVIDENCE_PATIENCE: Duration = Duration::from_millis(1000);

/// How long who records a cluster waits for the writer: also for a swap of many services.
const RECORD_PATIENCE: Duration = Duration::from_secs(20);

/// The address of a source, as it is configured.
pub type SourceName = Arc<str>;

/// A service as it is now, or that it is gone.
pub type ServiceChange = (ServicePath, Option<Arc<Service>>);

/// What the daemon holds of the writer.
#[derive(Clone)]
pub struct Handle {
    messages: mpsc::Sender<Message>,
    jobs: mpsc::Sender<Job>,
    phase: watch::Receiver<Phase>,
    generations: watch::Receiver<u64>,
    states: watch::Receiver<u64>,
    history: Arc<History>,
    report: Arc<ArcSwap<Report>>,
    trouble: Arc<ArcSwapOption<String>>,
    /// Closed when the writer has ended.
    ended: Arc<Mutex<mpsc::Receiver<()>>>,
}

impl Handle {
    /// Starts writer and loader, each on a thread of its own.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        loader: Loader,
        overrides: Override,
        share: RemovalShare,
        store: &Store,
    ) -> anyhow::Result<Self> {
        let (messages, received) = mpsc::channel();
        let (jobs, accepted) = mpsc::channel();
        let nobody = Phase::Starting(writer::NOBODY.to_owned());
        let (tell_phase, phase) = watch::channel(nobody);
        let (tell_generation, generations) = watch::channel(0);
        let history = Arc::new(History::default());
        let report = Arc::new(ArcSwap::from_pointee(Report::default()));
        let trouble = Arc::new(ArcSwapOption::empty());
        let kept = store.serials().context("read the serials that were kept")?;
        let keeper = store.clone();
        let serials = Serials::start(
            kept,
            Box::new(move |moves| Ok(keeper.save_serials(moves)?)),
            Arc::clone(&trouble),
            Box::new(serials::unix_seconds),
        )
        .context("start the thread that keeps serials")?;
        let writer = Writer::new(
            overrides,
            jobs.clone(),
            tell_phase,
            tell_generation,
            Arc::clone(&history),
            Arc::clone(&report),
            serials,
        );
        let states = writer.states();
        let loading = Loading::new(loader, share, messages.clone(), store.clone());
        let (end, ended) = mpsc::channel();
        thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || {
                writer.run(&received);
                drop(end);
            })
            .context("start the writer's thread")?;
        thread::Builder::new()
            .name("loader".to_owned())
            .spawn(move || loading.run(&accepted))
            .context("start the loader's thread")?;
        Ok(Self {
            messages,
            jobs,
            phase,
            generations,
            states,
            history,
            report,
            trouble,
            ended: Arc::new(Mutex::new(ended)),
        })
    }

    /// The configuration lists these sources, in this order: from now on nobody else is heard, and what others said goes.
    /// Without it, every source that speaks is one, in the order of their first words.
    pub fn list_sources(&self, sources: Vec<SourceName>) {
        self.send(Message::Sources(sources));
    }

    /// A source said everything it knows; it came in `at`.
    pub fn state(&self, source: SourceName, format: Format, state: State, at: Instant) {
        counters().heard(&source, SourceWord::State);
        self.send(Message::State {
            source,
            format,
            state: Box::new(state),
            at,
            remembered: None,
        });
    }

    /// What a source said last, before the daemon started: it stands until the source speaks.
    pub fn remember(&self, source: SourceName, format: Format, state: State, spoke: SystemTime) {
        self.send(Message::State {
            source,
            format,
            state: Box::new(state),
            at: Instant::now(),
            remembered: Some(spoke),
        });
    }

    /// A source said something of single services: what each is now, or that it is gone. The cost follows their number.
    pub fn change(&self, source: SourceName, changes: Vec<ServiceChange>, at: Instant) {
        counters().heard(&source, SourceWord::Changes);
        self.send(Message::Changes {
            source,
            changes,
            at,
        });
    }

    /// A source cannot say anything; what it said before stands.
    pub fn source_failed(&self, source: SourceName, error: String) {
        counters().heard(&source, SourceWord::Failed);
        self.send(Message::SourceFailed { source, error });
    }

    /// The configuration says something else about the clusters now.
    pub fn set_override(&self, overrides: Override) {
        self.send(Message::Override(Box::new(overrides)));
    }

    /// The site's master files are these now; those that are as before cost nothing.
    pub fn set_static_files(&self, files: Arc<[Followed]>) {
        self.send(Message::StaticFiles(files));
    }

    /// Somebody set how these zones are signed: their keys, or how they deny names. Waits until they are served so, but not
    /// for ever.
    pub fn set_signing(&self, zones: Vec<(Name, Denial)>) {
        let (done, is_done) = mpsc::channel();
        self.send(Message::Signing { zones, done });
        if is_done.recv_timeout(SIGNING_PATIENCE).is_err() {
            debug!("zones are signed in a new way later than anybody waits");
        }
    }

    /// The configuration lists other policies now, or others who are believed.
    pub fn set_sources(&self, sources: Vec<PolicySource>, trust: Trust) {
        // The loader lives as long as any handle does.
        let _ = self.jobs.send(Job::Sources(sources, trust));
    }

    /// Something about the policies may have changed: look again, without hurry.
    pub fn look_again(&self) {
        let _ = self.jobs.send(Job::Look {
            is_asked: false,
            is_forced: false,
            reply: None,
        });
    }

    /// Looks again and waits for the outcome. `force` passes the guard against removing too many names.
    ///
    /// # Errors
    /// The daemon is stopping.
    pub async fn reload(&self, force: bool) -> anyhow::Result<Outcome> {
        let (reply, outcome) = oneshot::channel();
        let _ = self.jobs.send(Job::Look {
            is_asked: true,
            is_forced: force,
            reply: Some(reply),
        });
        let outcome = outcome.await.context("the daemon is stopping")?;
        Ok(self.with_generation(outcome))
    }

    /// The loader does not know which generation is live.
    fn with_generation(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Unchanged { .. } => Outcome::Unchanged {
                generation: self.live().map_or(0, |snapshot| snapshot.generation),
            },
            outcome @ (Outcome::Published { .. }
            | Outcome::Shadowing { .. }
            | Outcome::Refused { .. }) => outcome,
        }
    }

    /// Whether there is anything to serve, and each change of it.
    #[must_use]
    pub fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.clone()
    }

    /// The live generation, and each one that follows.
    #[must_use]
    pub fn generations(&self) -> watch::Receiver<u64> {
        self.generations.clone()
    }

    /// How often the clusters, as their sources tell them, changed since the start, and each time that they do.
    #[must_use]
    pub fn states(&self) -> watch::Receiver<u64> {
        self.states.clone()
    }

    /// What changed after `generation`; [`generations`](Self::generations) tells when there is more.
    #[must_use]
    pub fn changes_since(&self, generation: u64) -> Changes {
        self.history.since(generation)
    }

    /// Tells this run from every other: generations count from 1 in each.
    #[must_use]
    pub fn run(&self) -> String {
        self.history.run()
    }

    /// When this run began, in seconds since 1970.
    #[must_use]
    pub fn started(&self) -> u64 {
        self.history.started()
    }

    /// The live snapshot, while there is one.
    #[must_use]
    pub fn live(&self) -> Option<Arc<Snapshot>> {
        match &*self.phase.borrow() {
            Phase::Serving(live) => Some(live.load_full()),
            Phase::Starting(_) | Phase::Off(_) => None,
        }
    }

    /// What is to be told of everything that is not the zones themselves.
    #[must_use]
    pub fn report(&self) -> Arc<Report> {
        self.report.load_full()
    }

    /// Why serials cannot be kept just now.
    #[must_use]
    pub fn trouble(&self) -> Option<Arc<String>> {
        self.trouble.load_full()
    }

    /// What is known of a name, with all services if they are wanted; none while nothing is served, or when the writer is
    /// at something long.
    #[must_use]
    pub fn evidence(&self, name: &Name, with_services: bool) -> Option<Box<Evidence>> {
        let (reply, evidence) = mpsc::channel();
        self.send(Message::Evidence {
            name: name.clone(),
            with_services,
            reply,
        });
        evidence.recv_timeout(EVIDENCE_PATIENCE).ok().flatten()
    }

    /// All clusters as their sources tell them, with the configuration's word; none when the writer is at something long.
    #[must_use]
    pub fn clusters(&self) -> Option<Vec<ToldCluster>> {
        let (reply, told) = mpsc::channel();
        self.send(Message::Clusters(reply));
        told.recv_timeout(RECORD_PATIENCE).ok()
    }

    /// Ends writer and loader, and waits for the writer; what was published stays readable.
    pub fn stop(&self) {
        let _ = self.jobs.send(Job::Stop);
        self.send(Message::Stop);
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        // Nothing is ever sent: it ends when the writer did.
        let _ = ended.recv_timeout(STOP_PATIENCE);
    }

    fn send(&self, message: Message) {
        // The writer ends only when the daemon does.
        let _ = self.messages.send(message);
    }
}
