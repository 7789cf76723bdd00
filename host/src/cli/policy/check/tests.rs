use super::*;

fn demo() -> State {
    zonesmith_cluster::read(DEMO).unwrap().1
}

#[test]
fn the_built_in_policy_is_good_on_the_demo() {
    let report = check("default.wasm", embedded(), demo(), &NO_SETTINGS.into()).unwrap();
    let text = report.text();
    assert!(report.is_good(), "{text}");
    assert!(
        text.contains("contract  zonesmith:policy@1")
            && text.contains("demo.")
            && text.contains("0 quarantined"),
        "{text}"
    );
}

#[test]
fn what_is_no_policy_is_refused_with_its_stage() {
    let report = check("x.wasm", b"nonsense", demo(), &NO_SETTINGS.into()).unwrap();
    assert!(!report.is_good());
    assert!(
        report.text().contains("refused  at compile: x.wasm"),
        "{}",
        report.text()
    );
}

#[test]
fn settings_that_the_policy_refuses_are_a_refusal_at_configure() {
    let report = check(
        "default.wasm",
        embedded(),
        demo(),
        &"{\"no-such-setting\":1}".into(),
    )
    .unwrap();
    assert!(
        report.text().contains("refused   at configure"),
        "{}",
        report.text()
    );
}
