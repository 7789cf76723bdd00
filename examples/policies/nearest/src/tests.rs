use zonesmith_policy::harness::Harness;
use zonesmith_policy_default::DefaultPolicy;

use super::*;

fn configured(settings: &str) -> (Nearest, Configuration) {
    let cluster = Harness::read(include_str!("../cluster.json"))
        .unwrap()
        .cluster();
    Nearest::configure(cluster, settings).unwrap()
}

/// Of the addresses of `web.shop.svc.cluster1` in `expected.zone`, those that a client is given, and for how many bits of its
/// address.
fn given(client: &str) -> (Vec<u32>, u8) {
    let records = [[10, 22, 1, 5], [10, 22, 2, 5]].map(|address| Rdata::A(address.into()));
    let query = Query {
        name: "web.shop.svc.cluster1.".to_owned(),
        rrtype: "A".to_owned(),
        client: client.parse().unwrap(),
    };
    let (policy, _) = configured(include_str!("../settings.json"));
    let choice = policy.choose(&query, &records).unwrap();
    (choice.records, choice.scope)
}

#[test]
fn a_client_is_given_what_is_on_the_nearest_node_that_has_any() {
    for (client, records, scope) in [
        // In a slice of a node, and the node itself.
        ("10.22.1.77/32", &[0][..], 24),
        ("10.0.0.2/32", &[1], 32),
        // The nearest node has none, the next one has.
        ("192.0.2.1/32", &[1], 25),
        ("192.0.2.200/32", &[0], 25),
        // In no network, or in one that is too large to tell.
        ("10.22.3.1/32", &[0, 1], 24),
        ("198.51.100.1/32", &[0, 1], 6),
        ("10.22.0.0/16", &[0, 1], 16),
        ("fd00::1/128", &[0, 1], 1),
        ("0.0.0.0/0", &[0, 1], 1),
    ] {
        assert_eq!(given(client), (records.to_vec(), scope), "{client}");
    }
}

#[test]
fn what_is_on_one_node_or_no_address_is_for_everyone() {
    let (policy, _) = configured("{}");
    let query = Query {
        name: "web.shop.svc.cluster1.".to_owned(),
        rrtype: "A".to_owned(),
        client: "10.22.1.77/32".parse().unwrap(),
    };
    let on_one = [[10, 22, 1, 5], [10, 22, 1, 6]].map(|address| Rdata::A(address.into()));
    assert_eq!(policy.choose(&query, &on_one), None);
    let texts = ["one", "two"].map(|text| Rdata::Txt(vec![text.to_owned()]));
    assert_eq!(policy.choose(&query, &texts), None);
}

#[test]
fn a_node_that_is_not_there_is_told_and_a_network_that_is_none_is_refused() {
    let (_, configuration) = configured(r#"{"networks": {"192.0.2.0/24": ["n9"]}}"#);
    assert_eq!(
        configuration.diagnostics[0].message,
        "n9 is near to 192.0.2.0/24, and no node of the cluster"
    );
    let cluster = Harness::read(include_str!("../cluster.json"))
        .unwrap()
        .cluster();
    let refused = Nearest::configure(cluster, r#"{"networks": {"192.0.2.1/24": []}}"#);
    let reason = refused.err().unwrap();
    assert!(
        reason.starts_with("settings.networks: \"192.0.2.1/24\" is no network"),
        "{reason}"
    );
}

/// The files beside the README are input and output: `UPDATE=1 cargo test -p nearest` writes the output anew.
#[test]
fn it_adds_nothing_to_what_is_published() {
    let published = Harness::read(include_str!("../cluster.json"))
        .and_then(|harness| harness.policy::<DefaultPolicy>("{}"))
        .and_then(|harness| harness.policy::<Nearest>(include_str!("../settings.json")))
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
