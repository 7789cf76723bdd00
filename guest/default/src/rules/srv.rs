//! `_80._tcp.web.shop.svc.cluster1`, `_http._tcp.…`: where a port of the service is (RFC 2782).
//!
//! The two generations disagree on the first label: v2 has the backend port and its name, v3 the published port. Here it is
//! all three, and the content is the backend port, where the service listens. `tcp4` and `tcp6` become `_tcp`, for that is what
//! a client asks for; they say of which family an address must be.

use std::net::IpAddr;

use zonesmith_policy::{ResourceRecord, name};

use super::{Context, Records, Rule, Seen};
use crate::places::Place;

pub(super) const DOCUMENTATION: &str = "_<port>._<protocol>.<service>.<namespace>.<kind>.<cluster> says where an exposed port is, the first label being the port, the first name IANA registered for it, or the published port. Weight is the node's score.";

#[derive(Default)]
pub(super) struct Srv<'a> {
    seen: Seen<(Port<'a>, &'a str, u16, IpAddr)>,
}

/// What the first label says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Port<'a> {
    Number(u16),
    Name(&'a str),
}

impl<'a> Srv<'a> {
    pub(super) fn apply(
        &mut self,
        place: &Place<'a>,
        context: &Context<'_>,
        records: &mut Records,
    ) {
        if place.exposes.is_empty() {
            return;
        }
        let settings = &context.policy.settings;
        let ttl = settings.ttl.srv.get();
        let weight = place.score.map_or(settings.weight, u16::from);
        let target = context.names.below(&name::address_label(place.address));
        for exposure in place.exposes {
            let Some(protocol) = exposure.protocol_for(place.address) else {
                continue;
            };
            let port = exposure.port;
            let labels = [
                Some(Port::Number(port)),
                exposure.service_name.as_deref().map(Port::Name),
                exposure.published_port.map(Port::Number),
            ];
            for label in labels.into_iter().flatten() {
                if !self.seen.insert((label, protocol, port, place.address)) {
                    continue;
                }
                let owner = owner(label, protocol, context.names.service());
                let record = ResourceRecord::srv(owner, ttl, weight, port, target.as_str());
                records.push(Rule::Srv, place, record);
            }
        }
    }
}

fn owner(port: Port<'_>, protocol: &str, service: &str) -> String {
    match port {
        Port::Number(number) => name::service(&number.to_string(), protocol, service),
        Port::Name(port) => name::service(port, protocol, service),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::test_cluster::{on_n1, published, published_in};

    #[test]
    fn an_exposed_port_is_found_by_number_name_and_published_port() {
        let services = on_n1(
            "shop/svc/web",
            r#""ip#0": { "info": { "ipaddr": "10.22.0.5", "expose": ["80/tcp", "443/tcp:8443", "5353/udp:5353", "49151/tcp"] } }"#,
        );
        assert_snapshot!(published(&services, "{}").made_by("srv"), @r"
        _443._tcp.web.shop.svc.cluster1. 60 IN SRV 0 10 443 10-22-0-5.web.shop.svc.cluster1.
        _49151._tcp.web.shop.svc.cluster1. 60 IN SRV 0 10 49151 10-22-0-5.web.shop.svc.cluster1.
        _80._tcp.web.shop.svc.cluster1. 60 IN SRV 0 10 80 10-22-0-5.web.shop.svc.cluster1.
        _8443._tcp.web.shop.svc.cluster1. 60 IN SRV 0 10 443 10-22-0-5.web.shop.svc.cluster1.
        _http._tcp.web.shop.svc.cluster1. 60 IN SRV 0 10 80 10-22-0-5.web.shop.svc.cluster1.
        _https._tcp.web.shop.svc.cluster1. 60 IN SRV 0 10 443 10-22-0-5.web.shop.svc.cluster1.
        _5353._udp.web.shop.svc.cluster1. 60 IN SRV 0 10 5353 10-22-0-5.web.shop.svc.cluster1.
        _mdns._udp.web.shop.svc.cluster1. 60 IN SRV 0 10 5353 10-22-0-5.web.shop.svc.cluster1.
        ");
    }

    #[test]
    fn the_weight_is_the_score_of_the_node_where_the_address_is_up() {
        let cluster = r#""name": "cluster1", "dns": ["10.0.0.1"],
            "nodes": { "n1": { "score": 87 }, "n2": { "score": 64 }, "n3": {} }"#;
        let services = r#""web": { "instances": {
            "n1": { "resources": { "ip#0": { "status": "down", "info": { "ipaddr": "10.22.0.5", "expose": ["80/tcp"] } } } },
            "n2": { "resources": { "ip#0": { "status": "up", "info": { "ipaddr": "10.22.0.5", "expose": ["80/tcp"] } } } },
            "n3": { "resources": { "ip#0": { "status": "up", "info": { "ipaddr": "10.22.0.6", "expose": ["80/tcp"] } } } } } }"#;
        let settings = r#"{"weight": 1, "ttl": {"srv": 5}}"#;
        assert_snapshot!(published_in(cluster, services, settings).made_by("srv"), @r"
        _80._tcp.web.root.svc.cluster1. 5 IN SRV 0 1 80 10-22-0-6.web.root.svc.cluster1.
        _80._tcp.web.root.svc.cluster1. 5 IN SRV 0 64 80 10-22-0-5.web.root.svc.cluster1.
        _http._tcp.web.root.svc.cluster1. 5 IN SRV 0 1 80 10-22-0-6.web.root.svc.cluster1.
        _http._tcp.web.root.svc.cluster1. 5 IN SRV 0 64 80 10-22-0-5.web.root.svc.cluster1.
        ");
    }

    #[test]
    fn a_protocol_of_one_family_means_addresses_of_that_family() {
        let services = on_n1(
            "web",
            r#""ip#0": { "info": { "ipaddr": ["10.22.0.5", "fd00:60::5"], "expose": ["1000/tcp4", "1001/udp6", "1002/tcp"] } }"#,
        );
        assert_snapshot!(published(&services, "{}").made_by("srv"), @r"
        _1000._tcp.web.root.svc.cluster1. 60 IN SRV 0 10 1000 10-22-0-5.web.root.svc.cluster1.
        _1002._tcp.web.root.svc.cluster1. 60 IN SRV 0 10 1002 10-22-0-5.web.root.svc.cluster1.
        _1002._tcp.web.root.svc.cluster1. 60 IN SRV 0 10 1002 fd00-60-0-0-0-0-0-5.web.root.svc.cluster1.
        _cadlock2._tcp.web.root.svc.cluster1. 60 IN SRV 0 10 1000 10-22-0-5.web.root.svc.cluster1.
        _1001._udp.web.root.svc.cluster1. 60 IN SRV 0 10 1001 fd00-60-0-0-0-0-0-5.web.root.svc.cluster1.
        ");
    }

    #[test]
    fn an_expose_by_reference_is_the_other_resource_s_port() {
        let services = on_n1(
            "web",
            r##""ip#0": { "info": { "ipaddr": "10.22.0.5", "expose": ["expose#1"] } },
                "expose#1": { "info": { "port": 80, "protocol": "tcp" } }"##,
        );
        let published = published(&services, "{}");
        assert_snapshot!(published.made_by("srv"), @r"
        _80._tcp.web.root.svc.cluster1. 60 IN SRV 0 10 80 10-22-0-5.web.root.svc.cluster1.
        _http._tcp.web.root.svc.cluster1. 60 IN SRV 0 10 80 10-22-0-5.web.root.svc.cluster1.
        ");
        assert_eq!(published.notes(), "");
    }
}
