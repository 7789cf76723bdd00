//! Each finding, made by a policy whose words are given: what a policy says is data, so no component is needed but one to
//! stand for it.

use std::sync::LazyLock;

use zonesmith_cluster::State;
use zonesmith_zone::record::{Origin, Rdata, Record, SoaDeclaration, Srv, ZoneDeclaration};

use super::*;
use crate::kit::run::Answer;
use crate::policy::{Call, Failure, FailureKind, Synthesis, embedded};

static DEFAULT: LazyLock<Component> =
    LazyLock::new(|| Component::load(&Engine::new().unwrap(), "default", embedded()).unwrap());

const DOCUMENT: &str = r#"{
    "cluster": { "name": "demo", "dns": ["10.0.0.1"] },
    "services": {
        "shop/svc/web": { "instances": { "n1": { "resources": { "ip#0": { "info": { "ipaddr": "10.22.0.5" } } } } } },
        "shop/svc/two": { "instances": { "n1": { "resources": { "ip#0": { "info": { "ipaddr": "10.22.0.6" } } } } } }
    }
}"#;

fn state() -> State {
    zonesmith_cluster::read(DOCUMENT.as_bytes()).unwrap().1
}

fn zone(apex: &str) -> ZoneDeclaration {
    ZoneDeclaration {
        apex: apex.into(),
        soa: SoaDeclaration {
            ttl: 60,
            mname: "ns1.demo".into(),
            rname: "hostmaster.demo".into(),
            refresh: 7200,
            retry: 3600,
            expire: 432_000,
            minimum: 86_400,
        },
        nameservers: vec!["ns1.demo".into()],
        nameserver_ttl: 3600,
    }
}

fn record(owner: &str, data: Rdata) -> Record {
    Record {
        owner: owner.into(),
        ttl: 60,
        data,
        rule: Some(0),
        origin: Some(Origin {
            instance: 0,
            resource: Some(0),
        }),
        exclusive: false,
    }
}

fn address(owner: &str, address: [u8; 4]) -> Record {
    record(owner, Rdata::A(address.into()))
}

fn srv(owner: &str, target: &str) -> Record {
    record(
        owner,
        Rdata::Srv(Srv {
            priority: 0,
            weight: 10,
            port: 80,
            target: target.into(),
        }),
    )
}

fn cname(owner: &str, target: &str) -> Record {
    record(owner, Rdata::Cname(target.into()))
}

/// A policy that says this of `web`, and this of `two`; its nameserver has an address.
fn run(web: Result<Vec<Record>, Failure>, two: Vec<Record>) -> Run {
    let said = |said: Result<Vec<Record>, Failure>| {
        said.map(|records| Synthesis {
            records,
            diagnostics: Vec::new(),
        })
    };
    let mut nameserver = address("ns1.demo", [10, 0, 0, 1]);
    nameserver.origin = None;
    let state = state();
    let answer = |path: Option<&str>, records| Answer {
        service: path.map(|path| Arc::clone(&state.services[path])),
        said: said(records),
        call: Call::default(),
        time: std::time::Duration::ZERO,
    };
    Run {
        component: DEFAULT.clone(),
        zones: vec![zone("demo"), zone("10.in-addr.arpa")],
        answers: vec![
            answer(None, Ok(vec![nameserver])),
            answer(Some("shop/svc/two"), Ok(two)),
            answer(Some("shop/svc/web"), web),
        ],
    }
}

fn found(run: Run) -> Vec<Finding> {
    let published = Published::of(&state(), vec![run]);
    let mut findings = Vec::new();
    host::look(&published, 0, &mut findings);
    names::look(&published, 0, &mut findings);
    findings.sort_by_key(|finding| (finding.weight, finding.check));
    findings
}

/// Each finding as `check from record: message`.
fn words(findings: &[Finding]) -> Vec<String> {
    let word = |finding: &Finding| {
        let record = finding.record.as_ref().map(finding::FoundRecord::text);
        let (check, from) = (finding.check.as_str(), finding.from.text());
        format!(
            "{check}, {from}, {}: {}",
            record.unwrap_or_default(),
            finding.message
        )
    };
    findings.iter().map(word).collect()
}

/// What is found of records of `web`.
fn of(records: Vec<Record>) -> Vec<String> {
    words(&found(run(Ok(records), Vec::new())))
}

#[test]
fn what_names_a_host_with_an_address_is_good() {
    let good = vec![
        address("web.demo", [10, 22, 0, 5]),
        address("*.web.demo", [10, 22, 0, 5]),
        srv("_http._tcp.web.demo", "web.demo"),
        srv("_none._tcp.web.demo", "."),
        srv("_far._tcp.web.demo", "elsewhere.example"),
        srv("_wild._tcp.web.demo", "any.web.demo"),
        cname("alias.demo", "web.demo"),
        record("5.0.22.10.in-addr.arpa", Rdata::Ptr("web.demo".into())),
        record("_http._tcp.demo", Rdata::Ptr("_http._tcp.web.demo".into())),
        record("text.demo", Rdata::Txt(vec!["x".into()])),
    ];
    assert_eq!(of(good), [""; 0]);
}

