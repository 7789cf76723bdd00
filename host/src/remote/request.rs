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

use super::method::add_domain_key::AddDomainKey;
use super::method::change_domain_key::ChangeDomainKey;
use super::method::create_slave_domain::CreateSlaveDomain;
use super::method::delete_tsig_key::DeleteTsigKey;
use super::method::direct_backend_cmd::DirectBackendCmd;
use super::method::edits::Edit;
use super::method::freshness::Freshness;
use super::method::get_all_domain_metadata::GetAllDomainMetadata;
use super::method::get_all_domains::GetAllDomains;
use super::method::get_before_and_after_names_absolute::GetBeforeAndAfterNamesAbsolute;
use super::method::get_domain_info::GetDomainInfo;
use super::method::get_domain_keys::GetDomainKeys;
use super::method::get_domain_metadata::GetDomainMetadata;
use super::method::get_tsig_key::GetTsigKey;
use super::method::get_tsig_keys::GetTsigKeys;
use super::method::get_unfresh_slave_infos::GetUnfreshSlaveInfos;
use super::method::get_updated_masters::GetUpdatedMasters;
use super::method::initialize::Initialize;
use super::method::list::List;
use super::method::lookup::Lookup;
use super::method::search_records::SearchRecords;
use super::method::set_domain_metadata::SetDomainMetadata;
use super::method::set_notified::SetNotified;
use super::method::set_tsig_key::SetTsigKey;
use super::method::super_master_backend::SuperMasterBackend;
use super::method::unknown::Unknown;
use super::number::Number;

/// What a method does, for what it is told when its parameters are wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    /// It asks: "no" would be believed.
    Read,
    /// It wants something done: "no" is the truth.
    Write,
}

/// One table for every method: its variant, its parameters, its name, what it does.
macro_rules! methods {
    ($($variant:ident($parameters:ty) = $name:literal, $intent:ident;)+) => {
        /// One request, by method.
        #[derive(Debug, PartialEq)]
        pub(crate) enum Request<'a> {
            $($variant($parameters),)+
            Unknown(Unknown),
        }

        impl<'a> Request<'a> {
            fn read(method: &str, parameters: &'a str) -> Result<Self, (Intent, serde_json::Error)> {
                match method {
                    $($name => serde_json::from_str(parameters)
                        .map(Self::$variant)
                        .map_err(|error| (Intent::$intent, error)),)+
                    _ => serde_json::from_str(parameters)
                        .map(Self::Unknown)
                        .map_err(|error| (Intent::Read, error)),
                }
            }
        }
    };
}

methods! {
    Initialize(Initialize) = "initialize", Read;
    Lookup(Lookup<'a>) = "lookup", Read;
    ApiLookup(Lookup<'a>) = "APILookup", Read;
    List(List<'a>) = "list", Read;
    SearchRecords(SearchRecords<'a>) = "searchRecords", Read;
    GetAllDomains(GetAllDomains) = "getAllDomains", Read;
    GetDomainInfo(GetDomainInfo<'a>) = "getDomainInfo", Read;
    GetAllDomainMetadata(GetAllDomainMetadata<'a>) = "getAllDomainMetadata", Read;
    GetDomainMetadata(GetDomainMetadata<'a>) = "getDomainMetadata", Read;
    SetDomainMetadata(SetDomainMetadata) = "setDomainMetadata", Write;
    GetDomainKeys(GetDomainKeys<'a>) = "getDomainKeys", Read;
    AddDomainKey(AddDomainKey) = "addDomainKey", Write;
    RemoveDomainKey(ChangeDomainKey) = "removeDomainKey", Write;
    ActivateDomainKey(ChangeDomainKey) = "activateDomainKey", Write;
    DeactivateDomainKey(ChangeDomainKey) = "deactivateDomainKey", Write;
    PublishDomainKey(ChangeDomainKey) = "publishDomainKey", Write;
    UnpublishDomainKey(ChangeDomainKey) = "unpublishDomainKey", Write;
    GetBeforeAndAfterNamesAbsolute(GetBeforeAndAfterNamesAbsolute<'a>) = "getBeforeAndAfterNamesAbsolute", Read;
    GetTsigKey(GetTsigKey<'a>) = "getTSIGKey", Read;
    GetTsigKeys(GetTsigKeys) = "getTSIGKeys", Read;
    SetTsigKey(SetTsigKey) = "setTSIGKey", Write;
    DeleteTsigKey(DeleteTsigKey) = "deleteTSIGKey", Write;
    GetUpdatedMasters(GetUpdatedMasters) = "getUpdatedMasters", Read;
    SetNotified(SetNotified) = "setNotified", Write;
    GetUnfreshSlaveInfos(GetUnfreshSlaveInfos) = "getUnfreshSlaveInfos", Read;
    SetFresh(Freshness) = "setFresh", Write;
    SetStale(Freshness) = "setStale", Write;
    SuperMasterBackend(SuperMasterBackend) = "superMasterBackend", Write;
    CreateSlaveDomain(CreateSlaveDomain) = "createSlaveDomain", Write;
    StartTransaction(Edit) = "startTransaction", Write;
    CommitTransaction(Edit) = "commitTransaction", Write;
    AbortTransaction(Edit) = "abortTransaction", Write;
    FeedRecord(Edit) = "feedRecord", Write;
    FeedEnts(Edit) = "feedEnts", Write;
    FeedEnts3(Edit) = "feedEnts3", Write;
    ReplaceRrSet(Edit) = "replaceRRSet", Write;
    DirectBackendCmd(DirectBackendCmd<'a>) = "directBackendCmd", Read;
}

/// Why an object is no request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("not a request: {0}")]
    Envelope(serde_json::Error),
    #[error("parameters of {method}: {error}")]
    Parameters {
        method: String,
        intent: Intent,
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
        Self::read(&method, parameters).map_err(|(intent, error)| Malformed::Parameters {
            method: method.into_owned(),
            intent,
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
    let (client, rest) = plain_text(rest.strip_prefix(br#", "real-remote": ""#)?)?;
    let (_, rest) = plain_text(rest.strip_prefix(br#", "remote": ""#)?)?;
    let (zone_id, rest) = integer(rest.strip_prefix(br#", "zone-id": "#)?)?;
    let rest = rest.strip_prefix(b"}}")?;
    let length = NonZeroUsize::new(pending.len() - rest.len())?;
    Some((
        Lookup {
            qname: Cow::Borrowed(qname),
            qtype: Cow::Borrowed(qtype),
            client: Some(Cow::Borrowed(client)),
            zone_id: Some(Number(zone_id)),
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
    use crate::remote::number::Number;

    const AS_WRITTEN: &str = r#"{"method": "lookup", "parameters": {"local": "127.0.0.1", "qname": "web1.test.svc.cluster1.", "qtype": "ANY", "real-remote": "127.0.0.1/32", "remote": "127.0.0.1", "zone-id": 1}}"#;

    #[test]
    fn the_shape_powerdns_writes_is_read_without_serde() {
        let (lookup, length) = lookup_as_powerdns_writes_it(AS_WRITTEN.as_bytes()).unwrap();
        assert_eq!(length.get(), AS_WRITTEN.len());
        assert_eq!(
            (&*lookup.qname, &*lookup.qtype, lookup.zone_id),
            ("web1.test.svc.cluster1.", "ANY", Some(Number(1)))
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
            client: None,
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
            zone_id in prop_oneof![any::<i64>().prop_map(|id| id.to_string()), "-?[0-9]{0,4}", "[0-9]\\.0|1e3|null|\"[0-9]\""],
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
