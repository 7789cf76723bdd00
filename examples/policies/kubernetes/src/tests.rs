use insta::assert_snapshot;
use zonesmith_policy::harness::{Harness, Published, assert_expected, check_schema, publish};
use zonesmith_policy_default::DefaultPolicy;

use super::Kubernetes;
use super::settings::Settings;

/// What is published of these services (members of a JSON object).
fn published(services: &str, settings: &str) -> Published {
    let document = format!(
        r#"{{ "cluster": {{ "name": "prod", "dns": ["192.0.2.1"] }}, "services": {{ {services} }} }}"#
    );
    publish::<Kubernetes>(&document, settings).unwrap()
}

/// A service of one resource `ip#0` on n1 at 10.22.0.5, with these other members.
fn with(members: &str) -> String {
    format!(
        r#""shop/svc/web": {{ {members} "instances": {{ "n1": {{ "resources": {{
            "ip#0": {{ "status": "up", "info": {{ "ipaddr": "10.22.0.5", "expose": ["80/tcp", "50001/tcp"] }} }} }} }} }} }}"#
    )
}

/// The files beside the README are input and output: `UPDATE=1 cargo test -p kubernetes` writes the output anew.
#[test]
fn the_cluster_gives_the_expected_zones() {
    assert_expected::<Kubernetes>(env!("CARGO_MANIFEST_DIR"));
}

