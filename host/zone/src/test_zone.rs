//! Zones and records for tests.

use crate::contents::Contributor;
use crate::name::Name;
use crate::rdata;
use crate::record::{SoaDeclaration, ZoneDeclaration};
use crate::validate::CheckedRecord;
use crate::zone::Zone;
use crate::zone_set::{RecordRef, ZoneSet};
use crate::zones::Zones;

pub(crate) fn declaration(apex: &str) -> ZoneDeclaration {
    ZoneDeclaration {
        apex: apex.to_owned(),
        soa: SoaDeclaration {
            ttl: 60,
            mname: "dns.cluster1".to_owned(),
            rname: "Hostmaster.cluster1.".to_owned(),
            refresh: 7200,
            retry: 3600,
            expire: 432_000,
            minimum: 86_400,
        },
        nameservers: vec!["ns1.cluster1".to_owned()],
        nameserver_ttl: 3600,
    }
}

pub(crate) fn zone(apex: &str) -> Zone {
    Zone::declare(&declaration(apex)).unwrap().0
}

pub(crate) fn zones(apexes: &[&str]) -> Zones {
    Zones::new(apexes.iter().map(|apex| zone(apex)).collect())
}

pub(crate) fn contributor(rank: u32, label: &str) -> Contributor {
    Contributor {
        rank,
        label: label.into(),
    }
}

/// A record from `owner [TTL] TYPE content`; TTL is 60, and an exclamation mark before the owner makes it exclusive.
pub(crate) fn record(line: &str) -> CheckedRecord {
    let (exclusive, line) = line
        .strip_prefix('!')
        .map_or((false, line), |line| (true, line));
    let (owner, rest) = line.split_once(' ').unwrap();
    let (first, others) = rest.split_once(' ').unwrap();
    let (ttl, rest) = first.parse().map_or((60, rest), |ttl| (ttl, others));
    let (rrtype, text) = rest.split_once(' ').unwrap();
    let (rtype, octets) = rdata::read(rrtype, text).unwrap();
    CheckedRecord {
        owner: Name::parse(owner).unwrap(),
        ttl,
        rtype,
        octets,
        rule: None,
        origin: None,
        exclusive,
    }
}

/// `TTL TYPE content`.
pub(crate) fn text(record: RecordRef<'_>) -> String {
    let mut out = format!("{} ", record.ttl).into_bytes();
    rdata::write_type(record.rtype, &mut out);
    out.push(b' ');
    rdata::write_content(record.rtype, record.octets, &mut out);
    String::from_utf8(out).unwrap()
}

/// All zones as master files.
pub(crate) fn printed(zone_set: &ZoneSet) -> String {
    let mut out = Vec::new();
    for zone in zone_set.zones().iter() {
        crate::print::write_zone(zone_set, zone, &mut out);
    }
    String::from_utf8(out).unwrap()
}
