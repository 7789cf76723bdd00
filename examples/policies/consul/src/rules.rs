//! The records of a service, each with the rule that made it.

use zonesmith_policy::cluster::PortExposure;
use zonesmith_policy::dns::Srv;
use zonesmith_policy::{ResourceRecord, name};

use crate::Consul;
use crate::names::ServiceName;
use crate::offers::{Offer, Target};

zonesmith_policy::rules! {
    /// Why a record is there.
    pub(crate) enum Rule {
        Service("service", "<service>.service.<domain> has the address of every instance that is not critical, and its first port as SRV records."),
        Tag("tag", "<tag>.<service>.service.<domain> is the same of the instances that have the tag."),
        Rfc2782("rfc-2782", "_<service>._<protocol>.service.<domain> has the first port of that protocol of every instance, _<service>._<tag>.service.<domain> the first port of those with the tag."),
        Port("port", "<port>.port.<service>.service.<domain> has the address and one port of every instance that exposes it: by IANA's name of the port, or by its number."),
        Address("addr", "<hexadecimal address>.addr.<datacenter>.<domain> has an address that is not the node's: SRV records point to it."),
        Node("node", "<node>.node.<domain> has the addresses of a node."),
        Meta("meta", "<node>.node.<domain> has the metadata of a node as texts: key=value, or the value alone when the key begins with rfc1035-."),
        Ptr("ptr", "The reverse name of an address points to the node that has it, else to the service. In a network of each node it stands only while one service has the address."),
        Nameserver("nameserver", "The nameservers, in the order of cluster.dns."),
    }
}

/// Consul gives every SRV record this one.
const PRIORITY: u16 = 1;

/// The records of one service, as they are made.
pub(crate) struct Records<'a> {
    policy: &'a Consul,
    service: &'a ServiceName,
    /// What its names end with, the form first that answers have.
    suffixes: Vec<String>,
    made: Vec<ResourceRecord>,
}

impl<'a> Records<'a> {
    pub(crate) fn new(policy: &'a Consul, service: &'a ServiceName) -> Self {
        Self {
            policy,
            service,
            suffixes: policy.names.service(service.namespace.as_deref()),
            made: Vec::new(),
        }
    }

    pub(crate) fn into_all(self) -> Vec<ResourceRecord> {
        self.made
    }

    /// All of one address of one resource.
    pub(crate) fn add(&mut self, offer: &Offer<'_>) {
        let suffixes = std::mem::take(&mut self.suffixes);
        for suffix in &suffixes {
            self.add_form(offer, suffix);
        }
        if let Target::Address(owner) = &offer.target {
            let record = self.address(owner, offer);
            self.push(Rule::Address, offer, record);
        }
        if let Some(suffix) = suffixes.first() {
            self.ptr(offer, suffix);
        }
        self.suffixes = suffixes;
    }

    /// The names that end with `suffix`.
    fn add_form(&mut self, offer: &Offer<'_>, suffix: &str) {
        let service = name::join([&*self.service.name, suffix]);
        let first = of_family(offer).next();
        self.both(Rule::Service, &service, offer, first);
        for tag in &offer.tags {
            let owner = name::join([tag, &*service]);
            self.both(Rule::Tag, &owner, offer, first);
        }
        self.rfc_2782(offer, suffix);
        if !self.policy.settings.rules.port {
            return;
        }
        for (exposure, _) in of_family(offer) {
            let number = exposure.port.to_string();
            let label = exposure.service_name.as_deref().unwrap_or(&number);
            let owner = name::join([label, "port", &*service]);
            self.both(Rule::Port, &owner, offer, Some((exposure, "")));
        }
    }

    fn rfc_2782(&mut self, offer: &Offer<'_>, suffix: &str) {
        let mut seen: Vec<&str> = Vec::new();
        for (exposure, protocol) in of_family(offer) {
            if seen.contains(&protocol) {
                continue;
            }
            seen.push(protocol);
            let owner = name::service(&self.service.name, protocol, suffix);
            let record = self.srv(&owner, offer, exposure);
            self.push(Rule::Rfc2782, offer, record);
        }
        let Some((first, _)) = of_family(offer).next() else {
            return;
        };
        // A tag of several labels has no such form, nor one that is a protocol.
        let tags = offer
            .tags
            .iter()
            .filter(|tag| tag.len() < 63 && !tag.contains('.') && !seen.contains(&tag.as_str()));
        for tag in tags {
            let owner = name::service(&self.service.name, tag, suffix);
            let record = self.srv(&owner, offer, first);
            self.push(Rule::Rfc2782, offer, record);
        }
    }

    /// The address, and the port where there is one.
    fn both(
        &mut self,
        rule: Rule,
        owner: &str,
        offer: &Offer<'_>,
        exposure: Option<(&PortExposure, &str)>,
    ) {
        let record = self.address(owner, offer);
        self.push(rule, offer, record);
        if let Some((exposure, _)) = exposure {
            let record = self.srv(owner, offer, exposure);
            self.push(rule, offer, record);
        }
    }

    fn address(&self, owner: &str, offer: &Offer<'_>) -> ResourceRecord {
        let ttl = self.policy.settings.ttl.service.get();
        ResourceRecord::address(owner, ttl, offer.address)
    }

    fn srv(&self, owner: &str, offer: &Offer<'_>, exposure: &PortExposure) -> ResourceRecord {
        let srv = Srv {
            priority: PRIORITY,
            weight: offer.weight,
            port: exposure.port,
            target: offer.target.name().to_owned(),
        };
        ResourceRecord::new(owner, self.policy.settings.ttl.service.get(), srv)
    }

    fn ptr(&mut self, offer: &Offer<'_>, suffix: &str) {
        let settings = &self.policy.settings;
        if !settings.rules.ptr || self.policy.nodes.have(offer.address) {
            return;
        }
        let target = name::join([&*self.service.name, suffix]);
        let ttl = settings.ttl.service.get();
        if let Some(record) = self.policy.reverse_zones.ptr(offer.address, ttl, target) {
            self.push(Rule::Ptr, offer, record);
        }
    }

    fn push(&mut self, rule: Rule, offer: &Offer<'_>, record: ResourceRecord) {
        self.made.push(record.by_rule(rule).at(offer.origin));
    }
}

/// The ports that are exposed at this address, each with its protocol, in their order.
fn of_family<'e>(offer: &'e Offer<'_>) -> impl Iterator<Item = (&'e PortExposure, &'e str)> {
    let address = offer.address;
    offer.exposes.iter().filter_map(move |exposure| {
        let protocol = exposure.protocol_for(address)?;
        Some((exposure, protocol))
    })
}
