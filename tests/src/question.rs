//! A DNS question in wire format, and what a reply says to it: as much of RFC 1035 as judging an answer takes, without a
//! library that the daemon uses, too.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

/// Types that are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// An address.
    A,
    /// The name of an address.
    Ptr,
    /// Where a service is.
    Srv,
}

impl Type {
    /// Its number.
    #[must_use]
    pub fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Ptr => 12,
            Self::Srv => 33,
        }
    }

    /// As in a master file.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Ptr => "PTR",
            Self::Srv => "SRV",
        }
    }

    /// From a master file's word.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        [Self::A, Self::Ptr, Self::Srv]
            .into_iter()
            .find(|one| one.text() == text)
    }
}

/// Room for a reply that a question offers (RFC 6891): no answer of a test is cut short.
const ROOM: u16 = 4096;

/// A question for one name and type. A recursor is asked for more than it knows.
///
/// # Panics
/// When a label is too long.
#[must_use]
pub fn octets(id: u16, name: &str, rtype: Type) -> Vec<u8> {
    let mut octets = Vec::with_capacity(32 + name.len());
    octets.extend(id.to_be_bytes());
    // Recursion desired; one question, one record beside it.
    octets.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    for label in name.split('.').filter(|label| !label.is_empty()) {
        octets.push(u8::try_from(label.len()).expect("a label of at most 63 octets"));
        octets.extend(label.as_bytes());
    }
    octets.push(0);
    octets.extend(rtype.number().to_be_bytes());
    octets.extend([0, 1]);
    // OPT: the root, type 41, the room in place of a class, no flags, no options.
    octets.extend([0, 0, 41]);
    octets.extend(ROOM.to_be_bytes());
    octets.extend([0; 6]);
    octets
}

/// What a reply says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Of the question.
    pub id: u16,
    /// 0: no error; 2: the server failed; 3: no such name.
    pub code: u8,
    /// Contents of the records of the type that was asked for, as a master file has them, in order of that text.
    pub contents: Vec<String>,
}

impl Reply {
    /// Reads one; none if it is no reply, or cut short.
    #[must_use]
    pub fn read(octets: &[u8], rtype: Type) -> Option<Self> {
        let mut reader = Reader { octets, at: 0 };
        let id = reader.number()?;
        let flags = reader.number()?;
        let is_reply = flags & 0x8000 != 0;
        let is_cut = flags & 0x0200 != 0;
        if !is_reply || is_cut {
            return None;
        }
        let (questions, answers) = (reader.number()?, reader.number()?);
        reader.take(4)?;
        for _ in 0..questions {
            reader.name()?;
            reader.take(4)?;
        }
        let mut contents = Vec::new();
        for _ in 0..answers {
            reader.name()?;
            let found = reader.number()?;
            reader.take(6)?;
            let length = usize::from(reader.number()?);
            let end = reader.at + length;
            if found == rtype.number() {
                contents.push(reader.content(rtype)?);
            }
            reader.at = end;
        }
        contents.sort_unstable();
        let [_, low] = flags.to_be_bytes();
        Some(Self {
            id,
            code: low & 0x0f,
            contents,
        })
    }
}

struct Reader<'octets> {
    octets: &'octets [u8],
    at: usize,
}

impl Reader<'_> {
    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let taken = self.octets.get(self.at..self.at + length)?;
        self.at += length;
        Some(taken)
    }

    fn number(&mut self) -> Option<u16> {
        let octets = self.take(2)?;
        Some(u16::from_be_bytes(octets.try_into().ok()?))
    }

    /// A name in lower case, with its last dot; pointers lead backwards only.
    fn name(&mut self) -> Option<String> {
        let mut name = String::new();
        let mut at = self.at;
        let mut end = None;
        loop {
            let length = usize::from(*self.octets.get(at)?);
            if length >= 0xc0 {
                let low = usize::from(*self.octets.get(at + 1)?);
                let to = (length & 0x3f) << 8 | low;
                end.get_or_insert(at + 2);
                if to >= at {
                    return None;
                }
                at = to;
                continue;
            }
            at += 1;
            if length == 0 {
                self.at = end.unwrap_or(at);
                return Some(if name.is_empty() {
                    ".".to_owned()
                } else {
                    name
                });
            }
            let label = self.octets.get(at..at + length)?;
            name.push_str(&String::from_utf8_lossy(label).to_ascii_lowercase());
            name.push('.');
            at += length;
        }
    }

    fn content(&mut self, rtype: Type) -> Option<String> {
        match rtype {
            Type::A => {
                let octets: [u8; 4] = self.take(4)?.try_into().ok()?;
                Some(Ipv4Addr::from(octets).to_string())
            }
            Type::Ptr => self.name(),
            Type::Srv => {
                let mut text = String::new();
                for _ in 0..3 {
                    // A text takes whatever is written to it.
                    let _ = write!(text, "{} ", self.number()?);
                }
                text.push_str(&self.name()?);
                Some(text)
            }
        }
    }
}
