//! What must survive the daemon: serials, DNSSEC keys, metadata, TSIG keys, policies, in one file of the state directory.
//!
//! One file (`state.redb`) and one owner: the file is locked while it is open, so that two daemons never tell two stories
//! about the same serial. Every write is one transaction that is on the disk when the call returns; a power cut leaves the
//! state before it or after it. The file has secrets, so only its owner may read it. What is kept is asked
//! rarely (PowerDNS caches keys and metadata), so nothing is kept in memory a second time.
//!
//! A daemon that hands over to another one gives the file up while it still runs: [`lending`].
//!
//! Rooms, one table each: [`serials`], [`notified`], [`keys`], [`metadata`], [`tsig`]; [`policies`] has several; [`content`] is all of them at once; [`rescue`] what is done
//! about a file that is damaged.

pub mod content;
pub mod keys;
pub mod lending;
pub mod metadata;
pub mod notified;
pub mod policies;
pub mod rescue;
pub mod serials;
pub mod tsig;

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};

use camino::{Utf8Path, Utf8PathBuf};
use redb::backends::InMemoryBackend;
use redb::{
    Database, DatabaseError, ReadTransaction, ReadableDatabase, ReadableTable, StorageError,
    TableDefinition, WriteTransaction,
};
use tracing::warn;

pub use self::keys::{Key, NewKey};
pub use self::tsig::TsigKey;

/// The file in the state directory.
pub const FILE: &str = "state.redb";

/// The version of the tables. One that is higher was written by a later Zonesmith and is left alone.
const VERSION: u64 = 1;

/// Numbers about the file itself.
const ABOUT: TableDefinition<'_, &str, u64> = TableDefinition::new("about");
const VERSION_ROW: &str = "version";

/// Memory for pages. The state of a thousand zones is less than a megabyte.
const CACHE_SIZE: usize = 4 * 1024 * 1024;

/// The open state file. Clones share it; it is closed with the last.
#[derive(Clone)]
pub struct Store {
    open: Arc<Open>,
}

struct Open {
    path: Utf8PathBuf,
    /// None while another process has the file.
    database: RwLock<Option<Database>>,
}

impl Drop for Open {
    fn drop(&mut self) {
        let database = self.database.get_mut();
        close(database.unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Closes the file. redb writes once more then, and asserts: what is damaged goes, and the daemon stays.
fn close(database: Option<Database>) {
    if catch_unwind(AssertUnwindSafe(|| drop(database))).is_err() {
        warn!("the state file is damaged; what it says of itself cannot be");
    }
}

/// Why the state is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The lock is another's.
    #[error(
        "{path} belongs to another process, most likely a daemon that runs; stop it, or give this one its own `--state-dir`"
    )]
    InUse {
        /// The file.
        path: Utf8PathBuf,
    },
    /// It is no state file, or not any more.
    #[error(
        "{path} is damaged; move it away and `zonesmith state import` the last export (without it, zones start with new serials and without keys)"
    )]
    Damaged {
        /// The file.
        path: Utf8PathBuf,
        /// What was found.
        source: Box<redb::Error>,
    },
    /// Of another Zonesmith, or another version of the file's own format.
    #[error(
        "{path} has version {found} of the state, this Zonesmith knows {VERSION}; run the one that wrote it"
    )]
    OtherVersion {
        /// The file.
        path: Utf8PathBuf,
        /// Its version.
        found: u64,
    },
    /// The system does not let us.
    #[error("open the state in {path}")]
    Access {
        /// The file or its directory.
        path: Utf8PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A transaction failed: the disk is full, or broken.
    #[error("use the state in {path}")]
    Use {
        /// The file.
        path: Utf8PathBuf,
        /// What happened.
        source: Box<redb::Error>,
    },
    /// It was handed over.
    #[error("{path} belongs to the daemon that took over from this one")]
    Lent {
        /// The file.
        path: Utf8PathBuf,
    },
    /// What is asked for cannot be kept.
    #[error("{0}")]
    Refused(String),
}

impl Store {
    /// Opens the state in `directory`, made when missing.
    ///
    /// # Errors
    /// Another process has it, it is damaged, of a later version, or the system refuses it.
    pub fn open(directory: &Utf8Path) -> Result<Self, StoreError> {
        let path = directory.join(FILE);
        let access = |source| StoreError::Access {
            path: path.clone(),
            source,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(access)?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(access)?;
        // One that was copied here may be open to more than its owner.
        file.set_permissions(Permissions::from_mode(0o600))
            .map_err(access)?;
        Self::open_file(path, &file)
    }

    /// Opens the state in `directory` if there is any.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_existing(directory: &Utf8Path) -> Result<Option<Self>, StoreError> {
        if directory.join(FILE).exists() {
            Self::open(directory).map(Some)
        } else {
            Ok(None)
        }
    }

