use zonesmith_policy::harness::{Harness, assert_expected_of};
use zonesmith_policy_default::DefaultPolicy;

use super::ShortNames;

/// The files beside the README are input and output: `UPDATE=1 cargo test -p short-names` writes the output anew.
#[test]
fn the_cluster_gives_the_expected_zone() {
    assert_expected_of(env!("CARGO_MANIFEST_DIR"), |harness, settings| {
        let harness = harness.policy::<DefaultPolicy>("{}")?;
        harness.policy::<ShortNames>(settings)
    });
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
