//! The records, each with the rule that made it.

use std::net::IpAddr;

use zonesmith_policy::ResourceRecord;
use zonesmith_policy::cluster::Service;
use zonesmith_policy::dns::{Origin, Srv};
use zonesmith_policy::name;

use crate::endpoints::{Endpoint, Endpoints};
use crate::facts::{Facts, Port};
use crate::{Kubernetes, Names};

zonesmith_policy::rules! {
    /// Why a record is there.
    pub(crate) enum Rule {
        ClusterIp("cluster-ip", "<service>.<namespace>.svc.<zone> has the cluster addresses of a service that has some."),
        Headless("headless", "<service>.<namespace>.svc.<zone> has the address of each ready endpoint of a headless service."),
        Endpoint("endpoint", "<hostname>.<service>.<namespace>.svc.<zone> has the addresses of one ready endpoint of a headless service; without a hostname the label is the address."),
        Srv("srv", "_<port>._<protocol>.<service>.<namespace>.svc.<zone> says where a named port is: at the service, or at each ready endpoint of a headless one."),
        Ptr("ptr", "The reverse name of a cluster address points to the service, that of a ready endpoint to its name. In a network of each node it stands only while one service has the address."),
        ExternalName("external-name", "<service>.<namespace>.svc.<zone> is another name of the external name."),
        Pod("pod", "<address>.<namespace>.pod.<zone> has the address, of every resource that has one."),
        DnsVersion("dns-version", "dns-version.<zone> says by which version of Kubernetes' schema the zone is made."),
        Nameserver("nameserver", "The nameservers, in the order of cluster.dns, and the way back from their addresses."),
    }
}

/// The records of one service, as they are made.
pub(crate) struct Records<'a> {
    policy: &'a Kubernetes,
    names: &'a Names,
    made: Vec<ResourceRecord>,
}

impl<'a> Records<'a> {
    pub(crate) fn new(policy: &'a Kubernetes, names: &'a Names) -> Self {
        Self {
            policy,
            names,
            made: Vec::new(),
        }
    }

    pub(crate) fn into_all(self) -> Vec<ResourceRecord> {
        self.made
    }

    /// Of a service that is reached at addresses of its own.
    pub(crate) fn cluster_ip(
        &mut self,
        addresses: &[(IpAddr, Option<Origin>)],
        facts: &Facts,
        of: &Service,
    ) {
        let service = self.names.service.as_str();
        for &(address, origin) in addresses {
            let ttl = self.policy.settings.ttl.address.get();
            let record = ResourceRecord::address(service, ttl, address);
            self.push(Rule::ClusterIp, origin, record);
            self.ptr(address, origin, service);
        }
        if let Some(ports) = &facts.ports {
            for port in ports {
                self.srv(&port.name, &port.protocol, port.number, None, service);
            }
            return;
        }
        // What its resources offer, each port once.
        if !self.policy.settings.registered_port_names {
            return;
        }
        let mut seen: Vec<(&str, &str, u16)> = Vec::new();
        for place in of.places() {
            for exposure in &place.resource.exposes {
                let protocol = |&(address, _): &(IpAddr, _)| exposure.protocol_for(address);
                let (Some(name), Some(protocol)) = (
                    exposure.service_name.as_deref(),
                    addresses.iter().find_map(protocol),
                ) else {
                    continue;
                };
                if !seen.contains(&(name, protocol, exposure.port)) {
                    seen.push((name, protocol, exposure.port));
                    let origin = Some(place.origin);
                    self.srv(name, protocol, exposure.port, origin, service);
                }
            }
        }
    }

    /// Of a service that is reached at its endpoints.
    pub(crate) fn headless(&mut self, facts: &Facts, endpoints: &Endpoints<'_>) {
        let settings = &self.policy.settings;
        let ttl = settings.ttl.address.get();
        let with_not_ready = facts.publish_not_ready || settings.publish_not_ready_addresses;
        for endpoint in endpoints.published(with_not_ready) {
            let origin = Some(endpoint.origin);
            let service = self.names.service.as_str();
            let name = name::below(&endpoint.label, service);
            let record = ResourceRecord::address(service, ttl, endpoint.address);
            self.push(Rule::Headless, origin, record);
            let record = ResourceRecord::address(name.as_str(), ttl, endpoint.address);
            self.push(Rule::Endpoint, origin, record);
            self.ptr(endpoint.address, origin, &name);
            match &facts.ports {
                // Nobody translates the ports of a headless service.
                Some(ports) => {
                    for Port {
                        name: port,
                        protocol,
                        target,
                        ..
                    } in ports
                    {
                        self.srv(port, protocol, *target, origin, &name);
                    }
                }
                None => {
                    for (port, protocol, number) in self.registered(endpoint) {
                        self.srv(port, protocol, number, origin, &name);
                    }
                }
            }
        }
    }

    /// Of a service that is somewhere else.
    pub(crate) fn external_name(&mut self, target: &str) {
        let ttl = self.policy.settings.ttl.external_name.get();
        let record = ResourceRecord::cname(self.names.service.as_str(), ttl, target);
        self.push(Rule::ExternalName, None, record);
    }

    /// Of every address that a resource has, ready or not.
    pub(crate) fn pods(&mut self, endpoints: &Endpoints<'_>) {
        let settings = &self.policy.settings;
        if !settings.rules.pod {
            return;
        }
        let ttl = settings.ttl.address.get();
        for endpoint in endpoints.iter() {
            let owner = name::below(&name::address_label(endpoint.address), &self.names.pods);
            let record = ResourceRecord::address(owner, ttl, endpoint.address);
            self.push(Rule::Pod, Some(endpoint.origin), record);
        }
    }

    /// The ports of an endpoint that have a name by registration: name, protocol, number.
    fn registered<'e>(
        &self,
        endpoint: &'e Endpoint<'_>,
    ) -> impl Iterator<Item = (&'e str, &'e str, u16)> + use<'e> {
        let is_on = self.policy.settings.registered_port_names;
        let exposes = endpoint.exposes.iter().filter(move |_| is_on);
        exposes.filter_map(|exposure| {
            let name = exposure.service_name.as_deref()?;
            let protocol = exposure.protocol_for(endpoint.address)?;
            Some((name, protocol, exposure.port))
        })
    }

    fn srv(&mut self, name: &str, protocol: &str, port: u16, origin: Option<Origin>, target: &str) {
        let settings = &self.policy.settings;
        let owner = name::service(name, protocol, &self.names.service);
        let srv = Srv {
            priority: settings.srv.priority,
            weight: settings.srv.weight,
            port,
            target: target.to_owned(),
        };
        let record = ResourceRecord::new(owner, settings.ttl.srv.get(), srv);
        self.push(Rule::Srv, origin, record);
    }

    fn ptr(&mut self, address: IpAddr, origin: Option<Origin>, target: &str) {
        let settings = &self.policy.settings;
        if !settings.rules.ptr {
            return;
        }
        let ttl = settings.ttl.ptr.get();
        if let Some(record) = self.policy.reverse_zones.ptr(address, ttl, target) {
            self.push(Rule::Ptr, origin, record);
        }
    }

    fn push(&mut self, rule: Rule, origin: Option<Origin>, record: ResourceRecord) {
        let mut record = record.by_rule(rule);
        record.origin = origin;
        self.made.push(record);
    }
}