    fn open_file(path: Utf8PathBuf, file: &File) -> Result<Self, StoreError> {
        let opened = file
            .try_clone()
            .map_err(DatabaseError::from)
            .and_then(|file| {
                guarded(|| {
                    Database::builder()
                        .set_cache_size(CACHE_SIZE)
                        .create_file(file)
                })
            });
        let database = match opened {
            Ok(database) => database,
            Err(DatabaseError::DatabaseAlreadyOpen) => return Err(StoreError::InUse { path }),
            Err(DatabaseError::UpgradeRequired(found)) => {
                return Err(StoreError::OtherVersion {
                    path,
                    found: found.into(),
                });
            }
            Err(DatabaseError::Storage(StorageError::Io(source)))
                if source.kind() != io::ErrorKind::InvalidData
                    && source.kind() != io::ErrorKind::UnexpectedEof =>
            {
                return Err(StoreError::Access { path, source });
            }
            Err(error) => {
                return Err(StoreError::Damaged {
                    path,
                    source: Box::new(error.into()),
                });
            }
        };
        Self::of(path, database)
    }

    /// A state that goes with its last clone: for tests and measurements.
    ///
    /// # Errors
    /// There is no memory.
    pub fn in_memory() -> Result<Self, StoreError> {
        let path = Utf8PathBuf::from("memory");
        match Database::builder().create_with_backend(InMemoryBackend::new()) {
            Ok(database) => Self::of(path, database),
            Err(error) => Err(StoreError::Use {
                path,
                source: Box::new(error.into()),
            }),
        }
    }

    fn of(path: Utf8PathBuf, database: Database) -> Result<Self, StoreError> {
        let store = Self {
            open: Arc::new(Open {
                path,
                database: RwLock::new(Some(database)),
            }),
        };
        store.check_version()?;
        Ok(store)
    }

    /// Reads every page and compares its checksum.
    ///
    /// # Errors
    /// One is not as it was written, or somebody else holds the store.
    pub fn check_pages(&mut self) -> Result<(), StoreError> {
        if self.mend_pages()? {
            return Ok(());
        }
        Err(StoreError::Damaged {
            path: self.open.path.clone(),
            source: Box::new(redb::Error::Corrupted(
                "pages had to be repaired".to_owned(),
            )),
        })
    }

    /// The same, where redb may go back to the state before the last change. Whether it had no need to.
    fn mend_pages(&mut self) -> Result<bool, StoreError> {
        let path = self.open.path.clone();
        let Some(open) = Arc::get_mut(&mut self.open) else {
            return Err(StoreError::InUse { path });
        };
        let database = open.database.get_mut();
        let Some(database) = database.unwrap_or_else(PoisonError::into_inner) else {
            return Err(StoreError::Lent { path });
        };
        guarded(|| database.check_integrity()).map_err(|error| self.failed(error.into()))
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Utf8Path {
        &self.open.path
    }

    /// Makes every table, so that reading never meets one that is missing.
    fn check_version(&self) -> Result<(), StoreError> {
        let found = self.write(|transaction| {
            let mut about = transaction.open_table(ABOUT)?;
            let found = about.get(VERSION_ROW)?.map(|row| row.value());
            match found {
                None | Some(VERSION) => {
                    about.insert(VERSION_ROW, VERSION)?;
                }
                Some(_) => return Ok(found),
            }
            transaction.open_table(serials::TABLE)?;
            transaction.open_table(notified::TABLE)?;
            transaction.open_table(keys::TABLE)?;
            transaction.open_table(metadata::TABLE)?;
            transaction.open_table(tsig::TABLE)?;
            transaction.open_table(policies::COMPONENTS)?;
            transaction.open_table(policies::EVENTS)?;
            transaction.open_table(policies::PINS)?;
            transaction.open_table(policies::SHADOW)?;
            Ok(found)
        })?;
        match found {
            None | Some(VERSION) => Ok(()),
            Some(found) => Err(StoreError::OtherVersion {
                path: self.open.path.clone(),
                found,
            }),
        }
    }

    fn read<T>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        self.with(|database| work(&database.begin_read()?))
    }

    /// One transaction: all of `work`, on the disk, or nothing.
    fn write<T>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        self.with(|database| {
            let transaction = database.begin_write()?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })
    }

    fn failed(&self, error: redb::Error) -> StoreError {
        let path = self.open.path.clone();
        let source = Box::new(error);
        if is_damage(&source) {
            StoreError::Damaged { path, source }
        } else {
            StoreError::Use { path, source }
        }
    }
}

/// redb asserts about what a file says, where a file can say anything: a failed assertion is damage, and not the daemon's end.
fn guarded<T, E: From<StorageError>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(StorageError::Corrupted("what it says of itself cannot be".to_owned()).into())
    })
}

/// Is it the file's fault, not the system's?
fn is_damage(error: &redb::Error) -> bool {
    matches!(
        error,
        redb::Error::Corrupted(_)
            | redb::Error::TableTypeMismatch { .. }
            | redb::Error::TableIsMultimap(_)
            | redb::Error::TypeDefinitionChanged { .. }
            | redb::Error::TableDoesNotExist(_)
    )
}

#[cfg(test)]
mod tests;
