//! How much differs.

/// What became of something between the two states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// It is in the second alone.
    Added,
    /// It is in the first alone.
    Removed,
    /// It is in both, and another.
    Changed,
}

/// How many of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// In the second alone.
    pub added: usize,
    /// In the first alone.
    pub removed: usize,
    /// In both, and another.
    pub changed: usize,
}

/// What differs, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Zones; changed: the SOA is another.
    pub zones: Counts,
    /// Names with records.
    pub names: Counts,
    /// Records; changed: the TTL is another.
    pub records: Counts,
    /// What is not served; never changed.
    pub faults: Counts,
}

impl Change {
    /// What it is, of what there was and what there is; both at once where both are none, which nobody asks.
    pub(super) fn of<T>(before: Option<&T>, after: Option<&T>) -> Self {
        match (before, after) {
            (None, _) => Self::Added,
            (Some(_), None) => Self::Removed,
            (Some(_), Some(_)) => Self::Changed,
        }
    }

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

impl Counts {
    /// One more.
    pub fn count(&mut self, change: Change) {
        *self.place(change) += 1;
    }

    /// One less.
    pub(super) fn uncount(&mut self, change: Change) {
        let place = self.place(change);
        *place = place.saturating_sub(1);
    }

    fn place(&mut self, change: Change) -> &mut usize {
        match change {
            Change::Added => &mut self.added,
            Change::Removed => &mut self.removed,
            Change::Changed => &mut self.changed,
        }
    }

    /// How many there are together.
    #[must_use]
    pub fn sum(self) -> usize {
        self.added + self.removed + self.changed
    }
}
