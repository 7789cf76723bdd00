//! Asks a daemon over its admin socket: one request, one connection, one answer; or one stream of `events`.

mod events;
mod next;
mod policies;
mod promotion;

use std::io;
use std::time::Duration;

use anyhow::Context;
use camino::{Utf8Path, Utf8PathBuf};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use self::events::Reader;
use super::{Found, Gone, Probed};
use crate::explain::Explanation;
use crate::snapshot::report::Status;
use crate::store::content::Content;

pub use self::events::Told;

/// A status is put together from what is there.
const STATUS_TIME_LIMIT: Duration = Duration::from_secs(10);

/// A large cluster is written, sent and read.
const RECORD_TIME_LIMIT: Duration = Duration::from_secs(60);

/// A reload compiles a component and synthesizes every service: minutes for the largest cluster on a slow machine.
const RELOAD_TIME_LIMIT: Duration = Duration::from_secs(600);

/// How long a stream may be silent: the daemon shows every 15 seconds that it lives.
const SILENCE: Duration = Duration::from_secs(45);

/// The way to one daemon.
#[derive(Debug, Clone)]
pub struct Client {
    /// Of the socket; or the address, as it is said in messages.
    path: Utf8PathBuf,
    /// The address, where it is not a socket.
    address: Option<String>,
}

impl Client {
    /// By the socket's path. Nothing is opened yet.
    #[must_use]
    pub fn new(path: &Utf8Path) -> Self {
        Self {
            path: path.to_owned(),
            address: None,
        }
    }

    /// By the address of `admin.watch`, where only [`watch_purges`](Self::watch_purges) is answered. Nothing is opened yet.
    #[must_use]
    pub fn over(address: &str) -> Self {
        let address = address.strip_prefix("http://").unwrap_or(address);
        Self {
            path: address.into(),
            address: Some(address.to_owned()),
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

    /// The document of a cluster, as policies are given it; without a name, of the only one.
    ///
    /// # Errors
    ///
    /// When no daemon answers, or it has no such cluster.
    pub fn cluster(&self, name: Option<&str>) -> anyhow::Result<serde_json::Value> {
        self.ask(Method::GET, &cluster_path(name), RECORD_TIME_LIMIT)
    }

    /// Why a name answers what it answers, or why it does not.
    ///
    /// # Errors
    ///
    /// When no daemon answers, or the question is none.
    pub fn explain(
        &self,
        name: &str,
        rtype: Option<&str>,
        client: Option<&str>,
    ) -> anyhow::Result<Explanation> {
        let mut path = format!("/explain?name={}", escaped(name));
        for (key, value) in [("type", rtype), ("client", client)] {
            if let Some(value) = value {
                path = format!("{path}&{key}={}", escaped(value));
            }
        }
        self.ask(Method::GET, &path, STATUS_TIME_LIMIT)
    }

    /// As [`status`](Self::status), within a runtime.
    ///
    /// # Errors
    /// When no daemon answers.
    pub async fn ask_status(&self) -> anyhow::Result<Status> {
        tokio::time::timeout(STATUS_TIME_LIMIT, self.exchange(Method::GET, "/status"))
            .await
            .with_context(|| format!("the daemon at {} did not answer", self.path))?
    }

    /// What is served at a name: every type without one.
    ///
    /// # Errors
    /// When no daemon answers, or it serves nothing, or does not know the type.
    pub async fn lookup(&self, name: &str, rtype: Option<&str>) -> anyhow::Result<Found> {
        let mut path = format!("/lookup?name={}", escaped(name));
        if let Some(rtype) = rtype {
            path = format!("{path}&type={}", escaped(rtype));
        }
        tokio::time::timeout(STATUS_TIME_LIMIT, self.exchange(Method::GET, &path))
            .await
            .with_context(|| format!("the daemon at {} did not answer", self.path))?
    }

    /// Publishes a name in a zone that is to be watched on its way through name servers, with something else to say each time.
    ///
    /// # Errors
    /// When no daemon answers, or it does not serve the zone.
    pub async fn probe(&self, zone: &str) -> anyhow::Result<Probed> {
        let path = format!("/probe?zone={}", escaped(zone));
        tokio::time::timeout(STATUS_TIME_LIMIT, self.exchange(Method::POST, &path))
            .await
            .with_context(|| format!("the daemon at {} did not answer", self.path))?
    }

    /// Takes that name away.
    ///
    /// # Errors
    /// When no daemon answers.
    pub async fn end_probe(&self) -> anyhow::Result<Gone> {
        tokio::time::timeout(STATUS_TIME_LIMIT, self.exchange(Method::DELETE, "/probe"))
            .await
            .with_context(|| format!("the daemon at {} did not answer", self.path))?
    }

    /// Begins a stream of changes: those of `names` and of everything in `zones` (all without any), after the place
    /// `since`, as an event told it.
    ///
    /// # Errors
    /// When no daemon answers.
    pub async fn watch(
        &self,
        names: &[String],
        zones: &[String],
        since: Option<&str>,
    ) -> anyhow::Result<Events> {
        let names = names.iter().map(|name| format!("name={}", escaped(name)));
        let zones = zones.iter().map(|zone| format!("zone={}", escaped(zone)));
        let since = since.map(|since| format!("since={}", escaped(since)));
        let query: Vec<_> = names.chain(zones).chain(since).collect();
        self.begin(&format!("/watch?{}", query.join("&"))).await
    }

    /// Begins a stream of all changes that says what caches have to forget.
    ///
    /// # Errors
    /// When no daemon answers.
    pub async fn watch_purges(&self, since: Option<&str>) -> anyhow::Result<Events> {
        let since = since.map(|since| format!("&since={}", escaped(since)));
        let since = since.unwrap_or_default();
        self.begin(&format!("/watch?forget=1{since}")).await
    }

    async fn begin(&self, path: &str) -> anyhow::Result<Events> {
        let begun = tokio::time::timeout(STATUS_TIME_LIMIT, self.request(Method::GET, path));
        let response = begun
            .await
            .with_context(|| format!("the daemon at {} did not answer", self.path))??;
        if response.status() != StatusCode::OK {
            let body = response.into_body().collect().await;
            return Err(self.refused(&body.context("read the daemon's answer")?.to_bytes()));
        }
        Ok(Events {
            body: response.into_body(),
            reader: Reader::default(),
            told: Vec::new().into_iter(),
        })
    }

    /// Commands are not concurrent: each question has a small runtime of its own.
    fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        limit: Duration,
    ) -> anyhow::Result<T> {
        self.wait(self.exchange(method, path), limit)
    }

    fn wait<T>(
        &self,
        answer: impl Future<Output = anyhow::Result<T>>,
        limit: Duration,
    ) -> anyhow::Result<T> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("start a runtime")?;
        runtime.block_on(async {
            tokio::time::timeout(limit, answer).await.with_context(|| {
                format!(
                    "the daemon at {} did not answer within {} s",
                    self.path,
                    limit.as_secs()
                )
            })?
        })
    }

