//! The records of one service. An agent makes them of every resource with an address, up or not, and so does this.

use std::net::IpAddr;

use zonesmith_policy::cluster::{Place, PortExposure, Service};
use zonesmith_policy::dns::Origin;
use zonesmith_policy::{Diagnostic, ResourceRecord, Severity, Synthesis, name};

use crate::names::{self, ServiceNames, unique_label};
use crate::{OpensvcV2, Rule};

/// Of an SRV whose node has no score.
const WEIGHT: u16 = 10;

/// Makes them.
pub(crate) fn of(policy: &OpensvcV2, service: &Service) -> Synthesis {
    let names = match ServiceNames::of(service, &policy.cluster) {
        Ok(names) => names,
        Err(message) => return Diagnostic::new(Severity::Error, message).into(),
    };
    let mut records = Records {
        policy,
        synthesis: Synthesis::empty(),
        ports: Vec::new(),
    };
    for place in service.places() {
        if !place.resource.addresses.is_empty() {
            records.add(&names, &place);
        }
    }
    records.synthesis
}

struct Records<'a> {
    policy: &'a OpensvcV2,
    synthesis: Synthesis,
    /// Owner, address, port of each SRV so far. An address that fails over has one, of the first node: a weight for each
    /// node would be two ways to one place.
    ports: Vec<(String, IpAddr, u16)>,
}

impl Records<'_> {
    /// All records of one resource.
    fn add(&mut self, names: &ServiceNames<'_>, place: &Place<'_>) {
        let origin = place.origin;
        let on_node = self.told(names.on_node(place), Rule::Node);
        let hostname = self.told(names::hostname(place), Rule::Hostname);
        let hostname = hostname.flatten();
        for &address in &place.resource.addresses {
            self.address(Rule::Service, origin, names.service(), address);
            if let Some(on_node) = &on_node {
                self.address(Rule::Node, origin, on_node, address);
            }
            let unique = names.below(&unique_label(address));
            self.address(Rule::Address, origin, &unique, address);
            if let Some(hostname) = &hostname {
                self.address(Rule::Hostname, origin, &names.below(hostname), address);
            }
            self.ptr(origin, address, names.way_back(hostname.as_deref()));
            for exposure in &place.resource.exposes {
                self.srv(names.service(), &unique, place, address, exposure);
            }
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

    /// By the number of the port, and by its name.
    fn srv(
        &mut self,
        service: &str,
        target: &str,
        place: &Place<'_>,
        address: IpAddr,
        exposure: &PortExposure,
    ) {
        let PortExposure {
            port,
            protocol,
            published_port: _,
            service_name,
        } = exposure;
        let weight = place.instance.score.map_or(WEIGHT, u16::from);
        let number = port.to_string();
        for label in [Some(&number), service_name.as_ref()].into_iter().flatten() {
            let owner = name::service(label, protocol, service);
            let key = (owner, address, *port);
            if self.ports.contains(&key) {
                continue;
            }
            let ttl = self.policy.settings.ttl.get();
            let record = ResourceRecord::srv(key.0.as_str(), ttl, weight, *port, target);
            self.push(Rule::Srv, place.origin, record);
            self.ports.push(key);
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
