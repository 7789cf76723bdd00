//! The examples of Consul's documentation ("Perform static DNS queries", "Configure Consul DNS behavior"): the question, and
//! the records of the answer.
//!
//! <https://developer.hashicorp.com/consul/docs/discover/service/static>. Where an answer there contradicts the syntax that
//! the same page gives (an owner that was not asked for, a target outside `node` and `addr`), the row says what the syntax says, and
//! names the difference.

use zonesmith_policy::harness::publish;

use crate::Consul;

struct Example {
    title: &'static str,
    settings: &'static str,
    /// Members of `nodes`.
    nodes: &'static str,
    /// Members of `services`.
    services: &'static str,
    question: &'static str,
    answer: &'static [&'static str],
}

const FOO: &str = r#""foo": { "addresses": ["10.1.10.12"], "meta": { "meta_key": "meta_value", "rfc1035-x": "value only" } }"#;

const FOOBAR: &str = r#""foobar": { "addresses": ["10.1.10.12"] }"#;

const CONSUL: &str = r#""consul": { "instances": { "foobar": { "resources": {
    "ip#0": { "info": { "ipaddr": "10.1.10.12", "expose": ["8300/tcp"] } } } } } }"#;

const MACHINE: &str = r#""machine": { "addresses": ["127.0.0.1"] }"#;

const CONSUL_ON_MACHINE: &str = r#""consul": { "instances": { "machine": { "resources": {
    "ip#0": { "info": { "ipaddr": "127.0.0.1", "expose": ["8300/tcp"] } } } } } }"#;

const POSTGRESQL: &str = r#""postgresql": { "instances": {
    "n1": { "tags": ["primary"], "resources": { "ip#0": { "info": { "ipaddr": "10.1.10.12", "expose": ["5432/tcp"] } } } },
    "n2": { "tags": ["replica"], "resources": { "ip#0": { "info": { "ipaddr": "10.1.10.13", "expose": ["5432/tcp"] } } } } } }"#;

const RABBITMQ_TAGGED: &str = r#""rabbitmq": { "labels": { "tags": "amqp" }, "instances": { "node1": { "resources": {
    "ip#0": { "info": { "ipaddr": "10.1.11.20", "expose": ["5672/tcp"] } } } } } }"#;

const RABBITMQ: &str = r#""rabbitmq": { "instances": { "node1": { "resources": {
    "ip#0": { "info": { "ipaddr": "192.0.2.10", "expose": ["5672/tcp"] } } } } } }"#;

const RABBITMQ_6: &str = r#""rabbitmq": { "instances": { "node1": { "resources": {
    "ip#0": { "info": { "ipaddr": "2001:db8:1:2:cafe::1337", "expose": ["5672/tcp"] } } } } } }"#;

const REDIS: &str = r#""redis": { "instances": {
    "n1": { "resources": { "ip#0": { "info": { "ipaddr": "10.0.13.83", "expose": ["29081/tcp"] } } } },
    "n2": { "resources": { "ip#0": { "info": { "ipaddr": "10.1.13.86", "expose": ["29142/tcp"] } } } } } }"#;

