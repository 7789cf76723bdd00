//! What is deployed for containers, read by the programs that are to run it: Podman's generator of units, and Compose. Neither
//! starts a container here; `tests/later-debian` lays both beside the build.
//!
//! - `started`: the containers, started by another runtime

mod started;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use zonesmith_tests::answer::Answer;
use zonesmith_tests::document::{Document, demo};

use crate::BINARY;

/// Deploys below a root of its own.
fn deploy(target: &str, document: &Document, more: &[&str]) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    let cluster = place.path().join("cluster.json");
    fs::write(&cluster, document.json().to_string()).unwrap();
    let root = place.path().join("root");
    fs::create_dir(&root).unwrap();
    let source = format!("--source=file:{}", cluster.display());
    let root = format!("--root={}", root.display());
    let words = ["deploy", target, &source, &root];
    let words: Vec<&str> = words.iter().chain(more).copied().collect();
    Answer::to(BINARY, &words, place.path()).good();
    place
}

fn at(place: &TempDir, path: &str) -> PathBuf {
    place.path().join("root").join(path)
}

/// A program of a later Debian.
fn later(path: &str) -> Command {
    let beside = Path::new(BINARY).ancestors().nth(2).unwrap();
    let program = beside.join("later/trixie").join(path);
    assert!(
        program.exists(),
        "no {}; tests/later-debian lays it there",
        program.display()
    );
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {error}");
    format!("{error}{}", String::from_utf8_lossy(&output.stdout))
}

/// The words after each of these options, and those of `--option=word`.
fn of<'a>(words: &[&'a str], option: &str) -> Vec<&'a str> {
    let with = format!("{option}=");
    let behind = words
        .windows(2)
        .filter(|pair| pair[0] == option)
        .map(|pair| pair[1]);
    let within = words
        .iter()
        .filter_map(|word| word.strip_prefix(with.as_str()));
    behind.chain(within).collect()
}

/// The commands by which the units' services run their containers.
fn runs(place: &TempDir) -> Vec<String> {
    let made = output(
        later("usr/libexec/podman/quadlet")
            .args(["-dryrun", "-no-kmsg-log"])
            .env("QUADLET_UNIT_DIRS", at(place, "etc/containers/systemd")),
    );
    assert!(
        !made.contains("unsupported") && !made.contains("rror"),
        "{made}"
    );
    let runs = made.lines().filter(|line| line.starts_with("ExecStart="));
    let runs: Vec<String> = runs.map(str::to_owned).collect();
    assert_eq!(runs.len(), 2, "{made}");
    runs
}

#[test]
#[ignore = "needs Podman's generator"]
fn podman_makes_services_without_rights_of_the_units() {
    let place = deploy("quadlet", &demo(), &[]);
    let runs = runs(&place);
    let runs: Vec<Vec<&str>> = runs
        .iter()
        .map(|line| line.split_whitespace().collect())
        .collect();
    for words in &runs {
        let name = of(words, "--name");
        let is_recursor = name == ["zonesmith-recursor"];
        assert_eq!(of(words, "--user"), ["953:953"], "{words:?}");
        assert_eq!(of(words, "--cap-drop"), ["all"], "{words:?}");
        let rights: &[&str] = if is_recursor {
            &["cap_net_bind_service"]
        } else {
            &[]
        };
        assert_eq!(of(words, "--cap-add"), rights, "{words:?}");
        assert!(words.contains(&"--read-only"), "{words:?}");
        assert_eq!(of(words, "--network"), ["host"], "{words:?}");
        assert!(
            of(words, "--security-opt").contains(&"no-new-privileges"),
            "{words:?}"
        );
        assert!(!words.contains(&"--privileged"), "{words:?}");
        let shared = of(words, "-v");
        let directory = "/etc/zonesmith/powerdns:/etc/zonesmith/powerdns:ro";
        let expected: &[&str] = if is_recursor {
            &[
                directory,
                "/run/zonesmith-dns/recursor:/run/zonesmith-dns/recursor",
            ]
        } else {
            &[
                directory,
                "/run/zonesmith-dns/backend:/run/zonesmith-dns/backend:ro",
                "/run/zonesmith-dns/authoritative:/run/zonesmith-dns/authoritative",
            ]
        };
        assert_eq!(shared, expected, "{words:?}");
    }
}

/// The services, as Compose reads them.
fn services(place: &TempDir) -> Value {
    let read = output(
        later("usr/libexec/docker/cli-plugins/docker-compose")
            .arg("--file")
            .arg(at(place, "etc/zonesmith/compose.yaml"))
            .args(["config", "--format", "json"]),
    );
    let mut read: Value =
        serde_json::from_str(&read).unwrap_or_else(|error| panic!("{error}: {read}"));
    read["services"].take()
}

#[test]
#[ignore = "needs Compose"]
fn compose_reads_services_without_rights() {
    let place = deploy("compose", &demo(), &["--port", "1216"]);
    let read = services(&place);
    let services = read.as_object().unwrap();
    assert_eq!(services.len(), 2, "{read}");
    for (name, service) in services {
        assert_eq!(service["cap_drop"], json!(["ALL"]), "{name}");
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(service["network_mode"], "host", "{name}");
        assert_eq!(service["restart"], "always", "{name}");
        assert!(service["privileged"].is_null(), "{name}");
        let options = service["security_opt"].as_array().unwrap();
        assert!(options.contains(&json!("no-new-privileges:true")), "{name}");
    }
    let server = &services["zonesmith-powerdns"];
    assert_eq!(server["user"], "953:953");
    assert!(server["cap_add"].is_null(), "{server}");
    // Docker gives rights to nobody but root: the recursor opens port 53 as that, and becomes somebody else.
    let recursor = &services["zonesmith-recursor"];
    assert_eq!(
        recursor["cap_add"],
        json!(["NET_BIND_SERVICE", "SETGID", "SETUID"])
    );
    assert_eq!(
        recursor["command"],
        json!([
            "--config-dir=/etc/zonesmith/powerdns",
            "--setuid=pdns",
            "--setgid=pdns"
        ])
    );
    let text = fs::read_to_string(at(&place, "etc/zonesmith/powerdns/pdns.conf")).unwrap();
    assert!(text.contains("\nlocal-port=1216\n"), "{text}");
}
