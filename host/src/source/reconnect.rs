//! How long a source waits before it tries again: longer and longer, and never as long as the one beside it. A cluster's
//! nodes lose their agents and servers together (a power cut, an upgrade): without jitter all come back in one moment.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Duration;

use crate::telemetry::counters::counters;

/// The pauses between attempts.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
    /// Whose attempts are counted.
    source: Option<Arc<str>>,
}

impl Backoff {
    /// The first pause, which doubles up to the longest.
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            next: first,
            source: None,
        }
    }

    /// The same, with its attempts counted as this source's.
    pub(crate) fn of(self, source: &str) -> Self {
        Self {
            source: Some(source.into()),
            ..self
        }
    }

    /// It worked: the next pause is the first again.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }

    /// The pause before the next attempt: somewhere between half of it and the whole.
    pub(crate) fn pause(&mut self) -> Duration {
        if let Some(source) = &self.source {
            counters().retried(source);
        }
        let whole = self.next;
        self.next = whole.saturating_mul(2).min(self.longest);
        // Every state of a hasher is another, by the system's random numbers: enough for who comes first.
        let random = RandomState::new().hash_one(whole) % 1024;
        let half = whole / 2;
        half + half.mul_f64(random as f64 / 1024.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_begin_again() {
        let milliseconds = Duration::from_millis;
        let mut backoff = Backoff::new(milliseconds(100), milliseconds(1000));
        for round in 0..2 {
            for whole in [100, 200, 400, 800, 1000, 1000] {
                let pause = backoff.pause();
                assert!(
                    milliseconds(whole / 2) <= pause && pause <= milliseconds(whole),
                    "{pause:?} for {whole} ms in round {round}"
                );
            }
            backoff.reset();
        }
    }

    #[test]
    fn two_of_them_do_not_wait_equally_long() {
        let mut pauses: Vec<_> = (0..8)
            .map(|_| Backoff::new(Duration::from_secs(1), Duration::from_secs(1)).pause())
            .collect();
        pauses.dedup();
        assert!(pauses.len() > 1);
    }
}
