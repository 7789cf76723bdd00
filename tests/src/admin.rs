//! The other end of the admin socket, in plain HTTP: a client of somebody else's.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;

use serde_json::Value;

use crate::DEADLINE;

/// An answer.
#[derive(Debug)]
pub struct Response {
    /// `200`
    pub code: u16,
    /// Lines of the head, the first one left out.
    pub head: String,
    /// What it says.
    pub body: String,
    /// The same as it came.
    pub octets: Vec<u8>,
}

impl Response {
    /// What it says, as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    fn read(mut stream: impl Read + Write, request: &str) -> Option<Self> {
        write!(
            stream,
            "{request} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n"
        )
        .ok()?;
        let mut octets = Vec::new();
        stream.read_to_end(&mut octets).ok()?;
        Self::of(&octets)
    }

    /// What came; none if that is no answer.
    #[must_use]
    pub fn of(octets: &[u8]) -> Option<Self> {
        let end = octets.windows(4).position(|four| four == b"\r\n\r\n")?;
        let (head, body) = octets.split_at_checked(end + 4)?;
        let head = String::from_utf8_lossy(head);
        let (first, head) = head.split_once("\r\n").unwrap_or((&head, ""));
        Some(Self {
            code: first.split(' ').nth(1)?.parse().ok()?,
            head: head.trim_end().to_lowercase(),
            body: String::from_utf8_lossy(body).into_owned(),
            octets: body.to_owned(),
        })
    }
}

/// Asks over the admin socket: `GET /live`.
///
/// # Panics
/// When nobody answers.
#[must_use]
pub fn ask(admin: &Path, request: &str) -> Response {
    let stream = UnixStream::connect(admin).expect("connect to the admin socket");
    stream
        .set_read_timeout(Some(DEADLINE))
        .expect("set a limit");
    Response::read(stream, request).unwrap_or_else(|| panic!("no answer to {request}"))
}

/// Asks over the network; none while nobody answers there.
#[must_use]
pub fn ask_address(address: SocketAddr, request: &str) -> Option<Response> {
    let stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(DEADLINE)).ok()?;
    Response::read(stream, request)
}

/// A stream of events.
pub struct Stream {
    lines: BufReader<UnixStream>,
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// `change`
    pub kind: String,
    /// Where the stream is with it.
    pub id: String,
    /// What it says.
    pub data: Value,
}

impl Stream {
    /// Begins one: `/watch?zone=demo`.
    ///
    /// # Panics
    /// When nobody answers.
    #[must_use]
    pub fn begin(admin: &Path, path: &str) -> Self {
        Self::try_begin(admin, path).expect("connect to the admin socket")
    }

    /// Begins one, if somebody answers.
    #[must_use]
    pub fn try_begin(admin: &Path, path: &str) -> Option<Self> {
        let mut stream = UnixStream::connect(admin).ok()?;
        stream.set_read_timeout(Some(DEADLINE)).ok()?;
        // Before HTTP/1.1 there are no chunks, so that a line is a line.
        write!(stream, "GET {path} HTTP/1.0\r\nhost: test\r\n\r\n").ok()?;
        let mut stream = Self {
            lines: BufReader::new(stream),
        };
        while stream.line().is_some_and(|line| !line.is_empty()) {}
        Some(stream)
    }

    /// The next event; none at the end.
    ///
    /// # Panics
    /// When nothing comes for too long.
    pub fn next_event(&mut self) -> Option<Event> {
        let mut event = Event {
            kind: String::new(),
            id: String::new(),
            data: Value::Null,
        };
        loop {
            let line = self.line()?;
            match line.split_once(": ") {
                Some(("event", kind)) => kind.clone_into(&mut event.kind),
                Some(("id", id)) => id.clone_into(&mut event.id),
                Some(("data", data)) => {
                    event.data = serde_json::from_str(data).expect("the data is JSON");
                }
                Some(_) => {}
                None if line.is_empty() && !event.kind.is_empty() => return Some(event),
                None => {}
            }
        }
    }

    /// The next event of this kind; those before it are passed over.
    ///
    /// # Panics
    /// When the stream ends before.
    pub fn until(&mut self, kind: &str) -> Event {
        loop {
            let event = self.next_event();
            let event = event.unwrap_or_else(|| panic!("the stream ended without {kind}"));
            if event.kind == kind {
                return event;
            }
        }
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let length = match self.lines.read_line(&mut line) {
            Ok(length) => length,
            // The daemon was killed.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => 0,
            Err(error) => panic!("read the stream: {error}"),
        };
        (length > 0).then(|| line.trim_end().to_owned())
    }
}
