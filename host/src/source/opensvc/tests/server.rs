//! A small agent: it answers the questions of the source with recorded octets, in pieces, and can cut and stall.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// What happens after a stream's last octet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The agent hangs up: the body has no last chunk.
    Cut,
    /// Nothing, for ever.
    Stall,
}

/// A stream of events: octets of a recording, and what comes after them.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    pub(super) octets: Vec<u8>,
    /// How many octets are written at once.
    pub(super) piece: usize,
    pub(super) end: End,
}

/// What the agent answers; changed while it runs.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) status: Vec<u8>,
    /// None: there is no such path.
    pub(super) networks: Option<Vec<u8>>,
    /// None: it is forbidden, as with a token of few rights.
    pub(super) subnets: Option<Vec<u8>>,
    /// One for each connection; the last is for all that follow.
    pub(super) streams: Vec<Stream>,
}

/// A running agent.
pub(super) struct Server {
    pub(super) path: Utf8PathBuf,
    pub(super) answers: Arc<Mutex<Answers>>,
    /// The target of each question.
    pub(super) asked: mpsc::UnboundedReceiver<String>,
    task: JoinHandle<()>,
    connections: Arc<Mutex<Vec<JoinHandle<()>>>>,
    _directory: tempfile::TempDir,
}

impl Server {
    pub(super) fn start(answers: Answers) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().join("http.sock")).unwrap();
        let answers = Arc::new(Mutex::new(answers));
        let connections = Arc::default();
        let (tell, asked) = mpsc::unbounded_channel();
        let listener = UnixListener::bind(&path).unwrap();
        let task = tokio::spawn(serve(
            listener,
            Arc::clone(&answers),
            tell,
            Arc::clone(&connections),
        ));
        Self {
            path,
            answers,
            asked,
            task,
            connections,
            _directory: directory,
        }
    }

    /// Hangs up on everybody, as a killed agent does; whoever comes again is answered.
    pub(super) fn cut(&self) {
        for connection in self.connections.lock().unwrap().drain(..) {
            connection.abort();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
        self.cut();
    }
}

async fn serve(
    listener: UnixListener,
    answers: Arc<Mutex<Answers>>,
    tell: mpsc::UnboundedSender<String>,
    connections: Arc<Mutex<Vec<JoinHandle<()>>>>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let connection = answer(stream, Arc::clone(&answers), tell.clone());
        connections.lock().unwrap().push(tokio::spawn(connection));
    }
}

/// Answers one question, whatever it comes over.
pub(super) async fn answer(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answers: Arc<Mutex<Answers>>,
    tell: mpsc::UnboundedSender<String>,
) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let request = String::from_utf8(request).unwrap();
    let target = request.split(' ').nth(1).unwrap().to_owned();
    let token = request
        .lines()
        .find_map(|line| line.strip_prefix("authorization: "));
    let shown = token.map_or(String::new(), |token| format!(" with {token}"));
    let _ = tell.send(format!("{target}{shown}"));
    if target.starts_with("/api/node/name/_/daemon/event") {
        let script = {
            let streams = &mut answers.lock().unwrap().streams;
            if streams.len() > 1 {
                streams.remove(0)
            } else {
                streams[0].clone()
            }
        };
        for piece in script.octets.chunks(script.piece) {
            if stream.write_all(piece).await.is_err() {
                return;
            }
        }
        if script.end == End::Stall {
            sleep(Duration::from_secs(3600)).await;
        }
        return;
    }
    let body = {
        let answers = answers.lock().unwrap();
        if target == "/api/network" {
            answers.networks.clone()
        } else if target.starts_with("/api/cluster/config?") {
            answers.subnets.clone()
        } else {
            Some(selected(&answers.status))
        }
    };
    let (line, body) = match body {
        Some(body) => ("200 OK", body),
        None => ("404 Not Found", br#"{"message":"Not Found"}"#.to_vec()),
    };
    let head = format!("HTTP/1.1 {line}\r\nContent-Length: {}\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&body).await;
    let _ = stream.flush().await;
    let _ = stream.shutdown().await;
}

/// What is left of a status when it is asked for with the object `cluster` alone. What is no status stays as it is.
fn selected(status: &[u8]) -> Vec<u8> {
    let Ok(mut status) = serde_json::from_slice::<Value>(status) else {
        return status.to_vec();
    };
    let nodes = status
        .pointer_mut("/cluster/node")
        .and_then(Value::as_object_mut);
    for node in nodes.into_iter().flat_map(|nodes| nodes.values_mut()) {
        if let Some(instances) = node.pointer_mut("/instance").and_then(Value::as_object_mut) {
            instances.retain(|path, _| path == "cluster");
        }
    }
    status.to_string().into_bytes()
}

/// The octets of a recorded stream.
pub(super) fn recording(name: &str) -> Vec<u8> {
    fixture(&format!("events/{name}.http"))
}

/// A recorded status.
pub(super) fn status(name: &str) -> Vec<u8> {
    fixture(&format!("{name}.json"))
}

fn fixture(name: &str) -> Vec<u8> {
    let path = Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/om3")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("read {path}: {error}"))
}
