//! `0.web.shop.svc.cluster1`: a resource without hostname, by what stands behind `#` in its id.
//!
//! Slices of a scaler are no names of their own (`1.web` is `web`), so the two cannot be confused.

use std::net::IpAddr;

use zonesmith_policy::ResourceRecord;

use super::{Context, Records, Rule, Seen};
use crate::places::Place;

pub(super) const DOCUMENTATION: &str = "<index>.<service>.<namespace>.<kind>.<cluster>, the index of a resource (0 of ip#0) that has no hostname, has the resource's addresses.";

#[derive(Default)]
pub(super) struct ResourceIndex<'a> {
    seen: Seen<(&'a str, IpAddr)>,
}

impl<'a> ResourceIndex<'a> {
    pub(super) fn apply(
        &mut self,
        place: &Place<'a>,
        context: &Context<'_>,
        records: &mut Records,
    ) {
        let Some(label) = place.index else {
            return;
        };
        if !self.seen.insert((label, place.address)) {
            return;
        }
        let ttl = context.policy.settings.ttl.address.get();
        let record = ResourceRecord::address(context.names.below(label), ttl, place.address);
        records.push(Rule::ResourceIndex, place, record);
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::test_cluster::{on_n1, published};

    #[test]
    fn a_resource_without_hostname_has_its_index() {
        let services = on_n1(
            "shop/svc/web",
            r#""ip#0": { "info": { "ipaddr": "10.22.0.5" } },
               "ip#Backup": { "info": { "ipaddr": ["10.22.0.6", "fd00:60::21"] } },
               "ip#2": { "info": { "ipaddr": "10.22.0.7", "hostname": "web1" } },
               "ip#a.b": { "info": { "ipaddr": "10.22.0.8" } },
               "fs": { "info": { "ipaddr": "10.22.0.9" } }"#,
        );
        let published = published(&services, "{}");
        assert_snapshot!(published.made_by("resource-index"), @r"
        0.web.shop.svc.cluster1. 60 IN A 10.22.0.5
        backup.web.shop.svc.cluster1. 60 IN A 10.22.0.6
        backup.web.shop.svc.cluster1. 60 IN AAAA fd00:60::21
        ");
        assert_snapshot!(published.notes(), @r#"; warning of default, shop/svc/web on n1, ip#a.b, rule resource-index: the index "a.b" of ip#a.b gives no name in DNS: "." has no place in a host's name"#);
    }

    #[test]
    fn without_hostnames_every_resource_has_its_index() {
        let services = on_n1(
            "shop/svc/web",
            r#""ip#2": { "info": { "ipaddr": "10.22.0.7", "hostname": "-" } }"#,
        );
        let published = published(&services, r#"{"rules": {"hostname": false}}"#);
        assert_snapshot!(published.made_by("resource-index"), @"2.web.shop.svc.cluster1. 60 IN A 10.22.0.7");
        assert_eq!(published.notes(), "");
    }
}
