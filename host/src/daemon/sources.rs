//! One source of cluster state: what it says is kept, then goes to the writer. Until it speaks, what it said before the
//! daemon started is served.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::block_in_place;
use tokio::time::{sleep_until, timeout};
use tracing::{info, warn};

use crate::memory::{Journal, Memory, Remembered};
use crate::source::{Access, SourceAddress, SourceUpdate};
use crate::synthesis::{Handle, SourceName};

/// Updates of a source that may wait for the writer's thread to take them: one is the state that is newest, so a source
/// that is faster than the writer waits.
const SOURCE_QUEUE: usize = 1;

/// How long a source is waited for when what it said before has holes: names that are there would be denied, and caches
/// keep that. A source that is well has spoken by then.
const INCOMPLETE_PATIENCE: Duration = Duration::from_secs(10);

/// What a source is called in `status` and in the log: its address.
pub(super) fn name(source: &SourceAddress) -> String {
    source.to_string()
}

/// Follows `source` until it is dropped.
pub(super) async fn follow(
    source: SourceAddress,
    access: Access,
    synthesis: Handle,
    memory: Memory,
) {
    let (updates, told) = mpsc::channel(SOURCE_QUEUE);
    // What comes through a pipe comes once, and is another thing the next time.
    let (journal, remembered) = if source == SourceAddress::StandardInput {
        (None, None)
    } else {
        let (journal, remembered) = block_in_place(|| memory.recall(&key(&source)));
        (Some(journal), remembered)
    };
    let known = remembered
        .as_ref()
        .filter(|remembered| remembered.is_whole)
        .map(|remembered| remembered.state.clone());
    let teller = Teller {
        name: name(&source).into(),
        synthesis,
        journal,
    };
    let follow = source.follow(&access, known.as_ref(), updates);
    tokio::join!(follow, teller.run(remembered, told));
}

/// What a source is kept by: its address, and a file wherever it is named from.
pub(super) fn key(source: &SourceAddress) -> String {
    match source {
        SourceAddress::File(path) => std::path::absolute(path)
            .map_or_else(|_| name(source), |path| format!("file:{}", path.display())),
        SourceAddress::StandardInput | SourceAddress::Agent(_) | SourceAddress::Etcd(_) => {
            name(source)
        }
    }
}

/// From one source to the writer, by way of its journal.
struct Teller {
    name: SourceName,
    synthesis: Handle,
    journal: Option<Journal>,
}

impl Teller {
    async fn run(mut self, remembered: Option<Remembered>, mut told: mpsc::Receiver<SourceUpdate>) {
        if let Some(remembered) = remembered {
            self.remember(remembered, &mut told).await;
        }
        loop {
            let due = self.journal.as_ref().and_then(Journal::due);
            let wake = due.unwrap_or_else(Instant::now);
            tokio::select! {
                update = told.recv() => match update {
                    Some(update) => self.tell(update),
                    None => return,
                },
                () = sleep_until(wake.into()), if due.is_some() => {
                    if let Some(journal) = &mut self.journal {
                        block_in_place(|| journal.tick());
                    }
                }
            }
        }
    }

    /// Tells what was said before the start.
    async fn remember(&mut self, remembered: Remembered, told: &mut mpsc::Receiver<SourceUpdate>) {
        let Remembered {
            format,
            state,
            spoke,
            is_whole,
        } = remembered;
        let age = spoke.elapsed().map_or(0, |age| age.as_secs());
        let (source, services) = (&self.name, state.services.len());
        if !is_whole {
            warn!(%source, services, seconds = age, "what the source said before has holes: it is served if the source does not speak");
            let end = Instant::now() + INCOMPLETE_PATIENCE;
            loop {
                let left = end.saturating_duration_since(Instant::now());
                match timeout(left, told.recv()).await {
                    Ok(None) => return,
                    Ok(Some(update @ SourceUpdate::State { .. })) => return self.tell(update),
                    Ok(Some(update)) => self.tell(update),
                    Err(_) => break,
                }
            }
        }
        info!(source = %self.name, services, seconds = age, "what the source said before is served until it speaks");
        let name = Arc::clone(&self.name);
        self.synthesis.remember(name, format, state, spoke);
    }

    fn tell(&mut self, update: SourceUpdate) {
        let name = Arc::clone(&self.name);
        match update {
            SourceUpdate::State { format, state, at } => {
                let state = match &mut self.journal {
                    // A cluster of a hundred thousand is a hundred megabytes.
                    Some(journal) => block_in_place(|| journal.keep_state(format, state)),
                    None => state,
                };
                self.synthesis.state(name, format, state, at);
            }
            SourceUpdate::Changes { services, at } => {
                let services = match &mut self.journal {
                    Some(journal) => journal.keep_changes(services),
                    None => services,
                };
                self.synthesis.change(name, services, at);
            }
            SourceUpdate::Failed { error } => self.synthesis.source_failed(name, error),
        }
    }
}
