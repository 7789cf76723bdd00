//! All that is kept, as one value: what `zonesmith state export` writes and `import` reads, and what `check` looks at.

use std::collections::{BTreeMap, BTreeSet};

use redb::{ReadableTable, WriteTransaction};
use serde::{Deserialize, Serialize};
use zonesmith_zone::name::Name;

use super::keys::{LAST_ID_ROW, key_of, value_of};
use super::policies::Policies;
use super::{
    ABOUT, Key, Store, StoreError, TsigKey, VERSION, keys, metadata, notified, serials, tsig,
};

/// Everything in the state. Names are absolute, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Content {
    /// Of the tables: what this Zonesmith writes.
    pub version: u64,
    /// Zone → the serial it had last.
    pub serials: BTreeMap<String, u32>,
    /// Zone → the serial that others were told of.
    pub notified: BTreeMap<String, u32>,
    /// The number of the key that was added last; it may be gone.
    pub last_key: u64,
    /// DNSSEC keys.
    pub keys: Vec<ZoneKey>,
    /// Zone → kind → values.
    pub metadata: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// TSIG keys by name.
    pub tsig: BTreeMap<String, Tsig>,
    /// Policies that were live, are pinned or run in the shadow. Left out where there are none, so that a Zonesmith without them
    /// can read the rest.
    #[serde(default, skip_serializing_if = "Policies::is_empty")]
    pub policies: Policies,
}

/// A DNSSEC key with its zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneKey {
    /// The zone.
    pub zone: String,
    /// The key.
    #[serde(flatten)]
    pub key: Key,
}

/// A TSIG key beside its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tsig {
    /// As PowerDNS says it: `hmac-sha256.`
    pub algorithm: String,
    /// The secret in base64.
    pub secret: String,
}

/// What an import does with a state that has something in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Import {
    /// It is refused.
    IntoEmpty,
    /// What was there goes.
    Replacing,
}

impl Content {
    /// What is wrong with it, a sentence each.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let Self {
            version,
            serials,
            notified,
            last_key,
            keys,
            metadata,
            tsig,
            policies,
        } = self;
        let mut problems = Vec::new();
        if *version != VERSION {
            problems.push(format!(
                "it has version {version}, this Zonesmith knows {VERSION}"
            ));
        }
        let zones = serials
            .keys()
            .map(|zone| ("serials", zone))
            .chain(notified.keys().map(|zone| ("notified", zone)))
            .chain(keys.iter().map(|key| ("keys", &key.zone)))
            .chain(metadata.keys().map(|zone| ("metadata", zone)));
        for (table, zone) in zones {
            if Name::parse(zone).map(|name| name.to_string()).as_ref() != Ok(zone) {
                problems.push(format!(
                    "{table}: {zone:?} is no absolute name in lower case"
                ));
            }
        }
        let mut numbers = BTreeSet::new();
        for ZoneKey { zone, key } in keys {
            let Key { id, key } = key;
            if !numbers.insert(*id) || u64::from(*id) > *last_key || *id == 0 {
                problems.push(format!(
                    "keys: {zone} has a key with number {id}, which another has or may get"
                ));
            }
            if !key.content.starts_with("Private-key-format:") {
                problems.push(format!("keys: key {id} of {zone} is no private key"));
            }
        }
        for (name, Tsig { algorithm, secret }) in tsig {
            match TsigKey::parse(name, algorithm, secret) {
                Ok(key) if key.name.to_string() == *name && key.algorithm == *algorithm => {}
                Ok(_) => problems.push(format!("tsig: {name} is not spelled as it is kept")),
                Err(error) => problems.push(format!("tsig: {name}: {error}")),
            }
        }
        problems.extend(policies.problems());
        problems
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            version: _,
            serials,
            notified,
            last_key,
            keys,
            metadata,
            tsig,
            policies,
        } = self;
        serials.is_empty()
            && notified.is_empty()
            && *last_key == 0
            && keys.is_empty()
            && metadata.is_empty()
            && tsig.is_empty()
            && policies.is_empty()
    }
}

impl Store {
    /// Everything, at one moment.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn export(&self) -> Result<Content, StoreError> {
        self.read(|transaction| {
            let about = transaction.open_table(ABOUT)?;
            let last_key = about.get(LAST_ID_ROW)?.map_or(0, |row| row.value());
            let mut content = Content {
                version: VERSION,
                serials: numbers(&transaction.open_table(serials::TABLE)?)?,
                notified: numbers(&transaction.open_table(notified::TABLE)?)?,
                last_key,
                keys: Vec::new(),
                metadata: BTreeMap::new(),
                tsig: BTreeMap::new(),
                policies: Policies::export(transaction)?,
            };
            for row in transaction.open_table(keys::TABLE)?.iter()? {
                let (place, value) = row?;
                let (zone, id) = place.value();
                content.keys.push(ZoneKey {
                    zone: zone.to_owned(),
                    key: key_of(id, value.value()),
                });
            }
            for row in transaction.open_table(metadata::TABLE)?.iter()? {
                let (place, values) = row?;
                let (zone, kind) = place.value();
                let kinds = content.metadata.entry(zone.to_owned()).or_default();
                kinds.insert(kind.to_owned(), metadata::owned(&values.value()));
            }
            for row in transaction.open_table(tsig::TABLE)?.iter()? {
                let (name, value) = row?;
                let (algorithm, secret) = value.value();
                let key = Tsig {
                    algorithm: algorithm.to_owned(),
                    secret: secret.to_owned(),
                };
                content.tsig.insert(name.value().to_owned(), key);
            }
            Ok(content)
        })
    }

    /// Keeps everything in `content`, and nothing else.
    ///
    /// # Errors
    /// There is something wrong with it, something in the way, or the file cannot be written: then nothing changed.
    pub fn import(&self, content: &Content, import: Import) -> Result<(), StoreError> {
        let problems = content.problems();
        if !problems.is_empty() {
            return Err(StoreError::Refused(problems.join("; ")));
        }
        if import == Import::IntoEmpty && !self.export()?.is_empty() {
            return Err(StoreError::Refused(format!(
                "{} has something in it already; --force replaces that",
                self.path()
            )));
        }
        self.write(|transaction| {
            transaction.delete_table(serials::TABLE)?;
            transaction.delete_table(notified::TABLE)?;
            transaction.delete_table(keys::TABLE)?;
            transaction.delete_table(metadata::TABLE)?;
            transaction.delete_table(tsig::TABLE)?;
            fill(transaction, content)
        })
    }
}

