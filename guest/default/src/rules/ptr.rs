//! `5.0.22.10.in-addr.arpa`: from an address to the name of its resource, or of its service.
//!
//! Only where one of our reverse zones has that name: of an address outside them somebody else answers, which is no mistake of
//! anybody's. A network that each node has for itself (a bridge) uses an address many times: its PTR stands only while one
//! service has it. Where networks nest, the smallest decides.

use std::net::IpAddr;

use super::{Context, Records, Rule, Seen};
use crate::places::Place;

pub(super) const DOCUMENTATION: &str = "The reverse name of an address points to the resource's hostname below the service, or to the service. In a network of each node it stands only while one service has the address.";

#[derive(Default)]
pub(super) struct Ptr<'a> {
    /// Address, hostname.
    seen: Seen<(IpAddr, Option<&'a str>)>,
}

impl<'a> Ptr<'a> {
    pub(super) fn apply(
        &mut self,
        place: &Place<'a>,
        context: &Context<'_>,
        records: &mut Records,
    ) {
        if !context.policy.reverse_zones.contain(place.address) {
            return;
        }
        if !self.seen.insert((place.address, place.hostname)) {
            return;
        }
        let target = match place.hostname {
            Some(label) => context.names.below(label),
            None => context.names.service().to_owned(),
        };
        let ttl = context.policy.settings.ttl.ptr.get();
        if let Some(record) = context.policy.reverse_zones.ptr(place.address, ttl, target) {
            records.push(Rule::Ptr, place, record);
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::test_cluster::{on_n1, published, published_in};

    #[test]
    fn an_address_points_to_its_hostname_or_to_its_service() {
        let services = on_n1(
            "shop/svc/web",
            r#""ip#0": { "info": { "ipaddr": "10.22.0.5", "hostname": "web1" } },
               "ip#1": { "info": { "ipaddr": "10.22.0.6" } },
               "ip#2": { "info": { "ipaddr": "fd00:60::21", "hostname": "web1" } },
               "ip#3": { "info": { "ipaddr": "172.16.0.5", "hostname": "web" } },
               "ip#4": { "info": { "ipaddr": "172.16.0.5", "hostname": "also" } }"#,
        );
        assert_snapshot!(published(&services, "{}").made_by("ptr"), @r"
        5.0.22.10.in-addr.arpa. 60 IN PTR web1.web.shop.svc.cluster1.
        6.0.22.10.in-addr.arpa. 60 IN PTR web.shop.svc.cluster1.
        5.0.16.172.in-addr.arpa. 60 IN PTR also.web.shop.svc.cluster1.
        5.0.16.172.in-addr.arpa. 60 IN PTR web.web.shop.svc.cluster1.
        1.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.0.0.0.0.d.f.ip6.arpa. 60 IN PTR web1.web.shop.svc.cluster1.
        ");
        assert_snapshot!(
            published(&services, r#"{"rules": {"hostname": false}, "ttl": {"ptr": 5}}"#).made_by("ptr"),
            @r"
        5.0.22.10.in-addr.arpa. 5 IN PTR web.shop.svc.cluster1.
        6.0.22.10.in-addr.arpa. 5 IN PTR web.shop.svc.cluster1.
        5.0.16.172.in-addr.arpa. 5 IN PTR web.shop.svc.cluster1.
        1.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.0.0.0.0.d.f.ip6.arpa. 5 IN PTR web.shop.svc.cluster1.
        "
        );
    }

    #[test]
    fn an_address_in_no_reverse_zone_has_none_and_nobody_complains() {
        let services = on_n1(
            "web",
            r#""ip#0": { "info": { "ipaddr": ["192.0.2.1", "2001:db8::1"] } }"#,
        );
        let published = published(&services, "{}");
        assert_eq!(published.made_by("ptr"), "");
        assert_eq!(published.notes(), "");
    }

    #[test]
    fn in_a_network_of_each_node_an_address_of_two_services_has_none() {
        let cluster = r#""name": "cluster1", "dns": ["10.0.0.1"], "networks": [
            { "name": "wide", "cidr": "10.88.0.0/16", "scope": "node" },
            { "name": "within", "cidr": "10.88.7.0/24", "scope": "cluster" } ]"#;
        let service = |name: &str| {
            on_n1(
                name,
                r#""ip#0": { "info": { "ipaddr": "10.88.0.2" } },
                   "ip#1": { "info": { "ipaddr": "10.88.7.2" } }"#,
            )
        };
        let one = published_in(cluster, &service("one"), "{}");
        assert_snapshot!(one.made_by("ptr"), @r"
        2.0.88.10.in-addr.arpa. 60 IN PTR one.root.svc.cluster1.
        2.7.88.10.in-addr.arpa. 60 IN PTR one.root.svc.cluster1.
        ");
        let both = format!("{}, {}", service("one"), service("two"));
        let both = published_in(cluster, &both, "{}");
        assert_snapshot!(both.made_by("ptr"), @r"
        2.7.88.10.in-addr.arpa. 60 IN PTR one.root.svc.cluster1.
        2.7.88.10.in-addr.arpa. 60 IN PTR two.root.svc.cluster1.
        ");
        assert_snapshot!(both.notes(), @r"
        ; conflict of default, root/svc/one: 2.0.88.10.in-addr.arpa. PTR: it is exclusive, and another service has it too
        ; conflict of default, root/svc/two: 2.0.88.10.in-addr.arpa. PTR: it is exclusive, and another service has it too
        ");
    }
}
