//! What changed, generation by generation: what a watcher is shown and what a cache has to forget.
//!
//! The writer adds a [`Step`] with each publication; it keeps the octets it had anyway, and text is made of them only
//! when somebody asks. Who follows remembers the generation it has seen, asks for what came after, and may stay away: it
//! finds everything that is kept, or is told that its place is not there any more ([`Changes::TooOld`]) and has to begin
//! with what is live. A swap that changes most names is not listed ([`Changed::Everything`]): whoever follows would
//! begin anew sooner than read it.
//!
//! Generations count from 1 in each run of the daemon, so a place that outlives the daemon is a generation *of a run*.
//!
//! **Invariant:** a step is added after its snapshot is live and before its generation is announced, so who is woken
//! finds both, and every generation of a run has one step.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use zonesmith_zone::delta::NameChange;
use zonesmith_zone::name::Name;
use zonesmith_zone::zones::Zones;

use super::forget::Forget;

/// Names whose changes are kept, a generation without names counting as one. At 20 changed services a second, each of
/// ten names, that is a minute and a half: who is away for longer begins anew, which costs it no more than reading them.
pub const MOST_NAMES: usize = 16_384;

/// Octets that are kept of them: names with hundreds of records are large twice, before and after.
const MOST_BYTES: usize = 8 << 20;

/// Names that one step lists; more are [`Changed::Everything`]. Half of what is kept, so that one reload does not push
/// out what everyone else has to read.
pub const MOST_LISTED: usize = MOST_NAMES / 2;

/// What one generation changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The generation that this step made.
    pub generation: u64,
    /// When it was published.
    pub at: SystemTime,
    /// Names whose records differ from the generation before.
    pub changed: Changed,
    /// Zones that came, went, or have another SOA, in order of their apexes.
    pub zones: Vec<ZoneChange>,
    /// What caches have to forget because of it.
    pub forget: Forget,
}

/// Names whose records differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// Exactly these, in canonical order.
    Names(Box<[NameChange]>),
    /// Too many to list, or nobody knows: any name may have.
    Everything,
}

impl Changed {
    /// No name: a serial moved.
    #[must_use]
    pub fn nothing() -> Self {
        Self::Names(Box::default())
    }

    /// How many names are listed.
    #[must_use]
    pub fn names(&self) -> &[NameChange] {
        match self {
            Self::Names(names) => names,
            Self::Everything => &[],
        }
    }
}

/// A zone that is not as it was beside its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneChange {
    /// Its apex.
    pub apex: Name,
    /// What happened to it.
    pub what: ZoneFate,
}

/// What happened to a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneFate {
    /// It was not served before; with this serial.
    Came(u32),
    /// Its SOA is another, with this serial.
    Moved(u32),
    /// It is not served any more.
    Went,
}

impl ZoneChange {
    /// What happened to zones, from `before` to `after`.
    #[must_use]
    pub fn between(before: &Zones, after: &Zones) -> Vec<Self> {
        let mut changes = Vec::new();
        for zone in after.iter() {
            let what = match before.find_apex(zone.apex().as_ref()) {
                None => ZoneFate::Came(zone.serial()),
                Some(was) if was.serial() != zone.serial() || was.soa() != zone.soa() => {
                    ZoneFate::Moved(zone.serial())
                }
                Some(_) => continue,
            };
            changes.push(Self {
                apex: zone.apex().clone(),
                what,
            });
        }
        let gone = before
            .iter()
            .filter(|zone| after.find_apex(zone.apex().as_ref()).is_none());
        changes.extend(gone.map(|zone| Self {
            apex: zone.apex().clone(),
            what: ZoneFate::Went,
        }));
        changes.sort_by(|one, other| one.apex.cmp(&other.apex));
        changes
    }
}

/// What came after a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changes {
    /// All of it, in order; none: nothing yet.
    Steps(Vec<Arc<Step>>),
    /// It is not known any more, or was never a generation of this run: begin with what is live.
    TooOld,
}

/// The last steps of this run.
pub struct History {
    started: Duration,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    steps: VecDeque<Arc<Step>>,
    names: usize,
    bytes: usize,
    /// The newest generation whose step was dropped; 0: none was.
    dropped: u64,
}

