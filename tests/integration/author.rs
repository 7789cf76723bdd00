//! What the author of a policy does with the binary: check, inspect, test, and record a cluster to test with.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use zonesmith_tests::answer::Answer;
use zonesmith_tests::document::{Document, everything};
use zonesmith_tests::policies::{FAULTY, SHORT_NAMES, TRAPS_IN_DESCRIBE};

use crate::{BINARY, ROOT, start};

/// A command in a directory of its own, without any daemon.
fn run(arguments: &[&str]) -> Answer {
    let output = Command::new(BINARY)
        .args(arguments)
        .env("COLUMNS", "100")
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .output();
    Answer::of(&output.unwrap())
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_str(&answer.output).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

/// A file with settings of the faulty policy.
fn settings(directory: &tempfile::TempDir, fault: &str) -> String {
    let file = directory.path().join("settings.json");
    fs::write(&file, json!({ "fault": fault }).to_string()).unwrap();
    file.display().to_string()
}

#[test]
fn check_finds_each_fault_of_a_policy_and_says_where() {
    let directory = tempfile::tempdir().unwrap();
    for (fault, check, weight) in [
        ("trap-in-synthesize", "failing", "error"),
        ("error-in-synthesize", "failing", "error"),
        ("name-out-of-zone", "quarantined", "error"),
        ("label-too-long", "quarantined", "error"),
        ("alias-beside-address", "conflict", "warning"),
        ("too-many-addresses", "conflict", "warning"),
    ] {
        let settings = settings(&directory, fault);
        let answer = run(&[
            "policy",
            "check",
            FAULTY,
            "--settings",
            &settings,
            "--format",
            "json",
        ]);
        let report = json_of(&answer);
        let findings = report["findings"].as_array().unwrap();
        let found = findings.iter().find(|found| found["check"] == check);
        let found = found.unwrap_or_else(|| panic!("{fault}: {report:#}"));
        assert_eq!(found["weight"], weight, "{fault}: {found}");
        assert!(found["service"].is_string(), "{fault}: {found}");
        assert_eq!(
            answer.code,
            i32::from(weight == "error"),
            "{fault}: {answer:?}"
        );
        let strict = run(&[
            "policy",
            "check",
            FAULTY,
            "--settings",
            &settings,
            "--strict",
        ]);
        assert_eq!(strict.code, 1, "{fault}: {strict:?}");
        assert!(strict.output.contains(check), "{fault}: {strict:?}");
    }
    let refused = run(&["policy", "check", TRAPS_IN_DESCRIBE]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.output.contains("refused  at describe"),
        "{refused:?}"
    );
}

#[test]
fn examples_have_nothing_to_be_warned_of() {
    for component in ["default", SHORT_NAMES] {
        let answer = run(&["policy", "check", component, "--strict"]);
        assert_eq!(answer.code, 0, "{component}: {answer:?}");
    }
}

#[test]
fn inspect_shows_the_same_facts_as_text_and_as_json() {
    for component in ["default", SHORT_NAMES, FAULTY] {
        let text = run(&["policy", "inspect", component]).good();
        let report = json_of(&run(&["policy", "inspect", component, "--format", "json"]));
        for fact in ["digest", "contract"] {
            assert!(
                text.contains(report[fact].as_str().unwrap()),
                "{fact}: {text}"
            );
        }
        for rule in report["description"]["rules"].as_array().unwrap() {
            assert!(
                text.contains(rule["name"].as_str().unwrap()),
                "{rule}: {text}"
            );
        }
        assert_eq!(report["settings"]["type"], "object", "{report:#}");
    }
    let refused = run(&["policy", "inspect", TRAPS_IN_DESCRIBE]);
    assert_eq!(refused.code, 1);
    assert!(refused.output.contains("digest"), "{refused:?}");
    let none = run(&[
        "policy",
        "inspect",
        concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
    ]);
    assert_eq!(none.code, 1);
    assert!(
        none.error.contains("is no WebAssembly component"),
        "{none:?}"
    );
}

/// A copy of the input of an example.
fn example() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for file in ["cluster.json", "settings.json", "expected.zone"] {
        let from = format!("{ROOT}/examples/policies/short-names/{file}");
        fs::copy(from, directory.path().join(file)).unwrap();
    }
    directory
}

#[test]
fn a_component_gives_what_its_folder_expects_and_a_difference_is_shown() {
    let directory = example();
    let folder = directory.path().display().to_string();
    let test = |more: &[&str]| {
        let command = [
            "policy",
            "test",
            folder.as_str(),
            "--component",
            SHORT_NAMES,
        ];
        run(&[&command[..], more].concat())
    };
    assert_eq!(test(&[]).good(), ".: as expected\n");

    let expected = directory.path().join("expected.zone");
    let text = fs::read_to_string(&expected).unwrap();
    fs::write(&expected, text.replace("10.22.1.5", "10.22.1.6")).unwrap();
    let differs = test(&[]);
    assert_eq!(differs.code, 1);
    for line in [
        "-web.cluster1. 60 IN A 10.22.1.6\n",
        "+web.cluster1. 60 IN A 10.22.1.5\n",
    ] {
        assert!(differs.output.contains(line), "{differs:?}");
    }
    let cases = json_of(&test(&["--format", "json"]));
    assert_eq!(cases[0]["outcome"], "differs", "{cases:#}");

    assert_eq!(test(&["--update"]).good(), ".: expected.zone is written\n");
    assert_eq!(fs::read_to_string(&expected).unwrap(), text);
    assert_eq!(test(&[]).code, 0);
}

