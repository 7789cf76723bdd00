//! Patches against what a whole status would say.

use super::*;
use crate::outline::{file, outline};

fn followed() -> (Patched, State) {
    let mut patched = Patched::default();
    let text = file("tests/fixtures/opensvc-v2/daemon-status.json");
    let state = patched.take_status(text.as_bytes()).unwrap();
    (patched, state)
}

fn patch(id: u64, data: &Value) -> Vec<u8> {
    json!({ "kind": "patch", "id": id, "ts": 1.5, "data": data })
        .to_string()
        .into_bytes()
}

fn at(rest: &[&str]) -> Value {
    let start = ["monitor", "nodes", "n1", "services", "status", "web"];
    json!([start.as_slice(), rest].concat())
}

#[test]
fn a_patch_changes_the_services_it_touches_as_a_whole_status_would() {
    let (mut patched, mut state) = followed();
    let mut touched = Touched::default();
    let address = at(&["resources", "ip#1", "info", "ipaddr"]);
    let data = json!([[address, "10.11.0.99"], [at(&["resources", "ip#2"])]]);
    patched.hear(&patch(7, &data), &mut touched).unwrap();
    assert!(!touched.is_everything);
    assert_eq!(touched.objects, ["web".to_owned()].into());
    let (changed, removed) = state.change(patched.changes(&touched.objects).unwrap());
    assert_eq!((changed.len(), removed.len()), (1, 0));
    assert_eq!(outline(&state), outline(&patched.state().unwrap()));
    assert!(outline(&state).contains("10.11.0.99"));
    // The last instance goes, and its service with it.
    let mut touched = Touched::default();
    let nodes =
        ["n1", "n2"].map(|node| json!([["monitor", "nodes", node, "services", "status", "web"]]));
    patched
        .hear(&patch(8, &json!(nodes)), &mut touched)
        .unwrap();
    let (_, removed) = state.change(patched.changes(&touched.objects).unwrap());
    assert_eq!(removed, ["web".parse().unwrap()]);
    assert_eq!(outline(&state), outline(&patched.state().unwrap()));
}

#[test]
fn a_gap_or_nonsense_is_an_error() {
    let (mut patched, _) = followed();
    let mut hear = |message: &[u8]| {
        patched
            .hear(message, &mut Touched::default())
            .map_err(|e| e.to_string())
    };
    hear(br#"{"kind":"event","id":"arbitrary"}"#).unwrap();
    hear(&patch(1, &json!([]))).unwrap();
    hear(&patch(2, &json!([]))).unwrap();
    assert_eq!(
        hear(&patch(4, &json!([]))).unwrap_err(),
        "patch 4 came after patch 2"
    );
    for data in [
        json!({}),
        json!([[]]),
        json!([[[]]]),
        json!([[["cluster", "nodes", 9, "x"], 1]]),
    ] {
        let (mut patched, _) = followed();
        let heard = patched.hear(&patch(1, &data), &mut Touched::default());
        assert!(matches!(heard, Err(LostPatch::Nonsense(_))), "{data}");
    }
}

#[test]
fn what_moves_all_the_time_touches_nothing() {
    for (path, value, is_everything) in [
        (
            json!(["monitor", "nodes", "n1", "gen", "n2"]),
            json!(29),
            false,
        ),
        (
            json!(["monitor", "nodes", "n1", "stats", "load_15m"]),
            json!(0.2),
            false,
        ),
        (
            json!(["monitor", "nodes", "n1", "stats", "score"]),
            json!(97),
            false,
        ),
        (
            json!(["monitor", "nodes", "n1", "stats", "score"]),
            json!(80),
            true,
        ),
        (json!(["listener", "stats"]), json!({}), false),
        (json!(["cluster", "name"]), json!("other"), true),
        (json!(["monitor", "nodes", "n3"]), json!({}), true),
    ] {
        let (mut patched, _) = followed();
        let mut touched = Touched::default();
        patched
            .hear(&patch(1, &json!([[path, value]])), &mut touched)
            .unwrap();
        assert_eq!(touched.is_everything, is_everything, "{path}");
        assert!(touched.objects.is_empty(), "{path}");
    }
}
