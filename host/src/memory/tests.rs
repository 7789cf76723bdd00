use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::Instant;

use proptest::prelude::*;
use tempfile::TempDir;
use zonesmith_cluster::Service;

use super::*;

const SOURCE: &str = "file:/cluster.json";

fn place() -> (TempDir, Utf8PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
    (directory, path)
}

fn memory(path: &Utf8Path) -> Memory {
    Memory::open(path, Writing::AtOnce).unwrap()
}

fn state(services: &[(&str, u8)]) -> State {
    let services: serde_json::Map<_, _> = services
        .iter()
        .map(|(name, address)| {
            let info = serde_json::json!({"ipaddr": format!("10.0.0.{address}"), "expose": ["80/tcp"]});
            let instance = serde_json::json!({"availability": "up", "resources": {"ip#0": {"status": "up", "info": info}}});
            ((*name).to_owned(), serde_json::json!({"instances": {"n1": instance}}))
        })
        .collect();
    let document = serde_json::json!({
        "cluster": {"name": "c1", "dns": ["10.0.0.1"], "nodes": {"n1": {"score": 50}}}, "services": services,
    });
    zonesmith_cluster::read(document.to_string().as_bytes())
        .unwrap()
        .1
}

fn change(name: &str, address: u8) -> ServiceChange {
    let (path, service) = state(&[(name, address)]).services.pop_first().unwrap();
    (path, Some(service))
}

fn gone(name: &str) -> ServiceChange {
    (name.parse().unwrap(), None)
}

fn recalled(path: &Utf8Path) -> Option<State> {
    let memory = memory(path);
    let (_, remembered) = memory.recall(SOURCE);
    memory.close();
    remembered.map(|remembered| remembered.state)
}

fn file(path: &Utf8Path) -> Utf8PathBuf {
    let name = Digest::of(SOURCE.as_bytes()).short();
    path.join(DIRECTORY).join(name).with_extension(EXTENSION)
}

/// A journal of three batches, and the state after each.
fn three(path: &Utf8Path) -> Vec<State> {
    let memory = memory(path);
    let (mut journal, _) = memory.recall(SOURCE);
    let mut states =
        vec![journal.keep_state(Format::ClusterDocument, state(&[("a", 1), ("b", 2)]))];
    for changes in [
        vec![change("a", 3), change("c", 4)],
        vec![gone("b"), change("d", 5)],
    ] {
        let mut next = states[states.len() - 1].clone();
        next.change(changes.clone());
        journal.keep_changes(changes);
        states.push(next);
    }
    drop(journal);
    memory.close();
    states
}

#[test]
fn what_was_said_last_is_there_again() {
    let (_directory, path) = place();
    assert_eq!(recalled(&path), None);
    let states = three(&path);
    assert_eq!(recalled(&path).as_ref(), states.last());
    let mode = |path: &Utf8Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode(&file(&path)), mode(&path.join(DIRECTORY))),
        (0o600, 0o700)
    );

    let memory = memory(&path);
    let (_, other) = memory.recall("file:/other.json");
    assert!(other.is_none(), "another source starts with nothing");
    let (mut journal, remembered) = memory.recall(SOURCE);
    let remembered = remembered.unwrap();
    assert_eq!(
        (remembered.format, remembered.is_whole),
        (Format::ClusterDocument, true)
    );
    assert!(remembered.spoke.elapsed().unwrap() < Duration::from_secs(60));
    // It goes on in the same file, with what is different alone.
    let before = fs::metadata(file(&path)).unwrap().len();
    let next = journal.keep_state(Format::AgentV3, state(&[("a", 3), ("c", 4), ("d", 6)]));
    let after = fs::metadata(file(&path)).unwrap().len();
    assert!(
        after > before && after < before + before / 2,
        "{before} {after}"
    );
    assert!(Arc::ptr_eq(
        &next.services["root/svc/a"],
        &remembered.state.services["root/svc/a"]
    ));
    drop(journal);
    assert_eq!(recalled(&path), Some(next));
    memory.close();
}

#[test]
fn only_what_is_new_is_told() {
    let (_directory, path) = place();
    let memory = memory(&path);
    let (mut journal, _) = memory.recall(SOURCE);
    assert_eq!(
        journal.keep_changes(vec![gone("a")]).len(),
        1,
        "nothing is known yet"
    );
    journal.keep_state(Format::ClusterDocument, state(&[("a", 1), ("b", 2)]));
    let told = journal.keep_changes(vec![change("a", 1), change("b", 3), gone("c")]);
    assert_eq!(told, [change("b", 3)]);
    memory.close();
}

