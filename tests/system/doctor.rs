//! `doctor` on a node on which everything is right, and then one thing is not: it names that, and what it calls the cure mends it.

mod around;
mod choosing;
mod cures;
mod node;
mod servers;

use serde_json::{Value, json};
use zonesmith_tests::document::{Document, cluster};
use zonesmith_tests::until;

use self::node::{Node, Server};

/// Something that goes wrong.
struct Fault {
    what: &'static str,
    make: fn(&mut Node),
    /// Where it is, and words of what is said about it.
    part: &'static str,
    says: &'static str,
    state: &'static str,
}

fn document() -> Document {
    cluster("demo")
        .set(
            "/cluster/networks",
            json!([
                { "name": "backend", "cidr": "10.22.0.0/16", "scope": "cluster" },
                { "name": "nodes", "cidr": "10.53.0.0/24", "scope": "cluster" },
                { "name": "backend6", "cidr": "fd00:60::/64", "scope": "cluster" },
            ]),
        )
        .service("shop/svc/web", "10.22.0.1")
        .service("shop/svc/api", "10.22.0.2")
}

/// The fault is made, named, cured as it is said, and nothing is left of it.
fn each(faults: &[Fault]) {
    let mut node = Node::start(&document());
    for fault in faults {
        (fault.make)(&mut node);
        let is_it = |check: &Value| {
            let text = format!("{} {}", check["check"], check["seen"]);
            check["part"] == fault.part && text.contains(fault.says)
        };
        let named = until(
            &format!("doctor names: {}", fault.what),
            || node.complaints().into_iter().find(|check| is_it(check)),
            || {
                format!(
                    "{:#?}\n{}\n{}",
                    node.complaints(),
                    node.log(),
                    node.daemon.log()
                )
            },
        );
        assert_eq!(named["state"], fault.state, "{}: {named:#}", fault.what);
        println!(
            "{}\n  {}: {}\n  {}",
            fault.what, named["check"], named["seen"], named["cure"]
        );
        node.cure(&named["cure"]);
        node.until_healthy(fault.what);
    }
}

fn set_toml(node: &Node, change: impl FnOnce(String) -> String) {
    node.daemon
        .set_file("zonesmith.toml", &change(node.configuration()));
}

/// A setting that does harm, and nothing else.
fn with_settings(server: Server, part: &'static str, settings: &[(&str, &str, &str, &str)]) {
    let mut node = Node::start(&document());
    for (what, setting, says, state) in settings {
        node.set(server, setting);
        let is_it = |check: &Value| {
            check["part"] == part && format!("{} {}", check["check"], check["seen"]).contains(says)
        };
        let named = until(
            &format!("doctor names: {what}"),
            || node.complaints().into_iter().find(|check| is_it(check)),
            || format!("{:#?}\n{}", node.complaints(), node.log()),
        );
        assert_eq!(named["state"], **state, "{what}: {named:#}");
        println!(
            "{what}\n  {}: {}\n  {}",
            named["check"], named["seen"], named["cure"]
        );
        node.cure(&named["cure"]);
        node.until_healthy(what);
    }
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn a_node_that_is_right_is_green_for_people_and_for_programs() {
    let node = Node::start(&document());
    let (code, said) = node.doctor(&[]);
    assert_eq!(code, 0, "{said:#}");
    assert_eq!(
        (&said["counts"]["red"], &said["counts"]["yellow"]),
        (&json!(0), &json!(0)),
        "{said:#}"
    );
    assert!(said["counts"]["green"].as_u64().unwrap() > 15, "{said:#}");
    let text = node.run_doctor(&[]).good();
    for line in [
        "\npurges\n",
        "\nrecursor\n",
        "  green    changes arrive at the recursor at 10.53.0.1:53: after ",
    ] {
        assert!(text.contains(line), "no {line:?} in:\n{text}");
    }
    println!("{text}");
    // Nothing stays of the name that was watched.
    assert_eq!(node.daemon.records("_zonesmith-probe.demo."), [""; 0]);
    let quiet = node.run_doctor(&["--no-probe"]).good();
    assert!(
        quiet.contains("skipped  changes arrive at clients: not wanted"),
        "{quiet}"
    );
}
