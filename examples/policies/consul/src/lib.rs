//! Names services and nodes as Consul's DNS does: `[<tag>.]<service>.service[.<datacenter>.dc].<domain>`,
//! `<node>.node[.<datacenter>.dc].<domain>`.
//!
//! - `apex`: the zones, their nameservers, and the nodes
//! - `names`: the forms in which Consul writes a name
//! - `offers`: the addresses of a service, with tags, state, and what SRV records point to
//! - `rules`: the records, and why each is there
//! - `settings`: what a site may choose
//! - `documentation`: the examples of Consul's documentation, as a test
//!
//! We chose records of their own for each form of a name, and no CNAME from one to the other: a cache in front holds whole
//! answers by the name that was asked, and what changed at the end of a chain would go unnoticed there.

mod apex;
#[cfg(test)]
mod documentation;
mod names;
mod offers;
mod rules;
mod settings;
#[cfg(test)]
mod tests;

use zonesmith_policy::cluster::{Cluster, Service};
use zonesmith_policy::reverse_zones::ReverseZones;
use zonesmith_policy::{Configuration, Description, Diagnostic, Policy, Severity, Synthesis};

use apex::Nodes;
use names::{Names, ServiceName};
use offers::Offers;
use rules::{Records, Rule};
use settings::Settings;

/// The policy, configured.
pub struct Consul {
    settings: Settings,
    names: Names,
    nodes: Nodes,
    reverse_zones: ReverseZones,
}

zonesmith_policy::export_policy!(Consul);

impl Policy for Consul {
    fn describe() -> Description {
        Description::new("consul", env!("CARGO_PKG_VERSION"), DOCUMENTATION)
            .with_authors(["The Zonesmith authors"])
            .with_rules::<Rule>()
            .with_settings(include_str!("settings.schema.json"))
    }

    fn configure(cluster: Cluster, settings: &str) -> Result<(Self, Configuration), String> {
        let settings = Settings::read(settings)?;
        let mut diagnostics = Vec::new();
        // A zone without records would say that nobody has an address in it.
        let chosen = match &settings.reverse_zones {
            _ if !settings.rules.ptr => Some(&[][..]),
            chosen => chosen.as_deref(),
        };
        let reverse_zones = ReverseZones::of(&cluster.networks, chosen, &mut diagnostics);
        let policy = Self {
            names: Names::of(&cluster, &settings)?,
            nodes: Nodes::of(&cluster, &mut diagnostics),
            settings,
            reverse_zones,
        };
        let configuration = apex::configuration(&policy, &cluster, diagnostics);
        Ok((policy, configuration))
    }

    fn synthesize(&self, service: &Service) -> Result<Synthesis, String> {
        if !self.settings.kinds.have(&service.kind) {
            return Ok(Synthesis::empty());
        }
        let name = match ServiceName::of(service, &self.settings) {
            Ok(name) => name,
            Err(message) => {
                let message = format!("nothing is published: {message}");
                return Ok(Synthesis {
                    records: Vec::new(),
                    diagnostics: vec![Diagnostic::new(Severity::Error, message)],
                });
            }
        };
        let mut diagnostics = Vec::new();
        let offers = Offers::of(service, self, &mut diagnostics);
        let mut records = Records::new(self, &name);
        for offer in offers.iter() {
            records.add(offer);
        }
        Ok(Synthesis {
            records: records.into_all(),
            diagnostics,
        })
    }
}

/// For whoever asks what this policy does: `zonesmith policy inspect`.
const DOCUMENTATION: &str = "\
Names services as Consul's DNS does: <service>.service.<domain> has the addresses and, as SRV records, the first exposed port of \
every instance that is not critical; <tag>.<service>.service.<domain> those with a tag; _<service>._<protocol>.service.<domain> and \
_<service>._<tag>.service.<domain> the same in the way of RFC 2782; <port>.port.<service>.service.<domain> one port of several. \
<node>.node.<domain> has the addresses and the metadata of a node. Each is there with the data centre, too: <datacenter>.<domain> \
and <datacenter>.dc.<domain>. Addresses have PTR records.

An instance is critical when its resource or it is down, warning when that warns, passing otherwise. Tags are the words of the \
labels that the settings name, and the tags of service, instance and resource.";