#[test]
fn each_thing_that_is_wrong_with_a_name_is_found_with_where_it_comes_from() {
    let web = || address("web.demo", [10, 22, 0, 5]);
    let here = "shop/svc/web n1 ip#0";
    for (records, expected) in [
        (
            vec![address("we_b.demo", [10, 22, 0, 5])],
            format!("host-label, {here}, we_b.demo. A 10.22.0.5: `we_b` is no label"),
        ),
        (
            vec![address("-web.demo", [10, 22, 0, 5])],
            format!("host-label, {here}, -web.demo. A 10.22.0.5: `-web` is no label"),
        ),
        (
            vec![record("a.*.demo", Rdata::Txt(vec!["x".into()]))],
            format!("asterisk, {here}, a.*.demo. TXT \"x\": only a `*`"),
        ),
        (
            vec![web(), srv("http.web.demo", "web.demo")],
            format!("service-label, {here}, http.web.demo. SRV 0 10 80 web.demo.: a client"),
        ),
        (
            vec![srv("_http._tcp.web.demo", "gone.demo")],
            format!(
                "no-such-target, {here}, _http._tcp.web.demo. SRV 0 10 80 gone.demo.: there is no gone.demo."
            ),
        ),
        (
            vec![
                srv("_http._tcp.web.demo", "text.demo"),
                record("text.demo", Rdata::Txt(vec!["x".into()])),
            ],
            format!(
                "no-such-target, {here}, _http._tcp.web.demo. SRV 0 10 80 text.demo.: text.demo. has no address"
            ),
        ),
        (
            vec![web(), cname("alias.demo", "web.demo"), srv("_http._tcp.web.demo", "alias.demo")],
            format!(
                "target-is-alias, {here}, _http._tcp.web.demo. SRV 0 10 80 alias.demo.: its target is an alias, which RFC 2782"
            ),
        ),
        (
            vec![cname("alias.demo", "gone.demo")],
            format!("no-such-target, {here}, alias.demo. CNAME gone.demo.: there is no gone.demo."),
        ),
        (
            vec![web(), cname("one.demo", "two.demo"), cname("two.demo", "web.demo")],
            format!("alias-chain, {here}, one.demo. CNAME two.demo.: it leads to web.demo. by 1 more"),
        ),
        (
            vec![cname("one.demo", "one.demo")],
            format!("alias-loop, {here}, one.demo. CNAME one.demo.: it leads back to itself"),
        ),
        (
            vec![record("5.0.22.10.in-addr.arpa", Rdata::Ptr("gone.demo".into()))],
            format!(
                "ptr-without-address, {here}, 5.0.22.10.in-addr.arpa. PTR gone.demo.: there is no gone.demo."
            ),
        ),
        (
            vec![web(), record("6.0.22.10.in-addr.arpa", Rdata::Ptr("web.demo".into()))],
            format!(
                "ptr-without-address, {here}, 6.0.22.10.in-addr.arpa. PTR web.demo.: web.demo. does not have the address \
                 10.22.0.6"
            ),
        ),
        (
            vec![
                record("sub.demo", Rdata::Ns("ns.example".into())),
                record("x.sub.demo", Rdata::Txt(vec!["x".into()])),
            ],
            format!("occluded, {here}, x.sub.demo. TXT \"x\": a name above is delegated"),
        ),
        (
            vec![web(), cname("web.demo", "elsewhere.example")],
            format!("conflict, {here}, web.demo. CNAME: it does not stand: a CNAME yields to other records"),
        ),
        (
            vec![address("web.example", [10, 22, 0, 5])],
            format!("quarantined, {here}, web.example A: the name is in none of the zones"),
        ),
        (
            vec![web(), Record { ttl: 5, ..address("web.demo", [10, 22, 0, 7]) }],
            "mixed-ttls, shop/svc/web, web.demo. A: the records of one RRset have the TTLs 5, 60:".to_owned(),
        ),
        (
            vec![Record { rule: None, ..web() }],
            "unexplained, configuration, : 1 records name no rule, so `explain` cannot say why they are there: web.demo"
                .to_owned(),
        ),
        (
            vec![Record { origin: None, ..web() }],
            "unexplained, configuration, : 1 records name no instance or resource".to_owned(),
        ),
    ] {
        let findings = of(records);
        assert!(
            matches!(&*findings, [one] if one.starts_with(&expected)),
            "{expected}\n{findings:#?}"
        );
    }
}

#[test]
fn two_services_that_give_one_name_two_ttls_are_both_named() {
    let two = Record {
        ttl: 5,
        ..address("shared.demo", [10, 22, 0, 6])
    };
    let findings = found(run(
        Ok(vec![address("shared.demo", [10, 22, 0, 5])]),
        vec![two],
    ));
    assert_eq!(
        words(&findings),
        [
            "mixed-ttls, shop/svc/web, shared.demo. A: the records of one RRset have the TTLs 5, 60, one in shop/svc/two: \
             the lowest is served (RFC 2181 §5.2)"
        ]
    );
}

#[test]
fn a_service_that_fails_is_an_error() {
    let failure = Failure {
        kind: FailureKind::Trap,
        message: "`synthesize` panicked".into(),
    };
    let findings = found(run(Err(failure), Vec::new()));
    assert_eq!(
        words(&findings),
        ["failing, shop/svc/web, : trap: `synthesize` panicked"]
    );
    assert_eq!(findings[0].weight, Weight::Error);
}

#[test]
fn a_zone_without_a_primary_is_told_and_one_that_is_none_refused() {
    let mut bad = run(Ok(Vec::new()), Vec::new());
    bad.zones[0].soa.mname = "gone.demo".into();
    bad.zones.push(zone("a..demo"));
    assert_eq!(
        words(&found(bad)),
        [
            "refused-zone, configuration, : the zone \"a..demo\" cannot be served: the name has an empty label",
            "no-such-target, configuration, demo. SOA: there is no gone.demo., its primary server",
        ]
    );
}

#[test]
fn the_page_has_a_row_for_each_check() {
    let page = include_str!("../../../docs/policy-check.md");
    for check in finding::Check::ALL {
        let row = format!("| `{}` | {} |", check.as_str(), check.weight().as_str());
        assert!(page.contains(&row), "{row}");
        assert_eq!(serde_json::to_value(check).unwrap(), check.as_str());
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, finding::Check::ALL.len());
}
