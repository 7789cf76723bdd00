//! `zonesmith deploy`, below a root of its own: what it installs, that it does nothing twice, and that nothing is left of it.
//!
//! - `containers`: the targets whose servers run in containers

mod containers;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use zonesmith_tests::answer::Answer;

use crate::{BINARY, demo};

/// A machine that is a directory: a cluster document beside its root.
struct Machine {
    directory: TempDir,
}

impl Machine {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let machine = Self { directory };
        fs::write(machine.source(), demo().json().to_string()).unwrap();
        fs::create_dir(machine.root()).unwrap();
        machine
    }

    fn source(&self) -> PathBuf {
        self.directory.path().join("cluster.json")
    }

    fn root(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root().join(path.trim_start_matches('/'))
    }

    fn text(&self, path: &str) -> String {
        let path = self.at(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// `zonesmith deploy …`, with versions that need no program to be installed.
    fn deploy(&self, words: &[&str]) -> Answer {
        let root = self.root().display().to_string();
        let mut arguments = vec!["deploy"];
        arguments.extend(words);
        arguments.extend(["--root", &root]);
        Answer::to(BINARY, &arguments, self.directory.path())
    }

    fn deployed(&self, words: &[&str]) -> Answer {
        let source = format!("--source=file:{}", self.source().display());
        let mut all = words.to_vec();
        all.extend([
            &source,
            "--powerdns-version=4.7.3",
            "--recursor-version=4.8.8",
        ]);
        self.deploy(&all)
    }

    /// Everything below the root: directories with nothing, files with their text.
    fn all(&self) -> BTreeMap<PathBuf, String> {
        let mut all = BTreeMap::new();
        let mut left = vec![self.root()];
        while let Some(directory) = left.pop() {
            for entry in fs::read_dir(&directory).unwrap() {
                let path = entry.unwrap().path();
                let text = if path.is_dir() {
                    left.push(path.clone());
                    String::new()
                } else {
                    fs::read_to_string(&path).unwrap()
                };
                all.insert(path, text);
            }
        }
        all
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_dry_run_shows_everything_and_changes_nothing() {
    let machine = Machine::new();
    let shown = machine.deployed(&["systemd", "--dry-run"]).good();
    assert!(machine.all().is_empty(), "{:?}", machine.all().keys());
    for part in [
        "+++ /etc/zonesmith/powerdns/pdns.conf\n",
        "+++ /etc/systemd/system/zonesmith-recursor.service\n",
        "+++ /etc/zonesmith/zonesmith.toml\n",
        "+directory = \"/etc/zonesmith/powerdns\"\n",
        "+launch=remote\n",
    ] {
        assert!(shown.contains(part), "no {part:?} in {shown}");
    }
    machine.deployed(&["systemd"]).good();
    let shown = machine.deploy(&["systemd", "--dry-run"]).good();
    assert_eq!(shown, "nothing would change\n");
    let shown = machine
        .deploy(&["systemd", "--dry-run", "--port", "5301"])
        .good();
    assert!(shown.contains("\n+port = 5301\n"), "{shown}");
    assert!(
        shown.contains("\n-local-port=5300\n+local-port=5301\n"),
        "{shown}"
    );
}

#[test]
fn units_and_configurations_are_installed_with_the_permissions_they_need() {
    let machine = Machine::new();
    let printed = machine.deployed(&["systemd"]).good();
    for (path, permissions) in [
        ("/etc/zonesmith/powerdns", 0o2750),
        ("/etc/zonesmith/powerdns/pdns.conf", 0o640),
        ("/etc/zonesmith/powerdns/recursor.conf", 0o640),
        ("/etc/systemd/system/zonesmith.service", 0o644),
        ("/etc/systemd/system/zonesmith.socket", 0o644),
        ("/etc/systemd/system/zonesmith-powerdns.service", 0o644),
        ("/etc/systemd/system/zonesmith-recursor.service", 0o644),
        ("/etc/sysusers.d/zonesmith.conf", 0o644),
        ("/etc/zonesmith/zonesmith.toml", 0o644),
    ] {
        assert_eq!(mode(&machine.at(path)), permissions, "{path}");
        assert!(printed.contains(path), "no {path} in {printed}");
    }
    assert!(printed.contains("systemctl enable --now"), "{printed}");
    let configuration = machine.text("/etc/zonesmith/zonesmith.toml");
    for line in [
        "group = \"pdns\"",
        "authoritative = [\"/run/zonesmith-dns/authoritative/pdns.controlsocket\"]",
        "recursors = [\"/run/zonesmith-dns/recursor/pdns_recursor.controlsocket\"]",
    ] {
        assert!(configuration.lines().any(|have| have == line), "{line}");
    }
}

#[test]
fn the_same_again_changes_nothing_and_another_choice_only_what_it_is_about() {
    let machine = Machine::new();
    machine.deployed(&["systemd", "--udp-size", "4096"]).good();
    let first = machine.all();
    machine.deployed(&["systemd", "--udp-size", "4096"]).good();
    assert_eq!(machine.all(), first);
    // What was chosen is kept where it is not said again.
    machine.deploy(&["systemd"]).good();
    assert_eq!(machine.all(), first);
    let report = machine
        .deploy(&[
            "systemd",
            "--forward",
            "corp.example=10.0.0.53",
            "--format",
            "json",
        ])
        .good();
    let report: Value = serde_json::from_str(&report).unwrap();
    let changed: Vec<_> = report["files"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["action"] != "keep")
        .map(|row| {
            (
                row["path"].as_str().unwrap(),
                row["action"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        changed,
        [
            ("/etc/zonesmith/zonesmith.toml", "change"),
            ("/etc/zonesmith/powerdns/recursor.lua", "change"),
            ("/etc/zonesmith/powerdns/forward.conf", "change")
        ]
    );
}

#[test]
fn nothing_is_left_of_what_is_removed() {
    let theirs = "# ours is better\nsource = \"file:/srv/cluster.json\"\n\n[janitor]\nrecursors = [\"notify:10.0.0.9\"] # far\n";
    for (target, before) in [
        ("systemd", None),
        ("files", None),
        ("quadlet", None),
        ("compose", None),
        ("opensvc", Some(theirs)),
        ("systemd", Some(theirs)),
        ("files", Some(theirs)),
    ] {
        let machine = Machine::new();
        if let Some(text) = before {
            fs::create_dir_all(machine.at("/etc/zonesmith")).unwrap();
            fs::write(machine.at("/etc/zonesmith/zonesmith.toml"), text).unwrap();
        }
        let empty = machine.all();
        machine.deployed(&[target, "--port", "5302"]).good();
        machine.deploy(&[target, "--listen", "10.0.0.7"]).good();
        assert_ne!(machine.all(), empty);
        let deployed = machine.all();
        machine.deploy(&["remove", "--dry-run"]).good();
        assert_eq!(machine.all(), deployed, "a dry run of {target}");
        machine.deploy(&["remove"]).good();
        assert_eq!(machine.all(), empty, "{target} over {before:?}");
        let again = machine.deploy(&["remove"]);
        assert_eq!(again.code, 0);
        assert!(again.error.contains("nothing is deployed"), "{again:?}");
    }
}

#[test]
fn what_the_daemon_wrote_beside_goes_too_and_a_key_that_somebody_changed_stays() {
    let machine = Machine::new();
    machine.deployed(&["systemd"]).good();
    fs::write(machine.at("/etc/zonesmith/powerdns/recursor.yml"), "").unwrap();
    let path = machine.at("/etc/zonesmith/zonesmith.toml");
    let text = fs::read_to_string(&path).unwrap();
    let edited = text.replace("group = \"pdns\"", "group = \"dns\"");
    assert_ne!(text, edited);
    fs::write(&path, edited).unwrap();
    machine.deploy(&["remove"]).good();
    let left = machine.all();
    assert!(!machine.at("/etc/zonesmith/powerdns").exists(), "{left:?}");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.lines().any(|line| line == "group = \"dns\""), "{text}");
    assert!(
        !text.lines().any(|line| line.starts_with("directory = ")),
        "{text}"
    );
}

#[test]
fn what_cannot_be_deployed_is_said_and_changes_nothing() {
    let no_dns = tempfile::tempdir().unwrap();
    let without = no_dns.path().join("cluster.json");
    let document = demo().set("/cluster/dns", json!([]));
    fs::write(&without, document.json().to_string()).unwrap();
    let without = format!("--source=file:{}", without.display());
    for (words, sentence) in [
        (
            &["systemd"][..],
            "nothing says where the cluster's state is",
        ),
        (
            &["systemd", "--source", "file:/nonexistent.json"],
            "/nonexistent.json",
        ),
        (
            &["systemd", &without],
            "`zonesmith config set cluster.dns+=ADDRESS`",
        ),
        (&["systemd", "--source", "nowhere"], "is no source"),
        (&["systemd", "--source", "file:-"], "name a file"),
        (
            &["systemd", "--allow-from", "10.0.0.1/8"],
            "the network is 10.0.0.0/8",
        ),
        (&["systemd", "--forward", "corp.example"], "ZONE=ADDRESS"),
        (&["systemd", "--udp-size", "100"], "512"),
        (&["systemd", "--powerdns-version", "new"], "needs a version"),
    ] {
        let machine = Machine::new();
        let answer = machine.deploy(words);
        assert_eq!(answer.code, 1, "{words:?}: {answer:?}");
        assert!(answer.error.contains(sentence), "{words:?}: {answer:?}");
        assert!(machine.all().is_empty(), "{words:?}: {:?}", machine.all());
    }
    let machine = Machine::new();
    for (words, sentence) in [
        (&["systemd", "--sockets", "/srv/sockets"][..], "below /run"),
        (
            &["systemd", "--executable", "/root/zonesmith"],
            "install -m 755",
        ),
    ] {
        let answer = machine.deployed(words);
        assert_eq!(answer.code, 1, "{words:?}: {answer:?}");
        assert!(answer.error.contains(sentence), "{words:?}: {answer:?}");
    }
    let foreign = machine.at("/etc/zonesmith/powerdns/pdns.conf");
    fs::create_dir_all(foreign.parent().unwrap()).unwrap();
    fs::write(&foreign, "launch=bind\n").unwrap();
    let answer = machine.deployed(&["systemd"]);
    assert!(answer.error.contains("did not make it"), "{answer:?}");
    assert_eq!(fs::read_to_string(&foreign).unwrap(), "launch=bind\n");
    fs::remove_file(&foreign).unwrap();
    machine.deployed(&["systemd"]).good();
    let answer = machine.deploy(&["files"]);
    assert!(
        answer.error.contains("zonesmith deploy remove"),
        "{answer:?}"
    );
}

#[test]
fn configurations_alone_are_in_the_directory_that_is_named() {
    let machine = Machine::new();
    let printed = machine
        .deployed(&["files", "--directory", "/srv/dns"])
        .good();
    assert!(
        printed.contains("pdns_recursor --config-dir=/srv/dns"),
        "{printed}"
    );
    let recursor = machine.text("/srv/dns/recursor.conf");
    assert!(
        recursor.contains("socket-dir=/srv/dns/recursor"),
        "{recursor}"
    );
    assert!(machine.text("/srv/dns/forward.conf").contains("demo."));
    assert!(!machine.at("/etc/systemd").exists());
}
