//! What `zonesmith deploy` sets up on a machine works: its services, started as their units say, answer all that is asked of
//! them, follow the cluster, and nothing is left of them in the end.

use serde_json::Value;
use zonesmith_tests::document::{Document, everything};
use zonesmith_tests::machine::unit::Service;
use zonesmith_tests::machine::{Machine, PROGRAM};
use zonesmith_tests::until;

use crate::BINARY;

const ADDRESS: &str = "10.0.0.1";
const SOURCE: &str = "/etc/cluster/cluster.json";
const DIRECTORY: &str = "/etc/zonesmith/powerdns";
const CONFIGURATION: &str = "/etc/zonesmith/powerdns/pdns.conf";
const SOCKET: &str = "/run/zonesmith/pdns.sock";

/// In the order in which they start.
const SERVICES: [&str; 3] = [
    "zonesmith.service",
    "zonesmith-powerdns.service",
    "zonesmith-recursor.service",
];

fn machine(document: &Document) -> Option<Machine> {
    let addresses = [ADDRESS, "fd00::53"].map(|address| address.parse().unwrap());
    let machine = Machine::with(&addresses, BINARY)?;
    machine.write(SOURCE, &document.json().to_string());
    Some(machine)
}

/// Waits for what `dig` says at a port.
fn until_answered(machine: &Machine, port: &str, question: &[&str], expected: &str) {
    let at = format!("@{ADDRESS}");
    let mut words = vec!["-r", &at, "-p", port, "+short", "+tries=1", "+time=1"];
    words.extend(question);
    let answer = || machine.run("dig", &words).output;
    until(
        &format!("{question:?} at port {port} is {expected}"),
        || answer().contains(expected).then_some(()),
        || {
            let status = machine.zonesmith(&["status"]);
            format!("{}\n{status:?}", answer())
        },
    );
}

/// Starts the services in their order.
fn start(machine: &Machine) -> Vec<Service<'_>> {
    let mut services: Vec<Service> = Vec::new();
    for name in SERVICES {
        services.push(machine.start(name));
        if name == SERVICES[0] {
            // It is ready when its socket is there, and `After=` waits for that.
            until_ready(machine, || services[0].log());
        }
    }
    services
}

fn until_ready(machine: &Machine, log: impl FnOnce() -> String) {
    let ready = || machine.zonesmith(&["dump"]).code == 0;
    until("the daemon is ready", || ready().then_some(()), log);
}

/// Everything that whoever deploys looks at first; PowerDNS is this user.
fn everything_answers(machine: &Machine, power_dns: &str) {
    for port in ["5300", "53"] {
        until_answered(machine, port, &["demo.", "SOA"], " 7200 3600 432000 86400");
        until_answered(machine, port, &["api.shop.svc.demo.", "A"], "10.22.1.5");
        until_answered(machine, port, &["-x", "10.22.1.5"], "api.shop.svc.demo.");
        until_answered(
            machine,
            port,
            &["-x", "fd00:60::21"],
            "web6.web.shop.svc.demo.",
        );
        // Who asks for authenticated data is answered, too.
        until_answered(
            machine,
            port,
            &["api.shop.svc.demo.", "A", "+dnssec"],
            "10.22.1.5",
        );
    }
    let at = format!("@{ADDRESS}");
    let transfer = machine
        .run("dig", &["-r", &at, "-p", "5300", "demo.", "AXFR"])
        .good();
    assert!(
        transfer.contains("_80._tcp.web.shop.svc.demo."),
        "{transfer}"
    );
    let dumped = machine.zonesmith(&["dump", "--socket", SOCKET]).good();
    assert!(dumped.contains("_80._tcp.web.shop.svc.demo."), "{dumped}");
    // As PowerDNS does: with no more rights than it has.
    let question = r#"{"method": "lookup", "parameters": {"qname": "demo.", "qtype": "SOA"}}"#;
    let ask = format!(
        "echo \"$1\" | setpriv --reuid {power_dns} --regid {power_dns} --clear-groups socat -t 5 - UNIX-CONNECT:{SOCKET}"
    );
    let answer = machine.script(&ask, question).good();
    assert!(answer.contains("7200 3600 432000 86400"), "{answer}");
}

/// What `doctor` complains of.
fn complaints(machine: &Machine) -> Vec<Value> {
    let answer = machine.zonesmith(&["doctor", "--format", "json"]);
    let said: Value = serde_json::from_str(&answer.output).unwrap_or_default();
    let checks = said["checks"].as_array().cloned().unwrap_or_default();
    assert!(!checks.is_empty(), "{answer:?}");
    let is_wrong = |check: &Value| check["state"] == "red" || check["state"] == "yellow";
    checks.into_iter().filter(is_wrong).collect()
}

fn nothing_is_wrong(machine: &Machine) {
    until(
        "nothing is wrong",
        || complaints(machine).is_empty().then_some(()),
        || format!("{:#?}", complaints(machine)),
    );
}

