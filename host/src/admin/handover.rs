//! `POST /handover`: the connection itself goes to the daemon, for a successor that takes over what it holds. Descriptors
//! cannot be passed within HTTP, so the connection is upgraded, and HTTP has no part in what follows.

use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, UPGRADE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade;
use tokio::net::UnixStream;
use tracing::warn;

use super::{Daemon, HANDOVER, refusal};

/// Switches protocols, and hands the connection on once it is written.
pub(super) async fn hand_over<D: Daemon>(
    State(daemon): State<D>,
    headers: HeaderMap,
    mut request: Request,
) -> Response {
    let wanted = headers.get(UPGRADE).and_then(|value| value.to_str().ok());
    if wanted != Some(HANDOVER) {
        let sentence =
            format!("this is for `zonesmith serve --take-over`, which upgrades to {HANDOVER}");
        return (StatusCode::UPGRADE_REQUIRED, refusal(&sentence)).into_response();
    }
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let stream = match upgraded.await {
            Ok(upgraded) => upgrade::downcast::<TokioIo<UnixStream>>(upgraded),
            Err(error) => {
                warn!(%error, "a successor has gone before it could take over");
                return;
            }
        };
        // Nothing comes before we said that we switch.
        let stream = stream.ok().filter(|parts| parts.read_buf.is_empty());
        match stream.map(|parts| parts.io.into_inner().into_std()) {
            Some(Ok(stream)) => daemon.hand_over(stream),
            Some(Err(_)) | None => warn!("a successor speaks before it is asked"),
        }
    });
    let head = [(CONNECTION, "upgrade"), (UPGRADE, HANDOVER)];
    (StatusCode::SWITCHING_PROTOCOLS, head).into_response()
}
