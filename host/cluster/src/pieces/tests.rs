//! Pieces told one by one, against the document they make up.

use super::*;
use crate::outline::outline;

const DOCUMENT: &str = r#"{
    "cluster": { "name": "c1", "dns": ["10.0.0.1"], "color": "red",
                 "nodes": { "n1": { "score": 80, "addresses": ["10.0.0.1"] }, "n2": { "tags": ["a"] } },
                 "networks": [{ "name": "backend", "cidr": "10.22.0.0/16" }] },
    "services": {
        "shop/svc/web": { "labels": { "team": "front" }, "topology": "flex", "instances": {
            "n1": { "availability": "up", "resources": { "ip#0": { "status": "up",
                    "info": { "ipaddr": "10.22.0.5", "hostname": "web1", "expose": ["80/tcp"] } } } },
            "n2": { "availability": "warn", "frozen": true,
                    "resources": { "ip#0": { "info": { "ipaddr": "10.22.0.6" } } } } } },
        "shop/svc/api": { "instances": { "n1": { "resources": { "ip#0": { "info": { "ipaddr": "10.22.0.7" } } } } } },
        "root/svc/empty": {}
    } }"#;

fn document() -> State {
    crate::read(DOCUMENT.as_bytes()).unwrap().1
}

fn entries(state: &State) -> Vec<(String, Vec<u8>)> {
    told::keys(state)
        .iter()
        .map(|key| (key.to_string(), told::value(state, key).unwrap()))
        .collect()
}

fn told(state: &State) -> (Pieces, PieceNews) {
    let (mut pieces, mut news) = (Pieces::new(None), PieceNews::default());
    for (key, value) in entries(state) {
        pieces.put(&key, &value, &mut news);
    }
    pieces.complete();
    (pieces, news)
}

fn one(path: &str) -> BTreeSet<ServicePath> {
    [path.parse().unwrap()].into()
}

#[test]
fn the_pieces_of_a_state_make_it_up_again_in_any_order() {
    let state = document();
    let mut entries = entries(&state);
    let keys: Vec<_> = entries.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "cluster",
            "nodes/n1",
            "nodes/n2",
            "services/root/svc/empty",
            "services/shop/svc/web",
            "services/shop/svc/api/n1",
            "services/shop/svc/web/n1",
            "services/shop/svc/web/n2",
        ]
    );
    for _ in 0..entries.len() {
        entries.rotate_left(1);
        let (mut pieces, mut news) = (Pieces::new(None), PieceNews::default());
        for (key, value) in &entries {
            pieces.put(key, value, &mut news);
        }
        assert!(pieces.has_cluster());
        assert_eq!(outline(&pieces.state()), outline(&state), "{entries:?}");
        assert_eq!(news.services.len(), 3);
        // Told again, it is no news.
        let mut news = PieceNews::default();
        for (key, value) in &entries {
            pieces.put(key, value, &mut news);
        }
        assert_eq!(news, PieceNews::default());
    }
}

#[test]
fn a_value_changes_the_service_it_is_of_and_no_other() {
    let (mut pieces, _) = told(&document());
    let before = pieces.state();
    let mut news = PieceNews::default();
    let value =
        br#"{"availability": "up", "resources": {"ip#0": {"info": {"ipaddr": "10.22.9.9"}}}}"#;
    pieces.put("services/shop/svc/api/n1", value, &mut news);
    assert!(!news.has_cluster);
    assert_eq!(news.services, one("shop/svc/api"));
    let mut state = before.clone();
    let (changed, _) = state.change(pieces.changes(&news.services));
    assert_eq!(changed.len(), 1);
    let path: ServicePath = "shop/svc/web".parse().unwrap();
    assert!(Arc::ptr_eq(
        &before.services[&path],
        &pieces.state().services[&path]
    ));
    assert!(outline(&state).contains("10.22.9.9"));
}

#[test]
fn what_a_key_says_goes_with_it_and_a_service_with_its_last_key() {
    let state = document();
    let (mut pieces, _) = told(&state);
    for (key, gone) in [
        ("services/shop/svc/web/n2", false),
        ("services/shop/svc/web/n1", false),
        ("services/shop/svc/web", true),
        ("services/shop/svc/api/n1", true),
    ] {
        let mut news = PieceNews::default();
        pieces.remove(key, &mut news);
        assert_eq!(news.services.len(), 1, "{key}");
        let changes = pieces.changes(&news.services);
        assert_eq!(changes[0].1.is_none(), gone, "{key}");
        let mut again = PieceNews::default();
        pieces.remove(key, &mut again);
        assert!(again.is_empty(), "{key} twice");
    }
    let mut news = PieceNews::default();
    pieces.remove("nodes/n2", &mut news);
    pieces.remove("cluster", &mut news);
    assert!(news.has_cluster && !pieces.has_cluster());
}

