//! What a deployment sets in the daemon's configuration, in the words of `zonesmith config set`, and how it is taken back.
//!
//! Comments and everything else in the file stay. What stood under a key is remembered as it was written.

use anyhow::Context as _;
use camino::Utf8Path;
use serde::{Deserialize, Serialize};
use toml_edit::{DocumentMut, Item, TableLike};

use crate::config::edit::Edit;
use crate::config::file::ConfigurationFile;
use crate::config::template::template;

/// The section of deployments.
const SECTION: &str = "deploy";

/// The section of lists of servers: others have theirs there, too.
const SERVERS: &str = "janitor.";

/// What stood in the configuration before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Before {
    /// Keys that were set, in the order in which that was done.
    pub keys: Vec<Key>,
    /// Sections that were not there.
    pub new_sections: Vec<String>,
    /// Whether there was no file.
    pub is_new: bool,
}

/// A key that was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// `deploy.port`
    pub name: String,
    /// What stood there, as TOML; nothing where it was not set.
    pub before: Option<String>,
    /// What was set.
    pub set: String,
}

/// The configuration with everything set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// All of the file.
    pub text: String,
    /// What stood there.
    pub before: Before,
}

/// Sets keys in `text`, the configuration at `path`, or in the template where there is none. `earlier`: what deployments before
/// this one have set.
///
/// # Errors
/// A value is none its key can have, or the configuration was wrong before.
pub fn set(
    path: &Utf8Path,
    text: Option<&str>,
    keys: &[(&'static str, String)],
    earlier: Option<&Before>,
) -> anyhow::Result<Edited> {
    let mut document: DocumentMut = match text {
        Some(text) => {
            // Whole, since what was wrong before would be taken for ours.
            ConfigurationFile::parse(path, text)?.check()?;
            text.parse().with_context(|| format!("read {path}"))?
        }
        None => template().parse().context("read the template")?,
    };
    let mut before = Before {
        is_new: text.is_none(),
        ..Before::default()
    };
    for (key, value) in keys {
        let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
        let table = table_of(&document, section);
        if table.is_none() && !before.new_sections.iter().any(|known| known == section) {
            before.new_sections.push(section.to_owned());
        }
        let stood = table.and_then(|table| table.get(name)).map(written);
        if key.starts_with(SERVERS) {
            let earlier = earlier.and_then(|earlier| earlier.key(key));
            add_server(&mut document, key, value, earlier)?;
        } else {
            format!("{key}={value}")
                .parse::<Edit>()?
                .apply(&mut document)?;
        }
        let set = table_of(&document, section).and_then(|table| table.get(name));
        before.keys.push(Key {
            name: (*key).to_owned(),
            before: stood,
            set: set.map(written).unwrap_or_default(),
        });
    }
    let text = document.to_string();
    ConfigurationFile::parse(path, &text)?.check()?;
    Ok(Edited { text, before })
}

/// Adds a server to a list. Those that somebody else named stay, and the one that an earlier deployment added goes.
fn add_server(
    document: &mut DocumentMut,
    key: &'static str,
    server: &str,
    earlier: Option<&Key>,
) -> anyhow::Result<()> {
    let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
    let now = table_of(document, section).and_then(|table| table.get(name));
    let servers = now.and_then(Item::as_array);
    let has_it = servers.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(server)));
    if let (Some(now), Some(earlier)) = (now, earlier)
        && !has_it
        && written(now) == earlier.set
    {
        let stood: DocumentMut = format!("it = {}\n", earlier.before.as_deref().unwrap_or("[]"))
            .parse()
            .context("read what stood in the configuration")?;
        let mut servers = stood.get("it").and_then(Item::as_array).cloned();
        let servers = servers.get_or_insert_default();
        servers.push(server);
        if let Some(table) = table_mut_of(document, section) {
            put(table, name, servers.to_string().trim())?;
        }
        return Ok(());
    }
    format!("{key}+={server}")
        .parse::<Edit>()?
        .apply(document)?;
    Ok(())
}

impl Before {
    fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// What stood there before all of this, where there is more than one deployment: `earlier` is the older.
    #[must_use]
    pub fn after(mut self, earlier: &Self) -> Self {
        let Self {
            mut keys,
            new_sections,
            is_new,
        } = earlier.clone();
        for known in &mut keys {
            if let Some(at) = self.keys.iter().position(|key| key.name == known.name) {
                known.set = self.keys.remove(at).set;
            }
        }
        self.new_sections
            .retain(|section| !new_sections.contains(section));
        Self {
            keys: keys.into_iter().chain(self.keys).collect(),
            new_sections: new_sections.into_iter().chain(self.new_sections).collect(),
            is_new,
        }
    }

    /// The configuration as it is without the deployment; nothing where the file was made by it and nobody wrote in it since.
    ///
    /// # Errors
    /// It is no TOML any more.
    pub fn restore(&self, path: &Utf8Path, text: &str) -> anyhow::Result<Option<String>> {
        let mut document: DocumentMut = text.parse().with_context(|| format!("read {path}"))?;
        for Key { name, before, set } in self.keys.iter().rev() {
            let (section, leaf) = name.rsplit_once('.').unwrap_or(("", name));
            let Some(table) = table_mut_of(&mut document, section) else {
                continue;
            };
            let is_ours = table.get(leaf).is_some_and(|item| written(item) == *set);
            match before {
                // What somebody else wrote since stays, where it means anything without the deployment.
                _ if !is_ours && section != SECTION => {}
                None => {
                    table.remove(leaf);
                }
                Some(stood) => put(table, leaf, stood)?,
            }
        }
        for section in &self.new_sections {
            if table_of(&document, section).is_some_and(TableLike::is_empty) {
                document.remove(section);
            }
        }
        let text = document.to_string();
        Ok(Some(text).filter(|text| !(self.is_new && *text == template())))
    }
}

/// As TOML, without what stands around it.
fn written(item: &Item) -> String {
    item.to_string().trim().to_owned()
}

fn put(table: &mut dyn TableLike, name: &str, stood: &str) -> anyhow::Result<()> {
    let read: DocumentMut = format!("it = {stood}\n")
        .parse()
        .context("read what stood in the configuration")?;
    let mut item = read.get("it").cloned().unwrap_or_default();
    let decor = table
        .get(name)
        .and_then(Item::as_value)
        .map(|value| value.decor().clone());
    if let (Some(decor), Some(value)) = (decor, item.as_value_mut()) {
        *value.decor_mut() = decor;
    }
    match table.get_mut(name) {
        Some(now) => *now = item,
        None => {
            table.insert(name, item);
        }
    }
    Ok(())
}

fn table_of<'a>(document: &'a DocumentMut, section: &str) -> Option<&'a dyn TableLike> {
    if section.is_empty() {
        return Some(document.as_table());
    }
    document.get(section).and_then(Item::as_table_like)
}

fn table_mut_of<'a>(document: &'a mut DocumentMut, section: &str) -> Option<&'a mut dyn TableLike> {
    if section.is_empty() {
        return Some(document.as_table_mut());
    }
    document.get_mut(section).and_then(Item::as_table_like_mut)
}

#[cfg(test)]
mod tests;
