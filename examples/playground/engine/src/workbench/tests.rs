//! The workbench with a policy that is written here: one name for each service, one for each of its nodes, an alias.

use super::*;
use crate::bindings::zonesmith::policy::dns;

const DOCUMENT: &str = r#"{
  "cluster": { "name": "demo", "dns": ["10.0.0.1"] },
  "services": {
    "shop/svc/web": { "instances": {
      "n1": { "resources": { "ip#0": { "info": { "ipaddr": "10.1.0.5" } } } },
      "n2": { "resources": { "ip#0": { "info": { "ipaddr": "10.2.0.5" } } } }
    } },
    "shop/svc/db": { "instances": { "n1": { "resources": { "ip#0": { "info": { "ipaddr": "10.1.0.6" } } } } } }
  }
}"#;

fn description() -> naming::Description {
    naming::Description {
        name: "tests".into(),
        version: "1.0.0".into(),
        authors: Vec::new(),
        documentation: String::new(),
        rules: ["service", "node", "alias"]
            .map(|name| naming::Rule {
                name: name.into(),
                documentation: format!("The {name}."),
            })
            .into(),
        settings_schema: String::new(),
    }
}

fn configure(cluster: &cluster::Cluster) -> naming::Configuration {
    let apex = cluster.name.clone();
    naming::Configuration {
        zones: vec![naming::Zone {
            soa: naming::Soa {
                ttl: 60,
                mname: format!("ns.{apex}"),
                rname: format!("hostmaster.{apex}"),
                refresh: 1,
                retry: 1,
                expire: 1,
                minimum: 1,
            },
            nameservers: vec![format!("ns.{apex}")],
            nameserver_ttl: 60,
            apex: apex.clone(),
        }],
        records: vec![record(
            &format!("ns.{apex}"),
            dns::Rdata::A((10, 0, 0, 1)),
            None,
            None,
        )],
        diagnostics: Vec::new(),
    }
}

fn record(
    owner: &str,
    data: dns::Rdata,
    rule: Option<u16>,
    origin: Option<dns::Origin>,
) -> dns::ResourceRecord {
    dns::ResourceRecord {
        owner: owner.to_owned(),
        ttl: 60,
        data,
        rule,
        origin,
        exclusive: false,
    }
}

fn synthesize(service: &cluster::Service) -> Result<naming::Synthesis, String> {
    let owner = format!("{}.{}.demo", service.name, service.namespace);
    let mut records = vec![record(
        &format!("www.{owner}"),
        dns::Rdata::Cname(owner.clone()),
        Some(2),
        None,
    )];
    for (at, instance) in (0..).zip(&service.instances) {
        for (of, resource) in (0..).zip(&instance.resources) {
            let origin = Some(dns::Origin {
                instance: at,
                resource: Some(of),
            });
            for address in &resource.addresses {
                let dns::IpAddress::Ipv4(address) = address else {
                    return Err("this policy knows no IPv6".to_owned());
                };
                let data = dns::Rdata::A(*address);
                records.push(record(&owner, data.clone(), Some(0), origin));
                let node = format!("{}.node.{owner}", instance.node);
                records.push(record(&node, data, Some(1), origin));
            }
        }
    }
    Ok(naming::Synthesis {
        records,
        diagnostics: Vec::new(),
    })
}

/// Reads a document and has the policy asked what there is to ask: how often it was configured, and of which services.
fn update(bench: &mut Workbench, document: &str) -> (usize, Vec<String>, words::Published) {
    bench.read(document.to_owned());
    let slot = words::Slot {
        digest: "a".into(),
        settings: "{}".into(),
    };
    let (mut configured, mut asked) = (0, Vec::new());
    for task in bench.stack(words::Bench::Shown, vec![slot]) {
        if task.configure {
            let said = Ok(configure(&bench.cluster()));
            bench.configured(words::Bench::Shown, task.policy, said, 1.0);
            configured += 1;
        }
        for path in task.services {
            let said = synthesize(&bench.service(&path).unwrap());
            let said = said.map_err(|message| words::Failure { message });
            bench.synthesized(words::Bench::Shown, task.policy, &path, said, 1.0);
            asked.push(path);
        }
    }
    (configured, asked, bench.publish(words::Bench::Shown))
}

fn workbench() -> Workbench {
    let mut bench = Workbench::default();
    bench.know("a".into(), description(), false);
    bench
}

fn shown() -> Workbench {
    let mut bench = workbench();
    update(&mut bench, DOCUMENT);
    bench
}

