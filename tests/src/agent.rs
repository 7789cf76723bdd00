//! A small OpenSVC agent: it answers with recorded octets on a unix socket, and tells what a test wants it to.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// What it answers, and who listens.
#[derive(Default)]
struct Answers {
    status: Vec<u8>,
    /// The head of a stream, and its replay.
    replay: Vec<u8>,
    /// Where in the replay its last event begins, which says that it ends.
    end_of_objects: usize,
    streams: Vec<UnixStream>,
}

/// A running agent.
pub struct Agent {
    path: PathBuf,
    answers: Arc<Mutex<Answers>>,
}

impl Agent {
    /// Listens on `path` and answers with a status, and a stream that begins with `replay` (octets of the socket).
    ///
    /// # Panics
    /// When nobody can listen there.
    #[must_use]
    pub fn start(path: &Path, status: Vec<u8>, replay: Vec<u8>) -> Self {
        let listener = UnixListener::bind(path).expect("listen as an agent");
        let answers = Arc::new(Mutex::new(Answers {
            status,
            end_of_objects: end_of_objects(&replay),
            replay,
            streams: Vec::new(),
        }));
        let shared = Arc::clone(&answers);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || answer(stream, &shared));
            }
        });
        Self {
            path: path.to_owned(),
            answers,
        }
    }

    /// The address of a source that reads it.
    #[must_use]
    pub fn source(&self) -> String {
        format!("opensvc:{}", self.path.display())
    }

    /// Another process from now on: whoever comes again is answered so.
    pub fn set(&self, status: Vec<u8>, replay: Vec<u8>) {
        let mut answers = lock(&self.answers);
        answers.end_of_objects = end_of_objects(&replay);
        (answers.status, answers.replay) = (status, replay);
    }

    /// Octets of the socket, to everybody who listens.
    pub fn write(&self, octets: &[u8]) {
        for stream in &mut lock(&self.answers).streams {
            // Who has gone comes again.
            let _ = stream.write_all(octets);
        }
    }

    /// An event, to everybody who listens.
    pub fn tell(&self, kind: &str, data: &serde_json::Value) {
        let event = format!("event: {kind}\nid: 0\ndata: {data}\n\n");
        self.write(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes());
    }

    /// Events that last, to everybody who listens and, before the end of the replay, to those who come.
    pub fn change(&self, events: &[(&str, serde_json::Value)]) {
        let mut octets = Vec::new();
        for (kind, data) in events {
            let event = format!("event: {kind}\nid: 0\ndata: {data}\n\n");
            octets.extend(format!("{:x}\r\n{event}\r\n", event.len()).into_bytes());
        }
        let mut answers = lock(&self.answers);
        let end = answers.end_of_objects;
        answers.replay.splice(end..end, octets.iter().copied());
        answers.end_of_objects += octets.len();
        for stream in &mut answers.streams {
            // Who has gone comes again.
            let _ = stream.write_all(&octets);
        }
    }

    /// Hangs up on everybody.
    pub fn hang_up(&self) {
        lock(&self.answers).streams.clear();
    }

    /// How many listen.
    #[must_use]
    pub fn listeners(&self) -> usize {
        lock(&self.answers).streams.len()
    }
}

/// The octets of a recorded stream up to the end of its replay, and those after it.
///
/// # Panics
/// When it has no replay.
#[must_use]
pub fn recording(path: &Path) -> (Vec<u8>, Vec<u8>) {
    let octets = fs::read(path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()));
    let find = |from: usize, what: &[u8]| {
        let rest = octets.get(from..).unwrap_or_default();
        let place = rest.windows(what.len()).position(|part| part == what);
        from + place.expect("a stream with a replay")
    };
    let marker = find(0, b"event: ClusterConfigUpdated");
    let end = find(marker, b"\n\n\r\n") + 4;
    let (replay, live) = octets.split_at(end);
    (replay.to_vec(), live.to_vec())
}

/// Where the chunk of the event begins that ends a replay; its end where there is none.
fn end_of_objects(replay: &[u8]) -> usize {
    let marker = b"event: ClusterConfigUpdated";
    let event = replay
        .windows(marker.len())
        .rposition(|part| part == marker);
    let chunk = event.and_then(|event| {
        // Before it the size, and the end of the chunk before that.
        let before = replay.get(..event.checked_sub(2)?)?;
        before.windows(2).rposition(|part| part == b"\r\n")
    });
    chunk.map_or(replay.len(), |end| end + 2)
}

fn lock(answers: &Mutex<Answers>) -> MutexGuard<'_, Answers> {
    answers.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(mut stream: UnixStream, answers: &Mutex<Answers>) {
    let mut request = Vec::new();
    let mut octet = [0];
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut octet) {
            Ok(1) => request.extend(octet),
            Ok(_) | Err(_) => return,
        }
    }
    let request = String::from_utf8_lossy(&request);
    let target = request.split(' ').nth(1).unwrap_or_default();
    let mut answers = lock(answers);
    let (line, body) = match target {
        _ if target.starts_with("/api/cluster/status") => ("200 OK", answers.status.as_slice()),
        _ if target.contains("/daemon/event?") => {
            if stream.write_all(&answers.replay).is_ok() {
                answers.streams.push(stream);
            }
            return;
        }
        _ => ("404 Not Found", &b"{}"[..]),
    };
    let head = format!("HTTP/1.1 {line}\r\nContent-Length: {}\r\n\r\n", body.len());
    // Who asked may have gone.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body);
}
