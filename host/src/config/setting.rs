//! How a value of each type is read and shown. The words of every refusal are here: what was found, what is wanted.

mod source;

use std::fmt;
use std::net::IpAddr;
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde_json::json;
use toml_edit::Item;

use super::key::Shape;

/// A type that a key can have.
pub trait Setting: Sized {
    /// How it is written.
    const SHAPE: Shape;

    /// Reads what a file says, or a command line or variable in the file's words. `base` is the folder that a relative
    /// path of a file starts from.
    ///
    /// # Errors
    ///
    /// When it is no such value.
    fn read(item: &Item, base: Option<&Utf8Path>) -> Result<Self, Wrong>;

    /// The value for people and programs; null when not set.
    fn show(&self) -> serde_json::Value;
}

/// Why a value is refused.
#[derive(Debug)]
pub struct Wrong {
    /// The rest of a sentence that begins with the key.
    pub message: String,
    /// Where in the file, when nearer than the value itself.
    pub at: Option<Range<usize>>,
}

impl Wrong {
    /// About the value as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            at: None,
        }
    }

    /// "needs …, not …"
    pub(super) fn needs(wanted: &str, found: &Item) -> Self {
        let found_text = match found.as_str() {
            Some(text) => format!("\"{text}\""),
            None => found.to_string().trim().to_owned(),
        };
        Self {
            message: format!("needs {wanted}, not {found_text}"),
            at: found.span(),
        }
    }
}

impl<T: Setting> Setting for Option<T> {
    const SHAPE: Shape = T::SHAPE;

    fn read(item: &Item, base: Option<&Utf8Path>) -> Result<Self, Wrong> {
        T::read(item, base).map(Some)
    }

    fn show(&self) -> serde_json::Value {
        self.as_ref().map_or(serde_json::Value::Null, T::show)
    }
}

impl Setting for String {
    const SHAPE: Shape = Shape::Text;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        match item.as_str() {
            Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
            _ => Err(Wrong::needs("a text", item)),
        }
    }

    fn show(&self) -> serde_json::Value {
        json!(self)
    }
}

impl Setting for Utf8PathBuf {
    const SHAPE: Shape = Shape::Text;

    fn read(item: &Item, base: Option<&Utf8Path>) -> Result<Self, Wrong> {
        match item.as_str() {
            Some(text) if !text.is_empty() => Ok(absolute(text, base)),
            _ => Err(Wrong::needs("a path", item)),
        }
    }

    fn show(&self) -> serde_json::Value {
        json!(self)
    }
}

/// A path of a file is relative to that file; any other is relative to where the command runs.
pub(super) fn absolute(path: &str, base: Option<&Utf8Path>) -> Utf8PathBuf {
    base.map_or_else(|| Utf8PathBuf::from(path), |folder| folder.join(path))
}

impl Setting for Vec<IpAddr> {
    const SHAPE: Shape = Shape::List;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        const WANTED: &str = "a list of addresses such as [\"10.0.0.1\"]";
        let Some(array) = item.as_array() else {
            return Err(Wrong::needs(WANTED, item));
        };
        let mut addresses = Self::new();
        for value in array {
            let address = value
                .as_str()
                .and_then(|text| text.parse::<IpAddr>().ok())
                .ok_or_else(|| Wrong::needs("an IP address", &Item::Value(value.clone())))?;
            if addresses.contains(&address) {
                return Err(Wrong {
                    message: format!("lists {address} twice"),
                    at: value.span(),
                });
            }
            addresses.push(address);
        }
        Ok(addresses)
    }

    fn show(&self) -> serde_json::Value {
        json!(self)
    }
}

impl Setting for IpAddr {
    const SHAPE: Shape = Shape::Text;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        item.as_str()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Wrong::needs("an IP address", item))
    }

    fn show(&self) -> serde_json::Value {
        json!(self)
    }
}

/// The networks of `cluster.networks`: the source's own words, as a type of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Networks(pub Vec<zonesmith_cluster::Network>);

