//! Domain names as order keys: the one form in which names are compared, looked up and stored.
//!
//! The key of a name is, for every label **from the root**, its octets with `A`–`Z` folded, `0x00` written `01 01` and
//! `0x01` written `01 02`, then one `0x00`. `web.Shop.` is `shop␀web␀`, the root is empty. Comparing keys byte by byte is
//! the canonical order of RFC 4034 §6.1: `0x00` occurs only as the end of a label, so a label sorts before its own
//! extensions, and a whole label decides before the next one is looked at. Hence
//!
//! - *ancestor* is *byte prefix*, exactly; the last `0x00` is why `web.` is no prefix of `web1.`,
//! - a *subtree* is a range that begins with its top, and an empty non-terminal is a name that is absent while the next
//!   key starts with it: no second search, no second table.
//!
//! `domain`'s names are in wire order: comparing two of those walks labels backwards, 20 times the time of one `memcmp`.
//!
//! Rooms: `parse` reads presentation and wire form, `print` writes them.

mod parse;
mod print;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

pub use print::write_wire_name_text;

/// Most octets of a label (RFC 1035 §2.3.4).
const LABEL_LIMIT: usize = 63;

/// Most octets of a name in wire form, with the root's (RFC 1035 §2.3.4).
const WIRE_LIMIT: usize = 255;

/// Ends each label of a key.
const LABEL_END: u8 = 0;

/// Announces, within a label of a key, an octet that would be mistaken for a [`LABEL_END`] or for itself: `n` is written
/// as this and `n + 1`.
const ESCAPE: u8 = 1;

/// A name of its own: lower case, within the limits of RFC 1035.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    key: Box<[u8]>,
}

/// A borrowed [`Name`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameRef<'a> {
    key: &'a [u8],
}

/// Room to parse names in, one after the other, without an allocation each.
#[derive(Debug, Clone, Default)]
pub struct NameBuffer {
    key: Vec<u8>,
}

/// Why something is no domain name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is no text at all; the root is written `.`.
    #[error("the name is empty; the root is written `.`")]
    Empty,
    /// Two dots follow each other, or a dot comes first.
    #[error("the name has an empty label")]
    EmptyLabel,
    /// A label has more than 63 octets. In wire form also a compression pointer, which has no place in stored names.
    #[error("a label of the name is longer than 63 octets")]
    LabelTooLong,
    /// The name has more than 255 octets in wire form.
    #[error("the name is longer than 255 octets")]
    TooLong,
    /// A backslash is the last character, or a digit after it does not begin a number of three digits up to 255.
    #[error("the name has a `\\` that is not followed by a character or by three digits up to 255")]
    BadEscape,
    /// The octets end before the root label (wire form only).
    #[error("the name ends before its root label")]
    Truncated,
}

impl NameBuffer {
    /// An empty buffer; it grows to the longest key it meets, at most 508 octets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads presentation format (RFC 1035 §5.1): any case, `\DDD` and `\X`, the dot at the end optional.
    ///
    /// # Errors
    /// [`NameError`] when the text is no name.
    pub fn parse(&mut self, text: &[u8]) -> Result<NameRef<'_>, NameError> {
        parse::read_text(text, &mut self.key)?;
        Ok(NameRef { key: &self.key })
    }
}

impl Name {
    /// The root, `.`.
    #[must_use]
    pub fn root() -> Self {
        Self {
            key: Box::default(),
        }
    }

    /// Reads presentation format (RFC 1035 §5.1): any case, `\DDD` and `\X`, the dot at the end optional.
    ///
    /// # Errors
    /// [`NameError`] when the text is no name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let mut key = Vec::new();
        parse::read_text(text.as_bytes(), &mut key)?;
        Ok(Self {
            key: key.into_boxed_slice(),
        })
    }

    /// The name whose key this is. The key is trusted: it comes from the map, or from [`NameRef::key`].
    #[must_use]
    pub fn from_key(key: &[u8]) -> Self {
        Self { key: key.into() }
    }

    /// Reads an uncompressed name in wire form at the start of `octets`; also returns how many octets it took.
    ///
    /// # Errors
    /// [`NameError`] when the octets end early, hold a compression pointer, or exceed a limit.
    pub fn from_wire(octets: &[u8]) -> Result<(Self, usize), NameError> {
        let (key, used) = parse::read_wire(octets)?;
        Ok((
            Self {
                key: key.into_boxed_slice(),
            },
            used,
        ))
    }

    /// The name, borrowed.
    #[must_use]
    pub fn as_ref(&self) -> NameRef<'_> {
        NameRef { key: &self.key }
    }
}

