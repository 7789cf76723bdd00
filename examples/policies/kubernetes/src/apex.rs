//! The zones themselves, and the records of no service: nameservers, and the version of the schema.

use zonesmith_policy::cluster::Cluster;
use zonesmith_policy::naming::{Soa, Zone, nameservers};
use zonesmith_policy::{Configuration, Diagnostic, ResourceRecord, name};

use crate::Kubernetes;
use crate::rules::Rule;

/// The version of the schema by which names are made.
const SCHEMA_VERSION: &str = "1.1.0";

/// The cluster domain, the reverse zones, and what stands in them whatever the services.
pub(crate) fn configuration(
    policy: &Kubernetes,
    cluster: &Cluster,
    diagnostics: Vec<Diagnostic>,
) -> Configuration {
    let Kubernetes {
        settings,
        reverse_zones,
    } = policy;
    let zone = settings.zone.as_str();
    let nameservers = nameservers(zone, &cluster.nameservers);
    let contact = match &settings.contact {
        Some(contact) => contact.as_name().to_owned(),
        None => name::below("hostmaster", zone),
    };
    let soa = Soa {
        minimum: settings.ttl.negative.get(),
        ..Soa::new(name::below("ns1", zone), contact)
    };
    let apexes = std::iter::once(zone.to_owned()).chain(reverse_zones.apexes());
    let zones = apexes.map(|apex| Zone {
        nameserver_ttl: settings.ttl.nameserver.get(),
        ..Zone::new(apex, soa.clone(), nameservers.iter().map(|one| &*one.name))
    });
    let zones = zones.collect();
    let owner = name::below("dns-version", zone);
    let version = ResourceRecord::txt(owner, settings.ttl.dns_version.get(), SCHEMA_VERSION);
    let mut records = vec![version.by_rule(Rule::DnsVersion)];
    for nameserver in &nameservers {
        let record = nameserver.record(settings.ttl.nameserver_address.get());
        records.push(record.by_rule(Rule::Nameserver));
        if settings.rules.ptr {
            let ttl = settings.ttl.ptr.get();
            let way_back = reverse_zones.ptr(nameserver.address, ttl, nameserver.name.as_str());
            records.extend(way_back.map(|record| record.by_rule(Rule::Nameserver)));
        }
    }
    Configuration {
        zones,
        records,
        diagnostics,
    }
}
