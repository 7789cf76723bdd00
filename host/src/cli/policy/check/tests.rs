use super::*;
use crate::kit::run::NO_SETTINGS;
use crate::kit::template::DEMO;
use crate::policy::embedded;

/// What is reported of a component on the demo.
fn report(name: &str, bytes: &[u8], settings: &str) -> Report {
    let engine = Engine::new().unwrap();
    let (_, state) = zonesmith_cluster::read(DEMO.as_bytes()).unwrap();
    let component = match Component::load(&engine, name, bytes) {
        Ok(component) => component,
        Err(refusal) => return Report::refused(name, bytes, refusal),
    };
    let mut report = Report::of(name, bytes, &component);
    match check(&engine, &component, &state, &settings.into()) {
        Ok(checked) => report.take(&state, &checked),
        Err(refusal) => report.refuse(refusal),
    }
    report
}

#[test]
fn the_built_in_policy_is_good_on_the_demo() {
    let report = report("default.wasm", embedded(), NO_SETTINGS);
    let text = report.text();
    assert!(report.is_good(true), "{text}");
    assert!(
        text.contains("contract  zonesmith:policy@") && text.contains("demo."),
        "{text}"
    );
    let json = serde_json::to_value(&report).unwrap();
    assert!(
        json["costs"]["slowest"]["percent"].as_u64().unwrap() < 100,
        "{json}"
    );
    assert!(
        json["costs"]["memory"]["percent"].as_u64().unwrap() > 0,
        "{json}"
    );
}

#[test]
fn what_is_no_policy_is_refused_with_its_stage() {
    let report = report("x.wasm", b"nonsense", NO_SETTINGS);
    assert!(!report.is_good(false));
    assert!(
        report.text().contains("refused  at compile: x.wasm"),
        "{}",
        report.text()
    );
}

#[test]
fn settings_that_the_policy_refuses_are_a_refusal_at_configure() {
    let report = report("default.wasm", embedded(), "{\"no-such-setting\":1}");
    assert!(
        report.text().contains("refused   at configure"),
        "{}",
        report.text()
    );
}
