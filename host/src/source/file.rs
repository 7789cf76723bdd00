//! A file as a source: a cluster document, or what an agent prints. Followed by its directory, since a watch on the file
//! itself goes deaf at the first rename, and by a slow look at the file, since a directory on a network, or behind a
//! symbolic link, tells nothing.
//!
//! A change is read at once: names are to follow within milliseconds. So a file that is written in place is seen half
//! written, which is no news: half of a JSON text cannot be read, and an error is told only when nothing happened to the
//! file for a while. ([`crate::watch`] waits for quiet *before* it looks: half a component costs more to find out.)
//! What cannot be read is told once, until it changes, while what was read last stays served. A file that is gone is
//! the same: it does not mean an empty cluster.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use camino::{Utf8Path, Utf8PathBuf};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, timeout_at};
use tracing::{debug, info, warn};
use zonesmith_cluster::{Format, State};

use super::SourceUpdate;
use crate::digest::Digest;

/// How often the file is looked at when nothing was heard. A look is one `stat`.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// A broken file that nothing happened to for this long is not being written: the parts of one write are milliseconds
/// apart, over a network tens of them.
const QUIET: Duration = Duration::from_millis(200);

/// A file that is never quiet is told to be broken after this long all the same.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Reads the file now and after every change, until nobody listens.
pub(super) async fn follow(path: &Utf8Path, updates: &mpsc::Sender<SourceUpdate>) {
    let heard = Arc::new(Heard::default());
    let mut watcher = None;
    let mut reader = Reader {
        path: path.to_owned(),
        said: Said::Nothing,
    };
    // Since when the file has been broken, until that was told.
    let mut broken_since: Option<Instant> = None;
    loop {
        if watcher.is_none() {
            // Before the first look: what happens in between is heard.
            watcher = watch(path, &heard)
                .inspect_err(|error| debug!(%path, error = format!("{error:#}"), "no watch on the directory of the source"))
                .ok();
        }
        // Before the text: what changes while it is read is read again.
        let stamp = Stamp::of(path);
        let read = tokio::task::spawn_blocking(move || {
            let read = reader.read();
            (reader, read)
        });
        let told = match read.await {
            Ok((next, told)) => {
                reader = next;
                told
            }
            Err(error) => return warn!(%path, error = %error, "the source stopped"),
        };
        let deadline = match told {
            Told::Nothing => {
                broken_since = None;
                None
            }
            Told::State(update) => {
                broken_since = None;
                if updates.send(update).await.is_err() {
                    return;
                }
                None
            }
            Told::Broken(error) => {
                let now = Instant::now();
                let since = *broken_since.get_or_insert(now);
                let deadline = (now + QUIET).min(since + LONGEST_WAIT);
                Some((deadline, error))
            }
        };
        if let Some((deadline, error)) = deadline {
            if timeout_at(deadline, heard.change(path, stamp))
                .await
                .is_ok()
            {
                continue;
            }
            broken_since = None;
            if updates.send(reader.tell(error)).await.is_err() {
                return;
            }
        }
        tokio::select! {
            () = updates.closed() => return,
            () = heard.change(path, stamp) => {}
        }
    }
}

/// What the watch on the directory heard.
#[derive(Default)]
struct Heard {
    something: Notify,
    /// That it was the file itself: then its stamp need not differ. Two writes within a tick of the kernel's clock have one.
    was_the_file: AtomicBool,
}

impl Heard {
    /// Returns when the file is worth another look: it was named, or it is not what it was.
    async fn change(&self, path: &Utf8Path, seen: Option<Stamp>) {
        loop {
            if self.was_the_file.swap(false, Ordering::AcqRel) || Stamp::of(path) != seen {
                return;
            }
            // Time is as good a reason to look as an event.
            let _ = timeout_at(Instant::now() + POLL_INTERVAL, self.something.notified()).await;
        }
    }

