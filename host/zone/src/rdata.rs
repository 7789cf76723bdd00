//! Rdata: one door from a policy's word to checked octets, and one way back to the text PowerDNS reads.
//!
//! Octets are in canonical form (RFC 4034 §6.2: names uncompressed and lower case), so that two policies that spell a
//! target differently say the same. `domain` parses and checks them; printing is ours, because what it prints is not
//! what PowerDNS reads.
//!
//! Rooms: `types` is the table of types, `encode` takes the contract's typed cases, `decode` gives them back, `line` brings text to one line, `wire` takes octets apart, `print` writes
//! content, `svcb` knows SvcParams, `target` finds the name that rdata refers to.

mod decode;
mod encode;
mod line;
mod print;
mod svcb;
mod target;
#[cfg(test)]
mod tests;
mod types;
mod wire;

use domain::base::iana::Rtype;
use domain::base::rdata::{ComposeRecordData, ParseRecordData};
use domain::base::{Name as WireName, ParsedName};
use domain::dep::octseq::Parser;
use domain::rdata::ZoneRecordData;
use domain::zonefile::inplace::{Entry, Zonefile};

pub use decode::decode;
pub use encode::{encode, type_name};
pub use line::LineError;
pub use print::write_content;
pub(crate) use print::write_number;
pub use svcb::ParameterError;
pub use target::target;
pub use types::{parse_type, write_type};

use crate::name::NameError;
use types::{Field, Standing, standing};
use wire::Wire;

/// Numbers of the types that rules are about.
pub mod rtype {
    /// Address.
    pub const A: u16 = 1;
    /// Nameserver.
    pub const NS: u16 = 2;
    /// Canonical name.
    pub const CNAME: u16 = 5;
    /// Start of authority.
    pub const SOA: u16 = 6;
    /// Pointer.
    pub const PTR: u16 = 12;
    /// Mail exchange.
    pub const MX: u16 = 15;
    /// Text.
    pub const TXT: u16 = 16;
    /// IPv6 address.
    pub const AAAA: u16 = 28;
    /// Service location.
    pub const SRV: u16 = 33;
    /// Redirection of a subtree.
    pub const DNAME: u16 = 39;
    /// Delegation signer.
    pub const DS: u16 = 43;
    /// Service binding.
    pub const SVCB: u16 = 64;
    /// Service binding of HTTP.
    pub const HTTPS: u16 = 65;
    /// Certification authority authorisation.
    pub const CAA: u16 = 257;
}

/// Most octets of rdata (RFC 1035 §3.2.1: a length of 16 bits).
const RDATA_LIMIT: usize = 65_535;

/// Longest text of rdata we read. Every octet of the longest rdata as `\DDD` takes 256 KiB; beyond that is padding.
const TEXT_LIMIT: usize = 4 * (RDATA_LIMIT + 1);

