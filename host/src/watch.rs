//! Says "look again" when something may have happened to some files: policies, their settings, the configuration, master
//! files. It never says what: who looks decides by the digest of what it reads, so one signal too many is cheap and two
//! that become one lose nothing.
//!
//! Directories are watched, not files: a file that is replaced by renaming takes the watch on it away with it. Every symbolic
//! link on the way to a file is followed by hand, and the directory of each is watched: Kubernetes swaps a link in the middle
//! (`policy.wasm` → `..data/policy.wasm`, `..data` → `..2026_11_24`), others the directory of a release.
//!
//! And every file is looked at by `stat` once in a while: network file systems tell nothing, a watch can be refused (too many
//! of them), events can be lost. So nothing here is an error: without a watch it is only slower.

mod sight;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc as tokio_mpsc;
use tracing::{debug, warn};

use self::sight::{Identity, Sight};

/// How often files are looked at when nothing was heard. A look is a few system calls a file.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Files that nothing happened to for this long are taken for written: one that is half written would be refused, and said
/// so, only to be accepted a moment later.
const QUIET: Duration = Duration::from_millis(50);

/// Files that are never quiet are looked at after this long all the same.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Watches files until it is dropped.
pub struct Watch {
    stop: Sender<Heard>,
}

/// What the watching thread hears.
enum Heard {
    Event(notify::Result<Event>),
    Stop,
}

impl Watch {
    /// Sends to `look_again` when something may have happened to `paths`, which need not exist, and once at the start, for what
    /// happened before anybody watched. It never waits: a channel that is full has a look ahead of it already.
    #[must_use]
    pub fn start(paths: &[Utf8PathBuf], look_again: tokio_mpsc::Sender<()>) -> Self {
        let (stop, heard) = mpsc::channel();
        let events = stop.clone();
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let thread = thread::Builder::new()
            .name("watch".to_owned())
            .spawn(move || {
                let mut directories = Directories::new(events);
                follow(&paths, &mut directories, &heard, &look_again);
            });
        if let Err(error) = thread {
            warn!(error = %error, "no thread to watch files; SIGHUP and `zonesmith policy reload` look again");
        }
        Self { stop }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // The thread may have ended already, with the channel it sends to.
        let _ = self.stop.send(Heard::Stop);
    }
}

/// The life of the watching thread.
fn follow(
    paths: &[PathBuf],
    directories: &mut Directories,
    heard: &Receiver<Heard>,
    look_again: &tokio_mpsc::Sender<()>,
) {
    let mut sight = Sight::of(paths);
    directories.watch(&sight.directories);
    loop {
        if let Err(tokio_mpsc::error::TrySendError::Closed(())) = look_again.try_send(()) {
            return;
        }
        // Until something happened …
        loop {
            match heard.recv_timeout(POLL_INTERVAL) {
                Ok(Heard::Event(event)) if sight.concerns(&event) => break,
                Ok(Heard::Event(_)) => {}
                Err(RecvTimeoutError::Timeout) if Sight::of(paths) != sight => break,
                Err(RecvTimeoutError::Timeout) if look_again.is_closed() => return,
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Heard::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        // … and then until nothing does.
        let latest = Instant::now() + LONGEST_WAIT;
        loop {
            match heard.recv_timeout(QUIET) {
                Ok(Heard::Event(_)) => {}
                Ok(Heard::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    let now = Sight::of(paths);
                    let quiet = now == sight;
                    sight = now;
                    if quiet {
                        break;
                    }
                }
            }
            if Instant::now() >= latest {
                sight = Sight::of(paths);
                break;
            }
        }
        directories.watch(&sight.directories);
    }
}

/// The directories that are watched.
struct Directories {
    /// None where this machine has no means to watch.
    watcher: Option<RecommendedWatcher>,
    watched: BTreeMap<PathBuf, Identity>,
    /// That a watch was refused is said once.
    has_warned: bool,
}

impl Directories {
    fn new(events: Sender<Heard>) -> Self {
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // Who looks opens and reads: that is no news.
            if event.as_ref().is_ok_and(|event| is_reading(event.kind)) {
                return;
            }
            // The thread has ended: nobody wants to know.
            let _ = events.send(Heard::Event(event));
        });
        let mut directories = Self {
            watcher: None,
            watched: BTreeMap::new(),
            has_warned: false,
        };
        match watcher {
            Ok(watcher) => directories.watcher = Some(watcher),
            Err(error) => directories.warn(&error),
        }
        directories
    }

    /// Watches these and no others. A directory that was replaced by another of its name is watched anew.
    fn watch(&mut self, wanted: &BTreeMap<PathBuf, Identity>) {
        let Some(mut watcher) = self.watcher.take() else {
            return;
        };
        self.watched.retain(|path, identity| {
            let keep = wanted.get(path) == Some(identity);
            if !keep && let Err(error) = watcher.unwatch(path) {
                debug!(path = %path.display(), error = %error, "a directory that is gone took its watch along");
            }
            keep
        });
        for (path, identity) in wanted {
            if self.watched.contains_key(path) {
                continue;
            }
            match watcher.watch(path, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(path.clone(), *identity);
                }
                Err(error) => self.warn(&error),
            }
        }
        self.watcher = Some(watcher);
    }

    fn warn(&mut self, error: &notify::Error) {
        if !self.has_warned {
            self.has_warned = true;
            warn!(error = %error, "a directory cannot be watched; its files are looked at every two seconds");
        }
    }
}

fn is_reading(kind: EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}

#[cfg(test)]
mod tests;
