//! The table of types: what each is called, who may make it, and of which fields its rdata is made.
//!
//! It follows the types PowerDNS 4.7 knows by name, because PowerDNS reads what we print: a type it knows must come as
//! that type's text, and one it does not know must come as `TYPEn` with `\# …` (RFC 3597). One wrong record costs
//! SERVFAIL for its name and everything below it, so a type it knows and we cannot print is refused by name. A later
//! PowerDNS that learns a type refuses the `\# …` of it: then the type gets a row here.

use std::str::FromStr;

use domain::base::iana::Rtype;

/// A part of rdata, in the order of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// Number of one octet.
    U8,
    /// Number of two octets.
    U16,
    /// Number of four octets.
    U32,
    /// IPv4 address.
    Ipv4,
    /// IPv6 address.
    Ipv6,
    /// Uncompressed name.
    Name,
    /// One character string: printed in quotes.
    Text,
    /// One character string: printed bare (the tag of CAA).
    Word,
    /// The octets that are left as character strings, at least one.
    Texts,
    /// The octets that are left, printed in quotes without a length before them (the value of CAA).
    QuotedRest,
    /// The octets that are left, in hexadecimal digits.
    Hex,
    /// The octets that are left, in Base 64.
    Base64,
    /// SvcParams (RFC 9460 §2.2).
    Parameters,
}

/// What may become of a record of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Checked, and printed field by field. `domain` reads it as the type of number `read_as`: the same rdata under an
    /// elder name, where it does not know the type itself.
    Printed {
        fields: &'static [Field],
        read_as: u16,
    },
    /// PowerDNS does not know it: checked for its length, printed as `\# …`.
    Opaque,
    /// PowerDNS knows it by name, and we have no reader for it.
    Unreadable,
    /// The nameserver makes it.
    Nameservers,
    /// A question, or part of a message: never in a zone.
    Meta,
    /// PowerDNS's own: it would look up another name for it, or run a program.
    PowerDns,
}

/// A row of the table.
struct Type {
    number: u16,
    name: &'static str,
    standing: Standing,
}

const fn printed(number: u16, name: &'static str, fields: &'static [Field]) -> Type {
    twin(number, name, fields, number)
}

const fn twin(number: u16, name: &'static str, fields: &'static [Field], read_as: u16) -> Type {
    let standing = Standing::Printed { fields, read_as };
    Type {
        number,
        name,
        standing,
    }
}

const fn refused(number: u16, name: &'static str, standing: Standing) -> Type {
    Type {
        number,
        name,
        standing,
    }
}

use Field::{
    Base64, Hex, Ipv4, Ipv6, Name, Parameters, QuotedRest, Text, Texts, U8, U16, U32, Word,
};
use Standing::{Meta, Nameservers, Opaque, PowerDns, Unreadable};

