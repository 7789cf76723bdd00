//! Every example of the specification (schema 1.1.0, of 1.0.1 the one record that 1.1.0 dropped): the question, and the
//! records of the answer as the specification writes them, TTLs and all.
//!
//! <https://github.com/kubernetes/dns/blob/master/docs/specification.md>. What an example answers beyond the zone
//! (`www.example.com. A` behind a CNAME) is the resolver's.

use zonesmith_policy::harness::publish;

use crate::Kubernetes;

struct Example {
    section: &'static str,
    /// Settings beside `srv`: the examples have the TTLs of caches.
    ttl: &'static str,
    /// Members of `services`.
    service: &'static str,
    question: &'static str,
    answer: &'static [&'static str],
}

const CLUSTER: &str = r#""name": "example", "dns": ["192.0.2.1"], "networks": [
    { "name": "documentation", "cidr": "2001:db8::/32" } ]"#;

/// `https` is TCP port 443.
const CLUSTER_IP: &str = r#""default/svc/kubernetes": { "kubernetes": {
    "clusterIP": "10.3.0.1", "ports": [{ "name": "https", "protocol": "TCP", "port": 443, "targetPort": 6443 }] } }"#;

const CLUSTER_IP_6: &str =
    r#""default/svc/kubernetes": { "kubernetes": { "clusterIP": "2001:db8::1" } }"#;

const HEADLESS: &str = r#""default/svc/headless": { "instances": {
    "n1": { "resources": { "ip#0": { "info": { "ipaddr": "10.3.0.1" } } } },
    "n2": { "resources": { "ip#0": { "info": { "ipaddr": "10.3.0.2" } } } },
    "n3": { "resources": { "ip#0": { "info": { "ipaddr": "10.3.0.3" } } } } } }"#;

const HEADLESS_6: &str = r#""default/svc/headless": { "instances": {
    "n1": { "resources": { "ip#0": { "info": { "ipaddr": "2001:db8::1" } } } },
    "n2": { "resources": { "ip#0": { "info": { "ipaddr": "2001:db8::2" } } } },
    "n3": { "resources": { "ip#0": { "info": { "ipaddr": "2001:db8::3" } } } } } }"#;

const MY_PET: &str = r#""default/svc/headless": { "instances": {
    "n1": { "resources": { "ip#0": { "info": { "ipaddr": "10.3.0.100", "hostname": "my-pet" } } } } } }"#;

const MY_PET_6: &str = r#""default/svc/headless": { "instances": {
    "n1": { "resources": { "ip#0": { "info": { "ipaddr": "2001:db8::1", "hostname": "my-pet" } } } } } }"#;

const MY_PETS: &str = r#""default/svc/headless": {
    "kubernetes": { "ports": [{ "name": "https", "port": 443 }, { "port": 80 }] },
    "instances": {
        "n1": { "resources": { "ip#0": { "info": { "ipaddr": "10.3.0.100", "hostname": "my-pet" } } } },
        "n2": { "resources": { "ip#0": { "info": { "ipaddr": "10.3.0.101", "hostname": "my-pet-2" } } } },
        "n3": { "resources": { "ip#0": { "info": { "ipaddr": "10.3.0.102", "hostname": "438934893" } } } } } }"#;

const EXTERNAL_NAME: &str = r#""default/svc/foo": { "kubernetes": {
    "type": "ExternalName", "externalName": "www.example.com" } }"#;

