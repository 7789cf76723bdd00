//! A moment, for people: in UTC (RFC 3339), since logs are.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: u64 = 24 * 60 * 60;

/// Days of four years, one of them a leap year.
const FOUR_YEARS: u64 = 4 * 365 + 1;

/// Milliseconds since 1970 as `2026-11-30T14:03:10.250Z`. Right until 2100, which is no leap year.
#[must_use]
pub fn utc(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let (days, of_day) = (seconds / DAY, seconds % DAY);
    // From 1968, which was a leap year.
    let days = days + 731;
    let (four_years, days) = (days / FOUR_YEARS, days % FOUR_YEARS);
    // The first of the four is the leap year.
    let year = days.saturating_sub(1) / 365;
    let mut day = days - year * 365 - u64::from(year > 0);
    let february = if year == 0 { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    let year = 1968 + four_years * 4 + year;
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let (day, thousandth) = (day + 1, milliseconds % 1000);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{thousandth:03}Z")
}

/// The clock, in milliseconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    // Before 1970 no clock that matters is set.
    let since: Duration = since.unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_the_calendar_has_it() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (68_169_599, "1972-02-28T23:59:59.000Z"),
            (68_169_600, "1972-02-29T00:00:00.000Z"),
            (68_256_000, "1972-03-01T00:00:00.000Z"),
            (94_694_399, "1972-12-31T23:59:59.000Z"),
            (94_694_400, "1973-01-01T00:00:00.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_796_047_390, "2026-11-30T14:03:10.000Z"),
        ] {
            assert_eq!(utc(seconds * 1000), expected, "{seconds}");
        }
        assert_eq!(utc(1_001), "1970-01-01T00:00:01.001Z");
    }
}