#[test]
fn a_value_that_cannot_be_read_leaves_what_was_known() {
    let (mut pieces, _) = told(&document());
    let before = outline(&pieces.state());
    for (key, value, sentence) in [
        (
            "services/shop/svc/web/n1",
            &b"{\"availability\": 7}"[..],
            "services.shop/svc/web.instances.n1.availability: expected a text, found a number (in the key \
             services/shop/svc/web/n1); what was known of it stays",
        ),
        (
            "services/shop/svc/api/n1",
            b"{",
            "services/shop/svc/api/n1: line 1, column 1: EOF while parsing an object; what was known of it stays",
        ),
        (
            "services/shop/svc/web",
            b"{\"instances\": {\"n1\": {}}}",
            "services.shop/svc/web.instances: instances have keys of their own, one for each node (in the key \
             services/shop/svc/web); what was known of it stays",
        ),
        (
            "nodes/n1",
            b"[]",
            "cluster.nodes.n1: expected an object, found a list (in the key nodes/n1); what was known of it stays",
        ),
        (
            "cluster",
            b"\xff",
            "cluster: line 1, column 1: the text is not UTF-8; what was known of it stays",
        ),
    ] {
        let mut news = PieceNews::default();
        pieces.put(key, value, &mut news);
        assert!(!news.is_empty(), "{key}");
        let state = pieces.state();
        let mut problems = state.problems.clone();
        problems.extend(state.services.values().flat_map(|s| s.problems.clone()));
        let found = problems
            .iter()
            .any(|problem| problem.to_string() == sentence);
        assert!(found, "{sentence}\n{problems:#?}");
    }
    let mut news = PieceNews::default();
    for (key, value) in entries(&document()) {
        pieces.put(&key, &value, &mut news);
    }
    assert_eq!(outline(&pieces.state()), before, "all is mended");
}

#[test]
fn what_was_known_before_stands_in_for_what_cannot_be_read_at_first() {
    let state = document();
    let (mut pieces, mut news) = (Pieces::new(Some(state.clone())), PieceNews::default());
    for (key, value) in entries(&state) {
        let is_broken = key.ends_with("web/n1")
            || key == "nodes/n1"
            || key == "cluster"
            || key.ends_with("/web");
        pieces.put(&key, if is_broken { b"?" } else { &value }, &mut news);
    }
    pieces.complete();
    let mut now = pieces.state();
    assert_eq!(now.problems.len(), 2);
    now.problems.clear();
    let path: ServicePath = "shop/svc/web".parse().unwrap();
    let web = Arc::make_mut(now.services.get_mut(&path).unwrap());
    assert_eq!(web.problems.len(), 2);
    web.problems.clear();
    assert_eq!(outline(&now), outline(&state));
}

#[test]
fn a_score_is_news_when_it_moved_far() {
    let (mut pieces, _) = told(&document());
    for (score, is_news) in [
        (85, false),
        (89, false),
        (90, true),
        (81, false),
        (79, true),
    ] {
        let mut news = PieceNews::default();
        let value = format!(r#"{{"score": {score}, "addresses": ["10.0.0.1"]}}"#);
        pieces.put("nodes/n1", value.as_bytes(), &mut news);
        assert_eq!(!news.services.is_empty(), is_news, "{score}");
        assert!(!news.has_cluster, "{score}");
    }
}

#[test]
fn keys_of_another_layout_are_named_up_to_a_few() {
    let (mut pieces, _) = told(&document());
    let mut news = PieceNews::default();
    for number in 0..15 {
        pieces.put(&format!("registry/{number:02}"), b"x", &mut news);
    }
    assert!(news.has_cluster);
    let problems = pieces.state().problems;
    assert_eq!(problems.len(), NAMED_STRANGERS + 1);
    assert_eq!(
        problems.last().unwrap().message,
        "5 more keys are ignored, too"
    );
    for number in 0..15 {
        pieces.remove(&format!("registry/{number:02}"), &mut news);
    }
    assert!(pieces.state().problems.is_empty());
}

#[test]
fn only_what_changed_is_written_again() {
    let before = document();
    let mut after = before.clone();
    let text = DOCUMENT
        .replace("10.22.0.6", "10.22.0.66")
        .replace(r#""score": 80, "#, "");
    let next = crate::read(text.as_bytes()).unwrap().1;
    let keys: Vec<_> = told::changed(&before, &next)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(keys, ["nodes/n1", "services/shop/svc/web/n2"]);
    after.services.remove("shop/svc/api");
    let keys = told::changed(&before, &after);
    assert_eq!(keys.len(), 1);
    assert!(keys.iter().all(|key| told::value(&after, key).is_none()));
}
