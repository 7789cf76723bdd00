//! What is asked. Nearly every request is a `lookup` in the one shape PowerDNS writes, which is read by comparing literals;
//! everything else goes through `serde_json`. Both must read the same (`both_ways_read_the_same`), so the first may give up
//! on anything unusual, above all on a backslash.
//!
//! The envelope is read first and the parameters by the method they are for: an unknown method is answered whatever its
//! parameters look like.

use std::borrow::Cow;
use std::num::NonZeroUsize;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::method::get_all_domain_metadata::GetAllDomainMetadata;
use super::method::get_all_domains::GetAllDomains;
use super::method::get_domain_info::GetDomainInfo;
use super::method::get_domain_metadata::GetDomainMetadata;
use super::method::initialize::Initialize;
use super::method::list::List;
use super::method::lookup::Lookup;
use super::method::unknown::Unknown;

/// One request, by method.
#[derive(Debug, PartialEq)]
pub(crate) enum Request<'a> {
    Initialize(Initialize),
    Lookup(Lookup<'a>),
    List(List<'a>),
    GetAllDomains(GetAllDomains),
    GetDomainInfo(GetDomainInfo<'a>),
    GetAllDomainMetadata(GetAllDomainMetadata),
    GetDomainMetadata(GetDomainMetadata),
    Unknown(Unknown),
}

/// Why an object is no request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("not a request: {0}")]
    Envelope(serde_json::Error),
    #[error("parameters of {method}: {error}")]
    Parameters {
        method: String,
        error: serde_json::Error,
    },
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
}

impl<'a> Request<'a> {
    /// Reads one whole object.
    pub(crate) fn parse(object: &'a [u8]) -> Result<Self, Malformed> {
        let Envelope { method, parameters } =
            serde_json::from_slice(object).map_err(Malformed::Envelope)?;
        let parameters = parameters.map_or("{}", RawValue::get);
        let request = match &*method {
            "initialize" => Ok(Self::Initialize(Initialize)),
            "lookup" => serde_json::from_str(parameters).map(Self::Lookup),
            "list" => serde_json::from_str(parameters).map(Self::List),
            "getAllDomains" => Ok(Self::GetAllDomains(GetAllDomains)),
            "getDomainInfo" => serde_json::from_str(parameters).map(Self::GetDomainInfo),
            "getAllDomainMetadata" => {
                serde_json::from_str(parameters).map(Self::GetAllDomainMetadata)
            }
            "getDomainMetadata" => serde_json::from_str(parameters).map(Self::GetDomainMetadata),
            _ => Ok(Self::Unknown(Unknown)),
        };
        request.map_err(|error| Malformed::Parameters {
            method: method.into_owned(),
            error,
        })
    }
}

/// Reads a lookup in exactly the shape PowerDNS writes at the front of `pending`, and tells its length; `None` says nothing
/// about it.
pub(crate) fn lookup_as_powerdns_writes_it(pending: &[u8]) -> Option<(Lookup<'_>, NonZeroUsize)> {
    let rest = pending.strip_prefix(br#"{"method": "lookup", "parameters": {"local": ""#)?;
    let (_, rest) = plain_text(rest)?;
    let (qname, rest) = plain_text(rest.strip_prefix(br#", "qname": ""#)?)?;
    let (qtype, rest) = plain_text(rest.strip_prefix(br#", "qtype": ""#)?)?;
    let (_, rest) = plain_text(rest.strip_prefix(br#", "real-remote": ""#)?)?;
    let (_, rest) = plain_text(rest.strip_prefix(br#", "remote": ""#)?)?;
    let (zone_id, rest) = integer(rest.strip_prefix(br#", "zone-id": "#)?)?;
    let rest = rest.strip_prefix(b"}}")?;
    let length = NonZeroUsize::new(pending.len() - rest.len())?;
    Some((
        Lookup {
            qname: Cow::Borrowed(qname),
            qtype: Cow::Borrowed(qtype),
            zone_id: Some(zone_id),
        },
        length,
    ))
}

/// Text up to its closing quote, without escapes and in ASCII, and what follows the quote.
fn plain_text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let length = bytes
        .iter()
        .position(|&octet| !matches!(octet, b' '..=b'~') || octet == b'"' || octet == b'\\')?;
    let (text, rest) = bytes.split_at_checked(length)?;
    Some((str::from_utf8(text).ok()?, rest.strip_prefix(b"\"")?))
}

/// A number of up to 18 digits as JSON writes it, and what follows it.
fn integer(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let (negative, digits) = bytes
        .strip_prefix(b"-")
        .map_or((false, bytes), |digits| (true, digits));
    let length = digits
        .iter()
        .take_while(|octet| octet.is_ascii_digit())
        .count();
    let (number, rest) = digits.split_at_checked(length)?;
    if length == 0 || length > 18 || (length > 1 && number.first() == Some(&b'0')) {
        return None;
    }
    let value = number
        .iter()
        .fold(0_i64, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some((if negative { -value } else { value }, rest))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::{Request, lookup_as_powerdns_writes_it};
    use crate::remote::method::lookup::Lookup;

    const AS_WRITTEN: &str = r#"{"method": "lookup", "parameters": {"local": "127.0.0.1", "qname": "web1.test.svc.cluster1.", "qtype": "ANY", "real-remote": "127.0.0.1/32", "remote": "127.0.0.1", "zone-id": 1}}"#;

    #[test]
    fn the_shape_powerdns_writes_is_read_without_serde() {
        let (lookup, length) = lookup_as_powerdns_writes_it(AS_WRITTEN.as_bytes()).unwrap();
        assert_eq!(length.get(), AS_WRITTEN.len());
        assert_eq!(
            (&*lookup.qname, &*lookup.qtype, lookup.zone_id),
            ("web1.test.svc.cluster1.", "ANY", Some(1))
        );
        assert_eq!(
            Request::parse(AS_WRITTEN.as_bytes()).unwrap(),
            Request::Lookup(lookup)
        );
    }

    #[test]
    fn another_shape_is_left_to_serde() {
        for (from, to) in [
            ("web1", "w\\\\.eb1"),
            ("web1", "wéb1"),
            (": 1", ": 01"),
            (": 1", ": 1.0"),
            ("}}", "} }"),
            ("real", "rael"),
            ("}}", ""),
        ] {
            let text = AS_WRITTEN.replace(from, to);
            assert!(
                lookup_as_powerdns_writes_it(text.as_bytes()).is_none(),
                "{text}"
            );
        }
    }

    #[test]
    fn text_without_escapes_is_borrowed() {
        let text = r#"{ "parameters" : { "qtype":"A","qname":"a." }, "method":"lookup" }"#;
        let Request::Lookup(Lookup {
            qname: Cow::Borrowed("a."),
            qtype: Cow::Borrowed("A"),
            zone_id: None,
        }) = Request::parse(text.as_bytes()).unwrap()
        else {
            panic!("copied, or read otherwise: {text}")
        };
    }

    #[test]
    fn what_is_malformed_is_told() {
        for (text, expected) in [
            (
                r#"{"parameters":{}}"#,
                "not a request: missing field `method`",
            ),
            (
                r#"{"method":5}"#,
                "not a request: invalid type: integer `5`, expected a string",
            ),
            (
                r#"{"method":"lookup"}"#,
                "parameters of lookup: missing field `qname`",
            ),
            (
                r#"{"method":"lookup","parameters":{"qname":"a.","qtype":1}}"#,
                "parameters of lookup: invalid type: integer `1`",
            ),
            (
                r#"{"method":"list","parameters":[]}"#,
                "parameters of list: invalid length 0",
            ),
            (
                r#"{"method":lookup}"#,
                "not a request: expected value at line 1 column 11",
            ),
        ] {
            let told = Request::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(told.starts_with(expected), "{text} → {told}");
        }
    }

    proptest! {
        #[test]
        fn both_ways_read_the_same(
            texts in proptest::array::uniform5("[ -~]{0,40}|[a-z.\\\\\"\u{e9}\u{7f}]{0,12}"),
            zone_id in prop_oneof![any::<i64>().prop_map(|id| id.to_string()), "-?[0-9]{0,4}", "[0-9]\\.0|1e3|null"],
        ) {
            let [local, qname, qtype, real_remote, remote] = texts;
            let text = format!(r#"{{"method": "lookup", "parameters": {{"local": "{local}", "qname": "{qname}", "qtype": "{qtype}", "real-remote": "{real_remote}", "remote": "{remote}", "zone-id": {zone_id}}}}}"#);
            if let Some((fast, length)) = lookup_as_powerdns_writes_it(text.as_bytes()) {
                prop_assert_eq!(length.get(), text.len());
                prop_assert_eq!(Request::parse(text.as_bytes()).ok(), Some(Request::Lookup(fast)));
            }
        }
    }
}
