//! Octets of a stream into events, wherever they are cut. Of server-sent events, what the agent uses: a kind and one line
//! of data. Its `id` begins anew with each connection, so there is nothing to resume by.

use anyhow::bail;

/// Longest event that is taken: a hundred times what a service of many resources has.
const LONGEST: usize = 16 << 20;

/// What came of a stream so far.
#[derive(Debug, Default)]
pub(super) struct Events {
    buffer: Vec<u8>,
    /// Octets of the buffer that were given out.
    taken: usize,
    /// Octets of the buffer in which no end of an event was found.
    searched: usize,
}

impl Events {
    /// More of the stream.
    ///
    /// # Errors
    ///
    /// If an event is too long to be one.
    pub(super) fn push(&mut self, octets: &[u8]) -> anyhow::Result<()> {
        self.buffer.drain(..self.taken);
        self.searched -= self.taken;
        self.taken = 0;
        if self.buffer.len() + octets.len() > LONGEST {
            bail!("an event is longer than {LONGEST} octets");
        }
        self.buffer.extend_from_slice(octets);
        Ok(())
    }

    /// The next event that is whole: its kind and its data. One that is no text, or has neither, is left out.
    pub(super) fn next(&mut self) -> Option<(&str, &str)> {
        loop {
            let rest = self.buffer.get(self.searched..).unwrap_or_default();
            let Some(end) = rest.windows(2).position(|pair| pair == b"\n\n") else {
                // The last octet may be the first half of an end.
                self.searched = self.buffer.len().saturating_sub(1).max(self.taken);
                return None;
            };
            let (start, end) = (self.taken, self.searched + end);
            self.taken = end + 2;
            self.searched = self.taken;
            let block = self.buffer.get(start..end).unwrap_or_default();
            if read(block).is_some() {
                // Again, since a borrow cannot leave a loop that may go on.
                let block = self.buffer.get(start..end).unwrap_or_default();
                return read(block);
            }
        }
    }
}

fn read(block: &[u8]) -> Option<(&str, &str)> {
    let text = str::from_utf8(block).ok()?;
    let field = |name: &str| {
        let mut lines = text.lines();
        let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        Some(line.strip_prefix(' ').unwrap_or(line))
    };
    Some((field("event")?, field("data")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_whole_wherever_the_stream_is_cut() {
        let stream = b"event: One\nid: 0\ndata: {\"a\":1}\n\n\nevent: Two\nid: 1\ndata: {}\n\n: nothing\n\nevent:Three\ndata:x\n\n";
        for size in 1..=stream.len() {
            let mut events = Events::default();
            let mut found = Vec::new();
            for piece in stream.chunks(size) {
                events.push(piece).unwrap();
                while let Some((kind, data)) = events.next() {
                    found.push(format!("{kind} {data}"));
                }
            }
            assert_eq!(
                found,
                ["One {\"a\":1}", "Two {}", "Three x"],
                "in pieces of {size}"
            );
        }
    }

    #[test]
    fn an_event_without_an_end_is_refused() {
        let mut events = Events::default();
        events.push(&vec![b'x'; LONGEST]).unwrap();
        assert_eq!(events.next(), None);
        assert!(events.push(b"x").is_err());
    }
}
