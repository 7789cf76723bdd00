//! Packed rdata → the bytes of a reply to PowerDNS.
//!
//! Rendered at lookup rather than kept ready: ready bytes need three times the memory and win nothing, because what a lookup
//! waits for is the memory, not the rendering. A row holds only what PowerDNS needs (`ttl qname qtype content`, and
//! `domain_id` with the SOA), without a space: the unix connector parses a reply again at every 1,500 bytes of it.

use zonesmith_zone::name::NameRef;
use zonesmith_zone::rdata::{write_content, write_type};
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::RecordRef;

/// TTL in seconds of the row that stands for an empty non-terminal. PowerDNS sends no such row on, but
/// reads it as any other.
const EMPTY_NON_TERMINAL_TTL: u32 = 60;

/// Whether the zone speaks with authority: not for the NS of a delegation, nor for glue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// It does. What PowerDNS takes for granted, so it is not written.
    Yes,
    /// It does not.
    No,
}

/// Appends `{"ttl":…,"qname":…,"qtype":…,"content":…}`.
///
/// `owner` is the name as JSON text between quotes, already escaped: the question's own bytes, or `write_owner`.
pub fn write_row(owner: &[u8], record: &RecordRef<'_>, auth: Auth, out: &mut Vec<u8>) {
    write_head(record.ttl, owner, out);
    write_type(record.rtype, out);
    out.push(b'"');
    write_auth(auth, out);
    out.extend_from_slice(b",\"content\":\"");
    write_escaped(out, |out| write_content(record.rtype, record.octets, out));
    out.extend_from_slice(b"\"}");
}

/// The same with the zone that the record is in, for rows out of several.
pub fn write_row_of(
    owner: &[u8],
    record: &RecordRef<'_>,
    auth: Auth,
    domain_id: i32,
    out: &mut Vec<u8>,
) {
    write_row(owner, record, auth, out);
    // Its brace moves behind the id.
    out.pop();
    out.extend_from_slice(b",\"domain_id\":");
    write_integer(i64::from(domain_id), out);
    out.push(b'}');
}

/// The same with the leading bits of the client's address that it was chosen by: no cache keeps it for others.
pub fn write_chosen_row(
    owner: &[u8],
    record: &RecordRef<'_>,
    auth: Auth,
    scope_mask: u8,
    out: &mut Vec<u8>,
) {
    write_row(owner, record, auth, out);
    // Its brace moves behind the mask.
    out.pop();
    out.extend_from_slice(b",\"scopeMask\":");
    write_integer(i64::from(scope_mask), out);
    out.push(b'}');
}

fn write_auth(auth: Auth, out: &mut Vec<u8>) {
    match auth {
        Auth::Yes => {}
        Auth::No => out.extend_from_slice(b",\"auth\":0"),
    }
}

/// Appends the SOA row of a zone, the only one with a `domain_id`: PowerDNS takes a zone's id from there alone.
pub fn write_soa_row(owner: &[u8], zone: &Zone, domain_id: i32, out: &mut Vec<u8>) {
    write_head(zone.soa_ttl(), owner, out);
    out.extend_from_slice(b"SOA\",\"domain_id\":");
    write_integer(i64::from(domain_id), out);
    out.extend_from_slice(b",\"content\":\"");
    write_escaped(out, |out| zone.write_soa_content(out));
    out.extend_from_slice(b"\"}");
}

/// Appends the row that says "this name exists and has no records". Its content must be there and be empty, or PowerDNS
/// fails for this name and for every name below it.
pub fn write_empty_non_terminal_row(owner: &[u8], auth: Auth, out: &mut Vec<u8>) {
    write_head(EMPTY_NON_TERMINAL_TTL, owner, out);
    out.extend_from_slice(b"ENT\"");
    write_auth(auth, out);
    out.extend_from_slice(b",\"content\":\"\"}");
}

/// Appends what `getAllDomains` and `getDomainInfo` tell of a zone; `notified` is the serial that others were told of.
pub fn write_zone(zone: &Zone, notified: Option<u32>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"id\":");
    write_integer(i64::from(zone.id()), out);
    out.extend_from_slice(b",\"zone\":\"");
    write_owner(zone.apex().as_ref(), out);
    out.extend_from_slice(b"\",\"kind\":\"native\",\"serial\":");
    write_integer(i64::from(zone.serial()), out);
    if let Some(notified) = notified {
        out.extend_from_slice(b",\"notified_serial\":");
        write_integer(i64::from(notified), out);
    }
    out.push(b'}');
}

/// Appends a name as JSON text, without the quotes around it.
pub fn write_owner(name: NameRef<'_>, out: &mut Vec<u8>) {
    write_escaped(out, |out| name.write_text(out));
}

/// Appends any text as JSON text, without the quotes around it.
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    write_escaped(out, |out| out.extend_from_slice(text.as_bytes()));
}

fn write_head(ttl: u32, owner: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"ttl\":");
    write_integer(i64::from(ttl), out);
    out.extend_from_slice(b",\"qname\":\"");
    out.extend_from_slice(owner);
    out.extend_from_slice(b"\",\"qtype\":\"");
}

/// Lets `write` append text, then escapes what it wrote for JSON. Nearly every content is free of quotes and backslashes and
/// stays where it is.
fn write_escaped(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    write(out);
    let written = out.get(start..).unwrap_or_default();
    let Some(first) = written.iter().position(|&octet| must_be_escaped(octet)) else {
        return;
    };
    // The escaped text is appended, then moved over the plain one: no second buffer.
    let (first, end) = (start + first, out.len());
    for index in first..end {
        let octet = out.get(index).copied().unwrap_or_default();
        match octet {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', octet]),
            octet if octet < b' ' => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[digit(octet >> 4), digit(octet & 0xf)]);
            }
            octet => out.push(octet),
        }
    }
    out.copy_within(end.., first);
    out.truncate(out.len() - (end - first));
}

fn must_be_escaped(octet: u8) -> bool {
    octet < b' ' || octet == b'"' || octet == b'\\'
}

/// Appends a number in decimal. `write!` does the same in three times the time, and there are two in every row.
fn write_integer(value: i64, out: &mut Vec<u8>) {
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        start -= 1;
        if let Some(digit) = digits.get_mut(start) {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        }
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(digits.get(start..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::{write_integer, write_text};

    #[test]
    fn a_number_is_written_as_the_standard_library_writes_it() {
        for value in [0, 1, -1, 9, 10, 60, 4_294_967_295, i64::MAX, i64::MIN] {
            let mut out = Vec::new();
            write_integer(value, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
        }
    }

    #[test]
    fn text_is_escaped_as_json_reads_it_back() {
        for text in [
            "",
            "plain",
            "\"v=spf1\" \"x\"",
            "a\\.b\\000",
            "tab\there\u{1}",
            "é",
        ] {
            let mut out = vec![b'"'];
            write_text(text, &mut out);
            out.push(b'"');
            let back: String = serde_json::from_slice(&out).unwrap();
            assert_eq!(back, text, "written as {}", String::from_utf8_lossy(&out));
        }
    }
}
