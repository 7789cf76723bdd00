//! The writer's thread: takes messages in order, and publishes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant, UNIX_EPOCH};

use arc_swap::ArcSwap;
use tokio::sync::watch;
use tracing::{debug, info, warn};
use zonesmith_cluster::{Cluster, Override, Reconciled, Service, ServicePath, State};
use zonesmith_zone::contribution::Contribution;
use zonesmith_zone::delta::Delta;

use self::denial::Denials;
use self::source::off_reason;
use super::candidate::Order;
use super::isolation::Isolation;
use super::loading::Job;
use super::report::{Report, ServiceReport};
use super::serials::Serials;
use super::served::Served;
use super::service::{ServiceResult, synthesize};
use super::{Message, Phase};
use crate::master_file::Followed;
use crate::policy::stack::StackEntry;
use crate::snapshot::changes::History;
use crate::snapshot::{Live, Snapshot};

mod denial;
mod publish;
mod shown;
mod source;
mod static_files;
mod swap;

/// Services synthesised between two publications: few enough that a state with thousands of changes shows its first
/// ones within milliseconds, enough that publishing costs nothing beside them.
const SERVICES_A_PUBLICATION: usize = 256;

/// How long old snapshots wait for the writer to look whether their last reader is gone.
const SWEEP_INTERVAL: Duration = Duration::from_millis(200);

/// Where the cluster's state comes from and what became of it.
pub(super) struct Writer {
    overrides: Override,
    jobs: Sender<Job>,
    phase: watch::Sender<Phase>,
    generations: watch::Sender<u64>,
    history: Arc<History>,
    told: Arc<ArcSwap<Report>>,
    report: Report,
    /// As the source said it, without the configuration's word.
    source_cluster: Cluster,
    state: Option<State>,
    /// Replaced when the cluster itself changed: a candidate proven on another one is outdated.
    cluster: Arc<Cluster>,
    served: Option<Served>,
    live: Option<Arc<Live>>,
    generation: u64,
    serials: Serials,
    denials: Denials,
    /// The site's master files as they are now.
    static_files: Arc<[Followed]>,
    retired: Vec<Arc<Snapshot>>,
    isolation: Isolation,
    /// Whether services changed that wait for a candidate to show it.
    is_behind: bool,
    /// Whether `report` holds something that nobody was told yet.
    has_news: bool,
    /// Whether a whole cluster was named since memory was last given back: several times what is kept of it.
    has_garbage: bool,
    /// When the first of what is not published yet came in.
    arrived: Option<Instant>,
}

impl Writer {
    pub(super) fn new(
        overrides: Override,
        jobs: Sender<Job>,
        phase: watch::Sender<Phase>,
        generations: watch::Sender<u64>,
        history: Arc<History>,
        told: Arc<ArcSwap<Report>>,
        serials: Serials,
    ) -> Self {
        Self {
            overrides,
            jobs,
            phase,
            generations,
            history,
            told,
            report: Report::default(),
            source_cluster: Cluster::default(),
            state: None,
            cluster: Arc::default(),
            served: None,
            live: None,
            generation: 0,
            serials,
            static_files: Arc::default(),
            denials: Denials::default(),
            retired: Vec::new(),
            isolation: Isolation::default(),
            is_behind: false,
            has_news: false,
            has_garbage: false,
            arrived: None,
        }
    }

