//! What `GET /status` on the admin socket says. The only place that knows how it is written: tests ask for facts.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use serde_json::Value;

use crate::DEADLINE;

/// The status at one moment.
#[derive(Debug, Clone)]
pub struct Status(Value);

impl Status {
    /// Asks over the admin socket; none while nobody answers there.
    #[must_use]
    pub fn ask(admin: &Path) -> Option<Self> {
        let mut stream = UnixStream::connect(admin).ok()?;
        stream.set_read_timeout(Some(DEADLINE)).ok()?;
        stream
            .write_all(b"GET /status HTTP/1.1\r\nhost: zonesmith\r\nconnection: close\r\n\r\n")
            .ok()?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply).ok()?;
        let (_, body) = reply.split_once("\r\n\r\n")?;
        serde_json::from_str(body).ok().map(Self)
    }

    /// The whole, as a person would read it.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{:#}", self.0)
    }

    /// The servers that the daemon runs, in the order in which it starts them.
    #[must_use]
    pub fn children(&self) -> Vec<Value> {
        let children = self.0.get("children").and_then(Value::as_array);
        children.cloned().unwrap_or_default()
    }

    /// The live generation; 0 while nothing is published.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.number("/generation")
    }

    /// A number by its JSON pointer; 0 where there is none.
    #[must_use]
    pub fn number(&self, pointer: &str) -> u64 {
        self.0.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
    }

    /// A value by its JSON pointer, as JSON text; empty where there is none.
    #[must_use]
    pub fn get(&self, pointer: &str) -> String {
        self.0
            .pointer(pointer)
            .map(ToString::to_string)
            .unwrap_or_default()
    }

    /// Whether this text stands anywhere in it: for sentences, whose place is the daemon's to choose.
    #[must_use]
    pub fn says(&self, text: &str) -> bool {
        let escaped = Value::from(text).to_string();
        self.0.to_string().contains(escaped.trim_matches('"'))
    }
}
