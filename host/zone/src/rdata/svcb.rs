//! SvcParams of SVCB and HTTPS (RFC 9460): checked value by value, printed under the names PowerDNS 4.7 knows.
//!
//! `domain` checks their framing and order, not what is in them, and names parameters that PowerDNS does not know.
//! Keys above 6 are printed as `keyN`, whatever the registry calls them by now.

use std::net::Ipv6Addr;

use domain::utils::base64;

use super::line::write_octet;
use super::print::{write_display, write_ipv4, write_number};
use super::wire::Wire;

const MANDATORY: u16 = 0;
const ALPN: u16 = 1;
const NO_DEFAULT_ALPN: u16 = 2;
const PORT: u16 = 3;
const IPV4HINT: u16 = 4;
const ECH: u16 = 5;
const IPV6HINT: u16 = 6;
/// RFC 9461; printed as `key7`.
const DOHPATH: u16 = 7;
/// RFC 9540; printed as `key8`.
const OHTTP: u16 = 8;
/// tls-supported-groups; printed as `key9`.
const TLS_GROUPS: u16 = 9;
/// Reserved as invalid (RFC 9460 §14.3.2).
const INVALID: u16 = u16::MAX;

/// Why SvcParams are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// A key is there twice, or the keys are not in order.
    #[error("SvcParam {0} is there twice, or out of order")]
    Order(u16),
    /// The value is not what the key asks for.
    #[error("the value of SvcParam {0} is malformed")]
    Value(u16),
    /// A key that `mandatory` lists is not there.
    #[error("SvcParam {0} is mandatory and not there")]
    Missing(u16),
    /// The octets end within a parameter.
    #[error("the SvcParams end early")]
    Truncated,
}

/// Checks the parameters of the rdata of an SVCB or HTTPS record.
pub(super) fn check(octets: &[u8]) -> Result<(), ParameterError> {
    let mut wire = Wire::new(octets);
    wire.u16().ok_or(ParameterError::Truncated)?;
    wire.name().ok_or(ParameterError::Truncated)?;
    let mut keys = Vec::new();
    let mut mandatory = Vec::new();
    while !wire.is_empty() {
        let (key, value) = parameter(&mut wire).ok_or(ParameterError::Truncated)?;
        if keys.last().is_some_and(|&last| last >= key) {
            return Err(ParameterError::Order(key));
        }
        keys.push(key);
        if !is_well_formed(key, value) {
            return Err(ParameterError::Value(key));
        }
        if key == MANDATORY {
            mandatory = numbers(value);
        }
    }
    // RFC 9460 §8: in order, each once, and all there. A client takes the whole record for malformed otherwise.
    match mandatory.iter().find(|key| !keys.contains(key)) {
        Some(&missing) => Err(ParameterError::Missing(missing)),
        None => Ok(()),
    }
}

fn is_well_formed(key: u16, value: &[u8]) -> bool {
    match key {
        MANDATORY => {
            let keys = numbers(value);
            !value.is_empty()
                && value.len().is_multiple_of(2)
                && !keys.contains(&MANDATORY)
                && keys.is_sorted_by(|one, next| one < next)
        }
        ALPN => {
            let mut wire = Wire::new(value);
            !value.is_empty()
                && std::iter::from_fn(|| (!wire.is_empty()).then(|| wire.string()))
                    .all(is_printable_id)
        }
        NO_DEFAULT_ALPN | OHTTP => value.is_empty(),
        DOHPATH => std::str::from_utf8(value).is_ok(),
        TLS_GROUPS => !value.is_empty() && value.len().is_multiple_of(2),
        PORT => value.len() == 2,
        IPV4HINT => !value.is_empty() && value.len().is_multiple_of(4),
        IPV6HINT => !value.is_empty() && value.len().is_multiple_of(16),
        ECH => !value.is_empty(),
        INVALID => false,
        _ => true,
    }
}

/// Commas, quotes and backslashes in a protocol identifier would need two levels of escapes (RFC 9460 appendix A.1),
/// which PowerDNS and BIND read differently; no registered identifier has any. Only what needs no quotes may stand.
fn is_printable_id(id: Option<&[u8]>) -> bool {
    let is_plain = |octet: &u8| octet.is_ascii_alphanumeric() || b"-._/+:".contains(octet);
    id.is_some_and(|id| !id.is_empty() && id.iter().all(is_plain))
}

/// Appends the parameters that are left, each after a space but the first.
pub(super) fn write_parameters(wire: &mut Wire<'_>, out: &mut Vec<u8>) -> Option<()> {
    let mut is_first = true;
    while !wire.is_empty() {
        let (key, value) = parameter(wire)?;
        if !std::mem::take(&mut is_first) {
            out.push(b' ');
        }
        match key {
            MANDATORY => {
                out.extend_from_slice(b"mandatory=");
                write_list(numbers(value), out, write_key);
            }
            ALPN => {
                out.extend_from_slice(b"alpn=");
                let mut ids = Wire::new(value);
                write_list(std::iter::from_fn(|| ids.string()), out, |id, out| {
                    out.extend_from_slice(id);
                });
            }
            NO_DEFAULT_ALPN => out.extend_from_slice(b"no-default-alpn"),
            PORT => {
                out.extend_from_slice(b"port=");
                write_number(u32::from(Wire::new(value).u16()?), out);
            }
            IPV4HINT => {
                out.extend_from_slice(b"ipv4hint=");
                let mut hints = Wire::new(value);
                write_list(std::iter::from_fn(|| hints.array()), out, write_ipv4);
            }
            ECH => {
                out.extend_from_slice(b"ech=");
                out.extend_from_slice(base64::encode_string(value).as_bytes());
            }
            IPV6HINT => {
                out.extend_from_slice(b"ipv6hint=");
                let mut hints = Wire::new(value);
                write_list(
                    std::iter::from_fn(|| hints.array::<16>()),
                    out,
                    |hint, out| {
                        write_display(Ipv6Addr::from(hint), out);
                    },
                );
            }
            _ => {
                write_key(key, out);
                out.extend_from_slice(b"=\"");
                for &octet in value {
                    match octet {
                        octet if octet.is_ascii_alphanumeric() || b"-._/:?={}".contains(&octet) => {
                            out.push(octet);
                        }
                        // PowerDNS ends a value at a `;`, quoted or not: what needs no number is listed.
                        _ => write_octet(octet, out),
                    }
                }
                out.push(b'"');
            }
        }
    }
    Some(())
}

/// One parameter: key, and value without its length.
fn parameter<'a>(wire: &mut Wire<'a>) -> Option<(u16, &'a [u8])> {
    let key = wire.u16()?;
    let length = wire.u16()?;
    Some((key, wire.take(usize::from(length))?))
}

fn numbers(value: &[u8]) -> Vec<u16> {
    let mut wire = Wire::new(value);
    std::iter::from_fn(|| wire.u16()).collect()
}

fn write_list<T>(
    items: impl IntoIterator<Item = T>,
    out: &mut Vec<u8>,
    write: impl Fn(T, &mut Vec<u8>),
) {
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(item, out);
    }
}

fn write_key(key: u16, out: &mut Vec<u8>) {
    let name: &[u8] = match key {
        MANDATORY => b"mandatory",
        ALPN => b"alpn",
        NO_DEFAULT_ALPN => b"no-default-alpn",
        PORT => b"port",
        IPV4HINT => b"ipv4hint",
        ECH => b"ech",
        IPV6HINT => b"ipv6hint",
        _ => {
            out.extend_from_slice(b"key");
            return write_number(u32::from(key), out);
        }
    };
    out.extend_from_slice(name);
}
