//! Tells caches what they must forget, so that they may be long: a change is seen by clients in milliseconds although
//! PowerDNS and its recursor keep what they were told for an hour.
//!
//! ```text
//!  word ─▶ purge ─▶ round: every authoritative server, then every recursor ─▶ echoes: the same, four times more
//!  (a generation)     │
//!                     └▶ target: the next order of one server ─▶ worker ─▶ command ─▶ authoritative | recursor | notify | api
//! ```
//!
//! The authoritative server first: whoever then asks it must not be shown the old answer. And again after some moments, since
//! a lookup in flight may put back what it read before the purge (`echoes`). Rounds overlap; each server has one order at a
//! time and one that waits, so a change never waits for another one's round. We do not purge a whole zone to save calls:
//! every name in it would be asked again at once. Whole zones are purged where nobody knows what a cache holds: at the start,
//! after a gap in what was heard, for a server that did not answer for a while, and when there are too many names.
//!
//! **Invariant:** at every moment each name that changed is in the caches as it is, or it is in an order for that server, or
//! the server is failing and owes whole zones.
//!
//! Rooms: [`address`] how servers are written, [`settings`] which there are, [`word`] what is heard of changes, [`report`] what
//! is told; `authoritative`, `recursor`, `notify`, `api` the ways to them, over `stream`, and `ways` where there are several; [`control`] what else is said to servers; `command` orders in pieces, `order`
//! what one server has to forget, `purge` what all have, `round`, `echoes`; `target`, `worker`, `targets`, `pause` servers.

pub mod address;
mod api;
pub mod authoritative;
mod command;
pub mod control;
mod echoes;
pub mod notify;
mod order;
mod pause;
mod purge;
pub mod purge_error;
pub mod recursor;
pub mod report;
mod round;
pub mod settings;
pub mod stream;
mod target;
mod targets;
mod ways;
pub mod word;
mod worker;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep_until};
use tracing::{debug, warn};
use zonesmith_zone::name::Name;

use self::echoes::Echoes;
use self::purge::Purge;
use self::report::Told;
use self::settings::Settings;
use self::targets::Crew;
use self::word::{Step, Word};
use self::worker::Zones;
use crate::telemetry::counters::janitor::counters;

/// First rounds at a time. Each waits for its servers; what comes while all of them wait is one round, the next.
const MOST_ROUNDS: usize = 32;

/// How often servers of this machine are looked for while none is named: soon enough for one that was just installed.
const LOOK: Duration = Duration::from_secs(5);

/// The janitor's state.
pub struct Janitor {
    words: mpsc::Receiver<Word>,
    settings: watch::Receiver<Settings>,
    told: Told,
    crew: Crew,
    came_back: mpsc::Receiver<()>,
    /// The apexes of the zones that are served.
    zones: BTreeSet<Name>,
    shared_zones: Zones,
    /// What changed while there was no room for a round.
    next: Option<Purge>,
    echoes: Echoes,
    rounds: JoinSet<(usize, Purge)>,
    /// How many of them are first ones.
    first_rounds: usize,
}

impl Janitor {
    /// A janitor that hears these words; [`run`](Self::run) it.
    #[must_use]
    pub fn new(words: mpsc::Receiver<Word>, settings: watch::Receiver<Settings>) -> Self {
        // One for each server that comes back at once; who finds no room waits.
        let (came_back, returns) = mpsc::channel(1);
        let shared_zones = Zones::default();
        Self {
            words,
            settings,
            told: Told::default(),
            crew: Crew::new(Arc::clone(&shared_zones), came_back),
            came_back: returns,
            zones: BTreeSet::new(),
            shared_zones,
            next: None,
            echoes: Echoes::default(),
            rounds: JoinSet::new(),
            first_rounds: 0,
        }
    }

    /// What there is to tell of it, at any time.
    #[must_use]
    pub fn told(&self) -> Told {
        self.told.clone()
    }

