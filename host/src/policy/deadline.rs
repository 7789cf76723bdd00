//! How long a call may still run: counted in processor time of its thread, which is what a loop takes, and only bounded in
//! time on the wall. On a machine that is busy elsewhere an honest policy waits for a processor; that is no fault of its
//! service, and must not cost the service its new records.

use std::cell::Cell;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

/// How many times its limit a call may take on the wall. A guest has nothing to wait for but a processor: this many threads
/// would have to share one, all the time.
const WALL_FACTOR: u32 = 20;

/// How old a reading of the processor time may be that a call begins with. Reading it is a call of the system, which would be a
/// twentieth of what a small service takes; what this thread did in between is given to the call on top of its limit.
const FRESH: Duration = Duration::from_millis(1);

thread_local! {
    /// The last reading on this thread, and when that was.
    static READ: Cell<Option<(Instant, Duration)>> = const { Cell::new(None) };
}

/// Counts from the start of a call, on the thread of the call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    limit: Duration,
    processor: Duration,
    wall: Instant,
}

impl Deadline {
    /// A call that starts now on this thread.
    pub(super) fn start(limit: Duration) -> Self {
        let wall = Instant::now();
        let fresh = READ
            .get()
            .filter(|(read, _)| wall.saturating_duration_since(*read) < FRESH);
        let processor = fresh.map_or_else(
            || {
                let processor = processor_time();
                READ.set(Some((wall, processor)));
                processor
            },
            |(_, processor)| processor,
        );
        Self {
            limit,
            processor,
            wall,
        }
    }

    /// How much is left, if anything is. To be asked on the thread of the call.
    pub(super) fn left(&self) -> Option<Duration> {
        let used = processor_time().saturating_sub(self.processor + FRESH);
        self.left_after(used, self.wall.elapsed())
    }

    fn left_after(&self, processor: Duration, wall: Duration) -> Option<Duration> {
        if wall >= self.limit.saturating_mul(WALL_FACTOR) {
            return None;
        }
        self.limit
            .checked_sub(processor)
            .filter(|left| !left.is_zero())
    }
}

/// Processor time of this thread. Where the system does not count it, none seems to pass, and the wall decides.
fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_waits_for_a_processor_keeps_its_time_but_not_for_ever() {
        let deadline = Deadline::start(Duration::from_millis(100));
        for (processor, wall, left) in [
            (0, 0, Some(100)),
            (40, 50, Some(60)),
            (40, 1_999, Some(60)),
            (40, 2_000, None),
            (100, 100, None),
            (101, 101, None),
        ] {
            let milliseconds = Duration::from_millis;
            assert_eq!(
                deadline.left_after(milliseconds(processor), milliseconds(wall)),
                left.map(milliseconds),
                "after {processor} ms of processor, {wall} ms in all"
            );
        }
    }

    #[test]
    fn sleeping_takes_no_processor_time_and_work_does() {
        let deadline = Deadline::start(Duration::from_millis(20));
        std::thread::sleep(Duration::from_millis(40));
        assert!(deadline.left().is_some(), "slept");
        let start = processor_time();
        while processor_time() < start + Duration::from_millis(20) + FRESH {}
        assert!(deadline.left().is_none(), "worked");
    }
}
