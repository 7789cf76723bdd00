//! The map against `BTreeMap`, with pages so small that a few dozen entries make a tree of several heights.

use std::collections::BTreeMap;
use std::ops::Bound;

use proptest::prelude::*;

use super::node::Node;
use super::page::Page;
use super::{Entry, Find, Limits, Map, MapChange, apply, build};

const TINY: Limits = Limits {
    names: 8,
    octets: 600,
    children: 3,
};

type Model = BTreeMap<Vec<u8>, Vec<u8>>;
type Batch = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// Few different keys, so that changes meet; many that are the start of others or differ in the last octet.
fn key() -> impl Strategy<Value = Vec<u8>> {
    let octet = prop::sample::select(vec![0, 1, b'a', b'b', 255]);
    let short = prop::collection::vec(octet.clone(), 0..5);
    let long = (prop::collection::vec(octet, 0..3), 0..3_usize)
        .prop_map(|(end, times)| [b"cluster\0shop\0".repeat(times), end].concat());
    prop_oneof![short, long]
}

/// Mostly small; some as large as a page, some larger.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let length = prop_oneof![8 => 0..20_usize, 2 => 100..300_usize, 1 => 550..650_usize, 1 => 1000..5000_usize];
    (any::<u8>(), length).prop_map(|(octet, length)| vec![octet % 4; length])
}

/// Batches that mostly add, mostly remove, or do both.
fn batch() -> impl Strategy<Value = Batch> {
    (1..10_u32, 1..60_usize).prop_flat_map(|(adding, size)| {
        let value = prop_oneof![adding => value().prop_map(Some), 10 - adding => Just(None)];
        prop::collection::btree_map(key(), value, 0..size)
    })
}

fn changes(batch: &Batch) -> Vec<MapChange> {
    let change = |(key, value): (&Vec<u8>, &Option<Vec<u8>>)| MapChange {
        key: key.as_slice().into(),
        value: value.as_deref().map(Into::into),
    };
    batch.iter().map(change).collect()
}

fn change_model(model: &mut Model, batch: &Batch) {
    for (key, value) in batch {
        match value {
            Some(value) => model.insert(key.clone(), value.clone()),
            None => model.remove(key),
        };
    }
}

fn owned(entry: Entry<'_>) -> (Vec<u8>, Vec<u8>) {
    (entry.key(), entry.value().to_vec())
}

/// Everything a reader can ask for, at the model's keys, around them, and at some keys more.
fn check(map: &Map, model: &Model, other_keys: &[Vec<u8>]) {
    check_node(map);
    assert_eq!((map.len(), map.is_empty()), (model.len(), model.is_empty()));
    let all: Vec<_> = map.range_from(&[]).map(owned).collect();
    assert!(
        all.iter().map(|(key, value)| (key, value)).eq(model),
        "entries in order"
    );

    let after = model.keys().map(|key| [key, &b"\0"[..]].concat());
    let before = model
        .keys()
        .map(|key| key[..key.len().saturating_sub(1)].to_vec());
    for key in after
        .chain(before)
        .chain(model.keys().cloned())
        .chain(other_keys.iter().cloned())
    {
        let from = (Bound::Included(&key), Bound::Unbounded);
        let expected = model
            .range::<Vec<u8>, _>(from)
            .map(|(key, value)| (key.clone(), value.clone()));
        let next = expected.clone().next();
        match map.find(&key) {
            Find::Here(value) => assert_eq!(
                Some(value),
                model.get(&key).map(Vec::as_slice),
                "at {key:?}"
            ),
            Find::Next(entry) => {
                assert_eq!(model.get(&key), None, "at {key:?}");
                assert_eq!(entry.map(owned), next, "after {key:?}");
            }
        }
        assert!(
            map.range_from(&key)
                .map(owned)
                .take(20)
                .eq(expected.take(20)),
            "from {key:?}"
        );
        let last = model.range::<Vec<u8>, _>(..&key).next_back();
        let last = last.map(|(key, value)| (key.clone(), value.clone()));
        assert_eq!(map.last_before(&key).map(owned), last, "before {key:?}");
    }
}

/// The invariant of the tree, and its limits.
fn check_node(map: &Map) {
    fn height_of(node: &Node) -> (usize, Vec<u8>) {
        match node {
            Node::Page(page) => {
                let view = page.view();
                let full = view.len() > 1 && page.octets() > TINY.octets;
                assert!(
                    !full && (1..=TINY.names).contains(&view.len()),
                    "{} names, {} octets",
                    view.len(),
                    page.octets()
                );
                (0, view.entry(0).unwrap().key())
            }
            Node::Inner(inner) => {
                assert!((1..=TINY.children).contains(&inner.children.len()));
                let below: Vec<_> = inner.children.iter().map(height_of).collect();
                let separators = inner.separators.view().entries().map(Entry::key);
                assert!(
                    separators.eq(below.iter().map(|(_, first)| first.clone())),
                    "separators are first keys"
                );
                assert!(
                    below.iter().all(|(height, _)| *height == below[0].0),
                    "one height"
                );
                (below[0].0 + 1, below[0].1.clone())
            }
        }
    }
    if let Some(root) = &map.root {
        height_of(root);
        assert!(
            !matches!(root, Node::Inner(inner) if inner.children.len() == 1),
            "a root has a reason"
        );
    }
}

