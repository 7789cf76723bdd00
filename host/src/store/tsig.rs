//! TSIG keys (RFC 8945): whoever transfers a zone, or is notified of it, may share one with us.

use domain::utils::base64;
use redb::{ReadableTable, TableDefinition};
use zonesmith_zone::name::{Name, NameError};

use super::{Store, StoreError};

/// Name of the key → algorithm, secret.
pub(super) const TABLE: TableDefinition<'_, &str, (&str, &str)> = TableDefinition::new("tsig");

/// The algorithms of RFC 8945 §6 that PowerDNS signs with, as it spells them.
pub const ALGORITHMS: [&str; 7] = [
    "hmac-md5",
    "hmac-md5.sig-alg.reg.int",
    "hmac-sha1",
    "hmac-sha224",
    "hmac-sha256",
    "hmac-sha384",
    "hmac-sha512",
];

/// A shared key.
#[derive(Clone, PartialEq, Eq)]
pub struct TsigKey {
    /// The name both sides know it by.
    pub name: Name,
    /// As PowerDNS says it: `hmac-sha256.`
    pub algorithm: String,
    /// The secret in base64.
    pub secret: String,
}

/// What is no key.
#[derive(Debug, thiserror::Error)]
pub enum TsigKeyError {
    /// The name is none.
    #[error("name: {0}")]
    Name(NameError),
    /// PowerDNS would not know what to do with it.
    #[error("algorithm: {0} is none of {list}", list = ALGORITHMS.join(" "))]
    Algorithm(String),
    /// The secret is not base64.
    #[error("the secret of {0} is not base64")]
    Secret(Name),
}

impl TsigKey {
    /// Checks what somebody calls a key. The algorithm may be without its last dot.
    ///
    /// # Errors
    /// The name is none, the algorithm unknown, the secret not base64 or empty.
    pub fn parse(name: &str, algorithm: &str, secret: &str) -> Result<Self, TsigKeyError> {
        let name = Name::parse(name).map_err(TsigKeyError::Name)?;
        let plain = algorithm.trim_end_matches('.').to_ascii_lowercase();
        if !ALGORITHMS.contains(&plain.as_str()) {
            return Err(TsigKeyError::Algorithm(algorithm.to_owned()));
        }
        match base64::decode::<Vec<u8>>(secret) {
            Ok(octets) if !octets.is_empty() => Ok(Self {
                name,
                algorithm: format!("{plain}."),
                secret: secret.to_owned(),
            }),
            Ok(_) | Err(_) => Err(TsigKeyError::Secret(name)),
        }
    }
}

impl std::fmt::Debug for TsigKey {
    // A secret stays out of logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            name,
            algorithm,
            secret: _,
        } = self;
        write!(formatter, "TsigKey({name} {algorithm})")
    }
}

impl Store {
    /// The key of that name.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn tsig_key(&self, name: &Name) -> Result<Option<TsigKey>, StoreError> {
        let text = name.to_string();
        self.read(|transaction| {
            let table = transaction.open_table(TABLE)?;
            let key = table
                .get(text.as_str())?
                .map(|row| key_of(name.clone(), row.value()));
            Ok(key)
        })
    }

    /// Every key, by name.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn tsig_keys(&self) -> Result<Vec<TsigKey>, StoreError> {
        self.read(|transaction| {
            let table = transaction.open_table(TABLE)?;
            let mut keys = Vec::new();
            for row in table.iter()? {
                let (name, value) = row?;
                if let Ok(name) = Name::parse(name.value()) {
                    keys.push(key_of(name, value.value()));
                }
            }
            Ok(keys)
        })
    }

    /// Keeps a key, in place of the one of that name.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set_tsig_key(&self, key: &TsigKey) -> Result<(), StoreError> {
        let TsigKey {
            name,
            algorithm,
            secret,
        } = key;
        self.write(|transaction| {
            let mut table = transaction.open_table(TABLE)?;
            table.insert(
                name.to_string().as_str(),
                (algorithm.as_str(), secret.as_str()),
            )?;
            Ok(())
        })
    }

    /// Forgets a key; tells whether there was one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn delete_tsig_key(&self, name: &Name) -> Result<bool, StoreError> {
        let name = name.to_string();
        self.write(|transaction| {
            let mut table = transaction.open_table(TABLE)?;
            let was_there = table.remove(name.as_str())?.is_some();
            Ok(was_there)
        })
    }
}

fn key_of(name: Name, (algorithm, secret): (&str, &str)) -> TsigKey {
    TsigKey {
        name,
        algorithm: algorithm.to_owned(),
        secret: secret.to_owned(),
    }
}
