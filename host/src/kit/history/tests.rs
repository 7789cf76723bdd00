//! What was recorded is read again, also what was cut off, folded, or cannot be said by a patch.

use std::fs;

use camino::Utf8PathBuf;
use proptest::prelude::*;
use serde_json::{Value, json};
use zonesmith_cluster::State;

use super::*;

/// More than is ever recorded here.
const MANY: usize = 1_000;

fn place() -> (tempfile::TempDir, Utf8PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(directory.path().join("a/cluster.history")).unwrap();
    (directory, path)
}

/// A cluster with services of these names, each with an address.
fn document(services: &[(&str, u8)]) -> Value {
    let services = services.iter().map(|(name, address)| {
        let info = json!({ "ipaddr": format!("10.0.0.{address}") });
        let resources = json!({ "ip#0": { "status": "up", "info": info } });
        let instance = json!({ "availability": "up", "resources": resources });
        (
            format!("shop/svc/{name}"),
            json!({ "instances": { "n1": instance } }),
        )
    });
    let services: serde_json::Map<_, _> = services.collect();
    json!({ "cluster": { "name": "demo", "dns": ["10.0.0.53"], "nodes": { "n1": {} } }, "services": services })
}

fn state(document: &Value) -> State {
    zonesmith_cluster::read(&serde_json::to_vec(document).unwrap())
        .unwrap()
        .1
}

fn states(path: &Utf8PathBuf) -> Vec<(u64, State)> {
    let mut reader = Reader::open(path).unwrap();
    let next = || reader.next_state().unwrap();
    std::iter::from_fn(next)
        .map(|moment| (moment.at, moment.state))
        .collect()
}

fn record(path: &Utf8PathBuf, most: usize, documents: &[Value]) -> Recorder {
    let mut recorder = Recorder::open(path, most).unwrap();
    for (at, document) in (0..).zip(documents) {
        recorder.record_at(at, document.clone()).unwrap();
    }
    recorder
}

#[test]
fn a_change_is_a_short_line_and_what_is_the_same_none() {
    let (_directory, path) = place();
    let documents = [
        document(&[("web", 1)]),
        document(&[("web", 1)]),
        document(&[("web", 2), ("api", 3)]),
    ];
    assert_eq!(record(&path, MANY, &documents).changes(), 1);
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    insta::assert_snapshot!(lines[1], @r#"{"at":2,"patch":{"services":{"shop/svc/api":{"instances":{"n1":{"availability":"up","resources":{"ip#0":{"info":{"ipaddr":"10.0.0.3"},"status":"up"}}}}},"shop/svc/web":{"instances":{"n1":{"resources":{"ip#0":{"info":{"ipaddr":"10.0.0.2"}}}}}}}}}"#);
    let expected = [(0, state(&documents[0])), (2, state(&documents[2]))];
    assert_eq!(states(&path), expected);
}

#[test]
fn whoever_is_killed_in_the_middle_of_a_line_loses_that_line_alone() {
    let documents = [
        document(&[("web", 1)]),
        document(&[("web", 2)]),
        document(&[]),
    ];
    let (_directory, path) = place();
    drop(record(&path, MANY, &documents));
    let whole = fs::read(&path).unwrap();
    let lines = whole
        .split_inclusive(|octet| *octet == b'\n')
        .map(<[u8]>::len);
    let ends: Vec<usize> = lines
        .scan(0, |end, length| {
            *end += length;
            Some(*end)
        })
        .collect();
    for cut in 0..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let left = ends.iter().filter(|end| **end <= cut).count();
        assert_eq!(states(&path).len(), left, "cut after {cut} octets");
    }
    // And it goes on after the last whole one.
    fs::write(&path, &whole[..ends[1] + 7]).unwrap();
    record(&path, MANY, &[document(&[("new", 9)])]);
    let expected: Vec<State> = [&documents[0], &documents[1], &document(&[("new", 9)])]
        .map(state)
        .into();
    let read: Vec<State> = states(&path).into_iter().map(|(_, state)| state).collect();
    assert_eq!(read, expected);
}

