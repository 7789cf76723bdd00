//! A page: some dozens of neighbouring entries in one immutable block.
//!
//! ```text
//! names u16 │ prefix length u16 │ suffix octets u16 │ prefix
//! a hash byte of each key │ (end of suffix u16, end of value u32) of each entry │ suffixes │ values
//! ```
//!
//! Integers are little-endian and not aligned. A hit looks at the hash bytes, a pair of ends, one suffix and one value:
//! five cache lines, mostly. A miss searches the suffixes by halves. The hash byte may collide, so the key is compared.

use std::sync::Arc;

use super::Limits;
use super::entry::Entry;

/// Octets of a page before its prefix.
const HEADER: usize = 6;

/// Octets of an entry's two ends.
const ENDS: usize = 6;

/// Octets of an entry beyond its suffix and value: a hash byte and its ends.
const ENTRY_OVERHEAD: usize = 1 + ENDS;

/// A packed page. Cloning shares it.
#[derive(Clone)]
pub(super) struct Page(Arc<[u8]>);

/// A page's parts.
#[derive(Clone, Copy, Default)]
pub(super) struct PageView<'a> {
    prefix: &'a [u8],
    hashes: &'a [u8],
    ends: &'a [[u8; ENDS]],
    suffixes: &'a [u8],
    values: &'a [u8],
}

impl Page {
    /// Packs entries, which are in order and within [`Limits`].
    pub(super) fn pack<K: AsRef<[u8]>, V: AsRef<[u8]>>(entries: &[(K, V)]) -> Self {
        let fill = Fill::of(entries);
        let prefix = entries
            .first()
            .and_then(|(key, _)| key.as_ref().get(..fill.prefix));
        let mut block = Vec::with_capacity(fill.octets());
        block.extend(short(fill.names));
        block.extend(short(fill.prefix));
        block.extend(short(fill.suffix_octets()));
        block.extend_from_slice(prefix.unwrap_or_default());
        block.extend(entries.iter().map(|(key, _)| hash(key.as_ref())));
        let (mut suffix_end, mut value_end) = (0, 0);
        for (key, value) in entries {
            suffix_end += key.as_ref().len() - fill.prefix;
            value_end += value.as_ref().len();
            block.extend(short(suffix_end));
            // Invariant: the values of a page have less than 4 GiB.
            block.extend(u32::try_from(value_end).unwrap_or(u32::MAX).to_le_bytes());
        }
        for (key, _) in entries {
            block.extend_from_slice(key.as_ref().get(fill.prefix..).unwrap_or_default());
        }
        for (_, value) in entries {
            block.extend_from_slice(value.as_ref());
        }
        Self(block.into())
    }

    /// The page's parts.
    pub(super) fn view(&self) -> PageView<'_> {
        let Some((header, rest)) = self.0.split_first_chunk::<HEADER>() else {
            return PageView::default();
        };
        let [names_0, names_1, prefix_0, prefix_1, suffixes_0, suffixes_1] = *header;
        let length = |octets| usize::from(u16::from_le_bytes(octets));
        let names = length([names_0, names_1]);
        let (prefix, rest) = split(rest, length([prefix_0, prefix_1]));
        let (hashes, rest) = split(rest, names);
        let (ends, rest) = split(rest, names * ENDS);
        let (suffixes, values) = split(rest, length([suffixes_0, suffixes_1]));
        PageView {
            prefix,
            hashes,
            ends: ends.as_chunks().0,
            suffixes,
            values,
        }
    }

    /// The octets of the block; the page itself is not looked at.
    pub(super) fn octets(&self) -> usize {
        self.0.len()
    }

    /// Whether both are the same block.
    #[cfg(test)]
    pub(super) fn is_shared_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<'a> PageView<'a> {
    /// The number of entries.
    pub(super) fn len(self) -> usize {
        self.ends.len()
    }

    /// The octets of all keys, put together.
    pub(super) fn key_octets(self) -> usize {
        self.prefix.len() * self.len() + self.suffixes.len()
    }

    /// The entry at `index`.
    pub(super) fn entry(self, index: usize) -> Option<Entry<'a>> {
        (index < self.len()).then(|| Entry {
            prefix: self.prefix,
            suffix: self.suffix(index),
            value: self.value(index),
        })
    }

    /// The entries in order.
    pub(super) fn entries(self) -> impl Iterator<Item = Entry<'a>> {
        (0..self.len()).filter_map(move |index| self.entry(index))
    }

    /// The value at `key`, whose hash byte is `hash`.
    pub(super) fn get(self, key: &[u8], hash: u8) -> Option<&'a [u8]> {
        let suffix = key.strip_prefix(self.prefix)?;
        positions(self.hashes, hash)
            .find(|&index| self.suffix(index) == suffix)
            .map(|index| self.value(index))
    }

    /// The index of `key`, or the one it would have.
    pub(super) fn search(self, key: &[u8]) -> Result<usize, usize> {
        let Some(suffix) = key.strip_prefix(self.prefix) else {
            return Err(if key < self.prefix { 0 } else { self.len() });
        };
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.suffix(middle).cmp(suffix) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    fn suffix(self, index: usize) -> &'a [u8] {
        let (start, _) = self.ends_before(index);
        let (end, _) = self.ends_before(index + 1);
        self.suffixes.get(start..end).unwrap_or_default()
    }

    fn value(self, index: usize) -> &'a [u8] {
        let (_, start) = self.ends_before(index);
        let (_, end) = self.ends_before(index + 1);
        self.values.get(start..end).unwrap_or_default()
    }

    /// Where the suffixes and the values before `index` end.
    fn ends_before(self, index: usize) -> (usize, usize) {
        let ends = index
            .checked_sub(1)
            .and_then(|before| self.ends.get(before));
        ends.map_or((0, 0), |&[suffix_0, suffix_1, value @ ..]| {
            (
                usize::from(u16::from_le_bytes([suffix_0, suffix_1])),
                u32::from_le_bytes(value) as usize,
            )
        })
    }
}

