//! What happens when a service fails: its last good records stay, and it is tried again.
//!
//! A trap, a deadline, an error or too much output concerns one service under one policy. Its records stay as they
//! were, the failure is shown in `status`, nothing else is touched. It is tried again with back-off, at its next change,
//! and by every candidate; behind the services that work, so that a slow failure delays nobody.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use zonesmith_cluster::ServicePath;

/// First retry after a failure: a policy is a pure function, so only its limits (a busy machine) can make it differ.
const FIRST_RETRY: Duration = Duration::from_secs(2);

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Services retried in one round: a round must not keep changes waiting.
const MOST_A_ROUND: usize = 16;

/// A service that fails.
#[derive(Debug, Clone)]
pub(super) struct Failing {
    /// Of the first failure in a row.
    pub(super) since: SystemTime,
    /// Tries since then, the first not counted.
    pub(super) retries: u32,
    next: Instant,
}

/// All services that fail.
#[derive(Default)]
pub(super) struct Isolation(BTreeMap<ServicePath, Failing>);

impl Isolation {
    /// The service failed, again or for the first time.
    pub(super) fn failed(&mut self, path: &ServicePath, now: Instant) {
        match self.0.get_mut(path) {
            Some(failing) => {
                failing.retries = failing.retries.saturating_add(1);
                failing.next = now + pause(failing.retries);
            }
            None => {
                let failing = Failing {
                    since: SystemTime::now(),
                    retries: 0,
                    next: now + pause(0),
                };
                self.0.insert(path.clone(), failing);
            }
        }
    }

    /// The service works, or is gone.
    pub(super) fn healed(&mut self, path: &ServicePath) {
        self.0.remove(path);
    }

    pub(super) fn get(&self, path: &ServicePath) -> Option<&Failing> {
        self.0.get(path)
    }

    pub(super) fn contains(&self, path: &ServicePath) -> bool {
        self.0.contains_key(path)
    }

    /// Forgets services that are not there any more.
    pub(super) fn retain(&mut self, is_there: impl Fn(&ServicePath) -> bool) {
        self.0.retain(|path, _| is_there(path));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// When the next retry is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.0.values().map(|failing| failing.next).min()
    }

    /// The services to try again now.
    pub(super) fn due(&self, now: Instant) -> Vec<ServicePath> {
        let due = self.0.iter().filter(|(_, failing)| failing.next <= now);
        due.map(|(path, _)| path.clone())
            .take(MOST_A_ROUND)
            .collect()
    }
}

/// The pause after so many retries: doubles, with a bound.
fn pause(retries: u32) -> Duration {
    FIRST_RETRY
        .saturating_mul(1 << retries.min(16))
        .min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound() {
        for (retries, seconds) in [(0, 2), (1, 4), (2, 8), (7, 256), (8, 300), (u32::MAX, 300)] {
            assert_eq!(
                pause(retries),
                Duration::from_secs(seconds),
                "after {retries} retries"
            );
        }
    }

    #[test]
    fn a_failing_service_is_due_after_its_pause_until_it_is_healed() {
        let (path, start) = ("shop/svc/web".parse().unwrap(), Instant::now());
        let mut isolation = Isolation::default();
        isolation.failed(&path, start);
        assert!(isolation.due(start).is_empty());
        assert_eq!(
            isolation.due(start + FIRST_RETRY),
            std::slice::from_ref(&path)
        );
        isolation.healed(&path);
        assert_eq!(isolation.next_due(), None);
    }
}
