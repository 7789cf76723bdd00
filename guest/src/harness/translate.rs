//! Between the words of a policy and the daemon's. The host does the same at its border, with types that are generated.

use std::net::IpAddr;
use std::num::NonZeroU16;

use zonesmith_cluster as daemon;
use zonesmith_zone::record;

use crate::cluster::{
    Availability, Cluster, Info, Instance, Network, NetworkScope, Node, PortExposure, Resource,
    Service,
};
use crate::dns::{Caa, IpPrefix, Mx, Origin, OtherRdata, Rdata, ResourceRecord, Srv, Svcb};
use crate::naming::{Soa, Zone};

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
        info: self::info(info),
    }
}

fn node(node: &daemon::Node) -> Node {
    let daemon::Node {
        name,
        score: _,
        addresses,
        info,
    } = node;
    Node {
        name: name.to_string(),
        addresses: self::addresses(addresses),
        info: self::info(info),
    }
}

fn network(network: &daemon::Network) -> Network {
    let daemon::Network {
        name,
        prefix,
        scope,
        subnets,
        info,
    } = network;
    Network {
        name: name.clone(),
        prefix: self::prefix(*prefix),
        scope: match scope {
            daemon::NetworkScope::Cluster => NetworkScope::Cluster,
            daemon::NetworkScope::Node => NetworkScope::Node,
        },
        subnets: subnets
            .iter()
            .map(|(node, slice)| (node.clone(), self::prefix(*slice)))
            .collect(),
        info: self::info(info),
    }
}

fn info(info: &daemon::Info) -> Info {
    Info::from_host(info.as_json().to_owned())
}

fn prefix(prefix: daemon::IpPrefix) -> IpPrefix {
    IpPrefix {
        address: prefix.address(),
        length: prefix.length(),
    }
}

fn addresses(addresses: &[IpAddr]) -> Vec<IpAddr> {
    addresses.iter().map(IpAddr::to_canonical).collect()
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
        info: self::info(info),
    }
}

fn instance(instance: &daemon::Instance) -> Instance {
    let daemon::Instance {
        node,
        score,
        availability,
        resources,
        info,
    } = instance;
    Instance {
        node: node.to_string(),
        score: *score,
        availability: self::availability(*availability),
        resources: resources.iter().map(resource).collect(),
        info: self::info(info),
    }
}

fn resource(resource: &daemon::Resource) -> Resource {
    let daemon::Resource {
        id,
        status,
        addresses,
        hostname,
        exposes,
        info,
    } = resource;
    Resource {
        id: id.to_string(),
        status: availability(*status),
        addresses: self::addresses(addresses),
        hostname: hostname.as_deref().map(str::to_owned),
        exposes: exposes.iter().map(exposure).collect(),
        info: self::info(info),
    }
}

fn exposure(exposure: &daemon::PortExposure) -> PortExposure {
    let daemon::PortExposure {
        port,
        protocol,
        published,
    } = exposure;
    PortExposure {
        port: port.get(),
        protocol: protocol.as_str().to_owned(),
        published_port: published.map(NonZeroU16::get),
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

pub(super) fn zone(zone: Zone) -> record::ZoneDeclaration {
    let Zone {
        apex,
        soa,
        nameservers,
        nameserver_ttl,
    } = zone;
    let Soa {
        ttl,
        mname,
        rname,
        refresh,
        retry,
        expire,
        minimum,
    } = soa;
    record::ZoneDeclaration {
        apex,
        soa: record::SoaDeclaration {
            ttl,
            mname,
            rname,
            refresh,
            retry,
            expire,
            minimum,
        },
        nameservers,
        nameserver_ttl,
    }
}

pub(super) fn record(record: ResourceRecord) -> record::Record {
    let ResourceRecord {
        owner,
        ttl,
        data,
        rule,
        origin,
        exclusive,
    } = record;
    record::Record {
        owner,
        ttl,
        data: rdata(data),
        rule,
        origin: origin.map(self::origin),
        exclusive,
    }
}

pub(super) fn origin(origin: Origin) -> record::Origin {
    let Origin { instance, resource } = origin;
    record::Origin { instance, resource }
}

fn rdata(data: Rdata) -> record::Rdata {
    match data {
        Rdata::A(address) => record::Rdata::A(address),
        Rdata::Aaaa(address) => record::Rdata::Aaaa(address),
        Rdata::Cname(name) => record::Rdata::Cname(name),
        Rdata::Ns(name) => record::Rdata::Ns(name),
        Rdata::Ptr(name) => record::Rdata::Ptr(name),
        Rdata::Srv(Srv {
            priority,
            weight,
            port,
            target,
        }) => record::Rdata::Srv(record::Srv {
            priority,
            weight,
            port,
            target,
        }),
        Rdata::Txt(strings) => record::Rdata::Txt(strings),
        Rdata::Mx(Mx {
            preference,
            exchange,
        }) => record::Rdata::Mx(record::Mx {
            preference,
            exchange,
        }),
        Rdata::Caa(Caa { flags, tag, value }) => {
            record::Rdata::Caa(record::Caa { flags, tag, value })
        }
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
    let Svcb {
        priority,
        target,
        parameters,
    } = svcb;
    record::Svcb {
        priority,
        target,
        parameters: parameters
            .into_iter()
            .map(|parameter| (parameter.key, parameter.value))
            .collect(),
    }
}
