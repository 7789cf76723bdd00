//! The typed cases of the contract to octets.
//!
//! Whatever is not right by construction (a target is a [`Name`], a port is 16 bits) goes through [`check`], the same
//! door as text.

use super::{RdataError, check, check_tag, read, rtype};
use crate::name::Name;
use crate::record::{Caa, Mx, OtherRdata, Rdata, Srv, Svcb};

/// The type and checked octets of a policy's rdata.
///
/// # Errors
/// [`RdataError`] says what is wrong with it.
pub fn encode(data: &Rdata) -> Result<(u16, Box<[u8]>), RdataError> {
    let (rtype, octets) = match data {
        // Nothing about these can be wrong.
        Rdata::A(address) => return Ok((rtype::A, Box::new(address.octets()))),
        Rdata::Aaaa(address) => return Ok((rtype::AAAA, Box::new(address.octets()))),
        Rdata::Cname(target) => {
            return target_octets(target, &[]).map(|octets| (rtype::CNAME, octets));
        }
        Rdata::Ns(target) => return target_octets(target, &[]).map(|octets| (rtype::NS, octets)),
        Rdata::Ptr(target) => return target_octets(target, &[]).map(|octets| (rtype::PTR, octets)),
        Rdata::Srv(Srv {
            priority,
            weight,
            port,
            target,
        }) => {
            return target_octets(target, &[*priority, *weight, *port])
                .map(|octets| (rtype::SRV, octets));
        }
        Rdata::Mx(Mx {
            preference,
            exchange,
        }) => {
            return target_octets(exchange, &[*preference]).map(|octets| (rtype::MX, octets));
        }
        Rdata::Txt(strings) => (rtype::TXT, strings_octets(strings)?),
        Rdata::Caa(caa) => (rtype::CAA, caa_octets(caa)?),
        Rdata::Svcb(svcb) => (rtype::SVCB, svcb_octets(svcb)?),
        Rdata::Https(svcb) => (rtype::HTTPS, svcb_octets(svcb)?),
        Rdata::Other(OtherRdata {
            rrtype,
            presentation,
        }) => return read(rrtype, presentation),
    };
    check(rtype, octets).map(|octets| (rtype, octets))
}

/// The type's name of some unchecked rdata, for messages.
#[must_use]
pub fn type_name(data: &Rdata) -> String {
    let name = match data {
        Rdata::A(_) => "A",
        Rdata::Aaaa(_) => "AAAA",
        Rdata::Cname(_) => "CNAME",
        Rdata::Ns(_) => "NS",
        Rdata::Ptr(_) => "PTR",
        Rdata::Srv(_) => "SRV",
        Rdata::Txt(_) => "TXT",
        Rdata::Mx(_) => "MX",
        Rdata::Caa(_) => "CAA",
        Rdata::Svcb(_) => "SVCB",
        Rdata::Https(_) => "HTTPS",
        Rdata::Other(OtherRdata { rrtype, .. }) => rrtype,
    };
    name.to_owned()
}

fn target_octets(target: &str, numbers: &[u16]) -> Result<Box<[u8]>, RdataError> {
    let name = Name::parse(target).map_err(RdataError::Target)?;
    let mut octets = Vec::with_capacity(2 * numbers.len() + name.as_ref().wire_len());
    for number in numbers {
        octets.extend_from_slice(&number.to_be_bytes());
    }
    name.as_ref().write_wire(&mut octets);
    Ok(octets.into())
}

fn strings_octets(strings: &[String]) -> Result<Vec<u8>, RdataError> {
    if strings.is_empty() {
        return Err(RdataError::NoString);
    }
    let mut octets = Vec::new();
    for string in strings {
        push_string(string, &mut octets)?;
    }
    Ok(octets)
}

fn caa_octets(caa: &Caa) -> Result<Vec<u8>, RdataError> {
    let Caa { flags, tag, value } = caa;
    check_tag(tag.as_bytes())?;
    let mut octets = vec![*flags];
    push_string(tag, &mut octets)?;
    octets.extend_from_slice(value.as_bytes());
    Ok(octets)
}

fn svcb_octets(svcb: &Svcb) -> Result<Vec<u8>, RdataError> {
    let Svcb {
        priority,
        target,
        parameters,
    } = svcb;
    let mut octets = target_octets(target, &[*priority])?.into_vec();
    let mut parameters: Vec<_> = parameters.iter().collect();
    parameters.sort_by_key(|(key, _)| *key);
    for (key, value) in parameters {
        let length = u16::try_from(value.len()).map_err(|_| RdataError::TooLong)?;
        octets.extend_from_slice(&key.to_be_bytes());
        octets.extend_from_slice(&length.to_be_bytes());
        octets.extend_from_slice(value);
    }
    Ok(octets)
}

fn push_string(string: &str, octets: &mut Vec<u8>) -> Result<(), RdataError> {
    let length = u8::try_from(string.len()).map_err(|_| RdataError::StringTooLong(string.len()))?;
    octets.push(length);
    octets.extend_from_slice(string.as_bytes());
    Ok(())
}
