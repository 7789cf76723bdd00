//! The naming policy that Zonesmith serves when no other is given: the names a cluster's users know from the agent's two
//! generations, with their defects mended.
//!
//! - `names`: the service's own names: namespace, kind, slices of a scaler
//! - `places`: the addresses of a service, and which of them count
//! - `rules`: one file for each rule, a golden test in each
//! - `apex`: the zones, their SOA and NS, the names of the nameservers
//! - `settings`: what a site may choose
//!
//! We chose not to follow the agents where a resolver could not follow us: hostnames are folded to lower case and become
//! one label, SRV targets mean exactly one address, PTR targets exist, reverse zones have an SOA.

mod apex;
mod names;
mod places;
mod rules;
mod settings;
#[cfg(test)]
mod test_cluster;

use names::{ClusterName, ServiceNames};
use places::Places;
use rules::{Rule, Rules};
use settings::Settings;
use zonesmith_policy::cluster::{Cluster, Service};
use zonesmith_policy::reverse_zones::ReverseZones;
use zonesmith_policy::{
    Configuration, Description, Diagnostic, Policy, Severity, Synthesis, export_policy,
};

/// The default policy, configured.
pub struct DefaultPolicy {
    settings: Settings,
    cluster: ClusterName,
    reverse_zones: ReverseZones,
}

export_policy!(DefaultPolicy);

impl Policy for DefaultPolicy {
    fn describe() -> Description {
        Description::new("default", env!("CARGO_PKG_VERSION"), DOCUMENTATION)
            .with_authors(["The Zonesmith authors"])
            .with_rules::<Rule>()
            .with_settings(include_str!("settings.schema.json"))
    }

    fn configure(cluster: Cluster, settings: &str) -> Result<(Self, Configuration), String> {
        let settings = Settings::read(settings)?;
        let name = ClusterName::of(&cluster)?;
        let mut diagnostics = Vec::new();
        let chosen = settings.reverse_zones.as_deref();
        let reverse_zones = ReverseZones::of(&cluster.networks, chosen, &mut diagnostics);
        let configuration = Configuration {
            zones: apex::zones(&name, &cluster.nameservers, &reverse_zones, &settings),
            records: apex::records(&name, &cluster.nameservers, &reverse_zones, &settings),
            diagnostics,
        };
        let policy = Self {
            settings,
            cluster: name,
            reverse_zones,
        };
        Ok((policy, configuration))
    }

    fn synthesize(&self, service: &Service) -> Result<Synthesis, String> {
        if !self.settings.kinds.have(&service.kind) {
            return Ok(Synthesis::empty());
        }
        let names = match ServiceNames::of(service, &self.cluster) {
            Ok(names) => names,
            Err(message) => return Ok(Diagnostic::new(Severity::Error, message).into()),
        };
        let mut diagnostics = Vec::new();
        let places = Places::of(service, &names, &self.settings, &mut diagnostics);
        let mut rules = Rules::new(self, &names, places.len());
        for place in places.iter() {
            rules.apply(&place);
        }
        Ok(Synthesis {
            records: rules.into_records(),
            diagnostics,
        })
    }
}

/// For whoever asks what this policy does: `zonesmith policy inspect`.
const DOCUMENTATION: &str = "\
Names services as <service>.<namespace>.<kind>.<cluster>: one address record for each of its addresses. Each resource has a \
name below that, after its hostname or its index; each address has one too, and SRV records point to those. The same names \
seen from one node are <service>.<namespace>.<kind>.<node>.node.<cluster>. Addresses have PTR records.

The slices of a scaler, <number>.<scaler>, share the names of the scaler. Names are lower case; what gives no valid name is told \
in a diagnostic, and the other records stand.";