#[test]
fn a_batch_without_an_end_was_never_told() {
    let (_directory, path) = place();
    let states = three(&path);
    let whole = fs::read(file(&path)).unwrap();
    let mut last = 0;
    for length in 0..=whole.len() {
        fs::write(file(&path), &whole[..length]).unwrap();
        let memory = memory(&path);
        let (mut journal, remembered) = memory.recall(SOURCE);
        let found = remembered.map(|remembered| remembered.state);
        let place = states
            .iter()
            .position(|state| Some(state) == found.as_ref());
        match found {
            None => assert_eq!(last, 0, "{length}"),
            Some(_) => {
                let place = place.unwrap_or_else(|| panic!("half a batch counts at {length}"));
                assert!(place + 1 >= last, "{length}");
                last = place + 1;
            }
        }
        let lost = memory.report()[SOURCE].lost.is_some();
        assert_eq!(lost, place.is_none(), "{length}");
        if length % 16 == 0 {
            // What is added then does not meet what was cut.
            let next = journal.keep_state(Format::ClusterDocument, state(&[("z", 9)]));
            assert_eq!(recalled(&path), Some(next), "{length}");
        }
        memory.close();
    }
    assert_eq!(last, states.len());
}

#[test]
fn damage_takes_a_service_and_is_said_and_mended_by_the_source() {
    let (_directory, path) = place();
    let states = three(&path);
    let mut octets = fs::read(file(&path)).unwrap();
    let place = octets
        .windows(12)
        .position(|text| text == b"root/svc/d\",")
        .unwrap();
    octets[place] = b'x';
    fs::write(file(&path), octets).unwrap();
    let memory = memory(&path);
    let (mut journal, remembered) = memory.recall(SOURCE);
    let remembered = remembered.unwrap();
    assert!(!remembered.is_whole);
    let mut expected = states[2].clone();
    expected.services.remove("root/svc/d");
    assert_eq!(remembered.state, expected);
    let lost = memory.report()[SOURCE].lost.clone().unwrap();
    assert!(
        lost.starts_with("1 entries are damaged, the first at octet ")
            && lost.ends_with("; 2 of 3 services could be read"),
        "{lost}"
    );
    let next = journal.keep_state(Format::ClusterDocument, states[2].clone());
    memory.close();
    assert_eq!(next, states[2]);
    let again = Memory::open(&path, Writing::AtOnce).unwrap();
    assert_eq!(again.recall(SOURCE).1.unwrap().state, next);
    assert_eq!(again.report()[SOURCE].lost, None);
    again.close();
}

#[test]
fn a_later_version_and_another_source_are_not_used() {
    let (_directory, path) = place();
    three(&path);
    let whole = fs::read(file(&path)).unwrap();
    let other = Digest::of(b"file:/other").short();
    fs::write(
        path.join(DIRECTORY).join(other).with_extension(EXTENSION),
        &whole,
    )
    .unwrap();
    let mut later = Vec::new();
    entry::write(
        entry::Kind::About,
        br#"{"version":2,"source":"file:/cluster.json"}"#,
        &mut later,
    )
    .unwrap();
    later.extend(&whole);
    fs::write(file(&path), later).unwrap();
    let memory = memory(&path);
    for (source, fault) in [
        (SOURCE, "it has version 2, this Zonesmith knows 1"),
        ("file:/other", "it is of file:/cluster.json"),
    ] {
        assert!(memory.recall(source).1.is_none());
        assert_eq!(memory.report()[source].lost.as_deref(), Some(fault));
    }
    memory.close();
}

#[test]
fn what_cannot_be_kept_is_made_up_for() {
    let (_directory, path) = place();
    let memory = memory(&path);
    // A file where the directory should be.
    fs::write(path.join(DIRECTORY), "").unwrap();
    let (mut journal, _) = memory.recall(SOURCE);
    journal.keep_state(Format::ClusterDocument, state(&[("a", 1)]));
    let (_, error) = memory.report()[SOURCE].trouble.clone().unwrap();
    assert!(
        error.contains("exists") || error.contains("directory"),
        "{error}"
    );
    // A disk that is full.
    fs::remove_file(path.join(DIRECTORY)).unwrap();
    fs::create_dir(path.join(DIRECTORY)).unwrap();
    symlink("/dev/full", file(&path).with_extension("now")).unwrap();
    assert!(journal.due().is_some_and(|due| due > Instant::now()));
    journal.tick();
    let (since, error) = memory.report()[SOURCE].trouble.clone().unwrap();
    assert!(error.contains("No space left"), "{error}");
    assert!(since.elapsed().unwrap() < Duration::from_secs(60));
    journal.keep_changes(vec![change("b", 2)]);
    // And has room again.
    let _ = fs::remove_file(file(&path).with_extension("now"));
    journal.tick();
    assert_eq!(memory.report()[SOURCE].trouble, None);
    assert_eq!(journal.due(), None);
    assert_eq!(recalled(&path), Some(state(&[("a", 1), ("b", 2)])));
    memory.close();
}

