//! What a source says of a thing that has no field of its own: the way the contract grows.
//!
//! Kept as the JSON text that the host hands over, and looked through only when a policy asks: most policies never do, and
//! a service has one of these for each of its resources. The host writes it without white space, so that finding a key is
//! going from comma to comma; a parser for it would be larger than many a policy.

use std::fmt;
use std::str::FromStr;

use serde::de::DeserializeOwned;

use crate::settings::{SettingsError, read_named};

/// A JSON object: what the source says of a thing beyond the fields it has here, and of a resource all of the agent's own
/// `info`. Expect new keys at any time.
///
/// ```
/// # use zonesmith_policy::cluster::Info;
/// let info: Info = r#"{ "type": "ip.cni", "tags": ["a", "b"], "monitor": true }"#.parse().unwrap();
/// assert_eq!(info.text("type").as_deref(), Some("ip.cni"));
/// assert_eq!(info.read("tags"), Ok(Some(vec!["a".to_owned(), "b".to_owned()])));
/// assert!(info.flag("monitor"));
/// assert_eq!(info.get("tags"), Some(r#"["a","b"]"#));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Info(
    /// Invariant: an object without white space between its parts, keys sorted; or nothing at all.
    String,
);

impl Info {
    /// Whether there is nothing in it.
    ///
    /// ```
    /// # use zonesmith_policy::cluster::Info;
    /// assert!(Info::default().is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The whole as one JSON text, an object, its keys sorted.
    ///
    /// ```
    /// # use zonesmith_policy::cluster::Info;
    /// let info: Info = r#"{ "b": 1.5, "a": null }"#.parse().unwrap();
    /// assert_eq!(info.as_json(), r#"{"a":null,"b":1.5}"#);
    /// assert_eq!(Info::default().as_json(), "{}");
    /// ```
    #[must_use]
    pub const fn as_json(&self) -> &str {
        if self.0.is_empty() {
            "{}"
        } else {
            self.0.as_str()
        }
    }

    /// The value of `key` as a JSON text: `true`, `"n1"`, `["80/tcp"]`.
    ///
    /// ```
    /// # use zonesmith_policy::cluster::Info;
    /// let info: Info = r#"{"pid": 7, "node": "n1"}"#.parse().unwrap();
    /// assert_eq!(info.get("pid"), Some("7"));
    /// assert_eq!(info.get("node"), Some(r#""n1""#));
    /// assert_eq!(info.get("tags"), None);
    /// ```
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        // Most keys are asked of things that do not have them.
        if self.0.is_empty() || !may_have(&self.0, key) {
            return None;
        }
        Entries(&self.0)
            .find(|(written, _)| is_written(key, written))
            .map(|(_, value)| value)
    }

    /// The value of `key`, where that is a JSON string.
    ///
    /// ```
    /// # use zonesmith_policy::cluster::Info;
    /// let info: Info = r#"{"node": "n1", "pid": 7}"#.parse().unwrap();
    /// assert_eq!(info.text("node").as_deref(), Some("n1"));
    /// assert_eq!(info.text("pid"), None);
    /// ```
    #[must_use]
    pub fn text(&self, key: &str) -> Option<String> {
        let value = self.get(key)?;
        let within = value.strip_prefix('"')?.strip_suffix('"')?;
        if within.contains('\\') {
            return read_named(key, value).ok();
        }
        Some(within.to_owned())
    }

    /// Whether the value of `key` is `true`.
    ///
    /// ```
    /// # use zonesmith_policy::cluster::Info;
    /// let info: Info = r#"{"scaler_slave": true, "frozen": "yes"}"#.parse().unwrap();
    /// assert!(info.flag("scaler_slave"));
    /// assert!(!info.flag("frozen") && !info.flag("standby"));
    /// ```
    #[must_use]
    pub fn flag(&self, key: &str) -> bool {
        self.get(key) == Some("true")
    }

    /// The value of `key` as a type of yours; none when there is no such key, or it is `null`.
    ///
    /// ```
    /// # use zonesmith_policy::cluster::Info;
    /// #[derive(serde::Deserialize, Debug, PartialEq)]
    /// struct Location { rack: u16 }
    ///
    /// let info: Info = r#"{"location": {"rack": 12, "row": "b"}, "port": "http"}"#.parse().unwrap();
    /// assert_eq!(info.read("location"), Ok(Some(Location { rack: 12 })));
    /// assert_eq!(info.read::<u16>("ttl"), Ok(None));
    /// let error = info.read::<u16>("port").unwrap_err();
    /// assert_eq!(error.to_string(), "port: this is \"http\", it must be u16");
    /// ```
    ///
    /// # Errors
    ///
    /// A sentence for the owner of what this is said of, to become a [`Diagnostic`](crate::Diagnostic).
    pub fn read<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, SettingsError> {
        match self.get(key) {
            Some(value) => read_named(key, value),
            None => Ok(None),
        }
    }

    /// The text as the host wrote it.
    pub(crate) fn from_host(text: String) -> Self {
        Self(if text == "{}" { String::new() } else { text })
    }
}

