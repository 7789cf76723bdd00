//! What there is to tell of NOTIFY: each zone and target, how far it is, and what stands in the way.

use std::collections::BTreeSet;

use super::queue::{Entry, Queue, State};
use super::target;

/// Everything there is to tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// By zone and target.
    pub rows: Vec<Row>,
    /// What stands in the way, a sentence each.
    pub problems: Vec<String>,
}

/// One zone and target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The apex.
    pub zone: String,
    /// The address.
    pub target: String,
    /// The newest serial that it is to know of.
    pub serial: u32,
    /// `waiting`, `asked`, `retrying`, `acknowledged`, `given-up`
    pub state: &'static str,
    /// Failures since the last acknowledgement.
    pub failures: u32,
    /// The reason of the last one.
    pub error: Option<String>,
}

impl Report {
    pub(super) fn of(queue: &Queue, problems: &BTreeSet<String>) -> Self {
        let row = |(zone, target, entry): (&zonesmith_zone::name::Name, _, &Entry)| Row {
            zone: zone.to_string(),
            target: target::print(target),
            serial: entry.serial,
            state: state(entry),
            failures: entry.failures,
            error: entry.error.clone(),
        };
        Self {
            rows: queue.entries().map(row).collect(),
            problems: problems.iter().cloned().collect(),
        }
    }
}

fn state(entry: &Entry) -> &'static str {
    match entry.state {
        State::GivenUp => "given-up",
        State::Waiting { .. } | State::Asked { .. } if entry.failures > 0 => "retrying",
        State::Waiting { .. } => "waiting",
        State::Asked { .. } => "asked",
        State::Acknowledged => "acknowledged",
    }
}
