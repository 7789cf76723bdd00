//! `GET /ready`: for a supervisor, or a name server, that wants to know whether there is something to ask.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::{Daemon, refusal};

/// 200 and a word while zones are served; else 503 and why not.
pub(super) async fn ready<D: Daemon>(
    State(daemon): State<D>,
) -> Result<&'static str, (StatusCode, Json<serde_json::Value>)> {
    match daemon.not_ready() {
        None => Ok("ready\n"),
        Some(reason) => Err((StatusCode::SERVICE_UNAVAILABLE, refusal(&reason))),
    }
}
