//! What policies are given, in the shapes of their contract. The daemon has the same in its own generated types, borrowed;
//! here texts are copied, since they leave for another memory anyway.
//!
//! One thing is decided here, as there: an IPv4-mapped IPv6 address is given as the IPv4 address it is.

use std::net::IpAddr;
use std::num::NonZeroU16;

use zonesmith_cluster as ours;

use crate::bindings::zonesmith::policy::{cluster, dns};

/// What `configure` is given.
pub(crate) fn cluster(cluster: &ours::Cluster) -> cluster::Cluster {
    let ours::Cluster {
        name,
        nameservers,
        nodes,
        networks,
        info,
    } = cluster;
    cluster::Cluster {
        name: name.clone(),
        nameservers: nameservers.iter().copied().map(address).collect(),
        nodes: nodes.iter().map(node).collect(),
        networks: networks.iter().map(network).collect(),
        info: info.as_json().to_owned(),
    }
}

fn node(node: &ours::Node) -> cluster::Node {
    // No score: one that moves would configure everything anew.
    let ours::Node {
        name,
        score: _,
        addresses,
        info,
    } = node;
    cluster::Node {
        name: name.to_string(),
        addresses: addresses.iter().copied().map(address).collect(),
        info: info.as_json().to_owned(),
    }
}

fn network(network: &ours::Network) -> cluster::Network {
    let ours::Network {
        name,
        prefix: of_network,
        scope,
        subnets,
        info,
    } = network;
    cluster::Network {
        name: name.clone(),
        prefix: prefix(*of_network),
        scope: match scope {
            ours::NetworkScope::Cluster => cluster::NetworkScope::Cluster,
            ours::NetworkScope::Node => cluster::NetworkScope::Node,
        },
        subnets: subnets
            .iter()
            .map(|(node, of_node)| (node.clone(), prefix(*of_node)))
            .collect(),
        info: info.as_json().to_owned(),
    }
}

/// What `synthesize` is given.
pub(crate) fn service(service: &ours::Service) -> cluster::Service {
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
        instances: instances.iter().map(instance).collect(),
        info: info.as_json().to_owned(),
    }
}

fn instance(instance: &ours::Instance) -> cluster::Instance {
    let ours::Instance {
        node,
        score,
        availability: of_instance,
        resources,
        info,
    } = instance;
    cluster::Instance {
        node: node.to_string(),
        score: *score,
        availability: availability(*of_instance),
        resources: resources.iter().map(resource).collect(),
        info: info.as_json().to_owned(),
    }
}

fn resource(resource: &ours::Resource) -> cluster::InstanceResource {
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
        status: availability(*status),
        addresses: addresses.iter().copied().map(address).collect(),
        hostname: hostname.as_deref().map(ToOwned::to_owned),
        exposes: exposes.iter().map(exposure).collect(),
        info: info.as_json().to_owned(),
    }
}

fn exposure(exposure: &ours::PortExposure) -> cluster::PortExposure {
    let ours::PortExposure {
        port,
        protocol,
        published,
    } = exposure;
    let service_name = exposure.service_names().first();
    cluster::PortExposure {
        port: port.get(),
        protocol: protocol.as_str().to_owned(),
        published_port: published.map(NonZeroU16::get),
        service_name: service_name.map(|name| (*name).to_owned()),
    }
}

fn availability(availability: ours::Availability) -> cluster::Availability {
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

fn address(address: IpAddr) -> dns::IpAddress {
    as_it_is(address.to_canonical())
}

/// Of a network: the canonical form of a mapped address would have another length.
pub(crate) fn prefix(prefix: ours::IpPrefix) -> dns::IpPrefix {
    dns::IpPrefix {
        address: as_it_is(prefix.address()),
        length: prefix.length(),
    }
}

fn as_it_is(address: IpAddr) -> dns::IpAddress {
    match address {
        IpAddr::V4(address) => dns::IpAddress::Ipv4(address.octets().into()),
        IpAddr::V6(address) => dns::IpAddress::Ipv6(address.segments().into()),
    }
}
