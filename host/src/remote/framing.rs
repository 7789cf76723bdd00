//! Where a request ends. PowerDNS writes one object and a newline and waits; a person's pipe may split it, join several,
//! spread one over lines, or end without a newline. So an object ends at the brace that closes it, and not before; a
//! request is looked at once however many reads it takes.
//!
//! What cannot be a request is skipped to the place where the next one can start, and is answered once: text that is no
//! object up to the end of its line, an object with a line break inside a string (JSON has none) up to that break, an
//! object over `MAX_REQUEST` up to its closing brace. Only braces are counted: in valid JSON they balance outside strings,
//! and in invalid JSON (`{"a":]}`) they still show where it was meant to end.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};

/// Largest request in octets. PowerDNS's lookups are under 1.2 KB; the largest it sends at all, a zone's metadata or an
/// RRset, is a few dozen KB. One connection in error must not cost more than this.
pub(crate) const MAX_REQUEST: usize = 64 * 1024;

/// Most octets of one oversized request that are skipped to find its end. Beyond it the connection is closed: what never
/// ends is no request.
const MAX_SKIPPED: usize = 16 * MAX_REQUEST;

/// Room asked for at each read: more than any lookup.
const READ_SIZE: usize = 4 * 1024;

/// Octets received and not yet answered.
pub(crate) struct Input {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    scan: Scan,
    skipped: Option<usize>,
}

/// What there is to answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// A whole object: this many octets of `Input::pending`.
    Object(usize),
    /// This many octets are no request, and one reply says why.
    Broken(usize, Break),
    /// Nothing: read more.
    Incomplete,
}

/// Why octets are no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Break {
    #[error(
        "a request is one JSON object, such as {{\"method\":\"lookup\",\"parameters\":{{\"qname\":\"example.\",\"qtype\":\"ANY\"}}}}"
    )]
    NoObject,
    #[error("a line ends inside a string of the request")]
    LineInString,
    #[error("a request has at most {MAX_REQUEST} octets")]
    TooLarge,
    #[error("the request ends before its closing brace")]
    Unfinished,
}

/// How far the request at the front was looked at, and what was seen.
#[derive(Debug, Default, Clone, Copy)]
struct Scan {
    seen: usize,
    within: Within,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Within {
    #[default]
    Nothing,
    NoObject,
    Object {
        depth: usize,
    },
    String {
        depth: usize,
        escaped: bool,
    },
}

/// What a connection takes along to another process: the octets that were received and not answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    octets: Vec<u8>,
    /// Of an oversized request that is being skipped: how much of it was, and where in it the next octet stands.
    skipped: Option<(usize, Within)>,
}

impl Carried {
    /// Is there nothing that the next process must know?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty() && self.skipped.is_none()
    }
}

impl From<Carried> for Input {
    fn from(carried: Carried) -> Self {
        let Carried { octets, skipped } = carried;
        let mut input = Self::new();
        input.end = octets.len();
        if !octets.is_empty() {
            input.bytes = octets;
        }
        if let Some((skipped, within)) = skipped {
            input.skipped = Some(skipped);
            input.scan.within = within;
        }
        input
    }
}

impl Input {
    /// What is left to whoever goes on with the connection.
    pub(crate) fn carry(&self) -> Carried {
        Carried {
            octets: self.pending().to_vec(),
            skipped: self.skipped.map(|skipped| (skipped, self.scan.within)),
        }
    }

    pub(crate) fn new() -> Self {
        Self {
            bytes: vec![0; READ_SIZE],
            start: 0,
            end: 0,
            scan: Scan::default(),
            skipped: None,
        }
    }

    /// What was received and not consumed. Starts at a request when `frame` was asked.
    pub(crate) fn pending(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Reads once. 0 = the other side sends no more.
    pub(crate) fn fill(&mut self, mut source: impl Read) -> io::Result<usize> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            // One large request is no reason to keep the room for it.
            self.bytes.truncate(READ_SIZE.max(MAX_REQUEST / 4));
            self.bytes.shrink_to(MAX_REQUEST / 4);
        } else if self.start > 0 && self.bytes.len() - self.end < READ_SIZE {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.bytes.len() - self.end < READ_SIZE / 4 {
            self.bytes.resize(self.end + READ_SIZE.max(self.end), 0);
        }
        let received = source.read(self.bytes.get_mut(self.end..).unwrap_or_default())?;
        self.end += received;
        Ok(received)
    }