/// Why rdata is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RdataError {
    /// Neither a type's name nor `TYPEn`.
    #[error("there is no type `{0}`")]
    NoSuchType(String),
    /// The SOA belongs to the zone's declaration.
    #[error("SOA belongs to the declaration of a zone, not to its records")]
    Soa,
    /// PowerDNS makes records of this type itself.
    #[error("records of this type are the nameserver's to make")]
    Nameservers,
    /// A question or meta type, or part of a message.
    #[error("this type stands in questions and messages, never in a zone")]
    Meta,
    /// A type of PowerDNS that is not served but acted on.
    #[error("this type makes PowerDNS act instead of answer")]
    PowerDns,
    /// PowerDNS wants its text, which we cannot check.
    #[error("this type is not supported: PowerDNS knows it by name, and we cannot print it")]
    Unreadable,
    /// `\# …` of a type that PowerDNS knows by name.
    #[error(r"`\#` is for types PowerDNS does not know by name; write this one as its own text")]
    GenericForm,
    /// The name in the rdata is none.
    #[error("in the target: {0}")]
    Target(#[source] NameError),
    /// A text record without a string.
    #[error("there is no character string; it takes at least one, which may be empty")]
    NoString,
    /// A character string beyond 255 octets.
    #[error("a character string has {0} octets; the most is 255")]
    StringTooLong(usize),
    /// The tag of a CAA record.
    #[error("the tag is not 1 to 255 letters and digits")]
    Tag,
    /// SvcParams.
    #[error("{0}")]
    Parameter(#[from] ParameterError),
    /// The text is not one line.
    #[error("{0}")]
    Line(#[from] LineError),
    /// The text is not what the type asks for.
    #[error("the text cannot be read: {0}")]
    Text(String),
    /// The octets are not what the type asks for.
    #[error("the octets are malformed: {0}")]
    Malformed(String),
    /// Longer than rdata can be.
    #[error("the rdata is longer than 65,535 octets")]
    TooLong,
}

/// Reads rdata in presentation format; names in it are absolute, with or without the last dot.
///
/// # Errors
/// [`RdataError`] says what is wrong with it.
pub fn read(rrtype: &str, text: &str) -> Result<(u16, Box<[u8]>), RdataError> {
    let rtype =
        parse_type(rrtype.as_bytes()).ok_or_else(|| RdataError::NoSuchType(rrtype.to_owned()))?;
    if has_generic_form(text.as_bytes()) && standing(rtype) != Standing::Opaque {
        return Err(readable(rtype).map_or_else(|error| error, |_| RdataError::GenericForm));
    }
    read_octets(rtype, text.as_bytes()).map(|octets| (rtype, octets))
}

/// Reads rdata of a type in presentation format, where any type may also have the form `\# …` (RFC 3597 §5): a file that
/// another server wrote is not written for PowerDNS, and is not shown to it.
pub(crate) fn read_octets(rtype: u16, text: &[u8]) -> Result<Box<[u8]>, RdataError> {
    let read_as = readable(rtype)?;
    if text.len() > TEXT_LIMIT {
        return Err(RdataError::TooLong);
    }
    let mut line = format!("x 0 IN TYPE{read_as} ").into_bytes();
    line::write_line(text, &mut line)?;
    line.push(b'\n');
    check(rtype, read_line(&line)?)
}

/// The number of the type that `domain` reads rdata of this type as, if records of it may be made.
fn readable(rtype: u16) -> Result<u16, RdataError> {
    match standing(rtype) {
        Standing::Printed { .. } if rtype == rtype::SOA => Err(RdataError::Soa),
        Standing::Printed { read_as, .. } => Ok(read_as),
        Standing::Opaque => Ok(rtype),
        Standing::Unreadable => Err(RdataError::Unreadable),
        Standing::Nameservers => Err(RdataError::Nameservers),
        Standing::Meta => Err(RdataError::Meta),
        Standing::PowerDns => Err(RdataError::PowerDns),
    }
}

/// Whether text of rdata begins with `\#`.
pub(crate) fn has_generic_form(text: &[u8]) -> bool {
    let start = text
        .iter()
        .position(|octet| !b" \t\r\n(".contains(octet))
        .unwrap_or_default();
    text.get(start..)
        .is_some_and(|text| text.starts_with(br"\#"))
}

/// Whether the word of rdata at this place, from 0, is a name. All names come before fields of several words.
pub(crate) fn is_name(rtype: u16, at: usize) -> bool {
    match standing(rtype) {
        Standing::Printed { fields, .. } => fields.get(at) == Some(&Field::Name),
        Standing::Opaque
        | Standing::Unreadable
        | Standing::Nameservers
        | Standing::Meta
        | Standing::PowerDns => false,
    }
}

/// The octets of the one record in a master file of one line.
fn read_line(line: &[u8]) -> Result<Vec<u8>, RdataError> {
    let mut file = Zonefile::from(line);
    file.set_origin(WireName::root());
    // `domain` puts its position first, `1:17: …`, which means nothing to whoever wrote the rdata.
    let unreadable = |error: &dyn std::fmt::Display| {
        let text = error.to_string();
        let reason = text.trim_start_matches(|character: char| {
            character.is_ascii_digit() || ": ".contains(character)
        });
        RdataError::Text(reason.to_owned())
    };
    let entry = file.next_entry().map_err(|error| unreadable(&error))?;
    let Some(Entry::Record(record)) = entry else {
        return Err(RdataError::Text("there is no record".to_owned()));
    };
    match file.next_entry() {
        Ok(None) => {}
        Ok(Some(_)) => return Err(LineError::SecondLine.into()),
        Err(error) => return Err(unreadable(&error)),
    }
    let mut octets = Vec::new();
    let Ok(()) = record.data().compose_rdata(&mut octets);
    Ok(octets)
}

/// The one door for octets: those of the types we print are parsed whole and brought to canonical form.
///
/// # Errors
/// [`RdataError`] says what is wrong with them.
pub fn check(rtype: u16, octets: Vec<u8>) -> Result<Box<[u8]>, RdataError> {
    if octets.len() > RDATA_LIMIT {
        return Err(RdataError::TooLong);
    }
    let Standing::Printed { fields, read_as } = standing(rtype) else {
        return Ok(octets.into());
    };
    let mut parser = Parser::from_ref(octets.as_slice());
    let malformed = |error: &dyn std::fmt::Display| RdataError::Malformed(error.to_string());
    let data = ZoneRecordData::<&[u8], ParsedName<&[u8]>>::parse_rdata(
        Rtype::from_int(read_as),
        &mut parser,
    )
    .map_err(|error| malformed(&error))?
    .ok_or(RdataError::Unreadable)?;
    if parser.remaining() > 0 {
        return Err(malformed(&"octets are left over"));
    }
    let mut canonical = Vec::with_capacity(octets.len());
    let Ok(()) = data.compose_canonical_rdata(&mut canonical);
    match rtype {
        rtype::SVCB | rtype::HTTPS => {
            svcb::check(&canonical)?;
            fold_target(&mut canonical);
        }
        rtype::CAA => {
            let mut wire = Wire::new(&canonical);
            let tag = wire.octet().and_then(|_| wire.string());
            check_tag(tag.unwrap_or_default())?;
        }
        _ => {}
    }
    print::write_fields(fields, &canonical, &mut Vec::new())
        .ok_or_else(|| malformed(&"a field is missing"))?;
    Ok(canonical.into())
}

/// Folds the target of SVCB and HTTPS to lower case: RFC 4034 §6.2 is older than they are, yet names in rdata are
/// compared without case all the same.
fn fold_target(octets: &mut [u8]) {
    let Some((_priority, octets)) = octets.split_first_chunk_mut::<2>() else {
        return;
    };
    let Some(length) = Wire::new(octets).name().map(<[u8]>::len) else {
        return;
    };
    // Lengths of labels are at most 63: below every letter.
    if let Some(name) = octets.get_mut(..length) {
        name.make_ascii_lowercase();
    }
}

fn check_tag(tag: &[u8]) -> Result<(), RdataError> {
    if tag.is_empty() || !tag.iter().all(u8::is_ascii_alphanumeric) {
        return Err(RdataError::Tag);
    }
    Ok(())
}