fn pages(map: &Map) -> Vec<Page> {
    fn collect(node: &Node, pages: &mut Vec<Page>) {
        match node {
            Node::Page(page) => pages.push(page.clone()),
            Node::Inner(inner) => inner
                .children
                .iter()
                .for_each(|child| collect(child, pages)),
        }
    }
    let mut pages = Vec::new();
    map.root.iter().for_each(|root| collect(root, &mut pages));
    pages
}

/// Names of a cluster, `count` of them.
fn names(count: usize) -> Model {
    let name = |number| format!("cluster\0svc\0ns{}\0web{number}\0", number / 10).into_bytes();
    (0..count)
        .map(|number| (name(number), b"\x01\x0a\0\0\x01".to_vec()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_snapshot_stays_what_it_was(
        first in prop::collection::btree_map(key(), value(), 0..80),
        batches in prop::collection::vec(batch(), 0..25),
        other_keys in prop::collection::vec(key(), 20),
    ) {
        let mut snapshots = vec![(build::bulk(&first, TINY), first)];
        for batch in &batches {
            let (map, model) = snapshots.last().unwrap();
            let (map, mut model) = (apply::apply(map, &changes(batch), TINY), model.clone());
            change_model(&mut model, batch);
            snapshots.push((map, model));
        }
        for (map, model) in &snapshots {
            check(map, model, &other_keys);
        }
    }

    #[test]
    fn an_entry_knows_its_key(key in key(), split in any::<prop::sample::Index>(), other in key()) {
        let (prefix, suffix) = key.split_at(split.index(key.len() + 1));
        let entry = Entry { prefix, suffix, value: b"value" };
        prop_assert_eq!(entry.compare_key(&other), key.cmp(&other));
        prop_assert_eq!(entry.starts_with(&other), key.starts_with(&other));
        let mut written = b"what was there".to_vec();
        entry.write_key(&mut written);
        prop_assert_eq!(&written, &key);
        prop_assert_eq!(entry.key(), key);
    }
}

#[test]
fn an_empty_map_has_nothing() {
    for map in [
        Map::new(),
        Map::bulk(Model::new()),
        Map::new().apply(&[MapChange {
            key: b"a"[..].into(),
            value: None,
        }]),
    ] {
        check(&map, &Model::new(), &[vec![], b"a".to_vec()]);
        assert_eq!(map.bytes(), 0);
    }
}

#[test]
fn of_equal_keys_the_last_counts() {
    let twice = [(b"a", b"1"), (b"b", b"2"), (b"b", b"3"), (b"c", b"4")];
    let expected = Model::from([
        (b"a".to_vec(), b"1".to_vec()),
        (b"b".to_vec(), b"3".to_vec()),
        (b"c".to_vec(), b"4".to_vec()),
    ]);
    check(&Map::bulk(twice), &expected, &[]);
    let twice: Vec<_> = twice
        .iter()
        .map(|(key, value)| MapChange {
            key: key[..].into(),
            value: Some(value[..].into()),
        })
        .collect();
    check(&Map::new().apply(&twice), &expected, &[]);
    check(&Map::bulk([(b"b", b"0")]).apply(&twice), &expected, &[]);
}

#[test]
fn what_is_equal_is_shared() {
    let model = names(500);
    let map = build::bulk(&model, TINY);
    let before = pages(&map);
    let shared = |after: &[Page]| {
        before
            .iter()
            .filter(|page| after.iter().any(|other| page.is_shared_with(other)))
            .count()
    };

    let mut batch: Batch = model
        .iter()
        .map(|(key, value)| (key.clone(), Some(value.clone())))
        .collect();
    batch.insert(b"absent".to_vec(), None);
    let same = apply::apply(&map, &changes(&batch), TINY);
    assert_eq!(shared(&pages(&same)), before.len());

    let (key, _) = model.iter().nth(250).unwrap();
    let one = apply::apply(
        &map,
        &changes(&Batch::from([(key.clone(), Some(b"new".to_vec()))])),
        TINY,
    );
    assert_eq!(shared(&pages(&one)), before.len() - 1);
}

#[test]
fn pages_that_run_empty_are_joined() {
    let model = names(1000);
    let keep_some: Batch = model
        .keys()
        .enumerate()
        .filter(|(number, _)| number % 20 != 0)
        .map(|(_, key)| (key.clone(), None))
        .collect();
    let mut map = build::bulk(&model, TINY);
    let mut left = model;
    change_model(&mut left, &keep_some);
    for change in changes(&keep_some) {
        map = apply::apply(&map, &[change], TINY);
    }
    check(&map, &left, &[]);
    let pages = pages(&map).len();
    assert!(
        pages <= left.len() / 2,
        "{pages} pages of {} entries",
        left.len()
    );
}

#[test]
fn an_entry_takes_few_octets_beyond_its_suffix_and_value() {
    let model = names(20_000);
    let map = Map::bulk(&model);
    let contents: usize = pages(&map)
        .iter()
        .flat_map(|page| {
            page.view()
                .entries()
                .map(|entry| entry.suffix.len() + entry.value.len())
                .collect::<Vec<_>>()
        })
        .sum();
    let overhead = (map.bytes() - contents) as f64 / model.len() as f64;
    assert!(overhead < 10.0, "{overhead:.1}");
}
