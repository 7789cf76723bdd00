//! Prints rdata as PowerDNS and BIND read it.
//!
//! `domain` prints too, but not for them: names come with bare quotes and semicolons, `\#` in several runs, SvcParams
//! under names PowerDNS does not know. What is printed here is checked octets, so nothing can go wrong any more; octets
//! that were not checked print as far as they make sense.

use std::net::Ipv6Addr;

use domain::utils::base64;

use super::line::write_octet;
use super::svcb;
use super::types::{Field, Standing, standing};
use super::wire::Wire;
use crate::name::write_wire_name_text;

/// Appends the presentation format of some rdata: names absolute with the last dot, one space between fields, `\# …`
/// for types PowerDNS does not know. ASCII, but it may hold `"` and `\`.
pub fn write_content(rtype: u16, octets: &[u8], out: &mut Vec<u8>) {
    // A row of the table for each, but these are nearly all lookups: no search, no loop over fields.
    match (rtype, octets) {
        (1, &[a, b, c, d]) => write_ipv4([a, b, c, d], out),
        (2 | 5 | 12, name) => {
            write_wire_name_text(name, out);
        }
        (33, &[p1, p2, w1, w2, port1, port2, ref target @ ..]) => {
            for number in [[p1, p2], [w1, w2], [port1, port2]] {
                write_number(u32::from(u16::from_be_bytes(number)), out);
                out.push(b' ');
            }
            write_wire_name_text(target, out);
        }
        _ => write_by_table(rtype, octets, out),
    }
}

fn write_by_table(rtype: u16, octets: &[u8], out: &mut Vec<u8>) {
    let Standing::Printed { fields, .. } = standing(rtype) else {
        return write_generic(octets, out);
    };
    let _ = write_fields(fields, octets, out);
}

/// Appends the fields, a space between them; `None` when the octets do not suffice, or some are left over.
pub(super) fn write_fields(fields: &[Field], octets: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut wire = Wire::new(octets);
    for (at, &field) in fields.iter().enumerate() {
        // No parameters: no space before them either.
        let is_absent = wire.is_empty() && field == Field::Parameters;
        if at > 0 && !is_absent {
            out.push(b' ');
        }
        write_field(field, &mut wire, out)?;
    }
    wire.is_empty().then_some(())
}

/// Appends one field; `None` when the octets do not suffice for it.
fn write_field(field: Field, wire: &mut Wire<'_>, out: &mut Vec<u8>) -> Option<()> {
    match field {
        Field::U8 => write_number(u32::from(wire.octet()?), out),
        Field::U16 => write_number(u32::from(wire.u16()?), out),
        Field::U32 => write_number(wire.u32()?, out),
        Field::Ipv4 => write_ipv4(wire.array()?, out),
        Field::Ipv6 => write_display(Ipv6Addr::from(wire.array::<16>()?), out),
        Field::Name => {
            write_wire_name_text(wire.name()?, out);
        }
        Field::Text => write_quoted(wire.string()?, out),
        Field::Word => out.extend_from_slice(wire.string()?),
        Field::Texts => {
            write_quoted(wire.string()?, out);
            while !wire.is_empty() {
                out.push(b' ');
                write_quoted(wire.string()?, out);
            }
        }
        Field::QuotedRest => write_quoted(wire.rest(), out),
        Field::Hex => write_hex(wire.digits()?, out),
        Field::Base64 => out.extend_from_slice(base64::encode_string(wire.digits()?).as_bytes()),
        Field::Parameters => svcb::write_parameters(wire, out)?,
    }
    Some(())
}

/// RFC 3597 §5, the digits in one run: PowerDNS reads no blanks between them.
fn write_generic(octets: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(br"\# ");
    write_display(octets.len(), out);
    if !octets.is_empty() {
        out.push(b' ');
    }
    write_hex(octets, out);
}

/// Appends octets as a quoted string.
fn write_quoted(octets: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &octet in octets {
        match octet {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', octet]),
            b' '..=b'~' => out.push(octet),
            _ => write_octet(octet, out),
        }
    }
    out.push(b'"');
}

/// Appends octets in pairs of hexadecimal digits.
fn write_hex(octets: &[u8], out: &mut Vec<u8>) {
    let digit = |half: u8| {
        if half < 10 {
            b'0' + half
        } else {
            b'A' - 10 + half
        }
    };
    for octet in octets {
        out.extend_from_slice(&[digit(octet >> 4), digit(octet & 15)]);
    }
}

/// Appends a dotted quad.
pub(super) fn write_ipv4(octets: [u8; 4], out: &mut Vec<u8>) {
    let [first, others @ ..] = octets;
    write_number(u32::from(first), out);
    for octet in others {
        out.push(b'.');
        write_number(u32::from(octet), out);
    }
}

/// Appends a number in decimal digits.
pub(crate) fn write_number(mut number: u32, out: &mut Vec<u8>) {
    // From the back: 2^32 has ten digits.
    let mut digits = [0; 10];
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        used += 1;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(digits.len() - used..).unwrap_or_default());
}

/// Appends what `value` displays.
pub(super) fn write_display(value: impl std::fmt::Display, out: &mut Vec<u8>) {
    use std::io::Write;
    // Writing to a vector does not fail.
    let _ = write!(out, "{value}");
}
