//! A zone as a master file (RFC 1035 §5): one record a line, absolute names, the SOA first, then canonical order.
//!
//! Plain lines that every tool reads and that compare with `diff`: no `$ORIGIN`, no blank owners, no parentheses.

use crate::name::NameRef;
use crate::rdata::{write_content, write_number, write_type};
use crate::zone::Zone;
use crate::zone_set::ZoneSet;

/// Appends all records of one zone, as `owner TTL IN TYPE content`.
pub fn write_zone(zone_set: &ZoneSet, zone: &Zone, out: &mut Vec<u8>) {
    write_start(zone.apex().as_ref(), zone.soa_ttl(), out);
    out.extend_from_slice(b"SOA ");
    zone.write_soa_content(out);
    out.push(b'\n');
    let mut key = Vec::new();
    for listed in zone_set.list(zone) {
        listed.write_key(&mut key);
        for record in listed.records() {
            write_start(NameRef::from_key(&key), record.ttl, out);
            write_type(record.rtype, out);
            out.push(b' ');
            write_content(record.rtype, record.octets, out);
            out.push(b'\n');
        }
    }
}

fn write_start(owner: NameRef<'_>, ttl: u32, out: &mut Vec<u8>) {
    owner.write_text(out);
    out.push(b' ');
    write_number(ttl, out);
    out.extend_from_slice(b" IN ");
}
