//! The sources of cluster state: what each says goes to the writer.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::source::{Access, SourceAddress, SourceUpdate};
use crate::synthesis::{Handle, SourceName};

/// Updates of a source that may wait for the writer's thread to take them: one is the state that is newest, so a source
/// that is faster than the writer waits.
const SOURCE_QUEUE: usize = 1;

/// Follows `source` until the task is aborted.
pub(super) fn start(source: SourceAddress, access: Access, synthesis: Handle) -> JoinHandle<()> {
    let (updates, mut told) = mpsc::channel(SOURCE_QUEUE);
    let name: SourceName = Arc::from(source.to_string());
    tokio::spawn(async move {
        let follow = source.follow(&access, None, updates);
        let take = async move {
            while let Some(update) = told.recv().await {
                let source = Arc::clone(&name);
                match update {
                    SourceUpdate::State { format, state, at } => {
                        synthesis.state(source, format, state, at);
                    }
                    SourceUpdate::Changes { services, at } => {
                        synthesis.change(source, services, at);
                    }
                    SourceUpdate::Failed { error } => synthesis.source_failed(source, error),
                }
            }
        };
        tokio::join!(follow, take);
    })
}
