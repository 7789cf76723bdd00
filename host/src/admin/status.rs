//! `GET /status`: what is live, and what is wrong with it.

use axum::Json;
use axum::extract::State;

use super::Daemon;
use crate::snapshot::report::Status;

/// The daemon's own word, taken at this moment.
pub(super) async fn status<D: Daemon>(State(daemon): State<D>) -> Json<Status> {
    // Names are counted for it: not beside the answers of others.
    let status = tokio::task::spawn_blocking(move || daemon.status()).await;
    Json(status.unwrap_or_default())
}