    fn hear(&self, event: &notify::Result<notify::Event>, file: &OsStr) {
        match event {
            // Reading is no change.
            Ok(event) if event.kind.is_access() => return,
            Ok(event)
                if event
                    .paths
                    .iter()
                    .any(|path| path.file_name() == Some(file)) =>
            {
                self.was_the_file.store(true, Ordering::Release);
            }
            // Another file: a symbolic link may lead through it. Or events were lost.
            Ok(_) | Err(_) => {}
        }
        self.something.notify_one();
    }
}

/// A watch on the directory of the file.
fn watch(path: &Utf8Path, heard: &Arc<Heard>) -> anyhow::Result<RecommendedWatcher> {
    let heard = Arc::clone(heard);
    let file = OsString::from(path.file_name().unwrap_or_default());
    let mut watcher = notify::recommended_watcher(move |event| heard.hear(&event, &file))
        .context("start watching")?;
    let directory = path
        .parent()
        .filter(|directory| !directory.as_str().is_empty())
        .unwrap_or_else(|| Utf8Path::new("."));
    watcher
        .watch(directory.as_std_path(), RecursiveMode::NonRecursive)
        .with_context(|| format!("watch {directory}"))?;
    Ok(watcher)
}

/// What changes when a file does: cheap to look at, and never the same by accident for two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(path: &Utf8Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

/// Reads the file and remembers what it said, to say nothing twice.
struct Reader {
    path: Utf8PathBuf,
    said: Said,
}

/// What was told last.
enum Said {
    Nothing,
    State(Digest),
    Broken(String),
}

/// What a look at the file gave.
enum Told {
    /// What was told already.
    Nothing,
    State(SourceUpdate),
    Broken(String),
}

impl Reader {
    fn read(&mut self) -> Told {
        match self.look() {
            Ok(told) => told,
            Err(error) if matches!(&self.said, Said::Broken(said) if *said == error) => {
                Told::Nothing
            }
            Err(error) => Told::Broken(error),
        }
    }

    fn look(&mut self) -> Result<Told, String> {
        let path = &self.path;
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err("there is no such file yet; waiting for it".to_owned());
            }
            Err(error) => return Err(format!("it cannot be read: {error}")),
        };
        let digest = Digest::of(&text);
        if matches!(&self.said, Said::State(said) if *said == digest) {
            return Ok(Told::Nothing);
        }
        let (format, state) = zonesmith_cluster::read(&text).map_err(|error| error.to_string())?;
        let update = state_read(path.as_str(), format, state);
        self.said = Said::State(digest);
        Ok(Told::State(update))
    }

    /// Tells an error: it stays.
    fn tell(&mut self, error: String) -> SourceUpdate {
        warn!(
            source = %self.path,
            error,
            "the source says nothing; what it said last stays served"
        );
        self.said = Said::Broken(error.clone());
        SourceUpdate::Failed { error }
    }
}

/// Reads the standard input to its end, once. Then there is nothing to follow: it only waits until nobody listens.
pub(super) async fn read_standard_input(updates: &mpsc::Sender<SourceUpdate>) {
    info!("reading the cluster's state from the standard input");
    let read = tokio::task::spawn_blocking(|| {
        let mut text = Vec::new();
        io::stdin()
            .lock()
            .read_to_end(&mut text)
            .context("read it")?;
        zonesmith_cluster::read(&text).context("understand it")
    })
    .await;
    let update = match read {
        Ok(Ok((format, state))) => state_read("the standard input", format, state),
        Ok(Err(error)) => {
            let error = format!("{error:#}");
            warn!(
                source = "the standard input",
                error, "the source says nothing"
            );
            SourceUpdate::Failed { error }
        }
        Err(error) => SourceUpdate::Failed {
            error: error.to_string(),
        },
    };
    if updates.send(update).await.is_ok() {
        updates.closed().await;
    }
}

fn state_read(source: &str, format: Format, state: State) -> SourceUpdate {
    info!(
        source,
        ?format,
        services = state.services.len(),
        problems = state.problems.len(),
        "the source was read"
    );
    SourceUpdate::State {
        format,
        state,
        at: std::time::Instant::now(),
    }
}

#[cfg(test)]
mod tests;
