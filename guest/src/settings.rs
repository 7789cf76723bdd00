//! The settings of a policy as a type of its own, read from the JSON text that `configure` is given.
//!
//! A person wrote them, so an error says where it is, what is there, and for a key nobody knows which one was probably
//! meant: `settings.ttl: there is no "adress" here, the nearest is "address"`. `serde_json` alone says line and column, and of an
//! unknown key lists all the others; so the text becomes a tree first, and the deserializer of that tree walks it and
//! remembers its way.

mod tree;
mod values;

use serde::de::{DeserializeOwned, Expected, Unexpected};

use tree::Tree;
pub use values::{Apex, Contact, Kinds, Seconds};

/// Reads settings as `T`: derive `Deserialize` with `#[serde(default, deny_unknown_fields)]`, so that every setting has a
/// default and every mistake is told. An empty text is `{}`.
///
/// ```
/// use zonesmith_policy::settings;
///
/// #[derive(serde::Deserialize, Debug, Default, PartialEq)]
/// #[serde(default, deny_unknown_fields)]
/// struct Settings {
///     ttl: u32,
/// }
///
/// assert_eq!(settings::read(r#"{ "ttl": 60 }"#), Ok(Settings { ttl: 60 }));
/// assert_eq!(settings::read("{}"), Ok(Settings::default()));
/// let error = settings::read::<Settings>(r#"{ "tll": 60 }"#).unwrap_err();
/// assert_eq!(error.to_string(), r#"settings: there is no "tll" here, the nearest is "ttl""#);
/// ```
///
/// # Errors
///
/// A sentence for the person who wrote the settings. It turns into the `String` that `configure` returns.
pub fn read<T: DeserializeOwned>(settings: &str) -> Result<T, SettingsError> {
    let settings = if settings.trim_ascii().is_empty() {
        "{}"
    } else {
        settings
    };
    read_named("settings", settings)
}

/// Reads the JSON text that is called `name` in what is said of mistakes in it.
pub(crate) fn read_named<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, SettingsError> {
    let tree: Result<Tree, _> = serde_json::from_str(text);
    let value = match tree {
        Ok(tree) => T::deserialize(tree),
        Err(error) => Err(serde::de::Error::custom(format_args!(
            "this is not JSON: {error}"
        ))),
    };
    value.map_err(|error| error.at(name))
}

/// What is wrong with settings, or with a key of an [`Info`](crate::cluster::Info), and where.
///
/// ```
/// # use zonesmith_policy::settings;
/// let error = settings::read::<Vec<u16>>("[1, -1]").unwrap_err();
/// assert!(String::from(error).starts_with("settings.1: this is -1, it must be "));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// Keys and indexes, the innermost first; last what the whole is called.
    path: Vec<String>,
    message: String,
}

impl SettingsError {
    /// The same, of what stands at `step` of a larger thing.
    fn at(mut self, step: impl Into<String>) -> Self {
        self.path.push(step.into());
        self
    }
}

impl std::fmt::Display for SettingsError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (before, step) in self.path.iter().rev().enumerate() {
            formatter.write_str(if before == 0 { "" } else { "." })?;
            formatter.write_str(step)?;
        }
        formatter.write_str(": ")?;
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for SettingsError {}

impl From<SettingsError> for String {
    fn from(error: SettingsError) -> Self {
        error.to_string()
    }
}

impl serde::de::Error for SettingsError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self {
            path: Vec::new(),
            message: message.to_string(),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all that JSON has beside the arms above is an object"
    )]
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        // Not serde's own words: they bring the printing of floating-point numbers, 16 kB of a component.
        match found {
            Unexpected::Bool(value) => {
                Self::custom(format_args!("this is {value}, it must be {expected}"))
            }
            Unexpected::Unsigned(value) => {
                Self::custom(format_args!("this is {value}, it must be {expected}"))
            }
            Unexpected::Signed(value) => {
                Self::custom(format_args!("this is {value}, it must be {expected}"))
            }
            Unexpected::Str(value) => {
                Self::custom(format_args!("this is \"{value}\", it must be {expected}"))
            }
            Unexpected::Float(_) => {
                Self::custom(format_args!("this is a fraction, it must be {expected}"))
            }
            Unexpected::Unit => Self::custom(format_args!("this is null, it must be {expected}")),
            Unexpected::Seq => {
                Self::custom(format_args!("this is an array, it must be {expected}"))
            }
            _ => Self::custom(format_args!("this is an object, it must be {expected}")),
        }
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::custom(format_args!("\"{field}\" is missing here"))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let message = match nearest(field, expected) {
            Some(nearest) => {
                format!("there is no \"{field}\" here, the nearest is \"{nearest}\"")
            }
            None => format!("there is no \"{field}\" here, nor anything else"),
        };
        Self::custom(message)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let choices = expected.join("\", \"");
        Self::custom(format_args!(
            "this is \"{variant}\", it must be one of \"{choices}\""
        ))
    }
}

/// The known key that takes the fewest edits to get to from `key`, the first of several.
fn nearest<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .copied()
        .min_by_key(|other| distance(key, other))
}

/// How many characters must be put in, taken out or replaced to make one of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    // `row[i]` is the distance between what was seen of `one` and the first `i` characters of `other`.
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (seen, left) in one.chars().enumerate() {
        let mut diagonal = seen;
        let mut before = seen + 1;
        let cells = row.iter_mut();
        for (cell, right) in cells.zip(std::iter::once(None).chain(other.chars().map(Some))) {
            let Some(right) = right else {
                *cell = before;
                continue;
            };
            let replaced = diagonal + usize::from(left != right);
            diagonal = *cell;
            before = replaced.min(before + 1).min(*cell + 1);
            *cell = before;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests;
