//! One round: first the authoritative servers, then the recursors, which would fill themselves again with the old answer.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use zonesmith_zone::name::Name;

use super::purge::Purge;
use super::target::Target;
use super::targets::Targets;

/// How long recursors are kept waiting for an authoritative server: the others' answers are worth more than the right order
/// with one that is slow. When it has answered, recursors are purged once more.
const HOLD: Duration = Duration::from_millis(250);

/// Runs it to its end.
pub(super) async fn run(targets: &Targets, purge: &Purge, zones: &[Name]) {
    let ask = |target: &std::sync::Arc<Target>| target.ask(purge, zones);
    let mut authoritative: Vec<_> = targets.authoritative.iter().map(ask).collect();
    let hold = Instant::now() + HOLD;
    let mut late = Vec::new();
    for mut answer in authoritative.drain(..) {
        if timeout_at(hold, &mut answer).await.is_err() {
            late.push(answer);
        }
    }
    let recursors: Vec<_> = targets.recursors.iter().map(ask).collect();
    all(recursors).await;
    if late.is_empty() {
        return;
    }
    all(late).await;
    let again = purge.clone().again();
    let recursors = targets.recursors.iter();
    all(recursors.map(|target| target.ask(&again, zones)).collect()).await;
}

/// Each of them ends: commands have a time limit.
async fn all(answers: Vec<oneshot::Receiver<bool>>) {
    for answer in answers {
        let _ = answer.await;
    }
}