    /// Until [`Message::Stop`].
    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        loop {
            let message = match self.pause(Instant::now()) {
                Some(pause) => match messages.recv_timeout(pause) {
                    Ok(message) => Some(message),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => return,
                },
                None => match messages.recv() {
                    Ok(message) => Some(message),
                    Err(_) => return,
                },
            };
            match message {
                Some(Message::Stop) => return,
                Some(message) => {
                    self.has_news = true;
                    self.take(message);
                }
                None => {}
            }
            self.retry(Instant::now());
            self.advance_serials(Instant::now());
            // Invariant: the writer frees; nobody else holds the last one.
            self.retired
                .retain(|snapshot| Arc::strong_count(snapshot) > 1);
            if self.has_garbage && self.retired.is_empty() {
                self.has_garbage = false;
                zonesmith_heap::give_back();
            }
            if std::mem::take(&mut self.has_news) {
                self.tell();
            }
        }
    }

    /// How long nothing is to be done, unless a message comes; none is for ever.
    fn pause(&self, now: Instant) -> Option<Duration> {
        let serial = self.serials.due();
        let retry = if self.served.is_some() {
            self.isolation.next_due()
        } else {
            None
        };
        let sweep = (!self.retired.is_empty()).then(|| now + SWEEP_INTERVAL);
        [serial, retry, sweep]
            .into_iter()
            .flatten()
            .min()
            .map(|due| due.saturating_duration_since(now))
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::State {
                source,
                format,
                state,
                at,
            } => {
                self.arrived.get_or_insert(at);
                self.take_state(source.to_string(), format, *state);
            }
            Message::Changes {
                source,
                changes,
                at,
            } => {
                self.arrived.get_or_insert(at);
                self.take_changes(&source, changes);
            }
            Message::SourceFailed { source, error } => {
                self.take_source_error(source.to_string(), error);
            }
            Message::Override(overrides) => self.take_override(*overrides),
            Message::StaticFiles(files) => self.take_static_files(files),
            Message::Signing { zones, done } => {
                self.take_signing(zones);
                // Who waits for it may have given up.
                let _ = done.send(());
            }
            Message::Order(reply) => {
                // Who asked may be gone.
                let _ = reply.send(self.order());
            }
            Message::Candidate {
                candidate,
                share,
                verdict,
            } => {
                let _ = verdict.send(self.take_candidate(*candidate, share));
            }
            Message::Refused(refused) => self.report.refused = refused,
            Message::NotConfigured => self.catch_up(),
            Message::Stop => {}
        }
    }

    /// Makes `next` the state of the cluster, and the zones what follows from it.
    fn reconcile(&mut self, next: State) {
        let is_first = self.state.is_none();
        let Reconciled {
            state,
            cluster_changed,
            changed,
            removed,
        } = self.state.take().unwrap_or_default().reconcile(next);
        self.report.cluster = Some(self.cluster_report(&state));
        let off = off_reason(&state.cluster);
        if is_first || cluster_changed {
            self.cluster = Arc::new(state.cluster.clone());
        }
        self.state = Some(state);
        if let Some(reason) = off {
            self.switch_off(reason);
            return;
        }
        let is_configuring = is_first || cluster_changed || self.served.is_none();
        if is_configuring {
            // The loader lives as long as the writer.
            let _ = self.jobs.send(Job::Configure);
        }
        if is_configuring && changed.len() > SERVICES_A_PUBLICATION {
            // The candidate will have them all; synthesising them here as well would only make both later.
            self.is_behind = true;
        } else if self.served.is_some() {
            self.apply(changed, &removed);
        }
    }

    /// The policies cannot be configured for the cluster as it is now: the live ones go on with its services.
    fn catch_up(&mut self) {
        if !std::mem::take(&mut self.is_behind) || self.served.is_none() {
            return;
        }
        let Some(state) = &self.state else { return };
        let all: Vec<_> = state.services.keys().cloned().collect();
        let gone = self
            .served
            .as_ref()
            .map(|served| served.paths_beside(&state.services))
            .unwrap_or_default();
        self.apply(all, &gone);
    }

    fn switch_off(&mut self, reason: &str) {
        if self.served.take().is_some() {
            info!(reason, "the DNS is switched off");
        }
        self.isolation.clear();
        self.report.services = Arc::default();
        self.report.policies = Arc::default();
        self.report_static_files();
        self.phase.send_replace(Phase::Off(reason.to_owned()));
    }

    /// What a candidate is to be proven on; nothing while the DNS is off.
    fn order(&self) -> Option<Order> {
        let state = self
            .state
            .as_ref()
            .filter(|state| off_reason(&state.cluster).is_none())?;
        let (failing, healthy): (Vec<_>, Vec<_>) = state
            .services
            .values()
            .cloned()
            .partition(|service| self.isolation.contains(&service.path));
        let services = healthy.into_iter().chain(failing).collect();
        Some(Order {
            cluster: Arc::clone(&self.cluster),
            services,
            has_live: self.served.is_some(),
            static_files: Arc::clone(&self.static_files),
        })
    }

    /// Synthesises what changed, publishing as it goes.
    fn apply(&mut self, changed: Vec<ServicePath>, removed: &[ServicePath]) {
        let (failing, healthy): (Vec<_>, Vec<_>) = changed
            .into_iter()
            .partition(|path| self.isolation.contains(path));
        let order: Vec<_> = healthy.into_iter().chain(failing).collect();
        let mut turns = order.chunks(SERVICES_A_PUBLICATION).peekable();
        // What is gone goes with the last of what is new: a service that is renamed is at no time nowhere.
        let mut gone = Some(removed);
        loop {
            let turn = turns.next().unwrap_or_default();
            let gone = if turns.peek().is_none() {
                gone.take()
            } else {
                None
            };
            let delta = self.replace(turn, gone.unwrap_or_default());
            self.publish(delta);
            if turns.peek().is_none() {
                return;
            }
        }
    }

    /// One turn of services through the policies and into the contents.
    fn replace(&mut self, changed: &[ServicePath], removed: &[ServicePath]) -> Delta {
        let Some(mut served) = self.served.take() else {
            return Delta::default();
        };
        let zone_set = served.contents.zone_set();
        let mut contributions = Vec::new();
        for path in changed {
            let Some(service) = self
                .state
                .as_ref()
                .and_then(|state| state.services.get(path))
                .cloned()
            else {
                continue;
            };
            let mut result = synthesize(&mut served.layers, zone_set.zones(), &service);
            for (rank, outcome) in result.contributions.iter_mut().enumerate() {
                let Ok(contribution) = outcome else { continue };
                if !contribution.is_empty() || served.has_contributor(path, rank) {
                    contributions
                        .push((served.contributor(path, rank), std::mem::take(contribution)));
                }
            }
            self.remember(&served.stack(), &service, &result);
        }
        for path in removed {
            self.isolation.healed(path);
            self.report.forget(path);
        }
        let gone = served.forget(removed);
        contributions.extend(gone.iter().map(|id| (*id, Contribution::default())));
        let delta = served.contents.replace(contributions);
        // Empty by now, so nothing changes but the list of contributors.
        let _ = served.contents.remove(&gone);
        self.served = Some(served);
        delta
    }

    /// Keeps what there is to tell of a service.
    fn remember(&mut self, stack: &[StackEntry], service: &Service, result: &ServiceResult) {
        match result.first_failure() {
            Some(error) => {
                if !self.isolation.contains(&service.path) {
                    warn!(service = %service.path, stage = "synthesize", error, "policy failed; last good records stay");
                }
                self.isolation.failed(&service.path, Instant::now());
            }
            None => self.isolation.healed(&service.path),
        }
        let failing = self.isolation.get(&service.path);
        let failing = failing.map_or((UNIX_EPOCH, 0), |failing| (failing.since, failing.retries));
        self.report.remember(
            &service.path,
            ServiceReport::of(service, result, stack, failing),
        );
    }

    fn retry(&mut self, now: Instant) {
        if self.served.is_none() {
            return;
        }
        let due = self.isolation.due(now);
        if !due.is_empty() {
            debug!(services = due.len(), "failing services are tried again");
            self.has_news = true;
            let delta = self.replace(&due, &[]);
            self.publish(delta);
        }
    }
}
