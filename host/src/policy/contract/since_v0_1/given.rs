//! What a policy is given, in the shapes of this contract.
//!
//! One thing is decided here: an IPv4-mapped IPv6 address is given as the IPv4 address it is.

use std::net::IpAddr;

use zonesmith_cluster as ours;

use super::bindings::zonesmith::policy::{cluster, dns};

/// A cluster for `configure`.
pub(super) fn to_cluster(cluster: &ours::Cluster) -> cluster::Cluster {
    let ours::Cluster {
        name,
        nameservers,
        nodes,
        networks,
        info,
    } = cluster;
    cluster::Cluster {
        name: name.clone(),
        nameservers: to_addresses(nameservers),
        nodes: nodes.iter().map(to_node).collect(),
        networks: networks.iter().map(to_network).collect(),
        info: info.pairs(),
    }
}

fn to_node(node: &ours::Node) -> cluster::Node {
    // No score: one that moves would configure everything anew.
    let ours::Node {
        name,
        score: _,
        addresses,
        info,
    } = node;
    cluster::Node {
        name: name.to_string(),
        addresses: to_addresses(addresses),
        info: info.pairs(),
    }
}

fn to_network(network: &ours::Network) -> cluster::Network {
    let ours::Network {
        name,
        prefix,
        scope,
        subnets,
        info,
    } = network;
    cluster::Network {
        name: name.clone(),
        prefix: to_prefix(*prefix),
        scope: match scope {
            ours::NetworkScope::Cluster => cluster::NetworkScope::Cluster,
            ours::NetworkScope::Node => cluster::NetworkScope::Node,
        },
        subnets: subnets
            .iter()
            .map(|(node, prefix)| (node.clone(), to_prefix(*prefix)))
            .collect(),
        info: info.pairs(),
    }
}

/// A service for `synthesize`.
pub(super) fn to_service(service: &ours::Service) -> cluster::Service {
    // Problems are what the host could not read: told to the owner by the host.
    let ours::Service {
        path,
        labels,
        instances,
        info,
        problems: _,
    } = service;
    let (namespace, kind, name) = path.parts();
    cluster::Service {
        namespace: namespace.to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        labels: labels
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect(),
        instances: instances.iter().map(to_instance).collect(),
        info: info.pairs(),
    }
}

fn to_instance(instance: &ours::Instance) -> cluster::Instance {
    let ours::Instance {
        node,
        score,
        availability,
        resources,
        info,
    } = instance;
    cluster::Instance {
        node: node.to_string(),
        score: *score,
        availability: to_availability(*availability),
        resources: resources.iter().map(to_resource).collect(),
        info: info.pairs(),
    }
}

fn to_resource(resource: &ours::Resource) -> cluster::InstanceResource {
    let ours::Resource {
        id,
        status,
        addresses,
        hostname,
        exposes,
        info,
    } = resource;
    cluster::InstanceResource {
        resource_id: id.to_string(),
        status: to_availability(*status),
        addresses: to_addresses(addresses),
        hostname: hostname.as_deref().map(str::to_owned),
        exposes: exposes.iter().map(to_exposure).collect(),
        info: info.pairs(),
    }
}

fn to_exposure(exposure: &ours::PortExposure) -> cluster::PortExposure {
    let ours::PortExposure {
        port,
        protocol,
        published,
    } = exposure;
    cluster::PortExposure {
        port: port.get(),
        protocol: protocol.as_str().to_owned(),
        published_port: published.map(|port| port.get()),
        service_names: exposure
            .service_names()
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
    }
}

fn to_availability(availability: ours::Availability) -> cluster::Availability {
    match availability {
        ours::Availability::Up => cluster::Availability::Up,
        ours::Availability::Down => cluster::Availability::Down,
        ours::Availability::Warn => cluster::Availability::Warn,
        ours::Availability::NotApplicable => cluster::Availability::NotApplicable,
        ours::Availability::Undefined => cluster::Availability::Undefined,
        ours::Availability::StandbyUp => cluster::Availability::StandbyUp,
        ours::Availability::StandbyDown => cluster::Availability::StandbyDown,
    }
}

fn to_addresses(addresses: &[IpAddr]) -> Vec<dns::IpAddress> {
    addresses
        .iter()
        .map(|address| to_address(*address))
        .collect()
}

fn to_address(address: IpAddr) -> dns::IpAddress {
    match address.to_canonical() {
        IpAddr::V4(address) => dns::IpAddress::Ipv4(address.octets().into()),
        IpAddr::V6(address) => dns::IpAddress::Ipv6(address.segments().into()),
    }
}

fn to_prefix(prefix: ours::IpPrefix) -> dns::IpPrefix {
    // As it is: the canonical form of a mapped address would have another length.
    let address = match prefix.address() {
        IpAddr::V4(address) => dns::IpAddress::Ipv4(address.octets().into()),
        IpAddr::V6(address) => dns::IpAddress::Ipv6(address.segments().into()),
    };
    dns::IpPrefix {
        address,
        length: prefix.length(),
    }
}
