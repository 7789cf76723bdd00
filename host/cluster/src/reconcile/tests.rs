use proptest::prelude::*;

use super::*;
use crate::document::read;

/// `web` on two nodes of these scores, in a cluster with these other services.
fn state(scores: [u8; 2], address: &str, others: &[&str]) -> State {
    let others: String = others
        .iter()
        .map(|path| format!(r#", "{path}": {{}}"#))
        .collect();
    let [one, two] = scores;
    let json = format!(
        r#"{{"cluster": {{"name": "c1", "nodes": {{"n1": {{"score": {one}}}, "n2": {{"score": {two}}}}}}},
            "services": {{"web": {{"instances": {{
                "n1": {{"resources": {{"ip#0": {{"info": {{"ipaddr": "{address}"}}}}}}}},
                "n2": {{"resources": {{"ip#0": {{"info": {{"ipaddr": "10.0.0.2"}}}}}}}}}}}}{others}}}}}"#
    );
    read(json.as_bytes()).unwrap().1
}

fn scores(state: &State) -> Vec<Option<u8>> {
    state.services["root/svc/web"]
        .instances
        .iter()
        .map(|instance| instance.score)
        .collect()
}

#[test]
fn a_score_is_handed_on_when_it_moved_far_or_its_instance_changed() {
    let current = state([50, 50], "10.0.0.1", &[]);
    for (new, address, handed_on, changed) in [
        ([50, 50], "10.0.0.1", [50, 50], false),
        ([59, 41], "10.0.0.1", [50, 50], false),
        ([60, 41], "10.0.0.1", [60, 50], true),
        ([59, 40], "10.0.0.1", [50, 40], true),
        ([0, 59], "10.0.0.1", [50, 50], false), // not known: no news
        ([51, 51], "10.0.0.9", [51, 50], true),
    ] {
        let next = state(new, address, &[]);
        let reconciled = current.reconcile(next.clone());
        assert_eq!(
            scores(&reconciled.state),
            handed_on.map(Some),
            "{new:?} {address}"
        );
        assert_eq!(!reconciled.changed.is_empty(), changed, "{new:?} {address}");
        let kept = Arc::ptr_eq(
            &current.services["root/svc/web"],
            &reconciled.state.services["root/svc/web"],
        );
        assert_eq!(kept, !changed, "{new:?} {address}: the allocation");
        assert!(
            !reconciled.cluster_changed,
            "{new:?}: scores configure nothing"
        );
        assert_eq!(
            reconciled.state.cluster, next.cluster,
            "{new:?}: the cluster's scores are the new ones"
        );
    }
    let unknown = state([0, 0], "10.0.0.1", &[]).reconcile(state([1, 0], "10.0.0.1", &[]));
    assert_eq!(scores(&unknown.state), [Some(1), None]);
}

#[test]
fn small_steps_add_up() {
    let mut current = state([50, 50], "10.0.0.1", &[]);
    let mut handed_on = Vec::new();
    for score in [55, 59, 63, 69, 70] {
        current = current.reconcile(state([score, 50], "10.0.0.1", &[])).state;
        handed_on.extend(scores(&current)[0]);
    }
    assert_eq!(handed_on, [50, 50, 63, 63, 63]);
}

#[test]
fn what_came_and_what_went_is_named_in_order() {
    let before = state([50, 50], "10.0.0.1", &["a", "zz", "shop/svc/b"]);
    let reconciled = before.reconcile(state([50, 50], "10.0.0.1", &["shop/svc/c", "aa", "zz"]));
    let text = |paths: Vec<ServicePath>| paths.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(text(reconciled.changed), ["root/svc/aa", "shop/svc/c"]);
    assert_eq!(text(reconciled.removed), ["root/svc/a", "shop/svc/b"]);
}

#[test]
fn whatever_configures_a_policy_changes_the_cluster() {
    let document = |cluster: &str| {
        read(format!(r#"{{"cluster": {cluster}}}"#).as_bytes())
            .unwrap()
            .1
    };
    let whole = r#"{"name": "c1", "dns": ["10.0.0.1"], "nodes": {"n1": {"score": 5}}, "networks": [{"name": "a", "cidr": "10.0.0.0/8"}]}"#;
    let before = document(whole);
    for (from, to, changed) in [
        ("", "", false),
        (r#""score": 5"#, r#""score": 95"#, false),
        ("c1", "C1", true),
        ("10.0.0.1", "10.0.0.2", true),
        (r#""n1""#, r#""n2""#, true),
        (r#""score": 5"#, r#""env": "PRD""#, true),
        ("10.0.0.0/8", "10.0.0.0/9", true),
        (r#""name": "c1""#, r#""name": "c1", "id": 1"#, true),
    ] {
        let after = document(&whole.replacen(from, to, 1));
        assert_eq!(
            before.reconcile(after).cluster_changed,
            changed,
            "{from} → {to}"
        );
    }
}

proptest! {
    /// What is named as changed or removed is exactly what differs, scores aside.
    #[test]
    fn the_next_state_is_reached(
        before in proptest::collection::btree_set(0u8..20, 0..12),
        after in proptest::collection::btree_set(0u8..20, 0..12),
    ) {
        let document = |services: &std::collections::BTreeSet<u8>, salt: u8| {
            let services: Vec<_> = services
                .iter()
                .map(|number| format!(r#""s{number}": {{"v": {}}}"#, if number % 3 == 0 { salt } else { 0 }))
                .collect();
            read(format!(r#"{{"services": {{{}}}}}"#, services.join(",")).as_bytes()).unwrap().1
        };
        let (current, next) = (document(&before, 1), document(&after, 2));
        let reconciled = current.reconcile(next.clone());
        prop_assert_eq!(&reconciled.state, &next);
        let number = |path: &ServicePath| path.name()[1..].parse::<u8>().unwrap();
        let changed: std::collections::BTreeSet<_> = reconciled.changed.iter().map(number).collect();
        let removed: std::collections::BTreeSet<_> = reconciled.removed.iter().map(number).collect();
        prop_assert_eq!(removed, &before - &after);
        prop_assert!(after.iter().all(|one| changed.contains(one) == (!before.contains(one) || one % 3 == 0)));
    }
}
