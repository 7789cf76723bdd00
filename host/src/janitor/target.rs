//! One server whose caches are purged: what it has to forget next, who waits for that, and how it is.
//!
//! A server that fails is left alone for a moment, and nobody waits for it. What it should have forgotten meanwhile is not
//! kept by name: when it answers again it forgets whole zones, and once more after a moment, as for any change. Whether it
//! was away, or started anew with nothing in its caches, cannot be known from outside.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::{Notify, oneshot};
use zonesmith_zone::name::Name;

use super::address::{Authoritative, Recursor, Ways};
use super::command::Done;
use super::order::Order;
use super::pause;
use super::purge::Purge;
use super::purge_error::PurgeError;
use super::ways::{Fared, obey};
use crate::snapshot::forget::Extent;

/// After a server forgot whole zones, it does so once more: for lookups that were in flight.
const WHOLE_AGAIN: Duration = Duration::from_millis(500);

/// How long after an order that the best way did not do it is tried again, also when there is nothing else to do.
const BEST_AGAIN: Duration = Duration::from_secs(1);

/// A server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Server {
    Authoritative(Ways<Authoritative>),
    Recursor(Ways<Recursor>),
}

/// A server and everything about it.
pub(super) struct Target {
    pub(super) server: Server,
    /// Its address, as a label.
    pub(super) label: Arc<str>,
    /// Whether it was found, and not configured.
    pub(super) is_found: bool,
    state: Mutex<State>,
    fared: Fared,
    pub(super) wake: Notify,
}

/// How a server is.
#[derive(Default)]
pub(super) struct State {
    order: Order,
    waiting: Vec<Waiting>,
    /// When it has to forget whole zones, and for the first or the second time.
    whole: Option<(Instant, Whole)>,
    /// When it is looked whether its best way works again.
    again: Option<Instant>,
    /// The newest generation that it was asked for.
    asked: u64,
    /// Since when it is behind.
    pub(super) behind: Option<SystemTime>,
    /// The newest generation up to which it forgot everything.
    pub(super) purged: Option<u64>,
    /// Entries that it forgot.
    pub(super) entries: u64,
    pub(super) failures: u32,
    /// Why it is not as it should be.
    pub(super) error: Option<String>,
    /// What it still has, although it answers.
    pub(super) problem: Option<String>,
}

/// Who waits for an order.
struct Waiting {
    published: Option<SystemTime>,
    done: oneshot::Sender<bool>,
}

/// What a server is asked for in one go.
pub(super) struct Work {
    pub(super) order: Order,
    waiting: Vec<Waiting>,
    generation: u64,
    /// Whether it is whole zones, since something of what it holds is not known.
    whole: Option<Whole>,
    /// Whether it is looked how its ways are, even if there is nothing to forget.
    pub(super) looks: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    First,
    Again,
}

/// What came of it.
pub(super) struct Settled {
    /// From publication to now, of each that waited.
    pub(super) lags: Vec<Duration>,
    /// Whole zones: what it told others until now may be untrue.
    pub(super) forgot_zones: bool,
    /// It failed for the first time.
    pub(super) is_news: bool,
}

impl Server {
    /// `authoritative`, `recursor`
    pub(super) fn role(&self) -> &'static str {
        match self {
            Self::Authoritative(_) => "authoritative",
            Self::Recursor(_) => "recursor",
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authoritative(ways) => ways.fmt(formatter),
            Self::Recursor(ways) => ways.fmt(formatter),
        }
    }
}

impl Target {
    /// One that is new here. `owes`: things were published before, so it has to forget whole zones.
    pub(super) fn new(server: Server, is_found: bool, owes: bool) -> Self {
        let target = Self {
            label: server.to_string().into(),
            server,
            is_found,
            state: Mutex::default(),
            fared: Fared::default(),
            wake: Notify::new(),
        };
        if owes {
            target.owe();
        }
        target
    }