/// What somebody changed by hand is named, and the cure writes it anew.
fn a_change_by_hand_is_mended(machine: &Machine) {
    let file = "/etc/zonesmith/powerdns/pdns.conf";
    let text = machine.read(file);
    machine.write(file, &text.replace("cache-ttl=0", "cache-ttl=20"));
    let wrong = complaints(machine);
    let named = wrong.iter().find(|check| check["part"] == "deployment");
    let named = named.unwrap_or_else(|| panic!("it is not named: {wrong:#?}"));
    assert!(
        named["seen"].as_str().unwrap().ends_with(": pdns.conf"),
        "{named}"
    );
    assert_eq!(named["cure"]["commands"][0], "zonesmith deploy systemd");
    machine.zonesmith(&["deploy", "systemd"]).good();
    assert_eq!(machine.read(file), text);
    nothing_is_wrong(machine);
}

/// Every file and directory that a deployment may make.
fn files(machine: &Machine) -> String {
    let places = "find /etc/zonesmith /etc/systemd/system /etc/sysusers.d /etc/dns /run -path /run/own -prune -o -path /run/systemd -prune -o -print 2>/dev/null | sort; getent passwd zonesmith || :";
    machine.script(places, "").output
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor, root"]
fn services_of_systemd_answer_follow_the_cluster_and_leave_nothing() {
    let cluster = everything("demo");
    let Some(machine) = machine(&cluster) else {
        return;
    };
    let before = files(&machine);
    let source = format!("--source=file:{SOURCE}");
    let printed = machine.zonesmith(&["deploy", "systemd", &source]).good();
    assert!(printed.contains("systemctl enable --now"), "{printed}");
    let again = machine.zonesmith(&["deploy", "systemd"]).good();
    assert_eq!(again, "nothing had to be changed\n");
    verify_units(&machine);

    let mut services = start(&machine);
    everything_answers(&machine, "pdns");
    nothing_is_wrong(&machine);
    a_change_by_hand_is_mended(&machine);
    // Nobody is root, or has a right; the recursor gave up its own when it had port 53.
    for (service, user) in services.iter().zip(["zonesmith", "pdns", "pdns"]) {
        let uid = machine.run("id", &["-u", user]).good();
        let is = service.status("Uid:");
        assert_eq!(is.split_whitespace().next(), Some(uid.trim()), "{user}");
        assert_eq!(service.status("CapEff:"), "0000000000000000", "{user}");
    }
    // A daemon that runs says the same of the cluster as its source did.
    let again = machine.zonesmith(&["deploy", "systemd"]).good();
    assert_eq!(again, "nothing had to be changed\n");

    // What changes is purged from both servers: they keep answers for an hour, and for a minute.
    let cluster = cluster.service("shop/svc/api", "10.22.1.77");
    machine.write(SOURCE, &cluster.json().to_string());
    for port in ["5300", "53"] {
        until_answered(&machine, port, &["api.shop.svc.demo.", "A"], "10.22.1.77");
    }
    let status: Value =
        serde_json::from_str(&machine.zonesmith(&["status", "--format", "json"]).good()).unwrap();
    let caches = status["caches"].as_array().unwrap();
    assert_eq!(caches.len(), 2, "{status}");
    assert!(
        caches.iter().all(|cache| cache["error"].is_null()),
        "{status}"
    );

    // From the outermost on, as systemd stops what is ordered.
    while let Some(mut service) = services.pop() {
        service.end();
    }
    let removed = machine
        .zonesmith(&["deploy", "remove", "--with-state"])
        .good();
    assert!(removed.contains("/etc/zonesmith/powerdns"), "{removed}");
    assert_eq!(files(&machine), before);
}

/// systemd finds nothing to complain of.
fn verify_units(machine: &Machine) {
    let units: Vec<String> = SERVICES
        .iter()
        .chain(&["zonesmith.socket"])
        .map(|name| format!("/etc/systemd/system/{name}"))
        .collect();
    let mut words = vec!["verify"];
    words.extend(units.iter().map(String::as_str));
    let verified = machine.run("systemd-analyze", &words);
    let said = format!("{}{}", verified.output, verified.error);
    assert_eq!((verified.code, said.as_str()), (0, ""));
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor, root"]
fn servers_run_with_the_files_alone() {
    let Some(machine) = machine(&everything("demo")) else {
        return;
    };
    let before = files(&machine);
    let source = format!("--source=file:{SOURCE}");
    let words = [
        "deploy",
        "files",
        "--directory",
        "/etc/dns",
        &source,
        "--format",
        "json",
    ];
    let report: Value = serde_json::from_str(&machine.zonesmith(&words).good()).unwrap();
    let mut children = vec![
        machine
            .network()
            .command(PROGRAM)
            .arg("serve")
            .spawn()
            .unwrap(),
    ];
    until_ready(&machine, String::new);
    // What it says is to be run, as it says it.
    for row in report["commands"].as_array().unwrap() {
        assert_eq!(row["fate"], "to-run");
        let command = row["command"].as_str().unwrap();
        let run = format!("exec {command}");
        let child = machine.network().command("sh").args(["-c", &run]).spawn();
        children.push(child.unwrap());
    }
    everything_answers(&machine, "root");
    nothing_is_wrong(&machine);
    for child in children.iter_mut().rev() {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    machine
        .zonesmith(&["deploy", "remove", "--with-state"])
        .good();
    // Where a daemon that is run by hand makes its sockets.
    machine.script("rm -rf /run/zonesmith", "").good();
    assert_eq!(files(&machine), before);
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor, root"]
fn a_service_that_ends_comes_back_with_what_was_chosen_since() {
    let Some(machine) = machine(&everything("demo")) else {
        return;
    };
    let source = format!("--source=file:{SOURCE}");
    machine.zonesmith(&["deploy", "systemd", &source]).good();
    let mut services = start(&machine);
    everything_answers(&machine, "pdns");
    let printed = machine
        .zonesmith(&["deploy", "systemd", "--port", "5399", "--format", "json"])
        .good();
    let report: Value = serde_json::from_str(&printed).unwrap();
    let restarts: Vec<&str> = report["commands"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| {
            row["command"]
                .as_str()?
                .strip_prefix("systemctl try-restart ")
        })
        .collect();
    assert_eq!(restarts, SERVICES, "{printed}");
    for service in &mut services[1..] {
        service.restart();
    }
    until_answered(&machine, "5399", &["demo.", "SOA"], " 7200 ");
    until_answered(&machine, "53", &["api.shop.svc.demo.", "A"], "10.22.1.5");
}

/// A `systemctl` that remembers what is enabled, and what it was told.
const SYSTEMCTL: &str = r#"#!/bin/sh
case "$1" in --quiet) shift ;; *) echo "$@" >> /run/told ;; esac
word=$1; shift; [ "${1-}" = --now ] && shift
for unit; do
    case $word in
        enable) touch "/run/enabled/$unit" ;;
        disable) rm -f "/run/enabled/$unit" ;;
        is-enabled | is-active) [ -e "/run/enabled/$unit" ] || exit 1 ;;
    esac
