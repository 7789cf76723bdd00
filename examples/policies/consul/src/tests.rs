use insta::assert_snapshot;
use zonesmith_policy::harness::{Harness, Published, assert_expected, check_schema, publish};
use zonesmith_policy_default::DefaultPolicy;

use super::Consul;
use super::settings::Settings;

/// What is published of these services (members of a JSON object) in a data centre of two nodes.
fn published(services: &str, settings: &str) -> Published {
    let document = format!(
        r#"{{ "cluster": {{ "name": "dc1", "dns": ["192.0.2.1"], "nodes": {{
            "n1": {{ "addresses": ["10.1.10.11"] }}, "n2": {{ "addresses": ["10.1.10.12"], "labels": {{ "rack": "b" }} }} }} }},
            "services": {{ {services} }} }}"#
    );
    publish::<Consul>(&document, settings).unwrap()
}

/// A service of one instance on n1 at 10.22.0.5, with these other members of service, instance and resource.
fn web(service: &str, instance: &str, resource: &str) -> String {
    format!(
        r#""web": {{ {service} "instances": {{ "n1": {{ {instance} "resources": {{
            "ip#0": {{ {resource} "info": {{ "ipaddr": "10.22.0.5", "expose": ["80/tcp", "53/udp", "50001/tcp"] }} }} }} }} }} }}"#
    )
}

/// The files beside the README are input and output: `UPDATE=1 cargo test -p consul` writes the output anew.
#[test]
fn the_cluster_gives_the_expected_zones() {
    assert_expected::<Consul>(env!("CARGO_MANIFEST_DIR"));
}

