//! What single words of a master file mean: names, times, classes, paths, rdata.

use std::net::IpAddr;

use super::error::MasterFileReason;
use super::time;
use super::token::Token;
use crate::name::{Name, NameBuffer, NameError};
use crate::rdata::{self, rtype};
use crate::record::{OtherRdata, Rdata};

/// What is wrong, and with which word.
pub(super) type Mistake = (MasterFileReason, Option<Token>);

pub(super) type Checked<T> = Result<T, Mistake>;

/// Longest rdata that is shown whole where it is wrong.
const SHOWN_LIMIT: usize = 80;

/// A name as it is written: `@`, absolute with a dot at its end, else relative to `origin`.
pub(super) fn name(word: &Token, origin: &Name) -> Checked<Name> {
    let wrong = |reason| (reason, Some(word.clone()));
    if word == b"@" {
        return Ok(origin.clone());
    }
    if word.starts_with(b"\"") {
        return Err(wrong(MasterFileReason::QuotedName));
    }
    let mut text = word.clone();
    if !is_absolute(word).map_err(|error| wrong(error.into()))? {
        text.push(b'.');
        if !origin.as_ref().is_root() {
            origin.as_ref().write_text(&mut text);
        }
    }
    let mut buffer = NameBuffer::new();
    buffer
        .parse(&text)
        .map(|name| name.to_owned())
        .map_err(|error| wrong(error.into()))
}

/// Whether a name ends with a dot that no backslash makes a part of its label.
fn is_absolute(word: &[u8]) -> Result<bool, NameError> {
    let mut octets = word.iter();
    let mut last = None;
    while let Some(&octet) = octets.next() {
        last = Some(octet);
        if octet == b'\\' {
            octets.next().ok_or(NameError::BadEscape)?;
        }
    }
    Ok(last == Some(b'.'))
}

/// A time in seconds.
pub(super) fn seconds(word: &Token) -> Checked<u32> {
    time::parse(word).ok_or_else(|| (MasterFileReason::Time, Some(word.clone())))
}

/// A serial: no time, so without units.
pub(super) fn serial(word: &Token) -> Checked<u32> {
    std::str::from_utf8(word)
        .ok()
        .filter(|text| text.bytes().all(|octet| octet.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| (MasterFileReason::Serial, Some(word.clone())))
}

/// Whether a word is a class, and that class is IN.
pub(super) fn class(word: &[u8]) -> Option<bool> {
    match word.to_ascii_uppercase().as_slice() {
        b"IN" | b"CLASS1" => Some(true),
        b"CH" | b"HS" | b"CS" => Some(false),
        other => other.starts_with(b"CLASS").then_some(false),
    }
}

/// What stands in quotes, or the word itself, without escapes.
pub(super) fn path(word: &[u8]) -> String {
    let inner = word
        .strip_prefix(b"\"")
        .and_then(|word| word.strip_suffix(b"\""))
        .unwrap_or(word);
    let mut path = Vec::with_capacity(inner.len());
    let mut octets = inner.iter().copied();
    while let Some(octet) = octets.next() {
        let octet = if octet == b'\\' {
            octets.next()
        } else {
            Some(octet)
        };
        path.extend(octet);
    }
    String::from_utf8_lossy(&path).into_owned()
}

/// Rdata as a policy would have said it, with absolute names.
pub(super) fn data(rtype: u16, words: &[Token], origin: &Name) -> Checked<Rdata> {
    // Addresses are most of a large file, and `domain` takes five times as long for one.
    if let [word] = words
        && let Some(address) = address(rtype, word)
    {
        return Ok(address);
    }
    let is_generic = words.first().is_some_and(|word| word == br"\#");
    let mut text = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if !is_generic && rdata::is_name(rtype, at) {
            name(word, origin)?.as_ref().write_text(&mut text);
        } else {
            text.extend_from_slice(word);
        }
        text.push(b' ');
    }
    let octets = rdata::read_octets(rtype, &text).map_err(|error| {
        let all = words.join(&b' ');
        let token = Some(all).filter(|all| !all.is_empty() && all.len() <= SHOWN_LIMIT);
        (error.into(), token.or_else(|| words.first().cloned()))
    })?;
    Ok(to_data(rtype, &octets))
}

fn address(rtype: u16, word: &[u8]) -> Option<Rdata> {
    if !matches!(rtype, rtype::A | rtype::AAAA) {
        return None;
    }
    match std::str::from_utf8(word).ok()?.parse().ok()? {
        IpAddr::V4(address) => (rtype == rtype::A).then_some(Rdata::A(address)),
        IpAddr::V6(address) => (rtype == rtype::AAAA).then_some(Rdata::Aaaa(address)),
    }
}

fn to_data(rtype: u16, octets: &[u8]) -> Rdata {
    if let (rtype::A, Ok(address)) = (rtype, <[u8; 4]>::try_from(octets)) {
        return Rdata::A(address.into());
    }
    if let (rtype::AAAA, Ok(address)) = (rtype, <[u8; 16]>::try_from(octets)) {
        return Rdata::Aaaa(address.into());
    }
    let text = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut text = Vec::new();
        write(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    };
    Rdata::Other(OtherRdata {
        rrtype: text(&|out| rdata::write_type(rtype, out)),
        presentation: text(&|out| rdata::write_content(rtype, octets, out)),
    })
}