/// In order of the number.
const TYPES: &[Type] = &[
    printed(1, "A", &[Ipv4]),
    printed(2, "NS", &[Name]),
    printed(5, "CNAME", &[Name]),
    printed(6, "SOA", &[Name, Name, U32, U32, U32, U32, U32]),
    printed(7, "MB", &[Name]),
    printed(8, "MG", &[Name]),
    printed(9, "MR", &[Name]),
    printed(12, "PTR", &[Name]),
    printed(13, "HINFO", &[Text, Text]),
    printed(14, "MINFO", &[Name, Name]),
    printed(15, "MX", &[U16, Name]),
    printed(16, "TXT", &[Texts]),
    printed(17, "RP", &[Name, Name]),
    twin(18, "AFSDB", &[U16, Name], 15),
    refused(24, "SIG", Unreadable),
    twin(25, "KEY", &[U16, U8, U8, Base64], 48),
    printed(28, "AAAA", &[Ipv6]),
    refused(29, "LOC", Unreadable),
    printed(33, "SRV", &[U16, U16, U16, Name]),
    printed(35, "NAPTR", &[U16, U16, Text, Text, Text, Name]),
    twin(36, "KX", &[U16, Name], 15),
    refused(37, "CERT", Unreadable),
    refused(38, "A6", Unreadable),
    printed(39, "DNAME", &[Name]),
    refused(41, "OPT", Meta),
    refused(42, "APL", Unreadable),
    printed(43, "DS", &[U16, U8, U8, Hex]),
    printed(44, "SSHFP", &[U8, U8, Hex]),
    // PowerDNS reads and writes no `.` where there is no gateway; BIND and `domain` do.
    refused(45, "IPSECKEY", Unreadable),
    refused(46, "RRSIG", Nameservers),
    refused(47, "NSEC", Nameservers),
    printed(48, "DNSKEY", &[U16, U8, U8, Base64]),
    twin(49, "DHCID", &[Base64], 61),
    refused(50, "NSEC3", Nameservers),
    refused(51, "NSEC3PARAM", Nameservers),
    printed(52, "TLSA", &[U8, U8, U8, Hex]),
    twin(53, "SMIMEA", &[U8, U8, U8, Hex], 52),
    twin(57, "RKEY", &[U16, U8, U8, Base64], 48),
    printed(59, "CDS", &[U16, U8, U8, Hex]),
    printed(60, "CDNSKEY", &[U16, U8, U8, Base64]),
    printed(61, "OPENPGPKEY", &[Base64]),
    refused(62, "CSYNC", Unreadable),
    printed(63, "ZONEMD", &[U32, U8, U8, Hex]),
    printed(64, "SVCB", &[U16, Name, Parameters]),
    printed(65, "HTTPS", &[U16, Name, Parameters]),
    twin(99, "SPF", &[Texts], 16),
    refused(104, "NID", Unreadable),
    refused(105, "L32", Unreadable),
    refused(106, "L64", Unreadable),
    twin(107, "LP", &[U16, Name], 15),
    refused(108, "EUI48", Unreadable),
    refused(109, "EUI64", Unreadable),
    refused(249, "TKEY", Meta),
    refused(250, "TSIG", Meta),
    refused(251, "IXFR", Meta),
    refused(252, "AXFR", Meta),
    refused(253, "MAILB", Meta),
    refused(254, "MAILA", Meta),
    refused(255, "ANY", Meta),
    refused(256, "URI", Unreadable),
    printed(257, "CAA", &[U8, Word, QuotedRest]),
    twin(32769, "DLV", &[U16, U8, U8, Hex], 43),
    refused(65400, "ADDR", PowerDns),
    refused(65401, "ALIAS", PowerDns),
    refused(65402, "LUA", PowerDns),
];

fn row(number: u16) -> Option<&'static Type> {
    let at = TYPES.binary_search_by_key(&number, |row| row.number).ok()?;
    TYPES.get(at)
}

/// What may become of a record of type `rtype`.
pub(super) fn standing(rtype: u16) -> Standing {
    match row(rtype) {
        Some(row) => row.standing,
        // RFC 6895 §3.1: 128 to 255 are questions and meta types, 0 is none at all.
        None if rtype == 0 || (128..=255).contains(&rtype) => Meta,
        None => Opaque,
    }
}

/// Appends the name PowerDNS knows a type by: `A`, `TYPE65280`.
pub fn write_type(rtype: u16, out: &mut Vec<u8>) {
    if let Some(row) = row(rtype) {
        out.extend_from_slice(row.name.as_bytes());
    } else {
        out.extend_from_slice(b"TYPE");
        super::print::write_number(u32::from(rtype), out);
    }
}

/// The number of a type: its name or `TYPEn` (RFC 3597 §5), any case. None for what is neither.
#[must_use]
pub fn parse_type(text: &[u8]) -> Option<u16> {
    if let Some(row) = TYPES
        .iter()
        .find(|row| row.name.as_bytes().eq_ignore_ascii_case(text))
    {
        return Some(row.number);
    }
    let text = std::str::from_utf8(text).ok()?;
    // The registry has more names than PowerDNS knows: `X25`, `NULL`, …
    Rtype::from_str(text).ok().map(Rtype::to_int)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(TYPES.is_sorted_by(|one, next| one.number < next.number));
    }

    #[test]
    fn a_type_is_read_as_it_is_written() {
        for rtype in 0..=u16::MAX {
            let mut text = Vec::new();
            write_type(rtype, &mut text);
            assert_eq!(parse_type(&text), Some(rtype));
            assert_eq!(parse_type(&text.to_ascii_lowercase()), Some(rtype));
            assert_eq!(parse_type(format!("TYPE{rtype}").as_bytes()), Some(rtype));
        }
        for text in ["", "TYPE", "TYPE65536", "TYPE-1", "NOSUCH", "A ", "*"] {
            assert_eq!(parse_type(text.as_bytes()), None, "{text:?}");
        }
    }
}
