//! Taking a JSON object apart, so that each wrong type becomes the same sentence with the path in it.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::DocumentError;
use super::place::Place;
use crate::info::Info;
use crate::tree::{Key, Tree, first_repeated};

/// Entries of an object, in the document's order.
pub(crate) type Entries<'a> = [(Cow<'a, str>, Tree<'a>)];

/// An object and where it stands. Whether null means the same as absent is the reader's choice: it does with agents, in a
/// document it is a wrong type like any other.
pub(crate) struct Object<'t, 'a> {
    pub(crate) entries: &'t Entries<'a>,
    pub(crate) place: &'t Place<'t>,
    nulls: Nulls,
}

/// What null means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nulls {
    AreAbsent,
    AreWrong,
}

impl<'t, 'a> Object<'t, 'a> {
    pub(crate) fn of(
        tree: &'t Tree<'a>,
        place: &'t Place<'t>,
        nulls: Nulls,
    ) -> Result<Self, DocumentError> {
        Ok(Self {
            entries: entries(tree, place)?,
            place,
            nulls,
        })
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'t Tree<'a>> {
        let value = find(self.entries, key)?;
        (self.nulls == Nulls::AreWrong || *value != Tree::Null).then_some(value)
    }

    pub(crate) fn text(&self, key: &str) -> Result<Option<&'t str>, DocumentError> {
        self.get(key)
            .map(|value| text(value, &self.place.key(key)))
            .transpose()
    }

    pub(crate) fn list(&self, key: &str) -> Result<&'t [Tree<'a>], DocumentError> {
        let Some(value) = self.get(key) else {
            return Ok(&[]);
        };
        let Tree::List(items) = value else {
            return Err(self.place.key(key).wrong_type("a list", value));
        };
        Ok(items)
    }

    /// The entries of the object under `key`; none of them when it is absent.
    pub(crate) fn map(&self, key: &str) -> Result<&'t Entries<'a>, DocumentError> {
        self.get(key)
            .map_or(Ok(&[]), |value| entries(value, &self.place.key(key)))
    }

    /// A list of addresses, each of which must be one.
    pub(crate) fn addresses(&self, key: &str) -> Result<Vec<IpAddr>, DocumentError> {
        let list = self.place.key(key);
        let address = |(place, item)| {
            let place = list.item(place);
            let text = text(item, &place)?;
            text.parse()
                .map_err(|_| place.invalid(format_args!("`{text}` is no IP address")))
        };
        self.list(key)?.iter().enumerate().map(address).collect()
    }

    /// What has no field of its own.
    pub(crate) fn rest(&self, known: &[&str]) -> Info {
        let rest = self
            .entries
            .iter()
            .filter(|(key, _)| !known.contains(&&**key));
        Info::from_entries(rest.map(|(key, value)| (&**key, value)).collect())
    }
}

pub(crate) fn find<'t, 'a>(entries: &'t Entries<'a>, key: &str) -> Option<&'t Tree<'a>> {
    entries
        .iter()
        .find(|(name, _)| name == key)
        .map(|(_, value)| value)
}

pub(crate) fn entries<'t, 'a>(
    tree: &'t Tree<'a>,
    place: &Place<'_>,
) -> Result<&'t Entries<'a>, DocumentError> {
    let Tree::Map(entries) = tree else {
        return Err(place.wrong_type("an object", tree));
    };
    Ok(entries)
}

pub(crate) fn text<'t>(tree: &'t Tree<'_>, place: &Place<'_>) -> Result<&'t str, DocumentError> {
    let Tree::Text(text) = tree else {
        return Err(place.wrong_type("a text", tree));
    };
    Ok(text)
}

/// Entries that are not taken apart yet: a large document is, one service at a time.
pub(crate) type RawEntries<'a> = Vec<(Cow<'a, str>, &'a RawValue)>;

/// The entries of a text that is known to be JSON.
pub(crate) fn raw_entries<'a>(
    raw: &'a RawValue,
    place: &Place<'_>,
) -> Result<RawEntries<'a>, DocumentError> {
    if raw.get().starts_with('{') {
        return serde_json::from_str(raw.get())
            .map(|RawObject(entries)| entries)
            .map_err(|fault| broken(place, &fault));
    }
    Err(place.wrong_type("an object", &tree(raw, place)?))
}

/// The value of a text that is known to be JSON.
pub(crate) fn tree<'a>(raw: &'a RawValue, place: &Place<'_>) -> Result<Tree<'a>, DocumentError> {
    serde_json::from_str(raw.get()).map_err(|fault| broken(place, &fault))
}

/// What the first scan does not see: a key that stands twice, half of a surrogate pair.
fn broken(place: &Place<'_>, fault: &serde_json::Error) -> DocumentError {
    place.invalid(super::without_position(fault))
}

/// An object whose values are left as text.
pub(crate) struct RawObject<'a>(pub(crate) RawEntries<'a>);

impl<'de> Deserialize<'de> for RawObject<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RawObjectVisitor;
        impl<'de> Visitor<'de> for RawObjectVisitor {
            type Value = RawObject<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((Key(key), value)) = access.next_entry()? {
                    entries.push((key, value));
                }
                match first_repeated(&entries) {
                    Some(key) => Err(A::Error::custom(format_args!(
                        "the key `{key}` stands twice"
                    ))),
                    None => Ok(RawObject(entries)),
                }
            }
        }
        deserializer.deserialize_map(RawObjectVisitor)
    }
}