    /// Is a request at the front that was not looked at yet? Only then may a faster way try it.
    pub(crate) fn is_fresh(&mut self) -> bool {
        self.skip_space();
        self.scan.seen == 0 && self.skipped.is_none() && self.start < self.end
    }

    /// Forgets the first `length` octets: they are answered.
    pub(crate) fn consume(&mut self, length: usize) {
        self.start = (self.start + length).min(self.end);
        if self.skipped.is_none() {
            self.scan = Scan::default();
        }
    }

    /// Finds the end of the request at the front.
    ///
    /// # Errors
    /// An oversized request has no end worth waiting for.
    pub(crate) fn frame(&mut self) -> io::Result<Frame> {
        loop {
            self.skip_space();
            let mut scan = self.scan;
            let frame = scan.advance(self.pending());
            self.scan = scan;
            let Some(skipped) = self.skipped else {
                if frame == Frame::Incomplete && self.pending().len() > MAX_REQUEST {
                    // Answered now; the rest of it is skipped as it comes.
                    let length = self.pending().len();
                    self.skipped = Some(length);
                    self.scan.seen = 0;
                    self.start = self.end;
                    return Ok(Frame::Broken(0, Break::TooLarge));
                }
                return Ok(match frame {
                    Frame::Object(length) if length > MAX_REQUEST => {
                        Frame::Broken(length, Break::TooLarge)
                    }
                    Frame::Object(_) | Frame::Broken(..) | Frame::Incomplete => frame,
                });
            };
            match frame {
                Frame::Object(length) | Frame::Broken(length, _) => {
                    self.skipped = None;
                    self.consume(length);
                }
                Frame::Incomplete if skipped + self.pending().len() > MAX_SKIPPED => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "an oversized request has no end",
                    ));
                }
                Frame::Incomplete => {
                    self.skipped = Some(skipped + self.pending().len());
                    self.scan.seen = 0;
                    self.start = self.end;
                    return Ok(Frame::Incomplete);
                }
            }
        }
    }

    /// Has a request begun whose end has not come? Asked after `frame` said that there is nothing to answer.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.skipped.is_some() || self.start < self.end
    }

    /// What is left when no more will come: nothing, or a request without its end.
    pub(crate) fn remainder(&self) -> Option<Break> {
        if self.skipped.is_some() {
            return None;
        }
        match self.scan.within {
            Within::Nothing => None,
            Within::NoObject => Some(Break::NoObject),
            Within::Object { .. } | Within::String { .. } => Some(Break::Unfinished),
        }
    }

    fn skip_space(&mut self) {
        if matches!(self.scan.within, Within::Nothing) {
            let space = self
                .pending()
                .iter()
                .take_while(|octet| octet.is_ascii_whitespace())
                .count();
            self.start += space;
        }
    }
}

impl Scan {
    fn advance(&mut self, pending: &[u8]) -> Frame {
        for &octet in pending.get(self.seen..).unwrap_or_default() {
            self.seen += 1;
            self.within = match (self.within, octet) {
                (Within::Nothing, b'{') => Within::Object { depth: 1 },
                (Within::NoObject, b'\n') => return Frame::Broken(self.seen, Break::NoObject),
                (Within::Nothing | Within::NoObject, _) => Within::NoObject,
                (Within::Object { depth: 1 }, b'}') => return Frame::Object(self.seen),
                (Within::Object { depth }, b'}') => Within::Object { depth: depth - 1 },
                (Within::Object { depth }, b'{') => Within::Object { depth: depth + 1 },
                (Within::Object { depth }, b'"') => Within::String {
                    depth,
                    escaped: false,
                },
                (Within::Object { depth }, _) => Within::Object { depth },
                (Within::String { .. }, b'\n') => {
                    return Frame::Broken(self.seen, Break::LineInString);
                }
                (
                    Within::String {
                        depth,
                        escaped: true,
                    },
                    _,
                ) => Within::String {
                    depth,
                    escaped: false,
                },
                (Within::String { depth, .. }, b'\\') => Within::String {
                    depth,
                    escaped: true,
                },
                (Within::String { depth, .. }, b'"') => Within::Object { depth },
                (Within::String { depth, .. }, _) => Within::String {
                    depth,
                    escaped: false,
                },
            };
        }
        Frame::Incomplete
    }
}

#[cfg(test)]
mod tests;