const EXAMPLES: [Example; 14] = [
    Example {
        title: "the addresses of a node",
        settings: "{}",
        nodes: FOO,
        services: "",
        question: "foo.node.consul. A",
        answer: &["foo.node.consul. 0 IN A 10.1.10.12"],
    },
    Example {
        title: "the metadata of a node",
        settings: "{}",
        nodes: FOO,
        services: "",
        question: "foo.node.consul. TXT",
        answer: &[
            r#"foo.node.consul. 0 IN TXT "meta_key=meta_value""#,
            r#"foo.node.consul. 0 IN TXT "value only""#,
        ],
    },
    Example {
        title: "standard lookup, SRV",
        settings: "{}",
        nodes: FOOBAR,
        services: CONSUL,
        question: "consul.service.consul. SRV",
        answer: &["consul.service.consul. 0 IN SRV 1 1 8300 foobar.node.dc1.consul."],
    },
    Example {
        title: "standard lookup, the additional section",
        settings: "{}",
        nodes: FOOBAR,
        services: CONSUL,
        question: "foobar.node.dc1.consul. A",
        answer: &["foobar.node.dc1.consul. 0 IN A 10.1.10.12"],
    },
    Example {
        // The page's answer has the owner `consul.service.consul` and itself as the target.
        title: "standard lookup by tag in another data centre",
        settings: r#"{ "datacenter": "dc2" }"#,
        nodes: "",
        services: POSTGRESQL,
        question: "primary.postgresql.service.dc2.consul. SRV",
        answer: &[
            "primary.postgresql.service.dc2.consul. 0 IN SRV 1 1 5432 0a010a0c.addr.dc2.consul.",
        ],
    },
    Example {
        title: "standard lookup by tag, the address",
        settings: r#"{ "datacenter": "dc2" }"#,
        nodes: "",
        services: POSTGRESQL,
        question: "primary.postgresql.service.dc2.dc.consul. A",
        answer: &["primary.postgresql.service.dc2.dc.consul. 0 IN A 10.1.10.12"],
    },
    Example {
        // The page's target is `rabbitmq.node1.dc1.consul`.
        title: "RFC 2782 lookup by tag",
        settings: "{}",
        nodes: r#""node1": { "addresses": ["10.1.11.20"] }"#,
        services: RABBITMQ_TAGGED,
        question: "_rabbitmq._amqp.service.consul. SRV",
        answer: &["_rabbitmq._amqp.service.consul. 0 IN SRV 1 1 5672 node1.node.dc1.consul."],
    },
    Example {
        // On the page of a cluster peer, which is another cluster's business: here the data centre.
        title: "RFC 2782 lookup of two instances",
        settings: r#"{ "datacenter": "phx1" }"#,
        nodes: "",
        services: REDIS,
        question: "_redis._tcp.service.phx1.dc.consul. SRV",
        answer: &[
            "_redis._tcp.service.phx1.dc.consul. 0 IN SRV 1 1 29081 0a000d53.addr.phx1.consul.",
            "_redis._tcp.service.phx1.dc.consul. 0 IN SRV 1 1 29142 0a010d56.addr.phx1.consul.",
        ],
    },
    Example {
        title: "what the targets resolve to",
        settings: r#"{ "datacenter": "phx1" }"#,
        nodes: "",
        services: REDIS,
        question: "0a010d56.addr.phx1.consul. A",
        answer: &["0a010d56.addr.phx1.consul. 0 IN A 10.1.13.86"],
    },
    Example {
        title: "a service with an address of its own",
        settings: "{}",
        nodes: r#""node1": { "addresses": ["10.1.11.20"] }"#,
        services: RABBITMQ,
        question: "_rabbitmq._tcp.service.consul. SRV",
        answer: &["_rabbitmq._tcp.service.consul. 0 IN SRV 1 1 5672 c000020a.addr.dc1.consul."],
    },
    Example {
        title: "a service with an address of its own, IPv6",
        settings: "{}",
        nodes: "",
        services: RABBITMQ_6,
        question: "_rabbitmq._tcp.service.consul. SRV",
        answer: &[
            "_rabbitmq._tcp.service.consul. 0 IN SRV 1 1 5672 20010db800010002cafe000000001337.addr.dc1.consul.",
        ],
    },
    Example {
        title: "another domain",
        settings: r#"{ "domain": "test-domain" }"#,
        nodes: MACHINE,
        services: CONSUL_ON_MACHINE,
        question: "consul.service.test-domain. SRV",
        answer: &["consul.service.test-domain. 0 IN SRV 1 1 8300 machine.node.dc1.test-domain."],
    },
    Example {
        title: "the way back to a node",
        settings: "{}",
        nodes: FOOBAR,
        services: CONSUL,
        question: "12.10.1.10.in-addr.arpa. PTR",
        answer: &["12.10.1.10.in-addr.arpa. 0 IN PTR foobar.node.dc1.consul."],
    },
    Example {
        title: "the way back to a service",
        settings: "{}",
        nodes: "",
        services: RABBITMQ_TAGGED,
        question: "20.11.1.10.in-addr.arpa. PTR",
        answer: &["20.11.1.10.in-addr.arpa. 0 IN PTR rabbitmq.service.dc1.consul."],
    },
];

#[test]
fn the_examples_of_the_documentation_are_answered_as_it_says() {
    for Example {
        title,
        settings,
        nodes,
        services,
        question,
        answer,
    } in EXAMPLES
    {
        let document = format!(
            r#"{{ "cluster": {{ "name": "dc1", "dns": ["192.0.2.1"], "nodes": {{ {nodes} }} }}, "services": {{ {services} }} }}"#
        );
        let published = publish::<Consul>(&document, settings).unwrap();
        assert_eq!(published.notes(), "", "{title}");
        let (owner, rtype) = question.split_once(' ').unwrap();
        let text = published.to_string();
        let mut found: Vec<&str> = text
            .lines()
            .filter(|line| {
                let mut words = line.split(' ');
                words.next() == Some(owner) && words.nth(2) == Some(rtype)
            })
            .collect();
        found.sort_unstable();
        assert_eq!(found, answer, "{title}");
    }
}
