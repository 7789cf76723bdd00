//! What the daemon counts of a candidate over a day of changes is what `policy diff --replay` counts over the same day.

use std::fs;

use serde_json::Value;
use zonesmith_tests::policies::{self, FAULTY};
use zonesmith_tests::until;

use super::until_compared;
use crate::differences::OTHER;
use crate::histories::{Recording, day, until_lines};
use crate::start;

#[test]
fn the_shadow_counts_over_a_recorded_day_what_the_replay_counts() {
    let day = day();
    let daemon = start(&day[0]).with_policy(FAULTY, "{}").serve();
    let file = daemon.path("cluster.history");
    let recording = Recording::start(&daemon, &file, &[]);
    until_lines(&file, 1);
    let candidate = daemon.candidate(&policies::bytes(FAULTY), OTHER);
    let loaded = daemon.policy(&["load", "--shadow", &candidate]);
    assert_eq!(loaded.word(), "shadowing", "{loaded:?}");
    for (at, document) in day.iter().enumerate() {
        daemon.set_cluster(document);
        until_lines(&file, at + 1);
        let services = document.json()["services"].as_object().unwrap();
        let address = services
            .get("shop/svc/api")
            .map(|service| service.pointer("/instances/n1/resources/ip#0/info/ipaddr"));
        until(
            &format!("state {at} is served"),
            || {
                let records = daemon.records("api.shop.svc.demo.").join(" ");
                let is_api_served = match address.flatten().and_then(Value::as_str) {
                    Some(address) => records.ends_with(address),
                    None => records.is_empty(),
                };
                let nameservers = document.json()["cluster"]["dns"].as_array().unwrap();
                let has_second = !daemon.records("ns2.demo.").is_empty();
                (is_api_served && has_second == (nameservers.len() == 2)).then_some(())
            },
            || daemon.status().text(),
        );
        let _ = until_compared(&daemon, services.len() as u64);
    }
    drop(recording);

    let settings = daemon.path("other.json");
    fs::write(&settings, OTHER).unwrap();
    let replayed = daemon.run(&[
        "policy",
        "diff",
        FAULTY,
        "--settings",
        &settings.display().to_string(),
        "--replay",
        &file.display().to_string(),
        "--format",
        "json",
    ]);
    let total: Value = serde_json::from_str(replayed.output.lines().last().unwrap()).unwrap();
    let status = daemon.status();
    let differences = total["differences"].as_u64().unwrap();
    assert!(differences > 5, "{total:#}");
    assert_eq!(
        status.number("/shadow/differences"),
        differences,
        "{total:#}\n{}",
        status.text()
    );
    for change in ["added", "removed", "changed"] {
        assert_eq!(
            status.number(&format!("/shadow/names/{change}")),
            total["differing"][change].as_u64().unwrap(),
            "{change}: {total:#}"
        );
    }
}
