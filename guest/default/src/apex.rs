//! The zones themselves: SOA, NS, and the names of the nameservers.
//!
//! The agents name `dns.<cluster>` in the SOA and have no address for it; here it has those of all nameservers, so that what
//! asks the primary (a dynamic update, a person with `dig`) finds one. Nameservers count from 1, in the order of
//! `cluster.dns`, and reverse zones name the same ones: their names stand in the forward zone alone. Where one of those has
//! an address of theirs, it points back: nobody else could say whose it is.

use std::net::IpAddr;

use zonesmith_policy::ResourceRecord;
use zonesmith_policy::naming::{self, Soa, Zone};
use zonesmith_policy::reverse_zones::ReverseZones;
use zonesmith_policy::settings::Contact;

use crate::names::ClusterName;
use crate::rules::Rule;
use crate::settings::Settings;

pub(crate) const DOCUMENTATION: &str = "The nameservers are ns1.<cluster>, ns2.<cluster> … in the order of cluster.dns; dns.<cluster>, the primary in the SOA, has the addresses of all. Reverse names of these addresses point to ns1, ns2 …, where rule ptr is on.";

/// The label of the SOA's primary.
const PRIMARY: &str = "dns";

/// The cluster's zone, then the reverse ones.
pub(crate) fn zones(
    cluster: &ClusterName,
    nameservers: &[IpAddr],
    reverse_zones: &ReverseZones,
    settings: &Settings,
) -> Vec<Zone> {
    let nameservers = naming::nameservers(cluster.as_str(), nameservers);
    let soa = soa(cluster, settings);
    Zone::with_reverse_zones(cluster.as_str(), reverse_zones, &soa, &nameservers)
        .into_iter()
        .map(|zone| zone.with_nameserver_ttl(settings.ttl.nameserver.get()))
        .collect()
}

/// The addresses of `ns1`…`nsN` and of the primary, and the way back from each.
pub(crate) fn records(
    cluster: &ClusterName,
    nameservers: &[IpAddr],
    reverse_zones: &ReverseZones,
    settings: &Settings,
) -> Vec<ResourceRecord> {
    let ttl = settings.ttl.nameserver_address.get();
    let has_way_back = |address| settings.rules.has(Rule::Ptr) && reverse_zones.contain(address);
    let mut records = Vec::new();
    let mut seen = Vec::with_capacity(nameservers.len());
    for nameserver in naming::nameservers(cluster.as_str(), nameservers) {
        let address = nameserver.address;
        let record = nameserver.record(ttl);
        let is_first = !seen.contains(&address);
        if is_first {
            seen.push(address);
            let primary = cluster.below(PRIMARY);
            records.push(ResourceRecord::address(primary, ttl, address));
        }
        if is_first && has_way_back(address) {
            let ttl = settings.ttl.ptr.get();
            records.push(ResourceRecord::ptr(address, ttl, nameserver.name));
        }
        records.push(record);
    }
    records
        .into_iter()
        .map(|record| record.by_rule(Rule::Nameserver))
        .collect()
}

fn soa(cluster: &ClusterName, settings: &Settings) -> Soa {
    let chosen = &settings.soa;
    Soa {
        ttl: chosen.ttl.get(),
        mname: cluster.below(PRIMARY),
        rname: Contact::of_zone(chosen.contact.as_ref(), cluster.as_str()),
        refresh: chosen.refresh.get(),
        retry: chosen.retry.get(),
        expire: chosen.expire.get(),
        minimum: chosen.minimum.get(),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::test_cluster::published_in;

    #[test]
    fn a_zone_begins_with_its_nameservers_and_a_primary_that_resolves() {
        let cluster = r#""name": "cluster1", "dns": ["10.0.0.1", "fd00::2", "10.0.0.1"]"#;
        let published = published_in(cluster, "", "{}");
        assert_snapshot!(published.zone("cluster1").unwrap(), @r"
        cluster1. 60 IN SOA dns.cluster1. hostmaster.cluster1. 0 7200 3600 432000 86400
        cluster1. 3600 IN NS ns1.cluster1.
        cluster1. 3600 IN NS ns2.cluster1.
        cluster1. 3600 IN NS ns3.cluster1.
        dns.cluster1. 60 IN A 10.0.0.1
        dns.cluster1. 60 IN AAAA fd00::2
        ns1.cluster1. 60 IN A 10.0.0.1
        ns2.cluster1. 60 IN AAAA fd00::2
        ns3.cluster1. 60 IN A 10.0.0.1
        ");
        assert_snapshot!(published.zone("10.in-addr.arpa").unwrap(), @r"
        10.in-addr.arpa. 60 IN SOA dns.cluster1. hostmaster.cluster1. 0 7200 3600 432000 86400
        10.in-addr.arpa. 3600 IN NS ns1.cluster1.
        10.in-addr.arpa. 3600 IN NS ns2.cluster1.
        10.in-addr.arpa. 3600 IN NS ns3.cluster1.
        1.0.0.10.in-addr.arpa. 60 IN PTR ns1.cluster1.
        ");
        assert_eq!(published.notes(), "");
        let published = published_in(cluster, "", r#"{ "rules": { "ptr": false } }"#);
        assert!(!published.zone("10.in-addr.arpa").unwrap().contains("PTR"));
    }

    #[test]
    fn a_site_chooses_timers_and_contact() {
        let cluster = r#""name": "cluster1", "dns": ["10.0.0.1"]"#;
        let settings = r#"{
            "soa": { "contact": "dns.team@example.com", "ttl": 1, "refresh": 2, "retry": 3, "expire": 4, "minimum": 5 },
            "ttl": { "nameserver": 6, "nameserver-address": 7 }
        }"#;
        let published = published_in(cluster, "", settings);
        assert_snapshot!(published.zone("cluster1").unwrap(), @r"
        cluster1. 1 IN SOA dns.cluster1. dns\046team.example.com. 0 2 3 4 5
        cluster1. 6 IN NS ns1.cluster1.
        dns.cluster1. 7 IN A 10.0.0.1
        ns1.cluster1. 7 IN A 10.0.0.1
        ");
    }
}