#[test]
fn the_oldest_changes_are_folded_into_the_first_state() {
    let (_directory, path) = place();
    let documents: Vec<_> = (0..30).map(|number| document(&[("web", number)])).collect();
    let mut recorder = Recorder::open(&path, 8).unwrap();
    for (at, document) in (0..).zip(&documents) {
        recorder.record_at(at, document.clone()).unwrap();
        assert!(recorder.changes() <= 8);
        let all = states(&path);
        // Whatever is left is the last of what there was, without a gap.
        let first = documents.len().min(usize::try_from(at).unwrap() + 1) - all.len();
        let expected: Vec<_> = (first..)
            .take(all.len())
            .map(|number| (number as u64, state(&documents[number])))
            .collect();
        assert_eq!(all, expected, "after {at}");
    }
    assert!(!path.with_extension("history.new").exists());
}

#[test]
fn a_fold_that_was_cut_off_is_done_again() {
    let (_directory, path) = place();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(format!("{path}.new"), b"{\"history\":1,\"at\":0,\"docu").unwrap();
    let documents: Vec<_> = (0..10).map(|number| document(&[("web", number)])).collect();
    record(&path, 4, &documents);
    assert_eq!(states(&path).last(), Some(&(9, state(&documents[9]))));
}

#[test]
fn what_no_patch_says_is_a_document() {
    let (_directory, path) = place();
    let mut with_null = document(&[("web", 1)]);
    with_null["services"]["shop/svc/web"]["note"] = Value::Null;
    record(&path, MANY, &[document(&[]), with_null.clone()]);
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text.lines().last().unwrap().contains("\"document\""),
        "{text}"
    );
    assert_eq!(states(&path)[1].1, state(&with_null));
}

#[test]
fn two_do_not_record_to_one_file() {
    let (_directory, path) = place();
    let recorder = record(&path, 2, &[document(&[])]);
    assert!(Recorder::open(&path, 2).is_err());
    drop(recorder);
    // Nor when it was folded meanwhile.
    let documents: Vec<_> = (0..9).map(|number| document(&[("web", number)])).collect();
    let recorder = record(&path, 2, &documents);
    assert!(Recorder::open(&path, 2).is_err());
    drop(recorder);
    assert!(Recorder::open(&path, 2).is_ok());
}

#[test]
fn a_file_that_is_no_history_is_refused_with_the_line_and_left_alone() {
    let (_directory, path) = place();
    drop(record(
        &path,
        MANY,
        &[document(&[]), document(&[("web", 1)])],
    ));
    let good = fs::read_to_string(&path).unwrap();
    let (first, second) = good.split_once('\n').unwrap();
    for (text, word) in [
        ("no JSON\n".to_owned(), "line 1"),
        ("{\"at\":1,\"document\":{}}\n".to_owned(), "line 1"),
        (good.replace("\"history\":1", "\"history\":2"), "format 2"),
        (format!("{first}\n{{\"at\":2}}\n{second}"), "line 2"),
        (format!("{first}\n{first}\n"), "line 2"),
    ] {
        fs::write(&path, &text).unwrap();
        let error = Recorder::open(&path, MANY)
            .err()
            .map(|error| format!("{error:#}"));
        assert!(
            error.as_ref().is_some_and(|error| error.contains(word)),
            "{error:?}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

fn any_document() -> impl Strategy<Value = Value> {
    let service = (prop::sample::select(vec!["a", "b", "c", "d"]), 1..4_u8);
    let services = proptest::collection::vec(service, 0..5);
    (services, prop::bool::weighted(0.2)).prop_map(|(services, is_other)| {
        let mut document = document(&services);
        if is_other {
            document["cluster"]["dns"] = json!(["10.0.0.54"]);
        }
        document
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_read_of_changes_is_what_the_documents_say(documents in proptest::collection::vec(any_document(), 1..8)) {
        let (_directory, path) = place();
        record(&path, MANY, &documents);
        let mut expected: Vec<State> = documents.iter().map(state).collect();
        expected.dedup();
        let read: Vec<State> = states(&path).into_iter().map(|(_, state)| state).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn a_patch_makes_the_one_of_the_other(from in any_document(), to in any_document()) {
        let mut made = from.clone();
        patch::apply(&patch::between(&from, &to), &mut made);
        prop_assert_eq!(made, to);
    }
}
