//! The serials of all zones: where each starts, when it moves, and what is kept of it over a restart.
//!
//! A thread of its own keeps them, so that the writer does not wait for a disk: moves within a moment become one durable
//! commit. Only the first serial of a zone is kept before it is served. A crash can lose what was not kept yet. Each zone moves at most once a second and a commit takes far less, so
//! that is one move; the serial after a restart is therefore the larger of the kept one plus *two* and the time plus one
//! (`snapshot::serial`). It is never one that was served with other records, whatever the clock did meanwhile.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwapOption;
use tracing::{info, warn};
use zonesmith_zone::name::Name;
use zonesmith_zone::zones::Zones;

use crate::snapshot::serial::{Serial, is_after};
use crate::telemetry::counters::counters;

/// How long moves are collected before they are kept: the zones of a cluster move one after the other within a change.
const COLLECT: Duration = Duration::from_millis(100);

/// How soon keeping is tried again after it failed.
const RETRY: Duration = Duration::from_secs(5);

/// How long a zone that starts waits for its serial to be kept. A commit takes milliseconds; a disk that takes longer than
/// this is broken, and no reason to serve nothing.
const START_PATIENCE: Duration = Duration::from_secs(2);

/// Serials to keep, and who waits for it.
struct Moved {
    serials: Vec<(Name, u32)>,
    kept: Option<Sender<()>>,
}

/// Seconds since 1970.
pub(super) type Clock = Box<dyn Fn() -> u64 + Send>;

/// Makes serials durable.
pub(super) type Save = Box<dyn FnMut(&[(Name, u32)]) -> anyhow::Result<()> + Send>;

/// The clock of the machine.
pub(super) fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// The serials of all zones.
pub(super) struct Serials {
    clock: Clock,
    serials: HashMap<Name, Serial>,
    /// The last ones of zones that are not served: kept from an earlier run, or gone.
    last: HashMap<Name, u32>,
    /// Taken when the thread is to end.
    moves: Option<Sender<Moved>>,
    keeper: Option<JoinHandle<()>>,
}

impl Serials {
    /// Goes on after `kept`; `save` keeps what comes. What goes wrong with it stands in `trouble` as long as it does.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn start(
        kept: HashMap<Name, u32>,
        save: Save,
        trouble: Arc<ArcSwapOption<String>>,
        clock: Clock,
    ) -> std::io::Result<Self> {
        let (moves, moved) = mpsc::channel();
        let keeper = thread::Builder::new()
            .name("serials".to_owned())
            .spawn(move || keep(&moved, save, &trouble))?;
        Ok(Self {
            clock,
            serials: HashMap::new(),
            last: kept,
            moves: Some(moves),
            keeper: Some(keeper),
        })
    }

    /// These zones are served from now on, and no others. `written` is the serial that the author of a zone wrote, which
    /// its secondaries may have seen.
    pub(super) fn serve(&mut self, zones: &Zones, written: impl Fn(&Name) -> Option<u32>) {
        let (unix, now) = ((self.clock)(), Instant::now());
        let last = &mut self.last;
        self.serials.retain(|apex, serial| {
            let stays = zones.find_apex(apex.as_ref()).is_some();
            if !stays {
                last.insert(apex.clone(), serial.value());
            }
            stays
        });
        let mut started = Vec::new();
        for zone in zones.iter() {
            let apex = zone.apex();
            if self.serials.contains_key(apex) {
                continue;
            }
            let mut serial = match self.last.remove(apex) {
                Some(kept) => Serial::start_again(kept, unix, now),
                None => Serial::start(None, unix, now),
            };
            if let Some(written) = written(apex)
                && !is_after(serial.value(), written)
            {
                serial = Serial::start(Some(written), unix, now);
            }
            started.push((apex.clone(), serial.value()));
            self.serials.insert(apex.clone(), serial);
        }
        if started.is_empty() {
            return;
        }
        let (tell, kept) = mpsc::channel();
        self.keep(started, Some(tell));
        // Too late, or not at all: then `trouble` says why, or will.
        let _ = kept.recv_timeout(START_PATIENCE);
    }

    /// No serial is behind the one that the author of its zone writes now.
    pub(super) fn follow(&mut self, written: impl Fn(&Name) -> Option<u32>) {
        for (apex, serial) in &mut self.serials {
            if let Some(written) = written(apex) {
                serial.pass(written);
            }
        }
    }

    /// No serial is one that another process served; all are kept.
    pub(super) fn go_past(&mut self, served: &HashMap<Name, u32>) {
        let (unix, now) = ((self.clock)(), Instant::now());
        for (apex, served) in served {
            match self.serials.get_mut(apex) {
                Some(serial) if is_after(serial.value(), *served) => {}
                Some(serial) => *serial = Serial::start(Some(*served), unix, now),
                None => {
                    self.last.insert(apex.clone(), *served);
                }
            }
        }
        self.settle();
    }

    /// All serials are kept when this returns, unless the disk is broken.
    pub(super) fn settle(&self) {
        let all = self.serials.iter();
        let all = all.map(|(apex, serial)| (apex.clone(), serial.value()));
        let (tell, kept) = mpsc::channel();
        self.keep(all.collect(), Some(tell));
        // Too late, or not at all: then `trouble` says why, or will.
        let _ = kept.recv_timeout(START_PATIENCE);
    }

    /// The zone changed.
    pub(super) fn touch(&mut self, apex: &Name) {
        if let Some(serial) = self.serials.get_mut(apex) {
            serial.touch();
        }
    }

    /// When the next one wants to move.
    pub(super) fn due(&self) -> Option<Instant> {
        self.serials.values().filter_map(Serial::due).min()
    }

    /// Moves those that are due.
    pub(super) fn advance(&mut self, now: Instant) {
        let unix = (self.clock)();
        let moved: Vec<_> = self
            .serials
            .iter_mut()
            .filter_map(|(apex, serial)| {
                serial
                    .advance(unix, now)
                    .then(|| (apex.clone(), serial.value()))
            })
            .collect();
        if !moved.is_empty() {
            self.keep(moved, None);
        }
    }

    /// The serial of a zone.
    pub(super) fn value(&self, apex: &Name) -> Option<u32> {
        self.serials.get(apex).map(Serial::value)
    }

    fn keep(&self, serials: Vec<(Name, u32)>, kept: Option<Sender<()>>) {
        if let Some(moves) = &self.moves {
            // The thread lives as long as the sender.
            let _ = moves.send(Moved { serials, kept });
        }
    }
}

