//! What happens when a service fails: its last good records stay, and it is tried again.
//!
//! A trap, a deadline, an error or too much output concerns one service under one policy. Its records stay as they
//! were, the failure is shown in `status`, nothing else is touched. It is tried again with back-off, at its next change,
//! and by every candidate; behind the services that work, so that a slow failure delays nobody.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use super::service_key::ServiceKey;

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
pub(super) struct Isolation(BTreeMap<ServiceKey, Failing>);

impl Isolation {
    /// The service failed, again or for the first time.
    pub(super) fn failed(&mut self, key: &ServiceKey, now: Instant) {
        match self.0.get_mut(key) {
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
                self.0.insert(key.clone(), failing);
            }
        }
    }

    /// The service works, or is gone.
    pub(super) fn healed(&mut self, key: &ServiceKey) {
        self.0.remove(key);
    }

    pub(super) fn get(&self, key: &ServiceKey) -> Option<&Failing> {
        self.0.get(key)
    }

    pub(super) fn contains(&self, key: &ServiceKey) -> bool {
        self.0.contains_key(key)
    }

    /// The services that fail.
    pub(super) fn keys(&self) -> impl Iterator<Item = &ServiceKey> {
        self.0.keys()
    }

    /// Forgets services that are not there any more.
    pub(super) fn retain(&mut self, is_there: impl Fn(&ServiceKey) -> bool) {
        self.0.retain(|key, _| is_there(key));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// When the next retry is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.0.values().map(|failing| failing.next).min()
    }

    /// The services to try again now.
    pub(super) fn due(&self, now: Instant) -> Vec<ServiceKey> {
        let due = self.0.iter().filter(|(_, failing)| failing.next <= now);
        due.map(|(key, _)| key.clone()).take(MOST_A_ROUND).collect()
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
    use super::super::service_key::ClusterKey;
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
        let start = Instant::now();
        let key = ServiceKey {
            cluster: ClusterKey::of("cluster1"),
            path: "shop/svc/web".parse().unwrap(),
        };
        let mut isolation = Isolation::default();
        isolation.failed(&key, start);
        assert!(isolation.due(start).is_empty());
        assert_eq!(
            isolation.due(start + FIRST_RETRY),
            std::slice::from_ref(&key)
        );
        isolation.healed(&key);
        assert_eq!(isolation.next_due(), None);
    }
}
