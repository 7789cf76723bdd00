//! What is written is true: the README's commands run, its figures of configuration are what is tested, examples do what
//! they say.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use zonesmith_tests::answer::Answer;
use zonesmith_tests::daemon::Start;
use zonesmith_tests::document::cluster;

use crate::{BINARY, ROOT};

fn read(path: &str) -> String {
    fs::read_to_string(PathBuf::from(ROOT).join(path))
        .unwrap_or_else(|error| panic!("read {path}: {error}"))
}

/// The lines of fenced blocks of this language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut inside = None;
    for line in text.lines() {
        match line.trim_start().strip_prefix("```") {
            Some(after) if inside.is_none() => inside = Some(after.trim() == language),
            Some(_) => inside = None,
            None if inside == Some(true) => lines.push(line.to_owned()),
            None => {}
        }
    }
    lines
}

#[test]
fn the_readme_has_the_commands_of_the_first_try() {
    let readme = read("README.md");
    let commands = blocks(&readme, "sh").join("\n");
    assert!(
        commands.contains("cargo run -- serve examples/demo/cluster.json"),
        "{commands}"
    );
    assert!(commands.contains("tests/run"), "{commands}");
    assert!(commands.contains(r#"echo '{"method": "lookup", "parameters": {"qname": "demo.", "qtype": "SOA"}}' | socat"#), "{commands}");
}

#[test]
fn every_command_of_the_documents_is_one_that_there_is() {
    for document in [
        "README.md",
        ".github/CONTRIBUTING.md",
        "examples/policies/consul/README.md",
        "examples/policies/kubernetes/README.md",
        "examples/policies/opensvc-v2/README.md",
        "examples/policies/opensvc-v3/README.md",
        "examples/policies/short-names/README.md",
        "examples/policies/short-names-javascript/README.md",
        "examples/policies/short-names-python/README.md",
        "host/docs/containers.md",
        "host/docs/doctor.md",
        "host/docs/playground.md",
        "host/docs/policies.md",
        "host/docs/policy-life.md",
        "host/docs/policy-trust.md",
        "host/docs/policy-diff.md",
    ] {
        for line in blocks(&read(document), "sh") {
            for part in line.split(['|', ';']).map(str::trim) {
                let Some(words) = part
                    .strip_prefix("zonesmith ")
                    .or_else(|| part.strip_prefix("cargo run -- "))
                else {
                    continue;
                };
                // Commands are lower-case words before the first argument.
                let command: Vec<_> = words
                    .split_whitespace()
                    .take_while(|word| {
                        word.chars()
                            .all(|one| one.is_ascii_lowercase() || one == '-')
                    })
                    .take_while(|word| !word.starts_with('-'))
                    .collect();
                let depth = if matches!(
                    command.first(),
                    Some(&"policy" | &"config" | &"daemon" | &"cluster")
                ) {
                    2
                } else {
                    1
                };
                let mut arguments: Vec<_> = command.into_iter().take(depth).collect();
                arguments.push("--help");
                let answer = Answer::to(BINARY, &arguments, &PathBuf::from(ROOT));
                assert_eq!(answer.code, 0, "{document}: `{line}`: {answer:?}");
            }
        }
    }
}

#[test]
fn files_that_the_readme_names_are_there() {
    for document in ["README.md", ".github/CONTRIBUTING.md"] {
        let text = read(document);
        let base = PathBuf::from(ROOT)
            .join(document)
            .parent()
            .unwrap()
            .to_path_buf();
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            if link.contains("://") || link.starts_with('#') {
                continue;
            }
            let file = base.join(link.split('#').next().unwrap());
            assert!(file.exists(), "{document} links to {link}");
        }
    }
}

#[test]
fn the_readme_says_what_powerdns_needs() {
    let readme = read("README.md");
    for line in [
        "launch=remote",
        "remote-connection-string=unix:path=",
        "forward-zones",
    ] {
        assert!(readme.contains(line), "{line}");
    }
}

#[test]
fn the_demo_is_served() {
    let mut start = Start::new(BINARY, &cluster("demo"));
    start.cluster = read("examples/demo/cluster.json").into_bytes();
    let daemon = start.serve();
    let soa = daemon
        .records("demo.")
        .into_iter()
        .find(|record| record.contains(" SOA "))
        .unwrap();
    assert!(
        soa.starts_with("demo. 60 SOA dns.demo. ") && soa.ends_with(" 7200 3600 432000 86400"),
        "{soa}"
    );
    let status = daemon.status();
    for pointer in [
        "/quarantined",
        "/failing",
        "/conflicts",
        "/sources/0/problems",
    ] {
        assert_eq!(status.get(pointer), "[]", "{pointer}: {}", status.text());
    }
}

#[test]
fn an_example_becomes_a_component_with_one_command() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("short-names.wasm");
    let output = Command::new(BINARY)
        .args(["policy", "build", "examples/policies/short-names", "-o"])
        .arg(&file)
        .current_dir(ROOT)
        // Kept between runs: what a policy depends on is compiled once.
        .env(
            "CARGO_TARGET_DIR",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/policy-build"),
        )
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let built = Answer::of(&output).good();
    assert!(
        built.contains("zonesmith:policy"),
        "it says which contract the policy speaks: {built}"
    );
    let checked = Answer::to(
        BINARY,
        &["policy", "check", "short-names.wasm"],
        directory.path(),
    )
    .good();
    assert!(checked.contains("short-names"), "{checked}");
}

#[test]
fn the_changelog_begins_with_the_version_of_the_workspace() {
    let changelog = read("host/CHANGELOG.md");
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        changelog
            .lines()
            .any(|line| line.starts_with("## ") && line.contains(version)),
        "no `## {version}`"
    );
}
