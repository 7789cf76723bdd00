//! Master files that a site lists: zones of their own, and records merged into a zone of the cluster.

use std::fs;

use serde_json::json;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::policies::FAULTY;

use crate::{demo, start};

pub(crate) const OWN: &str = "[[zones]]\napex = \"example.com\"\nfile = \"zones/example.com\"\n";
pub(crate) const MERGED: &str =
    "[[zones]]\napex = \"demo\"\nfile = \"zones/extra\"\nmerge = true\n";

const EXAMPLE: &str = "\
$TTL 1h
@ IN SOA ns hostmaster ( 7 2h 1h 5d 1d )
  NS ns
ns A 192.0.2.1
www 5m A 192.0.2.2
* TXT \"anything\"
sub NS ns.sub
ns.sub A 192.0.2.3
$GENERATE 1-3 host$ A 192.0.2.1$
";

fn with_zones(configuration: &str, files: &[(&'static str, &str)]) -> Start {
    let mut start = start(&demo());
    start.configuration = configuration.to_owned();
    start.files = files
        .iter()
        .map(|(name, text)| (*name, (*text).to_owned()))
        .collect();
    start
}

pub(crate) fn serve(configuration: &str, files: &[(&'static str, &str)]) -> Daemon {
    with_zones(configuration, files).serve()
}

fn has_example(daemon: &Daemon) -> bool {
    let all = daemon
        .connect()
        .ask("getAllDomains", &json!({ "include_disabled": true }));
    all.to_string().contains("\"example.com")
}

#[test]
fn a_file_is_a_zone_of_its_own_from_the_first_publication() {
    let daemon = serve(OWN, &[("zones/example.com", EXAMPLE)]);
    assert_eq!(
        daemon.status().generation(),
        1,
        "with the first, not after it"
    );
    assert!(has_example(&daemon));
    for (name, records) in [
        (
            "www.example.com.",
            &["www.example.com. 300 A 192.0.2.2"][..],
        ),
        ("*.example.com.", &["*.example.com. 3600 TXT \"anything\""]),
        ("other.example.com.", &[]),
        (
            "host2.example.com.",
            &["host2.example.com. 3600 A 192.0.2.12"],
        ),
        (
            "sub.example.com.",
            &["sub.example.com. 3600 NS ns.sub.example.com."],
        ),
        ("web.shop.svc.demo.", &["web.shop.svc.demo. 60 A 10.22.0.5"]),
    ] {
        assert_eq!(daemon.records(name), records, "{name}");
    }
    let apex = daemon.records("example.com.");
    assert_eq!(apex.len(), 2, "{apex:?}");
    assert!(
        apex[1].starts_with("example.com. 3600 SOA ns.example.com. hostmaster.example.com. "),
        "{apex:?}"
    );
    assert!(apex[1].ends_with(" 7200 3600 432000 86400"), "{apex:?}");
    let status = daemon.status();
    assert_eq!(
        status.get("/master-files/0/state"),
        "\"served\"",
        "{}",
        status.text()
    );
    assert_eq!(status.number("/master-files/0/records"), 9);
    let table = daemon.run(&["status"]).good();
    assert!(
        table.contains("MASTER FILE") && table.contains("example.com."),
        "{table}"
    );
}

#[test]
fn a_file_is_followed_and_a_bad_one_keeps_what_was_good() {
    let daemon = serve(OWN, &[("zones/example.com", EXAMPLE)]);
    let log_before = daemon.log();
    daemon.set_file(
        "zones/example.com",
        &EXAMPLE.replace("192.0.2.2", "192.0.2.22"),
    );
    daemon.until_records("www.example.com.", &["www.example.com. 300 A 192.0.2.22"]);

    let bad = format!("{EXAMPLE}www A 192.0.2.300\nmore AAAA 192.0.2.1\n");
    daemon.set_file("zones/example.com", &bad);
    let file = daemon.path("zones/example.com").display().to_string();
    let status = daemon.until("the file is bad", |status| {
        status.get("/master-files/0/state") == "\"failing\""
    });
    for line in [10, 11] {
        assert!(
            status.says(&format!("{file}:{line}: ")),
            "{line}: {}",
            status.text()
        );
    }
    assert_eq!(
        daemon.records("www.example.com."),
        ["www.example.com. 300 A 192.0.2.22"]
    );
    let table = daemon.run(&["status"]).good();
    assert!(
        table.contains("failing") && table.contains(":10: "),
        "{table}"
    );
    assert!(
        daemon.log().contains("what was read last stays served"),
        "{}",
        daemon.log()
    );

    daemon.set_file("zones/example.com", &format!("{EXAMPLE}$INCLUDE more\n"));
    daemon.until("what is included is missing", |status| status.says(":10: "));
    daemon.set_file("zones/more", "more AAAA 2001:db8::1\n");
    daemon.until_records(
        "more.example.com.",
        &["more.example.com. 3600 AAAA 2001:db8::1"],
    );
    let status = daemon.status();
    assert_eq!(
        status.get("/master-files/0/faults"),
        "[]",
        "{}",
        status.text()
    );
    let log = daemon.log().replace(&log_before, "");
    assert!(
        !log.contains("policies configured"),
        "a file is no reason to synthesise the cluster: {log}"
    );
}

#[test]
fn another_soa_is_served_with_a_later_serial() {
    let daemon = serve(OWN, &[("zones/example.com", EXAMPLE)]);
    daemon.set_file(
        "zones/example.com",
        &EXAMPLE.replace("( 7 2h", "( 2999999999 3h"),
    );
    let status = daemon.until("the author's serial is passed", |status| {
        status.get("/zones").contains("3000000000")
    });
    let apex = daemon.records("example.com.");
    assert!(
        apex[1].ends_with(" 3000000000 10800 3600 432000 86400"),
        "{apex:?} {}",
        status.text()
    );
}

#[test]
fn an_include_stays_in_the_folder_of_the_zone() {
    let text = format!("{EXAMPLE}$INCLUDE ../secret\n");
    let daemon = serve(
        OWN,
        &[
            ("zones/example.com", &text),
            ("secret", "secret TXT hidden\n"),
        ],
    );
    let status = daemon.status();
    assert!(status.says("lies outside"), "{}", status.text());
    assert!(!has_example(&daemon), "it never was good");
    assert_eq!(
        daemon.records("web.shop.svc.demo.").len(),
        1,
        "which harms nobody else"
    );
}

#[test]
fn a_file_that_is_not_there_yet_is_waited_for() {
    let daemon = serve(OWN, &[("zones/other", "")]);
    let status = daemon.status();
    assert!(
        status.get("/master-files/0/state") == "\"failing\"" && status.says("cannot be read"),
        "{}",
        status.text()
    );
    assert!(!has_example(&daemon));
    daemon.set_file("zones/example.com", EXAMPLE);
    daemon.until_records("www.example.com.", &["www.example.com. 300 A 192.0.2.2"]);
    assert!(has_example(&daemon));
    fs::remove_file(daemon.path("zones/example.com")).unwrap();
    daemon.until("the file is gone", |status| {
        status.get("/master-files/0/state") == "\"failing\""
    });
    assert!(has_example(&daemon), "which does not mean an empty zone");
}

#[test]
fn zones_come_and_go_with_the_configuration() {
    // A service that fails keeps its last good records through both.
    let fault = r#"{"fault": "error-in-synthesize", "service": "shop/svc/bad"}"#;
    let mut start = with_zones(
        "",
        &[
            ("zones/example.com", EXAMPLE),
            ("zones/extra", "mail 60 A 192.0.2.25\n"),
        ],
    );
    start = start.with_policy(FAULTY, "{}");
    let daemon = start.serve();
    assert_eq!(
        daemon.change(|daemon| daemon.set_settings(fault)).word(),
        "published"
    );
    let has_last_good =
        || daemon.records("bad.shop.svc.demo.") == ["bad.shop.svc.demo. 60 A 10.22.0.6"];
    assert!(has_last_good());

    fs::write(daemon.path("zonesmith.toml"), format!("{OWN}{MERGED}")).unwrap();
    daemon.until_records("www.example.com.", &["www.example.com. 300 A 192.0.2.2"]);
    daemon.until_records("mail.demo.", &["mail.demo. 60 A 192.0.2.25"]);
    assert!(
        has_last_good(),
        "{:?}",
        daemon.records("bad.shop.svc.demo.")
    );

    let outcome = daemon.change(|daemon| daemon.set_settings(r#"{"ttl": 30}"#));
    assert_eq!(outcome.word(), "published", "{outcome:?}");
    assert_eq!(
        daemon.records("web.shop.svc.demo."),
        ["web.shop.svc.demo. 30 A 10.22.0.5"]
    );
    assert_eq!(
        daemon.records("www.example.com."),
        ["www.example.com. 300 A 192.0.2.2"],
        "a reload keeps it"
    );
    assert_eq!(
        daemon.records("mail.demo."),
        ["mail.demo. 60 A 192.0.2.25"],
        "a reload keeps it"
    );

    fs::write(daemon.path("zonesmith.toml"), "").unwrap();
    daemon.until_records("mail.demo.", &[]);
    daemon.until_records("www.example.com.", &[]);
    assert!(!has_example(&daemon));
    assert_eq!(daemon.status().get("/master-files"), "[]");
}

#[test]
fn static_zones_are_off_with_the_cluster() {
    let daemon = serve(OWN, &[("zones/example.com", EXAMPLE)]);
    daemon.set_cluster(&demo().set("/cluster/dns", json!([])));
    let status = daemon.until("the DNS is off", |status| status.get("/state") == "\"off\"");
    assert_eq!(
        status.get("/master-files/0/state"),
        "\"waiting\"",
        "{}",
        status.text()
    );
    daemon.set_file(
        "zones/example.com",
        &EXAMPLE.replace("192.0.2.2", "192.0.2.22"),
    );
    daemon.set_cluster(&demo());
    daemon.until_listening();
    daemon.until_records("www.example.com.", &["www.example.com. 300 A 192.0.2.22"]);
}
