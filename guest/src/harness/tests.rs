use super::{Harness, publish};
use crate::cluster::{Cluster, Service};
use crate::dns::{Rdata, ResourceRecord};
use crate::naming::{Configuration, Description, Diagnostic, Severity, Soa, Synthesis, Zone};
use crate::policy::Policy;

const DOCUMENT: &str = r#"{
    "cluster": { "name": "demo", "dns": ["10.0.0.1"] },
    "services": {
        "web": { "instances": { "n1": { "resources": { "ip#0": { "info": { "ipaddr": "10.22.0.5" } } } } } },
        "mail": { "instances": { "n1": { "resources": { "ip#0": { "info": { "ipaddr": "nonsense" } } } } } },
        "fails": { "instances": {} }
    }
}"#;

crate::rules! {
    enum Rule {
        Only("only", ""),
    }
}

/// One zone; an address and a bad record for each service, and trouble on request.
pub(super) struct Example(String);

impl Policy for Example {
    fn describe() -> Description {
        Description::new("example", "1.0.0", "").with_rules::<Rule>()
    }

    fn configure(cluster: Cluster, settings: &str) -> Result<(Self, Configuration), String> {
        if settings != "{}" {
            return Err("no settings here".to_owned());
        }
        let mut configuration = Configuration::empty();
        for apex in [cluster.name.as_str(), "bad..apex"] {
            let soa = Soa {
                ttl: 60,
                mname: "ns1.demo".to_owned(),
                rname: "hostmaster.demo".to_owned(),
                refresh: 1,
                retry: 2,
                expire: 3,
                minimum: 4,
            };
            configuration.zones.push(Zone::new(apex, soa, ["ns1.demo"]));
        }
        Ok((Self(cluster.name), configuration))
    }

    fn synthesize(&self, service: &Service) -> Result<Synthesis, String> {
        if service.name == "fails" {
            return Err("it is called so".to_owned());
        }
        let owner = format!("{}.{}", service.name, self.0);
        let mut synthesis = Synthesis::empty();
        for place in service.places() {
            let origin = |record: ResourceRecord| record.by_rule(Rule::Only).at(place.origin);
            for &address in &place.resource.addresses {
                let record = ResourceRecord::address(owner.as_str(), 60, address);
                synthesis.records.push(origin(record));
            }
            let bad = ResourceRecord::new("elsewhere.example", 60, Rdata::Ptr("x".to_owned()));
            synthesis.records.push(origin(bad));
            let diagnostic = Diagnostic::new(Severity::Information, "seen\nand told");
            synthesis.diagnostics.push(diagnostic.at(place.origin));
        }
        Ok(synthesis)
    }
}

#[test]
fn zones_come_first_and_then_all_there_is_to_tell() {
    let published = publish::<Example>(DOCUMENT, "{}").unwrap();
    insta::assert_snapshot!(published, @r#"
    demo. 60 IN SOA ns1.demo. hostmaster.demo. 0 1 2 3 4
    demo. 3600 IN NS ns1.demo.
    web.demo. 60 IN A 10.22.0.5
    ; problem in the document: services.mail.instances.n1.resources.ip#0.info.ipaddr: `nonsense` is no IP address
    ; refused zone "bad..apex" of example: the name has an empty label
    ; error of example, root/svc/fails: the policy failed: it is called so
    ; information of example, root/svc/mail on n1, ip#0: seen
    ;   and told
    ; quarantined of example, root/svc/mail on n1, ip#0, rule only: elsewhere.example PTR: the name is in none of the zones
    ; information of example, root/svc/web on n1, ip#0: seen
    ;   and told
    ; quarantined of example, root/svc/web on n1, ip#0, rule only: elsewhere.example PTR: the name is in none of the zones
    "#);
    assert_eq!(published.apexes(), ["demo."]);
    assert_eq!(published.made_by("only"), "web.demo. 60 IN A 10.22.0.5\n");
    assert_eq!(published.zone("elsewhere"), None);
}

#[test]
fn of_two_policies_the_first_has_the_rrset() {
    let harness = Harness::read(DOCUMENT).unwrap();
    let harness = harness.policy::<Example>("{}").unwrap();
    let published = harness.policy::<Example>("{}").unwrap().publish();
    let conflicts: String = published
        .notes()
        .lines()
        .filter(|line| line.contains("conflict"))
        .map(|line| format!("{line}\n"))
        .collect();
    // Not of its NS: a zone that two name is one, of the first.
    insta::assert_snapshot!(conflicts, @"; conflict of example, root/svc/web: web.demo. A: a policy before this one has it");
}

#[test]
fn what_the_daemon_would_not_publish_is_an_error() {
    for (document, message) in [
        (
            r#"{"cluster": {"name": "demo"}, "services": {}}"#,
            "DNS is off: the cluster has no nameserver (`dns`)",
        ),
        (
            r#"{"cluster": {"dns": ["10.0.0.1"]}, "services": {}}"#,
            "the cluster has no name",
        ),
    ] {
        let error = publish::<Example>(document, "{}").err();
        assert_eq!(
            error.map(|error| error.to_string()).as_deref(),
            Some(message)
        );
    }
    let error = publish::<Example>(DOCUMENT, "[]").err();
    assert_eq!(
        error.map(|error| error.to_string()).as_deref(),
        Some("example refuses: no settings here")
    );
}
