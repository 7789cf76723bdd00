//! What a daemon says, handed on: to be read, and of the moment.
//!
//! | path | what the admin socket says to |
//! |---|---|
//! | `live/cluster.json` | `GET /cluster` |
//! | `live/policies.json` | `GET /policies` |
//! | `live/policies/DIGEST.wasm` | `GET /policies/DIGEST` |

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::admin::client::Client;

/// A daemon, and which of its clusters.
pub struct Live {
    /// The way to it.
    pub client: Client,
    /// The cluster, where there are several.
    pub cluster: Option<String>,
}

pub(super) async fn answer(live: Option<&Live>, wanted: &str) -> Response {
    let Some(Live { client, cluster }) = live else {
        return refuse(StatusCode::NOT_FOUND, "no daemon is asked");
    };
    let digest = wanted
        .strip_prefix("policies/")
        .and_then(|file| file.strip_suffix(".wasm"));
    let (kind, said) = match (wanted, digest.map(str::parse)) {
        ("cluster.json", _) => (
            "application/json",
            client.ask_cluster(cluster.as_deref()).await,
        ),
        ("policies.json", _) => ("application/json", client.ask_policies().await),
        (_, Some(Ok(digest))) => ("application/wasm", client.ask_component(digest).await),
        (_, Some(Err(_)) | None) => {
            return refuse(StatusCode::NOT_FOUND, "a daemon says nothing like it");
        }
    };
    match said {
        Ok(octets) => {
            let headers = [
                (header::CONTENT_TYPE, kind),
                (header::CACHE_CONTROL, "no-store"),
            ];
            (headers, octets).into_response()
        }
        Err(error) => refuse(StatusCode::BAD_GATEWAY, &format!("{error:#}")),
    }
}

fn refuse(code: StatusCode, sentence: &str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (code, headers, Json(json!({ "error": sentence }))).into_response()
}
