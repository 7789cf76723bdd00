//! The table of keys: what each is called, what it holds, and which one a misspelled one meant.

use camino::Utf8Path;
use toml_edit::{Array, Item, value};

use super::KEYS;
use super::setting::{Setting, Wrong};

/// One key of the configuration.
#[derive(Debug)]
pub struct Key {
    /// `cluster.dns`
    pub name: &'static str,
    /// The variable that stands for it.
    pub variable: Option<&'static str>,
    /// A value, as it is written in the file: the default where there is a fixed one.
    pub example: &'static str,
    /// What it is for, a line for each of the source's.
    pub documentation: &'static str,
    /// How its value is written.
    pub shape: Shape,
    /// Reads a value of it, for the sake of what is wrong with it.
    pub check: fn(&Item, Option<&Utf8Path>) -> Result<(), Wrong>,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One text.
    Text,
    /// One number.
    Number,
    /// Texts, in order. As one text they stand apart by blanks or commas.
    List,
    /// Addresses, in order, of which one may stand alone. As one text they stand apart by blanks: a comma, or a blank
    /// before anything but an address, is part of one.
    Addresses,
    /// Tables, in order.
    Tables,
}

impl Shape {
    /// The item of a file that says the same as `text` on a command line or in the environment.
    #[must_use]
    pub fn item(self, text: &str) -> Item {
        match self {
            Self::Text => value(text),
            Self::Number => text.parse::<i64>().map_or_else(
                |_| text.parse::<f64>().map_or_else(|_| value(text), value),
                value,
            ),
            Self::Addresses => match *addresses(text) {
                [one] => value(one),
                ref several => value(several.iter().copied().collect::<Array>()),
            },
            Self::List | Self::Tables => value(words(text).collect::<Array>()),
        }
    }

    /// The texts of a list that is written as one.
    #[must_use]
    pub fn split(self, text: &str) -> Vec<&str> {
        match self {
            Self::Text | Self::Number => vec![text],
            Self::Addresses => addresses(text),
            Self::List | Self::Tables => words(text).collect(),
        }
    }
}

/// The texts of a list that is written as one.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| letter.is_whitespace() || letter == ',')
        .filter(|word| !word.is_empty())
}

/// The addresses of a list that is written as one: each begins with a word before a colon.
fn addresses(text: &str) -> Vec<&str> {
    let is_address = |text: &str| {
        text.split_once(':').is_some_and(|(scheme, _)| {
            !scheme.is_empty() && scheme.bytes().all(|letter| letter.is_ascii_lowercase())
        })
    };
    let mut rest = text.trim();
    let mut addresses = Vec::new();
    while !rest.is_empty() {
        let blanks = rest
            .char_indices()
            .filter(|(_, letter)| letter.is_whitespace());
        let mut ends = blanks.map(|(at, _)| at);
        let end = ends.find(|at| {
            rest.get(*at..)
                .is_some_and(|next| is_address(next.trim_start()))
        });
        let (address, next) = rest.split_at(end.unwrap_or(rest.len()));
        addresses.push(address.trim_end());
        rest = next.trim_start();
    }
    addresses
}

/// The key of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// A sentence about a name that is no key.
#[must_use]
pub fn unknown(name: &str) -> String {
    match nearest(name, KEYS.iter().map(|key| key.name)) {
        Some(known) => format!("there is no key `{name}`; did you mean `{known}`?"),
        None => format!("there is no key `{name}`; `zonesmith config show` lists them all"),
    }
}

/// The one of `known` that was probably meant by `name`, if any looks like it.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    /// Below it the words have little in common: `dns` and `nds` are alike at 0.67, `name` and `mode` at 0.5.
    const ALIKE: f64 = 0.6;
    known
        .map(|key| (likeness(name, key), key))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, key)| key)
}

/// How alike two keys are, 0 to 1. The right word in the wrong section (`dns` for `cluster.dns`) is nearly right.
fn likeness(name: &str, key: &str) -> f64 {
    let last = |text: &str| {
        text.rsplit('.')
            .next()
            .map(str::to_owned)
            .unwrap_or_default()
    };
    let whole = strsim::normalized_damerau_levenshtein(name, key);
    let leaf = strsim::normalized_damerau_levenshtein(&last(name), &last(key));
    whole.max(leaf * 0.8)
}

/// [`Key::check`] of a type.
pub(super) fn check<T: Setting>(item: &Item, base: Option<&Utf8Path>) -> Result<(), Wrong> {
    T::read(item, base).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_key_finds_the_one_that_was_meant() {
        for (written, meant) in [
            ("cluster.nds", Some("cluster.dns")),
            ("dns", Some("cluster.dns")),
            ("sockets.path", Some("socket.path")),
            ("state_dir", Some("state-dir")),
            ("polices", Some("policy")),
            ("limits.max-removal", Some("limits.max-removal-share")),
            ("colour", None),
        ] {
            assert_eq!(
                nearest(written, KEYS.iter().map(|key| key.name)),
                meant,
                "for {written}"
            );
        }
    }

    #[test]
    fn a_number_is_written_as_it_was_said() {
        for text in ["20", "0", "-1", "0.5", "1e-3"] {
            let item = Shape::Number.item(text);
            assert_eq!(item.to_string(), text.replace("1e-3", "0.001"), "{text}");
        }
        assert!(Shape::Number.item("many").is_str());
    }

    #[test]
    fn addresses_stand_apart_by_blanks() {
        for (text, split) in [
            ("", &[][..]),
            ("file:/a.json", &["file:/a.json"]),
            (" file:/my dir/a.json ", &["file:/my dir/a.json"]),
            (
                "file:/my dir/a.json  opensvc: etcd:http://a:2379,b:2379",
                &[
                    "file:/my dir/a.json",
                    "opensvc:",
                    "etcd:http://a:2379,b:2379",
                ],
            ),
        ] {
            assert_eq!(Shape::Addresses.split(text), split, "{text:?}");
        }
    }

    #[test]
    fn every_example_is_a_value_its_key_can_have() {
        for key in KEYS {
            let document = format!("example = {}", key.example)
                .parse::<toml_edit::DocumentMut>()
                .unwrap();
            let checked = (key.check)(&document["example"], None);
            assert!(
                checked.is_ok(),
                "{}: {}",
                key.name,
                checked.unwrap_err().message
            );
        }
    }
}
