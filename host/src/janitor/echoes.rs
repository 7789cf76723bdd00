//! What is purged again, and when. A lookup that was in flight at the first purge puts into a cache what it read before.
//!
//! How long one may be in flight has two bounds: an ordinary one takes milliseconds; the longest takes as long as PowerDNS
//! waits for us (`timeout=2000`) before it gives up, or a recursor for it (`network-timeout`, 1500 ms). So there are several:
//! the first ends what an ordinary one did, the ones between hold what a slow one did below a second, and the last comes when
//! no lookup can be in flight any more. Each is a round like the first: a recursor may have asked the authoritative server
//! in between.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use zonesmith_zone::name::Name;

use super::purge::Purge;

/// Pauses from the end of a round to the next: 100 ms after the change, 400 ms, 1 s and 2.2 s.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_millis(600),
    Duration::from_millis(1_200),
];

/// Rounds that are due within this time are one.
const TOGETHER: Duration = Duration::from_millis(20);

/// Rounds to come.
#[derive(Default)]
pub(super) struct Echoes {
    levels: [VecDeque<Echo>; PAUSES.len()],
}

struct Echo {
    /// When the first of it would have been due.
    first: Instant,
    due: Instant,
    purge: Purge,
}

impl Echoes {
    /// A round has ended; it was the `level`th of its kind, from 0. Says how many orders became whole zones.
    pub(super) fn add(&mut self, level: usize, purge: &Purge, now: Instant, zones: &[Name]) -> u64 {
        let (Some(pause), Some(rounds)) = (PAUSES.get(level), self.levels.get_mut(level)) else {
            return 0;
        };
        if purge.is_empty() {
            return 0;
        }
        let due = now + *pause;
        let purge = purge.clone().again();
        if let Some(last) = rounds.back_mut()
            && due.saturating_duration_since(last.first) < TOGETHER
        {
            // Later than the first would want it, never sooner than the last does.
            last.due = due.max(last.due);
            return last.purge.add(&purge, zones);
        }
        let first = due;
        rounds.push_back(Echo { first, due, purge });
        0
    }

    /// When the next one is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let next = self.levels.iter().filter_map(VecDeque::front);
        next.map(|echo| echo.due).min()
    }

    /// Those that are due, each with its number.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<(usize, Purge)> {
        let mut taken = Vec::new();
        for (level, rounds) in self.levels.iter_mut().enumerate() {
            while let Some(echo) = rounds.pop_front_if(|echo| echo.due <= now) {
                taken.push((level + 1, echo.purge));
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::step;
    use super::*;
    use crate::snapshot::forget::Extent;

    fn purge(name: &str) -> Purge {
        let extent = Extent::new([Name::parse(name).unwrap()], []);
        Purge::of(&step(1, extent))
    }

    #[test]
    fn a_purge_comes_again_until_nothing_can_be_in_flight() {
        let mut echoes = Echoes::default();
        let begun = Instant::now();
        let mut now = begun;
        echoes.add(0, &purge("web.demo"), now, &[]);
        let mut times = Vec::new();
        while let Some(due) = echoes.next_due() {
            assert!(echoes.take_due(due - Duration::from_millis(1)).is_empty());
            now = due;
            for (level, purge) in echoes.take_due(now) {
                assert_eq!(purge.published, None, "nobody waits for it");
                times.push((now - begun).as_millis());
                echoes.add(level, &purge, now, &[]);
            }
        }
        assert_eq!(times, [100, 400, 1000, 2200]);
    }

    #[test]
    fn what_is_due_together_is_one_round() {
        let mut echoes = Echoes::default();
        let now = Instant::now();
        let soon = now + Duration::from_millis(15);
        let later = now + Duration::from_millis(60);
        for (name, at) in [("a.demo", now), ("b.demo", soon), ("c.demo", later)] {
            echoes.add(0, &purge(name), at, &[]);
        }
        let due = echoes.take_due(now + Duration::from_secs(1));
        assert_eq!(due.len(), 2);
        let mut both = purge("a.demo").again();
        both.add(&purge("b.demo").again(), &[]);
        assert_eq!(due[0].1, both);
        assert_eq!(echoes.next_due(), None);
    }
}
