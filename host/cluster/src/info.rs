//! What a source says of a thing beyond the fields it has here: handed to policies as it is, which is how the contract
//! grows without a new track.
//!
//! Kept as one compact JSON text rather than as a tree: a tree of the same would be five times its size, and is wanted
//! only for the moment in which a policy is asked. What many things have alike (instances: whether they are frozen) is one
//! text for all of them, see `SharedInfos`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::tree::{Tree, write_object};

/// A JSON object, its keys sorted, without white space; or nothing. Equal content is equal text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Info(Option<Arc<str>>);

/// How many texts are remembered to be shared. What instances and services have alike is a handful of combinations; where
/// it is more (dates), sharing begins anew, which costs memory and nothing else.
const MOST_SHARED: usize = 1024;

/// Texts that others have, too.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedInfos(HashSet<Info>);

impl SharedInfos {
    /// The same content, as the text that was seen before where there was one.
    pub(crate) fn share(&mut self, info: Info) -> Info {
        if let Some(known) = self.0.get(&info) {
            return known.clone();
        }
        if self.0.len() >= MOST_SHARED {
            self.0.clear();
        }
        self.0.insert(info.clone());
        info
    }
}

impl Info {
    /// The keys, sorted, each with its value as a JSON text.
    #[must_use]
    pub fn pairs(&self) -> Vec<(String, String)> {
        self.entries()
            .into_iter()
            .map(|(key, value)| (key.into_owned(), value.get().to_owned()))
            .collect()
    }

    /// The value of `key`, as a JSON text.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<String> {
        self.entries().get(key).map(|value| value.get().to_owned())
    }

    /// The whole as one JSON text, an object.
    #[must_use]
    pub fn as_json(&self) -> &str {
        self.0.as_deref().unwrap_or("{}")
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// What [`Info::as_json`] gave; anything but an object is nothing.
    pub(crate) fn kept(json: Option<&RawValue>) -> Self {
        let object = json.filter(|json| json.get().starts_with('{'));
        Self(object.map(|json| json.get().into()))
    }

    fn entries(&self) -> BTreeMap<Cow<'_, str>, &RawValue> {
        // Invariant: the text was written by `from_entries` (or is one that was), so it is always an object.
        self.0
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// Of a key that stands twice the first has the word.
    pub(crate) fn from_entries(mut entries: Vec<(&str, &Tree<'_>)>) -> Self {
        if entries.is_empty() {
            return Self(None);
        }
        entries.sort_by_key(|(key, _)| *key); // stable: of equal keys the first stays first
        entries.dedup_by_key(|(key, _)| *key);
        let mut text = String::new();
        match write_object(&entries, &mut text) {
            Ok(()) => Self(Some(text.into())),
            Err(fmt::Error) => Self(None), // a `String` takes whatever is written to it
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(json: &str) -> Info {
        let Tree::Map(entries) = serde_json::from_str(json).unwrap() else {
            panic!("{json} is no object")
        };
        Info::from_entries(entries.iter().map(|(key, value)| (&**key, value)).collect())
    }

    #[test]
    fn equal_content_is_equal_text() {
        let one = info(
            r#"{ "b": [1, {"y": "ä\n\"", "x": null}], "a": 1.50, "c": -3, "d": 18446744073709551615 }"#,
        );
        let two = info(
            r#"{"d":18446744073709551615,"c":-3,"a":1.5,"b":[1,{"x":null,"y":"\u00e4\n\""}]}"#,
        );
        assert_eq!(one, two);
        assert_eq!(
            one.as_json(),
            r#"{"a":1.5,"b":[1,{"x":null,"y":"ä\n\""}],"c":-3,"d":18446744073709551615}"#
        );
    }

    #[test]
    fn pairs_are_json_texts_by_key() {
        let info = info(r#"{"tags": ["a", "b"], "pid": 7, "a.b": "text"}"#);
        let pairs = [("a.b", r#""text""#), ("pid", "7"), ("tags", r#"["a","b"]"#)];
        assert_eq!(
            info.pairs(),
            pairs.map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
        assert_eq!(info.get("pid").as_deref(), Some("7"));
        assert_eq!(info.get("nothing"), None);
    }

    #[test]
    fn equal_content_is_kept_once_and_what_is_remembered_has_a_bound() {
        let mut shared = SharedInfos::default();
        let first = shared.share(info(r#"{"overall":"up"}"#));
        let second = shared.share(info(r#"{ "overall": "up" }"#));
        assert!(Arc::ptr_eq(
            first.0.as_ref().unwrap(),
            second.0.as_ref().unwrap()
        ));
        for number in 0..3 * MOST_SHARED {
            let told = info(&format!(r#"{{"number":{number}}}"#));
            assert_eq!(shared.share(told.clone()), told);
            assert!(shared.0.len() <= MOST_SHARED);
        }
    }

    #[test]
    fn nothing_is_an_empty_object() {
        let info = info("{}");
        assert!(info.is_empty());
        assert_eq!((info.as_json(), info.pairs()), ("{}", Vec::new()));
    }
}
