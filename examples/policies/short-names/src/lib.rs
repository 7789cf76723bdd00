//! Gives every service of one namespace a short name: `web.cluster1` beside `web.root.svc.cluster1`.

use serde::Deserialize;
use zonesmith_policy::cluster::{Cluster, Service};
use zonesmith_policy::{Configuration, Description, Policy, ResourceRecord, Synthesis};

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

zonesmith_policy::export_policy!(ShortNames);

impl Policy for ShortNames {
    fn describe() -> Description {
        let documentation = "Adds <service>.<cluster> for each service of one namespace.";
        Description {
            settings_schema: include_str!("settings.schema.json").to_owned(),
            ..Description::new("short-names", env!("CARGO_PKG_VERSION"), documentation)
        }
    }

    fn configure(cluster: Cluster, settings: &str) -> Result<(Self, Configuration), String> {
        let settings: Settings = zonesmith_policy::settings::read(settings)?;
        let policy = Self {
            cluster: cluster.name,
            namespace: settings.namespace.unwrap_or_else(|| "root".to_owned()),
        };
        // No zones: the records go into those of the policy it is stacked on.
        Ok((policy, Configuration::empty()))
    }

    fn synthesize(&self, service: &Service) -> Result<Synthesis, String> {
        if service.namespace != self.namespace || service.kind != "svc" {
            return Ok(Synthesis::empty());
        }
        let owner = format!("{}.{}", service.name, self.cluster);
        let resources = service
            .instances
            .iter()
            .flat_map(|instance| &instance.resources);
        let addresses = resources.flat_map(|resource| &resource.addresses);
        let records = addresses.map(|&address| ResourceRecord::address(&owner, 60, address));
        Ok(records.collect::<Vec<_>>().into())
    }
}

#[cfg(test)]
mod tests;
