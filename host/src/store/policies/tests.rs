use std::sync::Arc;

use super::*;
use crate::store::content::Import;

fn policy(octets: &[u8]) -> KeptPolicy {
    KeptPolicy {
        name: "names".to_owned(),
        version: "1.0.0".to_owned(),
        digest: Digest::of(octets),
        settings: "{}".to_owned(),
        signature: None,
    }
}

fn event(place: &str, octets: &[u8]) -> Event {
    Event {
        place: place.to_owned(),
        time: 7,
        cause: Cause::File,
        policy: Some(policy(octets)),
        outcome: Outcome::Published {
            added: 1,
            removed: 2,
            changed: 3,
        },
    }
}

fn published(place: &str, octets: &[u8]) -> Change {
    Change {
        events: vec![event(place, octets)],
        components: vec![(Digest::of(octets), Arc::from(octets))],
        ..Change::default()
    }
}

fn pin(octets: &[u8]) -> Pin {
    Pin {
        policy: policy(octets),
        over: Some(Over {
            component: Digest::of(b"file"),
            settings: Digest::of(b"{}"),
        }),
        since: 8,
        order: 0,
        watched_until: Some(9),
        tolerated: 0,
    }
}

fn full() -> Store {
    let store = Store::in_memory().unwrap();
    store.change_policies(&published("a.wasm", b"one")).unwrap();
    let change = Change {
        pins: Some(BTreeMap::from([("a.wasm".to_owned(), pin(b"two"))])),
        shadow: Some(Some(Shadow {
            policy: policy(b"three"),
            replace: None,
            source: "three.wasm".to_owned(),
            since: 9,
        })),
        components: vec![
            (Digest::of(b"two"), Arc::from(&b"two"[..])),
            (Digest::of(b"three"), Arc::from(&b"three"[..])),
        ],
        ..Change::default()
    };
    store.change_policies(&change).unwrap();
    store
}

#[test]
fn a_component_stays_as_long_as_history_pin_or_shadow_needs_it() {
    let store = full();
    for octets in [&b"one"[..], b"two", b"three"] {
        let kept = store.component(Digest::of(octets)).unwrap();
        assert_eq!(kept.as_deref(), Some(octets));
    }
    let change = Change {
        pins: Some(BTreeMap::new()),
        shadow: Some(None),
        ..Change::default()
    };
    store.change_policies(&change).unwrap();
    let state = store.policies().unwrap();
    assert_eq!(state.components, BTreeSet::from([Digest::of(b"one")]));
    assert_eq!((state.pins.len(), state.shadow), (0, None));
    for number in 0..u8::try_from(MOST_KEPT).unwrap() {
        store
            .change_policies(&published("a.wasm", &[number]))
            .unwrap();
    }
    let state = store.policies().unwrap();
    assert_eq!(state.components.len(), MOST_KEPT);
    assert!(!state.components.contains(&Digest::of(b"one")));
    assert_eq!(state.events.len(), MOST_KEPT + 1);
}

#[test]
fn the_history_forgets_its_oldest_events() {
    let store = Store::in_memory().unwrap();
    for number in 0..=MOST_EVENTS {
        let place = number.to_string();
        store.change_policies(&published(&place, b"one")).unwrap();
    }
    let state = store.policies().unwrap();
    assert_eq!(state.events.len(), MOST_EVENTS);
    assert_eq!(state.events[0].place, "1");
    assert!(state.components.contains(&Digest::of(b"one")));
}

#[test]
fn what_is_refused_again_is_one_event_with_the_last_time() {
    let store = Store::in_memory().unwrap();
    let refused = |time| Change {
        events: vec![Event {
            time,
            outcome: Outcome::Refused {
                stage: "compile".to_owned(),
                reason: "it is empty".to_owned(),
            },
            ..event("a.wasm", b"")
        }],
        ..Change::default()
    };
    for time in [1, 2, 3] {
        store.change_policies(&refused(time)).unwrap();
    }
    let state = store.policies().unwrap();
    assert_eq!((state.events.len(), state.events[0].time), (1, 3));
    assert_eq!(state.published_last("a.wasm"), None);
}

#[test]
fn what_failed_says_so_in_the_history() {
    let store = Store::in_memory().unwrap();
    store.change_policies(&published("a.wasm", b"one")).unwrap();
    store.change_policies(&published("b.wasm", b"two")).unwrap();
    let change = Change {
        failed: Some(("a.wasm".to_owned(), "it fails".to_owned())),
        ..Change::default()
    };
    store.change_policies(&change).unwrap();
    let outcomes: Vec<_> = store.policies().unwrap().events;
    let outcomes: Vec<_> = outcomes.iter().map(|event| &event.outcome).collect();
    assert!(
        matches!(
            outcomes[..],
            [Outcome::RolledBack { .. }, Outcome::Published { .. }]
        ),
        "{outcomes:?}"
    );
}

#[test]
fn policies_are_part_of_what_is_exported_and_of_nothing_where_there_are_none() {
    let store = full();
    let content = store.export().unwrap();
    assert_eq!(content.problems(), Vec::<String>::new());
    let other = Store::in_memory().unwrap();
    let empty = serde_json::to_string(&other.export().unwrap()).unwrap();
    assert!(!empty.contains("policies"), "{empty}");
    other.import(&content, Import::IntoEmpty).unwrap();
    assert_eq!(other.export().unwrap(), content);
    assert_eq!(other.policies().unwrap(), store.policies().unwrap());

    let mut tampered = content;
    let digest = Digest::of(b"two");
    tampered
        .policies
        .components
        .insert(digest, "AAAA".to_owned());
    let problems = tampered.problems().join("; ");
    assert!(problems.contains("is not the digest"), "{problems}");
    tampered.policies.components.remove(&digest);
    let problems = tampered.problems().join("; ");
    assert!(problems.contains("is missing"), "{problems}");
}