fn fill(transaction: &WriteTransaction, content: &Content) -> Result<(), redb::Error> {
    let Content {
        version: _,
        serials,
        notified,
        last_key,
        keys,
        metadata,
        tsig,
        policies,
    } = content;
    transaction
        .open_table(ABOUT)?
        .insert(LAST_ID_ROW, last_key)?;
    let mut table = transaction.open_table(serials::TABLE)?;
    for (zone, serial) in serials {
        table.insert(zone.as_str(), serial)?;
    }
    let mut table = transaction.open_table(notified::TABLE)?;
    for (zone, serial) in notified {
        table.insert(zone.as_str(), serial)?;
    }
    let mut table = transaction.open_table(keys::TABLE)?;
    for ZoneKey { zone, key } in keys {
        let Key { id, key } = key;
        table.insert((zone.as_str(), *id), value_of(key))?;
    }
    let mut table = transaction.open_table(metadata::TABLE)?;
    for (zone, kinds) in metadata {
        for (kind, values) in kinds {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            table.insert((zone.as_str(), kind.as_str()), values)?;
        }
    }
    let mut table = transaction.open_table(tsig::TABLE)?;
    for (name, Tsig { algorithm, secret }) in tsig {
        table.insert(name.as_str(), (algorithm.as_str(), secret.as_str()))?;
    }
    policies.import(transaction)
}

fn numbers(
    table: &impl ReadableTable<&'static str, u32>,
) -> Result<BTreeMap<String, u32>, redb::Error> {
    let mut numbers = BTreeMap::new();
    for row in table.iter()? {
        let (zone, number) = row?;
        numbers.insert(zone.value().to_owned(), number.value());
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::NewKey;

    fn full() -> Content {
        let key = NewKey {
            flags: 257,
            active: true,
            published: false,
            content: "Private-key-format: v1.2\n".to_owned(),
        };
        let kinds = BTreeMap::from([("X".to_owned(), vec!["1".to_owned(), String::new()])]);
        let secret = Tsig {
            algorithm: "hmac-sha256.".to_owned(),
            secret: "c2VjcmV0".to_owned(),
        };
        Content {
            version: VERSION,
            serials: BTreeMap::from([("cluster1.".to_owned(), 7)]),
            notified: BTreeMap::from([("cluster1.".to_owned(), 6)]),
            last_key: 9,
            keys: vec![ZoneKey {
                zone: "cluster1.".to_owned(),
                key: Key { id: 4, key },
            }],
            metadata: BTreeMap::from([("cluster1.".to_owned(), kinds)]),
            tsig: BTreeMap::from([("k1.".to_owned(), secret)]),
            policies: Policies::default(),
        }
    }

    #[test]
    fn what_is_exported_is_what_was_imported() {
        let store = Store::in_memory().unwrap();
        assert!(store.export().unwrap().is_empty());
        store.import(&full(), Import::IntoEmpty).unwrap();
        assert_eq!(store.export().unwrap(), full());
        let text = serde_json::to_string(&full()).unwrap();
        assert_eq!(serde_json::from_str::<Content>(&text).unwrap(), full());
        // The next key is another one.
        let zone = Name::parse("cluster1").unwrap();
        assert_eq!(store.add_key(&zone, &full().keys[0].key.key).unwrap(), 10);
    }

    #[test]
    fn what_is_there_is_replaced_only_by_force() {
        let store = Store::in_memory().unwrap();
        store.import(&full(), Import::IntoEmpty).unwrap();
        let mut other = full();
        other.serials.clear();
        let refused = store.import(&other, Import::IntoEmpty).unwrap_err();
        assert!(refused.to_string().contains("--force"), "{refused}");
        assert_eq!(store.export().unwrap(), full());
        store.import(&other, Import::Replacing).unwrap();
        assert_eq!(store.export().unwrap(), other);
    }

    #[test]
    fn what_makes_no_sense_is_told_and_not_imported() {
        assert_eq!(full().problems(), Vec::<String>::new());
        type Break = fn(&mut Content);
        let broken: [(Break, &str); 6] = [
            (|content| content.version = 2, "version 2"),
            (
                |content| {
                    content.serials.insert("Cluster1".to_owned(), 1);
                },
                "serials: \"Cluster1\" is no absolute name in lower case",
            ),
            (
                |content| content.keys.push(content.keys[0].clone()),
                "a key with number 4",
            ),
            (|content| content.last_key = 3, "a key with number 4"),
            (
                |content| content.keys[0].key.key.content.clear(),
                "no private key",
            ),
            (
                |content| content.tsig.get_mut("k1.").unwrap().secret = "?".to_owned(),
                "not base64",
            ),
        ];
        for (change, expected) in broken {
            let mut content = full();
            change(&mut content);
            let store = Store::in_memory().unwrap();
            let refused = store.import(&content, Import::IntoEmpty).unwrap_err();
            assert!(refused.to_string().contains(expected), "{refused}");
            assert!(store.export().unwrap().is_empty());
        }
    }
}
