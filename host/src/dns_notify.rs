//! NOTIFY (RFC 1996): secondaries are told that a zone changed, by us. PowerDNS would do it with `primary=yes`, and end at
//! the first moment in which we do not answer it.
//!
//! ```text
//!  generation ─▶ which serials moved? ─▶ who is told of them? ─▶ purge the apexes ─▶ queue ─▶ a message ─▶ its reply
//!                                        `audience`              (or wait)           `queue`  `exchange`   `message`
//! ```
//!
//! Secondaries transfer from PowerDNS, whose caches show the old serial until they are purged. With its control socket the
//! apexes are purged first, and once more after a moment; without it a message waits until the caches have forgotten.
//!
//! One task owns the queue. What may take time (a resolver, a purge, a reply) runs beside it.
//!
//! **Invariant:** at most one message is under way to a target for a zone, and the newest serial is told in the end, or the
//! target is given up and `status` says so.

mod audience;
mod exchange;
mod message;
mod queue;
mod report;
pub mod target;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::mem;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until};
use tracing::{debug, warn};
use zonesmith_zone::name::Name;

use self::audience::{Audience, Resolved};
use self::message::{Notify, signing_key};
use self::queue::{Order, Queue, State};
use crate::janitor::address::{Authoritative, Ways};
use crate::janitor::authoritative;
use crate::janitor::purge_error::PurgeError;
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::telemetry::counters::counters;

pub use self::report::{Report, Row};

/// Messages under way at a time, each with a socket of its own.
const MOST_UNDER_WAY: usize = 64;

/// Pause between the two purges: a lookup that was in flight at the first one has come to its end.
const SECOND_PURGE: Duration = Duration::from_millis(100);

/// The metadata that names the keys that may transfer a zone.
const TRANSFER_KEYS: &str = "TSIG-ALLOW-AXFR";

/// What is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Told of every zone.
    pub also: Vec<SocketAddr>,
    /// Where messages come from.
    pub source: Option<IpAddr>,
    /// The key that signs them; none: the zone's.
    pub key: Option<Name>,
    /// The servers that secondaries transfer from, where they take purges.
    pub authoritative: Vec<Ways<Authoritative>>,
    /// How long PowerDNS shows an old serial when nothing is purged.
    pub query_cache_ttl: Duration,
}

/// What is served, as the daemon knows it.
pub trait Served: Send + Sync + 'static {
    /// The live zones, while there are any.
    fn snapshot(&self) -> Option<Arc<Snapshot>>;

    /// The addresses of the cluster's own name servers, which are not told.
    fn nameservers(&self) -> Vec<IpAddr>;
}

/// What there is to tell of the task, at any time.
#[derive(Clone, Default)]
pub struct Told(Arc<Mutex<Progress>>);

/// How far everything is.
#[derive(Default)]
struct Progress {
    queue: Queue,
    problems: BTreeSet<String>,
}

impl Told {
    /// Everything as it is now.
    #[must_use]
    pub fn report(&self) -> Report {
        let progress = self.lock();
        Report::of(&progress.queue, &progress.problems)
    }

    /// Nobody panics while holding the lock; if somebody did, what is told is still worth having.
    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task's state.
pub struct DnsNotify<S> {
    served: S,
    store: Store,
    settings: watch::Receiver<Settings>,
    told: Told,
    /// The serials that were looked at.
    seen: BTreeMap<Name, u32>,
    /// Who is told of each zone.
    audiences: BTreeMap<Name, BTreeSet<SocketAddr>>,
    resolved: Resolved,
    is_planning: bool,
    /// Whether something changed that is not in a plan yet.
    is_behind: bool,
    work: JoinSet<Done>,
}

/// What ended beside the task.
enum Done {
    Planned(Plan),
    Sent(Order, Result<(), String>),
}

/// Zones that moved, who is told, and from when on they are shown it.
struct Plan {
    zones: Vec<(Name, u32, BTreeSet<SocketAddr>)>,
    visible: Instant,
    resolved: Resolved,
    problems: BTreeSet<String>,
}

impl<S: Served> DnsNotify<S> {
    /// A task that tells of what is served; [`run`](Self::run) it.
    #[must_use]
    pub fn new(served: S, store: Store, settings: watch::Receiver<Settings>) -> Self {
        Self {
            served,
            store,
            settings,
            told: Told::default(),
            seen: BTreeMap::new(),
            audiences: BTreeMap::new(),
            resolved: Resolved::new(),
            is_planning: false,
            is_behind: true,
            work: JoinSet::new(),
        }
    }

