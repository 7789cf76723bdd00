//! What stands before the records in a value of the map: who contributes them, and since which generation each is served.
//!
//! ```text
//! head        = contributor, since                     all records are of one generation: nearly always
//!             | contributor, octets, { since }         one for each record, in their order
//! contributor = 2 × (number + 1), or 0 for several; + 1 in the second form
//! ```
//!
//! All numbers are varints. That makes 2 to 6 octets: no more than a plain number of the contributor alone would take in a
//! small cluster, and two more in a large one. A lookup passes over them in a few steps.

use super::{Records, read_octets, read_varint, write_octets};

/// Stands for the contributor where a name has several.
pub(crate) const SHARED: u32 = u32::MAX;

/// Set where the records are of several generations.
const SEVERAL_DATES: u64 = 1;

/// Begins a value of the map: who contributes the records that follow, and since when each of them is served.
pub(crate) fn write_head(contributor: u32, dates: &[u64], out: &mut Vec<u8>) {
    let number = match contributor {
        SHARED => 0,
        number => 2 * (u64::from(number) + 1),
    };
    let first = dates.first().copied().unwrap_or_default();
    if dates.iter().all(|date| *date == first) {
        write_long(number, out);
        write_long(first, out);
        return;
    }
    write_long(number | SEVERAL_DATES, out);
    let mut list = Vec::with_capacity(2 * dates.len());
    dates.iter().for_each(|date| write_long(*date, &mut list));
    write_octets(&list, out);
}

/// Who contributes the records of a value of the map.
pub(crate) fn contributor_of(value: &[u8]) -> u32 {
    let mut rest = value;
    read_long(&mut rest)
        .and_then(|number| (number >> 1).checked_sub(1))
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or(SHARED)
}

/// The packed records of a value of the map.
#[inline]
pub(crate) fn records_of(value: &[u8]) -> &[u8] {
    let mut rest = value;
    let has_one_date = rest
        .first()
        .is_none_or(|octet| u64::from(*octet) & SEVERAL_DATES == 0);
    skip_varint(&mut rest);
    if has_one_date {
        skip_varint(&mut rest);
        return rest;
    }
    let length = read_varint(&mut rest).unwrap_or_default();
    rest.get(length as usize..).unwrap_or_default()
}

/// Since when each record of a value of the map is served, in their order.
pub(crate) fn dates_of(value: &[u8]) -> Dates<'_> {
    let mut rest = value;
    let is_several = read_long(&mut rest).is_some_and(|number| number & SEVERAL_DATES != 0);
    if is_several {
        Dates::Several(read_octets(&mut rest).unwrap_or_default())
    } else {
        Dates::One(read_long(&mut rest).unwrap_or_default())
    }
}

/// See [`dates_of`]. Without an end where there is one date for all.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Dates<'a> {
    One(u64),
    Several(&'a [u8]),
}

impl Iterator for Dates<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        match self {
            Self::One(date) => Some(*date),
            Self::Several(rest) => read_long(rest),
        }
    }
}

/// Puts into `dates` since when each of `records` is served: those that stood in the value before keep their date, the
/// others begin `now`.
pub(crate) fn date(before: Option<&[u8]>, records: &[u8], now: u64, dates: &mut Vec<u64>) {
    dates.clear();
    let Some(before) = before else {
        dates.extend(Records::new(records).map(|_| now));
        return;
    };
    let mut olds = Records::new(records_of(before))
        .zip(dates_of(before))
        .peekable();
    for record in Records::new(records) {
        let place = (record.rtype, record.octets);
        while olds
            .next_if(|(old, _)| (old.rtype, old.octets) < place)
            .is_some()
        {}
        let kept = olds.next_if(|(old, _)| *old == record);
        dates.push(kept.map_or(now, |(_, date)| date));
    }
}

/// Appends a number, seven bits an octet, the lowest first.
fn write_long(mut number: u64, out: &mut Vec<u8>) {
    while let Ok(low) = u8::try_from(number & 0x7f) {
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Takes a number off the front.
fn read_long(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&octet, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(octet & 0x7f) << shift;
        if octet < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Passes over a number at the front.
#[inline]
fn skip_varint(rest: &mut &[u8]) {
    while let Some((&octet, after)) = rest.split_first() {
        *rest = after;
        if octet < 0x80 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packed::{RecordRef, write_record};

    fn packed(records: &[(u16, u8)]) -> Vec<u8> {
        let mut out = Vec::new();
        for (rtype, octet) in records {
            let octets = &[*octet];
            write_record(
                RecordRef {
                    rtype: *rtype,
                    ttl: 60,
                    octets,
                },
                &mut out,
            );
        }
        out
    }

    #[test]
    fn a_head_says_who_and_since_when_and_is_passed_over() {
        let records = packed(&[(1, 1), (1, 2), (16, 3)]);
        for contributor in [0, 1, 62, 63, 125_000, 1 << 31, SHARED] {
            for dates in [[1, 1, 1], [0, 7, 300], [u64::MAX; 3], [1, 1, 70_000]] {
                let mut value = Vec::new();
                write_head(contributor, &dates, &mut value);
                value.extend_from_slice(&records);
                assert_eq!(contributor_of(&value), contributor);
                assert_eq!(records_of(&value), records, "{contributor} {dates:?}");
                assert!(
                    dates_of(&value).take(3).eq(dates),
                    "{contributor} {dates:?}"
                );
            }
        }
        assert_eq!(contributor_of(&[]), SHARED);
        assert!(records_of(&[]).is_empty());
    }

    #[test]
    fn records_that_stay_keep_their_date() {
        let mut before = Vec::new();
        write_head(3, &[4, 5, 6], &mut before);
        before.extend(packed(&[(1, 1), (1, 3), (16, 1)]));
        let mut dates = Vec::new();
        for (records, expected) in [
            (&[(1, 1), (1, 3), (16, 1)][..], &[4, 5, 6][..]),
            (&[(1, 1), (1, 2), (1, 3)], &[4, 9, 5]),
            (&[(2, 1), (16, 1), (33, 1)], &[9, 6, 9]),
            (&[], &[]),
        ] {
            date(Some(&before), &packed(records), 9, &mut dates);
            assert_eq!(dates, expected, "{records:?}");
        }
        date(None, &packed(&[(1, 1), (1, 2)]), 9, &mut dates);
        assert_eq!(dates, [9, 9]);
    }
}