done
"#;

#[test]
#[ignore = "needs pdns_server and pdns_recursor, root"]
fn systemd_is_told_in_order_and_the_packages_units_come_back() {
    let Some(machine) = machine(&everything("demo")) else {
        return;
    };
    machine.write("/usr/local/bin/systemctl", SYSTEMCTL);
    let prepare = "chmod 755 /usr/local/bin/systemctl; mkdir -p /run/systemd/system /run/enabled; touch /run/enabled/pdns.service";
    machine.script(prepare, "").good();
    let told = || {
        let told = machine.script("cat /run/told; rm /run/told", "").output;
        told.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let source = format!("--source=file:{SOURCE}");
    let printed = machine.zonesmith(&["deploy", "systemd", &source]).good();
    let ran = |line: &str| line.starts_with("ran ") && line.contains("systemctl daemon-reload");
    assert!(printed.lines().any(ran), "{printed}");
    let all =
        "zonesmith.socket zonesmith.service zonesmith-powerdns.service zonesmith-recursor.service";
    let restarts = SERVICES.map(|service| format!("try-restart {service}"));
    let mut expected = vec!["disable --now pdns.service", "daemon-reload"];
    expected.extend(restarts.iter().map(String::as_str));
    let enable = format!("enable --now {all}");
    expected.push(&enable);
    assert_eq!(told(), expected);
    machine.zonesmith(&["deploy", "systemd"]).good();
    assert_eq!(
        told(),
        [enable.as_str()],
        "nothing is restarted that is as it was"
    );
    machine
        .zonesmith(&["deploy", "systemd", "--forward", "corp.example=10.0.0.9"])
        .good();
    let restarted = told();
    assert!(!restarted.contains(&restarts[1]), "{restarted:?}");
    assert!(restarted.contains(&restarts[2]), "{restarted:?}");
    machine.zonesmith(&["deploy", "remove"]).good();
    let enabled = machine.script("ls /run/enabled", "").output;
    assert_eq!(enabled.trim(), "pdns.service");
    let last = told();
    assert_eq!(
        last.first().map(|line| line.starts_with("disable --now ")),
        Some(true),
        "{last:?}"
    );
    assert_eq!(
        last.last().map(String::as_str),
        Some("enable --now pdns.service")
    );
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor, root"]
fn owners_and_permissions_that_somebody_changed_are_set_again() {
    let Some(machine) = machine(&everything("demo")) else {
        return;
    };
    let source = format!("--source=file:{SOURCE}");
    machine.zonesmith(&["deploy", "systemd", &source]).good();
    let owners = || {
        machine
            .run("stat", &["-c", "%U %G %a", DIRECTORY, CONFIGURATION])
            .good()
    };
    let before = owners();
    assert_eq!(before, "zonesmith pdns 2750\nzonesmith pdns 640\n");
    let spoil = format!("chown root:root {DIRECTORY} {CONFIGURATION}; chmod 600 {CONFIGURATION}");
    machine.script(&spoil, "").good();
    let printed = machine.zonesmith(&["deploy", "systemd"]).good();
    assert!(printed.contains(CONFIGURATION), "{printed}");
    assert_eq!(owners(), before);
}
