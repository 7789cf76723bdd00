//! A state for a daemon that must start: names are to be served, whatever became of the file.
//!
//! A damaged file is moved aside and a new one begun. Where the disk takes nothing, the daemon works on a copy in memory,
//! with all that could be read. Both are said as loudly as can be, since keys are in the file: a zone that was signed is
//! served unsigned without them, and resolvers that know it was signed refuse it.
//!
//! A file that another process has and keeps, or a later version wrote, is refused as ever: nothing is wrong with it.

use std::error::Error as _;
use std::fs;
use std::io::ErrorKind;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use camino::{Utf8Path, Utf8PathBuf};
use redb::StorageBackend as _;
use redb::backends::InMemoryBackend;
use redb::{Database, DatabaseError};
use tracing::{error, warn};

use super::{CACHE_SIZE, FILE, Store, StoreError, guarded};

/// How long a file that another process has is waited for. A daemon that was killed has it until the system has cleared away its
/// memory, and who runs it starts the next one at once; a daemon that lives has it for longer.
const LETTING_GO: Duration = Duration::from_secs(2);

/// How often it is looked whether it let go.
const LOOK: Duration = Duration::from_millis(20);

/// A state to work with, and what is not as it should be.
pub struct Rescued {
    /// The state.
    pub store: Store,
    /// What was lost, or will be, a sentence.
    pub loss: Option<String>,
}

impl Store {
    /// Opens the state in `directory`, or makes one, if anything can be made.
    ///
    /// # Errors
    /// Another process has it and keeps it, it is of a later version, or the system refuses it for good.
    pub fn open_or_rescue(directory: &Utf8Path) -> Result<Rescued, StoreError> {
        let fault = match Self::open_when_free(directory) {
            Ok(store) => return Ok(Rescued { store, loss: None }),
            Err(fault) => fault,
        };
        let (store, loss) = if matches!(fault, StoreError::Damaged { .. }) {
            Self::begin_again(directory, &fault)?
        } else if takes_nothing(&fault) {
            Self::in_memory_of(directory, &fault)?
        } else {
            return Err(fault);
        };
        error!(loss, "the state is not what it was");
        let loss = Some(loss);
        Ok(Rescued { store, loss })
    }

    /// Opens it, if need be after the process that had it has ended.
    fn open_when_free(directory: &Utf8Path) -> Result<Self, StoreError> {
        let end = Instant::now() + LETTING_GO;
        loop {
            match Self::open_whole(directory) {
                Err(StoreError::InUse { .. }) if Instant::now() < end => thread::sleep(LOOK),
                opened => return opened,
            }
        }
    }

    /// Opens it, and reads all of it, page by page and then as what it says: what is damaged is known now, and not when a zone is
    /// asked for or a serial is to be kept. A page may read well and be none that can be written.
    fn open_whole(directory: &Utf8Path) -> Result<Self, StoreError> {
        let mut store = Self::open(directory)?;
        if !store.mend_pages()? {
            warn!("the state file had damaged pages; what was kept before its last change is used");
        }
        store.export()?;
        Ok(store)
    }

    fn begin_again(directory: &Utf8Path, fault: &StoreError) -> Result<(Self, String), StoreError> {
        let path = directory.join(FILE);
        let aside = aside(&path);
        match fs::rename(&path, &aside).map_err(|source| StoreError::Access {
            path: path.clone(),
            source,
        }) {
            Ok(()) => {}
            Err(refused) if takes_nothing(&refused) => {
                return Self::in_memory_of(directory, fault);
            }
            Err(refused) => return Err(refused),
        }
        let loss = format!(
            "{path} was damaged and is {aside} now. DNSSEC and TSIG keys, metadata and serials are lost: zones that were signed \
             are served UNSIGNED, serials start at the time of day. `zonesmith state import` brings the last export back"
        );
        match Self::open(directory) {
            Ok(store) => Ok((store, loss)),
            Err(refused) if takes_nothing(&refused) => {
                let (store, _) = Self::in_memory_of(directory, &refused)?;
                Ok((
                    store,
                    format!("{loss}. And nothing can be written: {}", chain(&refused)),
                ))
            }
            Err(refused) => Err(refused),
        }
    }

    /// A copy in memory of what the file says, or of nothing.
    fn in_memory_of(
        directory: &Utf8Path,
        fault: &StoreError,
    ) -> Result<(Self, String), StoreError> {
        let path = directory.join(FILE);
        let read = fs::read(&path);
        let is_empty = read.as_ref().map_or(true, Vec::is_empty);
        let copied = read
            .map_err(DatabaseError::from)
            .and_then(|octets| guarded(|| copy(&octets)));
        let kept = copied
            .ok()
            .and_then(|database| Self::of(path.clone(), database).ok())
            .filter(|store| store.export().is_ok());
        let why = chain(fault);
        match kept {
            Some(store) => Ok((
                store,
                format!(
                    "{path} cannot be written, so it is used as it is, and what is changed from now on (keys, serials) is lost at \
                     the end; restart when that is mended: {why}"
                ),
            )),
            None => Ok((
                Self::of(path.clone(), empty(&path)?)?,
                format!(
                    "{path} cannot be {}, so keys, metadata and serials are in memory alone, and lost at the end; zones that were \
                     signed are served UNSIGNED; restart when that is mended: {why}",
                    if is_empty { "made" } else { "read" }
                ),
            )),
        }
    }
}

fn copy(octets: &[u8]) -> Result<Database, DatabaseError> {
    let backend = InMemoryBackend::new();
    backend.set_len(u64::try_from(octets.len()).unwrap_or(u64::MAX))?;
    backend.write(0, octets)?;
    Database::builder()
        .set_cache_size(CACHE_SIZE)
        .create_with_backend(backend)
}

fn empty(path: &Utf8Path) -> Result<Database, StoreError> {
    Database::builder()
        .create_with_backend(InMemoryBackend::new())
        .map_err(|error| StoreError::Use {
            path: path.to_owned(),
            source: Box::new(error.into()),
        })
}

/// Is it the disk that is full, or lets nobody write any more?
fn takes_nothing(fault: &StoreError) -> bool {
    let kind = if let StoreError::Access { source, .. } = fault {
        Some(source.kind())
    } else if let StoreError::Use { source, .. } = fault
        && let redb::Error::Io(source) = &**source
    {
        Some(source.kind())
    } else {
        None
    };
    matches!(
        kind,
        Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::ReadOnlyFilesystem)
    )
}

/// An error with its causes, in one sentence.
fn chain(fault: &StoreError) -> String {
    let mut text = fault.to_string();
    let mut cause = fault.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Where a damaged file goes: its name, and when that was.
fn aside(path: &Utf8Path) -> Utf8PathBuf {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let name = format!("{path}.damaged-{}", date(seconds));
    let mut names = (1..).map(|turn| match turn {
        1 => Utf8PathBuf::from(&name),
        turn => Utf8PathBuf::from(format!("{name}-{turn}")),
    });
    names
        .find(|aside| !aside.exists())
        .unwrap_or_else(|| Utf8PathBuf::from(&name))
}

/// `20261124T151500Z`
fn date(seconds: u64) -> String {
    let (day, clock) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March end with the day that leap years have; 400 of them are always as long.
    let day = day + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = era * 400 + year + later;
    let (hour, minute, second) = (clock / 3_600, clock / 60 % 60, clock % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

#[cfg(test)]
mod tests;
