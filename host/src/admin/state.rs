//! `GET /state`: what `zonesmith state export` writes, while the daemon has the state open.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::{Daemon, refusal};
use crate::store::content::Content;

/// Everything that is kept, or why it cannot be read.
pub(super) async fn state<D: Daemon>(
    State(daemon): State<D>,
) -> Result<Json<Content>, (StatusCode, Json<serde_json::Value>)> {
    // Milliseconds, from memory for the most part: it may be done here.
    daemon.state().map(Json).map_err(|error| {
        let sentence = format!("{:#}", anyhow::Error::from(error));
        (StatusCode::INTERNAL_SERVER_ERROR, refusal(&sentence))
    })
}
