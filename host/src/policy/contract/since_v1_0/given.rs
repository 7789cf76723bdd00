//! What a policy is given, in the shapes of this contract.
//!
//! Nothing is copied but numbers: the bindings borrow texts from the daemon's own state and write them straight into the
//! memory of the policy. Lists of the contract are slices, so what lies in them is laid out first, the innermost before what
//! holds it, one list for the whole service: a dozen allocations, however many instances there are.
//!
//! One thing is decided here: an IPv4-mapped IPv6 address is given as the IPv4 address it is.

use std::net::IpAddr;
use std::num::NonZeroU16;

use zonesmith_cluster as ours;

use super::bindings::zonesmith::policy::{cluster, dns};

/// Gives `cluster` to `configure`, in its words.
pub(super) fn with_cluster<T>(
    cluster: &ours::Cluster,
    configure: impl FnOnce(cluster::Cluster<'_>) -> T,
) -> T {
    let ours::Cluster {
        name,
        nameservers,
        nodes,
        networks,
        info,
    } = cluster;
    let nameservers = to_addresses(nameservers);
    let addresses: Vec<Vec<_>> = nodes
        .iter()
        .map(|node| to_addresses(&node.addresses))
        .collect();
    let nodes: Vec<_> = nodes
        .iter()
        .zip(&addresses)
        .map(|(node, addresses)| to_node(node, addresses))
        .collect();
    let subnets: Vec<Vec<_>> = networks.iter().map(to_subnets).collect();
    let networks: Vec<_> = networks
        .iter()
        .zip(&subnets)
        .map(|(network, subnets)| to_network(network, subnets))
        .collect();
    configure(cluster::Cluster {
        name,
        nameservers: &nameservers,
        nodes: &nodes,
        networks: &networks,
        info: info.as_json(),
    })
}

fn to_node<'a>(node: &'a ours::Node, addresses: &'a [dns::IpAddress]) -> cluster::Node<'a> {
    // No score: one that moves would configure everything anew.
    let ours::Node {
        name,
        score: _,
        addresses: _,
        info,
    } = node;
    cluster::Node {
        name,
        addresses,
        info: info.as_json(),
    }
}

fn to_subnets(network: &ours::Network) -> Vec<(&str, dns::IpPrefix)> {
    let subnets = network.subnets.iter();
    subnets
        .map(|(node, prefix)| (node.as_str(), to_prefix(*prefix)))
        .collect()
}

fn to_network<'a>(
    network: &'a ours::Network,
    subnets: &'a [(&'a str, dns::IpPrefix)],
) -> cluster::Network<'a> {
    let ours::Network {
        name,
        prefix,
        scope,
        subnets: _,
        info,
    } = network;
    cluster::Network {
        name,
        prefix: to_prefix(*prefix),
        scope: match scope {
            ours::NetworkScope::Cluster => cluster::NetworkScope::Cluster,
            ours::NetworkScope::Node => cluster::NetworkScope::Node,
        },
        subnets,
        info: info.as_json(),
    }
}

/// Gives `service` to `synthesize`, in its words.
pub(super) fn with_service<T>(
    service: &ours::Service,
    synthesize: impl FnOnce(cluster::Service<'_>) -> T,
) -> T {
    // Problems are what the host could not read: told to the owner by the host.
    let ours::Service {
        path,
        labels,
        instances,
        info,
        problems: _,
    } = service;
    let (namespace, kind, name) = path.parts();
    let labels: Vec<_> = labels
        .iter()
        .map(|(key, value)| (&**key, &**value))
        .collect();
    let leaves = Leaves::of(service);
    let resources = leaves.resources(service);
    let mut left = resources.as_slice();
    let instances: Vec<_> = instances
        .iter()
        .map(|instance| to_instance(instance, &mut left))
        .collect();
    synthesize(cluster::Service {
        namespace,
        kind,
        name,
        labels: &labels,
        instances: &instances,
        info: info.as_json(),
    })
}

/// What the resources of a service have lists of, all of them one after the other.
struct Leaves<'a> {
    addresses: Vec<dns::IpAddress>,
    exposes: Vec<cluster::PortExposure<'a>>,
}

impl<'a> Leaves<'a> {
    fn of(service: &'a ours::Service) -> Self {
        let resources = || all_resources(service);
        let mut addresses =
            Vec::with_capacity(resources().map(|resource| resource.addresses.len()).sum());
        let mut exposes =
            Vec::with_capacity(resources().map(|resource| resource.exposes.len()).sum());
        for resource in resources() {
            addresses.extend(resource.addresses.iter().copied().map(to_address));
            exposes.extend(resource.exposes.iter().map(to_exposure));
        }
        Self { addresses, exposes }
    }

    fn resources(&'a self, service: &'a ours::Service) -> Vec<cluster::InstanceResource<'a>> {
        let mut addresses = self.addresses.as_slice();
        let mut exposes = self.exposes.as_slice();
        let mut resources = Vec::with_capacity(all_resources(service).count());
        resources.extend(
            all_resources(service)
                .map(|resource| to_resource(resource, &mut addresses, &mut exposes)),
        );
        resources
    }
}

fn all_resources(service: &ours::Service) -> impl Iterator<Item = &ours::Resource> {
    let instances = service.instances.iter();
    instances.flat_map(|instance| &instance.resources)
}

/// Takes the first `count` items of what is left.
fn take<'a, T>(left: &mut &'a [T], count: usize) -> &'a [T] {
    left.split_off(..count).unwrap_or_default()
}

fn to_instance<'a>(
    instance: &'a ours::Instance,
    all: &mut &'a [cluster::InstanceResource<'a>],
) -> cluster::Instance<'a> {
    let ours::Instance {
        node,
        score,
        availability,
        resources,
        info,
    } = instance;
    cluster::Instance {
        node,
        score: *score,
        availability: to_availability(*availability),
        resources: take(all, resources.len()),
        info: info.as_json(),
    }
}

fn to_resource<'a>(
    resource: &'a ours::Resource,
    all_addresses: &mut &'a [dns::IpAddress],
    all_exposes: &mut &'a [cluster::PortExposure<'a>],
) -> cluster::InstanceResource<'a> {
    let ours::Resource {
        id,
        status,
        addresses,
        hostname,
        exposes,
        info,
    } = resource;
    cluster::InstanceResource {
        resource_id: id,
        status: to_availability(*status),
        addresses: take(all_addresses, addresses.len()),
        hostname: hostname.as_deref(),
        exposes: take(all_exposes, exposes.len()),
        info: info.as_json(),
    }
}

fn to_exposure(exposure: &ours::PortExposure) -> cluster::PortExposure<'static> {
    let ours::PortExposure {
        port,
        protocol,
        published,
    } = exposure;
    cluster::PortExposure {
        port: port.get(),
        protocol: protocol.as_str(),
        published_port: published.map(NonZeroU16::get),
        service_name: exposure.service_names().first().copied(),
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
