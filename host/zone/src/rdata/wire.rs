//! Takes checked rdata apart, field by field.

/// What is left of some rdata. Every taking is `None` once the octets do not suffice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wire<'a> {
    rest: &'a [u8],
}

impl<'a> Wire<'a> {
    pub(super) fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    pub(super) fn is_empty(self) -> bool {
        self.rest.is_empty()
    }

    /// All that is left.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// All that is left, at least one octet: digits without any are a missing field in text.
    pub(super) fn digits(&mut self) -> Option<&'a [u8]> {
        (!self.is_empty()).then(|| self.rest())
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*taken)
    }

    pub(super) fn octet(&mut self) -> Option<u8> {
        self.array().map(|[octet]| octet)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// A character string: one octet of length, then as many.
    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        let length = self.octet()?;
        self.take(usize::from(length))
    }

    /// An uncompressed name, as wire octets with the root's.
    pub(super) fn name(&mut self) -> Option<&'a [u8]> {
        let start = self.rest;
        let mut ahead = *self;
        loop {
            if ahead.string()?.is_empty() {
                break;
            }
        }
        let (name, rest) = start.split_at_checked(start.len() - ahead.rest.len())?;
        self.rest = rest;
        Some(name)
    }
}
