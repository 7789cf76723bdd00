//! Checked octets back to the typed cases of the contract: what a policy that chooses among published records is shown.
//!
//! The other way round than `encode`, and what it reads back is what is published: names lower case with their last dot.
//! Where the octets do not fit a typed case, as text that is not UTF-8, the record is shown in presentation format.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::wire::Wire;
use super::{rtype, write_content, write_type};
use crate::name::write_wire_name_text;
use crate::record::{Caa, Mx, OtherRdata, Rdata, Srv, Svcb};

/// What checked octets of a type say.
#[must_use]
pub fn decode(rtype: u16, octets: &[u8]) -> Rdata {
    typed(rtype, octets).unwrap_or_else(|| other(rtype, octets))
}

fn typed(rtype: u16, octets: &[u8]) -> Option<Rdata> {
    let mut wire = Wire::new(octets);
    let data = match rtype {
        rtype::A => Rdata::A(Ipv4Addr::from(wire.array::<4>()?)),
        rtype::AAAA => Rdata::Aaaa(Ipv6Addr::from(wire.array::<16>()?)),
        rtype::CNAME => Rdata::Cname(name(&mut wire)?),
        rtype::NS => Rdata::Ns(name(&mut wire)?),
        rtype::PTR => Rdata::Ptr(name(&mut wire)?),
        rtype::SRV => Rdata::Srv(Srv {
            priority: wire.u16()?,
            weight: wire.u16()?,
            port: wire.u16()?,
            target: name(&mut wire)?,
        }),
        rtype::TXT => Rdata::Txt(strings(&mut wire)?),
        rtype::MX => Rdata::Mx(Mx {
            preference: wire.u16()?,
            exchange: name(&mut wire)?,
        }),
        rtype::CAA => Rdata::Caa(Caa {
            flags: wire.octet()?,
            tag: text(wire.string()?)?,
            value: text(wire.rest())?,
        }),
        rtype::SVCB => Rdata::Svcb(svcb(&mut wire)?),
        rtype::HTTPS => Rdata::Https(svcb(&mut wire)?),
        _ => return None,
    };
    wire.is_empty().then_some(data)
}

fn other(rtype: u16, octets: &[u8]) -> Rdata {
    let written = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut text = Vec::new();
        write(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    };
    Rdata::Other(OtherRdata {
        rrtype: written(&|out| write_type(rtype, out)),
        presentation: written(&|out| write_content(rtype, octets, out)),
    })
}

fn svcb(wire: &mut Wire<'_>) -> Option<Svcb> {
    let priority = wire.u16()?;
    let target = name(wire)?;
    let mut parameters = Vec::new();
    while !wire.is_empty() {
        let key = wire.u16()?;
        let length = wire.u16()?;
        parameters.push((key, wire.take(usize::from(length))?.to_vec()));
    }
    Some(Svcb {
        priority,
        target,
        parameters,
    })
}

fn strings(wire: &mut Wire<'_>) -> Option<Vec<String>> {
    let mut strings = Vec::new();
    while !wire.is_empty() {
        strings.push(text(wire.string()?)?);
    }
    Some(strings)
}

fn name(wire: &mut Wire<'_>) -> Option<String> {
    let octets = wire.name()?;
    let mut text = Vec::with_capacity(octets.len());
    write_wire_name_text(octets, &mut text);
    String::from_utf8(text).ok()
}

fn text(octets: &[u8]) -> Option<String> {
    str::from_utf8(octets).ok().map(str::to_owned)
}
