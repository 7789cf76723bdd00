//! What a daemon says, handed on: to be read, and of the moment.
//!
//! | path | what the admin socket says to |
//! |---|---|
//! | `live/cluster.json` | `GET /cluster` |
//! | `live/policies.json` | `GET /policies` |
//! | `live/policies/DIGEST.wasm` | `GET /policies/DIGEST` |

use anyhow::Context as _;
use axum::Json;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

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
            match client.ask_cluster(cluster.as_deref()).await {
                Ok(document) => readable(document).await,
                Err(error) => Err(error),
            },
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

/// As `zonesmith record` writes it: a person reads and changes it. A large one takes a while: nothing for a thread that answers.
async fn readable(document: Bytes) -> anyhow::Result<Bytes> {
    let written = tokio::task::spawn_blocking(move || {
        let document: Value = serde_json::from_slice(&document)?;
        serde_json::to_vec_pretty(&document)
    });
    let text = written.await.context("write the document")?;
    Ok(text.context("write the document")?.into())
}

fn refuse(code: StatusCode, sentence: &str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (code, headers, Json(json!({ "error": sentence }))).into_response()
}
