//! `10-22-0-5.web.shop.svc.cluster1`: a name for each address, which is what an SRV points to. A target with several
//! addresses would lead to some where nobody listens.

use std::net::IpAddr;

use zonesmith_policy::{ResourceRecord, name};

use super::{Context, Records, Rule, Seen};
use crate::places::Place;

pub(super) const DOCUMENTATION: &str = "<address>.<service>.<namespace>.<kind>.<cluster>, the address with hyphens (10-22-0-5), has that address alone: the target of SRV records.";

#[derive(Default)]
pub(super) struct AddressName {
    seen: Seen<IpAddr>,
}

impl AddressName {
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
        let owner = context.names.below(&name::address_label(place.address));
        let record = ResourceRecord::address(owner, ttl, place.address);
        records.push(Rule::AddressName, place, record);
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::test_cluster::{on_n1, published};

    #[test]
    fn each_address_has_a_name_of_its_own() {
        let services = on_n1(
            "shop/svc/web",
            r#""ip#0": { "info": { "ipaddr": "10.22.0.5" } },
               "ip#1": { "info": { "ipaddr": "fd00:60::21" } },
               "ip#2": { "info": { "ipaddr": "10.22.0.5", "hostname": "web1" } }"#,
        );
        assert_snapshot!(published(&services, "{}").made_by("address-name"), @r"
        10-22-0-5.web.shop.svc.cluster1. 60 IN A 10.22.0.5
        fd00-60-0-0-0-0-0-21.web.shop.svc.cluster1. 60 IN AAAA fd00:60::21
        ");
    }
}
