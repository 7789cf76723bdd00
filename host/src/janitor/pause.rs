//! How long a server that does not answer is left alone: a moment after the first time, then longer, and never as long as
//! another janitor does.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// After the first failure. A server that restarts is away for about as long.
const FIRST: Duration = Duration::from_millis(50);

/// After many. As long as it is, a server that came back shows what was before it went; and asking again costs nothing.
const LONGEST: Duration = Duration::from_secs(1);

/// Doublings until the longest.
const MOST_DOUBLINGS: u32 = 5;

/// The pause after so many failures in a row: between half of it and the whole.
pub(super) fn after(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(MOST_DOUBLINGS);
    let whole = (FIRST * 2_u32.pow(doublings)).min(LONGEST);
    let random = RandomState::new().hash_one(failures) % 1024;
    let half = whole / 2;
    let random = u32::try_from(random).unwrap_or_default();
    half + half * random / 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest() {
        for (failures, whole) in [
            (1, 50),
            (2, 100),
            (4, 400),
            (5, 800),
            (6, 1000),
            (900, 1000),
        ] {
            let pause = after(failures);
            let whole = Duration::from_millis(whole);
            assert!(
                whole / 2 <= pause && pause <= whole,
                "{pause:?} for {failures}"
            );
        }
    }
}
