//! An entry as a page holds it: what its key shares with its neighbours, and the rest.

use std::cmp::Ordering;

/// A key and its value, borrowed from a map. The key is in two pieces; to compare it, it need not be put together.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    pub(super) prefix: &'a [u8],
    pub(super) suffix: &'a [u8],
    pub(super) value: &'a [u8],
}

impl<'a> Entry<'a> {
    /// The value.
    #[must_use]
    pub fn value(self) -> &'a [u8] {
        self.value
    }

    /// The key, put together.
    #[must_use]
    pub fn key(self) -> Vec<u8> {
        [self.prefix, self.suffix].concat()
    }

    /// Replaces `out` by the key.
    pub fn write_key(self, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(self.prefix);
        out.extend_from_slice(self.suffix);
    }

    /// Whether the key begins with `start`.
    #[must_use]
    pub fn starts_with(self, start: &[u8]) -> bool {
        match start.strip_prefix(self.prefix) {
            Some(rest) => self.suffix.starts_with(rest),
            None => self.prefix.starts_with(start),
        }
    }

    /// How the key of this entry compares with `key`.
    #[must_use]
    pub fn compare_key(self, key: &[u8]) -> Ordering {
        match key.strip_prefix(self.prefix) {
            Some(rest) => self.suffix.cmp(rest),
            None => self.prefix.cmp(key),
        }
    }
}
