use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use camino::Utf8PathBuf;
use tempfile::TempDir;
use zonesmith_zone::name::Name;

use super::{ABOUT, FILE, NewKey, Store, StoreError, TsigKey, VERSION_ROW};

fn place() -> (TempDir, Utf8PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(directory.path().join("state")).unwrap();
    (directory, path)
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn key(flags: u16) -> NewKey {
    NewKey {
        flags,
        active: true,
        published: true,
        content: "Private-key-format: v1.2\n".to_owned(),
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_kept_is_there_after_it_was_closed() {
    let (_directory, path) = place();
    let zone = name("cluster1");
    let tsig = TsigKey {
        name: name("transfer"),
        algorithm: "hmac-sha256.".to_owned(),
        secret: "c2VjcmV0".to_owned(),
    };
    let store = Store::open(&path).unwrap();
    store
        .save_serials(&[(zone.clone(), 7), (name("10.in-addr.arpa"), u32::MAX)])
        .unwrap();
    store.save_serials(&[(zone.clone(), 8)]).unwrap();
    store.set_notified(&zone, 8).unwrap();
    assert_eq!(store.add_key(&zone, &key(257)).unwrap(), 1);
    store
        .set_metadata(&zone, "ALSO-NOTIFY", &["10.0.0.9".to_owned()])
        .unwrap();
    store.set_tsig_key(&tsig).unwrap();
    drop(store);

    let store = Store::open(&path).unwrap();
    let serials = store.serials().unwrap();
    assert_eq!(
        (serials[&zone], serials[&name("10.in-addr.arpa")]),
        (8, u32::MAX)
    );
    assert_eq!(store.notified().unwrap()[&zone], 8);
    assert_eq!(store.keys(&zone).unwrap()[0].key, key(257));
    assert_eq!(
        store.metadata_of(&zone, "ALSO-NOTIFY").unwrap(),
        ["10.0.0.9"]
    );
    assert_eq!(store.tsig_key(&tsig.name).unwrap(), Some(tsig.clone()));
    assert_eq!(store.tsig_keys().unwrap(), [tsig]);
}

#[test]
fn only_the_owner_may_read_the_state() {
    let (_directory, path) = place();
    drop(Store::open(&path).unwrap());
    assert_eq!(mode(path.as_std_path()), 0o700);
    let file = path.join(FILE);
    assert_eq!(mode(file.as_std_path()), 0o600);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    drop(Store::open(&path).unwrap());
    assert_eq!(mode(file.as_std_path()), 0o600);
}

#[test]
fn a_second_owner_is_refused_with_the_path() {
    let (_directory, path) = place();
    let store = Store::open(&path).unwrap();
    let refused = Store::open(&path).err().unwrap();
    assert!(matches!(refused, StoreError::InUse { .. }), "{refused:?}");
    assert!(
        refused
            .to_string()
            .starts_with(&format!("{path}/state.redb belongs to another process")),
        "{refused}"
    );
    drop(store.clone());
    assert!(Store::open(&path).is_err(), "a clone is no owner");
    drop(store);
    assert!(Store::open(&path).is_ok());
}

#[test]
fn a_file_that_another_process_is_just_letting_go_is_waited_for() {
    let (_directory, path) = place();
    let store = Store::open(&path).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| Store::open_or_rescue(&path));
        std::thread::sleep(std::time::Duration::from_millis(100));
        assert!(!waiting.is_finished(), "it waits");
        drop(store);
        let rescued = waiting.join().unwrap().unwrap();
        assert_eq!(rescued.loss, None);
        // Who has it for longer keeps it.
        let refused = Store::open_or_rescue(&path).err().unwrap();
        assert!(matches!(refused, StoreError::InUse { .. }), "{refused:?}");
    });
}

