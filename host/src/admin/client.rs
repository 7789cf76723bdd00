//! Asks a daemon over its admin socket: one request, one connection, one answer.

use std::io;
use std::time::Duration;

use anyhow::{Context, bail};
use camino::{Utf8Path, Utf8PathBuf};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;

use crate::snapshot::report::Status;
use crate::store::content::Content;
use crate::synthesis::outcome::Outcome;

/// A status is put together from what is there.
const STATUS_TIME_LIMIT: Duration = Duration::from_secs(10);

/// A reload compiles a component and synthesizes every service: minutes for the largest cluster on a slow machine.
const RELOAD_TIME_LIMIT: Duration = Duration::from_secs(600);

/// The way to one daemon.
#[derive(Debug, Clone)]
pub struct Client {
    path: Utf8PathBuf,
}

impl Client {
    /// By the socket's path. Nothing is opened yet.
    #[must_use]
    pub fn new(path: &Utf8Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// What is live.
    ///
    /// # Errors
    ///
    /// When no daemon answers.
    pub fn status(&self) -> anyhow::Result<Status> {
        self.ask(Method::GET, "/status", STATUS_TIME_LIMIT)
    }

    /// Everything that the daemon keeps, secrets too.
    ///
    /// # Errors
    ///
    /// When no daemon answers, or its state cannot be read.
    pub fn state(&self) -> anyhow::Result<Content> {
        self.ask(Method::GET, "/state", STATUS_TIME_LIMIT)
    }

    /// Has the daemon look again at its policies.
    ///
    /// # Errors
    ///
    /// When no daemon answers. A refused candidate is no error.
    pub fn reload(&self, force: bool) -> anyhow::Result<Outcome> {
        let path = if force {
            "/policy/reload?force=true"
        } else {
            "/policy/reload"
        };
        self.ask(Method::POST, path, RELOAD_TIME_LIMIT)
    }

    /// Commands are not concurrent: each question has a small runtime of its own.
    fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        limit: Duration,
    ) -> anyhow::Result<T> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("start a runtime")?;
        runtime.block_on(async {
            tokio::time::timeout(limit, self.exchange(method, path))
                .await
                .with_context(|| {
                    format!(
                        "the daemon at {} did not answer within {} s",
                        self.path,
                        limit.as_secs()
                    )
                })?
        })
    }

    async fn exchange<T: DeserializeOwned>(&self, method: Method, path: &str) -> anyhow::Result<T> {
        let stream = UnixStream::connect(&self.path)
            .await
            .map_err(|error| self.no_daemon(error))?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .context("speak HTTP with the daemon")?;
        // It ends with the runtime; an error of it is the request's too.
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(hyper::header::HOST, "localhost")
            .body(Empty::<Bytes>::new())
            .context("write a request")?;
        let response = sender
            .send_request(request)
            .await
            .context("ask the daemon")?;
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .context("read the daemon's answer")?
            .to_bytes();
        if status != StatusCode::OK {
            let text = String::from_utf8_lossy(&body);
            let sentence = serde_json::from_slice::<serde_json::Value>(&body)
                .ok()
                .and_then(|refusal| refusal.get("error")?.as_str().map(str::to_owned))
                .unwrap_or_else(|| text.trim().to_owned());
            bail!("the daemon at {} refused: {sentence}", self.path);
        }
        serde_json::from_slice(&body).with_context(|| {
            format!(
                "understand the daemon at {}; it may be of another version",
                self.path
            )
        })
    }

    fn no_daemon(&self, error: io::Error) -> anyhow::Error {
        if matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
        ) {
            return anyhow::anyhow!(
                "no daemon answers at {}; start one with `zonesmith serve`",
                self.path
            );
        }
        anyhow::Error::from(error).context(format!("connect to the daemon at {}", self.path))
    }
}
