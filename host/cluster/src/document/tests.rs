//! Longer than a file should be, since most of it is one table: documents that are refused, each with its sentence.

use insta::assert_snapshot;
use jsonschema::Validator;

use super::*;
use crate::outline::{file, outline};

/// Documents that the reader and the schema take.
const DOCUMENTS: [&str; 7] = [
    "examples/demo/cluster.json",
    "tests/fixtures/documents/faults-inside.json",
    "tests/fixtures/documents/one-service.json",
    "tests/fixtures/documents/services-only.json",
    "tests/fixtures/documents/short-paths.json",
    "tests/fixtures/documents/smallest.json",
    "tests/fixtures/documents/unknown-fields.json",
];

fn document(path: &str) -> State {
    let (format, state) =
        read(file(path).as_bytes()).unwrap_or_else(|fault| panic!("{path}: {fault}"));
    assert_eq!(format, Format::ClusterDocument, "{path}");
    state
}

fn fixture(name: &str) -> String {
    outline(&document(&format!("tests/fixtures/documents/{name}.json")))
}

fn schema() -> Validator {
    let schema = serde_json::from_str(&file("host/etc/cluster.schema.json")).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

#[test]
fn the_schema_takes_what_the_reader_takes() {
    let schema = schema();
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/documents");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<_> = files.filter(|name| name.ends_with(".json")).collect();
    files.sort();
    let listed = DOCUMENTS
        .iter()
        .filter_map(|path| path.strip_prefix("tests/fixtures/documents/"));
    assert!(files.iter().eq(listed), "{files:?}");
    for path in DOCUMENTS {
        document(path);
        let json = serde_json::from_str(&file(path)).unwrap();
        let faults: Vec<_> = schema
            .iter_errors(&json)
            .map(|fault| fault.to_string())
            .collect();
        assert!(faults.is_empty(), "{path}: {faults:?}");
    }
}

#[test]
fn everything_that_has_a_field_is_read_and_sorted() {
    assert_snapshot!(fixture("one-service"), @r#"
    cluster "cluster1" dns [10.0.0.1, fd00::1] {}
      node n1 Some(87) [10.0.0.1, fd00::1] {}
      node n2 None [] {}
      network backend 10.22.0.0/16 Cluster [("n1", 10.22.0.0/24), ("n2", 10.22.1.0/24)] {}
      network bridge 10.88.0.0/16 Node [] {}
    shop/svc/web [("team", "front"), ("tier", "web")] {}
      n1 Some(87) up {}
        expose#1 undef [] None [] {"port":"9090"}
        ip#0 up [10.22.0.5] Some("web1") [80/tcp 443/tcp:8443 9090/tcp] {"expose":["80/tcp","443/tcp:8443","expose#1"],"hostname":"web1","ipaddr":"10.22.0.5"}
        ip#1 n/a [10.22.0.6, fd00:60::6] None [53/udp 53/tcp] {"expose":"53/udp 53/tcp","hostname":null,"ipaddr":["10.22.0.6","fd00:60::6"]}
      n2 None stdby down {}
    "#);
}

#[test]
fn a_path_may_be_short_and_a_name_dotted() {
    assert_snapshot!(fixture("short-paths"), @r#"
    cluster "Prod.Example" dns [10.0.0.1] {}
    root/svc/1.web [] {}
    root/svc/cluster [] {}
    root/svc/web [] {}
    root/vol/web [] {}
    shop/svc/web [] {}
    shop/svc/web.v2.eu [] {}
    "#);
}

#[test]
fn what_has_no_field_reaches_info() {
    assert_snapshot!(fixture("unknown-fields"), @r#"
    cluster "cluster1" dns [10.0.0.1] {"id":7}
      node n1 None [] {"env":"PRD"}
      network backend 10.22.0.0/16 Cluster [] {"mask_per_node":22}
    root/svc/web [] {"scaler_slave":true,"topology":"flex"}
      n1 None undef {"frozen_at":null,"overall":"warn"}
        ip#0 undef [10.22.0.5] None [] {"dev":"eth0","ipaddr":"10.22.0.5","nested":{"a":{},"b":[1.5,true]},"tags":["a","b"],"type":"ip.cni"}
    "#);
}

#[test]
fn a_fault_in_a_resource_takes_away_only_itself() {
    assert_snapshot!(fixture("faults-inside"), @r#"
    cluster "cluster1" dns [10.0.0.1] {}
    shop/svc/db [] {}
    shop/svc/web [] {}
      n1 None undef {}
        expose#2 undef [] None [] {"port":0}
        expose#3 undef [] None [] {}
        ip#0 undef [] None [80/tcp] {"expose":["80/tcp","99999/tcp","http","80/icmp","expose#1","expose#2","expose#3"],"hostname":"","ipaddr":"10.22.0.256"}
        ip#1 undef [10.22.0.7] None [] {"ipaddr":["","10.22.0.5/24","10.22.0.7"]}
      ! services.shop/svc/web.instances.n1.resources.ip#0.info.ipaddr: `10.22.0.256` is no IP address
      ! services.shop/svc/web.instances.n1.resources.ip#0.info.expose: `99999/tcp`: a port is 1 to 65535
      ! services.shop/svc/web.instances.n1.resources.ip#0.info.expose: `http`: expected an expose such as 80/tcp, 443/tcp:8443 or expose#1
      ! services.shop/svc/web.instances.n1.resources.ip#0.info.expose: `80/icmp`: the protocol is none of tcp, tcp4, tcp6, udp, udp4, udp6, sctp, dccp
      ! services.shop/svc/web.instances.n1.resources.ip#0.info.expose: `expose#1`: the instance has no such resource
      ! services.shop/svc/web.instances.n1.resources.ip#0.info.expose: `expose#2`: refers to `0/tcp`: a port is 1 to 65535
      ! services.shop/svc/web.instances.n1.resources.ip#0.info.expose: `expose#3`: that resource has no `port` in its info
      ! services.shop/svc/web.instances.n1.resources.ip#1.info.ipaddr: `10.22.0.5/24` is no IP address
    "#);
}

#[test]
fn a_cluster_without_a_name_is_a_problem_not_an_error() {
    assert_snapshot!(fixture("services-only"), @r#"
    cluster "" dns [] {}
    shop/svc/web [] {}
      n1 None undef {}
        ip#0 undef [10.22.0.5] None [] {"ipaddr":"10.22.0.5"}
    ! cluster.name: the cluster has no name, so it has no zone; name it here or in the configuration
    "#);
    assert!(
        document("tests/fixtures/documents/smallest.json")
            .problems
            .is_empty()
    );
}

#[test]
fn a_field_beside_cluster_and_services_is_ignored_aloud() {
    let (_, state) = read(br#"{"cluster": {"name": "c1"}, "servces": {}, "$schema": ""}"#).unwrap();
    let problems: Vec<_> = state.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        ["servces: a cluster document has `cluster` and `services`; this is ignored"]
    );
}

#[test]
fn a_language_is_told_by_what_is_in_the_text() {
    for (text, format) in [
        (
            r#"{"services": {}, "monitor": {}}"#,
            Format::ClusterDocument,
        ),
        (
            r#"{"cluster": {"name": "c1", "config": {}}}"#,
            Format::ClusterDocument,
        ),
        (
            r#"{"cluster": {"config": {"name": "c1"}}, "daemon": {}}"#,
            Format::AgentV3,
        ),
        (
            r#"{"monitor": {}, "cluster": {"name": "c1"}}"#,
            Format::AgentV2,
        ),
    ] {
        assert_eq!(read(text.as_bytes()).unwrap().0, format, "{text}");
    }
}

#[test]
fn the_demo_has_no_problem() {
    let state = document("examples/demo/cluster.json");
    assert_eq!(state.problems, []);
    for service in state.services.values() {
        assert_eq!(service.problems, [], "{}", service.path);
    }
    assert_eq!(state.cluster.name, "demo");
}

/// Whether a schema can see the fault at all.
#[derive(PartialEq)]
enum Schema {
    Refuses,
    CannotTell,
}
use Schema::{CannotTell, Refuses};

/// Documents that are refused, with the sentence that says why.
const WRONG: [(Schema, &str, &str); 42] = [
    (
        Refuses,
        r"{}",
        "neither a cluster document (an object with `cluster` and `services`) nor the status of an OpenSVC agent",
    ),
    (
        Refuses,
        r"[]",
        "neither a cluster document (an object with `cluster` and `services`) nor the status of an OpenSVC agent",
    ),
    (
        Refuses,
        r#""x""#,
        "neither a cluster document (an object with `cluster` and `services`) nor the status of an OpenSVC agent",
    ),
    (
        Refuses,
        r#"{"servces": {}}"#,
        "neither a cluster document (an object with `cluster` and `services`) nor the status of an OpenSVC agent",
    ),
    (
        Refuses,
        r#"{"cluster": []}"#,
        "cluster: expected an object, found a list",
    ),
    (
        Refuses,
        r#"{"cluster": null}"#,
        "cluster: expected an object, found null",
    ),
    (
        Refuses,
        r#"{"cluster": {"name": 7}}"#,
        "cluster.name: expected a text, found a number",
    ),
    (
        Refuses,
        r#"{"cluster": {"name": null}}"#,
        "cluster.name: expected a text, found null",
    ),
    (
        Refuses,
        r#"{"cluster": {"dns": "10.0.0.1"}}"#,
        "cluster.dns: expected a list, found a text",
    ),
    (
        Refuses,
        r#"{"cluster": {"dns": ["10.0.0.1", 5]}}"#,
        "cluster.dns[1]: expected a text, found a number",
    ),
    (
        Refuses,
        r#"{"cluster": {"dns": ["10.0.0.1", "ns2.example"]}}"#,
        "cluster.dns[1]: `ns2.example` is no IP address",
    ),
    (
        Refuses,
        r#"{"cluster": {"dns": [""]}}"#,
        "cluster.dns[0]: `` is no IP address",
    ),
    (
        Refuses,
        r#"{"cluster": {"nodes": ["n1"]}}"#,
        "cluster.nodes: expected an object, found a list",
    ),
    (
        Refuses,
        r#"{"cluster": {"nodes": {"n1": 87}}}"#,
        "cluster.nodes.n1: expected an object, found a number",
    ),
    (
        Refuses,
        r#"{"cluster": {"nodes": {"n1": {"score": "87"}}}}"#,
        "cluster.nodes.n1.score: expected a number, found a text",
    ),
    (
        Refuses,
        r#"{"cluster": {"nodes": {"n1": {"score": 101}}}}"#,
        "cluster.nodes.n1.score: a score is a whole number from 0 to 100, not 101",
    ),
    (
        Refuses,
        r#"{"cluster": {"nodes": {"n1": {"score": 8.5}}}}"#,
        "cluster.nodes.n1.score: a score is a whole number from 0 to 100, not 8.5",
    ),
    (
        Refuses,
        r#"{"cluster": {"nodes": {"n1": {"score": -1}}}}"#,
        "cluster.nodes.n1.score: a score is a whole number from 0 to 100, not -1",
    ),
    (
        Refuses,
        r#"{"cluster": {"nodes": {"n1": {"addresses": ["n1"]}}}}"#,
        "cluster.nodes.n1.addresses[0]: `n1` is no IP address",
    ),
    (
        Refuses,
        r#"{"cluster": {"networks": {}}}"#,
        "cluster.networks: expected a list, found an object",
    ),
    (
        Refuses,
        r#"{"cluster": {"networks": [{"name": "a"}]}}"#,
        "cluster.networks[0]: a network needs a `cidr`",
    ),
    (
        Refuses,
        r#"{"cluster": {"networks": [{"cidr": "10.0.0.0/8"}]}}"#,
        "cluster.networks[0]: a network needs a `name`",
    ),
    (
        Refuses,
        r#"{"cluster": {"networks": [{"name": "a", "cidr": "10.0.0.0"}]}}"#,
        "cluster.networks[0].cidr: `10.0.0.0`: expected a prefix such as 10.22.0.0/16 or fd00:60::/64",
    ),
    (
        CannotTell,
        r#"{"cluster": {"networks": [{"name": "a", "cidr": "10.0.0.1/8"}]}}"#,
        "cluster.networks[0].cidr: `10.0.0.1/8`: an address inside a network is no prefix; the network is 10.0.0.0/8",
    ),
    (
        Refuses,
        r#"{"cluster": {"networks": [{"name": "a", "cidr": "10.0.0.0/8", "scope": "site"}]}}"#,
        "cluster.networks[0].scope: `site` is neither `cluster` nor `node`",
    ),
    (
        Refuses,
        r#"{"cluster": {"networks": [{"name": "a", "cidr": "10.0.0.0/8", "subnets": {"n1": 5}}]}}"#,
        "cluster.networks[0].subnets.n1: expected a text, found a number",
    ),
    (
        CannotTell,
        r#"{"cluster": {"networks": [{"name": "a", "cidr": "10.0.0.0/8"}, {"name": "a", "cidr": "fd00::/8"}]}}"#,
        "cluster.networks[1].name: another network is called `a` too",
    ),
    (
        Refuses,
        r#"{"services": []}"#,
        "services: expected an object, found a list",
    ),
    (
        Refuses,
        r#"{"services": {"a/b/c/d": {}}}"#,
        "services.a/b/c/d: the path has more than three parts; a path is `name`, `kind/name` or `namespace/kind/name`",
    ),
    (
        Refuses,
        r#"{"services": {"shop//web": {}}}"#,
        "services.shop//web: a part of the path is empty; a path is `name`, `kind/name` or `namespace/kind/name`",
    ),
    (
        CannotTell,
        r#"{"services": {"web": {}, "root/svc/web": {}}}"#,
        "services: `web` and `root/svc/web` are both the service root/svc/web",
    ),
    (
        CannotTell,
        r#"{"services": {"svc/web": {}, "a": {}, "web": {}}}"#,
        "services: `svc/web` and `web` are both the service root/svc/web",
    ),
    (
        CannotTell,
        r#"{"services": {"web": {}, "web": {}}}"#,
        "services: the key `web` stands twice",
    ),
    (
        CannotTell,
        r#"{"services": {"web": {"instances": {"n1": {}, "n1": {}}}}}"#,
        "services.web: the key `n1` stands twice",
    ),
    (
        Refuses,
        r#"{"services": {"web": null}}"#,
        "services.web: expected an object, found null",
    ),
    (
        Refuses,
        r#"{"services": {"web": {"labels": {"team": true}}}}"#,
        "services.web.labels.team: expected a text, found true or false",
    ),
    (
        Refuses,
        r#"{"services": {"web": {"instances": {"n1": {"availability": "UP"}}}}}"#,
        "services.web.instances.n1.availability: `UP` is none of up, down, warn, n/a, undef, stdby up, stdby down",
    ),
    (
        Refuses,
        r#"{"services": {"web": {"instances": {"n1": {"resources": {"ip#0": {"status": 1}}}}}}}"#,
        "services.web.instances.n1.resources.ip#0.status: expected a text, found a number",
    ),
    (
        Refuses,
        r#"{"services": {"shop/svc/web": {"instances": {"n1": {"resources": {"ip#0": {"info": {"ipaddr": 10}}}}}}}}"#,
        "services.shop/svc/web.instances.n1.resources.ip#0.info.ipaddr: expected a list of texts, found a number",
    ),
    (
        Refuses,
        r#"{"services": {"web": {"instances": {"n1": {"resources": {"ip#0": {"info": {"hostname": ["a"]}}}}}}}}"#,
        "services.web.instances.n1.resources.ip#0.info.hostname: expected a text, found a list",
    ),
    (
        Refuses,
        r#"{"services": {"web": {"instances": {"n1": {"resources": {"ip#0": {"info": {"expose": ["80/tcp", 443]}}}}}}}}"#,
        "services.web.instances.n1.resources.ip#0.info.expose[1]: expected a text, found a number",
    ),
    (
        Refuses,
        r#"{"services": {"web": {"instances": {"n1": {"resources": {"ip#0": {"info": []}}}}}}}"#,
        "services.web.instances.n1.resources.ip#0.info: expected an object, found a list",
    ),
];

#[test]
fn what_is_refused_says_where_and_why() {
    let schema = schema();
    for (by_schema, json, sentence) in WRONG {
        let fault = read(json.as_bytes()).expect_err(json);
        assert_eq!(fault.to_string(), sentence, "{json}");
        let refused = !schema.is_valid(&serde_json::from_str(json).unwrap());
        assert_eq!(refused, by_schema == Refuses, "schema, {json}");
    }
}

#[test]
fn broken_json_is_told_by_line_and_column() {
    for (text, sentence) in [
        (&b""[..], "line 1, column 0: EOF while parsing a value"),
        (
            b"{\"cluster\": {\n  \"name\": \"c1\",\n",
            "line 3, column 0: EOF while parsing an object",
        ),
        (
            b"{\"cluster\": {\n  \"name\" \"c1\"}}",
            "line 2, column 10: expected `:`",
        ),
        (
            b"{\"services\": {}}\n}",
            "line 2, column 1: trailing characters",
        ),
        (
            b"{\"cluster\": {\"name\": \"\xff\"}}",
            "line 1, column 23: the text is not UTF-8",
        ),
        (
            b"{\"services\": {},\n \"services\": {}}",
            "line 2, column 16: the key `services` stands twice",
        ),
    ] {
        assert_eq!(
            read(text).unwrap_err().to_string(),
            sentence,
            "{:?}",
            String::from_utf8_lossy(text)
        );
    }
    let half = r#"{"services": {"web": {"topology": "\ud800"}}}"#;
    assert_eq!(
        read(half.as_bytes()).unwrap_err().to_string(),
        "services.web: unexpected end of hex escape"
    );
}

#[test]
fn a_document_cut_anywhere_is_refused() {
    let whole = file("examples/demo/cluster.json");
    let whole = whole.trim_end().as_bytes();
    for length in 0..whole.len() {
        assert!(read(&whole[..length]).is_err(), "the first {length} octets");
    }
}
