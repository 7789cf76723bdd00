//! What is to be told to whom, and when: one entry for each zone and target, whatever happens in between.
//!
//! ```text
//!              want                 take_due               acknowledged
//!   (nothing) ──────▶ waiting ────────────────▶ asked ─────────────────▶ acknowledged
//!                        ▲  ▲                     │ │ ATTEMPTS failures        │ want
//!                        │  └── pause, longer ────┘ └──────▶ given up ─────────┤
//!                        └─────────────────────────────────────────────────────┘
//! ```
//!
//! A newer serial takes the place of the older one and keeps its turn: a zone that changes every second is told of every
//! second to who answers, and at the pauses to who does not. Time comes from outside, so tests pass theirs.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use zonesmith_zone::name::Name;

/// How often a target is tried before it is given up, until the zone changes again: four minutes with the pauses below,
/// longer than a reboot takes. A secondary that is away for longer asks by itself when it is back, or when its refresh is due.
pub(super) const ATTEMPTS: u32 = 10;

/// Pause after the first failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What is to be told to whom.
#[derive(Debug, Default)]
pub(super) struct Queue {
    entries: BTreeMap<(Name, SocketAddr), Entry>,
}

/// One zone and target.
#[derive(Debug)]
pub(super) struct Entry {
    /// The newest serial.
    pub(super) serial: u32,
    /// From when on the target is sure to be shown it.
    visible: Instant,
    pub(super) state: State,
    /// Failures since the last acknowledgement.
    pub(super) failures: u32,
    /// The last failure's reason.
    pub(super) error: Option<String>,
}

/// How far an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Waiting { due: Instant },
    Asked { serial: u32, at: Instant },
    Acknowledged,
    GivenUp,
}

/// One NOTIFY to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) zone: Name,
    pub(super) target: SocketAddr,
    pub(super) serial: u32,
}

impl Queue {
    /// The target is to know of this serial, which it is shown from `visible` on.
    pub(super) fn want(&mut self, zone: &Name, target: SocketAddr, serial: u32, visible: Instant) {
        let place = (zone.clone(), target);
        let waiting = State::Waiting { due: visible };
        let Some(entry) = self.entries.get_mut(&place) else {
            let entry = Entry {
                serial,
                visible,
                state: waiting,
                failures: 0,
                error: None,
            };
            self.entries.insert(place, entry);
            return;
        };
        match entry.state {
            State::Acknowledged if entry.serial == serial => return,
            State::Waiting { .. } | State::Asked { .. } => {}
            State::Acknowledged | State::GivenUp => {
                entry.state = waiting;
                entry.failures = 0;
            }
        }
        entry.serial = serial;
        entry.visible = visible;
    }

    /// Forgets what is not wanted any more.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(&Name, SocketAddr) -> bool) {
        self.entries
            .retain(|(zone, target), _| is_wanted(zone, *target));
    }

    /// When something is to be sent next, unless something new is wanted.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let due = |entry: &Entry| match entry.state {
            State::Waiting { due } => Some(due),
            State::Asked { .. } | State::Acknowledged | State::GivenUp => None,
        };
        self.entries.values().filter_map(due).min()
    }

    /// Takes up to `most` that are due, which are then under way.
    pub(super) fn take_due(&mut self, now: Instant, most: usize) -> Vec<Order> {
        let mut orders = Vec::new();
        for ((zone, target), entry) in &mut self.entries {
            if orders.len() >= most {
                break;
            }
            match entry.state {
                State::Waiting { due } if due <= now => {}
                State::Waiting { .. }
                | State::Asked { .. }
                | State::Acknowledged
                | State::GivenUp => continue,
            }
            let serial = entry.serial;
            entry.state = State::Asked { serial, at: now };
            orders.push(Order {
                zone: zone.clone(),
                target: *target,
                serial,
            });
        }
        orders
    }

    /// What became of an order. `random` spreads the pauses, so that many targets of one failure do not come back at once.
    pub(super) fn settle(
        &mut self,
        order: &Order,
        outcome: Result<(), String>,
        now: Instant,
        random: u64,
    ) -> Option<&Entry> {
        let entry = self.entries.get_mut(&(order.zone.clone(), order.target))?;
        let State::Asked { serial, at } = entry.state else {
            return None;
        };
        let is_newest = serial == entry.serial;
        entry.state = match outcome {
            Ok(()) => {
                entry.failures = 0;
                entry.error = None;
                if is_newest && entry.visible <= at {
                    State::Acknowledged
                } else {
                    let due = entry.visible.max(now);
                    State::Waiting { due }
                }
            }
            Err(error) => {
                entry.failures += 1;
                entry.error = Some(error);
                if entry.failures >= ATTEMPTS && is_newest {
                    State::GivenUp
                } else {
                    let due = now + pause(entry.failures, random);
                    State::Waiting { due }
                }
            }
        };
        Some(entry)
    }

    /// Everything, by zone and target.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Name, SocketAddr, &Entry)> {
        self.entries
            .iter()
            .map(|((zone, target), entry)| (zone, *target, entry))
    }
}

/// The pause after so many failures: doubled each time, half of it by chance.
fn pause(failures: u32, random: u64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let full = FIRST_PAUSE
        .saturating_mul(1 << doublings)
        .min(LONGEST_PAUSE);
    let thousandths = u32::try_from(random % 1_000).unwrap_or_default();
    full / 2 + full / 2 * thousandths / 1_000
}

#[cfg(test)]
mod tests;
