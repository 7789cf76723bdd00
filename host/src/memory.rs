//! What each source said last, kept across restarts: it stands between the sources and the writer.
//!
//! ```text
//!  source ──update──▶ journal ──the same, once it is kept──▶ writer
//!                       │  a file for each source, entries added at its end
//!  at the start ◀───────┘  the last state, until the source has spoken
//! ```
//!
//! What is told to the writer has been written before, so that a daemon that is killed at any moment starts again with what
//! it served last, or with something newer. Written to the system, and not to the disk: a process that dies takes nothing
//! of that along, and waiting for a disk would cost a hundred times the rest of a change. A power cut may take the last
//! seconds, which the source says again.
//!
//! What cannot be kept is served all the same: a daemon without a disk is better than none. It is said, and made up for as
//! soon as the disk takes it.
//!
//! Rooms: `journal` one source; `entry` how it is written, `recall` read, `snapshot` written anew, `owed` what is still to
//! be written; `keeper` the thread that does what nobody waits for.

mod entry;
mod journal;
mod keeper;
mod owed;
mod recall;
mod snapshot;

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use tracing::{debug, info, warn};
use zonesmith_cluster::{Format, State};

pub use self::journal::{Journal, ServiceChange};
use self::keeper::Keeper;
use crate::digest::Digest;

/// The directory of the journals, in the state directory.
pub const DIRECTORY: &str = "sources";

/// What the names of journals end with.
const EXTENSION: &str = "journal";

/// How long the journal of a source that is not configured any more is there: longer than a mistake in the configuration
/// lasts, and a source that comes back after this has another state anyway.
const FORGET_AFTER: Duration = Duration::from_secs(30 * 24 * 3600);

/// Whether journals may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// From the start.
    AtOnce,
    /// After [`Memory::begin`]: until then they are another process's.
    WhenTold,
}

/// What was said before the daemon started.
#[derive(Debug)]
pub struct Remembered {
    /// The language it was told in.
    pub format: Format,
    /// What was so.
    pub state: State,
    /// When the source spoke last.
    pub spoke: SystemTime,
    /// Whether every service of it could be read. Where not, names would be missing that are there.
    pub is_whole: bool,
}

/// What there is to tell of the memory of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceMemory {
    /// When the source spoke last; none: never.
    pub spoke: Option<SystemTime>,
    /// Whether that was before the daemon started.
    pub is_remembered: bool,
    /// What of it was lost before the daemon started, a sentence.
    pub lost: Option<String>,
    /// Since when and why what the source says is not kept.
    pub trouble: Option<(SystemTime, String)>,
}

/// The journals of a state directory. Clones share them.
#[derive(Clone)]
pub struct Memory {
    shared: Arc<Shared>,
}

/// What journals share.
struct Shared {
    directory: Utf8PathBuf,
    may_write: AtomicBool,
    report: Mutex<BTreeMap<String, SourceMemory>>,
    keeper: Keeper,
}

impl Memory {
    /// The journals in this state directory. Nothing is read or written yet.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn open(state_directory: &Utf8Path, writing: Writing) -> io::Result<Self> {
        Ok(Self {
            shared: Arc::new(Shared {
                directory: state_directory.join(DIRECTORY),
                may_write: AtomicBool::new(writing == Writing::AtOnce),
                report: Mutex::default(),
                keeper: Keeper::start()?,
            }),
        })
    }

    /// The journals are another process's from now on, until [`begin`](Self::begin).
    pub fn lend(&self) {
        self.shared.may_write.store(false, Ordering::Release);
    }

    /// The journals are this process's from now on.
    pub fn begin(&self) {
        self.shared.may_write.store(true, Ordering::Release);
    }

    /// What `source` said last, and where to keep what it says.
    #[must_use]
    pub fn recall(&self, source: &str) -> (Journal, Option<Remembered>) {
        self.shared.lock().entry(source.to_owned()).or_default();
        Journal::open(Arc::clone(&self.shared), source)
    }

    /// What there is to tell, by source.
    #[must_use]
    pub fn report(&self) -> BTreeMap<String, SourceMemory> {
        self.shared.lock().clone()
    }

    /// Removes journals of sources that are none of `sources` and were not written for long.
    pub fn forget_others(&self, sources: &[String]) {
        if !self.shared.may_write.load(Ordering::Acquire) {
            return;
        }
        let known: Vec<_> = sources
            .iter()
            .map(|source| self.shared.path_of(source))
            .collect();
        let Ok(entries) = self.shared.directory.read_dir_utf8() else {
            return;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let is_old = entry
                .metadata()
                .and_then(|metadata| metadata.modified())
                .is_ok_and(|written| written.elapsed().is_ok_and(|age| age > FORGET_AFTER));
            let is_known = known.contains(&path.with_extension(EXTENSION));
            if is_old && !is_known {
                match std::fs::remove_file(path) {
                    Ok(()) => {
                        info!(file = %path, "a source that is not configured any more is forgotten");
                    }
                    Err(error) => debug!(file = %path, %error, "a file that nobody needs stays"),
                }
            }
        }
    }

    /// Puts on the disk what was written, and ends. Journals are to be gone before.
    pub fn close(self) {
        self.shared.keeper.end();
    }
}

impl Shared {
    fn path_of(&self, source: &str) -> Utf8PathBuf {
        let name = Digest::of(source.as_bytes()).short();
        self.directory.join(name).with_extension(EXTENSION)
    }

    fn may_write(&self) -> bool {
        self.may_write.load(Ordering::Acquire)
    }

    fn make_directory(&self) -> io::Result<()> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.directory)
    }

    fn lost(&self, source: &str, path: &Utf8Path, fault: String) {
        warn!(source, file = %path, fault, "what the source said before is not all there");
        self.lock().entry(source.to_owned()).or_default().lost = Some(fault);
    }

    fn spoke(&self, source: &str, spoke: SystemTime, is_remembered: bool) {
        let mut report = self.lock();
        if let Some(memory) = report.get_mut(source) {
            (memory.spoke, memory.is_remembered) = (Some(spoke), is_remembered);
        }
    }

    fn is_in_trouble(&self, source: &str, error: &io::Error) {
        let mut report = self.lock();
        let memory = report.entry(source.to_owned()).or_default();
        match &mut memory.trouble {
            Some((_, reason)) => *reason = error.to_string(),
            trouble @ None => {
                warn!(source, directory = %self.directory, %error, "what the source says is served and cannot be kept; it is tried again");
                *trouble = Some((SystemTime::now(), error.to_string()));
            }
        }
    }

    fn is_well(&self, source: &str) {
        let mut report = self.lock();
        if let Some(memory) = report.get_mut(source)
            && memory.trouble.take().is_some()
        {
            info!(source, "what the source says is kept again");
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, SourceMemory>> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
