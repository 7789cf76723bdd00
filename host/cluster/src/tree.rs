//! A JSON value whose place in the document is known to whoever takes it apart.
//!
//! Not `serde_json::Value`: that one forgets that a key stood twice (here: an error, since one of the two would be lost
//! without a word), and copies every key. One service at a time is held this way, never a whole document.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A JSON value; texts are borrowed from the document where they have no escapes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree<'a> {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(Cow<'a, str>),
    List(Vec<Self>),
    Map(Vec<(Cow<'a, str>, Self)>),
}

impl Tree<'_> {
    /// For sentences: `a number`.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
        }
    }

    /// As JSON without white space, keys sorted.
    fn write(&self, out: &mut impl fmt::Write) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Bool(value) => write!(out, "{value}"),
            Self::Number(number) => write!(out, "{number}"),
            Self::Text(text) => write_text(text, out),
            Self::List(items) => {
                for (place, item) in items.iter().enumerate() {
                    out.write_char(if place == 0 { '[' } else { ',' })?;
                    item.write(out)?;
                }
                out.write_str(if items.is_empty() { "[]" } else { "]" })
            }
            Self::Map(entries) => {
                let mut sorted: Vec<_> =
                    entries.iter().map(|(key, value)| (&**key, value)).collect();
                sorted.sort_unstable_by_key(|(key, _)| *key);
                write_object(&sorted, out)
            }
        }
    }
}

/// An object of `entries`, in their order.
pub(crate) fn write_object(
    entries: &[(&str, &Tree<'_>)],
    out: &mut impl fmt::Write,
) -> fmt::Result {
    for (place, (key, value)) in entries.iter().enumerate() {
        out.write_char(if place == 0 { '{' } else { ',' })?;
        write_text(key, out)?;
        out.write_char(':')?;
        value.write(out)?;
    }
    out.write_str(if entries.is_empty() { "{}" } else { "}" })
}

/// Escapes what RFC 8259 §7 demands and no more.
fn write_text(text: &str, out: &mut impl fmt::Write) -> fmt::Result {
    out.write_char('"')?;
    let mut rest = text;
    while let Some(place) = rest.find(|c: char| c == '"' || c == '\\' || c < ' ') {
        let (plain, tail) = rest.split_at(place);
        out.write_str(plain)?;
        let mut tail = tail.chars();
        match tail.next() {
            Some('\n') => out.write_str("\\n")?,
            Some('\r') => out.write_str("\\r")?,
            Some('\t') => out.write_str("\\t")?,
            Some(control) if control < ' ' => write!(out, "\\u{:04x}", u32::from(control))?,
            Some(other) => write!(out, "\\{other}")?,
            None => {}
        }
        rest = tail.as_str();
    }
    out.write_str(rest)?;
    out.write_char('"')
}

impl fmt::Display for Tree<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(formatter)
    }
}

impl<'de> Deserialize<'de> for Tree<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        serde_json::Number::from_f64(value)
            .map(Tree::Number)
            .ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Tree::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Tree::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Self::Value, E> {
        Ok(Tree::Text(Cow::Owned(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
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
            None => Ok(Tree::Map(entries)),
        }
    }
}

/// A key that an object has twice. Objects are nearly always small: comparing all with all is then the fastest.
pub(crate) fn first_repeated<'e, V>(entries: &'e [(Cow<'_, str>, V)]) -> Option<&'e str> {
    const SMALL: usize = 16;
    if entries.len() > SMALL {
        let mut seen = HashSet::with_capacity(entries.len());
        return entries
            .iter()
            .map(|(key, _)| &**key)
            .find(|key| !seen.insert(*key));
    }
    let repeated = |(place, (key, _)): &(usize, &(Cow<'_, str>, V))| {
        entries.iter().take(*place).any(|(one, _)| one == key)
    };
    entries
        .iter()
        .enumerate()
        .find(repeated)
        .map(|(_, (key, _))| &**key)
}

/// A key, borrowed where it has no escapes (a plain `Cow` is always owned by serde).
pub(crate) struct Key<'a>(pub(crate) Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a key")
            }

            fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(value)))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(value.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}
