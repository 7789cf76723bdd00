//! Makes pages of entries, nodes of pages, and a root of nodes.

use std::borrow::Cow;
use std::sync::Arc;

use super::node::{Inner, Node};
use super::page::{Fill, Page};
use super::{Limits, Map};

/// A key and its value, while pages are taken apart and made anew.
pub(super) type Plain<'a> = (&'a [u8], &'a [u8]);

/// A node and the first key below it, on its way into a node above.
pub(super) struct Child<'a> {
    pub(super) first: Cow<'a, [u8]>,
    pub(super) node: Node,
}

/// See [`Map::bulk`]. Pages are filled to the limit: most of them will never change.
pub(super) fn bulk<K, V>(sorted: impl IntoIterator<Item = (K, V)>, limits: Limits) -> Map
where
    K: AsRef<[u8]>,
    V: AsRef<[u8]>,
{
    let mut pages = Vec::new();
    let mut len = 0;
    // The entries of the page to come: no more of them are held at once.
    let mut waiting: Vec<(K, V)> = Vec::with_capacity(limits.names);
    let mut fill = Fill::default();
    for (key, value) in sorted {
        if let Some((last, _)) = waiting.last() {
            debug_assert!(
                last.as_ref() <= key.as_ref(),
                "entries in the order of their keys"
            );
            if last.as_ref() == key.as_ref() {
                waiting.pop();
                fill = Fill::of(&waiting);
            }
        }
        let first = waiting
            .first()
            .map_or_else(|| key.as_ref(), |(first, _)| first.as_ref());
        fill = fill.with(first, key.as_ref(), value.as_ref());
        if !fill.is_within(limits) {
            fill = Fill::default().with(key.as_ref(), key.as_ref(), value.as_ref());
            len += waiting.len();
            pages.extend(page(&waiting));
            waiting.clear();
        }
        waiting.push((key, value));
    }
    len += waiting.len();
    pages.extend(page(&waiting));
    Map {
        root: raise(pages, limits),
        len,
    }
}

/// Pages of sorted entries, about equally full, so that the next change in one of them does not split it again.
pub(super) fn pages(entries: &[Plain<'_>], limits: Limits) -> Vec<Child<'static>> {
    if Fill::of(entries).is_within(limits) {
        return page(entries).into_iter().collect();
    }
    let fewest = cut(entries, limits, usize::MAX).len();
    let total: usize = entries.iter().map(weight).sum();
    let runs = cut(entries, limits, total.div_ceil(fewest));
    runs.into_iter().filter_map(page).collect()
}

/// Cuts sorted entries into runs that fit a page each, where they can at multiples of `share` octets.
fn cut<'e, 'a>(entries: &'e [Plain<'a>], limits: Limits, share: usize) -> Vec<&'e [Plain<'a>]> {
    let mut runs = Vec::new();
    let (mut start, mut fill) = (0, Fill::default());
    let (mut passed, mut goal) = (0, share);
    for (index, entry) in entries.iter().enumerate() {
        let (key, value) = entry;
        let first = entries.get(start).map_or(*key, |(first, _)| *first);
        fill = fill.with(first, key, value);
        if index > start && (passed >= goal || !fill.is_within(limits)) {
            runs.extend(entries.get(start..index));
            start = index;
            fill = Fill::default().with(key, key, value);
            goal = passed.saturating_add(share);
        }
        passed += weight(entry);
    }
    runs.extend(entries.get(start..));
    runs
}

/// What an entry adds to a page, roughly.
fn weight((key, value): &Plain<'_>) -> usize {
    key.len() + value.len()
}

/// The page of these entries; none, if there are none.
fn page<K: AsRef<[u8]>, V: AsRef<[u8]>>(entries: &[(K, V)]) -> Option<Child<'static>> {
    let (first, _) = entries.first()?;
    Some(Child {
        first: Cow::Owned(first.as_ref().to_vec()),
        node: Node::Page(Page::pack(entries)),
    })
}

/// Inner nodes above these, about equally full.
pub(super) fn inner_nodes(children: Vec<Child<'_>>, limits: Limits) -> Vec<Child<'static>> {
    let count = children.len().div_ceil(limits.children);
    let mut nodes = Vec::with_capacity(count);
    let mut rest = children.into_iter();
    for left in (1..=count).rev() {
        let size = rest.len().div_ceil(left);
        nodes.extend(inner_node(rest.by_ref().take(size).collect()));
    }
    nodes
}

fn inner_node(children: Vec<Child<'_>>) -> Option<Child<'static>> {
    let first = children.first()?.first.to_vec();
    let separators: Vec<(&[u8], &[u8])> = children
        .iter()
        .map(|child| (&*child.first, &[][..]))
        .collect();
    let separators = Page::pack(&separators);
    let children = children.into_iter().map(|child| child.node).collect();
    Some(Child {
        first: Cow::Owned(first),
        node: Node::Inner(Arc::new(Inner {
            separators,
            children,
        })),
    })
}

/// The root above these nodes, which are of one height.
pub(super) fn raise(mut nodes: Vec<Child<'_>>, limits: Limits) -> Option<Node> {
    while nodes.len() > 1 {
        nodes = inner_nodes(nodes, limits);
    }
    let mut root = nodes.pop()?.node;
    // After removals a root may be left with one child.
    while let Node::Inner(inner) = &root
        && let [only] = &*inner.children
    {
        root = only.clone();
    }
    Some(root)
}
