//! Commands that go on until somebody ends them: that is no failure.

use std::future::Future;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use super::Exit;

/// Runs `work` until it fails, or SIGINT or SIGTERM ends it.
pub(super) fn until_ended(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("start a runtime")?;
    runtime.block_on(async {
        let mut interrupted = signal(SignalKind::interrupt()).context("listen for SIGINT")?;
        let mut terminated = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
        tokio::select! {
            worked = work => worked.map(|()| Exit::Done),
            _ = interrupted.recv() => Ok(Exit::Done),
            _ = terminated.recv() => Ok(Exit::Done),
        }
    })
}
