//! The names that OpenSVC agents of generation 3 serve, for clusters whose clients know them.
//!
//! - `records`: the records of a service
//! - `names`, `expose`: names and exposed ports, as the agent reads them
//! - `settings`: what a site may choose
//!
//! A real agent was recorded, and each of its answers is held against this policy (`tests/recordings`). We chose not to follow
//! it where PowerDNS could not: there is one SOA, its server has an address, and the names of PTR records lie in zones.

mod expose;
mod names;
mod records;
mod settings;

use settings::Settings;
use zonesmith_policy::cluster::{Cluster, Service};
use zonesmith_policy::naming::{Nameserver, Soa, Zone, nameservers};
use zonesmith_policy::reverse_zones::ReverseZones;
use zonesmith_policy::{Configuration, Description, Policy, Synthesis};

/// The policy, configured.
pub struct OpensvcV3 {
    settings: Settings,
    /// The apex of the forward zone.
    cluster: String,
    reverse_zones: ReverseZones,
}

zonesmith_policy::export_policy!(OpensvcV3);

zonesmith_policy::rules! {
    /// How records are made.
    enum Rule {
        Service("service", "<service>.<namespace>.<kind>.<cluster> has the addresses of all resources of the service, up or not."),
        Resource("resource", "<resource>.<service>.<namespace>.<kind>.<cluster>, a resource's hostname or else its index, has its addresses."),
        Node("node", "<service>.<namespace>.<kind>.<node>.node.<cluster>, and a resource's name below it, have the addresses of one node."),
        Srv("srv", "_<port>._<protocol>.<service>.<namespace>.<kind>.<cluster>, after the published port where there is one, leads to the service on its node. Weight is the node's score."),
        Ptr("ptr", "The reverse name of an address points to the resource's name, and to that on its node."),
        Nameserver("nameserver", "The nameservers are ns1.<cluster>, ns2.<cluster> … in the order of cluster.dns."),
    }
}

impl Policy for OpensvcV3 {
    fn describe() -> Description {
        Description::new("opensvc-v3", env!("CARGO_PKG_VERSION"), DOCUMENTATION)
            .with_authors(["The Zonesmith authors"])
            .with_rules::<Rule>()
            .with_settings(include_str!("settings.schema.json"))
    }

    fn configure(cluster: Cluster, settings: &str) -> Result<(Self, Configuration), String> {
        let settings = Settings::read(settings)?;
        let apex = cluster.apex()?;
        let mut diagnostics = Vec::new();
        let chosen = settings.reverse_zones.as_deref();
        let reverse_zones = ReverseZones::of(&cluster.networks, chosen, &mut diagnostics);
        let nameservers = nameservers(&apex, &cluster.nameservers);
        let of_nameserver = |nameserver: &Nameserver| {
            nameserver
                .record(settings.ttl.get())
                .by_rule(Rule::Nameserver)
        };
        let configuration = Configuration {
            zones: zones(&apex, &nameservers, &reverse_zones, &settings),
            records: nameservers.iter().map(of_nameserver).collect(),
            diagnostics,
        };
        let policy = Self {
            settings,
            cluster: apex,
            reverse_zones,
        };
        Ok((policy, configuration))
    }

    fn synthesize(&self, service: &Service) -> Result<Synthesis, String> {
        Ok(records::of(self, service))
    }
}

/// The cluster's zone, then the reverse ones, all with the same nameservers.
fn zones(
    cluster: &str,
    nameservers: &[Nameserver],
    reverse_zones: &ReverseZones,
    settings: &Settings,
) -> Vec<Zone> {
    let primary = nameservers.first().map_or(cluster, |first| &first.name);
    let soa = Soa {
        ttl: settings.ttl.get(),
        ..Soa::new(primary, settings.contact())
    };
    Zone::with_reverse_zones(cluster, reverse_zones, &soa, nameservers)
}

const DOCUMENTATION: &str = "\
Answers as the DNS of an OpenSVC agent of generation 3: <service>.<namespace>.<kind>.<cluster> has the addresses of the service, up or \
not; each resource has a name below that, after its hostname or its index; the same names seen from one node are below \
<node>.node.<cluster>. SRV records have the published port in their name and lead to the service on its node. Each address has two PTR \
records, to the resource's name and to that on its node.";

#[cfg(test)]
mod tests;