    /// What there is to tell of it, at any time.
    #[must_use]
    pub fn told(&self) -> Told {
        self.told.clone()
    }

    /// Follows the generations until they end.
    pub async fn run(mut self, mut generations: watch::Receiver<u64>) {
        loop {
            self.plan();
            self.send_due();
            let has_room = self.work.len() < MOST_UNDER_WAY;
            let due = self.told.lock().queue.next_due().filter(|_| has_room);
            let timer = async {
                match due {
                    Some(due) => sleep_until(due.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = generations.changed() => match changed {
                    Ok(()) => self.is_behind = true,
                    Err(_) => return,
                },
                changed = self.settings.changed() => match changed {
                    Ok(()) => {
                        // Who is told may be another one: look at every zone again.
                        self.seen.clear();
                        self.is_behind = true;
                    }
                    Err(_) => return,
                },
                () = timer => {}
                Some(done) = self.work.join_next() => match done {
                    Ok(Done::Planned(plan)) => self.take(plan),
                    Ok(Done::Sent(order, outcome)) => self.settle(&order, outcome),
                    Err(error) => warn!(%error, "a NOTIFY ended badly"),
                },
            }
        }
    }

    /// Begins to find out whom to tell of what moved, one plan at a time: what moves meanwhile is in the next one.
    fn plan(&mut self) {
        if self.is_planning || !mem::take(&mut self.is_behind) {
            return;
        }
        let Some(snapshot) = self.served.snapshot() else {
            return;
        };
        let zones = snapshot.zone_set.zones();
        let is_there = |apex: &Name| zones.find_apex(apex.as_ref()).is_some();
        self.seen.retain(|apex, _| is_there(apex));
        self.audiences.retain(|apex, _| is_there(apex));
        self.told.lock().queue.retain(|apex, _| is_there(apex));
        let moved = zones
            .iter()
            .filter(|zone| self.seen.get(zone.apex()) != Some(&zone.serial()));
        let moved: Vec<Name> = moved.map(|zone| zone.apex().clone()).collect();
        if moved.is_empty() {
            return;
        }
        self.is_planning = true;
        let planner = Planner {
            snapshot,
            moved,
            settings: self.settings.borrow().clone(),
            nameservers: self.served.nameservers(),
            store: self.store.clone(),
            resolved: mem::take(&mut self.resolved),
        };
        self.work
            .spawn(async move { Done::Planned(planner.run().await) });
    }

    fn take(&mut self, plan: Plan) {
        let Plan {
            zones,
            visible,
            resolved,
            problems,
        } = plan;
        self.is_planning = false;
        self.resolved = resolved;
        let mut progress = self.told.lock();
        for problem in problems.difference(&progress.problems) {
            warn!(error = problem, "a NOTIFY cannot go out as it should");
        }
        progress.problems = problems;
        for (apex, serial, targets) in zones {
            for &target in &targets {
                progress.queue.want(&apex, target, serial, visible);
            }
            self.seen.insert(apex.clone(), serial);
            self.audiences.insert(apex, targets);
        }
        let audiences = &self.audiences;
        progress.queue.retain(|apex, target| {
            let targets = audiences.get(apex);
            targets.is_some_and(|targets| targets.contains(&target))
        });
    }

    fn send_due(&mut self) {
        let room = MOST_UNDER_WAY.saturating_sub(self.work.len());
        let orders = self.told.lock().queue.take_due(Instant::now(), room);
        if orders.is_empty() {
            return;
        }
        let snapshot = self.served.snapshot();
        let source = self.settings.borrow().source;
        for order in orders {
            let notify = self.message(&order, snapshot.as_deref());
            self.work.spawn(async move {
                let sent = match notify {
                    Ok(notify) => exchange::send(&notify, order.target, source).await,
                    Err(error) => Err(error),
                };
                Done::Sent(order, sent)
            });
        }
    }

    /// The message for an order, with the zone as it is now.
    fn message(&self, order: &Order, snapshot: Option<&Snapshot>) -> Result<Notify, String> {
        let zone =
            snapshot.and_then(|snapshot| snapshot.zone_set.zones().find_apex(order.zone.as_ref()));
        let zone = zone.ok_or("the zone is not served any more")?;
        let name = match &self.settings.borrow().key {
            Some(name) => Some(name.clone()),
            None => {
                let keys = self.store.metadata_of(zone.apex(), TRANSFER_KEYS);
                let keys = keys.map_err(|error| error.to_string())?;
                keys.first().and_then(|name| Name::parse(name).ok())
            }
        };
        let Some(name) = name else {
            return Notify::new(zone, None);
        };
        let key = self
            .store
            .tsig_key(&name)
            .map_err(|error| error.to_string())?;
        let key = key.ok_or_else(|| format!("there is no TSIG key {name}"))?;
        Notify::new(zone, Some(signing_key(&key)?))
    }

    fn settle(&mut self, order: &Order, outcome: Result<(), String>) {
        let Order {
            zone,
            target,
            serial,
        } = order;
        let random = RandomState::new().build_hasher().finish();
        let mut progress = self.told.lock();
        let settled = progress
            .queue
            .settle(order, outcome, Instant::now(), random);
        let Some(entry) = settled else {
            return;
        };
        match (entry.state, &entry.error) {
            (State::GivenUp, Some(error)) => {
                warn!(%zone, serial, %target, error, "NOTIFY given up until the zone changes again");
                counters().notified("failed");
            }
            (State::Waiting { .. } | State::Asked { .. }, Some(error)) => {
                debug!(%zone, serial, %target, error, "NOTIFY not acknowledged, will be sent again");
                counters().notified("failed");
            }
            (State::Acknowledged, _) | (_, None) => {
                debug!(%zone, serial, %target, "NOTIFY acknowledged");
                counters().notified("acknowledged");
            }
        }
    }
}

/// What a plan is made of.
struct Planner {
    snapshot: Arc<Snapshot>,
    moved: Vec<Name>,
    settings: Settings,
    nameservers: Vec<IpAddr>,
    store: Store,
    resolved: Resolved,
}

impl Planner {
    async fn run(mut self) -> Plan {
        let mut problems = BTreeSet::new();
        let mut zones = Vec::new();
        let zone_set = &self.snapshot.zone_set;
        let mut audience = Audience {
            zone_set,
            also: &self.settings.also,
            nameservers: &self.nameservers,
            store: &self.store,
            resolved: &mut self.resolved,
            problems: &mut problems,
        };
        for apex in &self.moved {
            if let Some(zone) = zone_set.zones().find_apex(apex.as_ref()) {
                zones.push((apex.clone(), zone.serial(), audience.of(zone).await));
            }
        }
        let told = zones.iter().filter(|(_, _, targets)| !targets.is_empty());
        let told: Vec<Name> = told.map(|(apex, ..)| apex.clone()).collect();
        let visible = match self.purge(&told).await {
            Ok(()) => Instant::now(),
            Err(problem) => {
                problems.extend(problem);
                Instant::now() + self.settings.query_cache_ttl
            }
        };
        Plan {
            zones,
            visible,
            resolved: self.resolved,
            problems,
        }
    }

    /// Makes PowerDNS forget the old serials. Not done: the reason, if it is one to tell.
    async fn purge(&self, apexes: &[Name]) -> Result<(), Option<String>> {
        if apexes.is_empty() {
            return Ok(());
        }
        let servers = &self.settings.authoritative;
        if servers.is_empty() {
            return Err(None);
        }
        let failed = |error: PurgeError| Some(error.to_string());
        for pause in [Duration::ZERO, SECOND_PURGE] {
            sleep(pause).await;
            for server in servers {
                authoritative::purge(server, apexes).await.map_err(failed)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
