//! Which of a stack is watched since it was promoted, and for how long yet.

use std::time::Duration;

use super::super::writer::watching::Watched;
use super::keeping::Keeping;
use crate::policy::loader::RefusedPolicy;
use crate::policy::stack::StackEntry;
use crate::policy::{Refusal, Stage};
use crate::store::policies::{Cause, Pin, now};

/// The policy of a stack that is watched.
pub(super) fn watched(
    stack: &[StackEntry],
    keeping: Option<&Keeping>,
    is_forced: bool,
) -> Option<Watched> {
    let pins = stack.iter().map(|entry| entry.pinned.as_ref());
    let mut watched = pins.enumerate().filter_map(|(rank, pinned)| {
        let left = left(&pinned?.pin)?;
        Some((rank, pinned?, left))
    });
    // The last promoted is the one that a failure is most likely of.
    let (rank, pinned, left) = watched.by_ref().max_by_key(|(_, _, left)| *left)?;
    Some(Watched {
        rank,
        place: pinned.place.to_string(),
        left,
        tolerated: pinned.pin.tolerated,
        is_new: keeping.is_some_and(|keeping| keeping.cause == Cause::Promote),
        is_forced,
    })
}

/// Whether a pin is of a policy that is watched, and for how long yet.
fn left(pin: &Pin) -> Option<Duration> {
    let left = pin.watched_until?.checked_sub(now())?;
    (left > 0).then(|| Duration::from_secs(left))
}

/// Whether what is watched is what was refused.
pub(super) fn is_its(refused: &RefusedPolicy, entry: &StackEntry) -> bool {
    let Refusal { stage, .. } = &refused.refusal;
    let failed = matches!(
        stage,
        Stage::Instantiate | Stage::Configure | Stage::Synthesize | Stage::Validate
    );
    let pin = entry.pinned.as_ref().map(|pinned| &pinned.pin);
    failed && pin.and_then(left).is_some() && refused.digest == Some(entry.component.digest())
}
