//! What the writer is told, and what it answers.

use std::collections::HashMap;
use std::sync::{Arc, mpsc};
use std::time::{Instant, SystemTime};

use tokio::sync::oneshot;
use zonesmith_cluster::{Format, Override, State};
use zonesmith_zone::name::Name;

use super::candidate::{Candidate, Order};
use super::evidence::Evidence;
use super::outcome::Outcome;
use super::probe::Probe;
use super::report::TakenBack;
use super::shadow::{Board, Mailbox, ShadowOrder};
use super::told::ToldCluster;
use super::writer::watching::Watched;
use super::{Denial, RemovalShare, ServiceChange, SourceName};
use crate::master_file::Followed;
use crate::policy::loader::RefusedPolicy;

/// What the writer is told.
pub(super) enum Message {
    /// The whole state of the source, which is the truth.
    State {
        source: SourceName,
        format: Format,
        state: Box<State>,
        at: Instant,
        /// When it said so, if that was before the daemon started.
        remembered: Option<SystemTime>,
    },
    /// What a source says of single services; none: gone.
    Changes {
        source: SourceName,
        changes: Vec<ServiceChange>,
        at: Instant,
    },
    /// The source cannot say anything; what it said stands.
    SourceFailed { source: SourceName, error: String },
    /// The sources of the configuration, in its order.
    Sources(Vec<SourceName>),
    /// The configuration's word about the cluster changed.
    Override(Box<Override>),
    /// The site's master files as they are now.
    StaticFiles(Arc<[Followed]>),
    /// How zones are signed was set.
    Signing {
        zones: Vec<(Name, Denial)>,
        done: mpsc::Sender<()>,
    },
    /// The loader wants to prove a candidate.
    Order(mpsc::Sender<Option<Order>>),
    /// A proven candidate.
    Candidate {
        candidate: Box<Candidate>,
        terms: Terms,
        verdict: mpsc::Sender<Verdict>,
    },
    /// How many services fail.
    CountFailing(mpsc::Sender<usize>),
    /// Answered when everything that was sent before is done, and told.
    Settled(mpsc::Sender<()>),
    /// This candidate runs in the shadow now, or none.
    Shadow(Option<(Arc<Mailbox>, Arc<Board>)>),
    /// It is to be proven on everything; who leaves word in its mailbox begins anew.
    ShadowOrder {
        mailbox: Arc<Mailbox>,
        reply: mpsc::Sender<Option<ShadowOrder>>,
    },
    /// What was taken back by itself, if that is why what is live is live.
    TakenBack(Option<Box<TakenBack>>),
    /// A candidate was refused before it came to the writer; none: it is not wanted any more.
    Refused(Option<RefusedPolicy>),
    /// The live policies could not be configured for the cluster as it is now.
    NotConfigured,
    /// Somebody explains a name.
    Evidence {
        name: Name,
        with_services: bool,
        reply: mpsc::Sender<Option<Box<Evidence>>>,
    },
    /// Somebody records what the clusters are.
    Clusters(mpsc::Sender<Vec<ToldCluster>>),
    /// Somebody looks whether changes arrive; none: not any more.
    Probe {
        probe: Option<Probe>,
        reply: oneshot::Sender<Result<u64, String>>,
    },
    /// Rest, after all serials are kept, until the other side is gone; what it says ends the writer.
    Pause {
        paused: mpsc::Sender<()>,
        over: mpsc::Receiver<()>,
    },
    /// Another process served these serials: ours go past them.
    Serials {
        served: HashMap<Name, u32>,
        done: mpsc::Sender<()>,
    },
    /// End.
    Stop,
}

/// Keeps what is about to be seen; an error is why it cannot be.
pub(super) type Keep = Box<dyn FnOnce(&Outcome) -> Result<(), String> + Send>;

/// On what terms a candidate may be swapped in.
pub(super) struct Terms {
    /// How many names it may remove; none: any number.
    pub(super) share: Option<RemovalShare>,
    /// What is done just before anybody can see it.
    pub(super) keep: Option<Keep>,
    /// The policy of it that is watched.
    pub(super) watched: Option<Watched>,
}

/// What became of a candidate.
pub(super) enum Verdict {
    /// It is live.
    Published(Outcome),
    /// The cluster itself changed meanwhile: prove it again.
    Outdated,
    /// It would take too many names away, or cannot be kept.
    Refused(String),
    /// The policy that is watched fails for too many services.
    Failing(String),
}
