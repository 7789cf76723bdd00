//! `web.shop.svc.cluster1`: one record for each distinct address. An address that fails over stands on several instances.

use std::net::IpAddr;

use zonesmith_policy::ResourceRecord;

use super::{Context, Records, Rule, Seen};
use crate::places::Place;

pub(super) const DOCUMENTATION: &str =
    "<service>.<namespace>.<kind>.<cluster> has each address of the service's resources once.";

#[derive(Default)]
pub(super) struct RoundRobin {
    seen: Seen<IpAddr>,
}

impl RoundRobin {
    pub(super) fn apply(
        &mut self,
        place: &Place<'_>,
        context: &Context<'_>,
        records: &mut Records,
    ) {
        if !self.seen.insert(place.address) {
            return;
        }
        let ttl = context.policy.settings.ttl.address.get();
        let record = ResourceRecord::address(context.names.service(), ttl, place.address);
        records.push(Rule::RoundRobin, place, record);
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::test_cluster::published;

    #[test]
    fn a_service_has_each_of_its_addresses_once() {
        let services = r#""shop/svc/web": { "instances": {
            "n1": { "resources": {
                "ip#0": { "status": "down", "info": { "ipaddr": "10.22.0.5" } },
                "ip#1": { "status": "up", "info": { "ipaddr": "fd00:60::21" } } } },
            "n2": { "resources": {
                "ip#0": { "status": "up", "info": { "ipaddr": "10.22.0.5" } },
                "ip#1": { "status": "up", "info": { "ipaddr": "10.22.0.6" } },
                "container#0": { "status": "up" } } } } }"#;
        assert_snapshot!(published(services, "{}").made_by("round-robin"), @r"
        web.shop.svc.cluster1. 60 IN A 10.22.0.5
        web.shop.svc.cluster1. 60 IN A 10.22.0.6
        web.shop.svc.cluster1. 60 IN AAAA fd00:60::21
        ");
        assert_snapshot!(
            published(services, r#"{"ttl": {"address": 5}}"#).made_by("round-robin"),
            @r"
        web.shop.svc.cluster1. 5 IN A 10.22.0.5
        web.shop.svc.cluster1. 5 IN A 10.22.0.6
        web.shop.svc.cluster1. 5 IN AAAA fd00:60::21
        "
        );
    }

    #[test]
    fn the_record_comes_from_where_the_address_is_up() {
        use zonesmith_policy::Policy;
        use zonesmith_policy::harness::Harness;

        let resource =
            r#""resources": { "ip#0": { "status": "STATUS", "info": { "ipaddr": "10.22.0.5" } } }"#;
        let instance = |node: &str, status: &str| {
            let resource = resource.replace("STATUS", status);
            format!(r#""{node}": {{ "availability": "{status}", {resource} }}"#)
        };
        let (one, two) = (instance("n1", "down"), instance("n2", "up"));
        let document = format!(
            r#"{{ "cluster": {{ "name": "cluster1", "dns": ["10.0.0.1"] }},
                "services": {{ "web": {{ "instances": {{ {one}, {two} }} }} }} }}"#
        );
        let harness = Harness::read(&document).unwrap();
        let service = harness.service("root/svc/web").unwrap();
        let (policy, _) = crate::DefaultPolicy::configure(harness.cluster(), "{}").unwrap();
        let synthesis = policy.synthesize(&service).unwrap();
        let origin = synthesis.records[0].origin.unwrap();
        assert_eq!((origin.instance, origin.resource), (1, Some(0)));
    }
}
