//! Requests as runtimes make them, and what they are answered.

use serde_json::{Value, json};

use super::request::Command;
use super::*;

fn cluster() -> ClusterDns {
    ClusterDns {
        name: "cluster1".into(),
        nameservers: vec!["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()],
    }
}

fn variable(name: &str) -> Option<&'static str> {
    match name {
        "CNI_CONTAINERID" => Some("c1"),
        "CNI_NETNS" => Some("/run/netns/blue"),
        "CNI_IFNAME" => Some("eth0"),
        _ => None,
    }
}

fn configuration(more: &Value) -> Value {
    let mut configuration = json!({
        "cniVersion": "1.0.0", "name": "front", "type": "zonesmith-cni", "service": "shop/svc/web",
        "prevResult": {
            "cniVersion": "1.0.0", "ips": [{ "address": "10.1.0.5/16", "interface": 2 }],
            "interfaces": [{ "name": "eth0", "sandbox": "/run/netns/blue" }], "routes": [{ "dst": "0.0.0.0/0" }],
            "of.another": [1, 2.5, null],
        },
    });
    for (key, value) in more.as_object().unwrap() {
        configuration[key] = value.clone();
    }
    configuration
}

fn read(command: Command, configuration: &Value) -> Result<Request, Failure> {
    Request::read(command, variable, configuration.to_string().as_bytes())
}

fn added(more: &Value) -> (Value, Option<Why>) {
    add(
        &read(Command::Add, &configuration(more)).unwrap(),
        &cluster(),
    )
    .unwrap()
}

#[test]
fn a_result_is_passed_on_whole_with_the_resolver_filled_in() {
    let (result, why) = added(&json!({}));
    assert_eq!(why, None);
    let mut expected = configuration(&json!({}))["prevResult"].clone();
    expected["dns"] = json!({
        "nameservers": ["10.0.0.1", "10.0.0.2"],
        "search": ["web.shop.svc.cluster1", "shop.svc.cluster1", "svc.cluster1"],
        "options": ["ndots:2", "edns0", "use-vc"],
    });
    assert_eq!(result, expected);
    for version in VERSIONS {
        let (result, _) = added(&json!({ "cniVersion": version }));
        assert_eq!(
            result["cniVersion"], *version,
            "a result is of the version that was asked in"
        );
    }
}

#[test]
fn what_was_configured_stays() {
    let previous = |dns: Value| {
        let mut previous = configuration(&json!({}))["prevResult"].clone();
        previous["dns"] = dns;
        json!({ "prevResult": previous })
    };
    let (result, _) = added(&previous(
        json!({ "search": ["example.com"], "domain": "example.com", "options": ["ndots:1"] }),
    ));
    assert_eq!(
        result["dns"],
        json!({
            "nameservers": ["10.0.0.1", "10.0.0.2"], "domain": "example.com",
            "search": ["example.com", "web.shop.svc.cluster1", "shop.svc.cluster1", "svc.cluster1"],
            "options": ["ndots:1", "edns0", "use-vc"],
        })
    );
    let own = json!({ "nameservers": ["9.9.9.9"], "domain": "example.com" });
    let (result, why) = added(&previous(own.clone()));
    assert_eq!(result["dns"], own, "name servers of a plugin before us");
    assert_eq!(why, Some(Why::OwnNameservers(vec!["9.9.9.9".into()])));
    for more in [
        json!({ "dns": { "nameservers": ["9.9.9.9"], "search": ["example.com"] } }),
        json!({ "runtimeConfig": { "dns": { "servers": ["9.9.9.9"], "searches": ["example.com"] } } }),
    ] {
        let (result, why) = added(&more);
        assert!(why.is_some(), "{more}");
        assert_eq!(
            result["dns"],
            json!({ "nameservers": ["9.9.9.9"], "search": ["example.com"], "options": [] }),
            "{more}"
        );
    }
}

#[test]
fn the_service_is_of_the_container_before_the_network() {
    let labels = json!({ "cni": { "labels": [
        { "key": "app", "value": "x" }, { "key": "org.zonesmith.service", "value": "a/svc/label" }
    ] } });
    let annotations =
        json!({ "io.kubernetes.cri.pod-annotations": { "org.zonesmith.service": "a/svc/pod" } });
    let arguments = "IgnoreUnknown=1;ZONESMITH_SERVICE=a/svc/argument";
    for (more, arguments, expected) in [
        (json!({ "args": labels }), arguments, Some("a/svc/label")),
        (
            json!({ "runtimeConfig": annotations }),
            arguments,
            Some("a/svc/pod"),
        ),
        (json!({}), arguments, Some("a/svc/argument")),
        (json!({}), "IgnoreUnknown=1", Some("shop/svc/web")),
        (json!({ "service": null }), "", None),
    ] {
        let variable = |name: &str| {
            if name == "CNI_ARGS" {
                Some(arguments)
            } else {
                variable(name)
            }
        };
        let text = configuration(&more).to_string();
        let request = Request::read(Command::Add, variable, text.as_bytes()).unwrap();
        let service = request.service().unwrap();
        assert_eq!(
            service.as_ref().map(zonesmith_cluster::ServicePath::as_str),
            expected,
            "{more} {arguments}"
        );
    }
    let (result, _) = added(&json!({ "service": null }));
    assert_eq!(
        result["dns"]["search"],
        json!(["svc.cluster1"]),
        "of nobody knows whom"
    );
}

