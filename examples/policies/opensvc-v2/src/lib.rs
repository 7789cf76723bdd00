//! The names that OpenSVC agents of generation 2 serve, for clusters whose clients know them.
//!
//! - `records`: the records of a service
//! - `names`: the names, as the agent writes them
//! - `settings`: what a site may choose
//!
//! We chose not to follow the agent where PowerDNS could not: reverse zones are those of the private networks and of the
//! cluster's own (the agent claims `in-addr.arpa` itself), IPv6 has PTR records, the SOA names a server that has an address.

mod names;
mod records;
mod settings;

use std::net::IpAddr;

use settings::Settings;
use zonesmith_policy::cluster::{Cluster, Service};
use zonesmith_policy::naming::{Nameserver, Soa, Zone};
use zonesmith_policy::reverse_zones::ReverseZones;
use zonesmith_policy::{Configuration, Description, Policy, Synthesis, name};

/// The policy, configured.
pub struct OpensvcV2 {
    settings: Settings,
    /// The apex of the forward zone.
    cluster: String,
    reverse_zones: ReverseZones,
}

zonesmith_policy::export_policy!(OpensvcV2);

zonesmith_policy::rules! {
    /// How records are made.
    enum Rule {
        Service("service", "<service>.<namespace>.svc.<cluster> has the addresses of all resources of the service, up or not. Slices of a scaler share the scaler's name."),
        Node("node", "<service>.<namespace>.svc.<node>.node.<cluster> has the addresses of one node."),
        Address("address", "<address>.<service>.<namespace>.svc.<cluster>, the address with hyphens (10-22-0-5), has that address alone: the target of SRV records."),
        Hostname("hostname", "<hostname>.<service>.<namespace>.svc.<cluster>, the first label of a resource's hostname, has its addresses."),
        Srv("srv", "_<port>._<protocol>.<service>.<namespace>.svc.<cluster>, the port as a number and by the first name IANA registered for it, leads to each address that exposes it. Weight is the node's score."),
        Ptr("ptr", "The reverse name of an address points to the resource's hostname below the service, or to the service."),
        Nameserver("nameserver", "The nameservers are ns0.<cluster>, ns1.<cluster> … in the order of cluster.dns."),
    }
}

impl Policy for OpensvcV2 {
    fn describe() -> Description {
        Description::new("opensvc-v2", env!("CARGO_PKG_VERSION"), DOCUMENTATION)
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
        // A constant of the agent, not of the cluster: other kinds have no addresses there.
        if service.kind != "svc" {
            return Ok(Synthesis::empty());
        }
        Ok(records::of(self, service))
    }
}

/// `ns0.<cluster>`, `ns1.<cluster>`, …: this generation counts from 0.
fn nameservers(cluster: &str, addresses: &[IpAddr]) -> Vec<Nameserver> {
    (0_u32..)
        .zip(addresses)
        .map(|(number, &address)| Nameserver {
            name: name::join([&format!("ns{number}"), cluster]),
            address,
        })
        .collect()
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
Answers as the DNS of an OpenSVC agent of generation 2: <service>.<namespace>.svc.<cluster> has the addresses of the service, up or not; each \
address has a name below that (10-22-0-5), and each hostname. <service>.<namespace>.svc.<node>.node.<cluster> has those of one node. SRV records \
have the service's port in their name, by number and by name, and lead to one address. Each address has a PTR record.\n\n\
The slices of a scaler, <number>.<scaler>, share the names of the scaler.";

#[cfg(test)]
mod tests;
