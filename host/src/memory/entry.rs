//! Entries of a journal: how they are written, and how they are found again in a file of which anything may be wrong.
//!
//! ```text
//!  0xFF  kind  length of the content  checksum of the content  checksum of all before  content
//!   1     1    4                      4                        4                       (little endian)
//! ```
//!
//! The head has a checksum of its own, so that an entry whose content is damaged is passed over at its length, and nothing
//! but it is lost. The content is JSON, which never has the octet 0xFF: where a head is damaged, the next one is looked for.

use std::io::{self, ErrorKind, Read};
use std::ops::Range;

/// What every entry begins with; no UTF-8 text has it.
const MARK: u8 = 0xFF;

const HEAD: usize = 14;

/// Octets read at once.
const READ: usize = 256 * 1024;

/// What an entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Of the file: its version, its source. The first entry.
    About,
    /// The cluster as it is now.
    Cluster,
    /// A service as it is now.
    Service,
    /// The path of a service that is gone.
    Gone,
    /// All since the last end belongs together.
    End,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::About,
        Self::Cluster,
        Self::Service,
        Self::Gone,
        Self::End,
    ];

    fn octet(self) -> u8 {
        match self {
            Self::About => b'a',
            Self::Cluster => b'c',
            Self::Service => b's',
            Self::Gone => b'g',
            Self::End => b'e',
        }
    }
}

/// Adds an entry to `out`.
pub(super) fn write(kind: Kind, content: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    let length = u32::try_from(content.len())
        .map_err(|_| io::Error::new(ErrorKind::InvalidInput, "an entry of more than 4 GiB"))?;
    let start = out.len();
    out.extend([MARK, kind.octet()]);
    out.extend(length.to_le_bytes());
    out.extend(crc32fast::hash(content).to_le_bytes());
    let head = crc32fast::hash(out.get(start..).unwrap_or_default());
    out.extend(head.to_le_bytes());
    out.extend(content);
    Ok(())
}

/// What is found next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'e> {
    /// An entry that is what was written.
    Entry(Kind, &'e [u8]),
    /// These octets of the file are not what was written.
    Damaged(Range<u64>),
    /// The file ends inside an entry, which begins here.
    Torn(u64),
    /// The file ends.
    Nothing,
}

/// Entries of a file, in order.
pub(super) struct Entries<R> {
    file: R,
    /// What was read and not passed yet begins at `start`.
    octets: Vec<u8>,
    start: usize,
    /// Where in the file `start` is.
    offset: u64,
    is_over: bool,
}

impl<R: Read> Entries<R> {
    pub(super) fn new(file: R) -> Self {
        Self {
            file,
            octets: Vec::new(),
            start: 0,
            offset: 0,
            is_over: false,
        }
    }

    /// Where in the file the next entry is.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next one.
    pub(super) fn next(&mut self) -> io::Result<Found<'_>> {
        let begin = self.offset;
        loop {
            self.fill(HEAD)?;
            let Some((kind, length, checksum)) = head(self.rest()) else {
                if self.rest().is_empty() {
                    return Ok(self.skipped(begin));
                }
                if self.rest().len() < HEAD && self.rest().first() == Some(&MARK) {
                    return Ok(if begin == self.offset {
                        Found::Torn(begin)
                    } else {
                        self.skipped(begin)
                    });
                }
                self.look_for_mark();
                continue;
            };
            if begin != self.offset {
                return Ok(self.skipped(begin));
            }
            self.fill(HEAD + length)?;
            if self.rest().len() < HEAD + length {
                return Ok(Found::Torn(begin));
            }
            self.pass(HEAD + length);
            let content = self.start - length..self.start;
            let content = self.octets.get(content).unwrap_or_default();
            return Ok(match kind {
                Some(kind) if crc32fast::hash(content) == checksum => Found::Entry(kind, content),
                _ => Found::Damaged(begin..self.offset),
            });
        }
    }

    fn skipped(&self, begin: u64) -> Found<'static> {
        if begin == self.offset {
            Found::Nothing
        } else {
            Found::Damaged(begin..self.offset)
        }
    }

    /// Passes at least one octet, and all up to the next that may begin an entry.
    fn look_for_mark(&mut self) {
        let rest = self.rest().get(1..).unwrap_or_default();
        let next = rest.iter().position(|octet| *octet == MARK);
        self.pass(1 + next.unwrap_or(rest.len()));
    }

    fn rest(&self) -> &[u8] {
        self.octets.get(self.start..).unwrap_or_default()
    }

    fn pass(&mut self, count: usize) {
        self.start += count;
        self.offset += u64::try_from(count).unwrap_or(u64::MAX);
    }

    /// Reads until there are `count` octets, or no more.
    fn fill(&mut self, count: usize) -> io::Result<()> {
        if self.rest().len() >= count || self.is_over {
            return Ok(());
        }
        self.octets.drain(..self.start);
        self.start = 0;
        while self.octets.len() < count && !self.is_over {
            let wanted = u64::try_from(READ).unwrap_or(u64::MAX);
            let read = self
                .file
                .by_ref()
                .take(wanted)
                .read_to_end(&mut self.octets)?;
            self.is_over = read == 0;
        }
        Ok(())
    }
}

