//! The candidate in the shadow: it names every service as the live policies do, at every change, on a thread of its own. What
//! it would answer otherwise is counted; nobody sees a name of it.
//!
//! The writer leaves word of what changed in a `Mailbox` and goes on: it waits for nobody. Changes that come faster than the
//! candidate names them become one. Whatever makes the live zones anew (other policies, another cluster, a master file) has the
//! candidate proven anew as well. The whole stack runs here, with the candidate at its place, since a record set belongs whole to
//! the first policy that has it: so what is compared is what would be served. That costs as much memory as the live one.
//!
//! Records of services that it fails for from the beginning count as gone, as in `policy diff`; a promotion keeps their last good
//! ones. A service that it fails for later keeps what it said last, as it would if it were live.
//!
//! `runner` is what its thread does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use zonesmith_cluster::Service;
use zonesmith_zone::comparison::{Counts, Following};
use zonesmith_zone::name::Name;

use self::runner::Runner;
use super::Message;
use super::candidate::Order;
use super::service_key::ServiceKey;
use crate::digest::Digest;
use crate::policy::Refusal;
use crate::policy::pins::Candidate as Offer;
use crate::policy::stack::StackEntry;
use crate::snapshot::Snapshot;

mod runner;

/// What the writer has to tell, until it is read.
#[derive(Default)]
pub(super) struct Mailbox {
    post: Mutex<Post>,
    bell: Condvar,
}

/// What changed since it was read last.
#[derive(Default)]
pub(super) struct Post {
    pub(super) is_over: bool,
    /// Everything is another: the rest says nothing.
    pub(super) is_anew: bool,
    /// Services as they are now; none: gone.
    pub(super) services: BTreeMap<ServiceKey, Option<Arc<Service>>>,
    /// Names that answer otherwise now.
    pub(super) names: BTreeSet<Name>,
    /// What is live after all that.
    pub(super) live: Option<Arc<Snapshot>>,
}

impl Mailbox {
    /// Says that everything is to be made anew.
    pub(super) fn ask_anew(&self) {
        self.lock().is_anew = true;
        self.bell.notify_one();
    }

    /// Nothing is left to be told: it was told whole.
    pub(super) fn clear(&self) {
        let mut post = self.lock();
        let is_over = post.is_over;
        *post = Post {
            is_over,
            ..Post::default()
        };
    }

    /// Nobody is told any more.
    pub(super) fn end(&self) {
        self.lock().is_over = true;
        self.bell.notify_one();
    }

    /// Leaves word.
    pub(super) fn leave(&self, services: Changed, names: BTreeSet<Name>, live: Arc<Snapshot>) {
        let mut post = self.lock();
        post.services.extend(services);
        post.names.extend(names);
        post.live = Some(live);
        self.bell.notify_one();
    }

    /// Waits for word; none: it is over.
    fn take(&self) -> Option<Post> {
        let is_empty = |post: &mut Post| !post.is_over && !post.is_anew && post.live.is_none();
        let post = self.bell.wait_while(self.lock(), is_empty);
        let post = std::mem::take(&mut *post.unwrap_or_else(PoisonError::into_inner));
        (!post.is_over).then_some(post)
    }

