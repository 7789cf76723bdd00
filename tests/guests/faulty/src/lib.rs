//! A policy whose settings pick the fault it has. Without one it is a small policy that works: one name for each service,
//! and the zone of the cluster.
//!
//! ```json
//! { "fault": "trap-in-synthesize", "service": "shop/svc/web", "extra": "also", "prefix": "new-" }
//! ```
//!
//! `service` limits a fault of `synthesize` to one service; the others are served as ever, and so is one with the label
//! `healed`. `extra` adds a name below each
//! service, so that settings have something harmless to change; `prefix` renames every service, which is what a careless
//! edit does.

mod fault;

use std::net::IpAddr;

use serde::Deserialize;
use zonesmith_policy::cluster::{Cluster, Service};
use zonesmith_policy::naming::{Soa, Zone};
use zonesmith_policy::{
    Configuration, Description, Policy, ResourceRecord, Rule, Synthesis, export_policy,
};

use fault::Fault;

/// The policy.
pub struct Faulty {
    settings: Settings,
    cluster: String,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    fault: Fault,
    /// Path of the one service that meets the fault; empty for all.
    service: String,
    /// Label of one more name below that of each service; empty for none.
    extra: String,
    /// What the label of each service begins with.
    prefix: String,
    /// Of the records of services, in seconds.
    ttl: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            fault: Fault::None,
            service: String::new(),
            extra: String::new(),
            prefix: String::new(),
            ttl: 60,
        }
    }
}

impl Policy for Faulty {
    fn describe() -> Description {
        Description {
            name: "faulty".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            authors: Vec::new(),
            documentation: "Misbehaves as its settings say.".to_owned(),
            rules: vec![Rule {
                name: "service".to_owned(),
                documentation: "One name for each service.".to_owned(),
            }],
            settings_schema: r#"{"type": "object"}"#.to_owned(),
        }
    }

    fn configure(cluster: Cluster, settings: &str) -> Result<(Self, Configuration), String> {
        let settings: Settings = serde_json::from_str(settings)
            .map_err(|error| format!("the settings do not fit: {error}"))?;
        settings.fault.in_configure()?;
        let apex = cluster.name;
        let mut configuration = Configuration::empty();
        if !matches!(settings.fault, Fault::NoZones) {
            let nameservers: Vec<IpAddr> =
                cluster.nameservers.into_iter().map(IpAddr::from).collect();
            configuration = zone(&apex, &nameservers);
        }
        let policy = Self {
            settings,
            cluster: apex,
        };
        Ok((policy, configuration))
    }

    fn synthesize(&self, service: &Service) -> Result<Synthesis, String> {
        let Service {
            namespace,
            kind,
            name,
            instances,
            labels,
            ..
        } = service;
        let Settings {
            fault,
            service: only,
            extra,
            prefix,
            ttl,
        } = &self.settings;
        let owner = format!("{prefix}{name}.{namespace}.{kind}.{}", self.cluster);
        let mut records = Vec::new();
        for address in instances
            .iter()
            .flat_map(|instance| &instance.resources)
            .flat_map(|resource| &resource.addresses)
        {
            let address = IpAddr::from(*address);
            records.push(ResourceRecord::address(owner.as_str(), *ttl, address).by_rule(0));
            if !extra.is_empty() {
                let name = format!("{extra}.{owner}");
                records.push(ResourceRecord::address(name, *ttl, address).by_rule(0));
            }
        }
        let is_healed = labels.iter().any(|(key, _)| key == "healed");
        let is_meant = only.is_empty() || *only == format!("{namespace}/{kind}/{name}");
        if is_meant && !is_healed {
            fault.in_synthesize(&owner, &mut records)?;
        }
        Ok(records.into())
    }
}

fn zone(apex: &str, nameservers: &[IpAddr]) -> Configuration {
    let mut records = Vec::new();
    let mut names = Vec::new();
    for (number, address) in (1..).zip(nameservers) {
        let name = format!("ns{number}.{apex}");
        records.push(ResourceRecord::address(name.as_str(), 60, *address));
        names.push(name);
    }
    Configuration {
        zones: vec![Zone {
            apex: apex.to_owned(),
            soa: Soa {
                ttl: 60,
                mname: format!("dns.{apex}"),
                rname: format!("hostmaster.{apex}"),
                refresh: 7_200,
                retry: 3_600,
                expire: 432_000,
                minimum: 86_400,
            },
            nameservers: names,
            nameserver_ttl: 3_600,
        }],
        records,
        diagnostics: Vec::new(),
    }
}

export_policy!(Faulty);
