//! The memory of one source.
//!
//! It has the state that the source said last, so that only what is different is written, and what could not be written
//! is known until it can. A file that has grown to several times its state is written anew on another thread, while
//! changes go on being added to the old one; what was added meanwhile is copied over before the new one takes its place.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use camino::Utf8PathBuf;
use tracing::debug;
use zonesmith_cluster::{Format, Reconciled, Service, ServicePath, State};

use super::keeper::Synced;
use super::owed::{Owed, cut};
use super::recall::{End, Recalled, recall};
use super::snapshot::{Snapshot, Written};
use super::{Remembered, Shared};

/// A service as it is now, or that it is gone.
pub type ServiceChange = (ServicePath, Option<Arc<Service>>);

/// How many times its state a file may be before it is written anew: each octet is then written once more for every three
/// of changes.
const LARGEST_FACTOR: u64 = 4;

/// A file of this size is not worth being written anew.
const SMALL: u64 = 1024 * 1024;

/// How soon it is tried again to keep what could not be.
const RETRY: Duration = Duration::from_secs(2);

/// How often it is looked whether a new file is there, or may be written at all.
const LOOK: Duration = Duration::from_millis(200);

/// What the names of new files end with: of one that is written while somebody waits, and of one that the other thread
/// writes; that one may go on when it is not wanted any more.
const NOW: &str = "now";
const LATER: &str = "later";

/// Keeps what one source says.
pub struct Journal {
    shared: Arc<Shared>,
    source: String,
    path: Utf8PathBuf,
    state: State,
    end: Option<End>,
    owed: Owed,
    file: Place,
    /// What the state took when it was last written whole.
    live: u64,
    retry_at: Option<Instant>,
    rewriting: Option<Rewriting>,
}

/// The file.
enum Place {
    /// Not opened yet. It had this inode and this length, of which so much is good.
    Seen { inode: u64, read: u64, good: u64 },
    /// Written to its end.
    Open { file: Synced, length: u64 },
    /// There is none, or none that is good for anything.
    Nowhere,
}

/// A new file that is being written.
struct Rewriting {
    written: Receiver<io::Result<Written>>,
    path: Utf8PathBuf,
    /// What the old file has from here is not in it.
    since: u64,
}

impl Journal {
    pub(super) fn open(shared: Arc<Shared>, source: &str) -> (Self, Option<Remembered>) {
        let path = shared.path_of(source);
        let mut journal = Self {
            source: source.to_owned(),
            state: State::default(),
            end: None,
            owed: Owed::default(),
            file: Place::Nowhere,
            live: 0,
            retry_at: None,
            rewriting: None,
            path,
            shared,
        };
        let seen = fs::metadata(&journal.path).map(|about| (about.ino(), about.len()));
        let recalled = match recall(&journal.path, source) {
            Ok(None) => return (journal, None),
            Ok(Some(recalled)) => recalled,
            Err(error) => Recalled {
                fault: Some(format!("it cannot be read: {error}")),
                ..Recalled::default()
            },
        };
        let Recalled {
            kept,
            fault,
            length,
            live,
        } = recalled;
        journal.live = live;
        // While it is another process's, ours is to be another file: that one may be in the middle of a write.
        if let (Ok((inode, read)), None, true) = (seen, &fault, journal.shared.may_write()) {
            journal.file = Place::Seen {
                inode,
                read,
                good: length,
            };
        }
        if let Some(fault) = fault {
            journal.shared.lost(source, &journal.path, fault);
        }
        let Some((state, end)) = kept else {
            return (journal, None);
        };
        journal.end = Some(end);
        journal.state = state.clone();
        journal.shared.spoke(source, end.spoke(), true);
        let remembered = Remembered {
            format: end.format,
            is_whole: state.services.len() >= end.services,
            state,
            spoke: end.spoke(),
        };
        (journal, Some(remembered))
    }

    /// The source said everything it knows. What it says, with the services that are as they were shared with what was
    /// said before.
    pub fn keep_state(&mut self, format: Format, state: State) -> State {
        let before = std::mem::take(&mut self.state);
        self.owed.cluster |= self.end.is_none()
            || before.cluster != state.cluster
            || before.problems != state.problems;
        let Reconciled {
            state,
            cluster_changed: _,
            changed,
            removed,
        } = before.reconcile(state);
        self.owed.services.extend(changed);
        self.owed.services.extend(removed);
        self.state = state;
        self.spoke(format);
        self.state.clone()
    }

    /// The source said something of single services. What of it is new.
    pub fn keep_changes(&mut self, changes: Vec<ServiceChange>) -> Vec<ServiceChange> {
        let Some(End { format, .. }) = self.end else {
            return changes;
        };
        let (changed, removed) = self.state.change(changes);
        let services = &self.state.services;
        let told: Vec<_> = changed
            .iter()
            .map(|path| (path.clone(), services.get(path).cloned()))
            .chain(removed.iter().map(|path| (path.clone(), None)))
            .collect();
        self.owed.services.extend(changed);
        self.owed.services.extend(removed);
        self.spoke(format);
        told
    }