    fn lock(&self) -> MutexGuard<'_, Post> {
        self.post.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Services as they are now; none: gone.
pub(super) type Changed = BTreeMap<ServiceKey, Option<Arc<Service>>>;

/// What the candidate is to be proven on.
pub(super) struct ShadowOrder {
    pub(super) order: Order,
    pub(super) stack: Vec<StackEntry>,
    pub(super) live: Arc<Snapshot>,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShadowState {
    /// Nothing is live to stand beside.
    Waiting,
    /// It names all services.
    Preparing,
    /// It follows what changes.
    Running,
    /// It would be refused; it is tried again when something is made anew.
    Refused(Refusal),
}

/// What there is to tell of the candidate.
#[derive(Debug, Clone)]
pub struct ShadowReport {
    /// Its name.
    pub policy: String,
    /// Its version.
    pub version: String,
    /// Of its component.
    pub digest: Digest,
    /// Where it came from.
    pub source: String,
    /// The policy whose place it would take; none: behind all.
    pub replaces: Option<String>,
    /// When it was loaded, in seconds since 1970.
    pub since: u64,
    /// How far it is.
    pub state: ShadowState,
    /// The live generation that it was compared with last.
    pub generation: u64,
    /// Names that it would answer otherwise now.
    pub names: Counts,
    /// Records that differ at these names.
    pub records: Counts,
    /// How often a name began to differ, ended to, or differed in another way.
    pub differences: u64,
    /// Services that it fails for now.
    pub failing: usize,
    /// How often it failed.
    pub failures: u64,
    /// How often it was asked for a service.
    pub calls: u64,
    /// What these took, those of proofs left out.
    pub spent: Duration,
    /// What the last proof on the whole cluster took.
    pub proof: Duration,
}

/// Where what there is to tell is kept.
#[derive(Debug)]
pub struct Board(Mutex<ShadowReport>);

impl Board {
    fn new(candidate: &Offer, since: u64) -> Self {
        let description = candidate.component.description();
        Self(Mutex::new(ShadowReport {
            policy: description.name.clone(),
            version: description.version.clone(),
            digest: candidate.component.digest(),
            source: candidate.source.to_string(),
            replaces: None,
            since,
            state: ShadowState::Waiting,
            generation: 0,
            names: Counts::default(),
            records: Counts::default(),
            differences: 0,
            failing: 0,
            failures: 0,
            calls: 0,
            spent: Duration::ZERO,
            proof: Duration::ZERO,
        }))
    }

    /// As it is now.
    #[must_use]
    pub fn report(&self) -> ShadowReport {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, ShadowReport> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The candidate as it is known elsewhere; its thread ends with [`Shadow::end`].
pub(super) struct Shadow {
    pub(super) candidate: Offer,
    pub(super) board: Arc<Board>,
    mailbox: Arc<Mailbox>,
    /// What the first proof showed.
    first: mpsc::Receiver<Option<Refusal>>,
}

impl Shadow {
    /// Has a candidate run.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn start(
        candidate: Offer,
        since: u64,
        messages: &mpsc::Sender<Message>,
    ) -> std::io::Result<Self> {
        let board = Arc::new(Board::new(&candidate, since));
        let mailbox = Arc::new(Mailbox::default());
        mailbox.ask_anew();
        let (tell, first) = mpsc::channel();
        let runner = Runner {
            candidate: candidate.clone(),
            mailbox: Arc::clone(&mailbox),
            board: Arc::clone(&board),
            messages: messages.clone(),
            tell: Some(tell),
            following: Following::default(),
            running: None,
        };
        let shadow = Some((Arc::clone(&mailbox), Arc::clone(&board)));
        // Before it asks for everything: no change in between is missed. The writer ends only when the daemon does.
        let _ = messages.send(Message::Shadow(shadow));
        let thread = std::thread::Builder::new().name("shadow".to_owned());
        if let Err(error) = thread.spawn(move || runner.run()) {
            let _ = messages.send(Message::Shadow(None));
            return Err(error);
        }
        Ok(Self {
            candidate,
            board,
            mailbox,
            first,
        })
    }

    /// Waits for the first proof; what it is refused for.
    pub(super) fn proof(&self) -> Option<Refusal> {
        self.first.recv().ok().flatten()
    }

    /// It goes on after another one was tried.
    pub(super) fn resume(&self, messages: &mpsc::Sender<Message>) {
        let shadow = Some((Arc::clone(&self.mailbox), Arc::clone(&self.board)));
        // The writer ends only when the daemon does.
        let _ = messages.send(Message::Shadow(shadow));
        self.mailbox.ask_anew();
    }

    pub(super) fn end(&self) {
        self.mailbox.end();
    }
}
