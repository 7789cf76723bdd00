//! `web.shop.svc.n1.node.cluster1` and the names below it: the service seen from one node. A resource has its hostname or its
//! index here too, where that rule is on.

use std::net::IpAddr;

use zonesmith_policy::{ResourceRecord, name};

use super::{Context, Records, Rule, Seen};
use crate::places::Place;

pub(super) const DOCUMENTATION: &str = "<service>.<namespace>.<kind>.<node>.node.<cluster>, and a resource's hostname or index below it, have the addresses of one node.";

#[derive(Default)]
pub(super) struct Node<'a> {
    /// Instance, label below the service, address.
    seen: Seen<(u32, Option<&'a str>, IpAddr)>,
}

impl<'a> Node<'a> {
    pub(super) fn apply(
        &mut self,
        place: &Place<'a>,
        context: &Context<'_>,
        records: &mut Records,
    ) {
        let Some(service) = place.on_node else {
            return;
        };
        let ttl = context.policy.settings.ttl.address.get();
        if self
            .seen
            .insert((place.origin.instance, None, place.address))
        {
            let record = ResourceRecord::address(service, ttl, place.address);
            records.push(Rule::Node, place, record);
        }
        let Some(label) = place.hostname.or(place.index) else {
            return;
        };
        if self
            .seen
            .insert((place.origin.instance, Some(label), place.address))
        {
            let record = ResourceRecord::address(name::join([label, service]), ttl, place.address);
            records.push(Rule::Node, place, record);
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::test_cluster::published;

    #[test]
    fn each_node_has_the_service_as_it_is_there() {
        let services = r#""shop/svc/web": { "instances": {
            "n1": { "resources": {
                "ip#0": { "info": { "ipaddr": "10.22.0.5", "hostname": "web1" } },
                "ip#1": { "info": { "ipaddr": "10.22.0.6" } } } },
            "N2.Example": { "resources": {
                "ip#0": { "info": { "ipaddr": "10.22.0.5", "hostname": "web1" } } } },
            "n3": { "resources": {} } } }"#;
        assert_snapshot!(published(services, "{}").made_by("node"), @r"
        web.shop.svc.n2.example.node.cluster1. 60 IN A 10.22.0.5
        web1.web.shop.svc.n2.example.node.cluster1. 60 IN A 10.22.0.5
        web.shop.svc.n1.node.cluster1. 60 IN A 10.22.0.5
        web.shop.svc.n1.node.cluster1. 60 IN A 10.22.0.6
        1.web.shop.svc.n1.node.cluster1. 60 IN A 10.22.0.6
        web1.web.shop.svc.n1.node.cluster1. 60 IN A 10.22.0.5
        ");
    }

    #[test]
    fn a_node_that_is_no_name_is_told() {
        let services = r#""web": { "instances": {
            "n 1": { "resources": { "ip#0": { "info": { "ipaddr": "10.22.0.5" } } } },
            "n 2": { "resources": {} } } }"#;
        let published = published(services, "{}");
        assert_eq!(published.made_by("node"), "");
        assert_snapshot!(published.notes(), @r#"; warning of default, root/svc/web on n 1, rule node: the node "n 1" gives no name in DNS: " " has no place in a host's name"#);
    }
}
