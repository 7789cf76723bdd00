//! The commands, as people and programs read them.

use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};
use zonesmith_tests::answer::Answer;
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::until;

use crate::{BINARY, demo, start};

fn run(arguments: &[&str]) -> Answer {
    let directory = tempfile::tempdir().unwrap();
    Answer::to(BINARY, arguments, directory.path())
}

fn served() -> Daemon {
    start(&demo().resource(
        "shop/svc/web",
        "n1",
        "ip#0",
        &json!({ "ipaddr": "10.22.0.5", "expose": ["80/tcp"] }),
    ))
    .serve()
}

#[test]
fn help_reads_as_it_is_meant_to() {
    for command in [
        "",
        "serve",
        "lookup",
        "dump",
        "status",
        "explain",
        "watch",
        "janitor",
        "wait",
        "doctor",
        "deploy",
        "deploy files",
        "deploy systemd",
        "deploy opensvc",
        "deploy remove",
        "resolver",
        "resolver oci-hook",
        "resolver cni-plugin",
        "resolver follow",
        "resolver node",
        "pipe",
        "publish",
        "publish service",
        "publish list",
        "policy",
        "policy build",
        "policy check",
        "policy diff",
        "policy inspect",
        "policy history",
        "policy keygen",
        "policy load",
        "policy promote",
        "policy pull",
        "policy push",
        "policy reload",
        "policy rollback",
        "policy sign",
        "policy test",
        "policy verify",
        "playground",
        "record",
        "config",
        "config get",
        "config set",
        "config show",
        "state",
        "state export",
        "state import",
        "state check",
        "completions",
    ] {
        let mut arguments: Vec<_> = command.split_whitespace().collect();
        arguments.push("--help");
        let help = run(&arguments).good();
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            assert_snapshot!(format!("help-{}", if command.is_empty() { "zonesmith".to_owned() } else { command.replace(' ', "-") }), help);
        });
    }
}

#[test]
fn a_mistake_on_the_command_line_is_usage_and_a_failure_is_not() {
    for (arguments, code) in [
        (vec!["no-such-command"], 2),
        (vec!["lookup"], 2),
        (vec!["serve", "--no-such-option"], 2),
        (
            vec!["lookup", "web.demo", "--socket", "/nonexistent/pdns.sock"],
            1,
        ),
        (vec!["status", "--admin", "/nonexistent/admin.sock"], 1),
        (
            vec!["explain", "web.demo", "--admin", "/nonexistent/admin.sock"],
            1,
        ),
        (vec!["policy", "check", "/nonexistent.wasm"], 1),
        (vec!["policy", "inspect", "/nonexistent.wasm"], 1),
        (vec!["policy", "test", "/nonexistent"], 1),
        (vec!["record", "--admin", "/nonexistent/admin.sock"], 1),
        (
            vec![
                "serve",
                "/nonexistent/cluster.json",
                "--config",
                "/nonexistent/zonesmith.toml",
            ],
            1,
        ),
    ] {
        let answer = run(&arguments);
        assert_eq!(answer.code, code, "{arguments:?}: {answer:?}");
        assert!(
            !answer.error.trim().is_empty() && !answer.error.contains("panicked"),
            "{arguments:?}: {answer:?}"
        );
        if code == 1 {
            assert!(
                answer.error.contains("/nonexistent"),
                "it names what it could not have: {answer:?}"
            );
        }
    }
}

#[test]
fn lookup_asks_as_powerdns_does() {
    let daemon = served();
    let table = daemon.run(&["lookup", "web.shop.svc.demo"]).good();
    assert!(
        table.contains("10.22.0.5") && table.contains("web.shop.svc.demo."),
        "{table}"
    );
    let soa = daemon
        .run(&["lookup", "demo", "SOA", "--format", "json"])
        .good();
    let soa: Value = serde_json::from_str(&soa).unwrap_or_else(|error| panic!("{error}: {soa}"));
    assert!(soa.to_string().contains("7200 3600 432000 86400"), "{soa}");
    let none = daemon.run(&["lookup", "nobody.demo"]);
    assert_eq!(none.code, 1, "{none:?}");
    assert!(
        format!("{}{}", none.output, none.error).contains("nobody.demo"),
        "{none:?}"
    );
}

#[test]
fn dump_prints_a_table_a_master_file_or_json() {
    let daemon = served();
    let table = daemon.run(&["dump"]).good();
    assert!(table.contains("_80._tcp.web.shop.svc.demo."), "{table}");
    let zone = daemon.run(&["dump", "demo", "--format", "zone"]).good();
    assert!(
        zone.lines()
            .any(|line| line == "web.shop.svc.demo. 60 IN A 10.22.0.5"),
        "{zone}"
    );
    assert!(
        zone.lines()
            .find(|line| !line.starts_with([';', '$']))
            .is_some_and(|line| line.contains(" IN SOA ")),
        "{zone}"
    );
    assert!(!zone.contains("in-addr.arpa"), "one zone alone: {zone}");
    let json = daemon.run(&["dump", "demo", "--format", "json"]).good();
    let json: Value = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert!(json.to_string().contains("web.shop.svc.demo."), "{json}");
    assert_eq!(daemon.run(&["dump", "example.com"]).code, 1, "no such zone");
}

