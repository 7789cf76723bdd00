//! A policy that says every word of the contract, and repeats every word it is given. `tests/golden` has it as it was built when
//! the contract was released, for every later host to load.
//!
//! What it is given it publishes as text; of each case of rdata it publishes one record; the service `refused` is an error.

use std::fmt::Debug;
use std::net::{Ipv4Addr, Ipv6Addr};

use zonesmith_policy::cluster::{Cluster, Service};
use zonesmith_policy::dns::{
    Caa, Mx, Origin, OtherRdata, Rdata, ResourceRecord, Srv, SvcParameter, Svcb,
};
use zonesmith_policy::naming::{Soa, Zone};
use zonesmith_policy::{
    Configuration, Description, Diagnostic, Policy, Severity, Synthesis, export_policy, log, rules,
};

/// The policy.
pub struct EveryWord {
    apex: String,
}

rules! {
    enum Rule {
        Given("given", "What the policy was given, as text."),
        Rdata("rdata", "One record of each case of rdata."),
    }
}

impl Policy for EveryWord {
    fn describe() -> Description {
        Description::new("every-word", "1.0.0", "Says every word of the contract.")
            .with_rules::<Rule>()
            .with_authors(["The Zonesmith authors"])
            .with_settings(r#"{ "type": "object" }"#)
    }

    fn configure(cluster: Cluster, settings: &str) -> Result<(Self, Configuration), String> {
        log::debug("debug");
        log::info("info");
        log::warn("warn");
        log::error("error");
        let apex = cluster.apex()?;
        let zone = Zone {
            apex: apex.clone(),
            soa: Soa {
                ttl: 1,
                mname: format!("ns1.{apex}"),
                rname: format!("hostmaster.{apex}"),
                refresh: 2,
                retry: 3,
                expire: 4,
                minimum: 5,
            },
            nameservers: vec![format!("ns1.{apex}")],
            nameserver_ttl: 6,
        };
        let configuration = Configuration {
            zones: vec![zone],
            records: vec![
                given(format!("cluster.{apex}"), &cluster),
                given(format!("settings.{apex}"), &settings),
                ResourceRecord::address(format!("ns1.{apex}"), 7, Ipv4Addr::new(192, 0, 2, 53)),
            ],
            diagnostics: diagnostics(None),
        };
        Ok((Self { apex }, configuration))
    }

    fn synthesize(&self, service: &Service) -> Result<Synthesis, String> {
        if service.name == "refused" {
            return Err("this service is refused".to_owned());
        }
        let name = format!("{}.{}", service.name, self.apex);
        let origin = Origin {
            instance: 0,
            resource: Some(0),
        };
        let mut records = vec![given(name.clone(), service)];
        records.extend(rdata(&self.apex).into_iter().map(|(label, data)| {
            let mut record =
                ResourceRecord::new(format!("{label}.{name}"), 8, data).by_rule(Rule::Rdata);
            record.origin = Some(origin);
            record.exclusive = label == "a";
            record
        }));
        Ok(Synthesis {
            records,
            diagnostics: diagnostics(Some(origin)),
        })
    }
}

fn given(owner: String, what: &impl Debug) -> ResourceRecord {
    ResourceRecord::txt(owner, 9, &format!("{what:?}")).by_rule(Rule::Given)
}

fn diagnostics(origin: Option<Origin>) -> Vec<Diagnostic> {
    let severities = [Severity::Information, Severity::Warning, Severity::Error];
    let diagnostic = |severity| {
        let mut diagnostic =
            Diagnostic::new(severity, format!("{severity:?}")).by_rule(Rule::Given);
        diagnostic.origin = origin;
        diagnostic
    };
    severities.map(diagnostic).into()
}

/// One of each case, with the label it is published at.
fn rdata(apex: &str) -> Vec<(&'static str, Rdata)> {
    let target = || format!("ns1.{apex}");
    let svcb = || Svcb {
        priority: 1,
        target: target(),
        parameters: vec![SvcParameter {
            key: 3,
            value: vec![1, 187],
        }],
    };
    vec![
        ("a", Rdata::A(Ipv4Addr::new(192, 0, 2, 1))),
        ("aaaa", Rdata::Aaaa(Ipv6Addr::LOCALHOST)),
        ("cname", Rdata::Cname(target())),
        ("ns", Rdata::Ns(target())),
        ("ptr", Rdata::Ptr(target())),
        (
            "srv",
            Rdata::Srv(Srv {
                priority: 1,
                weight: 2,
                port: 3,
                target: target(),
            }),
        ),
        ("txt", Rdata::Txt(vec!["one".to_owned(), "two".to_owned()])),
        (
            "mx",
            Rdata::Mx(Mx {
                preference: 1,
                exchange: target(),
            }),
        ),
        (
            "caa",
            Rdata::Caa(Caa {
                flags: 128,
                tag: "issue".to_owned(),
                value: "ca.example".to_owned(),
            }),
        ),
        ("svcb", Rdata::Svcb(svcb())),
        ("https", Rdata::Https(svcb())),
        (
            "other",
            Rdata::Other(OtherRdata {
                rrtype: "SSHFP".to_owned(),
                presentation:
                    "4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789"
                        .to_owned(),
            }),
        ),
    ]
}

export_policy!(EveryWord);
