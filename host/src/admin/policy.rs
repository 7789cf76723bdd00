//! `POST /policy/reload`: look again, now, and say what came of it.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{Daemon, refusal};

/// The query of a reload.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reload {
    /// Publish also what would remove most names.
    #[serde(default)]
    force: bool,
}

/// Answers 200 with the outcome, a refused candidate included: the request itself was done.
pub(super) async fn reload<D: Daemon>(
    State(daemon): State<D>,
    query: Result<Query<Reload>, QueryRejection>,
) -> Response {
    match query {
        Ok(Query(Reload { force })) => Json(daemon.reload(force).await).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, refusal(&error.body_text())).into_response(),
    }
}