impl Setting for Networks {
    const SHAPE: Shape = Shape::Tables;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        let value = item
            .clone()
            .into_value()
            .map_err(|item| Wrong::needs("a list of tables", &item))?;
        let mut table = toml_edit::InlineTable::new();
        table.insert("networks", value);
        // The source's own reader: what a network is, and what is wrong with one, is said in one place.
        zonesmith_cluster::Override::deserialize(toml_edit::Value::from(table).into_deserializer())
            .map(|read| Self(read.networks.unwrap_or_default()))
            .map_err(|error| Wrong {
                message: error.message().to_owned(),
                at: error.span(),
            })
    }

    fn show(&self) -> serde_json::Value {
        serde_json::Value::Array(
            self.0
                .iter()
                .map(|network| json!({ "name": network.name, "cidr": network.prefix.to_string() }))
                .collect(),
        )
    }
}

/// The permissions of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode(pub u32);

impl Setting for Mode {
    const SHAPE: Shape = Shape::Text;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        let number = match (item.as_str(), item.as_integer()) {
            (Some(text), _) => u32::from_str_radix(text.trim_start_matches("0o"), 8).ok(),
            (None, Some(number)) => u32::try_from(number).ok(),
            (None, None) => None,
        };
        number
            .filter(|mode| *mode <= 0o777)
            .map(Self)
            .ok_or_else(|| Wrong::needs("octal permissions such as \"0660\"", item))
    }

    fn show(&self) -> serde_json::Value {
        json!(format!("{:04o}", self.0))
    }
}

/// A user or a group, as it was said: a name is looked up when the socket is made, since it may come to exist later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// By number.
    Number(u32),
    /// By name.
    Name(String),
}

impl fmt::Display for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Name(name) => formatter.write_str(name),
        }
    }
}

impl Setting for Account {
    const SHAPE: Shape = Shape::Text;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        let number = item.as_integer().map(|number| number.to_string());
        let text = item
            .as_str()
            .or(number.as_deref())
            .map(str::trim)
            .unwrap_or_default();
        match text.parse::<u32>() {
            Ok(number) => Ok(Self::Number(number)),
            Err(_) if !text.is_empty() && !text.starts_with('-') => Ok(Self::Name(text.to_owned())),
            Err(_) => Err(Wrong::needs("a name or a number", item)),
        }
    }

    fn show(&self) -> serde_json::Value {
        json!(self.to_string())
    }
}

/// A share of a whole, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share(pub f64);

impl Setting for Share {
    const SHAPE: Shape = Shape::Number;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        item.as_float()
            .or_else(|| {
                item.as_integer().map(|number| {
                    if number == 0 {
                        0.0
                    } else if number == 1 {
                        1.0
                    } else {
                        f64::NAN
                    }
                })
            })
            .filter(|share| (0.0..=1.0).contains(share))
            .map(Self)
            .ok_or_else(|| Wrong::needs("a number from 0 to 1", item))
    }

    fn show(&self) -> serde_json::Value {
        json!(self.0)
    }
}

/// A number of whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seconds(pub u32);

impl Setting for Seconds {
    const SHAPE: Shape = Shape::Number;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        // 20.0 is one, too.
        let text = match (item.as_integer(), item.as_float()) {
            (Some(number), _) => number.to_string(),
            (None, Some(number)) => number.to_string(),
            (None, None) => String::new(),
        };
        text.parse()
            .map(Self)
            .map_err(|_| Wrong::needs("a number of whole seconds", item))
    }

    fn show(&self) -> serde_json::Value {
        json!(self.0)
    }
}

/// What is logged: a filter that was parsed once, so that a typo is refused at start and not swallowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level(String);

impl Level {
    /// The filter's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Level {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

impl Setting for Level {
    const SHAPE: Shape = Shape::Text;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        const WANTED: &str = "a level (error, warn, info, debug, trace) or a filter such as \"info,zonesmith::policy=debug\"";
        let text = String::read(item, None).map_err(|_| Wrong::needs(WANTED, item))?;
        match tracing_subscriber::EnvFilter::try_new(&text) {
            Ok(_) => Ok(Self(text)),
            Err(_) => Err(Wrong::needs(WANTED, item)),
        }
    }

    fn show(&self) -> serde_json::Value {
        json!(self.0)
    }
}

/// How it is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Setting for LogFormat {
    const SHAPE: Shape = Shape::Text;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        match item.as_str() {
            Some("text") => Ok(Self::Text),
            Some("json") => Ok(Self::Json),
            _ => Err(Wrong::needs("`text` or `json`", item)),
        }
    }

    fn show(&self) -> serde_json::Value {
        json!(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}
