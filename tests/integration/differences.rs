//! What `policy diff` says of a candidate is what the daemon would do with it; and the daemon notices nothing.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};
use zonesmith_tests::answer::Answer;
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::document::demo;
use zonesmith_tests::policies::{self, FAULTY, OPENSVC_V3, SHORT_NAMES, TRAPS_IN_DESCRIBE};

use crate::{BINARY, start};

/// Nothing is different.
pub(crate) const SAME: i32 = 0;
/// Something is.
pub(crate) const DIFFERS: i32 = 3;

/// The policy with settings that change and add something.
pub(crate) const OTHER: &str = r#"{"extra": "also", "ttl": 30}"#;

fn served() -> Daemon {
    start(&demo()).with_policy(FAULTY, "{}").serve()
}

/// `policy diff` with JSON, of a candidate with these settings.
pub(crate) fn diff(
    daemon: &Daemon,
    candidate: &str,
    settings: Option<&str>,
    more: &[&str],
) -> (i32, Value) {
    let file = daemon.path("candidate.settings.json");
    let path = file.display().to_string();
    let mut arguments = vec!["policy", "diff", candidate, "--format", "json"];
    if let Some(settings) = settings {
        fs::write(&file, settings).unwrap();
        arguments.extend(["--settings", &path]);
    }
    arguments.extend(more);
    let answer = daemon.run(&arguments);
    let json =
        serde_json::from_str(&answer.output).unwrap_or_else(|error| panic!("{error}: {answer:?}"));
    (answer.code, json)
}

/// Every record that is served, serials aside: `name ttl type content`.
fn records(daemon: &Daemon) -> BTreeSet<String> {
    let dump = daemon.run(&["dump", "--format", "zone"]).good();
    let lines = dump
        .lines()
        .filter(|line| line.contains(" IN ") && !line.contains(" IN SOA "));
    lines.map(|line| line.replacen(" IN ", " ", 1)).collect()
}

/// The records of a difference that one side has and the other has not, as `records` has them.
fn told(difference: &Value, ttl: &str) -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    for name in difference["names"].as_array().unwrap() {
        for record in name["records"].as_array().unwrap() {
            if let Some(ttl) = record[ttl].as_u64() {
                let [name, rtype, content] = [&name["name"], &record["type"], &record["content"]]
                    .map(|word| word.as_str().unwrap());
                told.insert(format!("{name} {ttl} {rtype} {content}"));
            }
        }
    }
    told
}

/// What is only in the one, and what only in the other.
fn apart(one: &BTreeSet<String>, other: &BTreeSet<String>) -> [BTreeSet<String>; 2] {
    [one - other, other - one]
}

