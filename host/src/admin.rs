//! Our own socket, for commands and monitoring: HTTP over a unix socket that only its owner may use, so that every tool
//! that speaks HTTP can ask (`curl --unix-socket PATH http://localhost/status`) and no port is opened to anyone.
//!
//! It asks the daemon through [`Daemon`] and holds nothing itself: an answer is what is live at that moment.
//! A refusal of ours is JSON too: `{"error": "a sentence"}`.
//!
//! | path | gives |
//! |---|---|
//! | `GET /live` | 200 as long as the process runs |
//! | `GET /status` | [`Status`] |
//! | `GET /state` | [`Content`]: everything that is kept, secrets too |
//! | `POST /policy/reload?force=true` | [`Outcome`] |

pub mod client;
mod live;
mod policy;
mod state;
mod status;

use std::future::Future;
use std::os::unix::net::UnixListener;

use anyhow::Context;
use axum::http::{StatusCode, Uri};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::snapshot::report::Status;
use crate::store::StoreError;
use crate::store::content::Content;
use crate::synthesis::outcome::Outcome;

/// What the socket asks of the daemon.
pub trait Daemon: Clone + Send + Sync + 'static {
    /// What is live.
    fn status(&self) -> Status;

    /// Everything that is kept.
    ///
    /// # Errors
    /// The state cannot be read.
    fn state(&self) -> Result<Content, StoreError>;

    /// Looks again at policies and settings, and publishes what they say unless it is refused. `force`: also when it
    /// would remove most names.
    fn reload(&self, force: bool) -> impl Future<Output = Outcome> + Send;
}

/// Answers on `listener` until `shutdown`, and what was asked by then.
///
/// # Errors
///
/// When the listener cannot be used.
pub async fn serve(
    listener: UnixListener,
    daemon: impl Daemon,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    listener
        .set_nonblocking(true)
        .context("make the admin socket ready")?;
    let listener =
        tokio::net::UnixListener::from_std(listener).context("make the admin socket ready")?;
    axum::serve(listener, router(daemon))
        .with_graceful_shutdown(shutdown)
        .await
        .context("answer on the admin socket")
}

fn router<D: Daemon>(daemon: D) -> Router {
    Router::new()
        .route("/live", get(live::live))
        .route("/status", get(status::status::<D>))
        .route("/state", get(state::state::<D>))
        .route("/policy/reload", post(policy::reload::<D>))
        .fallback(no_such_path)
        .method_not_allowed_fallback(other_method)
        .with_state(daemon)
}

async fn no_such_path(uri: Uri) -> (StatusCode, Json<serde_json::Value>) {
    (
        StatusCode::NOT_FOUND,
        refusal(&format!("there is no {}", uri.path())),
    )
}

async fn other_method(uri: Uri) -> (StatusCode, Json<serde_json::Value>) {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        refusal(&format!("{} takes another method", uri.path())),
    )
}

fn refusal(sentence: &str) -> Json<serde_json::Value> {
    Json(json!({ "error": sentence }))
}

#[cfg(test)]
mod tests;
