//! SOA serials: the larger of the one before plus one and Unix time.
//!
//! So they move forward without being kept (what is kept, [`Serial::start_again`], guards against a clock that steps back
//! over a restart), stay comparable between the DNS nodes of a cluster, and never run ahead of
//! the clock, since they move at most once a second. A change within the second is told by the next move.

use std::time::{Duration, Instant};

/// The shortest time between two moves of one zone's serial: one purge of the apex a second at most, and a serial that
/// counts seconds never overtakes the clock.
pub const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// The serial after `previous` (RFC 1982 section 3: serials wrap, and compare over half their space).
#[must_use]
pub fn next_serial(previous: Option<u32>, unix_seconds: u64) -> u32 {
    // Serials are 32 bits wide and meant to wrap.
    let now = u32::try_from(unix_seconds & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    match previous {
        Some(previous) if !is_after(now, previous) => previous.wrapping_add(1),
        Some(_) | None => now,
    }
}

/// Whether `left` is after `right` (RFC 1982 section 3.2).
#[must_use]
pub fn is_after(left: u32, right: u32) -> bool {
    let distance = left.wrapping_sub(right);
    distance != 0 && distance < 1 << 31
}

/// The serial of one zone over time.
#[derive(Debug, Clone)]
pub struct Serial {
    value: u32,
    /// What the next one goes past, where that is not the value.
    floor: Option<u32>,
    moved: Instant,
    is_due: bool,
}

impl Serial {
    /// The first serial of a zone: after `previous`, where one is known.
    #[must_use]
    pub fn start(previous: Option<u32>, unix_seconds: u64, now: Instant) -> Self {
        Self {
            value: next_serial(previous, unix_seconds),
            floor: None,
            moved: now,
            is_due: false,
        }
    }

    /// The first serial after a restart, where `kept` is what is known of the run before. That may have moved once more
    /// and not have kept it, at most to the time of its end: so two after what was kept, or the second after this one.
    #[must_use]
    pub fn start_again(kept: u32, unix_seconds: u64, now: Instant) -> Self {
        Self::start(Some(kept.wrapping_add(1)), unix_seconds + 1, now)
    }

    /// The serial to serve.
    #[must_use]
    pub fn value(&self) -> u32 {
        self.value
    }

    /// The zone changed: the serial moves at once, or when its second is over.
    pub fn touch(&mut self) {
        self.is_due = true;
    }

    /// Where `other` is not behind this serial, the next move goes past it.
    pub fn pass(&mut self, other: u32) {
        if is_after(other, self.value) && self.floor != Some(other) {
            self.floor = Some(other);
            self.is_due = true;
        }
    }

    /// When the serial wants to move, if it does.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        self.is_due.then(|| self.moved + SHORTEST_INTERVAL)
    }

    /// Moves the serial if it is due; says whether it moved.
    pub fn advance(&mut self, unix_seconds: u64, now: Instant) -> bool {
        if self.due().is_none_or(|due| due > now) {
            return false;
        }
        let previous = self.floor.take().unwrap_or(self.value);
        self.value = next_serial(Some(previous), unix_seconds);
        self.moved = now;
        self.is_due = false;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_serial_is_the_time_unless_that_is_not_after_the_one_before() {
        for (previous, now, next) in [
            (None, 1_000, 1_000),
            (Some(999), 1_000, 1_000),
            (Some(1_000), 1_000, 1_001),
            (Some(5_000), 1_000, 5_001),
            (Some(u32::MAX), 1_000, 1_000),
            (Some(u32::MAX), u64::from(u32::MAX), 0),
        ] {
            assert_eq!(
                next_serial(previous, now),
                next,
                "after {previous:?} at {now}"
            );
        }
    }

    #[test]
    fn a_serial_moves_at_most_once_a_second_and_forgets_no_change() {
        let start = Instant::now();
        let mut serial = Serial::start(None, 100, start);
        serial.touch();
        assert!(!serial.advance(100, start + Duration::from_millis(999)));
        assert!(serial.advance(101, start + Duration::from_secs(1)));
        assert_eq!(serial.value(), 101);
        assert!(
            !serial.advance(105, start + Duration::from_secs(5)),
            "nothing changed since"
        );
        serial.touch();
        assert!(
            serial.advance(50, start + Duration::from_secs(6)),
            "the clock went back"
        );
        assert_eq!(serial.value(), 102);
    }

    #[test]
    fn after_a_restart_a_serial_is_past_all_that_may_have_been_served() {
        let start = Instant::now();
        for (kept, now, first) in [
            (1_000, 2_000, 2_001),
            (2_000, 2_000, 2_002),
            (1_999, 2_000, 2_001),
            (5_000, 2_000, 5_002),
            (u32::MAX, 2_000, 2_001),
            (u32::MAX - 1, u64::from(u32::MAX) - 5, 0),
        ] {
            let serial = Serial::start_again(kept, now, start);
            assert_eq!(serial.value(), first, "after {kept} at {now}");
        }
    }

    #[test]
    fn a_serial_goes_past_the_one_that_an_author_wrote() {
        let start = Instant::now();
        let mut serial = Serial::start(None, 100, start);
        serial.pass(99);
        assert_eq!(serial.due(), None, "it is past that one");
        serial.pass(2_026_112_401);
        assert!(serial.advance(101, start + Duration::from_secs(1)));
        assert_eq!(serial.value(), 2_026_112_402);
        serial.pass(2_026_112_401);
        assert_eq!(serial.due(), None);
    }
}