/// How full a page of some entries would be.
#[derive(Clone, Copy, Default)]
pub(super) struct Fill {
    names: usize,
    /// The length of what all keys begin with.
    prefix: usize,
    key_octets: usize,
    value_octets: usize,
}

impl Fill {
    /// A page of these entries, which are in order.
    pub(super) fn of<K: AsRef<[u8]>, V: AsRef<[u8]>>(entries: &[(K, V)]) -> Self {
        let (Some((first, _)), Some((last, _))) = (entries.first(), entries.last()) else {
            return Self::default();
        };
        Self {
            names: entries.len(),
            // What the first and the last of a sorted list share, all share.
            prefix: common_prefix(first.as_ref(), last.as_ref()),
            key_octets: entries.iter().map(|(key, _)| key.as_ref().len()).sum(),
            value_octets: entries.iter().map(|(_, value)| value.as_ref().len()).sum(),
        }
    }

    /// This page with the entry that comes next, if `first` is the first key of the two.
    pub(super) fn with(self, first: &[u8], key: &[u8], value: &[u8]) -> Self {
        Self {
            names: self.names + 1,
            prefix: common_prefix(first, key),
            key_octets: self.key_octets + key.len(),
            value_octets: self.value_octets + value.len(),
        }
    }

    /// Whether a page may be so full.
    pub(super) fn is_within(self, limits: Limits) -> bool {
        self.names <= 1 || (self.names <= limits.names && self.octets() <= limits.octets)
    }

    /// The octets of the page.
    fn octets(self) -> usize {
        HEADER
            + self.prefix
            + self.names * ENTRY_OVERHEAD
            + self.suffix_octets()
            + self.value_octets
    }

    fn suffix_octets(self) -> usize {
        self.key_octets - self.prefix * self.names
    }
}

/// The length of what both begin with.
fn common_prefix(left: &[u8], right: &[u8]) -> usize {
    left.iter()
        .zip(right)
        .take_while(|(left, right)| left == right)
        .count()
}

/// A length that is within [`Limits`], so within 16 bits.
fn short(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes()
}

fn split(octets: &[u8], at: usize) -> (&[u8], &[u8]) {
    octets.split_at_checked(at).unwrap_or((octets, &[]))
}

/// One octet that says which entries of a page are worth comparing with a key. Pages live in memory only, so this may
/// change at any time.
pub(super) fn hash(key: &[u8]) -> u8 {
    /// Odd, and its bits look random: 2^64 divided by the golden ratio.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = key.as_chunks::<8>();
    let mut last = [0; 8];
    for (octet, &rest) in last.iter_mut().zip(rest) {
        *octet = rest;
    }
    let mixed = words.iter().chain([&last]).fold(0_u64, |mixed, &word| {
        (mixed.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR)
    });
    let [top, ..] = mixed.to_be_bytes();
    top
}

/// The indexes of `hash` in `hashes`, looking at eight at a time.
fn positions(hashes: &[u8], hash: u8) -> impl Iterator<Item = usize> {
    const LOW_BITS: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let (words, rest) = hashes.as_chunks::<8>();
    let in_words = words
        .iter()
        .enumerate()
        .flat_map(move |(word_index, &word)| {
            let differing = u64::from_le_bytes(word) ^ u64::from_le_bytes([hash; 8]);
            // The top bit of each octet that is zero, and no other bit.
            let mut equal = !(((differing & LOW_BITS) + LOW_BITS) | differing | LOW_BITS);
            std::iter::from_fn(move || {
                let index = (equal != 0).then(|| equal.trailing_zeros() as usize / 8)?;
                equal &= equal - 1;
                Some(word_index * 8 + index)
            })
        });
    let rest_start = hashes.len() - rest.len();
    let in_rest = rest
        .iter()
        .enumerate()
        .filter(move |&(_, &other)| other == hash);
    in_words.chain(in_rest.map(move |(index, _)| rest_start + index))
}
