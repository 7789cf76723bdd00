//! What is published, as text.

use insta::assert_snapshot;
use zonesmith_policy::harness::{Published, assert_expected, check_schema, publish};

use super::OpensvcV2;
use super::settings::Settings;

/// What is published of these services (members of a JSON object).
fn published(services: &str) -> Published {
    let cluster = r#""name": "default", "dns": ["10.0.0.1"], "nodes": { "n1": { "score": 96 }, "n2": { "score": 71 } }"#;
    let document = format!(r#"{{ "cluster": {{ {cluster} }}, "services": {{ {services} }} }}"#);
    publish::<OpensvcV2>(&document, "{}").unwrap()
}

/// One service of one instance on n1 with these resources (members of a JSON object).
fn on_n1(service: &str, resources: &str) -> String {
    format!(r#""{service}": {{ "instances": {{ "n1": {{ "resources": {{ {resources} }} }} }} }}"#)
}

/// As the makers of the agent show it for their graylog, with the port that it exposes.
#[test]
fn a_service_has_the_records_that_the_agent_s_makers_show() {
    let services = r#""monitor/svc/graylog": { "instances": { "node1": { "resources": {
        "ip#0": { "status": "up", "info": { "ipaddr": "10.60.0.82", "hostname": "graylog" } } } } } }"#;
    let published = published(services);
    assert_snapshot!(published.zone("default").unwrap(), @r"
    default. 60 IN SOA ns0.default. contact.opensvc.com. 0 7200 3600 432000 86400
    default. 3600 IN NS ns0.default.
    graylog.monitor.svc.node1.node.default. 60 IN A 10.60.0.82
    ns0.default. 60 IN A 10.0.0.1
    graylog.monitor.svc.default. 60 IN A 10.60.0.82
    10-60-0-82.graylog.monitor.svc.default. 60 IN A 10.60.0.82
    graylog.graylog.monitor.svc.default. 60 IN A 10.60.0.82
    ");
    assert_snapshot!(published.made_by("ptr"), @"82.0.60.10.in-addr.arpa. 60 IN PTR graylog.monitor.svc.default.");
}

