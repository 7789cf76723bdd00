//! Asks a daemon for one state of its cluster after the other.

use std::time::Duration;

use anyhow::Context as _;
use http_body_util::BodyExt as _;
use hyper::{Method, StatusCode, header};
use serde_json::Value;

use super::{Client, escaped};

/// The daemon keeps us for some seconds when nothing changes, and then a large cluster is written, sent and read.
const TIME_LIMIT: Duration = Duration::from_secs(90);

/// A state of a cluster, and its place among others.
#[derive(Debug)]
pub struct NextState {
    /// The cluster document.
    pub document: Value,
    /// To ask for the next one.
    pub place: String,
}

impl Client {
    /// The state of a cluster once it is another than the one at the place `after`; at once without any. None: nothing changed
    /// for a while.
    ///
    /// # Errors
    ///
    /// When no daemon answers, or it has no such cluster.
    pub fn next_cluster(
        &self,
        name: Option<&str>,
        after: Option<&str>,
    ) -> anyhow::Result<Option<NextState>> {
        let name = name.map(|name| format!("name={}", escaped(name)));
        let after = after.map(|after| format!("after={}", escaped(after)));
        let query: Vec<_> = name.into_iter().chain(after).collect();
        let path = format!("/cluster?{}", query.join("&"));
        self.wait(self.next_state(&path), TIME_LIMIT)
    }

    async fn next_state(&self, path: &str) -> anyhow::Result<Option<NextState>> {
        let response = self.request(Method::GET, path).await?;
        let status = response.status();
        let place = response.headers().get(header::ETAG);
        let place = place.and_then(|place| place.to_str().ok()).unwrap_or("");
        let place = place.trim_matches('"').to_owned();
        let body = response.into_body().collect().await;
        let body = body.context("read the daemon's answer")?.to_bytes();
        match status {
            StatusCode::OK => {
                let document =
                    serde_json::from_slice(&body).context("understand the daemon's cluster")?;
                Ok(Some(NextState { document, place }))
            }
            StatusCode::NOT_MODIFIED => Ok(None),
            _ => Err(self.refused(&body)),
        }
    }
}
