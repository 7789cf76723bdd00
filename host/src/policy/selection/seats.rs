//! Instances of a policy that chooses, each for one lookup at a time.
//!
//! All are made before anybody asks. One that failed, or that took too much memory, is replaced by a thread beside the
//! lookups; until then its seat is empty, and the others serve. A lookup that finds all of them in use waits: a call takes
//! microseconds, and one that does not is ended in milliseconds.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;

use tracing::warn;
use zonesmith_cluster::Cluster;
use zonesmith_zone::zone_set::RecordRef;

use super::super::session::Session;
use super::super::{Component, Failure, Refusal, Stage, limits};
use crate::snapshot::selection::Question;

/// Most instances: as many lookups go on side by side where there are so many processors, and an interpreter in each takes
/// twenty MB.
const MOST: usize = 4;

/// Nobody was asked: it rests, or no instance is there just now.
#[derive(Debug)]
pub(super) struct NotAsked;

/// The instances.
pub(super) struct Seats {
    component: Component,
    cluster: Arc<Cluster>,
    settings: Arc<str>,
    seats: Vec<Mutex<Seat>>,
}

enum Seat {
    Taken(Box<Live>),
    /// Somebody makes one.
    Awaited,
    Empty,
}

/// An instance that is configured.
struct Live {
    session: Session,
    /// Octets of memory above which it is replaced.
    enough: usize,
}

/// One of them, for one lookup.
pub(super) struct InUse<'a> {
    seats: &'a Arc<Seats>,
    place: usize,
    seat: MutexGuard<'a, Seat>,
}

impl Seats {
    /// Makes and configures all instances.
    pub(super) fn fill(
        component: &Component,
        cluster: &Arc<Cluster>,
        settings: &Arc<str>,
    ) -> Result<Self, Refusal> {
        let count = thread::available_parallelism().map_or(1, NonZero::get);
        let mut seats = Self {
            component: component.clone(),
            cluster: Arc::clone(cluster),
            settings: Arc::clone(settings),
            seats: Vec::new(),
        };
        for _ in 0..count.clamp(1, MOST) {
            let live = seats.make().map_err(|failure| Refusal {
                stage: Stage::Configure,
                reason: failure.message,
            })?;
            seats.seats.push(Mutex::new(Seat::Taken(Box::new(live))));
        }
        Ok(seats)
    }

    fn make(&self) -> Result<Live, Failure> {
        let mut session = self.component.open()?;
        session.configure(&self.cluster, &self.settings)?;
        let enough = limits::enough_memory(session.memory());
        Ok(Live { session, enough })
    }

    /// An instance for one lookup. Whether it `may_be_asked` is looked at again after a wait: who had it meanwhile may have
    /// found that it fails.
    pub(super) fn take(
        self: &Arc<Self>,
        may_be_asked: impl Fn() -> bool,
    ) -> Result<InUse<'_>, NotAsked> {
        if !may_be_asked() {
            return Err(NotAsked);
        }
        let first = first_place() % self.seats.len().max(1);
        let places = (first..self.seats.len()).chain(0..first);
        for place in places {
            let Some(seat) = self.seats.get(place) else {
                continue;
            };
            let seat = match seat.try_lock() {
                Ok(seat) => seat,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => continue,
            };
            if let Some(seat) = self.in_use(place, seat) {
                return Ok(seat);
            }
        }
        let seat = self.seats.get(first).ok_or(NotAsked)?;
        let seat = seat.lock().unwrap_or_else(PoisonError::into_inner);
        if !may_be_asked() {
            return Err(NotAsked);
        }
        self.in_use(first, seat).ok_or(NotAsked)
    }

    fn in_use<'a>(
        self: &'a Arc<Self>,
        place: usize,
        mut seat: MutexGuard<'a, Seat>,
    ) -> Option<InUse<'a>> {
        match &*seat {
            Seat::Taken(_) => Some(InUse {
                seats: self,
                place,
                seat,
            }),
            Seat::Awaited => None,
            Seat::Empty => {
                self.replace(place, &mut seat);
                None
            }
        }
    }

    /// Has another instance made for this seat.
    fn replace(self: &Arc<Self>, place: usize, seat: &mut Seat) {
        *seat = Seat::Awaited;
        let seats = Arc::clone(self);
        let maker = thread::Builder::new().name("selection".to_owned());
        let made = maker.spawn(move || {
            let made = seats.make();
            if let Err(error) = &made {
                warn!(stage = "configure", %error, "no other instance of a policy that chooses can be made; it is tried again");
            }
            if let Some(seat) = seats.seats.get(place) {
                let mut seat = seat.lock().unwrap_or_else(PoisonError::into_inner);
                *seat = made.map_or(Seat::Empty, |live| Seat::Taken(Box::new(live)));
            }
        });
        if made.is_err() {
            *seat = Seat::Empty;
        }
    }
}

impl InUse<'_> {
    /// Asks.
    pub(super) fn choose(
        &mut self,
        question: &Question<'_>,
        records: &[RecordRef<'_>],
    ) -> Result<Option<(Vec<u32>, u8)>, Failure> {
        let Seat::Taken(live) = &mut *self.seat else {
            // Only one that is there is given out.
            return Ok(None);
        };
        let said = live.session.choose(question, records)?;
        if live.session.memory() > live.enough {
            self.seats.replace(self.place, &mut self.seat);
        }
        Ok(said)
    }

    /// Throws it away: after a failure it is not what it was.
    pub(super) fn forget(mut self) {
        self.seats.replace(self.place, &mut self.seat);
    }
}

/// Where this thread looks first: others look elsewhere.
fn first_place() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static PLACE: usize = THREADS.fetch_add(1, Ordering::Relaxed);
    }
    PLACE.with(|place| *place)
}
