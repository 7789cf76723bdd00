//! Between the words of the contract and the daemon's. The host does the same at its border, with other generated types.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use zonesmith_cluster as daemon;
use zonesmith_zone::record;

use crate::cluster::{
    Availability, Cluster, Instance, InstanceResource, Network, NetworkScope, Node, PortExposure,
    Service,
};
use crate::dns::{IpAddress, IpPrefix, OtherRdata, Rdata, ResourceRecord, Svcb};
use crate::naming::Zone;

pub(super) fn cluster(cluster: &daemon::Cluster) -> Cluster {
    let daemon::Cluster {
        name,
        nameservers,
        nodes,
        networks,
        info,
    } = cluster;
    Cluster {
        name: name.clone(),
        nameservers: addresses(nameservers),
        nodes: nodes.iter().map(node).collect(),
        networks: networks.iter().map(network).collect(),
        info: info.as_json().to_owned(),
    }
}

fn node(node: &daemon::Node) -> Node {
    let daemon::Node {
        name,
        score: _,
        addresses: of_node,
        info,
    } = node;
    Node {
        name: name.to_string(),
        addresses: addresses(of_node),
        info: info.as_json().to_owned(),
    }
}

fn network(network: &daemon::Network) -> Network {
    let daemon::Network {
        name,
        prefix: whole,
        scope,
        subnets,
        info,
    } = network;
    Network {
        name: name.clone(),
        prefix: prefix(*whole),
        scope: match scope {
            daemon::NetworkScope::Cluster => NetworkScope::Cluster,
            daemon::NetworkScope::Node => NetworkScope::Node,
        },
        subnets: subnets
            .iter()
            .map(|(node, slice)| (node.clone(), prefix(*slice)))
            .collect(),
        info: info.as_json().to_owned(),
    }
}

fn prefix(prefix: daemon::IpPrefix) -> IpPrefix {
    IpPrefix {
        address: prefix.address().into(),
        length: prefix.length(),
    }
}

fn addresses(addresses: &[IpAddr]) -> Vec<IpAddress> {
    addresses.iter().map(|&address| address.into()).collect()
}

pub(super) fn service(service: &daemon::Service) -> Service {
    let daemon::Service {
        path,
        labels,
        instances,
        info,
        problems: _,
    } = service;
    Service {
        namespace: path.namespace().to_owned(),
        kind: path.kind().to_owned(),
        name: path.name().to_owned(),
        labels: labels
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect(),
        instances: instances.iter().map(instance).collect(),
        info: info.as_json().to_owned(),
    }
}

fn instance(instance: &daemon::Instance) -> Instance {
    let daemon::Instance {
        node,
        score,
        availability: of_instance,
        resources,
        info,
    } = instance;
    Instance {
        node: node.to_string(),
        score: *score,
        availability: availability(*of_instance),
        resources: resources.iter().map(resource).collect(),
        info: info.as_json().to_owned(),
    }
}

fn resource(resource: &daemon::Resource) -> InstanceResource {
    let daemon::Resource {
        id,
        status,
        addresses: of_resource,
        hostname,
        exposes,
        info,
    } = resource;
    InstanceResource {
        resource_id: id.to_string(),
        status: availability(*status),
        addresses: addresses(of_resource),
        hostname: hostname.as_deref().map(str::to_owned),
        exposes: exposes.iter().map(exposure).collect(),
        info: info.as_json().to_owned(),
    }
}

fn exposure(exposure: &daemon::PortExposure) -> PortExposure {
    PortExposure {
        port: exposure.port.get(),
        protocol: exposure.protocol.as_str().to_owned(),
        published_port: exposure.published.map(std::num::NonZeroU16::get),
        service_name: exposure
            .service_names()
            .first()
            .map(|&name| name.to_owned()),
    }
}

fn availability(availability: daemon::Availability) -> Availability {
    match availability {
        daemon::Availability::Up => Availability::Up,
        daemon::Availability::Down => Availability::Down,
        daemon::Availability::Warn => Availability::Warn,
        daemon::Availability::NotApplicable => Availability::NotApplicable,
        daemon::Availability::Undefined => Availability::Undefined,
        daemon::Availability::StandbyUp => Availability::StandbyUp,
        daemon::Availability::StandbyDown => Availability::StandbyDown,
    }
}

pub(super) fn zone(zone: &Zone) -> record::ZoneDeclaration {
    let Zone {
        apex,
        soa,
        nameservers,
        nameserver_ttl,
    } = zone.clone();
    record::ZoneDeclaration {
        apex,
        soa: record::SoaDeclaration {
            ttl: soa.ttl,
            mname: soa.mname,
            rname: soa.rname,
            refresh: soa.refresh,
            retry: soa.retry,
            expire: soa.expire,
            minimum: soa.minimum,
        },
        nameservers,
        nameserver_ttl,
    }
}

pub(super) fn record(record: &ResourceRecord) -> record::Record {
    let ResourceRecord {
        owner,
        ttl,
        data,
        rule,
        origin,
        exclusive,
    } = record.clone();
    record::Record {
        owner,
        ttl,
        data: rdata(data),
        rule,
        origin: origin.map(|origin| record::Origin {
            instance: origin.instance,
            resource: origin.resource,
        }),
        exclusive,
    }
}

fn rdata(data: Rdata) -> record::Rdata {
    match data {
        Rdata::A(octets) => record::Rdata::A(Ipv4Addr::from(<[u8; 4]>::from(octets))),
        Rdata::Aaaa(groups) => record::Rdata::Aaaa(Ipv6Addr::from(<[u16; 8]>::from(groups))),
        Rdata::Cname(name) => record::Rdata::Cname(name),
        Rdata::Ns(name) => record::Rdata::Ns(name),
        Rdata::Ptr(name) => record::Rdata::Ptr(name),
        Rdata::Srv(srv) => record::Rdata::Srv(record::Srv {
            priority: srv.priority,
            weight: srv.weight,
            port: srv.port,
            target: srv.target,
        }),
        Rdata::Txt(strings) => record::Rdata::Txt(strings),
        Rdata::Mx(mx) => record::Rdata::Mx(record::Mx {
            preference: mx.preference,
            exchange: mx.exchange,
        }),
        Rdata::Caa(caa) => record::Rdata::Caa(record::Caa {
            flags: caa.flags,
            tag: caa.tag,
            value: caa.value,
        }),
        Rdata::Svcb(svcb) => record::Rdata::Svcb(service_binding(svcb)),
        Rdata::Https(svcb) => record::Rdata::Https(service_binding(svcb)),
        Rdata::Other(OtherRdata {
            rrtype,
            presentation,
        }) => record::Rdata::Other(record::OtherRdata {
            rrtype,
            presentation,
        }),
    }
}

fn service_binding(svcb: Svcb) -> record::Svcb {
    record::Svcb {
        priority: svcb.priority,
        target: svcb.target,
        parameters: svcb
            .parameters
            .into_iter()
            .map(|parameter| (parameter.key, parameter.value))
            .collect(),
    }
}
