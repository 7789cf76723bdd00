//! The serials of all zones: where each starts, when it moves, and what is kept of it over a restart.
//!
//! A thread of its own keeps them, so that the writer never waits for a disk: moves within a moment become one durable
//! commit. A crash can lose what was not kept yet. Each zone moves at most once a second and a commit takes far less, so
//! that is one move; the serial after a restart is therefore the larger of the kept one plus *two* and the time plus one
//! (`snapshot::serial`). It is never one that was served with other records, whatever the clock did meanwhile.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwapOption;
use tracing::{info, warn};
use zonesmith_zone::name::Name;
use zonesmith_zone::zones::Zones;

use crate::snapshot::serial::{Serial, is_after};

/// How long moves are collected before they are kept: the zones of a cluster move one after the other within a change.
const COLLECT: Duration = Duration::from_millis(100);

/// How soon keeping is tried again after it failed.
const RETRY: Duration = Duration::from_secs(5);

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
    moves: Sender<Vec<(Name, u32)>>,
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
        thread::Builder::new()
            .name("serials".to_owned())
            .spawn(move || keep(&moved, save, &trouble))?;
        Ok(Self {
            clock,
            serials: HashMap::new(),
            last: kept,
            moves,
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
        self.keep(started);
    }

    /// No serial is behind the one that the author of its zone writes now.
    pub(super) fn follow(&mut self, written: impl Fn(&Name) -> Option<u32>) {
        for (apex, serial) in &mut self.serials {
            if let Some(written) = written(apex) {
                serial.pass(written);
            }
        }
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
        self.keep(moved);
    }

    /// The serial of a zone.
    pub(super) fn value(&self, apex: &Name) -> Option<u32> {
        self.serials.get(apex).map(Serial::value)
    }

    fn keep(&self, moved: Vec<(Name, u32)>) {
        if !moved.is_empty() {
            // The thread lives as long as the sender.
            let _ = self.moves.send(moved);
        }
    }
}

/// The life of the thread that keeps serials: until the writer ends and all is kept.
fn keep(moved: &Receiver<Vec<(Name, u32)>>, mut save: Save, trouble: &ArcSwapOption<String>) {
    while let Ok(first) = moved.recv() {
        let mut pending: HashMap<Name, u32> = first.into_iter().collect();
        let mut wait = COLLECT;
        loop {
            let is_over = !collect(moved, &mut pending, wait);
            let batch: Vec<_> = pending
                .iter()
                .map(|(apex, serial)| (apex.clone(), *serial))
                .collect();
            match save(&batch) {
                Ok(()) => {
                    if trouble.swap(None).is_some() {
                        info!("serials are kept again");
                    }
                    break;
                }
                Err(error) => {
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
                }
            }
        }
    }
}

/// Adds what comes within `wait`; says whether more can come.
fn collect(
    moved: &Receiver<Vec<(Name, u32)>>,
    pending: &mut HashMap<Name, u32>,
    wait: Duration,
) -> bool {
    let end = Instant::now() + wait;
    loop {
        match moved.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(more) => pending.extend(more),
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
}

#[cfg(test)]
mod tests;