    async fn request(&self, method: Method, path: &str) -> anyhow::Result<Response<Incoming>> {
        self.request_with(method, path, Bytes::new()).await
    }

    /// A body is JSON.
    async fn request_with(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> anyhow::Result<Response<Incoming>> {
        let no_daemon = |error| self.no_daemon(error);
        let mut sender = if let Some(address) = &self.address {
            begin(TcpStream::connect(address).await.map_err(no_daemon)?).await?
        } else {
            begin(UnixStream::connect(&self.path).await.map_err(no_daemon)?).await?
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(
                hyper::header::HOST,
                self.address.as_deref().unwrap_or("localhost"),
            )
            .header(hyper::header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .context("write a request")?;
        sender.send_request(request).await.context("ask the daemon")
    }

    async fn exchange<T: DeserializeOwned>(&self, method: Method, path: &str) -> anyhow::Result<T> {
        self.exchange_with(method, path, Bytes::new()).await
    }

    async fn exchange_with<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> anyhow::Result<T> {
        let response = self.request_with(method, path, body).await?;
        let body = self.body(response).await?;
        serde_json::from_slice(&body).with_context(|| {
            format!(
                "understand the daemon at {}; it may be of another version",
                self.path
            )
        })
    }

    /// An answer as it comes.
    async fn read(&self, method: Method, path: &str) -> anyhow::Result<Bytes> {
        let response = self.request(method, path).await?;
        self.body(response).await
    }

    async fn body(&self, response: Response<Incoming>) -> anyhow::Result<Bytes> {
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .context("read the daemon's answer")?
            .to_bytes();
        if status != StatusCode::OK {
            return Err(self.refused(&body));
        }
        Ok(body)
    }

    fn refused(&self, body: &[u8]) -> anyhow::Error {
        let sentence = serde_json::from_slice::<serde_json::Value>(body)
            .ok()
            .and_then(|refusal| refusal.get("error")?.as_str().map(str::to_owned))
            .unwrap_or_else(|| String::from_utf8_lossy(body).trim().to_owned());
        anyhow::anyhow!("the daemon at {} refused: {sentence}", self.path)
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

async fn begin(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> anyhow::Result<http1::SendRequest<Full<Bytes>>> {
    let (sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .context("speak HTTP with the daemon")?;
    // It ends with the runtime; an error of it is the request's too.
    tokio::spawn(connection);
    Ok(sender)
}

/// A stream of changes.
pub struct Events {
    body: Incoming,
    reader: Reader,
    told: std::vec::IntoIter<Told>,
}

impl Events {
    /// What comes next; none: the stream ended.
    ///
    /// # Errors
    /// It was cut, is silent, or says what makes no sense.
    pub async fn next(&mut self) -> anyhow::Result<Option<Told>> {
        loop {
            if let Some(told) = self.told.next() {
                return Ok(Some(told));
            }
            let frame = tokio::time::timeout(SILENCE, self.body.frame()).await;
            let frame = frame.context("the daemon is silent")?;
            let Some(frame) = frame else {
                return Ok(None);
            };
            let frame = frame.context("read what the daemon says")?;
            if let Ok(octets) = frame.into_data() {
                self.told = self.reader.take(&octets)?.into_iter();
            }
        }
    }
}

fn cluster_path(name: Option<&str>) -> String {
    match name {
        Some(name) => format!("/cluster?name={}", escaped(name)),
        None => "/cluster".to_owned(),
    }
}

/// A value in a query (RFC 3986 §2.1): names may hold any octet.
fn escaped(value: &str) -> String {
    use std::fmt::Write as _;

    let mut escaped = String::with_capacity(value.len());
    for octet in value.bytes() {
        if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(octet));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "%{octet:02X}");
        }
    }
    escaped
}
