//! One master file of a site, as `[[zones]]` says it. Reading the file is `master_file`'s: it is followed.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;
use toml_edit::{Item, TableLike};
use zonesmith_zone::name::Name;

use super::key::{Shape, nearest};
use super::setting::{Setting, Wrong, absolute};

/// A master file, and the zone it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneEntry {
    /// The name at the top of the zone.
    pub apex: Name,
    /// The file, which is followed.
    pub file: Utf8PathBuf,
    /// Whether its records join a zone that is served anyway; else it is a zone of its own.
    pub merge: bool,
}

impl ZoneEntry {
    fn read(table: &dyn TableLike, base: Option<&Utf8Path>) -> Result<Self, Wrong> {
        const KEYS: [&str; 3] = ["apex", "file", "merge"];
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
        let text = |key: &str, wanted: &str| match table.get(key) {
            None => Err(Wrong::new(format!("needs {wanted} under `{key}`"))),
            Some(item) => match item.as_str() {
                Some(text) if !text.is_empty() => Ok((text, item)),
                _ => Err(Wrong::needs(wanted, item)),
            },
        };
        let (apex, item) = text("apex", "the name at the top of the zone")?;
        let apex = Name::parse(apex).map_err(|error| Wrong {
            message: format!("cannot have the apex `{apex}`: {error}"),
            at: item.span(),
        })?;
        let (file, _) = text("file", "the path of a master file")?;
        let merge = match table.get("merge") {
            None => false,
            Some(item) => item
                .as_bool()
                .ok_or_else(|| Wrong::needs("`merge = true` or `merge = false`", item))?,
        };
        Ok(Self {
            apex,
            file: absolute(file, base),
            merge,
        })
    }
}

impl Setting for Vec<ZoneEntry> {
    const SHAPE: Shape = Shape::Tables;

    fn read(item: &Item, base: Option<&Utf8Path>) -> Result<Self, Wrong> {
        const WANTED: &str = "tables: `[[zones]]`, then `apex = \"…\"` and `file = \"…\"`";
        let mut tables: Vec<(&dyn TableLike, Option<std::ops::Range<usize>>)> = Vec::new();
        if let Some(list) = item.as_array_of_tables() {
            tables.extend(
                list.iter()
                    .map(|table| (table as &dyn TableLike, table.span())),
            );
        } else if let Some(array) = item.as_array() {
            for value in array {
                let Some(table) = value.as_inline_table() else {
                    return Err(Wrong::needs(WANTED, &Item::Value(value.clone())));
                };
                tables.push((table, value.span()));
            }
        } else {
            return Err(Wrong::needs(WANTED, item));
        }
        let mut entries = Self::new();
        for (table, span) in tables {
            let at_table = |wrong: Wrong| Wrong {
                at: wrong.at.or_else(|| span.clone()),
                ..wrong
            };
            let entry = ZoneEntry::read(table, base).map_err(at_table)?;
            if let Some(message) = repeated(&entries, &entry) {
                return Err(at_table(Wrong::new(message)));
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    fn show(&self) -> serde_json::Value {
        if self.is_empty() {
            return serde_json::Value::Null;
        }
        self.iter()
            .map(|ZoneEntry { apex, file, merge }| {
                json!({ "apex": apex.to_string(), "file": file, "merge": merge })
            })
            .collect()
    }
}

/// What is said twice, if so. Several files may join one zone, but only one can be it.
fn repeated(earlier: &[ZoneEntry], entry: &ZoneEntry) -> Option<String> {
    let mut of_apex = earlier.iter().filter(|other| other.apex == entry.apex);
    let apex = &entry.apex;
    if !entry.merge && of_apex.clone().any(|other| !other.merge) {
        return Some(format!(
            "lists the zone {apex} twice; `merge = true` adds the records of a second file to it"
        ));
    }
    of_apex
        .any(|other| other.file == entry.file)
        .then(|| format!("lists {} for {apex} twice", entry.file))
}
