use zonesmith_policy::harness::Harness;
use zonesmith_policy_default::DefaultPolicy;

use super::ShortNames;

/// The files beside the README are input and output: `UPDATE=1 cargo test -p short-names` writes the output anew.
#[test]
fn the_cluster_gives_the_expected_zone() {
    let published = Harness::read(include_str!("../cluster.json"))
        .and_then(|harness| harness.policy::<DefaultPolicy>("{}"))
        .and_then(|harness| harness.policy::<ShortNames>(include_str!("../settings.json")))
        .unwrap()
        .publish();
    let zone = published.zone("cluster1").unwrap();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/expected.zone"), &zone).unwrap();
        return;
    }
    assert_eq!(zone, include_str!("../expected.zone"));
    assert_eq!(published.notes(), "");
}

#[test]
fn an_unknown_setting_is_refused_by_name() {
    let document = include_str!("../cluster.json");
    let refused = Harness::read(document)
        .and_then(|harness| harness.policy::<ShortNames>(r#"{"namespaces": "shop"}"#));
    assert_eq!(
        refused.err().map(|error| error.to_string()).as_deref(),
        Some(
            r#"short-names refuses: settings: there is no "namespaces" here, the nearest is "namespace""#
        )
    );
}
