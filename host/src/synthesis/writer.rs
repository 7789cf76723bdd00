//! The writer's thread: takes messages in order, and publishes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant, UNIX_EPOCH};

use arc_swap::ArcSwap;
use tokio::sync::watch;
use tracing::{debug, warn};
use zonesmith_cluster::{Override, Service};
use zonesmith_zone::delta::Delta;

use self::denial::Denials;
use self::shadowing::Told;
use self::watching::Watch;
use super::clusters::Clusters;
use super::isolation::Isolation;
use super::loading::Job;
use super::report::{Report, ServiceReport};
use super::serials::Serials;
use super::served::Served;
use super::service::ServiceResult;
use super::service_key::ServiceKey;
use super::{Message, Phase};
use crate::master_file::Followed;
use crate::policy::stack::StackEntry;
use crate::snapshot::changes::{Changed, History};
use crate::snapshot::forget::Aliases;
use crate::snapshot::{Live, Snapshot};

mod clusters;
mod denial;
mod evidence;
mod probe;
mod publish;
mod shadowing;
mod shown;
mod source;
mod static_files;
mod swap;
pub(super) mod watching;

pub(super) use self::source::NOBODY;

/// Services synthesised between two publications: few enough that a state with thousands of changes shows its first
/// ones within milliseconds, enough that publishing costs nothing beside them.
const SERVICES_A_PUBLICATION: usize = 256;

/// How long old snapshots wait for the writer to look whether their last reader is gone.
const SWEEP_INTERVAL: Duration = Duration::from_millis(200);

