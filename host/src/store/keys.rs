//! DNSSEC keys of zones, in the words of PowerDNS: the content is the private key's text, which we keep and never read.
//!
//! A number is given to one key and never again, also when the key is gone: PowerDNS keeps keys in its caches by number.

use redb::{ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};
use zonesmith_zone::name::Name;

use super::{ABOUT, Store, StoreError};

/// (Apex, number) → flags, active, published, content.
pub(super) const TABLE: TableDefinition<'_, (&str, u32), (u16, bool, bool, &str)> =
    TableDefinition::new("keys");

/// The number of the key that was added last, in [`ABOUT`].
pub(super) const LAST_ID_ROW: &str = "last key";

/// Numbers are `int` to PowerDNS.
const LARGEST_ID: u64 = 0x7fff_ffff;

/// A key that has no number yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// RFC 4034 §2.1.1: 256, or 257 for a key that signs keys.
    pub flags: u16,
    /// Does it sign?
    pub active: bool,
    /// Is its DNSKEY shown?
    pub published: bool,
    /// The private key as the text that BIND's tools write.
    pub content: String,
}

/// A key of a zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its number, over all zones.
    pub id: u32,
    /// What it is.
    #[serde(flatten)]
    pub key: NewKey,
}

impl Store {
    /// The keys of a zone, by number.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn keys(&self, zone: &Name) -> Result<Vec<Key>, StoreError> {
        let zone = zone.to_string();
        self.read(|transaction| {
            let table = transaction.open_table(TABLE)?;
            let mut keys = Vec::new();
            for row in table.range((zone.as_str(), 0)..=(zone.as_str(), u32::MAX))? {
                let (place, value) = row?;
                keys.push(key_of(place.value().1, value.value()));
            }
            Ok(keys)
        })
    }

    /// Adds a key and tells its number.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn add_key(&self, zone: &Name, key: &NewKey) -> Result<u32, StoreError> {
        let zone = zone.to_string();
        let added = self.write(|transaction| {
            let mut about = transaction.open_table(ABOUT)?;
            let last = about.get(LAST_ID_ROW)?.map_or(0, |row| row.value());
            let Some(id) = Some(last + 1)
                .filter(|id| *id <= LARGEST_ID)
                .and_then(|id| u32::try_from(id).ok())
            else {
                return Ok(None);
            };
            about.insert(LAST_ID_ROW, u64::from(id))?;
            let mut table = transaction.open_table(TABLE)?;
            table.insert((zone.as_str(), id), value_of(key))?;
            Ok(Some(id))
        })?;
        added.ok_or_else(|| StoreError::Refused("there is no number left for a key".to_owned()))
    }

    /// Removes a key; tells whether there was one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn remove_key(&self, zone: &Name, id: u32) -> Result<bool, StoreError> {
        let zone = zone.to_string();
        self.write(|transaction| {
            let mut table = transaction.open_table(TABLE)?;
            let was_there = table.remove((zone.as_str(), id))?.is_some();
            Ok(was_there)
        })
    }

    /// Lets a key sign, or not; tells whether there is one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set_key_active(&self, zone: &Name, id: u32, active: bool) -> Result<bool, StoreError> {
        self.change_key(zone, id, |key| key.active = active)
    }

    /// Shows a key's DNSKEY, or not; tells whether there is one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set_key_published(
        &self,
        zone: &Name,
        id: u32,
        published: bool,
    ) -> Result<bool, StoreError> {
        self.change_key(zone, id, |key| key.published = published)
    }

    fn change_key(
        &self,
        zone: &Name,
        id: u32,
        change: impl FnOnce(&mut NewKey),
    ) -> Result<bool, StoreError> {
        let zone = zone.to_string();
        self.write(|transaction| {
            let mut table = transaction.open_table(TABLE)?;
            let found = table
                .get((zone.as_str(), id))?
                .map(|row| key_of(id, row.value()).key);
            let Some(mut key) = found else {
                return Ok(false);
            };
            change(&mut key);
            table.insert((zone.as_str(), id), value_of(&key))?;
            Ok(true)
        })
    }
}

/// A row as a key.
pub(super) fn key_of(id: u32, (flags, active, published, content): (u16, bool, bool, &str)) -> Key {
    Key {
        id,
        key: NewKey {
            flags,
            active,
            published,
            content: content.to_owned(),
        },
    }
}

/// A key as a row.
pub(super) fn value_of(key: &NewKey) -> (u16, bool, bool, &str) {
    let NewKey {
        flags,
        active,
        published,
        content,
    } = key;
    (*flags, *active, *published, content)
}