#[test]
fn a_check_holds_as_long_as_one_name_server_is_one() {
    let (result, _) = added(&json!({}));
    let request = read(
        Command::Check,
        &configuration(&json!({ "prevResult": result })),
    )
    .unwrap();
    assert_eq!(check(&request, &cluster()), Ok(()));
    let of = |servers: &[&str]| ClusterDns {
        nameservers: servers
            .iter()
            .map(|server| server.parse().unwrap())
            .collect(),
        ..cluster()
    };
    assert_eq!(check(&request, &of(&["10.0.0.2", "10.0.0.3"])), Ok(()));
    let failure = check(&request, &of(&["10.0.0.3"])).unwrap_err();
    assert_eq!(failure.code, Code::Resolver);
    assert!(
        failure.details.contains("10.0.0.1 10.0.0.2") && failure.details.contains("10.0.0.3"),
        "{failure:?}"
    );
    // Where nothing was set there is nothing to hold.
    let own = json!({ "dns": { "nameservers": ["9.9.9.9"] } });
    let request = read(Command::Check, &configuration(&own)).unwrap();
    assert_eq!(check(&request, &of(&["10.0.0.3"])), Ok(()));
}

#[test]
fn what_cannot_be_answered_has_the_code_of_the_spec() {
    let code = |command, more: Value| {
        let failure = read(command, &configuration(&more)).unwrap_err();
        failure.json("1.0.0")["code"].as_u64().unwrap()
    };
    assert_eq!(code(Command::Add, json!({ "cniVersion": "2.0.0" })), 1);
    assert_eq!(code(Command::Add, json!({ "cniVersion": null })), 1);
    assert_eq!(
        code(Command::Check, json!({ "cniVersion": "0.3.1" })),
        1,
        "CHECK came with 0.4.0"
    );
    assert_eq!(code(Command::Collect, json!({})), 1, "GC came with 1.1.0");
    assert_eq!(code(Command::Status, json!({ "cniVersion": "0.4.0" })), 1);
    assert_eq!(code(Command::Add, json!({ "name": "../x" })), 7);
    let nothing = |_: &str| None;
    let text = configuration(&json!({})).to_string();
    let failure = Request::read(Command::Add, nothing, text.as_bytes()).unwrap_err();
    assert_eq!(failure.json("1.0.0")["code"], 4);
    for name in ["CNI_CONTAINERID", "CNI_IFNAME", "CNI_NETNS"] {
        assert!(failure.message.contains(name), "{failure:?}");
    }
    let no_namespace = |name: &str| {
        if name == "CNI_NETNS" {
            None
        } else {
            variable(name)
        }
    };
    assert!(
        Request::read(Command::Del, no_namespace, text.as_bytes()).is_ok(),
        "it may be gone"
    );
    assert_eq!(
        Request::read(Command::Add, variable, b"[]")
            .unwrap_err()
            .code,
        Code::Decoding
    );
    assert_eq!(Command::read(Some("add")).unwrap_err().code, Code::Variable);
    let first = read(Command::Add, &configuration(&json!({ "prevResult": null }))).unwrap();
    assert_eq!(
        add(&first, &cluster()).unwrap_err().json("1.0.0")["code"],
        7
    );
    let unknown = read(
        Command::Add,
        &configuration(&json!({ "service": "a/b/c/d" })),
    )
    .unwrap();
    assert_eq!(
        add(&unknown, &cluster()).unwrap_err().code,
        Code::Configuration
    );
}

#[test]
fn a_file_is_named_by_the_namespace_or_the_container() {
    let file = |resolv_conf: Value| {
        let request = read(
            Command::Add,
            &configuration(&json!({ "resolvConf": resolv_conf })),
        )
        .unwrap();
        request.file()
    };
    assert_eq!(file(json!(null)), Ok(None));
    assert_eq!(
        file(json!("netns")),
        Ok(Some("/etc/netns/blue/resolv.conf".into()))
    );
    assert_eq!(
        file(json!("/run/c/{container}/resolv.conf")),
        Ok(Some("/run/c/c1/resolv.conf".into()))
    );
    assert!(file(json!("resolv.conf")).is_err());
}

#[test]
fn versions_are_told_whoever_asks() {
    assert_eq!(version(Some("0.4.0"))["cniVersion"], "0.4.0");
    assert_eq!(
        version(None)["supportedVersions"],
        json!(["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"])
    );
}