    /// Purges until nobody says anything any more.
    pub async fn run(mut self) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.aim();
        loop {
            self.begin_rounds();
            let due = self.echoes.next_due();
            let due = async {
                match due {
                    Some(due) => sleep_until(due.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                word = self.words.recv() => match word {
                    Some(word) => self.take(word).await,
                    None => return,
                },
                changed = self.settings.changed() => match changed {
                    Ok(()) => self.aim(),
                    Err(_) => return,
                },
                Some(()) = self.came_back.recv() => {
                    // They may have asked it while it knew only what was before.
                    for recursor in &self.crew.targets.recursors {
                        recursor.owe();
                    }
                }
                Some(round) = self.rounds.join_next() => match round {
                    Ok((level, purge)) => self.settle(level, &purge),
                    Err(error) => warn!(%error, "a round of purges ended badly"),
                },
                () = due => {}
                _ = looks.tick() => self.look(),
            }
        }
    }

    /// Follows the settings.
    fn aim(&mut self) {
        let settings = self.settings.borrow_and_update().clone();
        let are_found = settings.wants_well_known();
        let settings = if are_found {
            Settings::well_known()
        } else {
            settings
        };
        if self.crew.aim(&settings, are_found) {
            self.told.aim(self.crew.targets.clone());
        }
    }

    /// Servers of this machine may be there now, or not any more.
    fn look(&mut self) {
        let wants = self.settings.borrow().wants_well_known();
        if wants {
            self.aim();
        }
    }

    async fn take(&mut self, word: Word) {
        let purge = match word {
            Word::Step(step) => {
                self.follow(&step);
                Purge::of(&step)
            }
            Word::Anew { generation, zones } => {
                let before = std::mem::replace(&mut self.zones, zones.into_iter().collect());
                // What is gone is forgotten, too.
                let all: Vec<_> = before.union(&self.zones).cloned().collect();
                self.share_zones();
                debug!(generation, zones = all.len(), "whole zones are purged");
                Purge::whole(generation, &all)
            }
        };
        let purge = if purge.has_other_zones() && self.has_forward_zones().await {
            purge
        } else {
            purge.without_forward_zones()
        };
        match &mut self.next {
            Some(next) => {
                let collapsed = next.add(&purge, &self.shared_zones.load());
                counters().collapsed(collapsed);
            }
            None => self.next = Some(purge),
        }
    }

    fn follow(&mut self, step: &Step) {
        if step.came.is_empty() && step.went.is_empty() {
            return;
        }
        self.zones.extend(step.came.iter().cloned());
        for zone in &step.went {
            self.zones.remove(zone);
        }
        self.share_zones();
    }

    fn share_zones(&self) {
        let zones: Box<[Name]> = self.zones.iter().cloned().collect();
        self.shared_zones.store(Arc::new(zones));
    }

    /// Writes the list that recursors have of zones, where there is one. Whether there is, and they are to read it.
    async fn has_forward_zones(&self) -> bool {
        let hook = self.settings.borrow().forward_zones.clone();
        let Some(hook) = hook else { return false };
        let zones = self.shared_zones.load_full();
        // It writes a file, and may ask a server.
        let written = tokio::task::spawn_blocking(move || (hook.0)(&zones)).await;
        match written.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
            Ok(()) => {
                self.told.set_problem(None);
                true
            }
            Err(error) => {
                warn!(%error, "the recursors' list of zones cannot be written");
                let problem = format!("the recursors' list of zones cannot be written: {error}");
                self.told.set_problem(Some(problem));
                false
            }
        }
    }

    fn begin_rounds(&mut self) {
        if self.first_rounds < MOST_ROUNDS
            && let Some(purge) = self.next.take()
        {
            self.first_rounds += 1;
            self.begin(0, purge);
        }
        for (level, purge) in self.echoes.take_due(Instant::now()) {
            self.begin(level, purge);
        }
    }

    fn begin(&mut self, level: usize, purge: Purge) {
        let targets = self.crew.targets.clone();
        let zones = self.shared_zones.load_full();
        self.rounds.spawn(async move {
            round::run(&targets, &purge, &zones).await;
            (level, purge)
        });
    }

    fn settle(&mut self, level: usize, purge: &Purge) {
        if level == 0 {
            self.first_rounds -= 1;
        }
        if self.crew.targets.are_none() {
            return;
        }
        let zones = self.shared_zones.load();
        let collapsed = self.echoes.add(level, purge, Instant::now(), &zones);
        counters().collapsed(collapsed);
    }
}

#[cfg(test)]
mod tests;