    /// When [`tick`](Self::tick) is worth a call.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        let owes = self.owed.all || self.owed.end;
        match self.retry_at {
            Some(at) if owes => Some(at),
            _ if owes || self.rewriting.is_some() => Some(Instant::now() + LOOK),
            _ => None,
        }
    }

    /// Does what could not be done before.
    pub fn tick(&mut self) {
        self.adopt();
        if self.owed.end || self.owed.all {
            self.write();
        }
    }

    fn spoke(&mut self, format: Format) {
        let now = SystemTime::now();
        self.shared.spoke(&self.source, now, false);
        let now = now.duration_since(UNIX_EPOCH);
        self.end = Some(End {
            format,
            at: now.map_or(0, |since| since.as_secs()),
            services: self.state.services.len(),
        });
        self.owed.end = true;
        self.adopt();
        if self.retry_at.is_none_or(|at| at <= Instant::now()) {
            self.write();
        }
    }

    /// Writes all that is owed, if that can be.
    fn write(&mut self) {
        let Some(end) = self.end.filter(|_| self.shared.may_write()) else {
            return;
        };
        match self.append(&end) {
            Ok(()) => {
                self.owed = Owed::default();
                self.retry_at = None;
                self.shared.is_well(&self.source);
                self.shrink(end);
            }
            Err(error) => {
                self.retry_at = Some(Instant::now() + RETRY);
                self.shared.is_in_trouble(&self.source, &error);
            }
        }
    }

    fn append(&mut self, end: &End) -> io::Result<()> {
        self.take_place();
        let (Place::Open { file, length }, false) = (&mut self.file, self.owed.all) else {
            return self.write_whole(*end);
        };
        match self.owed.add(&file.file, &self.state, end) {
            Ok(written) => {
                *length += written;
                self.shared.keeper.sync(file);
                Ok(())
            }
            Err(error) => {
                // Half of a batch has no end, so it says nothing; but what comes after it must not be taken for its rest.
                if cut(&file.file, *length).is_err() {
                    self.file = Place::Nowhere;
                    self.rewriting = None;
                }
                Err(error)
            }
        }
    }

    /// Opens the file that was read, if nobody wrote to it since.
    fn take_place(&mut self) {
        let Place::Seen { inode, read, good } = self.file else {
            return;
        };
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&self.path)
            .and_then(|file| {
                let about = file.metadata()?;
                if (about.ino(), about.len()) != (inode, read) {
                    return Err(io::Error::other("another process wrote to it"));
                }
                file.set_permissions(fs::Permissions::from_mode(0o600))?;
                cut(&file, good)?;
                Ok(file)
            });
        self.file = match opened {
            Ok(file) => Place::Open {
                file: Synced::new(file),
                length: good,
            },
            Err(error) => {
                debug!(source = self.source, %error, "the journal is written anew");
                Place::Nowhere
            }
        };
    }

    /// The whole state, now: there is no file, or none to add to.
    fn write_whole(&mut self, end: End) -> io::Result<()> {
        self.owed.all = true;
        self.rewriting = None;
        self.shared.make_directory()?;
        let snapshot = self.snapshot(end, NOW);
        let path = snapshot.path.clone();
        let written = snapshot.write().and_then(|written| {
            fs::rename(&path, &self.path)?;
            Ok(written)
        });
        let Written { file, length } = match written {
            Ok(written) => written,
            Err(error) => {
                // Half a file is of no use, and it takes room that may be scarce.
                let _ = fs::remove_file(&path);
                return Err(error);
            }
        };
        let file = Synced::new(file);
        self.shared.keeper.sync(&file);
        self.live = length;
        self.file = Place::Open { file, length };
        Ok(())
    }

    /// Has the file written anew if it is much larger than its state.
    fn shrink(&mut self, end: End) {
        let Place::Open { length, .. } = self.file else {
            return;
        };
        if self.rewriting.is_some() || length <= SMALL.max(self.live.saturating_mul(LARGEST_FACTOR))
        {
            return;
        }
        let snapshot = self.snapshot(end, LATER);
        self.rewriting = Some(Rewriting {
            path: snapshot.path.clone(),
            written: self.shared.keeper.write(snapshot),
            since: length,
        });
    }

    fn snapshot(&self, end: End, extension: &str) -> Snapshot {
        Snapshot {
            source: self.source.clone(),
            state: self.state.clone(),
            end,
            path: self.path.with_extension(extension),
        }
    }

    /// Puts a new file that is ready in the place of the old one.
    fn adopt(&mut self) {
        let Some(rewriting) = &self.rewriting else {
            return;
        };
        let written = match rewriting.written.try_recv() {
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => Err(io::Error::other("nobody writes it any more")),
            Ok(written) => written,
        };
        let (path, since) = (rewriting.path.clone(), rewriting.since);
        self.rewriting = None;
        let adopted = written.and_then(|new| {
            let live = new.length;
            let length = live + self.copy_since(since, &new.file)?;
            fs::rename(&path, &self.path)?;
            Ok((new.file, length, live))
        });
        match adopted {
            Ok((file, length, live)) => {
                let file = Synced::new(file);
                self.shared.keeper.sync(&file);
                self.live = live;
                self.file = Place::Open { file, length };
            }
            Err(error) => {
                debug!(source = self.source, %error, "the journal could not be written anew; it grows on");
                let _ = fs::remove_file(&path);
                // Tried again when it is twice as large.
                self.live = self.live.saturating_mul(2);
            }
        }
    }

    fn copy_since(&self, since: u64, new: &File) -> io::Result<u64> {
        let Place::Open { file, length } = &self.file else {
            return Err(io::Error::other("the old file is gone"));
        };
        let mut old = &*file.file;
        old.seek(SeekFrom::Start(since))?;
        let copied = io::copy(&mut old.take(length - since), &mut &*new);
        old.seek(SeekFrom::Start(*length))?;
        copied
    }
}
