//! What containers are told, in every language, and what is left alone.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::format::Format;
use super::*;

fn cluster() -> ClusterDns {
    ClusterDns {
        name: "Cluster1".into(),
        nameservers: vec!["10.0.0.1".parse().unwrap(), "fd00::53".parse().unwrap()],
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

fn told(service: &str, words_given: &str, format: Format) -> String {
    let given = Given::of_words(&words(words_given));
    if let Some(why) = format.refuses(&given) {
        return format!("nothing: {why}");
    }
    let service: ServicePath = service.parse().unwrap();
    match choose(Some(&service), &cluster(), given).unwrap() {
        Choice::Nothing(why) => format!("nothing: {why}"),
        Choice::Set(resolver) => {
            format.write(&resolver, Some(service.as_str()), "/usr/bin/zonesmith")
        }
    }
}

#[test]
fn a_container_is_told_the_same_in_every_language() {
    let of = |format| told("shop/svc/web", "", format);
    assert_snapshot!(of(Format::ResolvConf), @r"
    # Written by zonesmith for shop/svc/web. Without this line, `zonesmith resolver follow` leaves the file alone.
    search web.shop.svc.cluster1 shop.svc.cluster1 svc.cluster1
    nameserver 10.0.0.1
    nameserver fd00::53
    options ndots:2 edns0 use-vc
    ");
    assert_snapshot!(of(Format::Docker), @"--dns 10.0.0.1 --dns fd00::53 --dns-search web.shop.svc.cluster1 --dns-search shop.svc.cluster1 --dns-search svc.cluster1 --dns-option ndots:2 --dns-option edns0 --dns-option use-vc");
    assert_eq!(of(Format::Podman), of(Format::Docker));
    assert_snapshot!(of(Format::Quadlet), @r"
    [Container]
    DNS=10.0.0.1
    DNS=fd00::53
    DNSSearch=web.shop.svc.cluster1
    DNSSearch=shop.svc.cluster1
    DNSSearch=svc.cluster1
    DNSOption=ndots:2
    DNSOption=edns0
    DNSOption=use-vc
    ");
    assert_snapshot!(of(Format::SystemdResolved), @r"
    # Written by zonesmith. In /etc/systemd/resolved.conf.d; read by `systemctl restart systemd-resolved`.
    [Resolve]
    DNS=10.0.0.1 fd00::53
    Domains=web.shop.svc.cluster1 shop.svc.cluster1 svc.cluster1
    ");
    let json = |format| -> Value { serde_json::from_str(&of(format)).unwrap() };
    let hook =
        json!({ "path": "/usr/bin/zonesmith", "args": ["zonesmith", "resolver", "oci-hook"] });
    assert_eq!(
        json(Format::Oci),
        json!({
            "annotations": { "org.zonesmith.service": "shop/svc/web" },
            "hooks": { "createRuntime": [hook], "poststop": [hook] },
        })
    );
    let mut told = json!({
        "nameservers": ["10.0.0.1", "fd00::53"],
        "search": ["web.shop.svc.cluster1", "shop.svc.cluster1", "svc.cluster1"],
        "options": ["ndots:2", "edns0", "use-vc"],
    });
    assert_eq!(json(Format::Cni), json!({ "dns": told }));
    told["set"] = json!(true);
    told["service"] = json!("shop/svc/web");
    told["cluster"] = json!(null);
    told["given"] = json!({ "search": [], "options": [] });
    assert_eq!(json(Format::Json), told);
}

#[test]
fn the_search_path_is_that_of_the_service() {
    for (service, path) in [
        (
            "web",
            "web.root.svc.cluster1 root.svc.cluster1 svc.cluster1",
        ),
        (
            "Shop/svc/Web.V2",
            "web.v2.shop.svc.cluster1 shop.svc.cluster1 svc.cluster1",
        ),
        (
            "shop/vol/data",
            "data.shop.vol.cluster1 shop.vol.cluster1 vol.cluster1",
        ),
        (
            "shop/svc/12.web",
            "web.shop.svc.cluster1 shop.svc.cluster1 svc.cluster1",
        ),
        (
            "shop/svc/a.web",
            "a.web.shop.svc.cluster1 shop.svc.cluster1 svc.cluster1",
        ),
    ] {
        let service: ServicePath = service.parse().unwrap();
        assert_eq!(
            search_path(Some(&service), "cluster1.").unwrap().join(" "),
            path,
            "{service}"
        );
    }
    assert_eq!(
        search_path(None, "cluster1").unwrap(),
        ["svc.cluster1"],
        "of nobody knows whom"
    );
}

#[test]
fn what_would_be_more_than_a_name_in_a_shell_or_a_file_is_refused() {
    for name in [
        "shop/svc/$(reboot)",
        "shop/svc/a;b",
        "sh\u{e9}p/svc/web",
        "shop/svc/a..b",
        "shop/svc/.",
    ] {
        let service: ServicePath = name.parse().unwrap();
        let chosen = choose(Some(&service), &cluster(), Given::default());
        assert!(chosen.is_err(), "{name}: {chosen:?}");
    }
    let service: ServicePath = "web".parse().unwrap();
    let other = ClusterDns {
        name: "a\nnameserver 1.2.3.4".into(),
        ..cluster()
    };
    assert!(choose(Some(&service), &other, Given::default()).is_err());
}

#[test]
fn what_was_given_stays_and_is_not_said_twice() {
    let docker = |given: &str| told("shop/svc/web", given, Format::Docker);
    for (given, missing, rest) in [
        ("--dns-search svc.cluster1", "--dns-search svc.cluster1", 7),
        ("--dns-search=SVC.Cluster1.", "--dns-search svc.cluster1", 7),
        ("--dns-option ndots:5", "ndots", 7),
        ("--dns-opt=use-vc", "use-vc", 7),
        ("--dns-search .", "--dns-search", 5),
        ("--dns 10.0.0.1", "--dns 10.0.0.1", 7),
        (
            "--name x --rm -it --dns-search example.com image",
            "example.com",
            8,
        ),
    ] {
        let told = docker(given);
        assert!(!told.contains(missing), "{given}: {told}");
        assert_eq!(told.matches("--dns").count(), rest, "{given}: {told}");
    }
    let file = told(
        "shop/svc/web",
        "--dns-search example.com --dns-option ndots:5",
        Format::ResolvConf,
    );
    assert!(
        file.contains("\nsearch example.com web.shop.svc.cluster1 "),
        "{file}"
    );
    assert!(file.contains("\noptions ndots:5 edns0 use-vc\n"), "{file}");
}

#[test]
fn where_somebody_else_answers_nothing_is_set() {
    for (given, format, word) in [
        ("--network host", Format::Docker, "host's network"),
        ("--net=host", Format::ResolvConf, "host's network"),
        ("--network container:db", Format::Docker, "container:db"),
        ("--net container#1", Format::ResolvConf, "container#1"),
        ("--pod front", Format::Podman, "pod front"),
        ("--network none", Format::Podman, "oci-hook"),
        ("--network none", Format::Quadlet, "oci-hook"),
        ("--dns 9.9.9.9", Format::Docker, "9.9.9.9"),
        ("--dns 10.0.0.1 --dns=9.9.9.9", Format::Docker, "9.9.9.9"),
    ] {
        let told = told("shop/svc/web", given, format);
        assert!(
            told.starts_with("nothing: ") && told.contains(word),
            "{given}: {told}"
        );
    }
    for given in [
        "--network none",
        "--network bridge",
        "--network=front:ip=10.1.1.1",
    ] {
        assert!(
            told("web", given, Format::Docker).starts_with("--dns "),
            "{given}"
        );
    }
    let off = ClusterDns {
        nameservers: Vec::new(),
        ..cluster()
    };
    let service: ServicePath = "web".parse().unwrap();
    let choice = choose(Some(&service), &off, Given::default()).unwrap();
    assert_eq!(
        choice,
        Choice::Nothing(Why::Off("Cluster1".into())),
        "no search path either"
    );
}

#[test]
fn a_file_tells_what_was_given_from_what_the_host_has() {
    use super::resolv_conf::{ResolvConf, text};

    let host = [ResolvConf::read(
        "nameserver 192.0.2.1\nsearch office.example\noptions trust-ad\n",
    )];
    let given = |file: &str| Given::of_file(&ResolvConf::read(file), &host, Some(&cluster()));
    let search = |domains: &[&str]| Given {
        search: domains.iter().map(|&domain| domain.to_owned()).collect(),
        ..Given::default()
    };
    assert_eq!(
        given("nameserver 192.0.2.1\nsearch office.example\noptions trust-ad\n"),
        Given::default()
    );
    assert_eq!(
        given(
            "; a comment\nnameserver 192.0.2.1\nsearch a.example\nsearch b.example office.example\n"
        ),
        search(&["b.example"])
    );
    assert_eq!(given("domain c.example\n"), search(&["c.example"]));
    assert_eq!(given("nameserver 9.9.9.9\n").nameservers, ["9.9.9.9"]);
    assert_eq!(
        given("nameserver 10.0.0.1\n").nameservers,
        [""; 0],
        "ours already"
    );
    // What we wrote ourselves, for other name servers, is not taken for the user's word.
    let before = ClusterDns {
        nameservers: vec!["10.9.9.9".parse().unwrap()],
        ..cluster()
    };
    let service: ServicePath = "shop/svc/web".parse().unwrap();
    let users = search(&["b.example"]);
    let Choice::Set(resolver) = choose(Some(&service), &before, users.clone()).unwrap() else {
        panic!("nothing is set");
    };
    assert_eq!(given(&text(&resolver, None)), users);
}