#[test]
fn a_service_has_its_names_in_every_form() {
    let published = published(&web("", "", ""), "{}");
    assert_eq!(published.notes(), "");
    assert_snapshot!(published.made_by("service"), @r"
    web.service.dc1.dc.consul. 0 IN A 10.22.0.5
    web.service.dc1.dc.consul. 0 IN SRV 1 1 80 0a160005.addr.dc1.consul.
    web.service.dc1.consul. 0 IN A 10.22.0.5
    web.service.dc1.consul. 0 IN SRV 1 1 80 0a160005.addr.dc1.consul.
    web.service.consul. 0 IN A 10.22.0.5
    web.service.consul. 0 IN SRV 1 1 80 0a160005.addr.dc1.consul.
    ");
    assert_snapshot!(published.made_by("rfc-2782"), @r"
    _web._tcp.service.dc1.dc.consul. 0 IN SRV 1 1 80 0a160005.addr.dc1.consul.
    _web._udp.service.dc1.dc.consul. 0 IN SRV 1 1 53 0a160005.addr.dc1.consul.
    _web._tcp.service.dc1.consul. 0 IN SRV 1 1 80 0a160005.addr.dc1.consul.
    _web._udp.service.dc1.consul. 0 IN SRV 1 1 53 0a160005.addr.dc1.consul.
    _web._tcp.service.consul. 0 IN SRV 1 1 80 0a160005.addr.dc1.consul.
    _web._udp.service.consul. 0 IN SRV 1 1 53 0a160005.addr.dc1.consul.
    ");
    assert_snapshot!(published.made_by("port"), @r"
    50001.port.web.service.dc1.dc.consul. 0 IN A 10.22.0.5
    50001.port.web.service.dc1.dc.consul. 0 IN SRV 1 1 50001 0a160005.addr.dc1.consul.
    domain.port.web.service.dc1.dc.consul. 0 IN A 10.22.0.5
    domain.port.web.service.dc1.dc.consul. 0 IN SRV 1 1 53 0a160005.addr.dc1.consul.
    http.port.web.service.dc1.dc.consul. 0 IN A 10.22.0.5
    http.port.web.service.dc1.dc.consul. 0 IN SRV 1 1 80 0a160005.addr.dc1.consul.
    50001.port.web.service.dc1.consul. 0 IN A 10.22.0.5
    50001.port.web.service.dc1.consul. 0 IN SRV 1 1 50001 0a160005.addr.dc1.consul.
    domain.port.web.service.dc1.consul. 0 IN A 10.22.0.5
    domain.port.web.service.dc1.consul. 0 IN SRV 1 1 53 0a160005.addr.dc1.consul.
    http.port.web.service.dc1.consul. 0 IN A 10.22.0.5
    http.port.web.service.dc1.consul. 0 IN SRV 1 1 80 0a160005.addr.dc1.consul.
    50001.port.web.service.consul. 0 IN A 10.22.0.5
    50001.port.web.service.consul. 0 IN SRV 1 1 50001 0a160005.addr.dc1.consul.
    domain.port.web.service.consul. 0 IN A 10.22.0.5
    domain.port.web.service.consul. 0 IN SRV 1 1 53 0a160005.addr.dc1.consul.
    http.port.web.service.consul. 0 IN A 10.22.0.5
    http.port.web.service.consul. 0 IN SRV 1 1 80 0a160005.addr.dc1.consul.
    ");
    assert_snapshot!(published.made_by("addr"), @"0a160005.addr.dc1.consul. 0 IN A 10.22.0.5");
    assert_snapshot!(published.made_by("ptr"), @r"
    11.10.1.10.in-addr.arpa. 0 IN PTR n1.node.dc1.consul.
    12.10.1.10.in-addr.arpa. 0 IN PTR n2.node.dc1.consul.
    5.0.22.10.in-addr.arpa. 0 IN PTR web.service.dc1.consul.
    ");
}

#[test]
fn a_site_has_the_forms_it_wants() {
    let settings =
        r#"{ "forms": { "short": false, "dc": false }, "rules": { "port": false, "ptr": false } }"#;
    let published = published(&web("", "", ""), settings);
    assert_snapshot!(published.zone("consul").unwrap(), @r#"
    consul. 0 IN SOA ns1.consul. hostmaster.consul. 0 3600 600 86400 0
    consul. 3600 IN NS ns1.consul.
    0a160005.addr.dc1.consul. 0 IN A 10.22.0.5
    n1.node.dc1.consul. 0 IN A 10.1.10.11
    n2.node.dc1.consul. 0 IN A 10.1.10.12
    n2.node.dc1.consul. 0 IN TXT "rack=b"
    _web._tcp.service.dc1.consul. 0 IN SRV 1 1 80 0a160005.addr.dc1.consul.
    _web._udp.service.dc1.consul. 0 IN SRV 1 1 53 0a160005.addr.dc1.consul.
    web.service.dc1.consul. 0 IN A 10.22.0.5
    web.service.dc1.consul. 0 IN SRV 1 1 80 0a160005.addr.dc1.consul.
    ns1.consul. 60 IN A 192.0.2.1
    "#);
}

#[test]
fn a_node_has_its_addresses_and_what_is_said_of_it() {
    let published = published("", r#"{ "forms": { "dc": false } }"#);
    assert_snapshot!(published.made_by("node"), @r"
    n1.node.dc1.consul. 0 IN A 10.1.10.11
    n2.node.dc1.consul. 0 IN A 10.1.10.12
    n1.node.consul. 0 IN A 10.1.10.11
    n2.node.consul. 0 IN A 10.1.10.12
    ");
    assert_snapshot!(published.made_by("meta"), @r#"
    n2.node.dc1.consul. 0 IN TXT "rack=b"
    n2.node.consul. 0 IN TXT "rack=b"
    "#);
    assert_snapshot!(published.made_by("ptr"), @r"
    11.10.1.10.in-addr.arpa. 0 IN PTR n1.node.dc1.consul.
    12.10.1.10.in-addr.arpa. 0 IN PTR n2.node.dc1.consul.
    ");
}

#[test]
fn an_address_of_the_node_is_called_by_the_nodes_name() {
    let own = web("", "", "").replace("10.22.0.5", "10.1.10.11");
    let published_own = published(&own, r#"{ "forms": { "short": false, "dc": false } }"#);
    assert_snapshot!(published_own.made_by("service"), @r"
    web.service.dc1.consul. 0 IN A 10.1.10.11
    web.service.dc1.consul. 0 IN SRV 1 1 80 n1.node.dc1.consul.
    ");
    assert_eq!(published_own.made_by("addr"), "");
    // Of another node: the name of that one says nothing of where the service is.
    let others = web("", "", "").replace("10.22.0.5", "10.1.10.12");
    let published_others = published(&others, r#"{ "forms": { "short": false, "dc": false } }"#);
    assert_snapshot!(published_others.made_by("service"), @r"
    web.service.dc1.consul. 0 IN A 10.1.10.12
    web.service.dc1.consul. 0 IN SRV 1 1 80 0a010a0c.addr.dc1.consul.
    ");
    assert!(!published_others.made_by("ptr").contains("service"));
}

#[test]
fn what_is_critical_is_left_out_and_what_warns_has_its_own_weight() {
    let settings = r#"{ "weights": { "passing": 10, "warning": 1 } }"#;
    let only_passing = r#"{ "weights": { "passing": 10, "warning": 1 }, "only-passing": true }"#;
    // Instance, resource; weight, weight where only what passes counts.
    for (instance, resource, weight, passing) in [
        ("up", "up", Some(10), Some(10)),
        ("up", "stdby up", Some(10), Some(10)),
        ("undef", "undef", Some(10), Some(10)),
        ("up", "n/a", Some(10), Some(10)),
        ("warn", "up", Some(10), Some(10)),
        ("up", "warn", Some(1), None),
        ("warn", "undef", Some(1), None),
        ("up", "down", None, None),
        ("up", "stdby down", None, None),
        ("down", "up", None, None),
        ("stdby down", "warn", None, None),
    ] {
        let service = web(
            "",
            &format!(r#""availability": "{instance}","#),
            &format!(r#""status": "{resource}","#),
        );
        for (settings, weight) in [(settings, weight), (only_passing, passing)] {
            let made = published(&service, settings).made_by("rfc-2782");
            let found = made
                .lines()
                .find(|line| line.starts_with("_web._tcp.service.consul. "))
                .and_then(|line| line.split(' ').nth(5)?.parse::<u16>().ok());
            assert_eq!(found, weight, "{instance}, {resource}, {settings}");
        }
    }
}

#[test]
fn tags_come_from_labels_and_from_service_instance_and_resource() {
    let service = web(
        r#""labels": { "tags": "Front, v1.2 https", "team": "shop" }, "tags": ["v1.2", "enable=true"],"#,
        r#""tags": ["primary"],"#,
        r#""tags": ["private", "-"],"#,
    );
    let settings =
        r#"{ "tag-labels": ["tags", "team"], "forms": { "dc": false, "short": false } }"#;
    let published = published(&service, settings);
    let made = published.made_by("tag");
    let mut owners: Vec<&str> = made
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    owners.dedup();
    assert_snapshot!(owners.join("\n"), @r"
    v1.2.web.service.dc1.consul.
    front.web.service.dc1.consul.
    https.web.service.dc1.consul.
    primary.web.service.dc1.consul.
    private.web.service.dc1.consul.
    shop.web.service.dc1.consul.
    ");
    let made = published.made_by("rfc-2782");
    let mut owners: Vec<&str> = made
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    owners.dedup();
    assert_snapshot!(owners.join("\n"), @r"
    _web._front.service.dc1.consul.
    _web._https.service.dc1.consul.
    _web._primary.service.dc1.consul.
    _web._private.service.dc1.consul.
    _web._shop.service.dc1.consul.
    _web._tcp.service.dc1.consul.
    _web._udp.service.dc1.consul.
    ");
    assert_snapshot!(published.notes(), @r#"
    ; information of consul, root/svc/web, rule tag: the tag "enable=true" gives no name in DNS: "=" has no place in a host's name
    ; information of consul, root/svc/web on n1, ip#0, rule tag: the tag "-" gives no name in DNS: it has a label that begins or ends with a hyphen
    "#);
}

#[test]
fn a_tag_is_of_the_instances_that_have_it() {
    let services = r#""db": { "instances": {
        "n1": { "tags": ["primary"], "resources": { "ip#0": { "info": { "ipaddr": "10.22.0.5" } } } },
        "n2": { "tags": ["replica"], "resources": { "ip#0": { "info": { "ipaddr": "10.22.1.5" } } } } } }"#;
    let published = published(services, r#"{ "forms": { "dc": false, "short": false } }"#);
    assert_snapshot!(published.made_by("tag"), @r"
    primary.db.service.dc1.consul. 0 IN A 10.22.0.5
    replica.db.service.dc1.consul. 0 IN A 10.22.1.5
    ");
}

#[test]
fn a_namespace_is_named_or_ignored() {
    let service = web("", "", "").replace(r#""web""#, r#""shop/svc/web""#);
    let named = published(&service, r#"{ "rules": { "port": false } }"#);
    assert_snapshot!(named.made_by("service"), @r"
    web.service.shop.ns.dc1.dc.consul. 0 IN A 10.22.0.5
    web.service.shop.ns.dc1.dc.consul. 0 IN SRV 1 1 80 0a160005.addr.dc1.consul.
    web.service.shop.dc1.consul. 0 IN A 10.22.0.5
    web.service.shop.dc1.consul. 0 IN SRV 1 1 80 0a160005.addr.dc1.consul.
    web.service.shop.ns.consul. 0 IN A 10.22.0.5
    web.service.shop.ns.consul. 0 IN SRV 1 1 80 0a160005.addr.dc1.consul.
    ");
    assert_snapshot!(named.made_by("ptr"), @r"
    11.10.1.10.in-addr.arpa. 0 IN PTR n1.node.dc1.consul.
    12.10.1.10.in-addr.arpa. 0 IN PTR n2.node.dc1.consul.
    5.0.22.10.in-addr.arpa. 0 IN PTR web.service.shop.dc1.consul.
    ");
    for settings in [
        r#"{ "namespaces": "ignored" }"#,
        r#"{ "default-namespace": "Shop" }"#,
    ] {
        let made = published(&service, settings).made_by("service");
        assert!(
            made.contains("web.service.consul. 0 IN A 10.22.0.5"),
            "{settings}"
        );
        assert!(!made.contains(".ns."), "{settings}");
    }
}

#[test]
fn a_data_centre_is_one_label() {
    let document =
        r#"{ "cluster": { "name": "prod.example", "dns": ["192.0.2.1"] }, "services": {} }"#;
    let refused = publish::<Consul>(document, "{}").err();
    assert_eq!(
        refused.map(|error| error.to_string()).as_deref(),
        Some(
            r#"consul refuses: settings.datacenter: say which label the data centre has, the cluster's name "prod.example" is none: "." has no place in a host's name"#
        )
    );
    let zones = publish::<Consul>(document, r#"{ "datacenter": "dc1" }"#).unwrap();
    assert_eq!(zones.notes(), "");
}

#[test]
fn names_that_are_none_are_told() {
    let services = r#""bad_": { "instances": { "n1": { "resources": { "ip#0": { "info": { "ipaddr": "10.22.0.5" } } } } } },
        "-bad": { "instances": { "n1": { "resources": { "ip#0": { "info": { "ipaddr": "10.22.0.6" } } } } } }"#;
    assert_snapshot!(published(services, "{}").notes(), @r#"; error of consul, root/svc/-bad: nothing is published: the service name "-bad" gives no name in DNS: it has a label that begins or ends with a hyphen"#);
}

#[test]
fn a_node_that_gives_no_name_and_metadata_that_is_none_are_told() {
    let document = r#"{ "cluster": { "name": "dc1", "dns": ["192.0.2.1"], "nodes": {
        "n 1": { "addresses": ["10.1.10.11"] }, "n2": { "addresses": ["10.1.10.12"], "meta": { "rack": 7 } } } }, "services": {} }"#;
    let published = publish::<Consul>(document, "{}").unwrap();
    assert_snapshot!(published.notes(), @r#"
    ; warning of consul, rule node: the node "n 1" gives no name in DNS: " " has no place in a host's name
    ; warning of consul, rule meta: of the node "n2": meta.rack: this is 7, it must be a string
    "#);
    assert!(published.made_by("node").contains("n2.node.consul."));
}

#[test]
fn it_stands_beside_the_default_policy() {
    let published = Harness::read(include_str!("../cluster.json"))
        .and_then(|harness| harness.policy::<DefaultPolicy>("{}"))
        .and_then(|harness| harness.policy::<Consul>(r#"{ "rules": { "ptr": false } }"#))
        .unwrap()
        .publish();
    assert_eq!(published.notes(), "");
    assert!(
        published
            .made_by("service")
            .contains("redis.service.consul.")
    );
    assert!(
        published
            .made_by("round-robin")
            .contains("redis.root.svc.dc1.")
    );
}

#[test]
fn the_schema_has_every_setting_with_its_default() {
    check_schema(include_str!("settings.schema.json"), Settings::read).unwrap();
    assert_eq!(Settings::read("{}"), Ok(Settings::default()));
}