/// What the sources say and what became of it.
pub(super) struct Writer {
    jobs: Sender<Job>,
    phase: watch::Sender<Phase>,
    generations: watch::Sender<u64>,
    /// How often the clusters changed.
    states: watch::Sender<u64>,
    history: Arc<History>,
    told: Arc<ArcSwap<Report>>,
    report: Report,
    /// What the sources said last. A candidate proven on other clusters is outdated.
    clusters: Clusters,
    served: Option<Served>,
    live: Option<Arc<Live>>,
    generation: u64,
    serials: Serials,
    denials: Denials,
    /// Who points at whom in what is live.
    aliases: Aliases,
    /// The site's master files as they are now.
    static_files: Arc<[Followed]>,
    retired: Vec<Arc<Snapshot>>,
    isolation: Isolation,
    /// The policy that was promoted lately.
    watch: Option<Watch>,
    /// The candidate in the shadow.
    shadow: Option<Told>,
    /// Whether services changed that wait for a candidate to show it.
    is_behind: bool,
    /// Whether `report` holds something that nobody was told yet.
    has_news: bool,
    /// Whether a whole cluster was named since memory was last given back: several times what is kept of it.
    has_garbage: bool,
    /// When the probe goes, if there is one.
    probe_ends: Option<Instant>,
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
            jobs,
            phase,
            generations,
            states: watch::Sender::new(0),
            history,
            told,
            report: Report::default(),
            clusters: Clusters::new(overrides),
            served: None,
            live: None,
            generation: 0,
            serials,
            static_files: Arc::default(),
            denials: Denials::default(),
            aliases: Aliases::default(),
            retired: Vec::new(),
            isolation: Isolation::default(),
            watch: None,
            shadow: None,
            is_behind: false,
            has_news: false,
            has_garbage: false,
            probe_ends: None,
            arrived: None,
        }
    }

    /// How often the clusters, as their sources tell them, changed since the start.
    pub(super) fn states(&self) -> watch::Receiver<u64> {
        self.states.subscribe()
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
                Some(Message::Pause { paused, over }) => {
                    self.serials.settle();
                    // Who wanted it may have lost patience.
                    if paused.send(()).is_ok() && over.recv().is_ok() {
                        return;
                    }
                }
                Some(message) => {
                    self.has_news = true;
                    self.take(message);
                }
                None => {}
            }
            self.retry(Instant::now());
            self.end_probe_when_due(Instant::now());
            self.advance_serials(Instant::now());
            self.judge(Instant::now());
            self.leave_word();
            // Invariant: the writer frees; nobody else holds the last one.
            self.retired
                .retain(|snapshot| Arc::strong_count(snapshot) > 1);
            if self.has_garbage && self.retired.is_empty() {
                self.has_garbage = false;
                zonesmith_heap::give_back();
            }
            if self.clusters.take_contest_news() {
                self.list_conflicts();
            }
            if std::mem::take(&mut self.has_news) {
                self.tell();
            }
        }
    }

    /// How long nothing is to be done, unless a message comes; none is for ever.
    fn pause(&self, now: Instant) -> Option<Duration> {
        // Serials and failing services wait for as long as nothing is served.
        let (serial, retry) = if self.served.is_some() {
            (self.serials.due(), self.isolation.next_due())
        } else {
            (None, None)
        };
        let sweep = (!self.retired.is_empty()).then(|| now + SWEEP_INTERVAL);
        [serial, retry, sweep, self.probe_ends]
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
                remembered,
            } => {
                self.arrived.get_or_insert(at);
                self.take_state(&source, format, *state, remembered);
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
                self.take_source_error(&source, error);
            }
            Message::Sources(sources) => self.take_list(&sources),
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
                terms,
                verdict,
            } => {
                let _ = verdict.send(self.take_candidate(*candidate, terms));
            }
            Message::CountFailing(reply) => {
                // Who asked may be gone.
                let _ = reply.send(self.isolation.keys().count());
            }
            Message::Settled(reply) => {
                // Who asked may be gone.
                let _ = reply.send(());
            }
            Message::Shadow(shadow) => self.take_shadow(shadow),
            Message::ShadowOrder { mailbox, reply } => {
                // Who asked may be gone.
                let _ = reply.send(self.shadow_order(&mailbox));
            }
            Message::TakenBack(taken) => self.report.taken_back = taken,
            Message::Refused(refused) => self.report.refused = refused,
            Message::NotConfigured => self.catch_up(),
            Message::Evidence {
                name,
                with_services,
                reply,
            } => {
                // Who asked may have given up.
                let _ = reply.send(self.evidence(&name, with_services).map(Box::new));
            }
            Message::Clusters(reply) => {
                // Who asked may have given up.
                let _ = reply.send(self.told_clusters());
            }
            Message::Probe { probe, reply } => {
                // Who asked may have given up.
                let _ = reply.send(self.take_probe(probe));
            }
            Message::Serials { served, done } => {
                self.serials.go_past(&served);
                if self.served.is_some() {
                    self.store(Changed::nothing());
                }
                let _ = done.send(());
            }
            Message::Pause { .. } | Message::Stop => {}
        }
    }

    /// Synthesises what changed, publishing as it goes.
    fn apply(&mut self, changed: Vec<ServiceKey>, removed: &[ServiceKey]) {
        let (failing, healthy): (Vec<_>, Vec<_>) = changed
            .into_iter()
            .partition(|key| self.isolation.contains(key));
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
    fn replace(&mut self, changed: &[ServiceKey], removed: &[ServiceKey]) -> Delta {
        let Some(mut served) = self.served.take() else {
            return Delta::default();
        };
        let stack = served.stack();
        let mut services = Vec::with_capacity(changed.len());
        for key in changed {
            let service = self.clusters.service(key).cloned();
            // A cluster that is not served yet comes with its candidate; one that is no more is not tried again.
            match service {
                Some(service) if served.find(&key.cluster).is_some() => {
                    services.push((key.clone(), service));
                }
                Some(_) | None => self.isolation.healed(key),
            }
        }
        let delta = served.replace(&services, removed, |key, service, result| {
            self.remember(&stack, key, service, result);
        });
        for key in removed {
            self.isolation.healed(key);
            self.report.forget(key);
            if let Some(watch) = &mut self.watch {
                watch.forget(key);
            }
        }
        self.served = Some(served);
        self.note(changed, removed, &delta);
        delta
    }

    /// Keeps what there is to tell of a service.
    fn remember(
        &mut self,
        stack: &[StackEntry],
        key: &ServiceKey,
        service: &Service,
        result: &ServiceResult,
    ) {
        match result.first_failure() {
            Some(error) => {
                if !self.isolation.contains(key) {
                    warn!(service = %key, stage = "synthesize", error, "policy failed; last good records stay");
                }
                self.isolation.failed(key, Instant::now());
            }
            None => self.isolation.healed(key),
        }
        let failing = self.isolation.get(key);
        let failing = failing.map_or((UNIX_EPOCH, 0), |failing| (failing.since, failing.retries));
        if let Some(watch) = &mut self.watch {
            watch.see(key, result, failing.1);
        }
        self.report
            .remember(key, ServiceReport::of(service, result, stack, failing));
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
