//! The records of one service. An agent makes them of every resource with an address, up or not, and so does this.

use std::net::IpAddr;

use zonesmith_policy::cluster::{Place, Resource, Service};
use zonesmith_policy::dns::Origin;
use zonesmith_policy::{Diagnostic, ResourceRecord, Severity, Synthesis, name};

use crate::expose;
use crate::names::{self, ServiceNames};
use crate::{OpensvcV3, Rule};

/// Of an SRV whose node has no score.
const WEIGHT: u16 = 10;

/// Makes them.
pub(crate) fn of(policy: &OpensvcV3, service: &Service) -> Synthesis {
    let names = match ServiceNames::of(service, &policy.cluster) {
        Ok(names) => names,
        Err(message) => return Diagnostic::new(Severity::Error, message).into(),
    };
    let mut records = Records {
        policy,
        synthesis: Synthesis::empty(),
    };
    for place in service.places() {
        if is_told(place.resource) {
            records.add(&names, &place);
        }
    }
    records.synthesis
}

/// Whether the agent tells an address of it, be it none: `ipaddr` is empty while a name does not resolve. Then there is nothing
/// to publish of the address, and SRV records lead to the node all the same.
fn is_told(resource: &Resource) -> bool {
    !resource.addresses.is_empty() || resource.info.text("ipaddr").is_some()
}

struct Records<'a> {
    policy: &'a OpensvcV3,
    synthesis: Synthesis,
}

impl Records<'_> {
    /// All records of one resource.
    fn add(&mut self, names: &ServiceNames<'_>, place: &Place<'_>) {
        let origin = place.origin;
        let on_node = self.told(names.on_node(place), Rule::Node);
        let own = names::of_resource(place);
        let own = self.told(own, Rule::Resource).flatten();
        for &address in &place.resource.addresses {
            self.address(Rule::Service, origin, names.service(), address);
            if let Some(own) = &own {
                let name = name::join([own, names.service()]);
                self.address(Rule::Resource, origin, &name, address);
                self.ptr(origin, address, name);
            }
            let Some(on_node) = &on_node else { continue };
            self.address(Rule::Node, origin, on_node, address);
            if let Some(own) = &own {
                let name = name::join([own, on_node]);
                self.address(Rule::Node, origin, &name, address);
                self.ptr(origin, address, name);
            }
        }
        if let Some(on_node) = &on_node {
            self.srv(names.service(), on_node, place);
        }
    }

    fn address(&mut self, rule: Rule, origin: Origin, name: &str, address: IpAddr) {
        let record = ResourceRecord::address(name, self.policy.settings.ttl.get(), address);
        self.push(rule, origin, record);
    }

    /// Where a zone of ours has the reverse name: elsewhere somebody else answers.
    fn ptr(&mut self, origin: Origin, address: IpAddr, target: String) {
        if self.policy.reverse_zones.contain(address) {
            let record = ResourceRecord::ptr(address, self.policy.settings.ttl.get(), target);
            self.push(Rule::Ptr, origin, record);
        }
    }

    /// One for each port that is exposed, to all that the service has on this node.
    fn srv(&mut self, service: &str, on_node: &str, place: &Place<'_>) {
        let weight = place.instance.score.map_or(WEIGHT, u16::from);
        for text in expose::written(place.resource) {
            let read = expose::parse(&text).map_err(|why| expose::unread(place, &text, &why));
            let Some(expose) = self.told(read, Rule::Srv) else {
                continue;
            };
            let owner = name::service(&expose.label.to_string(), expose.protocol, service);
            let ttl = self.policy.settings.ttl.get();
            let record = ResourceRecord::srv(owner, ttl, weight, expose.port, on_node);
            self.push(Rule::Srv, place.origin, record);
        }
    }

    fn push(&mut self, rule: Rule, origin: Origin, record: ResourceRecord) {
        let record = record.by_rule(rule).at(origin);
        self.synthesis.records.push(record);
    }

    /// What there is, or a word to the owner of the resource.
    fn told<T>(&mut self, read: Result<T, Diagnostic>, rule: Rule) -> Option<T> {
        let tell =
            |diagnostic: Diagnostic| self.synthesis.diagnostics.push(diagnostic.by_rule(rule));
        read.map_err(tell).ok()
    }
}