#[test]
fn the_live_policy_with_its_own_settings_changes_nothing() {
    for (component, settings) in [(FAULTY, OTHER), (SHORT_NAMES, r#"{"namespace": "shop"}"#)] {
        let mut start = start(&demo());
        start.policies.push((policies::bytes(OPENSVC_V3), None));
        start
            .policies
            .push((policies::bytes(component), Some(settings.to_owned())));
        let daemon = start.serve();
        // It takes the place of the one of the same name, and with it the settings.
        let (code, difference) = diff(&daemon, component, None, &[]);
        assert_eq!(
            (code, &difference["names"]),
            (SAME, &json!([])),
            "{difference:#}"
        );
        assert_eq!(difference["before"], difference["after"]);
        let text = daemon.run(&["policy", "diff", component]).good();
        assert!(text.ends_with("\nnothing changes\n"), "{text}");
    }
}

#[test]
fn what_is_told_of_a_candidate_is_what_the_daemon_then_does() {
    let daemon = served();
    let (generation, before) = (daemon.status().generation(), records(&daemon));
    let (code, difference) = diff(&daemon, FAULTY, Some(OTHER), &[]);
    assert_eq!(code, DIFFERS);
    assert_eq!(daemon.status().generation(), generation);

    daemon.set_settings(OTHER);
    daemon.until("the settings are live", |status| {
        status.generation() > generation
    });
    let [removed, added] = apart(&before, &records(&daemon));
    assert_eq!(told(&difference, "ttl-before"), removed);
    assert_eq!(told(&difference, "ttl-after"), added);
    // The same, the other way round.
    let (code, back) = diff(&daemon, FAULTY, Some("{}"), &[]);
    assert_eq!(code, DIFFERS);
    assert_eq!(told(&back, "ttl-after"), removed);
    assert_eq!(
        back["totals"]["names"]["removed"],
        difference["totals"]["names"]["added"]
    );
}

#[test]
fn a_candidate_stands_where_it_would_stand() {
    // Of its own name nobody is there: it goes last, behind the policy whose zones it adds to.
    let daemon = start(&demo()).serve();
    let with_names = {
        let mut start = start(&demo());
        start
            .policies
            .push((zonesmith::policy::embedded().to_vec(), None));
        start.policies.push((
            policies::bytes(SHORT_NAMES),
            Some(r#"{"namespace": "shop"}"#.to_owned()),
        ));
        start.serve()
    };
    let settings = Some(r#"{"namespace": "shop"}"#);
    let (code, difference) = diff(&daemon, SHORT_NAMES, settings, &[]);
    let [removed, added] = apart(&records(&daemon), &records(&with_names));
    assert_eq!((code, removed.len()), (DIFFERS, 0));
    assert_eq!(told(&difference, "ttl-after"), added);
    let stack = |side: &Value| {
        let names = side
            .as_array()
            .unwrap()
            .iter()
            .map(|policy| policy["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(stack(&difference["before"]), ["default"]);
    assert_eq!(stack(&difference["after"]), ["default", "short-names"]);

    // In the place of another policy.
    let agents = start(&demo()).with_policy(OPENSVC_V3, "{}").serve();
    let (_, difference) = diff(&daemon, OPENSVC_V3, None, &["--replace", "default"]);
    let [removed, added] = apart(&records(&daemon), &records(&agents));
    assert_eq!(stack(&difference["after"]), ["opensvc-v3"]);
    assert_eq!(told(&difference, "ttl-before"), removed);
    assert_eq!(told(&difference, "ttl-after"), added);

    let nobody = daemon.run(&["policy", "diff", SHORT_NAMES, "--replace", "nobody"]);
    assert_eq!(nobody.code, 1);
    assert!(
        nobody
            .error
            .contains("no live policy is called nobody; there are default"),
        "{nobody:?}"
    );
}

#[test]
fn whose_word_a_difference_is_and_what_is_not_served_is_told_too() {
    let daemon = served();
    let (_, difference) = diff(&daemon, FAULTY, Some(OTHER), &[]);
    let rules: BTreeSet<_> = difference["by-rule"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["rule"].as_str())
        .collect();
    assert_eq!(rules, BTreeSet::from([Some("service")]), "{difference:#}");
    let services = difference["by-service"].as_array().unwrap();
    let web = services
        .iter()
        .find(|row| row["service"] == "shop/svc/web")
        .unwrap();
    assert_eq!(
        (&web["policy"], &web["added"], &web["changed"]),
        (&json!("faulty"), &json!(3), &json!(3))
    );

    for (fault, kind) in [
        ("name-out-of-zone", "quarantined"),
        ("trap-in-synthesize", "failure"),
    ] {
        let settings = json!({ "fault": fault, "service": "shop/svc/web" }).to_string();
        let (code, difference) = diff(&daemon, FAULTY, Some(&settings), &[]);
        assert_eq!(code, DIFFERS, "{fault}");
        let told = difference["not-served"].as_array().unwrap();
        let told: Vec<_> = told
            .iter()
            .map(|fault| [&fault["change"], &fault["kind"], &fault["service"]])
            .collect();
        assert_eq!(
            told,
            [[&json!("added"), &json!(kind), &json!("shop/svc/web")]],
            "{difference:#}"
        );
    }
    let text = daemon.run(&[
        "policy",
        "diff",
        FAULTY,
        "--settings",
        "candidate.settings.json",
    ]);
    assert_eq!(text.code, DIFFERS);
    assert!(text.output.contains("\nnow failure: "), "{text:?}");
    assert!(text.output.contains("(faulty, shop/svc/web)"), "{text:?}");
}

#[test]
fn a_candidate_that_the_daemon_would_refuse_is_refused() {
    let daemon = served();
    for (candidate, settings, words) in [
        (TRAPS_IN_DESCRIBE, "{}", "refused at "),
        (
            FAULTY,
            r#"{"fault": "error-in-configure"}"#,
            "the candidate is refused at configure: faulty: ",
        ),
        (
            FAULTY,
            r#"{"fault": "no-zones"}"#,
            "no policy of the stack names a zone",
        ),
        ("/nonexistent.wasm", "{}", "/nonexistent.wasm"),
    ] {
        let file = daemon.path("refused.json");
        fs::write(&file, settings).unwrap();
        let answer = daemon.run(&[
            "policy",
            "diff",
            candidate,
            "--settings",
            &file.display().to_string(),
        ]);
        assert_eq!(answer.code, 1, "{answer:?}");
        assert!(answer.error.contains(words), "{answer:?}");
    }
}

#[test]
fn two_components_are_compared_without_a_daemon() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    fs::write(path("cluster.json"), demo().json().to_string()).unwrap();
    fs::copy(FAULTY, path("old.wasm")).unwrap();
    fs::copy(FAULTY, path("new.wasm")).unwrap();
    fs::write(path("new.settings.json"), OTHER).unwrap();
    let run = |candidate: &str, against: &str| {
        let arguments = [
            "policy",
            "diff",
            candidate,
            "--against",
            against,
            "--cluster",
            "cluster.json",
            "--format",
            "json",
        ];
        Answer::to(BINARY, &arguments, directory.path())
    };
    assert_eq!(run("old.wasm", "old.wasm").code, SAME);
    let differs = run("new.wasm", "old.wasm");
    assert_eq!(differs.code, DIFFERS, "{differs:?}");
    let difference: Value = serde_json::from_str(&differs.output).unwrap();
    assert!(
        told(&difference, "ttl-after").contains("also.web.shop.svc.demo. 30 A 10.22.0.5"),
        "{difference:#}"
    );
    assert_eq!(run("default", "default").code, SAME);
}
