//! Times as people write them: `3600`, `1h`, `1w2d3h4m5s`.

use crate::validate::TTL_LIMIT;

/// Seconds of a time, at most [`TTL_LIMIT`]. Each unit follows its number, in any order and case; a number alone is seconds.
pub(super) fn parse(text: &[u8]) -> Option<u32> {
    if !text.is_empty() && text.iter().all(u8::is_ascii_digit) {
        return checked(number(text)?);
    }
    let mut rest = text;
    let mut seconds = 0_u64;
    while !rest.is_empty() {
        let digits = rest
            .iter()
            .take_while(|octet| octet.is_ascii_digit())
            .count();
        let (digits, after) = rest.split_at_checked(digits)?;
        let (unit, after) = after.split_first()?;
        let of_unit = match unit.to_ascii_lowercase() {
            b's' => 1,
            b'm' => 60,
            b'h' => 3_600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return None,
        };
        seconds = seconds.checked_add(number(digits)?.checked_mul(of_unit)?)?;
        rest = after;
    }
    (!text.is_empty()).then_some(seconds).and_then(checked)
}

/// Whether this is meant as a time: types and classes begin with a letter.
pub(super) fn is_meant(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_digit)
}

fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn checked(seconds: u64) -> Option<u32> {
    u32::try_from(seconds)
        .ok()
        .filter(|&seconds| seconds <= TTL_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, seconds) in [
            ("0", Some(0)),
            ("3600", Some(3_600)),
            ("00060", Some(60)),
            ("1h", Some(3_600)),
            ("1H30M", Some(5_400)),
            ("1w2d3h4m5s", Some(788_645)),
            ("2147483647", Some(0x7fff_ffff)),
            ("2147483648", None),
            ("3551w", None),
            ("99999999999999999999", None),
            ("99999999999999999999w", None),
            ("", None),
            ("h", None),
            ("1h30", None),
            ("1y", None),
            ("-1", None),
            ("1 h", None),
        ] {
            assert_eq!(parse(text.as_bytes()), seconds, "{text:?}");
        }
    }
}
