//! A cluster zone by hand, as the default policy names services: eight records a service.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use zonesmith_zone::contents::{Contents, Contributor};
use zonesmith_zone::contribution::Contribution;
use zonesmith_zone::record::{Rdata, Record, SoaDeclaration, Srv, ZoneDeclaration};
use zonesmith_zone::validate::validate;
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::ZoneSet;
use zonesmith_zone::zones::Zones;

/// The zone of the services.
pub(crate) const APEX: &str = "cluster1.";

/// Namespaces that services are spread over.
const NAMESPACES: u32 = 10;

/// Appends the name of a service, without the apex.
pub(crate) fn write_service(number: u32, out: &mut String) {
    write!(out, "web{number}.shop{}.svc.", number % NAMESPACES).unwrap();
}

/// Zones of that many services.
pub(crate) fn zone_set(services: u32) -> ZoneSet {
    let mut zones = Vec::new();
    let mut own = Vec::new();
    for apex in [APEX, "10.in-addr.arpa."] {
        let soa = SoaDeclaration {
            ttl: 60,
            mname: format!("dns.{APEX}"),
            rname: format!("hostmaster.{APEX}"),
            refresh: 7200,
            retry: 3600,
            expire: 432_000,
            minimum: 86_400,
        };
        let nameservers = vec![format!("ns1.{APEX}")];
        let (zone, records) = Zone::declare(&ZoneDeclaration {
            apex: apex.to_owned(),
            soa,
            nameservers,
            nameserver_ttl: 3600,
        })
        .unwrap();
        zones.push(zone);
        own.extend(records);
    }
    let zones = Zones::new(zones);
    let mut contributions = vec![(
        Contributor {
            rank: 0,
            label: "".into(),
        },
        Contribution::from_records(own),
    )];
    for number in 0..services {
        let (contribution, quarantined) = validate(records_of(number), &zones);
        assert!(quarantined.is_empty(), "{quarantined:?}");
        contributions.push((
            Contributor {
                rank: 0,
                label: format!("shop/svc/web{number}").into(),
            },
            contribution,
        ));
    }
    Contents::build(zones, contributions).0.zone_set()
}

fn records_of(number: u32) -> Vec<Record> {
    let address = Ipv4Addr::from(0x0a16_0000 + number);
    let [a, b, c, d] = address.octets();
    let mut service = String::new();
    write_service(number, &mut service);
    let namespace = number % NAMESPACES;
    let owner = format!("{a}-{b}-{c}-{d}.{service}{APEX}");
    let srv = || {
        Rdata::Srv(Srv {
            priority: 0,
            weight: 10,
            port: 80,
            target: owner.clone(),
        })
    };
    [
        (format!("{service}{APEX}"), Rdata::A(address)),
        (format!("host{number}.{service}{APEX}"), Rdata::A(address)),
        (owner.clone(), Rdata::A(address)),
        (
            format!("web{number}.shop{namespace}.svc.n1.node.{APEX}"),
            Rdata::A(address),
        ),
        (
            format!("host{number}.web{number}.shop{namespace}.svc.n1.node.{APEX}"),
            Rdata::A(address),
        ),
        (format!("_80._tcp.{service}{APEX}"), srv()),
        (format!("_http._tcp.{service}{APEX}"), srv()),
        (
            format!("{d}.{c}.{b}.{a}.in-addr.arpa."),
            Rdata::Ptr(format!("host{number}.{service}{APEX}")),
        ),
    ]
    .into_iter()
    .map(|(owner, data)| Record {
        owner,
        ttl: 60,
        data,
        rule: None,
        origin: None,
        exclusive: false,
    })
    .collect()
}