#[test]
fn a_damaged_file_is_refused_with_the_cure() {
    let (_directory, path) = place();
    drop(Store::open(&path).unwrap());
    let file = path.join(FILE);
    let whole = fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    flipped[..64].fill(0x55);
    for (what, bytes) in [
        ("text", b"hello".repeat(2000)),
        ("the first kilobytes", whole[..3000].to_vec()),
        ("half", whole[..whole.len() / 2].to_vec()),
        ("another head", flipped),
    ] {
        fs::write(&file, bytes).unwrap();
        let refused = Store::open(&path).err().unwrap();
        assert!(
            matches!(refused, StoreError::Damaged { .. }),
            "{what}: {refused:?}"
        );
        assert!(
            refused.to_string().contains("zonesmith state import"),
            "{what}: {refused}"
        );
    }
    fs::write(&file, whole).unwrap();
    Store::open(&path).unwrap();
}

#[test]
fn the_state_of_a_later_version_is_left_alone() {
    let (_directory, path) = place();
    let store = Store::open(&path).unwrap();
    store
        .write(|transaction| {
            transaction.open_table(ABOUT)?.insert(VERSION_ROW, 2)?;
            Ok(())
        })
        .unwrap();
    drop(store);
    let refused = Store::open(&path).err().unwrap();
    assert!(
        matches!(refused, StoreError::OtherVersion { found: 2, .. }),
        "{refused:?}"
    );
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let (directory, _) = place();
    let file = Utf8PathBuf::from_path_buf(directory.path().join("file")).unwrap();
    fs::write(&file, "").unwrap();
    let refused = Store::open(&file.join("state")).err().unwrap();
    assert!(
        refused.to_string().ends_with("file/state/state.redb"),
        "{refused}"
    );
}

#[test]
fn keys_are_switched_and_their_numbers_never_used_again() {
    let (_directory, path) = place();
    let store = Store::open(&path).unwrap();
    let (one, other) = (name("cluster1"), name("cluster10"));
    assert_eq!(store.add_key(&one, &key(257)).unwrap(), 1);
    assert_eq!(store.add_key(&other, &key(256)).unwrap(), 2);
    assert!(store.set_key_active(&one, 1, false).unwrap());
    assert!(store.set_key_published(&one, 1, false).unwrap());
    let kept = &store.keys(&one).unwrap()[0];
    assert_eq!(
        (kept.id, kept.key.active, kept.key.published),
        (1, false, false)
    );
    assert!(
        !store.set_key_active(&one, 2, true).unwrap(),
        "another zone's"
    );
    assert!(store.remove_key(&other, 2).unwrap());
    assert!(!store.remove_key(&other, 2).unwrap());
    assert_eq!(store.add_key(&other, &key(256)).unwrap(), 3);
    assert_eq!(store.keys(&one).unwrap().len(), 1);
}

#[test]
fn metadata_of_a_zone_is_its_own() {
    let (_directory, path) = place();
    let store = Store::open(&path).unwrap();
    let (one, longer) = (name("a"), name("a.b"));
    let values = |texts: &[&str]| {
        texts
            .iter()
            .map(|&text| text.to_owned())
            .collect::<Vec<_>>()
    };
    store.set_metadata(&one, "B", &values(&["1", "2"])).unwrap();
    store.set_metadata(&one, "A", &values(&[""])).unwrap();
    store.set_metadata(&longer, "A", &values(&["x"])).unwrap();
    let metadata = store.metadata(&one).unwrap();
    assert_eq!(
        metadata.into_iter().collect::<Vec<_>>(),
        [
            ("A".to_owned(), values(&[""])),
            ("B".to_owned(), values(&["1", "2"]))
        ]
    );
    store.set_metadata(&one, "B", &[]).unwrap();
    assert_eq!(store.metadata_of(&one, "B").unwrap(), Vec::<String>::new());
    assert_eq!(store.metadata(&longer).unwrap().len(), 1);
}

#[test]
fn a_secret_is_not_printed_by_accident() {
    let key = TsigKey {
        name: name("transfer"),
        algorithm: "hmac-sha256.".to_owned(),
        secret: "c2VjcmV0".to_owned(),
    };
    assert_eq!(format!("{key:?}"), "TsigKey(transfer. hmac-sha256.)");
}
