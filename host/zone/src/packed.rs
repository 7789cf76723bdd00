//! The records of one name as the map keeps them: `type ttl length octets`, one after the other.
//!
//! Type, TTL and length are varints, so an A record takes 7 to 8 octets. They stand in order of type, then octets
//! (RFC 4034 §6.3), each once, and all of one type have the same TTL: equal records are equal octets, which is what
//! makes a delta a comparison of slices. In the map's value a head comes first (`head`): who contributes, [`SHARED`] where
//! there are several, whose names `contents` keeps beside the map; and since when each record is served.

use crate::rdata::rtype;

mod head;

pub(crate) use self::head::{SHARED, contributor_of, date, dates_of, records_of, write_head};

/// One record of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordRef<'a> {
    /// The number of the type.
    pub rtype: u16,
    /// Seconds; the same for all records of one type.
    pub ttl: u32,
    /// The rdata in canonical wire form (RFC 4034 §6.2).
    pub octets: &'a [u8],
}

/// The records of one name in order of type, then octets.
#[derive(Debug, Clone, Copy, Default)]
pub struct Records<'a> {
    rest: &'a [u8],
    shown: Shown,
}

/// Which records of a name belong to the zone that is asked. At the apex of a zone within a zone, two zones share one
/// entry of the map.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Shown {
    /// All of them.
    #[default]
    All,
    /// What an apex has: DS belongs to the zone above (RFC 4035 §2.4).
    Apex,
    /// What the zone above has at the apex of a zone within it.
    Delegation,
    /// The same with the addresses of a nameserver of that very name.
    DelegationWithAddresses,
    /// What the zone above has below the apex of a zone within it.
    Addresses,
}

impl Shown {
    fn includes(self, rtype: u16) -> bool {
        let is_delegation = matches!(rtype, rtype::NS | rtype::DS);
        let is_address = matches!(rtype, rtype::A | rtype::AAAA);
        match self {
            Self::All => true,
            Self::Apex => rtype != rtype::DS,
            Self::Delegation => is_delegation,
            Self::DelegationWithAddresses => is_delegation || is_address,
            Self::Addresses => is_address,
        }
    }
}

impl<'a> Records<'a> {
    /// The records in `packed`, as a [`NameChange`](crate::delta::NameChange) has them.
    #[must_use]
    pub fn new(packed: &'a [u8]) -> Self {
        Self {
            rest: packed,
            shown: Shown::All,
        }
    }

    /// Those records in a value of the map that are `shown`.
    pub(crate) fn of_value(value: &'a [u8], shown: Shown) -> Self {
        Self {
            rest: records_of(value),
            shown,
        }
    }

    /// Whether there are none left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let mut rest = *self;
        rest.next().is_none()
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = RecordRef<'a>;

    #[inline]
    fn next(&mut self) -> Option<RecordRef<'a>> {
        loop {
            let mut rest = self.rest;
            let rtype = read_u16(&mut rest)?;
            let ttl = read_varint(&mut rest)?;
            let length = read_varint(&mut rest)?;
            let octets = read_slice(&mut rest, length as usize)?;
            self.rest = rest;
            if self.shown == Shown::All || self.shown.includes(rtype) {
                return Some(RecordRef { rtype, ttl, octets });
            }
        }
    }
}

/// Appends one record.
pub(crate) fn write_record(record: RecordRef<'_>, out: &mut Vec<u8>) {
    write_varint(u32::from(record.rtype), out);
    write_varint(record.ttl, out);
    write_octets(record.octets, out);
}

/// Whether there are NS records in a value of the map. They come after addresses and before all else, so few are read.
pub(crate) fn has_nameservers(value: &[u8]) -> bool {
    Records::of_value(value, Shown::All)
        .take_while(|record| record.rtype <= rtype::NS)
        .any(|record| record.rtype == rtype::NS)
}

/// Appends a number, seven bits an octet, the lowest first.
pub(crate) fn write_varint(mut number: u32, out: &mut Vec<u8>) {
    while let Ok(low) = u8::try_from(number & 0x7f) {
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Appends a length and that many octets. Lengths are far below 2^32: rdata and keys have less than 65,536 octets.
pub(crate) fn write_octets(octets: &[u8], out: &mut Vec<u8>) {
    write_varint(u32::try_from(octets.len()).unwrap_or(u32::MAX), out);
    out.extend_from_slice(octets);
}

/// Takes a number off the front.
#[inline]
pub(crate) fn read_varint(rest: &mut &[u8]) -> Option<u32> {
    let (&first, after) = rest.split_first()?;
    *rest = after;
    if first < 0x80 {
        return Some(u32::from(first));
    }
    let mut number = u32::from(first & 0x7f);
    for shift in [7, 14, 21, 28] {
        let (&octet, after) = rest.split_first()?;
        *rest = after;
        number |= u32::from(octet & 0x7f) << shift;
        if octet < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Takes a number of at most 16 bits off the front.
#[inline]
pub(crate) fn read_u16(rest: &mut &[u8]) -> Option<u16> {
    u16::try_from(read_varint(rest)?).ok()
}

/// Takes a length and that many octets off the front.
pub(crate) fn read_octets<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = read_varint(rest)?;
    read_slice(rest, length as usize)
}

/// Takes `length` octets off the front.
#[inline]
pub(crate) fn read_slice<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_size_come_back() {
        for number in [
            0,
            1,
            127,
            128,
            16_383,
            16_384,
            65_535,
            1 << 21,
            1 << 28,
            i32::MAX as u32,
            u32::MAX,
        ] {
            let mut octets = Vec::new();
            write_varint(number, &mut octets);
            let mut rest = octets.as_slice();
            assert_eq!(read_varint(&mut rest), Some(number));
            assert!(rest.is_empty(), "after {number}");
        }
    }

    #[test]
    fn records_come_back_in_their_order() {
        let records = [
            RecordRef {
                rtype: 1,
                ttl: 60,
                octets: &[10, 0, 0, 1],
            },
            RecordRef {
                rtype: 16,
                ttl: 0,
                octets: &[0],
            },
            RecordRef {
                rtype: 65_280,
                ttl: 0x7fff_ffff,
                octets: &[],
            },
        ];
        let mut value = Vec::new();
        write_head(7, &[1, 2, 2], &mut value);
        for record in records {
            write_record(record, &mut value);
        }
        assert_eq!(contributor_of(&value), 7);
        assert!(Records::of_value(&value, Shown::All).eq(records));
    }
}