impl Default for History {
    fn default() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        // Two runs that start within a microsecond are two daemons.
        Self {
            started: since.unwrap_or_default(),
            kept: Mutex::default(),
        }
    }
}

impl History {
    /// Tells this run of the daemon from every other.
    #[must_use]
    pub fn run(&self) -> String {
        format!("{:x}", self.started.as_micros())
    }

    /// When it began, in seconds since 1970.
    #[must_use]
    pub fn started(&self) -> u64 {
        self.started.as_secs()
    }

    /// What came after `generation`.
    #[must_use]
    pub fn since(&self, generation: u64) -> Changes {
        let kept = self.kept();
        let newest = kept.steps.back();
        let newest = newest.map_or(kept.dropped, |step| step.generation);
        if generation < kept.dropped || generation > newest {
            return Changes::TooOld;
        }
        let from = kept
            .steps
            .partition_point(|step| step.generation <= generation);
        Changes::Steps(kept.steps.iter().skip(from).cloned().collect())
    }

    /// Adds the step of the generation that was just published, and drops the oldest where there are too many.
    pub fn add(&self, step: Step) {
        let mut kept = self.kept();
        let (names, bytes) = size(&step);
        kept.names += names;
        kept.bytes += bytes;
        kept.steps.push_back(Arc::new(step));
        while kept.names > MOST_NAMES || kept.bytes > MOST_BYTES {
            let Some(oldest) = kept.steps.pop_front() else {
                break;
            };
            let (names, bytes) = size(&oldest);
            kept.names -= names;
            kept.bytes -= bytes;
            kept.dropped = oldest.generation;
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a step counts for.
fn size(step: &Step) -> (usize, usize) {
    let names = step.changed.names();
    let bytes = names.iter().map(NameChange::bytes).sum::<usize>();
    let zones = step.zones.len() * size_of::<ZoneChange>();
    let bytes = bytes + zones + step.forget.bytes();
    (names.len() + 1, bytes + size_of::<Step>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(generation: u64, names: usize) -> Step {
        let names = (0..names).map(|number| NameChange {
            name: Name::parse(&format!("n{number}.demo.")).unwrap(),
            before: None,
            after: Some(Box::default()),
        });
        Step {
            generation,
            at: UNIX_EPOCH,
            changed: Changed::Names(names.collect()),
            zones: Vec::new(),
            forget: Forget::default(),
        }
    }

    fn generations(changes: &Changes) -> Vec<u64> {
        match changes {
            Changes::Steps(steps) => steps.iter().map(|step| step.generation).collect(),
            Changes::TooOld => vec![u64::MAX],
        }
    }

    #[test]
    fn who_follows_finds_what_came_after_its_place() {
        let history = History::default();
        assert_eq!(history.since(0), Changes::Steps(Vec::new()));
        for generation in 1..=3 {
            history.add(step(generation, 1));
        }
        for (place, found) in [(0, vec![1, 2, 3]), (2, vec![3]), (3, vec![])] {
            assert_eq!(generations(&history.since(place)), found, "after {place}");
        }
        assert_eq!(history.since(4), Changes::TooOld, "of another run");
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many_names() {
        let history = History::default();
        let large = MOST_NAMES / 2;
        for generation in 1..=4 {
            history.add(step(generation, large - 1));
        }
        assert_eq!(history.since(1), Changes::TooOld);
        assert_eq!(generations(&history.since(2)), [3, 4]);
        // One that is larger than all that is kept leaves nothing, and nobody believes that nothing happened.
        history.add(step(5, MOST_NAMES));
        assert_eq!(history.since(4), Changes::TooOld);
        history.add(step(6, 1));
        assert_eq!(generations(&history.since(5)), [6]);
    }

    #[test]
    fn octets_are_bounded_too() {
        let history = History::default();
        let mut large = step(1, 1);
        large.changed = Changed::Names(Box::new([NameChange {
            name: Name::root(),
            before: None,
            after: Some(vec![0; MOST_BYTES].into()),
        }]));
        history.add(large);
        assert_eq!(history.since(0), Changes::TooOld);
    }
}
