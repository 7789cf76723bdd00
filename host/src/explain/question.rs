//! What somebody asks, as people write it.

use std::net::IpAddr;

use zonesmith_zone::name::Name;
use zonesmith_zone::rdata;
use zonesmith_zone::reverse::reverse_name;

use crate::snapshot::selection::Client;

/// What somebody asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub(super) name: Name,
    /// None: all types.
    pub(super) rtype: Option<u16>,
    /// Whom an answer is for, if that matters.
    pub(super) client: Option<Client>,
}

impl Question {
    /// Reads a name, or an address for its reverse name; and a type, `ANY` or none for all.
    ///
    /// # Errors
    /// A sentence that says what is none.
    pub fn parse(name: &str, rtype: Option<&str>) -> Result<Self, String> {
        let name = match name.parse::<IpAddr>() {
            Ok(address) => reverse_name(address),
            Err(_) => Name::parse(name).map_err(|error| format!("{name}: {error}"))?,
        };
        let rtype = match rtype.filter(|text| !text.eq_ignore_ascii_case("ANY")) {
            Some(text) => Some(
                rdata::parse_type(text.as_bytes())
                    .ok_or_else(|| format!("{text} is no type of records"))?,
            ),
            None => None,
        };
        Ok(Self {
            name,
            rtype,
            client: None,
        })
    }

    /// The same, for a client in this network, or at this address.
    ///
    /// # Errors
    /// A sentence, if it is none.
    pub fn for_client(self, client: &str) -> Result<Self, String> {
        let client = Client::named(client)
            .ok_or_else(|| format!("{client} is no network, as 10.22.0.0/16, and no address"))?;
        Ok(Self {
            client: Some(client),
            ..self
        })
    }

    /// Reads `NAME [TYPE]`.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), or when there is no name, or something after the type.
    pub fn parse_words(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some(name), rtype, None) => Self::parse(name, rtype),
            _ => Err("explain NAME [TYPE]".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_a_name_or_an_address_and_perhaps_a_type() {
        for (text, expected) in [
            ("Web.Demo", Ok(("web.demo.", None))),
            ("web.demo. a", Ok(("web.demo.", Some(1)))),
            ("web.demo ANY", Ok(("web.demo.", None))),
            ("10.22.0.5", Ok(("5.0.22.10.in-addr.arpa.", None))),
            ("", Err("explain NAME [TYPE]")),
            ("a b c", Err("explain NAME [TYPE]")),
            ("web.demo QUARK", Err("QUARK is no type of records")),
            ("web..demo", Err("web..demo: the name has an empty label")),
        ] {
            let question = Question::parse_words(text);
            let said = question
                .as_ref()
                .map(|question| (question.name.to_string(), question.rtype));
            let said = said.map_err(String::as_str);
            assert_eq!(
                said,
                expected.map(|(name, rtype)| (name.to_owned(), rtype)),
                "{text}"
            );
        }
    }
}
