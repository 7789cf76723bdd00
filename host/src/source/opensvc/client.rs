//! Asks an agent: HTTP/1.1, a connection for each question, since the answer to one of them never ends.

use std::time::Duration;

use anyhow::{Context as _, bail};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderValue};
use hyper::http::request::Builder;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::{AgentAddress, tls};
use crate::source::AgentAccess;

/// Longest text of an error that is passed on.
const LONGEST_COMPLAINT: usize = 200;

/// The way to one agent.
#[derive(Debug, Clone)]
pub(super) struct Client {
    address: AgentAddress,
    access: AgentAccess,
    /// How long an answer may take, from the first octet of the question to the last of the answer.
    patience: Duration,
}

impl Client {
    pub(super) fn new(address: AgentAddress, access: AgentAccess, patience: Duration) -> Self {
        Self {
            address,
            access,
            patience,
        }
    }

    /// The whole answer.
    pub(super) async fn get(&self, target: &str) -> anyhow::Result<Bytes> {
        let answer = async {
            let body = self.ask(target, "application/json").await?;
            let body = body.collect().await.context("read the answer")?;
            Ok(body.to_bytes())
        };
        timeout(self.patience, answer)
            .await
            .unwrap_or_else(|_| Err(self.slow()))
            .with_context(|| format!("ask for {target}"))
    }

    /// An answer that goes on and on. The agent sends its head with the first event.
    pub(super) async fn open(&self, target: &str) -> anyhow::Result<Incoming> {
        timeout(self.patience, self.ask(target, "text/event-stream"))
            .await
            .unwrap_or_else(|_| Err(self.slow()))
            .context("ask for events")
    }

    fn slow(&self) -> anyhow::Error {
        anyhow::anyhow!("no answer within {} s", self.patience.as_secs_f32())
    }

    async fn ask(&self, target: &str, accept: &'static str) -> anyhow::Result<Incoming> {
        match &self.address {
            AgentAddress::Socket(path) => {
                let stream = UnixStream::connect(path)
                    .await
                    .with_context(|| format!("connect to {path}"))?;
                exchange(stream, request(target, accept, "localhost")).await
            }
            AgentAddress::Network { host, port } => {
                let stream = tls::connect(host, *port, &self.access).await?;
                let authority = if host.contains(':') {
                    format!("[{host}]:{port}")
                } else {
                    format!("{host}:{port}")
                };
                let mut request = request(target, accept, &authority);
                if let Some(path) = &self.access.token {
                    let token = std::fs::read_to_string(path)
                        .with_context(|| format!("read the token in {path}"))?;
                    request = request.header(header::AUTHORIZATION, bearer(&token)?);
                }
                exchange(stream, request).await
            }
        }
    }
}

fn request(target: &str, accept: &'static str, host: &str) -> Builder {
    Request::get(target)
        .header(header::HOST, host)
        .header(header::ACCEPT, accept)
}

/// The header that shows a token, and never appears in a log.
fn bearer(token: &str) -> anyhow::Result<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.trim()))
        .context("take the token for one")?;
    value.set_sensitive(true);
    Ok(value)
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Builder,
) -> anyhow::Result<Incoming> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .context("begin to speak HTTP")?;
    // Ends with the body, or with whoever holds it.
    tokio::spawn(connection);
    let request = request
        .body(Empty::<Bytes>::new())
        .context("write the request")?;
    let response = sender.send_request(request).await.context("ask")?;
    let status = response.status();
    if status == StatusCode::OK {
        return Ok(response.into_body());
    }
    let body = response.into_body().collect().await;
    let said = body
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let said: String = said.chars().take(LONGEST_COMPLAINT).collect();
    bail!("the agent answered {status}: {}", said.trim())
}