#[test]
fn a_service_that_says_nothing_is_headless() {
    let published = published(&with(""), "{}");
    assert_eq!(published.notes(), "");
    assert_snapshot!(published.zone("cluster.local").unwrap(), @r#"
    cluster.local. 60 IN SOA ns1.cluster.local. hostmaster.cluster.local. 0 7200 3600 432000 5
    cluster.local. 3600 IN NS ns1.cluster.local.
    dns-version.cluster.local. 28800 IN TXT "1.1.0"
    ns1.cluster.local. 60 IN A 192.0.2.1
    10-22-0-5.shop.pod.cluster.local. 5 IN A 10.22.0.5
    web.shop.svc.cluster.local. 5 IN A 10.22.0.5
    10-22-0-5.web.shop.svc.cluster.local. 5 IN A 10.22.0.5
    _http._tcp.web.shop.svc.cluster.local. 5 IN SRV 0 100 80 10-22-0-5.web.shop.svc.cluster.local.
    "#);
}

#[test]
fn a_cluster_address_is_said_in_three_ways() {
    let tagged = r#""shop/svc/web": { "instances": {
        "n1": { "resources": {
            "ip#0": { "status": "up", "info": { "ipaddr": "10.22.0.5", "expose": ["80/tcp", "50001/tcp"] } },
            "ip#1": { "status": "up", "tags": ["cluster-ip"], "info": { "ipaddr": "10.3.0.1" } } } },
        "n2": { "resources": { "ip#1": { "status": "down", "tags": ["a", "cluster-ip"], "info": { "ipaddr": "10.3.0.1" } } } } } }"#;
    let ways = [
        with(r#""kubernetes": { "clusterIP": "10.3.0.1", "type": "ClusterIP", "selector": {} },"#),
        with(r#""labels": { "kubernetes/cluster-ip": "10.3.0.1" },"#),
        tagged.to_owned(),
    ];
    for way in ways {
        let published = published(&way, "{}");
        assert_eq!(published.notes(), "", "{way}");
        let made = |rule| published.made_by(rule);
        assert_eq!(
            made("cluster-ip"),
            "web.shop.svc.cluster.local. 5 IN A 10.3.0.1\n",
            "{way}"
        );
        assert_eq!(
            made("srv"),
            "_http._tcp.web.shop.svc.cluster.local. 5 IN SRV 0 100 80 web.shop.svc.cluster.local.\n",
            "{way}"
        );
        assert_eq!(
            made("ptr"),
            "1.0.3.10.in-addr.arpa. 5 IN PTR web.shop.svc.cluster.local.\n",
            "{way}"
        );
        assert_eq!(
            made("pod"),
            "10-22-0-5.shop.pod.cluster.local. 5 IN A 10.22.0.5\n",
            "{way}"
        );
        assert_eq!(made("headless") + &made("endpoint"), "", "{way}");
    }
}

#[test]
fn a_service_of_both_families_has_both_addresses() {
    let service = with(
        r#""kubernetes": { "clusterIP": "10.3.0.1", "clusterIPs": ["10.3.0.1", "fd00:60::1"] },"#,
    );
    assert_snapshot!(published(&service, "{}").made_by("cluster-ip"), @r"
    web.shop.svc.cluster.local. 5 IN A 10.3.0.1
    web.shop.svc.cluster.local. 5 IN AAAA fd00:60::1
    ");
}

#[test]
fn a_service_without_a_cluster_address_on_purpose_is_headless() {
    for service in [
        with(r#""kubernetes": { "clusterIP": "None", "clusterIPs": ["None"] },"#),
        with(r#""kubernetes": { "clusterIP": "" },"#),
        with(r#""labels": { "kubernetes/cluster-ip": "None" },"#),
    ] {
        assert_eq!(
            published(&service, "{}").made_by("headless"),
            "web.shop.svc.cluster.local. 5 IN A 10.22.0.5\n",
            "{service}"
        );
    }
}

#[test]
fn ports_have_the_names_that_somebody_gave_them() {
    let all = r#"{ "name": "HTTP", "port": 80, "targetPort": 8080 }, { "name": "dns", "port": 53, "protocol": "UDP", "targetPort": "dns" }, { "port": 7 }"#;
    let headless = published(
        &with(&format!(r#""kubernetes": {{ "ports": [{all}] }},"#)),
        "{}",
    );
    assert_snapshot!(headless.made_by("srv"), @r"
    _http._tcp.web.shop.svc.cluster.local. 5 IN SRV 0 100 8080 10-22-0-5.web.shop.svc.cluster.local.
    _dns._udp.web.shop.svc.cluster.local. 5 IN SRV 0 100 53 10-22-0-5.web.shop.svc.cluster.local.
    ");
    let cluster_ip = format!(r#""kubernetes": {{ "clusterIP": "10.3.0.1", "ports": [{all}] }},"#);
    assert_snapshot!(published(&with(&cluster_ip), "{}").made_by("srv"), @r"
    _http._tcp.web.shop.svc.cluster.local. 5 IN SRV 0 100 80 web.shop.svc.cluster.local.
    _dns._udp.web.shop.svc.cluster.local. 5 IN SRV 0 100 53 web.shop.svc.cluster.local.
    ");
    let labels = with(r#""labels": { "kubernetes/ports": "http=80/tcp, dns=53/udp ssh=22" },"#);
    assert_snapshot!(published(&labels, "{}").made_by("srv"), @r"
    _http._tcp.web.shop.svc.cluster.local. 5 IN SRV 0 100 80 10-22-0-5.web.shop.svc.cluster.local.
    _ssh._tcp.web.shop.svc.cluster.local. 5 IN SRV 0 100 22 10-22-0-5.web.shop.svc.cluster.local.
    _dns._udp.web.shop.svc.cluster.local. 5 IN SRV 0 100 53 10-22-0-5.web.shop.svc.cluster.local.
    ");
    let nobody = with("");
    assert_snapshot!(published(&nobody, "{}").made_by("srv"), @"_http._tcp.web.shop.svc.cluster.local. 5 IN SRV 0 100 80 10-22-0-5.web.shop.svc.cluster.local.");
    assert_eq!(
        published(&nobody, r#"{ "registered-port-names": false }"#).made_by("srv"),
        ""
    );
}

#[test]
fn only_what_is_ready_has_names_unless_it_shall() {
    // Instance, resource, whether that is ready.
    for (instance, resource, is_ready) in [
        ("up", "up", true),
        ("up", "stdby up", true),
        ("warn", "up", true),
        ("up", "undef", true),
        ("undef", "undef", true),
        ("up", "n/a", true),
        ("up", "down", false),
        ("up", "stdby down", false),
        ("up", "warn", false),
        ("down", "up", false),
        ("stdby down", "undef", false),
    ] {
        let service = |members: &str| {
            format!(
                r#""shop/svc/web": {{ {members} "instances": {{ "n1": {{ "availability": "{instance}", "resources": {{
                    "ip#0": {{ "status": "{resource}", "info": {{ "ipaddr": "10.22.0.5", "hostname": "web1", "expose": ["80/tcp"] }} }} }} }} }} }}"#
            )
        };
        let records = |members: &str, settings: &str| {
            let published = published(&service(members), settings);
            ["headless", "endpoint", "srv", "ptr"]
                .map(|rule| published.made_by(rule).lines().count())
        };
        let expected = if is_ready { [1; 4] } else { [0; 4] };
        assert_eq!(records("", "{}"), expected, "{instance}, {resource}");
        let all = "kubernetes/publish-not-ready-addresses";
        for (members, settings) in [
            (
                r#""kubernetes": { "publishNotReadyAddresses": true },"#,
                "{}",
            ),
            (&*format!(r#""labels": {{ "{all}": "true" }},"#), "{}"),
            ("", r#"{ "publish-not-ready-addresses": true }"#),
        ] {
            assert_eq!(records(members, settings), [1; 4], "{members} {settings}");
        }
    }
}

#[test]
fn an_address_that_fails_over_is_ready_where_it_is_up() {
    let on = |node: &str, status: &str| {
        format!(
            r#""{node}": {{ "resources": {{ "ip#0": {{ "status": "{status}", "info": {{ "ipaddr": "10.22.0.5", "hostname": "web1" }} }} }} }}"#
        )
    };
    let service = format!(
        r#""shop/svc/web": {{ "instances": {{ {}, {} }} }}"#,
        on("n1", "down"),
        on("n2", "up")
    );
    let published = published(&service, "{}");
    assert_snapshot!(published.made_by("endpoint"), @"web1.web.shop.svc.cluster.local. 5 IN A 10.22.0.5");
}

#[test]
fn slices_are_endpoints_of_their_scaler() {
    let slice = |number: u8| {
        format!(
            r#""shop/svc/{number}.web": {{ "scaler_slave": true, "instances": {{ "n1": {{ "resources": {{
                "ip#0": {{ "info": {{ "ipaddr": "10.22.0.{number}" }} }} }} }} }} }}"#
        )
    };
    let services = [slice(1), slice(2)].join(", ");
    assert_snapshot!(published(&services, "{}").made_by("headless"), @r"
    web.shop.svc.cluster.local. 5 IN A 10.22.0.1
    web.shop.svc.cluster.local. 5 IN A 10.22.0.2
    ");
}

#[test]
fn a_mistake_publishes_nothing_of_the_service_and_is_told() {
    for (members, message) in [
        (
            r#""kubernetes": { "clusterIP": "10.3.0" },"#,
            r#"the cluster address "10.3.0" is no IP address"#,
        ),
        (
            r#""kubernetes": { "ports": [{ "name": "web", "port": 70000 }] },"#,
            "kubernetes.ports.0.port: a port is 1 to 65535",
        ),
        (
            r#""kubernetes": { "externalName": "-www.example.com" },"#,
            r#"the external name "-www.example.com" is no name in DNS: it has a label that begins or ends with a hyphen"#,
        ),
        (
            r#""labels": { "kubernetes/ports": "80/tcp" },"#,
            r#"the port "80/tcp" is not written as https=443/tcp"#,
        ),
        (
            r#""labels": { "kubernetes/ports": "web=0" },"#,
            r#"the port "web=0" is not written as https=443/tcp"#,
        ),
        (
            r#""labels": { "kubernetes/ports": "web=80/quic" },"#,
            r#"the protocol "quic" of the port "web" is none of tcp, udp, sctp"#,
        ),
    ] {
        let published = published(&with(members), "{}");
        let expected =
            format!("; error of kubernetes, shop/svc/web: nothing is published: {message}\n");
        assert_eq!(published.notes(), expected, "{members}");
        assert_eq!(
            published.made_by("headless") + &published.made_by("pod"),
            "",
            "{members}"
        );
    }
}

#[test]
fn a_hostname_that_is_no_label_is_told_and_the_address_has_another() {
    let service = with("").replace(r#""ipaddr""#, r#""hostname": "-web", "ipaddr""#);
    let published = published(&service, "{}");
    assert_snapshot!(published.notes(), @r#"; warning of kubernetes, shop/svc/web on n1, ip#0, rule endpoint: the hostname "-web" of ip#0 gives no name in DNS: it has a label that begins or ends with a hyphen"#);
    assert_snapshot!(published.made_by("endpoint"), @"10-22-0-5.web.shop.svc.cluster.local. 5 IN A 10.22.0.5");
}

#[test]
fn in_a_network_of_each_node_an_address_of_two_services_has_no_way_back() {
    let document = r#"{ "cluster": { "name": "prod", "dns": ["192.0.2.1"],
            "networks": [{ "name": "bridge", "cidr": "10.88.0.0/16", "scope": "node" }] },
        "services": {
            "one": { "instances": { "n1": { "resources": { "ip#0": { "info": { "ipaddr": "10.88.0.2" } } } } } },
            "two": { "instances": { "n2": { "resources": { "ip#0": { "info": { "ipaddr": ["10.88.0.2", "10.88.0.3"] } } } } } } } }"#;
    let published = publish::<Kubernetes>(document, "{}").unwrap();
    assert_snapshot!(published.made_by("ptr"), @"3.0.88.10.in-addr.arpa. 5 IN PTR 10-88-0-3.two.root.svc.cluster.local.");
}

#[test]
fn it_stands_beside_the_default_policy() {
    let published = Harness::read(include_str!("../cluster.json"))
        .and_then(|harness| harness.policy::<DefaultPolicy>("{}"))
        .and_then(|harness| harness.policy::<Kubernetes>(r#"{ "rules": { "ptr": false } }"#))
        .unwrap()
        .publish();
    assert_eq!(published.notes(), "");
    let apexes = published.apexes();
    assert!(apexes.contains(&"prod.".to_owned()) && apexes.contains(&"cluster.local.".to_owned()));
    assert!(
        published
            .made_by("cluster-ip")
            .contains("web.shop.svc.cluster.local.")
    );
    assert!(
        published
            .made_by("round-robin")
            .contains("web.shop.svc.prod.")
    );
}

#[test]
fn behind_another_policy_its_way_back_is_shadowed_unless_it_is_off() {
    let both = |settings: &str| {
        let published = Harness::read(include_str!("../cluster.json"))
            .and_then(|harness| harness.policy::<DefaultPolicy>("{}"))
            .and_then(|harness| harness.policy::<Kubernetes>(settings))
            .unwrap()
            .publish();
        published.notes()
    };
    assert_snapshot!(both("{}"), @r"
    ; conflict of kubernetes, shop/svc/db: 9.0.22.10.in-addr.arpa. PTR: a policy before this one has it
    ; conflict of kubernetes, cluster: 10.0.3.10.in-addr.arpa. PTR: a policy before this one has it
    ; conflict of kubernetes, cluster: 11.0.3.10.in-addr.arpa. PTR: a policy before this one has it
    ; conflict of kubernetes, shop/svc/vip: 2.0.3.10.in-addr.arpa. PTR: a policy before this one has it
    ; conflict of kubernetes, shop/svc/db: 9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.0.0.0.0.d.f.ip6.arpa. PTR: a policy before this one has it
    ");
    assert_eq!(both(r#"{ "rules": { "ptr": false } }"#), "");
}

#[test]
fn a_mistake_in_the_settings_is_told_with_its_place() {
    for (settings, message) in [
        (
            r#"{ "zones": "cluster.local" }"#,
            r#"settings: there is no "zones" here, the nearest is "zone""#,
        ),
        (
            r#"{ "zone": "cluster..local" }"#,
            r#"settings.zone: "cluster..local" is no name of a zone: it has an empty label"#,
        ),
        (
            r#"{ "ttl": { "srv": 2147483648 } }"#,
            "settings.ttl.srv: a time in DNS is at most 2147483647 seconds",
        ),
    ] {
        let refused = Harness::read(include_str!("../cluster.json"))
            .and_then(|harness| harness.policy::<Kubernetes>(settings));
        assert_eq!(
            refused.err().map(|error| error.to_string()),
            Some(format!("kubernetes refuses: {message}")),
            "{settings}"
        );
    }
}

#[test]
fn the_schema_has_every_setting_with_its_default() {
    check_schema(include_str!("settings.schema.json"), Settings::read).unwrap();
    assert_eq!(Settings::read("{}"), Ok(Settings::default()));
}
