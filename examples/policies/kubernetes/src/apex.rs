//! The zones themselves, and the records of no service: nameservers, and the version of the schema.

use zonesmith_policy::cluster::Cluster;
use zonesmith_policy::naming::{Soa, Zone, nameservers};
use zonesmith_policy::settings::Contact;
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
    let contact = Contact::of_zone(settings.contact.as_ref(), zone);
    let soa = Soa {
        minimum: settings.ttl.negative.get(),
        ..Soa::new(name::below("ns1", zone), contact)
    };
    let zones = Zone::with_reverse_zones(zone, reverse_zones, &soa, &nameservers)
        .into_iter()
        .map(|zone| zone.with_nameserver_ttl(settings.ttl.nameserver.get()))
        .collect();
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
