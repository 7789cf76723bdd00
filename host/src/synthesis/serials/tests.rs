use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;

use zonesmith_zone::record::{SoaDeclaration, ZoneDeclaration};
use zonesmith_zone::zone::Zone;

use super::*;
use crate::store::Store;

fn zones(apexes: &[&str]) -> Zones {
    let zone = |apex: &&str| {
        let declaration = ZoneDeclaration {
            apex: (*apex).to_owned(),
            soa: SoaDeclaration {
                ttl: 60,
                mname: "ns".to_owned(),
                rname: "hostmaster".to_owned(),
                refresh: 1,
                retry: 1,
                expire: 1,
                minimum: 1,
            },
            nameservers: vec!["ns".to_owned()],
            nameserver_ttl: 60,
        };
        Zone::declare(&declaration).unwrap().0
    };
    Zones::new(apexes.iter().map(zone).collect())
}

fn name(apex: &str) -> Name {
    Name::parse(apex).unwrap()
}

/// A clock that a test sets.
#[derive(Clone, Default)]
struct Hand(Arc<AtomicU64>);

impl Hand {
    fn at(unix: u64) -> Self {
        Self(Arc::new(AtomicU64::new(unix)))
    }

    fn set(&self, unix: u64) {
        self.0.store(unix, Ordering::Relaxed);
    }

    fn clock(&self) -> Clock {
        let hand = self.clone();
        Box::new(move || hand.0.load(Ordering::Relaxed))
    }
}

/// Serials that are kept in `store`, and a channel that tells of each commit.
fn serials(store: &Store, hand: &Hand) -> (Serials, Receiver<()>) {
    let (told, kept) = channel();
    let keeper = store.clone();
    let save: Save = Box::new(move |moves| {
        keeper.save_serials(moves)?;
        let _ = told.send(());
        Ok(())
    });
    let kept_before = store.serials().unwrap();
    let serials = Serials::start(kept_before, save, Arc::default(), hand.clock()).unwrap();
    (serials, kept)
}

fn nothing_written(_: &Name) -> Option<u32> {
    None
}

#[test]
fn a_serial_never_goes_back_whatever_the_clock_does() {
    let store = Store::in_memory().unwrap();
    let hand = Hand::at(1_000);
    let apex = name("cluster1");
    let mut before = 999;
    // Forth, back by an hour, forth by a day, back to the start: and a restart at each of them, which loses nothing or
    // the move that was not kept yet.
    for (unix, is_kept) in [
        (1_000, true),
        (5_000, true),
        (1_400, false),
        (1_400, true),
        (90_000, false),
        (1_000, true),
        (1_000, true),
    ] {
        hand.set(unix);
        let (mut serials, kept) = serials(&store, &hand);
        serials.serve(&zones(&["cluster1"]), nothing_written);
        kept.recv().unwrap();
        let first = serials.value(&apex).unwrap();
        assert!(first > before, "{first} after {before} at {unix}");
        serials.touch(&apex);
        serials.advance(Instant::now() + Duration::from_secs(1));
        before = serials.value(&apex).unwrap();
        assert!(before > first, "{before} after {first} at {unix}");
        if is_kept {
            kept.recv().unwrap();
            assert_eq!(store.serials().unwrap()[&apex], before);
        } else {
            // As if the power went: the move is not in the store that the next run opens.
            drop(serials);
            while kept.recv().is_ok() {}
            store.save_serials(&[(apex.clone(), first)]).unwrap();
        }
    }
}

#[test]
fn a_zone_that_comes_back_goes_on() {
    let store = Store::in_memory().unwrap();
    let hand = Hand::at(1_000);
    let (mut serials, _kept) = serials(&store, &hand);
    serials.serve(&zones(&["a", "b"]), nothing_written);
    let before = serials.value(&name("b")).unwrap();
    serials.serve(&zones(&["a"]), nothing_written);
    assert_eq!(serials.value(&name("b")), None);
    hand.set(10);
    serials.serve(&zones(&["a", "b"]), nothing_written);
    assert!(serials.value(&name("b")).unwrap() > before);
    assert_eq!(serials.value(&name("a")), Some(1_000), "it did not change");
}

#[test]
fn moves_within_a_moment_are_one_commit() {
    let store = Store::in_memory().unwrap();
    let hand = Hand::at(1_000);
    let (mut serials, kept) = serials(&store, &hand);
    let apexes: Vec<String> = (0..40).map(|number| format!("zone{number}")).collect();
    let apexes: Vec<&str> = apexes.iter().map(String::as_str).collect();
    serials.serve(&zones(&apexes), nothing_written);
    for apex in &apexes {
        serials.touch(&name(apex));
        serials.advance(Instant::now() + Duration::from_secs(1));
    }
    drop(serials);
    let mut commits = 0;
    while kept.recv().is_ok() {
        commits += 1;
    }
    assert!(commits <= 2, "{commits}");
    assert_eq!(store.serials().unwrap().len(), 40);
}

#[test]
fn an_author_who_counts_days_is_followed() {
    let store = Store::in_memory().unwrap();
    let (mut serials, _kept) = serials(&store, &Hand::at(1_795_000_000));
    serials.serve(&zones(&["a", "b"]), |apex| {
        (*apex == name("a")).then_some(2_026_112_401)
    });
    assert_eq!(serials.value(&name("a")), Some(2_026_112_402));
    assert_eq!(serials.value(&name("b")), Some(1_795_000_000));
}

#[test]
fn what_cannot_be_kept_is_told_and_tried_again() {
    let trouble: Arc<ArcSwapOption<String>> = Arc::default();
    let (told, saved) = channel();
    let mut is_full = true;
    let save: Save = Box::new(move |moves| {
        let was_full = std::mem::replace(&mut is_full, false);
        let _ = told.send(moves.len());
        anyhow::ensure!(!was_full, "the disk is full");
        Ok(())
    });
    let mut serials = Serials::start(
        HashMap::new(),
        save,
        Arc::clone(&trouble),
        Hand::at(5).clock(),
    )
    .unwrap();
    serials.serve(&zones(&["a"]), nothing_written);
    assert_eq!(saved.recv().unwrap(), 1);
    while trouble.load().is_none() {
        thread::yield_now();
    }
    assert!(trouble.load_full().unwrap().contains("the disk is full"));
    drop(serials);
    assert_eq!(saved.recv().unwrap(), 1, "at once, at the end");
}