    /// Tells it.
    pub(super) async fn obey(&self, order: &Order) -> Result<Done, PurgeError> {
        match &self.server {
            Server::Authoritative(ways) => obey(ways, &self.fared, order).await,
            Server::Recursor(ways) => obey(ways, &self.fared, order).await,
        }
    }

    /// Nobody panics while holding the lock; if somebody did, what is there is still worth having.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It has to forget whole zones.
    pub(super) fn owe(&self) {
        self.state().whole = Some((Instant::now(), Whole::First));
        self.wake.notify_one();
    }

    /// Asks it to forget. `true` comes when it did; that the other end is gone, or `false`, when it did not.
    pub(super) fn ask(&self, purge: &Purge, zones: &[Name]) -> oneshot::Receiver<bool> {
        let (done, answer) = oneshot::channel();
        let order = purge.order_for(&self.server);
        let mut state = self.state();
        state.asked = state.asked.max(purge.generation);
        if let Some(published) = purge.published {
            state.behind.get_or_insert(published);
        }
        if state.failures > 0 {
            // Zones that went are in no list of zones when it comes back.
            let kept = Order {
                extent: Extent::new([], order.extent.subtrees.to_vec()),
                has_other_zones: order.has_other_zones,
                ..Order::default()
            };
            state.order.add(&kept, zones);
            let _ = done.send(false);
            return answer;
        }
        state.order.add(order, zones);
        state.waiting.push(Waiting {
            published: purge.published,
            done,
        });
        drop(state);
        self.wake.notify_one();
        answer
    }

    /// What there is to do now; or when there is.
    pub(super) fn take(&self, zones: &[Name]) -> Result<Work, Option<Instant>> {
        let mut state = self.state();
        let now = Instant::now();
        let whole = state.whole.take_if(|(due, _)| *due <= now);
        let looks = state.again.take_if(|due| *due <= now).is_some();
        if state.waiting.is_empty() && whole.is_none() && !looks {
            let whole = state.whole.map(|(due, _)| due);
            return Err(whole.into_iter().chain(state.again).min());
        }
        let mut order = std::mem::take(&mut state.order);
        if whole.is_some() {
            order.add(&Order::whole(zones), zones);
        }
        Ok(Work {
            order,
            waiting: std::mem::take(&mut state.waiting),
            generation: state.asked,
            whole: whole.map(|(_, whole)| whole),
            looks,
        })
    }

    /// It did what it was asked for, or did not.
    pub(super) fn settle(&self, work: Work, done: Result<Done, &PurgeError>) -> Settled {
        let mut state = self.state();
        let is_good = done.is_ok();
        let mut settled = Settled {
            lags: Vec::new(),
            forgot_zones: false,
            is_news: false,
        };
        match done {
            Ok(done) => {
                settled.forgot_zones = work.whole.is_some();
                if work.whole == Some(Whole::First) {
                    state.whole = Some((Instant::now() + WHOLE_AGAIN, Whole::Again));
                }
                state.entries += done.entries;
                state.problem = done.problem;
                state.again = done.left.map(|left| {
                    state.order.add(&left, &[]);
                    Instant::now() + BEST_AGAIN
                });
                state.purged = Some(work.generation);
                state.failures = 0;
                state.error = None;
                if state.waiting.is_empty() {
                    state.behind = None;
                }
                let lags = work.waiting.iter().filter_map(|waiting| waiting.published);
                settled.lags = lags.map(|at| at.elapsed().unwrap_or_default()).collect();
            }
            Err(error) => {
                settled.is_news = state.failures == 0;
                state.failures += 1;
                state.error = Some(error.to_string());
                let due = Instant::now() + pause::after(state.failures);
                state.whole = Some((due, Whole::First));
                state.again = None;
                // What is known of zones is not lost, and names are in the zones.
                let mut order = work.order;
                order.extent.names = Box::default();
                order.moved.clear();
                state.order.add(&order, &[]);
                // Who asked since is not kept waiting either.
                state.waiting.clear();
            }
        }
        drop(state);
        for waiting in work.waiting {
            let _ = waiting.done.send(is_good);
        }
        settled
    }
}
