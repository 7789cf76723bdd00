//! What the host hands over, in our types.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::bindings::zonesmith::policy::{cluster as contract, dns};
use crate::cluster::{
    Availability, Cluster, Info, Instance, Network, NetworkScope, Node, PortExposure, Resource,
    Service,
};
use crate::dns::{Caa, IpPrefix, Mx, OtherRdata, Rdata, Srv, SvcParameter, Svcb};

pub(super) fn cluster(cluster: contract::Cluster) -> Cluster {
    let contract::Cluster {
        name,
        nameservers,
        nodes,
        networks,
        info,
    } = cluster;
    Cluster {
        name,
        nameservers: addresses(nameservers),
        nodes: nodes.into_iter().map(node).collect(),
        networks: networks.into_iter().map(network).collect(),
        info: Info::from_host(info),
    }
}

fn node(node: contract::Node) -> Node {
    let contract::Node {
        name,
        addresses,
        info,
    } = node;
    Node {
        name,
        addresses: self::addresses(addresses),
        info: Info::from_host(info),
    }
}

fn network(network: contract::Network) -> Network {
    let contract::Network {
        name,
        prefix,
        scope,
        subnets,
        info,
    } = network;
    Network {
        name,
        prefix: self::prefix(prefix),
        scope: match scope {
            contract::NetworkScope::Cluster => NetworkScope::Cluster,
            contract::NetworkScope::Node => NetworkScope::Node,
        },
        subnets: subnets
            .into_iter()
            .map(|(node, slice)| (node, self::prefix(slice)))
            .collect(),
        info: Info::from_host(info),
    }
}

pub(super) fn service(service: contract::Service) -> Service {
    let contract::Service {
        namespace,
        kind,
        name,
        labels,
        instances,
        info,
    } = service;
    Service {
        namespace,
        kind,
        name,
        labels,
        instances: instances.into_iter().map(instance).collect(),
        info: Info::from_host(info),
    }
}

fn instance(instance: contract::Instance) -> Instance {
    let contract::Instance {
        node,
        score,
        availability,
        resources,
        info,
    } = instance;
    Instance {
        node,
        score,
        availability: self::availability(availability),
        resources: resources.into_iter().map(resource).collect(),
        info: Info::from_host(info),
    }
}

fn resource(resource: contract::InstanceResource) -> Resource {
    let contract::InstanceResource {
        resource_id,
        status,
        addresses,
        hostname,
        exposes,
        info,
    } = resource;
    Resource {
        id: resource_id,
        status: availability(status),
        addresses: self::addresses(addresses),
        hostname,
        exposes: exposes.into_iter().map(exposure).collect(),
        info: Info::from_host(info),
    }
}

fn exposure(exposure: contract::PortExposure) -> PortExposure {
    let contract::PortExposure {
        port,
        protocol,
        published_port,
        service_name,
    } = exposure;
    PortExposure {
        port,
        protocol,
        published_port,
        service_name,
    }
}

fn availability(availability: contract::Availability) -> Availability {
    match availability {
        contract::Availability::Up => Availability::Up,
        contract::Availability::Down => Availability::Down,
        contract::Availability::Warn => Availability::Warn,
        contract::Availability::NotApplicable => Availability::NotApplicable,
        contract::Availability::Undefined => Availability::Undefined,
        contract::Availability::StandbyUp => Availability::StandbyUp,
        contract::Availability::StandbyDown => Availability::StandbyDown,
    }
}

fn addresses(addresses: Vec<dns::IpAddress>) -> Vec<IpAddr> {
    addresses.into_iter().map(address).collect()
}

fn address(address: dns::IpAddress) -> IpAddr {
    match address {
        dns::IpAddress::Ipv4((a, b, c, d)) => IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
        dns::IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => {
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h))
        }
    }
}

pub(super) fn prefix(prefix: dns::IpPrefix) -> IpPrefix {
    let dns::IpPrefix { address, length } = prefix;
    IpPrefix {
        address: self::address(address),
        length,
    }
}

pub(super) fn rdata(data: dns::Rdata) -> Rdata {
    match data {
        dns::Rdata::A((a, b, c, d)) => Rdata::A(Ipv4Addr::new(a, b, c, d)),
        dns::Rdata::Aaaa((a, b, c, d, e, f, g, h)) => {
            Rdata::Aaaa(Ipv6Addr::new(a, b, c, d, e, f, g, h))
        }
        dns::Rdata::Cname(target) => Rdata::Cname(target),
        dns::Rdata::Ns(target) => Rdata::Ns(target),
        dns::Rdata::Ptr(target) => Rdata::Ptr(target),
        dns::Rdata::Srv(dns::Srv {
            priority,
            weight,
            port,
            target,
        }) => Rdata::Srv(Srv {
            priority,
            weight,
            port,
            target,
        }),
        dns::Rdata::Txt(strings) => Rdata::Txt(strings),
        dns::Rdata::Mx(dns::Mx {
            preference,
            exchange,
        }) => Rdata::Mx(Mx {
            preference,
            exchange,
        }),
        dns::Rdata::Caa(dns::Caa { flags, tag, value }) => Rdata::Caa(Caa { flags, tag, value }),
        dns::Rdata::Svcb(binding) => Rdata::Svcb(svcb(binding)),
        dns::Rdata::Https(binding) => Rdata::Https(svcb(binding)),
        dns::Rdata::Other(dns::OtherRdata {
            rrtype,
            presentation,
        }) => Rdata::Other(OtherRdata {
            rrtype,
            presentation,
        }),
    }
}

fn svcb(binding: dns::Svcb) -> Svcb {
    let dns::Svcb {
        priority,
        target,
        parameters,
    } = binding;
    let parameters = parameters.into_iter();
    Svcb {
        priority,
        target,
        parameters: parameters
            .map(|dns::SvcParameter { key, value }| SvcParameter { key, value })
            .collect(),
    }
}
