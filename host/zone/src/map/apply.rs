//! A new map of an old one: rebuilds the pages that changes touch and the nodes above them, shares everything else.

use std::borrow::Cow;

use super::build::{self, Child, Plain};
use super::node::{Inner, Node};
use super::page::{self, PageView};
use super::{Limits, Map};

/// What is to stand at a key: a value, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapChange {
    /// The key.
    pub key: Box<[u8]>,
    /// The value it gets, or `None` to remove it.
    pub value: Option<Box<[u8]>>,
}

/// How many entries came and went.
#[derive(Default)]
struct Tally {
    added: usize,
    removed: usize,
}

/// See [`Map::apply`].
pub(super) fn apply(map: &Map, changes: &[MapChange], limits: Limits) -> Map {
    debug_assert!(
        changes.is_sorted_by(|left, right| left.key <= right.key),
        "changes in the order of their keys"
    );
    let Some(root) = &map.root else {
        let added =
            effective(changes).filter_map(|change| Some((&change.key, change.value.as_deref()?)));
        return build::bulk(added, limits);
    };
    let mut tally = Tally::default();
    match apply_to_node(root, changes, limits, &mut tally) {
        None => map.clone(),
        Some(nodes) => Map {
            root: build::raise(nodes, limits),
            len: map.len + tally.added - tally.removed,
        },
    }
}

/// The changes that count: the last of each key.
fn effective(changes: &[MapChange]) -> impl Iterator<Item = &MapChange> {
    changes
        .chunk_by(|left, right| left.key == right.key)
        .filter_map(|same_key| same_key.last())
}

/// The nodes that take this one's place: any number, also none. `None` if nothing changes.
fn apply_to_node(
    node: &Node,
    changes: &[MapChange],
    limits: Limits,
    tally: &mut Tally,
) -> Option<Vec<Child<'static>>> {
    match node {
        Node::Page(page) => apply_to_page(page.view(), changes, limits, tally),
        Node::Inner(inner) => apply_to_inner(inner, changes, limits, tally),
    }
}

fn apply_to_page(
    page: PageView<'_>,
    changes: &[MapChange],
    limits: Limits,
    tally: &mut Tally,
) -> Option<Vec<Child<'static>>> {
    if effective(changes)
        .all(|change| page.get(&change.key, page::hash(&change.key)) == change.value.as_deref())
    {
        return None;
    }
    let keys = Keys::of([page]);
    let mut old = keys.with_values([page]).peekable();
    let mut entries: Vec<Plain<'_>> = Vec::with_capacity(page.len() + changes.len());
    for change in effective(changes) {
        while let Some(before) = old.next_if(|(key, _)| *key < &*change.key) {
            entries.push(before);
        }
        let replaced = old.next_if(|(key, _)| *key == &*change.key);
        tally.removed += usize::from(replaced.is_some());
        tally.added += usize::from(change.value.is_some());
        entries.extend(change.value.as_deref().map(|value| (&*change.key, value)));
    }
    entries.extend(old);
    Some(build::pages(&entries, limits))
}

fn apply_to_inner(
    inner: &Inner,
    mut changes: &[MapChange],
    limits: Limits,
    tally: &mut Tally,
) -> Option<Vec<Child<'static>>> {
    // What takes the place of the child at an index, in the order of the indexes.
    let mut replaced = Vec::new();
    while let Some(change) = changes.first() {
        let index = inner.child_of(&change.key);
        let next_child = inner.separators.view().entry(index + 1);
        let its_end = next_child.map_or(changes.len(), |next| {
            changes.partition_point(|change| next.compare_key(&change.key).is_gt())
        });
        let (its_changes, rest) = changes.split_at_checked(its_end)?;
        changes = rest;
        if let Some(nodes) = apply_to_node(inner.children.get(index)?, its_changes, limits, tally) {
            replaced.push((index, nodes));
        }
    }
    if replaced.is_empty() {
        return None;
    }
    let separators = Keys::of([inner.separators.view()]);
    let mut replaced = replaced.into_iter().peekable();
    let mut children = Vec::with_capacity(inner.children.len() + 1);
    for (index, (first, node)) in separators.iter().zip(&inner.children).enumerate() {
        match replaced.next_if(|(replaced, _)| *replaced == index) {
            Some((_, nodes)) => children.extend(nodes),
            None => children.push(Child {
                first: Cow::Borrowed(first),
                node: node.clone(),
            }),
        }
    }
    Some(build::inner_nodes(join_sparse(children, limits), limits))
}

/// Joins each node that is less than a quarter full with a neighbour.
fn join_sparse<'a>(children: Vec<Child<'a>>, limits: Limits) -> Vec<Child<'a>> {
    let mut joined: Vec<Child<'a>> = Vec::with_capacity(children.len());
    for child in children {
        match joined.pop_if(|left| may_join(&left.node, &child.node, limits)) {
            Some(left) => joined.extend(join(left, child, limits)),
            None => joined.push(child),
        }
    }
    joined
}

fn may_join(left: &Node, right: &Node, limits: Limits) -> bool {
    // An entry that has a page to itself would only be copied.
    let alone = |node: &Node| matches!(node, Node::Page(page) if page.octets() > limits.octets);
    (left.is_sparse(limits) || right.is_sparse(limits)) && !alone(left) && !alone(right)
}

/// One or two nodes of what these two hold.
fn join<'a>(left: Child<'a>, right: Child<'a>, limits: Limits) -> Vec<Child<'a>> {
    match (&left.node, &right.node) {
        (Node::Page(left), Node::Page(right)) => {
            let views = [left.view(), right.view()];
            let keys = Keys::of(views);
            build::pages(&keys.with_values(views).collect::<Vec<_>>(), limits)
        }
        (Node::Inner(left), Node::Inner(right)) => {
            let keys = Keys::of([left.separators.view(), right.separators.view()]);
            let nodes = left.children.iter().chain(&right.children);
            let children = keys.iter().zip(nodes).map(|(first, node)| Child {
                first: Cow::Borrowed(first),
                node: node.clone(),
            });
            build::inner_nodes(children.collect(), limits)
        }
        // Invariant: neighbours are of one height.
        (Node::Page(_), Node::Inner(_)) | (Node::Inner(_), Node::Page(_)) => vec![left, right],
    }
}

/// The keys of some pages, put together.
struct Keys {
    octets: Vec<u8>,
    /// Where each key ends in `octets`.
    ends: Vec<usize>,
}

impl Keys {
    fn of<const PAGES: usize>(pages: [PageView<'_>; PAGES]) -> Self {
        let mut keys = Self {
            octets: Vec::with_capacity(pages.iter().map(|page| page.key_octets()).sum()),
            ends: Vec::with_capacity(pages.iter().map(|page| page.len()).sum()),
        };
        for page in pages {
            for entry in page.entries() {
                keys.octets.extend_from_slice(entry.prefix);
                keys.octets.extend_from_slice(entry.suffix);
                keys.ends.push(keys.octets.len());
            }
        }
        keys
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let key = self.octets.get(start..end).unwrap_or_default();
            start = end;
            key
        })
    }

    /// The keys with the values of the pages they are from.
    fn with_values<'a, const PAGES: usize>(
        &'a self,
        pages: [PageView<'a>; PAGES],
    ) -> impl Iterator<Item = Plain<'a>> {
        let values = pages
            .into_iter()
            .flat_map(|page| page.entries().map(|entry| entry.value));
        self.iter().zip(values)
    }
}
