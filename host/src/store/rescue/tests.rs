//! Files that were damaged, and disks that are full.

use std::collections::HashMap;

use proptest::prelude::*;
use zonesmith_zone::name::Name;

use super::*;
use crate::store::NewKey;

fn place() -> (tempfile::TempDir, Utf8PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(directory.path().join("state")).unwrap();
    (directory, path)
}

fn zone() -> Name {
    Name::parse("cluster1").unwrap()
}

fn fill(path: &Utf8Path) {
    let store = Store::open(path).unwrap();
    store.save_serials(&[(zone(), 7)]).unwrap();
    let key = NewKey {
        flags: 257,
        active: true,
        published: true,
        content: "Private-key-format: v1.2\n".to_owned(),
    };
    store.add_key(&zone(), &key).unwrap();
}

fn names(path: &Utf8Path) -> Vec<String> {
    let entries = path.read_dir_utf8().unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_date_is_the_calendars() {
    for (seconds, text) in [
        (0, "19700101T000000Z"),
        (951_782_399, "20000228T235959Z"),
        (951_782_400, "20000229T000000Z"),
        (1_709_251_200, "20240301T000000Z"),
        (1_798_761_599, "20261231T235959Z"),
        (4_107_542_400, "21000301T000000Z"),
    ] {
        assert_eq!(date(seconds), text);
    }
}

#[test]
fn a_damaged_file_is_moved_aside_and_a_new_one_begun() {
    let (_directory, path) = place();
    fill(&path);
    assert_eq!(Store::open_or_rescue(&path).unwrap().loss, None);
    for turn in 1..3 {
        fs::write(path.join(FILE), "hello").unwrap();
        let rescued = Store::open_or_rescue(&path).unwrap();
        let loss = rescued.loss.unwrap();
        assert!(
            loss.contains("served UNSIGNED") && loss.contains(".damaged-2"),
            "{loss}"
        );
        assert!(rescued.store.export().unwrap().is_empty());
        rescued.store.save_serials(&[(zone(), 9)]).unwrap();
        drop(rescued.store);
        let names = names(&path);
        assert_eq!(names.len(), turn + 1, "{names:?}");
        assert_eq!(fs::read(path.join(&names[turn])).unwrap(), b"hello");
    }
    let again = Store::open_or_rescue(&path).unwrap();
    assert_eq!(again.loss, None);
    assert_eq!(again.store.serials().unwrap(), HashMap::from([(zone(), 9)]));
}

#[test]
fn what_is_in_use_or_of_a_later_version_is_refused() {
    let (_directory, path) = place();
    let held = Store::open(&path).unwrap();
    let refused = Store::open_or_rescue(&path).err().unwrap();
    assert!(matches!(refused, StoreError::InUse { .. }), "{refused}");
    held.write(|transaction| {
        transaction
            .open_table(crate::store::ABOUT)?
            .insert(crate::store::VERSION_ROW, 9)?;
        Ok(())
    })
    .unwrap();
    drop(held);
    let refused = Store::open_or_rescue(&path).err().unwrap();
    assert!(
        matches!(refused, StoreError::OtherVersion { .. }),
        "{refused}"
    );
    assert_eq!(names(&path), [FILE]);
}

#[test]
fn a_disk_that_takes_nothing_leaves_what_can_be_read() {
    let (_directory, path) = place();
    fill(&path);
    let full = StoreError::Access {
        path: path.clone(),
        source: ErrorKind::StorageFull.into(),
    };
    let (store, loss) = Store::in_memory_of(&path, &full).unwrap();
    assert_eq!(store.serials().unwrap(), HashMap::from([(zone(), 7)]));
    assert_eq!(store.keys(&zone()).unwrap().len(), 1);
    assert!(loss.contains("used as it is"), "{loss}");
    store.save_serials(&[(zone(), 8)]).unwrap();
    drop(store);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.serials().unwrap(), HashMap::from([(zone(), 7)]));
    drop(store);
    fs::remove_file(path.join(FILE)).unwrap();
    let (store, loss) = Store::in_memory_of(&path, &full).unwrap();
    assert!(store.export().unwrap().is_empty());
    assert!(loss.contains("cannot be made"), "{loss}");
}

/// Whatever became of the file, there is a state that can be read and written; unless it looks like a later version's, which
/// is not ours to judge.
fn survived(path: &Utf8Path) {
    match Store::open_or_rescue(path) {
        Ok(rescued) => {
            rescued.store.export().unwrap();
            rescued.store.save_serials(&[(zone(), 9)]).unwrap();
        }
        Err(StoreError::OtherVersion { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}

/// Such a page reads well: what is not there is left out.
#[test]
fn a_page_that_says_it_has_more_rows_than_it_has_is_found() {
    const PAGE: usize = 4096;
    /// Where a page of redb's has the number of its rows, little-endian; all are pages of few rows.
    const MANY: usize = 3;
    let (_directory, path) = place();
    fill(&path);
    let whole = fs::read(path.join(FILE)).unwrap();
    for page in 1..10 {
        let mut octets = whole.clone();
        octets[page * PAGE + MANY] ^= 4;
        fs::write(path.join(FILE), octets).unwrap();
        survived(&path);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_damage_is_survived(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        length in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let (_directory, path) = place();
        fill(&path);
        let mut octets = fs::read(path.join(FILE)).unwrap();
        for (place, octet) in edits {
            // Most of the file is free pages.
            let place = place.index(octets.len().min(40_000));
            octets[place] ^= octet;
        }
        if let Some(length) = length {
            octets.truncate(length.index(octets.len()));
        }
        fs::write(path.join(FILE), octets).unwrap();
        survived(&path);
    }
}