#[test]
fn a_change_asks_about_what_changed_and_ends_where_a_beginning_ends() {
    let mut bench = workbench();
    let (configured, asked, published) = update(&mut bench, DOCUMENT);
    assert_eq!(
        (configured, &*asked),
        (1, &["shop/svc/db".to_owned(), "shop/svc/web".into()][..])
    );
    assert_eq!(published.changed, 9);

    for (document, configured, asked, changed) in [
        (DOCUMENT.to_owned(), 0, &[][..], &[][..]),
        (
            DOCUMENT.replace("10.2.0.5", "10.2.0.7"),
            0,
            &["shop/svc/web"],
            &["web.shop.demo.", "n2.node.web.shop.demo."],
        ),
        (
            DOCUMENT.replace(
                r#""shop/svc/db": { "instances""#,
                r#""shop/svc/bd": { "instances""#,
            ),
            0,
            &["shop/svc/bd", "shop/svc/web"],
            &[
                "bd.shop.demo.",
                "n1.node.bd.shop.demo.",
                "www.bd.shop.demo.",
                "db.shop.demo.",
                "n1.node.db.shop.demo.",
                "www.db.shop.demo.",
                "web.shop.demo.",
                "n2.node.web.shop.demo.",
            ],
        ),
        (
            DOCUMENT.replace("10.0.0.1", "10.0.0.2"),
            1,
            &["shop/svc/db", "shop/svc/web"],
            &[
                "bd.shop.demo.",
                "n1.node.bd.shop.demo.",
                "www.bd.shop.demo.",
                "db.shop.demo.",
                "n1.node.db.shop.demo.",
                "www.db.shop.demo.",
            ],
        ),
    ] {
        let update = update(&mut bench, &document);
        assert_eq!(
            (
                update.0,
                update.1.iter().map(String::as_str).collect::<Vec<_>>()
            ),
            (configured, asked.to_vec()),
            "{document}"
        );
        assert_eq!(update.2.changed_names, changed, "{document}");
        let mut anew = workbench();
        super::tests::update(&mut anew, &document);
        assert_eq!(bench.golden(), anew.golden(), "{document}");
    }
}

#[test]
fn a_document_that_is_refused_changes_nothing_and_says_where() {
    let mut bench = shown();
    let before = bench.golden();
    for (document, path, marked) in [
        (DOCUMENT.replace("10.0.0.1\"]", "10.0.0.1\""), "", ""),
        (
            DOCUMENT.replace("\"demo\"", "7"),
            "cluster.name",
            "\"name\": 7",
        ),
        ("ä".to_owned(), "", ""),
    ] {
        let reading = bench.read(document.clone());
        assert!(reading.is_refused, "{document}");
        let [problem] = &*reading.problems else {
            panic!("{:?}", reading.problems)
        };
        let (from, to) = (
            usize::try_from(problem.from).unwrap(),
            usize::try_from(problem.to).unwrap(),
        );
        assert_eq!(
            (&*problem.path, &document[from..to]),
            (path, marked),
            "{}",
            problem.message
        );
        assert_eq!(bench.golden(), before);
    }
}

#[test]
fn a_policy_that_fails_keeps_the_last_good_records_of_that_service() {
    let mut bench = shown();
    let before = bench.zone_text("demo");
    let document = DOCUMENT.replace("10.2.0.5", "fd00::5");
    let (_, asked, published) = update(&mut bench, &document);
    assert_eq!(
        (&*asked, published.changed),
        (&["shop/svc/web".to_owned()][..], 0)
    );
    assert_eq!(bench.zone_text("demo"), before);
    let problems = bench.problems();
    let [problem] = &*problems else {
        panic!("{problems:?}")
    };
    assert_eq!(problem.kind, words::ProblemKind::Failure);
    assert_eq!(
        problem.sentence,
        "the policy failed, and the last good records stay: this policy knows no IPv6"
    );
    assert_eq!(problem.path.as_deref(), Some("services.shop/svc/web"));
    assert!(bench.golden().contains(
        "; error of tests, shop/svc/web: the policy failed: this policy knows no IPv6\n"
    ));
}

#[test]
fn a_policy_that_refuses_its_settings_is_not_asked_and_says_nothing() {
    let mut bench = workbench();
    bench.read(DOCUMENT.to_owned());
    let slot = || {
        vec![words::Slot {
            digest: "a".into(),
            settings: "{}".into(),
        }]
    };
    bench.stack(words::Bench::Shown, slot());
    let refusal = Err(words::Failure {
        message: "no such key".into(),
    });
    bench.configured(words::Bench::Shown, 0, refusal, 1.0);
    assert_eq!(bench.publish(words::Bench::Shown).zones, []);
    assert_eq!(bench.stack(words::Bench::Shown, slot()), []);
    let problems = bench.problems();
    assert_eq!(
        problems
            .iter()
            .map(|problem| problem.kind)
            .collect::<Vec<_>>(),
        [words::ProblemKind::Refused]
    );
}

mod shown;
