//! How old an agent is. One that has just started learns what there is for seconds (10 services at a time, peers with the
//! next heartbeat), and never says that it is done. It is taken for settled when it is a minute old and nothing new came
//! up for a while.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long an agent is young. It needs 4 s for 100 services and a few heartbeats for its peers; what was deleted while
/// nobody looked stays this much longer.
const YOUTH: Duration = Duration::from_secs(60);

/// One that still finds services is not settled, however old: with 10,000 of them it is minutes.
const SETTLING: Duration = Duration::from_secs(30);

/// A young agent that has told everything it knows of, and nothing for this long, has told everything there is. It
/// computes ten states at a time, each within tenths of a second.
const QUIET: Duration = Duration::from_secs(2);

/// An agent's age, and when it last came up with something that it had not known before.
#[derive(Clone, Debug, Default)]
pub(super) struct Youth {
    /// As the agent writes it: another date is another process.
    started_at: Box<str>,
    ends_at: Option<Instant>,
    last_progress: Option<Instant>,
}

impl Youth {
    /// The agent's date of start, as its status has it. Whether it is another agent than before.
    pub(super) fn see(&mut self, started_at: &str, now: Instant, wall: SystemTime) -> bool {
        if self.ends_at.is_some() && *self.started_at == *started_at {
            return false;
        }
        // A clock that is wrong makes it young: that costs time, not names.
        let age = unix_seconds(started_at)
            .and_then(|start| UNIX_EPOCH.checked_add(Duration::from_secs(start)))
            .and_then(|start| wall.duration_since(start).ok())
            .unwrap_or_default();
        self.started_at = started_at.into();
        self.ends_at = Some(now + YOUTH.saturating_sub(age));
        self.last_progress = (age < YOUTH).then_some(now);
        true
    }

    /// Something came up that the agent had not known. One that is settled just found something new.
    pub(super) fn progress(&mut self, now: Instant) {
        if !self.is_settled(now) {
            self.last_progress = Some(now);
        }
    }

    /// Whether what it does not mention is not there.
    pub(super) fn is_settled(&self, now: Instant) -> bool {
        self.settles_at().is_some_and(|at| at <= now)
    }

    /// When it will be, if nothing new comes up; none: it has not been seen.
    pub(super) fn settles_at(&self) -> Option<Instant> {
        let ends_at = self.ends_at?;
        let quiet = self.last_progress.map(|last| last + SETTLING);
        Some(quiet.map_or(ends_at, |quiet| quiet.max(ends_at)))
    }

    /// Whether nothing new came up for a moment.
    pub(super) fn is_quiet(&self, now: Instant) -> bool {
        self.last_progress.is_none_or(|last| last + QUIET <= now)
    }
}

/// Seconds since 1970 of a date of RFC 3339; fractions do not count. None for a date before that, or for none at all.
fn unix_seconds(date: &str) -> Option<u64> {
    let number = |range: std::ops::Range<usize>| date.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let zone = date
        .get(19..)?
        .trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let offset = match zone {
        "Z" | "z" => 0,
        _ => {
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let hours: i64 = zone.get(1..3)?.parse().ok()?;
            let minutes: i64 = zone.get(4..6)?.parse().ok()?;
            sign * (hours * 60 + minutes)
        }
    };
    // Years begin in March: then the odd day is the last one.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year / 4 - year / 100 + year / 400;
    // 719,468 days from 1 March of the year 0 to 1 January 1970.
    let days = year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468;
    let seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second;
    u64::try_from(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_to_the_second() {
        for (date, seconds) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T12:00:00Z", Some(951_825_600)),
            ("2026-11-23T17:40:39.72199691Z", Some(1_795_455_639)),
            ("2026-11-23T18:40:39.7+01:00", Some(1_795_455_639)),
            ("2026-11-23T12:10:39-05:30", Some(1_795_455_639)),
            ("0001-01-01T00:00:00Z", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(unix_seconds(date), seconds, "{date}");
        }
    }

    #[test]
    fn an_agent_is_settled_when_it_is_a_minute_old_and_nothing_new_comes_up() {
        let now = Instant::now();
        let wall = UNIX_EPOCH + Duration::from_secs(1_795_455_639 + 20);
        let after = |seconds| now + Duration::from_secs(seconds);
        let mut youth = Youth::default();
        assert!(youth.see("2026-11-23T17:40:39.72199691Z", now, wall));
        assert!(!youth.is_settled(after(39)));
        assert!(youth.is_settled(after(40)));
        youth.progress(after(35));
        assert!(!youth.is_settled(after(64)));
        assert!(youth.is_settled(after(65)));
        assert!(!youth.see("2026-11-23T17:40:39.72199691Z", after(70), wall));
        assert!(youth.see("2026-11-23T17:41:39Z", after(70), wall));
        assert!(!youth.is_settled(after(100)));
    }

    #[test]
    fn one_that_has_been_there_for_days_is_settled_at_once() {
        let now = Instant::now();
        let mut youth = Youth::default();
        youth.see("2026-11-23T17:40:39Z", now, SystemTime::now());
        let wall = UNIX_EPOCH + Duration::from_secs(1_795_455_639 + 86_400);
        let mut youth = Youth::default();
        youth.see("2026-11-23T17:40:39Z", now, wall);
        assert!(youth.is_settled(now) && youth.is_quiet(now));
    }
}
