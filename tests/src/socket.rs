//! The other end of `pdns.sock`: what PowerDNS, or a person with `socat`, is.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;

use serde_json::{Value, json};

use crate::DEADLINE;

/// A connection.
pub struct Socket {
    stream: UnixStream,
    /// What was read and belongs to no reply yet.
    rest: Vec<u8>,
}

impl Socket {
    /// Connects.
    ///
    /// # Panics
    /// When nobody listens.
    #[must_use]
    pub fn connect(path: &Path) -> Self {
        Self::try_connect(path)
            .unwrap_or_else(|error| panic!("connect to {}: {error}", path.display()))
    }

    /// Connects, if somebody listens.
    ///
    /// # Errors
    /// Of `connect`.
    pub fn try_connect(path: &Path) -> std::io::Result<Self> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.set_write_timeout(Some(DEADLINE))?;
        Ok(Self {
            stream,
            rest: Vec::new(),
        })
    }

    /// Asks one question as PowerDNS writes it, and returns the whole reply.
    ///
    /// # Panics
    /// When the connection ends instead.
    pub fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        let mut question = json!({ "method": method, "parameters": parameters }).to_string();
        question.push('\n');
        self.send(question.as_bytes());
        self.receive()
            .unwrap_or_else(|| panic!("the connection ended after {question}"))
    }

    /// The reply to a `lookup` in zone 1, as PowerDNS asks.
    pub fn lookup(&mut self, qname: &str, qtype: &str) -> Value {
        self.ask(
            "lookup",
            &json!({
                "local": "127.0.0.1", "qname": qname, "qtype": qtype, "real-remote": "127.0.0.1/32",
                "remote": "127.0.0.1", "zone-id": 1,
            }),
        )
    }

    /// The records of a `lookup` of any type, each as `name TTL type content`, in order of that text; none where the name
    /// does not exist.
    pub fn records(&mut self, qname: &str) -> Vec<String> {
        rows(&self.lookup(qname, "ANY"))
    }

    /// Sends these octets.
    ///
    /// # Panics
    /// When the connection has ended.
    pub fn send(&mut self, octets: &[u8]) {
        self.stream.write_all(octets).expect("send to the socket");
    }

    /// Says that nothing more comes, as `socat` does at the end of its pipe.
    ///
    /// # Panics
    /// When the connection has ended.
    pub fn finish(&mut self) {
        self.stream
            .shutdown(Shutdown::Write)
            .expect("shut down the sending side");
    }

    /// The next reply; none when the connection ends. Reads not an octet more than the reply, as PowerDNS does.
    ///
    /// # Panics
    /// When something else than JSON comes, or nothing at all.
    pub fn receive(&mut self) -> Option<Value> {
        loop {
            let mut values = serde_json::Deserializer::from_slice(&self.rest).into_iter::<Value>();
            match values.next() {
                Some(Ok(value)) => {
                    let used = values.byte_offset();
                    self.rest.drain(..used);
                    return Some(value);
                }
                Some(Err(error)) if !error.is_eof() => {
                    panic!("no JSON: {error}: {}", String::from_utf8_lossy(&self.rest));
                }
                Some(Err(_)) | None => {}
            }
            let mut octets = [0; 65_536];
            match self.stream.read(&mut octets) {
                Ok(0) => return None,
                Ok(count) => self.rest.extend(octets.iter().take(count)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!(
                    "no reply: {error}; so far: {}",
                    String::from_utf8_lossy(&self.rest)
                ),
            }
        }
    }

    /// What was received after the last reply, without waiting for more: PowerDNS chokes on anything but white space.
    #[must_use]
    pub fn left_over(&self) -> &[u8] {
        self.rest.trim_ascii()
    }
}

/// The rows of a reply, each as `name TTL type content`, in order of that text.
#[must_use]
pub fn rows(reply: &Value) -> Vec<String> {
    let mut rows: Vec<String> = reply
        .pointer("/result")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|row| {
            let text = |key: &str| {
                row.get(key)
                    .and_then(Value::as_str)
                    .unwrap_or("?")
                    .to_owned()
            };
            let ttl = row.get("ttl").and_then(Value::as_u64).unwrap_or(u64::MAX);
            format!(
                "{} {ttl} {} {}",
                text("qname"),
                text("qtype"),
                text("content")
            )
        })
        .collect();
    rows.sort();
    rows
}
