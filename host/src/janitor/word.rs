//! What the janitor hears: of every generation what it made untrue, or that this is not known.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{mpsc, watch};
use zonesmith_zone::name::Name;

use crate::snapshot::changes::{self, Changes, ZoneFate};
use crate::snapshot::event::{Change, Reset};
use crate::snapshot::forget::Forget;

/// Words on their way to the janitor. Who speaks has a history to read from again, so a few will do.
pub const WORDS: usize = 16;

/// What the janitor hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A generation.
    Step(Step),
    /// The first word, or one after a gap: any name of these zones may be untrue.
    Anew {
        /// What is live.
        generation: u64,
        /// The apexes of all zones.
        zones: Vec<Name>,
    },
}

/// What one generation made untrue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The generation.
    pub generation: u64,
    /// When it was published.
    pub at: SystemTime,
    /// What caches have to forget.
    pub forget: Forget,
    /// Apexes of zones that are new.
    pub came: Vec<Name>,
    /// Apexes of zones that are not served any more.
    pub went: Vec<Name>,
    /// Apexes of zones whose SOA is another, and that changed in nothing else at their apex.
    pub only_moved: Vec<Name>,
}

/// What is published, as the janitor inside the daemon sees it.
pub trait Published: Send + 'static {
    /// The live generation, and each one that follows.
    fn generations(&self) -> watch::Receiver<u64>;

    /// What changed after a generation.
    fn changes_since(&self, generation: u64) -> Changes;

    /// The apexes of the zones that are served.
    fn zones(&self) -> Vec<Name>;
}

/// Tells the janitor of everything that is published, until one of the two ends.
pub async fn follow(published: impl Published, words: mpsc::Sender<Word>) {
    let mut generations = published.generations();
    // None: nothing has been told yet.
    let mut told = None;
    loop {
        let newest = *generations.borrow_and_update();
        let changes = told.map_or(Changes::TooOld, |told| published.changes_since(told));
        match changes {
            Changes::Steps(steps) => {
                for step in steps {
                    told = Some(step.generation);
                    if words.send(Word::Step(Step::of(&step))).await.is_err() {
                        return;
                    }
                }
            }
            Changes::TooOld if newest > 0 => {
                told = Some(newest);
                let anew = Word::Anew {
                    generation: newest,
                    zones: published.zones(),
                };
                if words.send(anew).await.is_err() {
                    return;
                }
            }
            Changes::TooOld => {}
        }
        if generations.changed().await.is_err() {
            return;
        }
    }
}

impl Step {
    /// Of a step in the daemon.
    #[must_use]
    pub fn of(step: &changes::Step) -> Self {
        let with = |is_one: fn(ZoneFate) -> bool| {
            let zones = step.zones.iter().filter(move |zone| is_one(zone.what));
            zones.map(|zone| zone.apex.clone())
        };
        let names = step.changed.names();
        let has_changed = |apex: &Name| names.binary_search_by(|name| name.name.cmp(apex)).is_ok();
        Self {
            generation: step.generation,
            at: step.at,
            forget: step.forget.clone(),
            came: with(|what| matches!(what, ZoneFate::Came(_))).collect(),
            went: with(|what| what == ZoneFate::Went).collect(),
            only_moved: with(|what| matches!(what, ZoneFate::Moved(_)))
                .filter(|apex| !has_changed(apex))
                .collect(),
        }
    }

    /// Of a generation that a stream told; none: it does not say what caches have to forget.
    #[must_use]
    pub fn told(change: &Change) -> Option<Self> {
        let forget = Forget::try_from(change.forget.as_ref()?).ok()?;
        let with = |what: &'static str| {
            let zones = change.zones.iter().filter(move |zone| zone.what == what);
            zones.filter_map(|zone| Name::parse(&zone.apex).ok())
        };
        let names = &change.names;
        let has_changed = |apex: &Name| names.iter().any(|name| name.name == apex.to_string());
        Some(Self {
            generation: change.generation,
            at: UNIX_EPOCH + Duration::from_millis(change.at),
            forget,
            came: with("came").collect(),
            went: with("went").collect(),
            only_moved: with("moved").filter(|apex| !has_changed(apex)).collect(),
        })
    }
}

impl Word {
    /// Of a stream that begins, or begins anew.
    #[must_use]
    pub fn anew(generation: u64, zones: Option<&[String]>) -> Self {
        let zones = zones.unwrap_or_default().iter();
        Self::Anew {
            generation,
            zones: zones.filter_map(|zone| Name::parse(zone).ok()).collect(),
        }
    }

    /// Of a generation in which too much changed to list it. `before` are the zones until then.
    #[must_use]
    pub fn reset(reset: &Reset, before: &[Name]) -> Self {
        let generation = reset.place.generation;
        let forget = reset.forget.as_ref().map(Forget::try_from);
        let (Some(Ok(forget)), Some(zones)) = (forget, &reset.zones) else {
            return Self::anew(generation, reset.zones.as_deref());
        };
        let after: Vec<_> = zones
            .iter()
            .filter_map(|zone| Name::parse(zone).ok())
            .collect();
        let missing = |from: &[Name], of: &[Name]| {
            let missing = of.iter().filter(|zone| !from.contains(zone));
            missing.cloned().collect::<Vec<_>>()
        };
        Self::Step(Step {
            generation,
            at: SystemTime::now(),
            forget,
            came: missing(before, &after),
            went: missing(&after, before),
            only_moved: after,
        })
    }
}
