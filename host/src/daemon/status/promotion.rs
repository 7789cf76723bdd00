//! What is told of policies that come from no file.

use std::time::Duration;

use zonesmith_zone::comparison::Counts;

use crate::snapshot::report::Status;
use crate::snapshot::report::promotion::{Differing, RolledBackStatus, ShadowStatus};
use crate::store::policies::{Pin, now};
use crate::synthesis::report::Report;
use crate::synthesis::shadow::{ShadowReport, ShadowState};

/// The candidate in the shadow, and what was taken back.
pub(super) fn add(status: &mut Status, report: &Report) {
    let shadow = report.shadow.as_ref().map(|board| board.report());
    status.shadow = shadow.map(|report| Box::new(shadow_status(report)));
    status.rolled_back = report.taken_back.as_ref().map(|taken| RolledBackStatus {
        name: taken.policy.clone(),
        digest: taken.digest.to_string(),
        place: taken.place.clone(),
        reason: taken.reason.clone(),
        age: age(taken.time),
    });
}

/// Since when a place is pinned, in seconds, and for how many more it is watched.
pub(super) fn pinned(pin: Option<&Pin>) -> (Option<u64>, Option<u64>) {
    let Some(pin) = pin else {
        return (None, None);
    };
    let left = pin.watched_until.and_then(|until| until.checked_sub(now()));
    (Some(age(pin.since)), left.filter(|left| *left > 0))
}

fn shadow_status(report: ShadowReport) -> ShadowStatus {
    let (state, reason) = match &report.state {
        ShadowState::Waiting => ("waiting", None),
        ShadowState::Preparing => ("preparing", None),
        ShadowState::Running => ("running", None),
        ShadowState::Refused(refusal) => ("refused", Some(refusal.to_string())),
    };
    ShadowStatus {
        name: report.policy,
        version: report.version,
        digest: report.digest.to_string(),
        source: report.source,
        replaces: report.replaces,
        age: age(report.since),
        state: state.to_owned(),
        reason,
        generation: report.generation,
        names: differing(report.names),
        records: differing(report.records),
        differences: report.differences,
        failing: report.failing,
        failures: report.failures,
        calls: report.calls,
        call_seconds: seconds(report.spent),
        proof_seconds: seconds(report.proof),
    }
}

fn differing(counts: Counts) -> Differing {
    let Counts {
        added,
        removed,
        changed,
    } = counts;
    Differing {
        added,
        removed,
        changed,
    }
}

/// To the microsecond.
fn seconds(time: Duration) -> f64 {
    Duration::from_micros(u64::try_from(time.as_micros()).unwrap_or(u64::MAX)).as_secs_f64()
}

fn age(time: u64) -> u64 {
    now().saturating_sub(time)
}
