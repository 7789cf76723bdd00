//! The tree above the pages.
//!
//! **Invariant:** all pages are at one depth, no node is empty, and a node's separator *is* the first key below it. So
//! the child that a search enters holds the entry before the place, if the node has one; the entry behind the place may
//! be the first of the next child, which the search therefore remembers.

use std::sync::Arc;

use super::entry::Entry;
use super::page::{self, Page};
use super::{Find, Limits};

/// A part of the tree.
#[derive(Clone)]
pub(super) enum Node {
    Page(Page),
    Inner(Arc<Inner>),
}

/// Up to [`Limits::children`] nodes of one height.
pub(super) struct Inner {
    /// The first key of each child; packed like entries, without values.
    pub(super) separators: Page,
    pub(super) children: Box<[Node]>,
}

impl Node {
    /// See [`super::Map::find`].
    pub(super) fn find(&self, key: &[u8]) -> Find<'_> {
        let mut node = self;
        let mut right = None;
        loop {
            match node {
                Self::Page(page) => {
                    let page = page.view();
                    if let Some(value) = page.get(key, page::hash(key)) {
                        return Find::Here(value);
                    }
                    let (Ok(place) | Err(place)) = page.search(key);
                    let next = page.entry(place);
                    return Find::Next(next.or_else(|| right.and_then(Self::first)));
                }
                Self::Inner(inner) => {
                    let index = inner.child_of(key);
                    right = inner.children.get(index + 1).or(right);
                    let Some(child) = inner.children.get(index) else {
                        return Find::Next(None);
                    };
                    node = child;
                }
            }
        }
    }

    /// See [`super::Map::last_before`].
    pub(super) fn last_before(&self, key: &[u8]) -> Option<Entry<'_>> {
        let mut node = self;
        loop {
            match node {
                Self::Page(page) => {
                    let (Ok(place) | Err(place)) = page.view().search(key);
                    return page.view().entry(place.checked_sub(1)?);
                }
                Self::Inner(inner) => {
                    let (Ok(place) | Err(place)) = inner.separators.view().search(key);
                    node = inner.children.get(place.checked_sub(1)?)?;
                }
            }
        }
    }

    /// The first entry.
    fn first(&self) -> Option<Entry<'_>> {
        let mut node = self;
        loop {
            match node {
                Self::Page(page) => return page.view().entry(0),
                Self::Inner(inner) => node = inner.children.first()?,
            }
        }
    }

    /// The octets of memory this node and all below it hold.
    pub(super) fn bytes(&self) -> usize {
        /// What an `Arc` has before its contents.
        const COUNTERS: usize = 2 * size_of::<usize>();
        match self {
            Self::Page(page) => COUNTERS + page.octets(),
            Self::Inner(inner) => {
                let children: usize = inner.children.iter().map(Self::bytes).sum();
                let own = COUNTERS + size_of::<Inner>() + size_of_val(&*inner.children);
                own + COUNTERS + inner.separators.octets() + children
            }
        }
    }

    /// Whether this node is worth joining with a neighbour: it is less than a quarter full.
    pub(super) fn is_sparse(&self, limits: Limits) -> bool {
        match self {
            // Looking at the page is a cache miss: only if its length, which stands here, says that it may be.
            Self::Page(page) => {
                page.octets() < limits.octets / 4 && page.view().len() < (limits.names / 4).max(2)
            }
            Self::Inner(inner) => inner.children.len() < (limits.children / 4).max(2),
        }
    }
}

impl Inner {
    /// The index of the child in which `key` is, or would be.
    pub(super) fn child_of(&self, key: &[u8]) -> usize {
        match self.separators.view().search(key) {
            Ok(index) => index,
            // What is before the first key belongs to the first child.
            Err(index) => index.saturating_sub(1),
        }
    }
}
