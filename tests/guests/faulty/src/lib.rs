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
use zonesmith_policy::{
    Configuration, Description, Policy, ResourceRecord, Synthesis, export_policy, name, rules,
};

use fault::Fault;

/// The policy.
pub struct Faulty {
    settings: Settings,
    cluster: String,
}

rules! {
    enum Rule {
        Service("service", "One name for each service."),
    }
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
        Description::new(
            "faulty",
            env!("CARGO_PKG_VERSION"),
            "Misbehaves as its settings say.",
        )
        .with_rules::<Rule>()
        .with_settings(r#"{"type": "object"}"#)
    }

    fn configure(cluster: Cluster, settings: &str) -> Result<(Self, Configuration), String> {
        let settings: Settings = serde_json::from_str(settings)
            .map_err(|error| format!("the settings do not fit: {error}"))?;
        settings.fault.in_configure()?;
        let apex = cluster.name;
        let mut configuration = Configuration::empty();
        if !matches!(settings.fault, Fault::NoZones) {
            configuration = zone(&apex, &cluster.nameservers);
        }
        let policy = Self {
            settings,
            cluster: apex,
        };
        Ok((policy, configuration))
    }

    fn synthesize(&self, service: &Service) -> Result<Synthesis, String> {
        let Settings {
            fault,
            service: only,
            extra,
            prefix,
            ttl,
        } = &self.settings;
        let label = format!("{prefix}{}", service.name);
        let owner = name::join([&label, &service.namespace, &service.kind, &self.cluster]);
        let mut records = Vec::new();
        let record = |owner: &str, address: IpAddr| {
            ResourceRecord::address(owner, *ttl, address).by_rule(Rule::Service)
        };
        for &address in service.places().flat_map(|place| &place.resource.addresses) {
            records.push(record(&owner, address));
            if !extra.is_empty() {
                records.push(record(&name::join([extra, &owner]), address));
            }
        }
        let is_healed = service.label("healed").is_some();
        let is_meant = only.is_empty() || *only == service.path();
        if is_meant && !is_healed {
            fault.in_synthesize(&owner, &mut records)?;
        }
        Ok(records.into())
    }
}

fn zone(apex: &str, nameservers: &[IpAddr]) -> Configuration {
    let mut configuration = Configuration::of_zone(apex, nameservers);
    for zone in &mut configuration.zones {
        zone.soa.mname = name::below("dns", apex);
    }
    configuration
}

export_policy!(Faulty);