#[test]
fn a_folder_that_lists_policies_is_tested_as_the_daemon_serves_it() {
    let directory = example();
    let folder = directory.path();
    let test = |more: &[&str]| {
        let command = ["policy", "test", folder.to_str().unwrap()];
        run(&[&command[..], more].concat())
    };
    // The settings of the case are those of one policy; of several each has its own.
    fs::rename(
        folder.join("settings.json"),
        folder.join("names.settings.json"),
    )
    .unwrap();
    fs::copy(SHORT_NAMES, folder.join("names.wasm")).unwrap();
    let list = |text: &str| fs::write(folder.join("zonesmith.toml"), text).unwrap();

    list("[[policy]]\nfile = \"default\"\n\n[[policy]]\nfile = \"names.wasm\"\n");
    assert_eq!(test(&[]).good(), ".: as expected\n");

    // Nothing stands before those that are listed.
    list("[[policy]]\nfile = \"names.wasm\"\nsettings = \"names.settings.json\"\n");
    let alone = test(&[]);
    assert_eq!(alone.code, 1);
    assert!(
        alone.output.contains("\n-web.cluster1. 60 IN A"),
        "{alone:?}"
    );

    for (text, sentence) in [
        ("[[policy]]\nfile = \"away.wasm\"\n", "away.wasm"),
        (
            "[[policy]]\nfile = \"names.wasm\"\nsettings = \"away.json\"\n",
            "away.json",
        ),
        (
            "[[policy]]\nfile = \"names.wasm\"\n[[policy]]\nfile = \"names.wasm\"\n",
            "names.wasm twice",
        ),
        ("[[polcy]]\nfile = \"names.wasm\"\n", "did you mean"),
        ("[log]\nlevel = \"info\"\n", "is no policy's folder"),
    ] {
        list(text);
        let refused = test(&[]);
        assert_eq!(refused.code, 1, "{text}");
        assert!(refused.error.contains(sentence), "{text}: {refused:?}");
    }
}

/// What is published of a recorded cluster: `policy test` wrote it.
fn published(document: &Value) -> String {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("cluster.json"), document.to_string()).unwrap();
    let folder = directory.path().display().to_string();
    run(&[
        "policy",
        "test",
        &folder,
        "--component",
        "default",
        "--update",
    ])
    .good();
    fs::read_to_string(directory.path().join("expected.zone")).unwrap()
}

/// Records, without the serial.
fn records(zones: &str) -> Vec<String> {
    let mut lines: Vec<_> = zones
        .lines()
        .filter(|line| !line.contains(" IN SOA ") && !line.starts_with(';') && !line.is_empty())
        .map(str::to_owned)
        .collect();
    lines.sort();
    lines
}

#[test]
fn a_recorded_cluster_gives_a_policy_what_the_daemon_gave_it() {
    let cluster: Document = everything("Prod.Example").set("/cluster/nodes/n1/score", json!(87));
    let daemon = start(&cluster).serve();
    let recorded = json_of(&daemon.run(&["record"]));
    let served = daemon.run(&["dump", "--format", "zone"]).good();
    assert_eq!(records(&published(&recorded)), records(&served));

    // A file is written with the folders it is in; the source alone says the same.
    let file = daemon.path("cases/live/cluster.json");
    let output = file.display().to_string();
    daemon.run(&["record", "-o", &output]).good();
    let written: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(written, recorded);
    let source = format!("file:{}", daemon.cluster_file().display());
    let of_source = json_of(&daemon.run(&["record", "--source", &source]));
    assert_eq!(of_source, recorded);
    let gone = daemon.run(&["record", "--source", "file:/nonexistent/cluster.json"]);
    assert_eq!(gone.code, 1);
    assert!(gone.error.contains("/nonexistent"), "{gone:?}");
}

#[test]
fn an_anonymous_cluster_has_the_same_names_and_none_of_the_addresses() {
    let daemon = start(&everything("demo")).serve();
    let recorded = json_of(&daemon.run(&["record"]));
    let anonymous = json_of(&daemon.run(&["record", "--anonymise"]));
    assert_eq!(anonymous, json_of(&daemon.run(&["record", "--anonymise"])));
    assert!(recorded.to_string().contains("\"10.22."), "{recorded:#}");
    assert!(!anonymous.to_string().contains("\"10.22."), "{anonymous:#}");
    // As many records, and each name that is not made of an address.
    let (before, after) = (
        records(&published(&recorded)),
        records(&published(&anonymous)),
    );
    assert_eq!(before.len(), after.len());
    let names = |records: &[String]| {
        let mut names: Vec<_> = records
            .iter()
            .filter_map(|record| record.split(' ').next())
            .filter(|name| {
                !name.ends_with(".arpa.") && !name.starts_with("10-") && !name.starts_with("fd")
            })
            .map(str::to_owned)
            .collect();
        names.dedup();
        names
    };
    assert_eq!(names(&before), names(&after));
}