#[test]
fn status_says_what_is_live() {
    let daemon = served();
    let table = daemon.run(&["status"]).good();
    for word in [
        "demo.",
        "default",
        "generation",
        "pdns.sock",
        "cluster.json",
    ] {
        assert!(table.contains(word), "{word}: {table}");
    }
    let json: Value =
        serde_json::from_str(&daemon.run(&["status", "--format", "json"]).good()).unwrap();
    assert_eq!(json["cluster"]["services"], 2, "{json}");
}

#[test]
fn serve_says_where_to_ask_and_what_next() {
    let daemon = served();
    let log = until(
        "the log says what next",
        || Some(daemon.log()).filter(|log| log.contains("PowerDNS: launch=remote")),
        || daemon.log(),
    );
    for word in [
        &*daemon.socket_path().display().to_string(),
        "demo.",
        "names",
        "zonesmith lookup",
    ] {
        assert!(log.contains(word), "{word}: {log}");
    }
}

#[test]
fn what_runs_by_hand_is_found_without_options() {
    // No option anywhere: daemon and commands agree on a place under the user's runtime directory.
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("cluster.json"),
        demo().json().to_string(),
    )
    .unwrap();
    let environment = |command: &mut std::process::Command| {
        command
            .current_dir(directory.path())
            .env("XDG_RUNTIME_DIR", directory.path())
            .env("HOME", directory.path());
        command
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
    };
    if fs::metadata("/etc/zonesmith").is_ok() || is_root() {
        eprintln!(
            "SKIPPED: what_runs_by_hand_is_found_without_options: as root the place is the system's"
        );
        return;
    }
    let mut command = std::process::Command::new(BINARY);
    environment(&mut command);
    let mut serve = command.args(["serve", "cluster.json"]).spawn().unwrap();
    zonesmith_tests::until(
        "lookup finds the daemon",
        || {
            let answer = Answer::to(BINARY, &["lookup", "web.shop.svc.demo"], directory.path());
            (answer.code == 0).then_some(())
        },
        || format!("{:?}", Answer::to(BINARY, &["status"], directory.path())),
    );
    Answer::to(BINARY, &["dump"], directory.path()).good();
    Answer::to(BINARY, &["status"], directory.path()).good();
    serve.kill().unwrap();
    serve.wait().unwrap();
}

fn is_root() -> bool {
    std::process::Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[test]
fn command_lines_that_users_of_the_agent_know_work_with_our_name_in_front() {
    let daemon = served();
    let dump = daemon.run(&["daemon", "dns", "dump"]).good();
    assert_eq!(dump, daemon.run(&["dump"]).good());

    let configuration = daemon.path("zonesmith.toml");
    fs::write(
        &configuration,
        "# ours\n[cluster]\nname = \"demo\"  # stays\n",
    )
    .unwrap();
    let set = Answer::to(
        BINARY,
        &[
            "cluster",
            "set",
            "--kw",
            "cluster.dns+=10.0.0.1",
            "--kw",
            "cluster.dns+=10.0.0.2",
            "--config",
            "zonesmith.toml",
        ],
        &daemon.path(""),
    );
    set.good();
    let text = fs::read_to_string(&configuration).unwrap();
    assert!(
        text.contains("# ours") && text.contains("# stays"),
        "comments stay: {text}"
    );
    assert!(
        text.contains("10.0.0.1") && text.contains("10.0.0.2"),
        "{text}"
    );
    let help = run(&["--help"]).good();
    assert!(
        !help
            .lines()
            .any(|line| line.trim_start().starts_with("daemon ")
                || line.trim_start().starts_with("cluster ")),
        "{help}"
    );
}

#[test]
fn configuration_is_read_changed_and_explained() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("zonesmith.toml");
    fs::write(&file, "[cluster]\nname = \"demo\" # why\n").unwrap();
    let config = |arguments: &[&str]| {
        let mut all = vec!["config"];
        all.extend(arguments);
        all.extend(["--config", "zonesmith.toml"]);
        Answer::to(BINARY, &all, directory.path())
    };
    assert_eq!(config(&["get", "cluster.name"]).good().trim(), "demo");
    config(&["set", "cluster.dns+=10.0.0.1"]).good();
    config(&["set", "cluster.dns+=fd00::1"]).good();
    config(&["set", "cluster.dns+=10.0.0.1"]).good();
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(
        text.matches("10.0.0.1").count(),
        1,
        "an address once: {text}"
    );
    assert!(text.contains("fd00::1") && text.contains("# why"), "{text}");
    config(&["set", "cluster.dns-=fd00::1"]).good();
    assert!(!fs::read_to_string(&file).unwrap().contains("fd00::1"));
    let show = config(&["show"]).good();
    assert!(
        show.contains("cluster.dns")
            && show.contains("10.0.0.1")
            && show.contains("zonesmith.toml"),
        "value and origin: {show}"
    );
    for wrong in ["cluster.dns+=ten", "no.such.key=1", "cluster.dns"] {
        let answer = config(&["set", wrong]);
        assert_ne!(answer.code, 0, "{wrong}: {answer:?}");
        assert!(!answer.error.trim().is_empty(), "{wrong}: {answer:?}");
    }
    assert_eq!(
        fs::read_to_string(&file)
            .unwrap()
            .matches("10.0.0.1")
            .count(),
        1,
        "a mistake changes nothing"
    );
}

#[test]
fn shells_get_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let text = run(&["completions", shell]).good();
        assert!(
            text.contains("zonesmith") && text.contains("lookup"),
            "{shell}: {text}"
        );
    }
}
