//! The one ordered map of the zones: keys to values, both plain octets, in a persistent B+tree of packed pages.
//!
//! A snapshot is a clone of the root, so readers never wait and the writer copies only the path to what changed. Names
//! of a cluster are many, alike and small: a node per name costs more in pointers than the names hold, and each pointer
//! is a cache miss on the way to an answer. A page packs some dozens of neighbours into one block instead and keeps what
//! they share once; on a cold lookup that halves the time of a balanced tree of entries, at a quarter of its memory.
//!
//! The order is the point: the place where an absent key would stand *is* the next key, so a name without records is
//! told from one that does not exist without a second search (see [`crate::name`]).
//!
//! The map knows nothing of names and records. Keys have at most some hundred octets ([`crate::name`]: 508); values may
//! have any length below 4 GiB, and one larger than a page has a page to itself.
//!
//! Rooms: `page` is the packed block, `node` the tree above the pages, `build` makes both from sorted entries, `apply`
//! makes a new map of an old one, `range` walks.

mod apply;
mod build;
mod entry;
mod node;
mod page;
mod range;
#[cfg(test)]
mod tests;

use std::fmt;

pub use apply::MapChange;
pub use entry::Entry;
pub use range::Range;

use node::Node;

/// A sorted map that never changes. Cloning it costs nothing, and [`Map::apply`] shares with the new map what is equal.
#[derive(Clone, Default)]
pub struct Map {
    root: Option<Node>,
    len: usize,
}

/// What stands at a key.
#[derive(Debug, Clone, Copy)]
pub enum Find<'a> {
    /// The key is there, with this value.
    Here(&'a [u8]),
    /// The key is absent, and this is the first entry after it.
    Next(Option<Entry<'a>>),
}

/// How large the parts of a tree grow.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Most entries of a page.
    names: usize,
    /// Most octets of a page, unless one entry alone has more.
    octets: usize,
    /// Most children of an inner node.
    children: usize,
}

impl Limits {
    /// A page is copied for each change in it, and a miss searches it: both want it small. Each page has a prefix of its
    /// own, an allocation and a key in the node above: all of them want it large. At 64 entries an entry has 8 octets
    /// beyond its suffix and value, at 32 one more, at 96 hardly less. A node is copied too, and counts up in every
    /// child: a change takes a fifth less time with 32 children than with 64, a search about the same.
    const STANDARD: Self = Self {
        names: 64,
        octets: 4096,
        children: 32,
    };
}

impl Map {
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A map of entries in the order of their keys; of equal keys the last counts. This is how a first state and a
    /// reload are published: entry by entry they would take thirty times as long.
    #[must_use]
    pub fn bulk<K, V>(sorted: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: AsRef<[u8]>,
        V: AsRef<[u8]>,
    {
        build::bulk(sorted, Limits::STANDARD)
    }

    /// The value at `key`, or else what comes next. One descent, without an allocation.
    #[must_use]
    pub fn find(&self, key: &[u8]) -> Find<'_> {
        self.root
            .as_ref()
            .map_or(Find::Next(None), |root| root.find(key))
    }

    /// The map with these changes, in the order of their keys; of equal keys the last counts. Changes that change
    /// nothing cost a search, and share everything.
    #[must_use]
    pub fn apply(&self, sorted: &[MapChange]) -> Self {
        apply::apply(self, sorted, Limits::STANDARD)
    }

    /// The entries from `from` on, itself included, in order.
    #[must_use]
    pub fn range_from(&self, from: &[u8]) -> Range<'_> {
        Range::new(self.root.as_ref(), from)
    }

    /// The last entry before `key`, itself not included.
    #[must_use]
    pub fn last_before(&self, key: &[u8]) -> Option<Entry<'_>> {
        self.root.as_ref()?.last_before(key)
    }

    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The octets of memory this map holds, some of them perhaps with other maps. Looks at every inner node, at no page.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.root.as_ref().map_or(0, Node::bytes)
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Map")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}