/// Kind, length and checksum of the content, where a head stands that is what was written. A kind that nobody knows was
/// written by a later version.
fn head(octets: &[u8]) -> Option<(Option<Kind>, usize, u32)> {
    let head: &[u8; HEAD] = octets.first_chunk()?;
    let [mark, kind, l0, l1, l2, l3, c0, c1, c2, c3, checksum @ ..] = head;
    let checked = head.get(..HEAD - checksum.len())?;
    if *mark != MARK || crc32fast::hash(checked) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let kind = Kind::ALL.into_iter().find(|known| known.octet() == *kind);
    let length = u32::from_le_bytes([*l0, *l1, *l2, *l3]);
    let content = u32::from_le_bytes([*c0, *c1, *c2, *c3]);
    Some((kind, usize::try_from(length).ok()?, content))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CONTENTS: [(Kind, &[u8]); 4] = [
        (Kind::About, b"{\"version\":1}"),
        (Kind::Service, b"{}"),
        (Kind::Gone, b""),
        (Kind::End, b"[1,2,3]"),
    ];

    fn journal() -> (Vec<u8>, Vec<usize>) {
        let (mut octets, mut ends) = (Vec::new(), Vec::new());
        for (kind, content) in CONTENTS {
            write(kind, content, &mut octets).unwrap();
            ends.push(octets.len());
        }
        (octets, ends)
    }

    /// Entries, octets that are damaged, and where it is torn.
    type Seen = (Vec<(Kind, Vec<u8>)>, u64, Option<u64>);

    fn read(octets: &[u8]) -> Seen {
        let mut entries = Entries::new(octets);
        let (mut whole, mut damaged) = (Vec::new(), 0);
        loop {
            match entries.next().unwrap() {
                Found::Entry(kind, content) => whole.push((kind, content.to_vec())),
                Found::Damaged(range) => {
                    assert!(!range.is_empty());
                    damaged += range.end - range.start;
                }
                Found::Torn(place) => return (whole, damaged, Some(place)),
                Found::Nothing => return (whole, damaged, None),
            }
        }
    }

    fn all() -> Vec<(Kind, Vec<u8>)> {
        CONTENTS
            .map(|(kind, content)| (kind, content.to_vec()))
            .into()
    }

    #[test]
    fn what_is_written_is_found() {
        assert_eq!(read(&journal().0), (all(), 0, None));
        assert_eq!(read(b""), (Vec::new(), 0, None));
        let mut long = Vec::new();
        let content = vec![b'x'; 3 * READ + 7];
        write(Kind::Service, &content, &mut long).unwrap();
        write(Kind::End, b"", &mut long).unwrap();
        let (whole, damaged, torn) = read(&long);
        assert_eq!((whole.len(), damaged, torn), (2, 0, None));
        assert_eq!(whole[0].1, content);
    }

    #[test]
    fn a_file_cut_anywhere_has_the_entries_before_the_cut() {
        let (octets, ends) = journal();
        for length in 0..octets.len() {
            let before = ends.iter().filter(|end| **end <= length).count();
            let at = before.checked_sub(1).map_or(0, |last| ends[last]);
            let torn = (at < length).then(|| u64::try_from(at).unwrap());
            assert_eq!(
                read(&octets[..length]),
                (all()[..before].to_vec(), 0, torn),
                "{length}"
            );
        }
    }

    #[test]
    fn a_damaged_entry_takes_away_only_itself() {
        let (octets, ends) = journal();
        for place in 0..octets.len() {
            for flip in [0x01, 0x80, 0xFF] {
                let mut damaged = octets.clone();
                damaged[place] ^= flip;
                let hit = ends.iter().filter(|end| **end <= place).count();
                let mut left = all();
                left.remove(hit);
                let (whole, lost, torn) = read(&damaged);
                assert_eq!(whole, left, "octet {place}");
                let length = ends[hit] - hit.checked_sub(1).map_or(0, |last| ends[last]);
                let lost = lost + torn.map_or(0, |torn| octets.len() as u64 - torn);
                assert_eq!(lost, length as u64, "octet {place}");
            }
        }
    }

    proptest! {
        #[test]
        fn garbage_hides_no_entry_and_makes_none_up(
            before in prop::collection::vec(any::<u8>(), 0..200),
            after in prop::collection::vec(prop::sample::select(vec![MARK, b's', 0, 7]), 0..200),
        ) {
            let mut octets = before;
            octets.extend(journal().0);
            octets.extend(after);
            prop_assert_eq!(read(&octets).0, all());
        }
    }
}
