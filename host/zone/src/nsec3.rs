//! NSEC3 (RFC 5155): names that do not exist are denied by hashes of those that do.
//!
//! PowerDNS signs; what it asks a backend for is the neighbours of a hash. It asks with the parameters of the zone's
//! `NSEC3PARAM` metadata, so a chain belongs to one zone and one set of parameters.
//!
//! Rooms: `chain` keeps the hashes of a zone in order.

mod chain;
#[cfg(test)]
mod tests;

use std::fmt;

use sha1::{Digest, Sha1};

use crate::name::NameRef;

pub use chain::Chain;

/// A SHA-1, the only digest that NSEC3 knows.
pub type Hash = [u8; HASH_OCTETS];

const HASH_OCTETS: usize = 20;

/// Characters of a hash as text: five bits each.
const TEXT_CHARACTERS: usize = HASH_OCTETS * 8 / 5;

/// Base 32 with extended hex alphabet (RFC 4648 §7), as PowerDNS writes it.
const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// Most iterations. RFC 9276 §3.1 wants 0; validators take more than 100 for unsigned, and PowerDNS does not go beyond that
/// on its own (`max-nsec3-iterations`).
pub const ITERATIONS_LIMIT: u16 = 100;

/// Most octets of a salt (RFC 5155 §3.1.4).
const SALT_LIMIT: usize = 255;

/// How names of a zone are hashed: what `NSEC3PARAM` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// Delegations without DS have no NSEC3 record.
    pub is_opt_out: bool,
    /// How often a hash is hashed again.
    pub iterations: u16,
    /// What is hashed with each name.
    pub salt: Box<[u8]>,
}

/// Why text is no NSEC3PARAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParametersError {
    /// More or fewer than four fields, or one that is no number.
    #[error("NSEC3 parameters are written `algorithm flags iterations salt`: `1 0 0 -`")]
    Fields,
    /// Not SHA-1.
    #[error("the only hash algorithm of NSEC3 is 1")]
    Algorithm,
    /// Neither 0 nor opt-out.
    #[error("the flags of NSEC3 are 0, or 1 for opt-out")]
    Flags,
    /// Too many iterations.
    #[error(
        "more than {ITERATIONS_LIMIT} iterations are taken for unsigned by validators; 0 is best (RFC 9276)"
    )]
    Iterations,
    /// The salt.
    #[error("the salt is `-` or up to 255 octets in hexadecimal digits")]
    Salt,
}

impl Parameters {
    /// Reads the content of an NSEC3PARAM record: `1 0 0 -`, `1 1 5 aabb`.
    ///
    /// # Errors
    /// [`ParametersError`] says which field is wrong.
    pub fn parse(text: &str) -> Result<Self, ParametersError> {
        let mut fields = text.split_ascii_whitespace();
        let mut next = || fields.next().ok_or(ParametersError::Fields);
        let (algorithm, flags, iterations, salt) = (next()?, next()?, next()?, next()?);
        if fields.next().is_some() {
            return Err(ParametersError::Fields);
        }
        let number = |text: &str| text.parse::<u16>().map_err(|_| ParametersError::Fields);
        if number(algorithm)? != 1 {
            return Err(ParametersError::Algorithm);
        }
        let is_opt_out = match number(flags)? {
            0 => false,
            1 => true,
            _ => return Err(ParametersError::Flags),
        };
        let iterations = number(iterations)?;
        if iterations > ITERATIONS_LIMIT {
            return Err(ParametersError::Iterations);
        }
        let salt = match salt {
            "-" => Some(Box::default()),
            digits => read_hexadecimal(digits.as_bytes()),
        };
        Ok(Self {
            is_opt_out,
            iterations,
            salt: salt.ok_or(ParametersError::Salt)?,
        })
    }
}

/// As the content of an NSEC3PARAM record.
impl fmt::Display for Parameters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            is_opt_out,
            iterations,
            salt,
        } = self;
        write!(formatter, "1 {} {iterations} ", u8::from(*is_opt_out))?;
        if salt.is_empty() {
            return formatter.write_str("-");
        }
        salt.iter()
            .try_for_each(|octet| write!(formatter, "{octet:02x}"))
    }
}

/// The hash of a name (RFC 5155 §5).
#[must_use]
pub fn hash(name: NameRef<'_>, parameters: &Parameters) -> Hash {
    let mut wire = Vec::with_capacity(name.wire_len());
    name.write_wire(&mut wire);
    let digest = |octets: &[u8]| -> Hash {
        Sha1::new()
            .chain_update(octets)
            .chain_update(&parameters.salt)
            .finalize()
            .into()
    };
    (0..parameters.iterations).fold(digest(&wire), |hash, _| digest(&hash))
}

/// A hash as the first label of an NSEC3 record: 32 characters, lower case.
#[must_use]
pub fn to_text(hash: &Hash) -> String {
    let mut text = String::with_capacity(TEXT_CHARACTERS);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for &octet in hash {
        bits = bits << 8 | u32::from(octet);
        count += 8;
        while count >= 5 {
            count -= 5;
            let digit = DIGITS.get((bits >> count & 31) as usize);
            text.extend(digit.map(|&digit| char::from(digit)));
        }
    }
    text
}

/// A hash from its text, any case, a dot at its end or none.
#[must_use]
pub fn from_text(text: &str) -> Option<Hash> {
    let text = text.strip_suffix('.').unwrap_or(text).as_bytes();
    if text.len() != TEXT_CHARACTERS {
        return None;
    }
    let mut hash = Hash::default();
    let (octets, _) = hash.as_chunks_mut::<5>();
    let (digits, _) = text.as_chunks::<8>();
    for (octets, digits) in octets.iter_mut().zip(digits) {
        let mut bits = 0_u64;
        for digit in digits {
            let digit = digit.to_ascii_lowercase();
            let value = DIGITS.iter().position(|&other| other == digit)?;
            bits = bits << 5 | u64::try_from(value).ok()?;
        }
        let [_, _, _, all @ ..] = bits.to_be_bytes();
        *octets = all;
    }
    Some(hash)
}

fn read_hexadecimal(digits: &[u8]) -> Option<Box<[u8]>> {
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() || pairs.is_empty() || pairs.len() > SALT_LIMIT {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16);
    pairs
        .iter()
        .map(|&[high, low]| u8::try_from(value(high)? << 4 | value(low)?).ok())
        .collect()
}
