//! Walking the entries in order.

use std::slice;

use super::entry::Entry;
use super::node::Node;
use super::page::PageView;

/// The entries of a map from a key on, in order.
#[derive(Clone, Default)]
pub struct Range<'a> {
    page: PageView<'a>,
    /// The index in `page` of the entry that comes next.
    place: usize,
    /// For each inner node above `page`, the children behind the one we are in; the root's first.
    behind: Vec<slice::Iter<'a, Node>>,
}

impl<'a> Range<'a> {
    pub(super) fn new(root: Option<&'a Node>, from: &[u8]) -> Self {
        let mut range = Self::default();
        let Some(mut node) = root else {
            return range;
        };
        loop {
            match node {
                Node::Page(page) => {
                    range.page = page.view();
                    let (Ok(place) | Err(place)) = range.page.search(from);
                    range.place = place;
                    return range;
                }
                Node::Inner(inner) => {
                    let mut children = inner.children.iter();
                    let Some(child) = children.nth(inner.child_of(from)) else {
                        return range;
                    };
                    range.behind.push(children);
                    node = child;
                }
            }
        }
    }

    /// Goes to the start of the next page; `None` behind the last.
    fn next_page(&mut self) -> Option<()> {
        let mut node = loop {
            match self.behind.last_mut()?.next() {
                Some(node) => break node,
                None => self.behind.pop(),
            };
        };
        loop {
            match node {
                Node::Page(page) => {
                    self.page = page.view();
                    self.place = 0;
                    return Some(());
                }
                Node::Inner(inner) => {
                    let mut children = inner.children.iter();
                    node = children.next()?;
                    self.behind.push(children);
                }
            }
        }
    }
}

impl<'a> Iterator for Range<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        loop {
            if let Some(entry) = self.page.entry(self.place) {
                self.place += 1;
                return Some(entry);
            }
            self.next_page()?;
        }
    }
}

impl std::fmt::Debug for Range<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.clone()).finish()
    }
}
