//! The zones that the tests ask for.

use std::sync::Arc;

use zonesmith_zone::contents::{Contents, Contributor};
use zonesmith_zone::contribution::Contribution;
use zonesmith_zone::record::{Rdata, Record, SoaDeclaration, Srv, ZoneDeclaration};
use zonesmith_zone::validate::validate;
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::ZoneSet;
use zonesmith_zone::zones::Zones;

use crate::snapshot::{Live, Snapshot};

/// `cluster1.` and `10.in-addr.arpa.` with the records of the transcripts, and `more` beside them.
fn zone_set(serial: u32, more: Vec<Record>) -> ZoneSet {
    zones_of(&["cluster1.", "10.in-addr.arpa."], serial, more)
}

/// These zones, each with `ns1.cluster1.` as its nameserver.
pub(super) fn zones_of(apexes: &[&str], serial: u32, more: Vec<Record>) -> ZoneSet {
    let mut own = Vec::new();
    let mut zones = Vec::new();
    for apex in apexes {
        let soa = SoaDeclaration {
            ttl: 60,
            mname: "dns.cluster1.".to_owned(),
            rname: "hostmaster.cluster1.".to_owned(),
            refresh: 7200,
            retry: 3600,
            expire: 432_000,
            minimum: 86_400,
        };
        let nameservers = vec!["ns1.cluster1.".to_owned()];
        let declaration = ZoneDeclaration {
            apex: (*apex).to_owned(),
            soa,
            nameservers,
            nameserver_ttl: 3600,
        };
        let (zone, records) = Zone::declare(&declaration).unwrap();
        zones.push(zone);
        own.extend(records);
    }
    let zones = Zones::new(zones).with_serials(|_| serial);
    let srv = Srv {
        priority: 0,
        weight: 10,
        port: 80,
        target: "10-22-0-5.web.shop.svc.cluster1.".to_owned(),
    };
    let mut records = vec![
        record("ns1.cluster1.", Rdata::A([10, 0, 0, 1].into())),
        record("dns.cluster1.", Rdata::A([10, 0, 0, 1].into())),
        record("web.shop.svc.cluster1.", Rdata::A([10, 22, 0, 5].into())),
        record("web.shop.svc.cluster1.", Rdata::A([10, 22, 0, 6].into())),
        record(
            "web.shop.svc.cluster1.",
            Rdata::Aaaa("fd00::5".parse().unwrap()),
        ),
        record(
            "10-22-0-5.web.shop.svc.cluster1.",
            Rdata::A([10, 22, 0, 5].into()),
        ),
        record("_80._tcp.web.shop.svc.cluster1.", Rdata::Srv(srv)),
        record(
            "*.wild.cluster1.",
            Rdata::Txt(vec!["v=1".to_owned(), "say \"yes\"".to_owned()]),
        ),
        record("a\\.b\\032c.cluster1.", Rdata::A([10, 22, 0, 7].into())),
        record(
            "sub.cluster1.",
            Rdata::Ns("ns.deep.sub.cluster1.".to_owned()),
        ),
        record("ns.deep.sub.cluster1.", Rdata::A([10, 22, 0, 8].into())),
        record(
            "5.0.22.10.in-addr.arpa.",
            Rdata::Ptr("web.shop.svc.cluster1.".to_owned()),
        ),
    ];
    records.extend(more);
    let (contribution, quarantined) = validate(records, &zones);
    assert!(quarantined.is_empty(), "{quarantined:?}");
    let contributor = |rank| Contributor {
        rank,
        label: "".into(),
    };
    let contributions = vec![
        (contributor(0), Contribution::from_records(own)),
        (contributor(1), contribution),
    ];
    Contents::build(zones, contributions).0.zone_set()
}

pub(super) fn record(owner: &str, data: Rdata) -> Record {
    Record {
        owner: owner.to_owned(),
        ttl: 60,
        data,
        rule: None,
        origin: None,
        exclusive: false,
    }
}

pub(super) fn snapshot(serial: u32, more: Vec<Record>) -> Snapshot {
    Snapshot {
        generation: u64::from(serial),
        zone_set: zone_set(serial, more),
        ..Snapshot::default()
    }
}

pub(super) fn live() -> Arc<Live> {
    Arc::new(Live::new(snapshot(1_700_000_000, Vec::new())))
}

/// 5,000 names: some 400 KB of a transfer, more than a socket holds.
pub(super) fn many() -> Vec<Record> {
    let name = |number: u16| {
        let [high, low] = number.to_be_bytes();
        record(
            &format!("n{number}.cluster1."),
            Rdata::A([10, 1, high, low].into()),
        )
    };
    (0..5000).map(name).collect()
}