/// What moved is kept before the daemon ends.
impl Drop for Serials {
    fn drop(&mut self) {
        self.moves = None;
        if let Some(keeper) = self.keeper.take()
            && keeper.join().is_err()
        {
            warn!("the thread that keeps serials had panicked");
        }
    }
}

/// The life of the thread that keeps serials: until the writer ends and all is kept.
fn keep(moved: &Receiver<Moved>, mut save: Save, trouble: &ArcSwapOption<String>) {
    while let Ok(first) = moved.recv() {
        let mut pending = Pending::default();
        pending.add(first);
        let mut wait = COLLECT;
        loop {
            let is_over = !pending.collect(moved, wait);
            match save(&pending.batch()) {
                Ok(()) => {
                    if trouble.swap(None).is_some() {
                        info!("serials are kept again");
                    }
                    for waiting in pending.waiting {
                        // Who waited may have lost patience.
                        let _ = waiting.send(());
                    }
                    break;
                }
                Err(error) => {
                    counters().state_errors.inc();
                    let error = format!("{error:#}");
                    if trouble.swap(Some(Arc::new(error.clone()))).is_none() {
                        warn!(
                            error,
                            "serials cannot be kept; they go on, and it is tried again"
                        );
                    }
                    if is_over {
                        return;
                    }
                    wait = RETRY;
                    // Nobody waits for a disk that does not work.
                    pending.waiting.clear();
                }
            }
        }
    }
}

/// What is to be kept next.
#[derive(Default)]
struct Pending {
    serials: HashMap<Name, u32>,
    waiting: Vec<Sender<()>>,
}

impl Pending {
    fn add(&mut self, moved: Moved) {
        self.serials.extend(moved.serials);
        self.waiting.extend(moved.kept);
    }

    /// Adds what comes within `wait`, or until somebody waits; says whether more can come.
    fn collect(&mut self, moved: &Receiver<Moved>, wait: Duration) -> bool {
        let end = Instant::now() + wait;
        while self.waiting.is_empty() {
            match moved.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(more) => self.add(more),
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
        true
    }

    fn batch(&self) -> Vec<(Name, u32)> {
        let each = self.serials.iter();
        each.map(|(apex, serial)| (apex.clone(), *serial)).collect()
    }
}

#[cfg(test)]
mod tests;
