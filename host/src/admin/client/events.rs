//! Reads a stream of events: octets as they come in, events as they become whole.

use serde_json::from_str;

use crate::snapshot::event::Event;

/// The longest event that is read: one of the largest generation takes a few megabytes.
const LONGEST: usize = 64 << 20;

/// What of a stream is not a whole event yet.
#[derive(Debug, Default)]
pub(super) struct Reader {
    octets: Vec<u8>,
}

/// What a stream said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Where the stream is now: what to show when it is cut.
    pub place: Option<String>,
    /// None: it lives.
    pub event: Option<Event>,
}

impl Reader {
    /// Takes octets; the events that are whole with them.
    ///
    /// # Errors
    /// They are no events of ours.
    pub(super) fn take(&mut self, octets: &[u8]) -> anyhow::Result<Vec<Told>> {
        let seen = self.octets.len().saturating_sub(1);
        self.octets.extend_from_slice(octets);
        let mut told = Vec::new();
        let mut from = 0;
        let mut look = seen;
        while let Some(end) = end_of_event(&self.octets, look) {
            let whole = self.octets.get(from..end).unwrap_or_default();
            told.push(read(std::str::from_utf8(whole)?)?);
            from = end + 2;
            look = from;
        }
        self.octets.drain(..from);
        anyhow::ensure!(
            self.octets.len() <= LONGEST,
            "an event of the daemon has no end"
        );
        Ok(told)
    }
}

/// Where the next empty line is.
fn end_of_event(octets: &[u8], from: usize) -> Option<usize> {
    let rest = octets.get(from..)?;
    rest.windows(2)
        .position(|pair| pair == b"\n\n")
        .map(|at| from + at)
}

fn read(text: &str) -> anyhow::Result<Told> {
    let (mut kind, mut place, mut data) = ("", None, "");
    for line in text.lines() {
        // A line without a name is a comment.
        match line.split_once(": ") {
            Some(("event", value)) => kind = value,
            Some(("id", value)) => place = Some(value.to_owned()),
            Some(("data", value)) => data = value,
            Some(_) | None => {}
        }
    }
    let event = match kind {
        "hello" => Some(Event::Hello(from_str(data)?)),
        "change" => Some(Event::Change(from_str(data)?)),
        "reset" => Some(Event::Reset(from_str(data)?)),
        "bye" => Some(Event::Bye(from_str(data)?)),
        // A newer daemon may tell more.
        _ => None,
    };
    Ok(Told { place, event })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::event::{Bye, Hello, Place};

    #[test]
    fn events_are_read_however_the_stream_is_cut() {
        let stream = "event: hello\nid: 7.ab\ndata: {\"run\":\"ab\",\"generation\":7}\n\n\
                      : alive\nid: 8.ab\n\n\
                      event: later\ndata: {}\n\n\
                      event: bye\ndata: {\"reason\":\"é\"}\n\n";
        let place = Place {
            run: "ab".into(),
            generation: 7,
        };
        let hello = Hello { place, zones: None };
        let expected = [
            (Some("7.ab"), Some(Event::Hello(hello))),
            (Some("8.ab"), None),
            (None, None),
            (
                None,
                Some(Event::Bye(Bye {
                    reason: "é".into()
                })),
            ),
        ];
        for size in 1..=stream.len() {
            let mut reader = Reader::default();
            let mut told = Vec::new();
            for piece in stream.as_bytes().chunks(size) {
                told.extend(reader.take(piece).unwrap());
            }
            let told: Vec<_> = told
                .iter()
                .map(|told| (told.place.as_deref(), told.event.clone()))
                .collect();
            assert_eq!(told, expected, "in pieces of {size}");
        }
    }
}
