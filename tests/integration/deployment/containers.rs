//! The targets whose servers run in containers: what these share with the daemon, and which images they are of.

use zonesmith_tests::answer::Answer;

use super::Machine;
use crate::BINARY;

#[test]
fn containers_share_the_configurations_and_the_directories_of_sockets_with_the_daemon() {
    for target in ["quadlet", "compose", "opensvc"] {
        let machine = Machine::new();
        let source = format!("--source=file:{}", machine.source().display());
        machine.deploy(&[target, &source]).good();
        let configuration = machine.text("/etc/zonesmith/zonesmith.toml");
        for line in [
            "path = \"/run/zonesmith-dns/backend/pdns.sock\"",
            "group = \"953\"",
            "powerdns-version = \"5.1.5\"",
            "recursor-version = \"5.4.9\"",
        ] {
            assert!(
                configuration.contains(line),
                "{target}: no {line} in {configuration}"
            );
        }
        let server = machine.text("/etc/zonesmith/powerdns/pdns.conf");
        for line in [
            "remote-connection-string=unix:path=/run/zonesmith-dns/backend/pdns.sock,timeout=2000\n",
            "socket-dir=/run/zonesmith-dns/authoritative\n",
            "setgid=953\n",
        ] {
            assert!(server.contains(line), "{target}: no {line} in {server}");
        }
        // A recursor of these images reads nothing but YAML.
        assert!(machine.at("/etc/zonesmith/powerdns/recursor.yml").exists());
        let unit = machine.text("/etc/systemd/system/zonesmith.service");
        assert!(
            unit.contains("\nSupplementaryGroups=953\n"),
            "{target}: {unit}"
        );
        let shown = machine.deploy(&[target, "--dry-run"]).good();
        assert_eq!(shown, "nothing would change\n", "{target}");
    }
}

#[test]
fn other_versions_are_other_images() {
    let machine = Machine::new();
    machine.deployed(&["quadlet"]).good();
    let unit = |name: &str| machine.text(&format!("/etc/containers/systemd/{name}.container"));
    let image = |name: &str| {
        let unit = unit(name);
        let line = unit.lines().find_map(|line| line.strip_prefix("Image="));
        line.unwrap().to_owned()
    };
    assert_eq!(
        image("zonesmith-powerdns"),
        "docker.io/powerdns/pdns-auth-47:4.7.3"
    );
    assert_eq!(
        image("zonesmith-recursor"),
        "docker.io/powerdns/pdns-recursor-48:4.8.8"
    );
    assert!(machine.at("/etc/zonesmith/powerdns/recursor.conf").exists());
}

#[test]
fn the_words_of_the_agents_users_make_its_service() {
    let machine = Machine::new();
    let root = machine.root().display().to_string();
    let source = format!("file:{}", machine.source().display());
    let words = [
        "system/svc/dns",
        "deploy",
        "--env",
        "port=1216",
        "--source",
        &source,
    ];
    let more = ["--root", &root];
    let words: Vec<&str> = words.into_iter().chain(more).collect();
    let answer = Answer::to(BINARY, &words, machine.directory.path());
    let told = answer.good();
    assert!(
        told.contains(
            "om system/svc/dns deploy --config /etc/zonesmith/system-svc-dns.conf --env port=1216"
        ),
        "{told}"
    );
    compare(
        "system-svc-dns",
        &machine.text("/etc/zonesmith/system-svc-dns.conf"),
    );
    let server = machine.text("/etc/zonesmith/powerdns/pdns.conf");
    assert!(server.contains("\nlocal-port=1216\n"), "{server}");
    for wrong in ["server_port=1216", "port=none", "port"] {
        let words = ["deploy", "opensvc", "--env", wrong, "--root", &root];
        let answer = Answer::to(BINARY, &words, machine.directory.path());
        assert_eq!(answer.code, 1, "{answer:?}");
        assert!(answer.error.contains("`--env port=NUMBER`"), "{answer:?}");
    }
}

/// Compares with what is kept of that name.
fn compare(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}
