//! What is published, as text.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use zonesmith_policy::harness::{Harness, Published, assert_expected, check_schema, publish};
use zonesmith_policy_default::DefaultPolicy;

use super::OpensvcV3;
use super::settings::Settings;

mod recordings;

/// What is published of these services (members of a JSON object).
fn published(services: &str, settings: &str) -> Published {
    publish::<OpensvcV3>(&document(services), settings).unwrap()
}

fn document(services: &str) -> String {
    format!(
        r#"{{ "cluster": {{ "name": "cluster1", "dns": ["10.0.0.1"] }}, "services": {{ {services} }} }}"#
    )
}

/// One service of one instance on n1 with these resources (members of a JSON object).
fn on_n1(service: &str, resources: &str) -> String {
    format!(r#""{service}": {{ "instances": {{ "n1": {{ "resources": {{ {resources} }} }} }} }}"#)
}

#[test]
fn every_kind_of_service_has_names_and_no_slice_is_told_from_a_service() {
    let services = [
        on_n1(
            "shop/vol/data",
            r#""ip#0": { "info": { "ipaddr": "10.22.0.5" } }"#,
        ),
        on_n1(
            "shop/svc/0.web",
            r#""ip#1": { "info": { "ipaddr": "10.22.0.6" } }"#,
        ),
        on_n1(
            "shop/svc/web",
            r#""ip#0": { "status": "down", "info": { "ipaddr": "10.22.0.7" } }"#,
        ),
    ];
    let published = published(&services.join(", "), "{}");
    assert_snapshot!(published.made_by("service"), @r"
    web.shop.svc.cluster1. 60 IN A 10.22.0.7
    0.web.shop.svc.cluster1. 60 IN A 10.22.0.6
    data.shop.vol.cluster1. 60 IN A 10.22.0.5
    ");
    assert_snapshot!(published.made_by("resource"), @r"
    0.web.shop.svc.cluster1. 60 IN A 10.22.0.7
    1.0.web.shop.svc.cluster1. 60 IN A 10.22.0.6
    0.data.shop.vol.cluster1. 60 IN A 10.22.0.5
    ");
    assert_snapshot!(published.made_by("node"), @r"
    web.shop.svc.n1.node.cluster1. 60 IN A 10.22.0.7
    0.web.shop.svc.n1.node.cluster1. 60 IN A 10.22.0.6
    0.web.shop.svc.n1.node.cluster1. 60 IN A 10.22.0.7
    1.0.web.shop.svc.n1.node.cluster1. 60 IN A 10.22.0.6
    data.shop.vol.n1.node.cluster1. 60 IN A 10.22.0.5
    0.data.shop.vol.n1.node.cluster1. 60 IN A 10.22.0.5
    ");
}

#[test]
fn a_hostname_is_taken_as_it_is_and_what_gives_no_name_is_told() {
    let services = on_n1(
        "web",
        r#""ip#0": { "info": { "ipaddr": "10.22.0.5", "hostname": "Web1.Example" } },
           "ip#1": { "info": { "ipaddr": "10.22.0.6", "hostname": "-my web" } },
           "ip#2": { "info": { "ipaddr": "10.22.0.7", "hostname": "web." } },
           "ip#3": { "info": { "ipaddr": "10.22.0.8", "hostname": "*" } },
           "ip": { "info": { "ipaddr": "10.22.0.9" } }"#,
    );
    let published = published(&services, "{}");
    assert_snapshot!(published.made_by("resource"), @r"
    -my\032web.web.root.svc.cluster1. 60 IN A 10.22.0.6
    web1.example.web.root.svc.cluster1. 60 IN A 10.22.0.5
    ");
    assert_snapshot!(published.made_by("ptr"), @r"
    5.0.22.10.in-addr.arpa. 60 IN PTR web1.example.web.root.svc.cluster1.
    5.0.22.10.in-addr.arpa. 60 IN PTR web1.example.web.root.svc.n1.node.cluster1.
    6.0.22.10.in-addr.arpa. 60 IN PTR -my\032web.web.root.svc.cluster1.
    6.0.22.10.in-addr.arpa. 60 IN PTR -my\032web.web.root.svc.n1.node.cluster1.
    ");
    assert_snapshot!(published.notes(), @r#"
    ; warning of opensvc-v3, root/svc/web on n1, ip#2, rule resource: the hostname "web." of ip#2 gives no name in DNS: it has an empty label
    ; warning of opensvc-v3, root/svc/web on n1, ip#3, rule resource: the hostname "*" of ip#3 gives no name in DNS: "*" has no place in a host's name
    "#);
    assert_eq!(published.made_by("service").lines().count(), 5);
}

#[test]
fn an_expose_is_named_after_its_published_port_and_leads_to_the_node() {
    let cluster =
        r#""name": "cluster1", "dns": ["10.0.0.1"], "nodes": { "n1": { "score": 96 }, "n2": {} }"#;
    let services = r##""web": { "instances": {
        "n1": { "resources": {
            "ip#0": { "info": { "ipaddr": "10.22.0.5", "expose": ["80/tcp", "443/tcp:8443", "53/udp6", "80/tcp:99999"] } },
            "ip#1": { "info": { "ipaddr": "10.22.0.6", "expose": "80/tcp 81/tcp" } } } },
        "n2": { "resources": {
            "ip#0": { "info": { "ipaddr": "10.22.0.5", "expose": ["80/tcp"] } } } },
        "n3": { "resources": {
            "ip#0": { "info": { "expose": ["80/tcp"] } } } },
        "n4": { "resources": {
            "ip#0": { "info": { "ipaddr": "", "expose": ["80/tcp"] } } } } } }"##;
    let document = format!(r#"{{ "cluster": {{ {cluster} }}, "services": {{ {services} }} }}"#);
    let published = publish::<OpensvcV3>(&document, "{}").unwrap();
    assert_snapshot!(published.made_by("srv"), @r"
    _80._tcp.web.root.svc.cluster1. 60 IN SRV 0 10 80 web.root.svc.n2.node.cluster1.
    _80._tcp.web.root.svc.cluster1. 60 IN SRV 0 10 80 web.root.svc.n4.node.cluster1.
    _80._tcp.web.root.svc.cluster1. 60 IN SRV 0 96 80 web.root.svc.n1.node.cluster1.
    _81._tcp.web.root.svc.cluster1. 60 IN SRV 0 96 81 web.root.svc.n1.node.cluster1.
    _8443._tcp.web.root.svc.cluster1. 60 IN SRV 0 96 443 web.root.svc.n1.node.cluster1.
    _99999._tcp.web.root.svc.cluster1. 60 IN SRV 0 96 80 web.root.svc.n1.node.cluster1.
    _53._udp6.web.root.svc.cluster1. 60 IN SRV 0 96 53 web.root.svc.n1.node.cluster1.
    ");
    assert_eq!(published.made_by("node").matches(".n4.").count(), 0);
    // The daemon reads what every generation does, and says what it cannot.
    assert_snapshot!(published.notes(), @"; problem in the document: services.web.instances.n1.resources.ip#0.info.expose: `80/tcp:99999`: a port is 1 to 65535");
}

#[test]
fn an_expose_that_this_agent_does_not_read_is_told() {
    let services = on_n1(
        "web",
        r##""expose#1": { "info": { "port": 80, "protocol": "tcp" } },
            "ip#0": { "info": { "ipaddr": "10.22.0.5", "expose": ["expose#1", "80-tcp", "99999/tcp"] } }"##,
    );
    let published = published(&services, "{}");
    assert_eq!(published.made_by("srv"), "");
    assert_snapshot!(published.notes(), @r#"
    ; problem in the document: services.web.instances.n1.resources.ip#0.info.expose: `99999/tcp`: a port is 1 to 65535
    ; warning of opensvc-v3, root/svc/web on n1, ip#0, rule srv: the expose "expose#1" of ip#0 gives no record: agents of this generation read PORT/PROTOCOL or PORT/PROTOCOL:PUBLISHED, of tcp, tcp4, tcp6, udp, udp4, udp6
    ; warning of opensvc-v3, root/svc/web on n1, ip#0, rule srv: the expose "80-tcp" of ip#0 gives no record: agents of this generation read PORT/PROTOCOL or PORT/PROTOCOL:PUBLISHED, of tcp, tcp4, tcp6, udp, udp4, udp6
    ; warning of opensvc-v3, root/svc/web on n1, ip#0, rule srv: the expose "99999/tcp" of ip#0 gives no record: a port is at most 65535
    "#);
}

#[test]
fn an_address_points_to_its_resource_and_to_its_resource_on_the_node() {
    let services = r#""web": { "instances": {
        "n1": { "resources": {
            "ip#0": { "info": { "ipaddr": ["10.22.0.5", "fd00:60::21"], "hostname": "web1" } },
            "ip#1": { "info": { "ipaddr": "192.0.2.1" } } } },
        "n2": { "resources": { "ip#0": { "info": { "ipaddr": "10.22.0.5", "hostname": "web1" } } } } } }"#;
    let published = published(services, "{}");
    assert_snapshot!(published.made_by("ptr"), @r"
    5.0.22.10.in-addr.arpa. 60 IN PTR web1.web.root.svc.cluster1.
    5.0.22.10.in-addr.arpa. 60 IN PTR web1.web.root.svc.n1.node.cluster1.
    5.0.22.10.in-addr.arpa. 60 IN PTR web1.web.root.svc.n2.node.cluster1.
    1.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.0.0.0.0.d.f.ip6.arpa. 60 IN PTR web1.web.root.svc.cluster1.
    1.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.0.0.0.0.d.f.ip6.arpa. 60 IN PTR web1.web.root.svc.n1.node.cluster1.
    ");
    // What lies in no zone of ours is nobody's fault.
    assert_eq!(published.notes(), "");
}

#[test]
fn zones_begin_as_the_agent_s_with_a_server_that_has_an_address() {
    let document = r#"{ "cluster": { "name": "Cluster1.Example.", "dns": ["10.0.0.1", "fd00::2"] }, "services": {} }"#;
    let published =
        publish::<OpensvcV3>(document, r#"{ "reverse-zones": ["10.22.0.0/16"] }"#).unwrap();
    assert_snapshot!(published.to_string(), @r"
    22.10.in-addr.arpa. 60 IN SOA ns1.cluster1.example. contact.opensvc.com. 0 7200 3600 432000 86400
    22.10.in-addr.arpa. 3600 IN NS ns1.cluster1.example.
    22.10.in-addr.arpa. 3600 IN NS ns2.cluster1.example.
    cluster1.example. 60 IN SOA ns1.cluster1.example. contact.opensvc.com. 0 7200 3600 432000 86400
    cluster1.example. 3600 IN NS ns1.cluster1.example.
    cluster1.example. 3600 IN NS ns2.cluster1.example.
    ns1.cluster1.example. 60 IN A 10.0.0.1
    ns2.cluster1.example. 60 IN AAAA fd00::2
    ");
    let published = publish::<OpensvcV3>(document, "{}").unwrap();
    assert_eq!(published.apexes().len(), 20);
}

#[test]
fn settings_that_are_none_are_refused_by_name() {
    for (settings, message) in [
        (
            r#"{"ttls": 60}"#,
            r#"settings: there is no "ttls" here, the nearest is "ttl""#,
        ),
        (
            r#"{"contact": "nobody"}"#,
            r#"settings.contact: "nobody" is neither a mailbox ("dns@example.com") nor a name ("dns.example.com")"#,
        ),
        (
            r#"{"reverse-zones": ["example.com"]}"#,
            r#"settings.reverse-zones.0: "example.com" is neither a reverse zone ("22.10.in-addr.arpa", "d.f.ip6.arpa") nor a prefix ("10.22.0.0/16")"#,
        ),
    ] {
        let refused = publish::<OpensvcV3>(&document(""), settings).err();
        let expected = format!("opensvc-v3 refuses: {message}");
        assert_eq!(
            refused.map(|error| error.to_string()),
            Some(expected),
            "{settings}"
        );
    }
}

/// The files beside the README are input and output: `UPDATE=1 cargo test -p opensvc-v3` writes the output anew.
#[test]
fn the_cluster_gives_the_expected_zone() {
    assert_expected::<OpensvcV3>(env!("CARGO_MANIFEST_DIR"));
}

#[test]
fn the_schema_has_every_setting_with_its_default() {
    check_schema(include_str!("settings.schema.json"), Settings::read).unwrap();
}

/// Owner and type of each record but SOA and NS, with its lines.
fn rrsets(published: &Published) -> BTreeMap<(String, String), Vec<String>> {
    let mut rrsets: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for line in published
        .to_string()
        .lines()
        .filter(|line| !line.starts_with(';'))
    {
        let [owner, _, _, rtype, _] = *line.splitn(5, ' ').collect::<Vec<_>>() else {
            panic!("{line}")
        };
        if !matches!(rtype, "SOA" | "NS") {
            let rrset = rrsets
                .entry((owner.to_owned(), rtype.to_owned()))
                .or_default();
            rrset.push(line.to_owned());
        }
    }
    rrsets
}

/// The way to the default policy, as the README has it.
#[test]
fn beside_the_default_policy_both_have_their_names_and_the_first_one_those_of_both() {
    let harness = || Harness::read(include_str!("../cluster.json")).unwrap();
    let agents = |harness: Harness| harness.policy::<OpensvcV3>("{}").unwrap();
    let defaults = |harness: Harness| harness.policy::<DefaultPolicy>("{}").unwrap();
    let of_agents = rrsets(&agents(harness()).publish());
    let of_default = rrsets(&defaults(harness()).publish());
    for (stack, first, second) in [
        (defaults(agents(harness())), &of_agents, &of_default),
        (agents(defaults(harness())), &of_default, &of_agents),
    ] {
        let mut expected = second.clone();
        expected.extend(first.clone());
        assert_eq!(rrsets(&stack.publish()), expected);
    }
    let only = |one: &BTreeMap<_, _>, other: &BTreeMap<_, _>| {
        let names = one.keys().filter(|key| !other.contains_key(*key));
        names
            .map(|(owner, rtype)| format!("{owner} {rtype}\n"))
            .collect::<String>()
    };
    // A service of this kind, without dotted hostnames, has no name that the default policy lacks.
    assert_eq!(only(&of_agents, &of_default), "");
    assert_snapshot!(only(&of_default, &of_agents), @r"
    10-11-0-2.web.ns1.svc.cluster1. A
    10-11-4-2.web.ns1.svc.cluster1. A
    10-60-0-10.db.root.svc.cluster1. A
    11.100.168.192.in-addr.arpa. PTR
    4.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.4.6.0.0.0.0.d.f.ip6.arpa. PTR
    _443._tcp.web.ns1.svc.cluster1. SRV
    _http._tcp.web.ns1.svc.cluster1. SRV
    _https._tcp.web.ns1.svc.cluster1. SRV
    _postgresql._tcp.db.root.svc.cluster1. SRV
    dns.cluster1. A
    dns.cluster1. AAAA
    fd00-60-0-0-0-0-0-21.db.root.svc.cluster1. AAAA
    ");
}
