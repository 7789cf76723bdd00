//! What a policy may take at most: time, memory, output, lines of log. And what one name may hold.

use std::time::{Duration, Instant};

use serde_json::json;
use zonesmith_tests::policies::FAULTY;

use crate::{demo, start};

#[test]
fn a_loop_is_ended_by_the_deadline_of_the_call() {
    let daemon = start(&demo()).with_policy(FAULTY, "{}").serve();
    let before = Instant::now();
    let spin = r#"{"fault": "spin-in-synthesize", "extra": "also"}"#;
    let outcome = daemon.change(|daemon| daemon.set_settings(spin));
    assert_eq!(outcome.word(), "published", "{outcome:?}");
    // Two services at 100 ms and 5 ms for an instance; the rest is the machine's.
    assert!(
        before.elapsed() < Duration::from_secs(10),
        "it took {:?}",
        before.elapsed()
    );
    assert_eq!(
        daemon.records("web.shop.svc.demo."),
        ["web.shop.svc.demo. 60 A 10.22.0.5"]
    );
}

#[test]
fn lines_of_log_beyond_a_hundred_a_call_are_counted_and_dropped() {
    let daemon = start(&demo())
        .with_policy(
            FAULTY,
            r#"{"fault": "flood-log", "service": "shop/svc/bad"}"#,
        )
        .serve();
    assert_eq!(
        daemon.records("bad.shop.svc.demo."),
        ["bad.shop.svc.demo. 60 A 10.22.0.6"],
        "a flood of log is no failure"
    );
    let log = daemon.log();
    let lines = log.matches("the same again").count();
    assert!((1..=300).contains(&lines), "{lines} lines");
    assert!(
        log.contains("dropped=2900"),
        "it is said that lines are missing: {log}"
    );
}

#[test]
fn a_name_has_at_most_as_many_records_of_one_type_as_fit_a_reply() {
    let settings = r#"{"fault": "too-many-addresses", "service": "shop/svc/bad"}"#;
    let daemon = start(&demo()).with_policy(FAULTY, settings).serve();
    let records = daemon.records("many.bad.shop.svc.demo.");
    assert!(records.len() < 10_000, "{} records", records.len());
    assert_eq!(
        daemon.records("bad.shop.svc.demo."),
        ["bad.shop.svc.demo. 60 A 10.22.0.6"]
    );
    let status = daemon.status();
    assert!(
        status.says("many.bad.shop.svc.demo"),
        "the rest is reported: {}",
        status.text()
    );
}

#[test]
fn a_request_beyond_the_size_limit_gets_an_error_and_no_result() {
    let daemon = start(&demo()).serve();
    let mut socket = daemon.connect();
    let name = "a".repeat(200 << 10);
    socket.send(
        json!({ "method": "lookup", "parameters": { "qname": name, "qtype": "ANY" } })
            .to_string()
            .as_bytes(),
    );
    socket.send(b"\n");
    let reply = socket.receive().expect("a reply");
    assert_eq!(
        reply.get("result"),
        None,
        "`false` would be NXDOMAIN: {reply}"
    );
    assert!(
        reply.to_string().contains("bytes")
            || reply.to_string().contains("octets")
            || reply.to_string().contains("kB")
            || reply.to_string().contains("KiB"),
        "the limit is named: {reply}"
    );
}
