//! Gives every service of one namespace a short name: `web.cluster1` beside `web.root.svc.cluster1`.

use serde::Deserialize;
use zonesmith_policy::cluster::{Cluster, Service};
use zonesmith_policy::{
    Configuration, Description, Policy, ResourceRecord, Synthesis, export_policy, name, rules,
    settings,
};

/// What the policy keeps from `configure` for `synthesize`.
pub struct ShortNames {
    cluster: String,
    namespace: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    namespace: Option<String>,
}

export_policy!(ShortNames);

rules! {
    enum Rule {
        ShortName("short-name", "<service>.<cluster> has the addresses of the service."),
    }
}

impl Policy for ShortNames {
    fn describe() -> Description {
        let documentation = "Adds <service>.<cluster> for each service of one namespace.";
        Description::new("short-names", env!("CARGO_PKG_VERSION"), documentation)
            .with_rules::<Rule>()
            .with_settings(include_str!("settings.schema.json"))
    }

    fn configure(cluster: Cluster, settings: &str) -> Result<(Self, Configuration), String> {
        let settings: Settings = settings::read(settings)?;
        let policy = Self {
            cluster: cluster.apex()?,
            namespace: settings.namespace.unwrap_or_else(|| "root".to_owned()),
        };
        // No zones: the records go into those of the policy it is stacked on.
        Ok((policy, Configuration::empty()))
    }

    fn synthesize(&self, service: &Service) -> Result<Synthesis, String> {
        if service.namespace != self.namespace || service.kind != "svc" {
            return Ok(Synthesis::empty());
        }
        let owner = name::join([&service.name, &self.cluster]);
        let mut records = Vec::new();
        for place in service.places() {
            for &address in &place.resource.addresses {
                let record = ResourceRecord::address(&owner, 60, address);
                records.push(record.by_rule(Rule::ShortName).at(place.origin));
            }
        }
        Ok(records.into())
    }
}

#[cfg(test)]
mod tests;
