//! One place of the policy stack, as `--policy` or `[[policy]]` says it. Reading files is the loader's: it looks again.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde_json::json;
use toml_edit::{ArrayOfTables, Item, TableLike, Value};

use super::key::{Shape, nearest};
use super::setting::{Setting, Wrong, absolute};
use crate::digest::Digest;

/// The word that stands for the policy in the binary. A file of that name is `./default`.
const EMBEDDED: &str = "default";

/// A policy and its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyEntry {
    /// The component.
    pub file: PolicyFile,
    /// What it is told.
    pub settings: PolicySettings,
    /// The digest of the only component that may stand here.
    pub digest: Option<Digest>,
}

/// Where a component is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyFile {
    /// In the binary.
    Embedded,
    /// In a file, which is followed.
    Path(Utf8PathBuf),
}

/// Where settings are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicySettings {
    /// In a file that need not exist: without it the policy gets none.
    Beside(Utf8PathBuf),
    /// In a file that must exist.
    File(Utf8PathBuf),
    /// In the configuration, as JSON text.
    Inline(String),
    /// Nowhere: the embedded policy as it comes.
    None,
}

/// The built-in policy, as it comes.
impl Default for PolicyEntry {
    fn default() -> Self {
        Self {
            file: PolicyFile::Embedded,
            settings: PolicySettings::None,
            digest: None,
        }
    }
}

impl PolicyEntry {
    /// A policy with the settings beside it, as `--policy` names it.
    #[must_use]
    pub fn of(file: &str, base: Option<&Utf8Path>) -> Self {
        if file == EMBEDDED {
            return Self::default();
        }
        let path = absolute(file, base);
        let settings = PolicySettings::Beside(path.with_extension("settings.json"));
        Self {
            file: PolicyFile::Path(path),
            settings,
            digest: None,
        }
    }

    /// How messages name it.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.file {
            PolicyFile::Embedded => EMBEDDED,
            PolicyFile::Path(path) => path.as_str(),
        }
    }

    fn read_table(table: &dyn TableLike, base: Option<&Utf8Path>) -> Result<Self, Wrong> {
        const KEYS: [&str; 3] = ["file", "settings", "digest"];
        for (key, _) in table.iter() {
            if !KEYS.contains(&key) {
                let meant = nearest(key, KEYS.into_iter()).unwrap_or("file");
                let at = table.key(key).and_then(toml_edit::Key::span);
                return Err(Wrong {
                    message: format!("has no key `{key}`; did you mean `{meant}`?"),
                    at,
                });
            }
        }
        let Some(file) = table.get("file") else {
            return Err(Wrong::new("needs a `file`: a component, or `default`"));
        };
        let Some(file) = file.as_str().filter(|text| !text.is_empty()) else {
            return Err(Wrong::needs("a path, or `default`", file));
        };
        let mut entry = Self::of(file, base);
        if let Some(settings) = table.get("settings") {
            entry.settings = PolicySettings::read(settings, base)?;
        }
        if let Some(digest) = table.get("digest") {
            let parsed = digest.as_str().and_then(|text| text.parse().ok());
            entry.digest = Some(parsed.ok_or_else(|| {
                Wrong::needs("`sha256:` and 64 hexadecimal digits as `digest`", digest)
            })?);
        }
        Ok(entry)
    }
}

impl PolicySettings {
    fn read(item: &Item, base: Option<&Utf8Path>) -> Result<Self, Wrong> {
        if let Some(path) = item.as_str() {
            return Ok(Self::File(absolute(path, base)));
        }
        if !item.is_table_like() {
            return Err(Wrong::needs(
                "a table, or the path of a JSON file, as settings",
                item,
            ));
        }
        let value = item
            .clone()
            .into_value()
            .map_err(|item| Wrong::needs("a table as settings", &item))?;
        serde_json::Value::deserialize(value.into_deserializer())
            .map(|settings| Self::Inline(settings.to_string()))
            .map_err(|error| Wrong {
                message: error.message().to_owned(),
                at: error.span(),
            })
    }
}

impl Setting for Vec<PolicyEntry> {
    const SHAPE: Shape = Shape::Tables;

    fn read(item: &Item, base: Option<&Utf8Path>) -> Result<Self, Wrong> {
        let entries = if let Some(tables) = item.as_array_of_tables() {
            of_tables(tables, base)?
        } else if let Some(array) = item.as_array() {
            array
                .iter()
                .map(|value| of_value(value, base))
                .collect::<Result<Self, Wrong>>()?
        } else {
            return Err(Wrong::needs(
                "tables: `[[policy]]`, then `file = \"…\"`",
                item,
            ));
        };
        for (place, entry) in entries.iter().enumerate() {
            if entries
                .iter()
                .take(place)
                .any(|earlier| earlier.file == entry.file)
            {
                return Err(Wrong::new(format!("lists {} twice", entry.name())));
            }
        }
        if entries.is_empty() {
            return Err(Wrong::new(
                "lists no policy; leave the key out for the built-in one",
            ));
        }
        Ok(entries)
    }

    fn show(&self) -> serde_json::Value {
        self.iter()
            .map(|entry| {
                let mut shown = serde_json::Map::new();
                let mut show = |key: &str, value| shown.insert(key.to_owned(), value);
                show("file", json!(entry.name()));
                match &entry.settings {
                    PolicySettings::Beside(_) | PolicySettings::None => {}
                    PolicySettings::File(path) => {
                        show("settings", json!(path));
                    }
                    PolicySettings::Inline(text) => {
                        show("settings", serde_json::from_str(text).unwrap_or_default());
                    }
                }
                if let Some(digest) = entry.digest {
                    show("digest", json!(digest));
                }
                serde_json::Value::Object(shown)
            })
            .collect()
    }
}

fn of_tables(tables: &ArrayOfTables, base: Option<&Utf8Path>) -> Result<Vec<PolicyEntry>, Wrong> {
    tables
        .iter()
        .map(|table| {
            PolicyEntry::read_table(table, base).map_err(|wrong| Wrong {
                at: wrong.at.or_else(|| table.span()),
                ..wrong
            })
        })
        .collect()
}

/// Of a list in one line: a table, or the file alone.
fn of_value(value: &Value, base: Option<&Utf8Path>) -> Result<PolicyEntry, Wrong> {
    if let Some(file) = value.as_str() {
        return Ok(PolicyEntry::of(file, base));
    }
    let Some(table) = value.as_inline_table() else {
        return Err(Wrong::needs("a table", &Item::Value(value.clone())));
    };
    PolicyEntry::read_table(table, base)
}