const EXAMPLES: [Example; 16] = [
    Example {
        section: "2.2 schema version",
        ttl: "{}",
        service: "",
        question: "dns-version.cluster.local. IN TXT",
        answer: &[r#"dns-version.cluster.local. 28800 IN TXT "1.1.0""#],
    },
    Example {
        section: "2.3.1 A of a cluster address",
        ttl: r#"{ "address": 4 }"#,
        service: CLUSTER_IP,
        question: "kubernetes.default.svc.cluster.local. IN A",
        answer: &["kubernetes.default.svc.cluster.local. 4 IN A 10.3.0.1"],
    },
    Example {
        section: "2.3.1 AAAA of a cluster address",
        ttl: r#"{ "address": 4 }"#,
        service: CLUSTER_IP_6,
        question: "kubernetes.default.svc.cluster.local. IN AAAA",
        answer: &["kubernetes.default.svc.cluster.local. 4 IN AAAA 2001:db8::1"],
    },
    Example {
        section: "2.3.2 SRV of a service",
        ttl: r#"{ "srv": 30 }"#,
        service: CLUSTER_IP,
        question: "_https._tcp.kubernetes.default.svc.cluster.local. IN SRV",
        answer: &[
            "_https._tcp.kubernetes.default.svc.cluster.local. 30 IN SRV 10 100 443 kubernetes.default.svc.cluster.local.",
        ],
    },
    Example {
        section: "2.3.3 PTR of a cluster address",
        ttl: r#"{ "ptr": 14 }"#,
        service: CLUSTER_IP,
        question: "1.0.3.10.in-addr.arpa. IN PTR",
        answer: &["1.0.3.10.in-addr.arpa. 14 IN PTR kubernetes.default.svc.cluster.local."],
    },
    Example {
        section: "2.3.3 PTR of a cluster address, IPv6",
        ttl: r#"{ "ptr": 14 }"#,
        service: CLUSTER_IP_6,
        question: "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. IN PTR",
        answer: &[
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. 14 IN PTR kubernetes.default.svc.cluster.local.",
        ],
    },
    Example {
        section: "2.4.1 A of a headless service",
        ttl: r#"{ "address": 4 }"#,
        service: HEADLESS,
        question: "headless.default.svc.cluster.local. IN A",
        answer: &[
            "headless.default.svc.cluster.local. 4 IN A 10.3.0.1",
            "headless.default.svc.cluster.local. 4 IN A 10.3.0.2",
            "headless.default.svc.cluster.local. 4 IN A 10.3.0.3",
        ],
    },
    Example {
        section: "2.4.1 A of an endpoint",
        ttl: r#"{ "address": 4 }"#,
        service: MY_PET,
        question: "my-pet.headless.default.svc.cluster.local. IN A",
        answer: &["my-pet.headless.default.svc.cluster.local. 4 IN A 10.3.0.100"],
    },
    Example {
        section: "2.4.1 AAAA of a headless service",
        ttl: r#"{ "address": 4 }"#,
        service: HEADLESS_6,
        question: "headless.default.svc.cluster.local. IN AAAA",
        answer: &[
            "headless.default.svc.cluster.local. 4 IN AAAA 2001:db8::1",
            "headless.default.svc.cluster.local. 4 IN AAAA 2001:db8::2",
            "headless.default.svc.cluster.local. 4 IN AAAA 2001:db8::3",
        ],
    },
    Example {
        section: "2.4.1 AAAA of an endpoint",
        ttl: r#"{ "address": 4 }"#,
        service: MY_PET_6,
        question: "my-pet.headless.default.svc.cluster.local. IN AAAA",
        answer: &["my-pet.headless.default.svc.cluster.local. 4 IN AAAA 2001:db8::1"],
    },
    Example {
        section: "2.4.2 SRV of a headless service",
        ttl: r#"{ "srv": 4 }"#,
        service: MY_PETS,
        question: "_https._tcp.headless.default.svc.cluster.local. IN SRV",
        answer: &[
            "_https._tcp.headless.default.svc.cluster.local. 4 IN SRV 10 100 443 my-pet.headless.default.svc.cluster.local.",
            "_https._tcp.headless.default.svc.cluster.local. 4 IN SRV 10 100 443 my-pet-2.headless.default.svc.cluster.local.",
            "_https._tcp.headless.default.svc.cluster.local. 4 IN SRV 10 100 443 438934893.headless.default.svc.cluster.local.",
        ],
    },
    Example {
        section: "2.4.3 PTR of an endpoint",
        ttl: r#"{ "ptr": 14 }"#,
        service: MY_PET,
        question: "100.0.3.10.in-addr.arpa. IN PTR",
        answer: &["100.0.3.10.in-addr.arpa. 14 IN PTR my-pet.headless.default.svc.cluster.local."],
    },
    Example {
        section: "2.4.3 PTR of an endpoint, IPv6",
        ttl: r#"{ "ptr": 14 }"#,
        service: MY_PET_6,
        question: "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. IN PTR",
        answer: &[
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. 14 IN PTR my-pet.headless.default.svc.cluster.local.",
        ],
    },
    Example {
        section: "2.5 external name, asked for A",
        ttl: r#"{ "external-name": 10 }"#,
        service: EXTERNAL_NAME,
        question: "foo.default.svc.cluster.local. IN A",
        answer: &["foo.default.svc.cluster.local. 10 IN CNAME www.example.com."],
    },
    Example {
        section: "2.5 external name, asked for AAAA",
        ttl: r#"{ "external-name": 10 }"#,
        service: EXTERNAL_NAME,
        question: "foo.default.svc.cluster.local. IN AAAA",
        answer: &["foo.default.svc.cluster.local. 10 IN CNAME www.example.com."],
    },
    Example {
        section: "2.6 of 1.0.1, the form of a pod's name",
        ttl: r#"{ "address": 4 }"#,
        service: MY_PET,
        question: "10-3-0-100.default.pod.cluster.local. IN A",
        answer: &["10-3-0-100.default.pod.cluster.local. 4 IN A 10.3.0.100"],
    },
];

#[test]
fn every_example_of_the_specification_is_answered_as_it_says() {
    for Example {
        section,
        ttl,
        service,
        question,
        answer,
    } in EXAMPLES
    {
        let document = format!(r#"{{ "cluster": {{ {CLUSTER} }}, "services": {{ {service} }} }}"#);
        let settings = format!(r#"{{ "srv": {{ "priority": 10, "weight": 100 }}, "ttl": {ttl} }}"#);
        let published = publish::<Kubernetes>(&document, &settings).unwrap();
        assert_eq!(published.notes(), "", "{section}");
        let (owner, rtype) = question.split_once(" IN ").unwrap();
        let text = published.to_string();
        let mut found: Vec<&str> = text
            .lines()
            .filter(|line| {
                let mut words = line.split(' ');
                let is_of_name = words.next() == Some(owner);
                let found = words.nth(2);
                is_of_name && (found == Some(rtype) || found == Some("CNAME"))
            })
            .collect();
        let mut expected = answer.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{section}");
    }
}