impl<'a> NameRef<'a> {
    /// The name whose key this is. The key is trusted: it comes from the map, or from [`NameRef::key`].
    #[must_use]
    pub fn from_key(key: &'a [u8]) -> Self {
        Self { key }
    }

    /// The order key, as the module describes it; at most 508 octets.
    #[must_use]
    pub fn key(self) -> &'a [u8] {
        self.key
    }

    /// Whether this is the root.
    #[must_use]
    pub fn is_root(self) -> bool {
        self.key.is_empty()
    }

    /// The number of labels; the root has none.
    #[must_use]
    pub fn label_count(self) -> usize {
        self.key.iter().filter(|&&octet| octet == LABEL_END).count()
    }

    /// The labels from the leaf to the root, lower case, as plain octets.
    pub fn labels(self) -> impl Iterator<Item = Cow<'a, [u8]>> + use<'a> {
        self.key_labels().map(unescape)
    }

    /// The name without its leaf; the root has no parent.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        let (_, inner) = self.key.split_last()?;
        let end = inner
            .iter()
            .rposition(|&octet| octet == LABEL_END)
            .map_or(0, |at| at + 1);
        inner.get(..end).map(|key| Self { key })
    }

    /// Whether this name lies under `other`, and is another name.
    #[must_use]
    pub fn is_below(self, other: NameRef<'_>) -> bool {
        self.key.len() > other.key.len() && self.key.starts_with(other.key)
    }

    /// Whether this name is `other`, or lies under it.
    #[must_use]
    pub fn is_at_or_below(self, other: NameRef<'_>) -> bool {
        self.key.starts_with(other.key)
    }

    /// The octets of the wire form, with the root's: at most 255.
    #[must_use]
    pub fn wire_len(self) -> usize {
        self.key.len() - escapes(self.key) + 1
    }

    /// Appends the wire form, uncompressed and lower case.
    pub fn write_wire(self, out: &mut Vec<u8>) {
        print::write_wire(self, out);
    }

    /// Appends the presentation form: lower case, `\DDD` for every octet but `[a-z0-9_*/-]`, a dot at the end.
    pub fn write_text(self, out: &mut Vec<u8>) {
        print::write_text(self, out);
    }

    /// A copy that owns its key.
    #[must_use]
    pub fn to_owned(self) -> Name {
        Name {
            key: self.key.into(),
        }
    }

    /// The labels from the leaf to the root as the key spells them.
    fn key_labels(self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        // Without its last end, the root's empty key would still be split into one empty label.
        let labels = self.key.split_last().map(|(_, labels)| labels);
        labels
            .into_iter()
            .flat_map(|labels| labels.rsplit(|&octet| octet == LABEL_END))
    }
}

/// The octets a key has more than its labels have, with their ends.
fn escapes(key: &[u8]) -> usize {
    let mut octets = key.iter();
    let mut escapes = 0;
    // The second half of a pair may look like an escape too: it is skipped.
    while octets.by_ref().any(|&octet| octet == ESCAPE) {
        escapes += 1;
        octets.next();
    }
    escapes
}

/// The octets of a label as a key spells it.
fn unescape(label: &[u8]) -> Cow<'_, [u8]> {
    if !label.contains(&ESCAPE) {
        return Cow::Borrowed(label);
    }
    let mut plain = Vec::with_capacity(label.len());
    let mut octets = label.iter();
    while let Some(&octet) = octets.next() {
        let octet = if octet == ESCAPE {
            octets.next().map_or(ESCAPE, |&next| next.wrapping_sub(1))
        } else {
            octet
        };
        plain.push(octet);
    }
    Cow::Owned(plain)
}

impl fmt::Display for NameRef<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::with_capacity(self.key.len() + 1);
        self.write_text(&mut text);
        // What `write_text` appends is ASCII.
        formatter.pad(&String::from_utf8_lossy(&text))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(formatter)
    }
}

impl fmt::Debug for NameRef<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{self}`")
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{self}`")
    }
}
