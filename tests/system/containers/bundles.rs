//! Containers that crun makes, with our hook in their bundles.

use std::fs;
use std::net::Ipv4Addr;

use serde_json::json;
use zonesmith_tests::containers::{Bundle, Container, Inside, hook};
use zonesmith_tests::until;

use super::{Node, SERVERS, document, expect_names, network};
use crate::BINARY;

/// The ends of a container's link.
const LINK: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 62, 0, 1), Ipv4Addr::new(10, 62, 0, 2)];

#[test]
#[ignore = "needs pdns_server, pdns_recursor and crun"]
fn a_container_that_crun_runs_finds_short_names_and_follows_the_name_servers() {
    let network = network();
    let node = Node::start(&network);
    let annotations = json!({ "org.zonesmith.service": "shop/svc/web" });
    let bundle = Bundle::new(&network, Inside::Linked(LINK[0], LINK[1]), &annotations);
    let mut container = bundle.run(&node.hook());
    let say = |container: &Container<'_>, words: &[&str]| container.say(words);
    let file = fs::read_to_string(container.file("etc/resolv.conf")).unwrap();
    assert!(
        file.contains("\nsearch web.shop.svc.demo shop.svc.demo svc.demo\nnameserver 10.60.0.1\noptions ndots:2 edns0 use-vc\n"),
        "{file}"
    );
    expect_names(|words| say(&container, words), SERVERS[0]);

    node.node.daemon().set_cluster(&document(&SERVERS[1..]));
    until(
        "the container's file has the other name server",
        || {
            let file = container.say(&["cat", "/etc/resolv.conf"]).output;
            file.contains("\nnameserver 10.60.0.2\n").then_some(())
        },
        || node.followed(),
    );
    expect_names(|words| say(&container, words), SERVERS[1]);

    assert_eq!(node.kept(), 1, "{}", container.log());
    container.end();
    assert_eq!(
        node.kept(),
        0,
        "what ended is not kept: {}",
        container.log()
    );
}

#[test]
#[ignore = "needs pdns_server, pdns_recursor and crun"]
fn what_is_not_to_be_set_is_left_and_a_container_does_not_wait_for_a_daemon() {
    let network = network();
    let node = Node::start(&network);
    let web = json!({ "org.zonesmith.service": "shop/svc/web" });
    let linked = Inside::Linked(LINK[0], LINK[1]);
    let off = json!({ "org.zonesmith.service": "shop/svc/web", "org.zonesmith.resolver": "off" });
    for (name, inside, annotations, given, word) in [
        (
            "no service",
            linked,
            &json!({}),
            None,
            "no org.zonesmith.service",
        ),
        ("not wanted", linked, &off, None, "`off`"),
        (
            "the host's network",
            Inside::Host,
            &web,
            None,
            "host's network",
        ),
        (
            "own name servers",
            linked,
            &web,
            Some("nameserver 192.0.2.77\n"),
            "192.0.2.77",
        ),
    ] {
        let bundle = Bundle::new(&network, inside, annotations);
        if let Some(given) = given {
            fs::write(bundle.file("etc/resolv.conf"), given).unwrap();
        }
        let mut container = bundle.run(&node.hook());
        let file = fs::read_to_string(container.file("etc/resolv.conf")).ok();
        assert_eq!(file.as_deref(), given, "{name}");
        assert!(
            container.log().contains(word),
            "{name}: {}",
            container.log()
        );
        assert_eq!(node.kept(), 0, "{name}");
        container.end();
    }
    // Nobody answers there, and nobody ever did for this registry: it runs all the same.
    let words = [
        "resolver",
        "oci-hook",
        "--admin",
        "/nonexistent/admin.sock",
        "--registry",
    ];
    let mut words = words.map(str::to_owned).to_vec();
    words.push(node.path("other"));
    let bundle = Bundle::new(&network, linked, &web);
    let container = bundle.run(&hook(BINARY, &words));
    assert!(
        container.log().contains("sets it later"),
        "{}",
        container.log()
    );
    assert!(!container.file("etc/resolv.conf").exists());
}

#[test]
#[ignore = "needs pdns_server, pdns_recursor and crun"]
fn a_file_that_the_runtime_mounts_follows_and_keeps_what_was_given() {
    let network = network();
    let node = Node::start(&network);
    let annotations = json!({ "org.zonesmith.service": "shop/svc/web" });
    let host = fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    for stage in ["createRuntime", "createContainer"] {
        node.node.daemon().set_cluster(&document(&SERVERS[..1]));
        node.node
            .daemon()
            .until_records("ns1.demo.", &["ns1.demo. 60 A 10.60.0.1"]);
        let mut bundle = Bundle::new(&network, Inside::Linked(LINK[0], LINK[1]), &annotations);
        // As runtimes do it: what the host has, and what the user gave.
        let file = bundle.mount(&format!("{host}\nsearch example.com\noptions timeout:1\n"));
        let mut container = bundle.run_at(stage, &node.hook());
        let given = "\nsearch example.com web.shop.svc.demo shop.svc.demo svc.demo\n";
        let options = "\noptions timeout:1 ndots:2 edns0 use-vc\n";
        let seen = || container.say(&["cat", "/etc/resolv.conf"]).output;
        let before = seen();
        assert!(
            before.contains(given) && before.contains(options),
            "{stage}: {before}"
        );
        assert!(
            before.contains("\nnameserver 10.60.0.1\n"),
            "{stage}: {before}"
        );
        expect_names(|words| container.say(words), SERVERS[0]);

        node.node.daemon().set_cluster(&document(&SERVERS[1..]));
        until(
            "the mounted file has the other name server",
            || seen().contains("\nnameserver 10.60.0.2\n").then_some(()),
            || node.followed(),
        );
        assert_eq!(seen(), fs::read_to_string(&file).unwrap(), "{stage}");
        assert!(
            seen().contains(given) && seen().contains(options),
            "{stage}: {}",
            seen()
        );
        expect_names(|words| container.say(words), SERVERS[1]);
        container.end();
        assert_eq!(node.kept(), 0, "{stage}: {}", container.log());
    }
}