impl fmt::Debug for Info {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_json())
    }
}

/// For tests: what a policy is given comes from the host.
impl FromStr for Info {
    type Err = NotAnObject;

    fn from_str(text: &str) -> Result<Self, NotAnObject> {
        // Invariant: this map has its keys sorted, and writes no white space.
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(text).map_err(|error| NotAnObject(error.to_string()))?;
        Ok(Self::from_host(
            serde_json::Value::Object(object).to_string(),
        ))
    }
}

/// A text that is no JSON object, so no [`Info`].
///
/// ```
/// # use zonesmith_policy::cluster::Info;
/// let error = "[]".parse::<Info>().unwrap_err();
/// assert!(error.to_string().starts_with("this is no JSON object: "));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnObject(String);

impl fmt::Display for NotAnObject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "this is no JSON object: {}", self.0)
    }
}

impl std::error::Error for NotAnObject {}

/// Whether `key` stands between two quotes somewhere in `text`, or is written with escapes if it does.
fn may_have(text: &str, key: &str) -> bool {
    let is_plain = |octet: u8| octet >= b' ' && octet != b'"' && octet != b'\\';
    let mut pieces = text.as_bytes().split(|octet| *octet == b'"');
    !key.bytes().all(is_plain) || pieces.any(|piece| piece == key.as_bytes())
}

/// Whether `key` is what `written` stands for, the inside of a JSON string.
fn is_written(key: &str, written: &str) -> bool {
    if !written.contains('\\') {
        return key == written;
    }
    let text = ["\"", written, "\""].concat();
    read_named::<String>(key, &text).is_ok_and(|decoded| decoded == key)
}

/// The keys of an object as they are written, without their quotes, each with its value as a JSON text.
struct Entries<'a>(&'a str);

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.strip_prefix(['{', ','])?.strip_prefix('"')?;
        let (key, rest) = rest.split_at_checked(end_of_string(rest)?)?;
        let rest = rest.strip_prefix("\":")?;
        let (value, rest) = rest.split_at_checked(end_of_value(rest)?)?;
        self.0 = rest;
        Some((key, value))
    }
}

/// Where the quote is that ends the string whose inside `text` begins with.
fn end_of_string(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|octet| {
        let is_end = octet == b'"' && !is_escaped;
        is_escaped = octet == b'\\' && !is_escaped;
        is_end
    })
}

/// Where the comma or the brace is that ends the value `text` begins with.
fn end_of_value(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut is_string = false;
    let mut is_escaped = false;
    text.bytes().position(|octet| {
        if is_string {
            is_string = octet != b'"' || is_escaped;
            is_escaped = octet == b'\\' && !is_escaped;
            return false;
        }
        match octet {
            b'"' => is_string = true,
            b'{' | b'[' => depth += 1,
            b',' | b'}' if depth == 0 => return true,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::Info;

    const WIDE: &str = r#"{ "a": {"b": "}", "pid": 1}, "a\"b": [",", {"x": "\\"}], "\u0007": 7, "pid": 2, "ä": "\"\\,", "z": {} }"#;

    #[test]
    fn a_key_is_found_whatever_stands_before_it() {
        let info: Info = WIDE.parse().unwrap();
        for (key, value) in [
            ("a", Some(r#"{"b":"}","pid":1}"#)),
            ("a\"b", Some(r#"[",",{"x":"\\"}]"#)),
            ("\u{7}", Some("7")),
            ("pid", Some("2")),
            ("ä", Some(r#""\"\\,""#)),
            ("z", Some("{}")),
            ("b", None),
            ("x", None),
            ("", None),
            ("u0007", None),
        ] {
            assert_eq!(info.get(key), value, "{key}");
        }
        assert_eq!(info.text("ä").as_deref(), Some("\"\\,"));
    }

    #[test]
    fn equal_content_is_equal_whatever_its_order() {
        let one: Info = r#"{"b": 1, "a": [2, 3]}"#.parse().unwrap();
        let two: Info = r#"{ "a":[2,3], "b":1 }"#.parse().unwrap();
        assert_eq!(one, two);
        assert_eq!(format!("{one:?}"), r#"{"a":[2,3],"b":1}"#);
        assert_eq!("{ }".parse(), Ok(Info::default()));
        assert!("7".parse::<Info>().is_err());
    }

    #[test]
    fn nothing_has_no_key() {
        assert_eq!(Info::default().get("a"), None);
        assert_eq!(Info::from_host("{}".to_owned()), Info::default());
    }
}
