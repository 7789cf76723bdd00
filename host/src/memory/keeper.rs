//! The thread that does what nobody waits for: it puts on the disk what was written, and writes journals anew.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tracing::{debug, warn};

use super::snapshot::{Snapshot, Written};

/// How long what was written may wait for the disk. What a power cut takes of these seconds the source says again.
const SYNC_INTERVAL: Duration = Duration::from_secs(5);

/// A file, and whether something was written since it was last put on the disk.
#[derive(Clone)]
pub(super) struct Synced {
    pub(super) file: Arc<File>,
    is_dirty: Arc<AtomicBool>,
}

impl Synced {
    pub(super) fn new(file: File) -> Self {
        Self {
            file: Arc::new(file),
            is_dirty: Arc::default(),
        }
    }

    fn sync(&self) {
        self.is_dirty.store(false, Ordering::Release);
        if let Err(error) = self.file.sync_data() {
            warn!(%error, "what was written may not be on the disk");
        }
    }
}

enum Job {
    Sync(Synced),
    Snapshot {
        snapshot: Box<Snapshot>,
        reply: Sender<io::Result<Written>>,
    },
    End,
}

/// The way to the thread.
pub(super) struct Keeper {
    jobs: Sender<Job>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Keeper {
    pub(super) fn start() -> io::Result<Self> {
        let (jobs, accepted) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("memory".to_owned())
            .spawn(move || run(&accepted))?;
        Ok(Self {
            jobs,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Something was written to the file.
    pub(super) fn sync(&self, file: &Synced) {
        if !file.is_dirty.swap(true, Ordering::AcqRel) {
            // After the end it is the system's to do.
            let _ = self.jobs.send(Job::Sync(file.clone()));
        }
    }

    /// Writes a snapshot and puts it on the disk.
    pub(super) fn write(&self, snapshot: Snapshot) -> Receiver<io::Result<Written>> {
        let (reply, written) = mpsc::channel();
        let snapshot = Box::new(snapshot);
        let _ = self.jobs.send(Job::Snapshot { snapshot, reply });
        written
    }

    /// Finishes what there is to do.
    pub(super) fn end(&self) {
        let _ = self.jobs.send(Job::End);
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            warn!("the thread that keeps what sources say had panicked");
        }
    }
}

fn run(jobs: &Receiver<Job>) {
    let mut dirty: Vec<Synced> = Vec::new();
    let mut due: Option<Instant> = None;
    loop {
        let job = match due {
            Some(due) => jobs.recv_timeout(due.saturating_duration_since(Instant::now())),
            None => jobs.recv().map_err(RecvTimeoutError::from),
        };
        match job {
            Ok(Job::Sync(file)) => {
                dirty.push(file);
                due.get_or_insert_with(|| Instant::now() + SYNC_INTERVAL);
            }
            Ok(Job::Snapshot { snapshot, reply }) => {
                let written = snapshot.write().and_then(|written| {
                    written.file.sync_data()?;
                    Ok(written)
                });
                if let Err(error) = &written {
                    debug!(%error, "a journal could not be written anew");
                }
                // The journal may be gone.
                let _ = reply.send(written);
            }
            Err(RecvTimeoutError::Timeout) => {
                due = None;
                dirty.drain(..).for_each(|file| file.sync());
            }
            Ok(Job::End) | Err(RecvTimeoutError::Disconnected) => {
                return dirty.drain(..).for_each(|file| file.sync());
            }
        }
    }
}
