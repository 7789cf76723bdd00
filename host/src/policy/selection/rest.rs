//! When a policy is not asked: after several failures in a row it rests, and longer each time, until it works again.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// So many failures in a row are no accident: each costs a lookup what a call may take.
const FAILURES: u32 = 3;

/// The first rest. Beside it, what the failures before took is nothing.
const FIRST: Duration = Duration::from_secs(1);

/// The longest: after it one lookup pays for trying again.
const LONGEST: Duration = Duration::from_secs(60);

/// Times are counted from here, in milliseconds: an instant fits into no atomic.
static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Failures in a row, and what follows from them.
#[derive(Debug, Default)]
pub(super) struct Rest {
    failures: AtomicU32,
    /// 0: it does not rest.
    until: AtomicU64,
}

impl Rest {
    /// Whether it may be asked.
    pub(super) fn is_over(&self) -> bool {
        let until = self.until.load(Ordering::Relaxed);
        until == 0 || until <= now()
    }

    /// It answered.
    pub(super) fn worked(&self) {
        // Read first: nearly always it is 0, and what is only read is no reason to wait for another processor.
        if self.failures.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
            self.until.store(0, Ordering::Relaxed);
        }
    }

    /// It failed. The rest that begins with it, if one does.
    pub(super) fn failed(&self) -> Option<Duration> {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        let pause = pause(failures)?;
        let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        self.until
            .store(now().saturating_add(pause_ms), Ordering::Relaxed);
        Some(pause)
    }

    /// Failures in a row.
    pub(super) fn failures(&self) -> u32 {
        self.failures.load(Ordering::Relaxed)
    }

    /// How long it still rests.
    pub(super) fn left(&self) -> Option<Duration> {
        let left = self.until.load(Ordering::Relaxed).checked_sub(now())?;
        (left > 0).then(|| Duration::from_millis(left))
    }
}

fn pause(failures: u32) -> Option<Duration> {
    let more = failures.checked_sub(FAILURES)?;
    Some(LONGEST.min(FIRST.saturating_mul(1 << more.min(16))))
}

fn now() -> u64 {
    // Never 0, which stands for something else.
    u64::try_from(BEGUN.elapsed().as_millis())
        .unwrap_or(u64::MAX)
        .saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fails_again_and_again_rests_longer_and_who_works_not_at_all() {
        for (failures, seconds) in [
            (1, None),
            (2, None),
            (3, Some(1)),
            (4, Some(2)),
            (8, Some(32)),
            (9, Some(60)),
            (u32::MAX, Some(60)),
        ] {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(pause(failures), expected, "after {failures}");
        }
        let rest = Rest::default();
        for _ in 0..FAILURES {
            assert!(rest.is_over());
            let _ = rest.failed();
        }
        assert!(!rest.is_over());
        assert!(rest.left().is_some_and(|left| left <= FIRST));
        rest.worked();
        assert!(rest.is_over() && rest.left().is_none());
    }
}
