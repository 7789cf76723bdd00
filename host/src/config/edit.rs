//! Changes to the configuration file in the words of the cluster manager's users: `cluster.dns+=10.0.0.1`.
//!
//! The text around a change stays as it is, comments included. Nothing is written that could not be read again. A list
//! never holds a value twice: two nameservers of one address are one, so `+=` of what is there changes nothing.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use anyhow::{Context, bail};
use toml_edit::{Array, Decor, DocumentMut, Item, TableLike, Value, table};

use super::key::{self, Key, Shape};
use super::setting::Wrong;

/// One change: a key, what to do, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    key: String,
    operator: Operator,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    /// `=`
    Set,
    /// `+=`, and `|=`
    Add,
    /// `-=`
    Remove,
    /// `^=`: add what is missing, remove what is there.
    Toggle,
    /// `key[n]=`: at this place, from 0.
    Insert(usize),
}

impl FromStr for Edit {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((left, value)) = text.split_once('=') else {
            bail!("`{text}` sets nothing: write KEY=VALUE, or KEY+=VALUE to add to a list");
        };
        let (key, operator) = match left.char_indices().next_back() {
            Some((at, '+' | '|')) => (left.get(..at), Operator::Add),
            Some((at, '-')) => (left.get(..at), Operator::Remove),
            Some((at, '^')) => (left.get(..at), Operator::Toggle),
            Some((_, ']')) => {
                let (key, place) = left
                    .trim_end_matches(']')
                    .split_once('[')
                    .unwrap_or((left, ""));
                let place = place
                    .parse()
                    .with_context(|| format!("`{left}` needs a number between its brackets"))?;
                (Some(key), Operator::Insert(place))
            }
            Some(_) | None => (Some(left), Operator::Set),
        };
        Ok(Self {
            key: key.unwrap_or_default().trim().to_owned(),
            operator,
            text: value.trim().to_owned(),
        })
    }
}

/// What a change did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// The key.
    pub key: &'static str,
    /// As it stood in the file, if it did.
    pub before: Option<String>,
    /// As it stands there now.
    pub after: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |side: &Option<String>| match side.as_deref() {
            None => "(not set)".to_owned(),
            Some("") => "(empty)".to_owned(),
            Some(text) => text.to_owned(),
        };
        if self.before == self.after {
            return write!(formatter, "{}: {}, unchanged", self.key, shown(&self.after));
        }
        write!(
            formatter,
            "{}: {} → {}",
            self.key,
            shown(&self.before),
            shown(&self.after)
        )
    }
}

impl Edit {
    /// Does it to a document.
    ///
    /// # Errors
    ///
    /// When there is no such key, the operator does not fit it, or the value is none it can have.
    pub fn apply(&self, document: &mut DocumentMut) -> anyhow::Result<Change> {
        let Some(key) = key::find(&self.key) else {
            bail!(key::unknown(&self.key))
        };
        let (section, name) = key.name.rsplit_once('.').unwrap_or(("", key.name));
        let target: &mut dyn TableLike = if section.is_empty() {
            document.as_table_mut()
        } else {
            let item = document.entry(section).or_insert_with(table);
            item.as_table_like_mut()
                .with_context(|| format!("`{section}` is no section in this file"))?
        };
        let current = target.get(name);
        let next = match key.shape {
            Shape::Text | Shape::Number => self.scalar(key)?,
            Shape::List | Shape::Addresses => self.list(key, current),
            Shape::Tables => bail!(
                "`{}` is a list of tables: write it in the file by hand",
                key.name
            ),
        };
        (key.check)(&next, None)
            .map_err(|Wrong { message, .. }| anyhow::anyhow!("`{}` {message}", key.name))?;
        let change = Change {
            key: key.name,
            before: current.map(show),
            after: Some(show(&next)),
        };
        if change.before != change.after {
            put(target, name, next);
        }
        Ok(change)
    }

    fn scalar(&self, key: &Key) -> anyhow::Result<Item> {
        match self.operator {
            Operator::Set => Ok(key.shape.item(&self.text)),
            Operator::Add | Operator::Remove | Operator::Toggle | Operator::Insert(_) => {
                bail!("`{}` holds one value: write {0}=VALUE", key.name)
            }
        }
    }

    fn list(&self, key: &Key, current: Option<&Item>) -> Item {
        let one = current.and_then(Item::as_str);
        let mut array = current
            .and_then(Item::as_array)
            .cloned()
            .unwrap_or_else(|| one.into_iter().collect());
        let words = key.shape.split(&self.text);
        match self.operator {
            Operator::Set => {
                array.clear();
                words.into_iter().for_each(|word| add(&mut array, word));
            }
            Operator::Add => words.into_iter().for_each(|word| add(&mut array, word)),
            Operator::Remove => words.into_iter().for_each(|word| remove(&mut array, word)),
            Operator::Toggle => words
                .into_iter()
                .for_each(|word| match place_of(&array, word) {
                    Some(_) => remove(&mut array, word),
                    None => add(&mut array, word),
                }),
            Operator::Insert(place) => {
                for (offset, word) in words.into_iter().enumerate() {
                    remove(&mut array, word);
                    array.insert((place + offset).min(array.len()), word);
                }
            }
        }
        Item::Value(Value::Array(array))
    }
}

fn add(array: &mut Array, word: &str) {
    if place_of(array, word).is_none() {
        array.push(word);
    }
}

fn remove(array: &mut Array, word: &str) {
    if let Some(place) = place_of(array, word) {
        array.remove(place);
        // The second has become the first and needs no blank before it.
        if let Some(first) = array
            .get_mut(0)
            .filter(|first| first.decor().prefix().and_then(|raw| raw.as_str()) == Some(" "))
        {
            first.decor_mut().set_prefix("");
        }
    }
}

/// Addresses are the same however they are written.
fn place_of(array: &Array, word: &str) -> Option<usize> {
    let address = word.parse::<IpAddr>().ok();
    array
        .iter()
        .filter_map(Value::as_str)
        .position(|held| held == word || (address.is_some() && held.parse().ok() == address))
}

/// Puts a value where the old one was, with the comment behind it.
fn put(target: &mut dyn TableLike, name: &str, mut next: Item) {
    let decor: Option<Decor> = target
        .get(name)
        .and_then(Item::as_value)
        .map(|value| value.decor().clone());
    if let (Some(decor), Some(value)) = (decor, next.as_value_mut()) {
        *value.decor_mut() = decor;
    }
    match target.get_mut(name) {
        Some(item) => *item = next,
        None => {
            target.insert(name, next);
        }
    }
}

/// As it would be written on a command line.
fn show(item: &Item) -> String {
    if let Some(array) = item.as_array() {
        return array
            .iter()
            .map(|value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            })
            .collect::<Vec<_>>()
            .join(" ");
    }
    item.as_str()
        .map_or_else(|| item.to_string().trim().to_owned(), str::to_owned)
}

#[cfg(test)]
mod tests;
