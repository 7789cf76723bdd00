//! What is told of the janitor: every server and how it is.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::target::Target;
use super::targets::Targets;

/// What there is to tell of the janitor, at any time.
#[derive(Clone, Default)]
pub struct Told(Arc<Mutex<Shared>>);

#[derive(Default)]
struct Shared {
    targets: Targets,
    problem: Option<String>,
}

/// Everything there is to tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Authoritative servers, then recursors.
    pub rows: Vec<Row>,
    /// Why recursors do not know all zones, if so.
    pub problem: Option<String>,
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its address, as it is written.
    pub target: String,
    /// `authoritative`, `recursor`
    pub role: &'static str,
    /// `waiting`, `purged`, `behind`, `failing`
    pub state: &'static str,
    /// Whether it was found, and not configured.
    pub is_found: bool,
    /// The generation up to which its caches are right.
    pub generation: Option<u64>,
    /// Since when they may be wrong.
    pub behind: Option<SystemTime>,
    /// Entries that it forgot.
    pub entries: u64,
    /// Failures in a row.
    pub failures: u32,
    /// The reason of the last one, or what it does not forget although it answers.
    pub error: Option<String>,
}

impl Told {
    /// Everything as it is now.
    #[must_use]
    pub fn report(&self) -> Report {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Report {
            rows: told.targets.all().map(|target| row(target)).collect(),
            problem: told.problem.clone(),
        }
    }

    pub(super) fn aim(&self, targets: Targets) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.targets = targets;
    }

    pub(super) fn set_problem(&self, problem: Option<String>) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.problem = problem;
    }
}

fn row(target: &Target) -> Row {
    let state = target.state();
    let word = match (state.failures, state.purged, state.behind) {
        (1.., ..) => "failing",
        (0, None, _) => "waiting",
        (0, Some(_), Some(_)) => "behind",
        (0, Some(_), None) => "purged",
    };
    Row {
        target: target.server.to_string(),
        role: target.server.role(),
        state: word,
        is_found: target.is_found,
        generation: state.purged,
        behind: state.behind,
        entries: state.entries,
        failures: state.failures,
        error: state.error.clone().or_else(|| state.problem.clone()),
    }
}
