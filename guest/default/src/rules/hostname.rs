//! `web1.web.shop.svc.cluster1`: a resource by the first label of its hostname, in lower case. Several resources may share
//! a hostname: then it has all their addresses.

use std::net::IpAddr;

use zonesmith_policy::ResourceRecord;

use super::{Context, Records, Rule, Seen};
use crate::places::Place;

pub(super) const DOCUMENTATION: &str = "<hostname>.<service>.<namespace>.<kind>.<cluster>, the first label of a resource's hostname, has the resource's addresses.";

#[derive(Default)]
pub(super) struct Hostname<'a> {
    seen: Seen<(&'a str, IpAddr)>,
}

impl<'a> Hostname<'a> {
    pub(super) fn apply(
        &mut self,
        place: &Place<'a>,
        context: &Context<'_>,
        records: &mut Records,
    ) {
        let Some(label) = place.hostname else {
            return;
        };
        if !self.seen.insert((label, place.address)) {
            return;
        }
        let ttl = context.policy.settings.ttl.address.get();
        let record = ResourceRecord::address(context.names.below(label), ttl, place.address);
        records.push(Rule::Hostname, place, record);
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::test_cluster::{on_n1, published};

    #[test]
    fn a_resource_has_the_first_label_of_its_hostname_in_lower_case() {
        let services = on_n1(
            "shop/svc/web",
            r#""ip#0": { "info": { "ipaddr": "10.22.0.5", "hostname": "Web1.Example.COM" } },
               "ip#1": { "info": { "ipaddr": "fd00:60::21", "hostname": "web1" } },
               "ip#2": { "info": { "ipaddr": "10.22.0.6", "hostname": "my_web" } },
               "ip#3": { "info": { "ipaddr": "10.22.0.7" } }"#,
        );
        assert_snapshot!(published(&services, "{}").made_by("hostname"), @r"
        my_web.web.shop.svc.cluster1. 60 IN A 10.22.0.6
        web1.web.shop.svc.cluster1. 60 IN A 10.22.0.5
        web1.web.shop.svc.cluster1. 60 IN AAAA fd00:60::21
        ");
    }

    #[test]
    fn a_hostname_that_is_no_label_is_told_and_the_other_records_stand() {
        let services = on_n1(
            "shop/svc/web",
            r#""ip#0": { "info": { "ipaddr": "10.22.0.5", "hostname": "-web" } },
               "ip#1": { "info": { "ipaddr": "10.22.0.6", "hostname": ".web" } },
               "ip#2": { "info": { "ipaddr": "10.22.0.7", "hostname": "web 3" } }"#,
        );
        let published = published(&services, "{}");
        assert_snapshot!(published.notes(), @r#"
        ; warning of default, shop/svc/web on n1, ip#0, rule hostname: the hostname "-web" of ip#0 gives no name in DNS: it has a label that begins or ends with a hyphen
        ; warning of default, shop/svc/web on n1, ip#1, rule hostname: the hostname ".web" of ip#1 gives no name in DNS: it has an empty label
        ; warning of default, shop/svc/web on n1, ip#2, rule hostname: the hostname "web 3" of ip#2 gives no name in DNS: " " has no place in a host's name
        "#);
        assert_snapshot!(published.made_by("resource-index"), @r"
        0.web.shop.svc.cluster1. 60 IN A 10.22.0.5
        1.web.shop.svc.cluster1. 60 IN A 10.22.0.6
        2.web.shop.svc.cluster1. 60 IN A 10.22.0.7
        ");
        assert_snapshot!(published.made_by("ptr"), @r"
        5.0.22.10.in-addr.arpa. 60 IN PTR web.shop.svc.cluster1.
        6.0.22.10.in-addr.arpa. 60 IN PTR web.shop.svc.cluster1.
        7.0.22.10.in-addr.arpa. 60 IN PTR web.shop.svc.cluster1.
        ");
    }
}