#[test]
fn only_services_have_names() {
    let services = [
        on_n1(
            "shop/vol/data",
            r#""ip#0": { "info": { "ipaddr": "10.22.0.5" } }"#,
        ),
        on_n1(
            "web",
            r#""ip#0": { "status": "down", "info": { "ipaddr": "10.22.0.6" } }"#,
        ),
        on_n1("idle", r#""container#0": { "status": "up" }"#),
    ];
    assert_snapshot!(published(&services.join(", ")).made_by("service"), @"web.root.svc.default. 60 IN A 10.22.0.6");
}

#[test]
fn slices_of_a_scaler_share_its_names() {
    let slice = |number: u32, node: &str| {
        format!(
            r#""shop/svc/{number}.front": {{ "instances": {{ "{node}": {{ "scaler_slave": true, "resources": {{
                "ip#0": {{ "info": {{ "ipaddr": "10.22.0.{number}", "hostname": "pause", "expose": ["443/tcp"] }} }} }} }} }} }}"#
        )
    };
    let services = [
        slice(1, "n1"),
        slice(2, "n2"),
        on_n1(
            "shop/svc/3.front",
            r#""ip#0": { "info": { "ipaddr": "10.22.0.3" } }"#,
        ),
    ];
    let published = published(&services.join(", "));
    assert_snapshot!(published.made_by("service"), @r"
    front.shop.svc.default. 60 IN A 10.22.0.1
    front.shop.svc.default. 60 IN A 10.22.0.2
    3.front.shop.svc.default. 60 IN A 10.22.0.3
    ");
    assert_snapshot!(published.made_by("node"), @r"
    front.shop.svc.n1.node.default. 60 IN A 10.22.0.1
    3.front.shop.svc.n1.node.default. 60 IN A 10.22.0.3
    front.shop.svc.n2.node.default. 60 IN A 10.22.0.2
    ");
    assert_snapshot!(published.made_by("srv"), @r"
    _443._tcp.front.shop.svc.default. 60 IN SRV 0 71 443 10-22-0-2.front.shop.svc.default.
    _443._tcp.front.shop.svc.default. 60 IN SRV 0 96 443 10-22-0-1.front.shop.svc.default.
    _https._tcp.front.shop.svc.default. 60 IN SRV 0 71 443 10-22-0-2.front.shop.svc.default.
    _https._tcp.front.shop.svc.default. 60 IN SRV 0 96 443 10-22-0-1.front.shop.svc.default.
    ");
    // The agent leads to `1.front…` here, which has no address.
    assert_snapshot!(published.made_by("ptr"), @r"
    1.0.22.10.in-addr.arpa. 60 IN PTR pause.front.shop.svc.default.
    2.0.22.10.in-addr.arpa. 60 IN PTR pause.front.shop.svc.default.
    3.0.22.10.in-addr.arpa. 60 IN PTR 3.front.shop.svc.default.
    ");
}

#[test]
fn an_expose_is_found_by_number_and_by_name_at_each_address_once() {
    let services = r##""web": { "instances": {
        "n1": { "resources": {
            "expose#1": { "info": { "port": 5432, "protocol": "tcp" } },
            "ip#0": { "info": { "ipaddr": "10.22.0.5", "expose": ["80-tcp", "443/tcp:8443", "expose#1"] } } } },
        "n2": { "resources": {
            "ip#0": { "info": { "ipaddr": "10.22.0.5", "expose": ["80/tcp"] } },
            "ip#1": { "info": { "ipaddr": "fd00:60::21", "expose": ["80/tcp"] } } } },
        "n3": { "resources": {
            "ip#0": { "info": { "ipaddr": "10.22.0.6", "expose": ["80/tcp"] } } } } } }"##;
    let published = published(services);
    assert_snapshot!(published.made_by("srv"), @r"
    _443._tcp.web.root.svc.default. 60 IN SRV 0 96 443 10-22-0-5.web.root.svc.default.
    _5432._tcp.web.root.svc.default. 60 IN SRV 0 96 5432 10-22-0-5.web.root.svc.default.
    _80._tcp.web.root.svc.default. 60 IN SRV 0 10 80 10-22-0-6.web.root.svc.default.
    _80._tcp.web.root.svc.default. 60 IN SRV 0 71 80 fd00-60--21.web.root.svc.default.
    _80._tcp.web.root.svc.default. 60 IN SRV 0 96 80 10-22-0-5.web.root.svc.default.
    _http._tcp.web.root.svc.default. 60 IN SRV 0 10 80 10-22-0-6.web.root.svc.default.
    _http._tcp.web.root.svc.default. 60 IN SRV 0 71 80 fd00-60--21.web.root.svc.default.
    _http._tcp.web.root.svc.default. 60 IN SRV 0 96 80 10-22-0-5.web.root.svc.default.
    _https._tcp.web.root.svc.default. 60 IN SRV 0 96 443 10-22-0-5.web.root.svc.default.
    _postgresql._tcp.web.root.svc.default. 60 IN SRV 0 96 5432 10-22-0-5.web.root.svc.default.
    ");
    assert_snapshot!(published.made_by("address"), @r"
    10-22-0-5.web.root.svc.default. 60 IN A 10.22.0.5
    10-22-0-6.web.root.svc.default. 60 IN A 10.22.0.6
    fd00-60--21.web.root.svc.default. 60 IN AAAA fd00:60::21
    ");
    assert_eq!(published.notes(), "");
}

#[test]
fn a_hostname_is_its_first_label_and_what_gives_no_name_is_told() {
    let services = on_n1(
        "web",
        r#""ip#0": { "info": { "ipaddr": "10.22.0.5", "hostname": "Pause.Example" } },
           "ip#1": { "info": { "ipaddr": "10.22.0.6", "hostname": "Web" } },
           "ip#2": { "info": { "ipaddr": "10.22.0.7", "hostname": ".web" } },
           "ip#3": { "info": { "ipaddr": "192.0.2.1" } }"#,
    );
    let published = published(&services);
    assert_snapshot!(published.made_by("hostname"), @r"
    pause.web.root.svc.default. 60 IN A 10.22.0.5
    web.web.root.svc.default. 60 IN A 10.22.0.6
    ");
    assert_snapshot!(published.made_by("ptr"), @r"
    5.0.22.10.in-addr.arpa. 60 IN PTR pause.web.root.svc.default.
    6.0.22.10.in-addr.arpa. 60 IN PTR web.root.svc.default.
    7.0.22.10.in-addr.arpa. 60 IN PTR web.root.svc.default.
    ");
    assert_snapshot!(published.notes(), @r#"; warning of opensvc-v2, root/svc/web on n1, ip#2, rule hostname: the hostname ".web" of ip#2 gives no name in DNS: it has an empty label"#);
}

#[test]
fn zones_begin_as_the_agent_s_with_a_server_that_has_an_address() {
    let document =
        r#"{ "cluster": { "name": "Default", "dns": ["10.0.0.1", "fd00::2"] }, "services": {} }"#;
    let published =
        publish::<OpensvcV2>(document, r#"{ "reverse-zones": ["10.22.0.0/16"] }"#).unwrap();
    assert_snapshot!(published.to_string(), @r"
    22.10.in-addr.arpa. 60 IN SOA ns0.default. contact.opensvc.com. 0 7200 3600 432000 86400
    22.10.in-addr.arpa. 3600 IN NS ns0.default.
    22.10.in-addr.arpa. 3600 IN NS ns1.default.
    default. 60 IN SOA ns0.default. contact.opensvc.com. 0 7200 3600 432000 86400
    default. 3600 IN NS ns0.default.
    default. 3600 IN NS ns1.default.
    ns0.default. 60 IN A 10.0.0.1
    ns1.default. 60 IN AAAA fd00::2
    ");
}

/// The files beside the README are input and output: `UPDATE=1 cargo test -p opensvc-v2` writes the output anew.
#[test]
fn the_cluster_gives_the_expected_zone() {
    assert_expected::<OpensvcV2>(env!("CARGO_MANIFEST_DIR"));
}

#[test]
fn the_schema_has_every_setting_with_its_default() {
    check_schema(include_str!("settings.schema.json"), Settings::read).unwrap();
}