#[test]
fn a_successor_writes_only_when_it_is_told() {
    let (_directory, path) = place();
    let states = three(&path);
    let before = fs::read(file(&path)).unwrap();
    let predecessor = memory(&path);
    let (mut old, _) = predecessor.recall(SOURCE);
    let successor = Memory::open(&path, Writing::WhenTold).unwrap();
    let (mut new, remembered) = successor.recall(SOURCE);
    assert_eq!(remembered.unwrap().state, states[2]);
    let said = new.keep_state(Format::ClusterDocument, state(&[("new", 7)]));
    new.tick();
    assert_eq!(fs::read(file(&path)).unwrap(), before);
    // The one before goes on for a while.
    old.keep_changes(vec![change("old", 8)]);
    drop(old);
    predecessor.close();
    assert!(new.due().is_some());
    successor.begin();
    new.tick();
    assert_eq!(recalled(&path), Some(said));
    successor.close();
}

#[test]
fn a_file_stays_within_a_few_times_its_state() {
    let (_directory, path) = place();
    let memory = memory(&path);
    let (mut journal, _) = memory.recall(SOURCE);
    let services: Vec<_> = (0..40).map(|number| format!("s{number}")).collect();
    let names: Vec<_> = services.iter().map(|name| (name.as_str(), 1)).collect();
    let mut now = journal.keep_state(Format::ClusterDocument, state(&names));
    let (mut largest, mut shrinks, mut before) = (0, 0, 0);
    for turn in 0..400_u32 {
        let changes: Vec<_> = services
            .iter()
            .map(|name| change(name, u8::try_from(turn % 200 + 2).unwrap_or(1)))
            .collect();
        now.change(changes.clone());
        journal.keep_changes(changes);
        let length = fs::metadata(file(&path)).unwrap().len();
        largest = largest.max(length);
        shrinks += usize::from(length < before);
        before = length;
        if turn % 97 == 0 {
            assert_eq!(recalled(&path).as_ref(), Some(&now), "turn {turn}");
        }
    }
    assert_eq!(recalled(&path), Some(now));
    assert!(shrinks > 0 && largest < 4 << 20, "{shrinks} {largest}");
    memory.close();
}

#[test]
fn a_source_that_is_not_configured_any_more_is_forgotten_after_a_month() {
    let (_directory, path) = place();
    three(&path);
    let memory = memory(&path);
    memory.forget_others(&[]);
    assert!(file(&path).exists(), "not at once");
    let old = SystemTime::now() - FORGET_AFTER - Duration::from_secs(60);
    fs::File::options()
        .write(true)
        .open(file(&path))
        .unwrap()
        .set_modified(old)
        .unwrap();
    memory.forget_others(&[SOURCE.to_owned()]);
    assert!(file(&path).exists(), "it is configured");
    memory.forget_others(&["file:/other".to_owned()]);
    assert!(!file(&path).exists());
    memory.close();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever is done to a journal: no panic, no service that was never said, and afterwards it works.
    #[test]
    fn any_damage_leaves_what_can_be_read(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..6),
    ) {
        let (_directory, path) = place();
        let states = three(&path);
        let mut octets = fs::read(file(&path)).unwrap();
        for (place, octet, kind) in edits {
            let place = place.index(octets.len());
            match kind {
                0 => octets[place] ^= octet | 1,
                1 => octets.insert(place, octet),
                _ => { octets.drain(place..(place + usize::from(octet)).min(octets.len() - 1)); }
            }
        }
        fs::write(file(&path), octets).unwrap();
        let memory = memory(&path);
        let (mut journal, remembered) = memory.recall(SOURCE);
        if let Some(remembered) = remembered {
            prop_assert_eq!(&remembered.state.cluster, &states[0].cluster);
            for (path, service) in &remembered.state.services {
                let known: Vec<Option<&Arc<Service>>> = states.iter().map(|state| state.services.get(path)).collect();
                prop_assert!(known.contains(&Some(service)), "{}", path);
            }
            let is_damaged = remembered.state != states[2];
            prop_assert!(!is_damaged || states.contains(&remembered.state) || memory.report()[SOURCE].lost.is_some());
        }
        let next = journal.keep_state(Format::ClusterDocument, states[2].clone());
        drop(journal);
        memory.close();
        prop_assert_eq!(recalled(&path), Some(next));
    }
}
