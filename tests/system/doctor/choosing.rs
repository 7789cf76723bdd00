//! A policy chooses by who asks, and servers that do not pass that on.

use serde_json::Value;
use zonesmith_tests::policies::{self, NEAREST};
use zonesmith_tests::until;

use super::document;
use super::node::Node;

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn servers_that_keep_to_themselves_who_asks_are_named_and_mended() {
    let mut node = Node::start_with(&document(), |start| {
        start
            .policies
            .push((policies::bytes(NEAREST), Some("{}".to_owned())));
        start
            .arguments
            .extend(["--policy", "default"].map(str::to_owned));
    });
    for (part, setting) in [
        ("authoritative", "edns-subnet-processing"),
        ("recursor", "edns-subnet-allow-list"),
        ("recursor", "ecs-add-for"),
    ] {
        let is_it = |check: &Value| {
            let seen = check["seen"].as_str().unwrap_or_default();
            check["part"] == part && seen.contains(setting)
        };
        let named = until(
            &format!("doctor names {setting}"),
            || node.complaints().into_iter().find(|check| is_it(check)),
            || format!("{:#?}\n{}", node.complaints(), node.log()),
        );
        assert_eq!(named["state"], "yellow", "{named:#}");
        println!("{}\n  {}", named["seen"], named["cure"]);
        node.cure(&named["cure"]);
    }
    node.until_healthy("who asks is passed on");
    let text = node.run_doctor(&[]).good();
    assert!(
        text.contains("nearest chooses which records clients are given"),
        "{text}"
    );
}
