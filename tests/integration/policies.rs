//! One battery over the default policy and every example: it loads, says the same twice, stays inside its zones, copes with
//! no service and with a thousand.

use std::fs;
use std::path::PathBuf;

use serde_json::json;
use zonesmith::policy::embedded;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::{Document, cluster};
use zonesmith_tests::policies::{
    self, CONSUL, KUBERNETES, NEAREST, OPENSVC_V2, OPENSVC_V3, SHORT_NAMES,
};

use crate::{BINARY, ROOT};

/// Name, component, and whether it needs the zones of the default policy.
fn all() -> Vec<(&'static str, Vec<u8>, Zones)> {
    vec![
        ("default", embedded().to_vec(), Zones::Own("demo.")),
        ("consul", policies::bytes(CONSUL), Zones::Own("consul.")),
        (
            "kubernetes",
            policies::bytes(KUBERNETES),
            Zones::Own("cluster.local."),
        ),
        ("nearest", policies::bytes(NEAREST), Zones::OfOthers),
        (
            "opensvc-v2",
            policies::bytes(OPENSVC_V2),
            Zones::Own("demo."),
        ),
        (
            "opensvc-v3",
            policies::bytes(OPENSVC_V3),
            Zones::Own("demo."),
        ),
        ("short-names", policies::bytes(SHORT_NAMES), Zones::OfOthers),
    ]
}

#[derive(Clone, Copy, PartialEq)]
enum Zones {
    /// With this apex among them.
    Own(&'static str),
    OfOthers,
}

/// A thousand services of every shape.
fn thousand() -> Document {
    (0..1_000_u32).fold(cluster("demo"), |cluster, number| {
        let address = std::net::Ipv4Addr::from((10 << 24) + (64 << 16) + number + 1).to_string();
        let info = match number % 5 {
            0 => json!({ "ipaddr": address }),
            1 => json!({ "ipaddr": address, "hostname": format!("Host{number}") }),
            2 => json!({ "ipaddr": address, "expose": ["80/tcp", "443/tcp:8443"] }),
            3 => json!({ "ipaddr": format!("fd00::{number:x}"), "hostname": "six" }),
            _ => json!({ "ipaddr": address, "hostname": "-odd-.", "expose": ["53/udp", "99999/tcp", "x"] }),
        };
        let namespace = if number % 3 == 0 { "root" } else { "shop" };
        let name = if number % 7 == 0 { format!("1.s{number}") } else { format!("s{number}") };
        cluster.resource(&format!("{namespace}/svc/{name}"), "n1", "ip#0", &info)
    })
}

fn serve(cluster: &Document, component: &[u8], zones: Zones) -> Daemon {
    let mut start = Start::new(BINARY, cluster);
    start.policies.push((component.to_vec(), None));
    if zones == Zones::OfOthers {
        start.policies.push((embedded().to_vec(), None));
    }
    start.serve()
}

/// All zones as master files, without what moves by itself: serials.
fn dump(daemon: &Daemon) -> String {
    let text = daemon.run(&["dump", "--format", "zone"]).good();
    text.lines()
        .filter(|line| !line.contains(" IN SOA "))
        .fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn every_example_policy_is_in_the_battery() {
    let names: Vec<_> = all().iter().map(|(name, ..)| (*name).to_owned()).collect();
    for entry in fs::read_dir(PathBuf::from(ROOT).join("examples/policies")).unwrap() {
        let entry = entry.unwrap();
        // Those in other languages need more than Rust: they are built and held against this one by tests/run.
        if !entry.path().join("Cargo.toml").is_file() {
            continue;
        }
        let name = entry.file_name().into_string().unwrap();
        assert!(
            names.contains(&name),
            "examples/policies/{name} is missing in tests/build.rs or here"
        );
    }
}

#[test]
fn a_policy_says_the_same_of_the_same_cluster() {
    let cluster = thousand();
    for (name, component, zones) in all() {
        let first = serve(&cluster, &component, zones);
        let second = serve(&cluster, &component, zones);
        let text = dump(&first);
        assert!(
            text.lines().count() > 1_000,
            "{name}: {} lines",
            text.lines().count()
        );
        assert!(text == dump(&second), "{name}: two daemons differ");
    }
}

#[test]
fn no_name_is_out_of_its_zones_and_no_service_fails() {
    for (name, component, zones) in all() {
        let daemon = serve(&thousand(), &component, zones);
        let status = daemon.status();
        for pointer in ["/quarantined", "/failing", "/conflicts"] {
            assert_eq!(
                status.get(pointer),
                "[]",
                "{name}, {pointer}: {}",
                status.text()
            );
        }
    }
}

#[test]
fn a_cluster_without_services_has_a_zone() {
    for (name, component, zones) in all() {
        let daemon = serve(&cluster("demo"), &component, zones);
        let apex = daemon.records(match zones {
            Zones::Own(apex) => apex,
            Zones::OfOthers => "demo.",
        });
        assert!(
            apex.iter().any(|record| record.contains(" SOA ")),
            "{name}: {apex:?}"
        );
        assert!(
            apex.iter().any(|record| record.contains(" NS ")),
            "{name}: {apex:?}"
        );
    }
}

#[test]
fn services_that_come_and_go_leave_what_was_there() {
    for (name, component, zones) in all() {
        let small = cluster("demo").service("root/svc/web", "10.22.0.5");
        let daemon = serve(&small, &component, zones);
        let before = dump(&daemon);
        let generation = daemon.status().generation();
        daemon.set_cluster(&thousand());
        daemon.until("a thousand services", |status| {
            status.number("/cluster/services") == 1_000 && status.generation() > generation
        });
        let generation = daemon.status().generation();
        daemon.set_cluster(&small);
        daemon.until("one service", |status| {
            status.number("/cluster/services") == 1 && status.generation() > generation
        });
        assert_eq!(dump(&daemon), before, "{name}");
    }
}
