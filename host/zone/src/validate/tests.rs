use super::*;
use crate::record::{OtherRdata, Rdata, ZoneDeclaration};
use crate::test_zone::{declaration, zones};
use crate::zone::Zone;

fn record(owner: &str, ttl: u32, rrtype: &str, text: &str) -> Record {
    let data = Rdata::Other(OtherRdata {
        rrtype: rrtype.to_owned(),
        presentation: text.to_owned(),
    });
    let origin = Some(Origin {
        instance: 1,
        resource: Some(2),
    });
    Record {
        owner: owner.to_owned(),
        ttl,
        data,
        rule: Some(3),
        origin,
        exclusive: false,
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn a_bad_record_is_quarantined_alone_and_says_why() {
    let long = format!("{}.cluster1", "a".repeat(64));
    let longer = format!("{}cluster1", "a.".repeat(124));
    let huge = "a ".repeat(30_001);
    let bad = [
        (
            "web.cluster2",
            60,
            "A",
            "10.0.0.1",
            "the name is in none of the zones",
        ),
        (".", 60, "TXT", "a", "the name is in none of the zones"),
        (
            "",
            60,
            "TXT",
            "a",
            "the name is empty; the root is written `.`",
        ),
        (
            "a..cluster1",
            60,
            "A",
            "10.0.0.1",
            "the name has an empty label",
        ),
        (
            &long,
            60,
            "A",
            "10.0.0.1",
            "a label of the name is longer than 63 octets",
        ),
        (
            &longer,
            60,
            "A",
            "10.0.0.1",
            "the name is longer than 255 octets",
        ),
        (
            "web.cluster1",
            0x8000_0000,
            "A",
            "10.0.0.1",
            "a time of 2147483648 seconds is over the limit of 2147483647",
        ),
        (
            "web.cluster1",
            60,
            "A",
            "10.0.0",
            "the text cannot be read: expected IPv4 address",
        ),
        (
            "web.cluster1",
            60,
            "SOA",
            "",
            "SOA belongs to the declaration of a zone, not to its records",
        ),
        (
            "web.cluster1",
            60,
            "RRSIG",
            "",
            "records of this type are the nameserver's to make",
        ),
        (
            "web.cluster1",
            60,
            "ANY",
            "",
            "this type stands in questions and messages, never in a zone",
        ),
        (
            "web.cluster1",
            60,
            "TXT",
            &huge,
            "the rdata has 60002 octets; more than 60,000 do not fit into an answer",
        ),
        (
            "Cluster1.",
            60,
            "CNAME",
            "a.",
            "a CNAME cannot stand at the apex of a zone, beside SOA and NS",
        ),
        (
            "cluster1",
            60,
            "DS",
            "1 1 1 00",
            "DS cannot stand at the apex of a zone: it belongs to the zone above, which is not served here",
        ),
    ];
    let good = [
        record("cluster1", 0, "DNAME", "a."),
        record("*.cluster1", 0x7fff_ffff, "A", "10.0.0.1"),
        // The zone above is ours.
        record("n.cluster1", 60, "DS", "1 1 1 00"),
        record("a.n.cluster1", 60, "DS", "1 1 1 00"),
    ];
    let mut records: Vec<_> = bad
        .iter()
        .map(|&(owner, ttl, rrtype, text, _)| record(owner, ttl, rrtype, text))
        .collect();
    records.extend(good.clone());
    let (contribution, quarantined) = validate(records, &zones(&["cluster1", "n.cluster1"]));
    assert_eq!(contribution.len(), good.len());
    assert_eq!(quarantined.len(), bad.len());
    for ((owner, _, rrtype, _, reason), quarantined) in bad.into_iter().zip(quarantined) {
        let origin = Some(Origin {
            instance: 1,
            resource: Some(2),
        });
        assert_eq!(quarantined.reason.to_string(), reason);
        assert_eq!((&*quarantined.owner, &*quarantined.rtype), (owner, rrtype));
        assert_eq!((quarantined.rule, quarantined.origin), (Some(3), origin));
    }
}

#[test]
fn a_declaration_is_a_zone_and_its_nameservers_or_says_why_not() {
    let good = ZoneDeclaration {
        nameservers: vec!["NS1.c".to_owned(), "ns2.c.".to_owned()],
        ..declaration("Prod.Example")
    };
    let (zone, nameservers) = Zone::declare(&good).unwrap();
    let mut soa = Vec::new();
    zone.with_serial(7).write_soa_content(&mut soa);
    assert_eq!(
        String::from_utf8(soa).unwrap(),
        "dns.cluster1. hostmaster.cluster1. 7 7200 3600 432000 86400"
    );
    assert_eq!(
        (zone.apex().to_string(), zone.soa_ttl(), zone.serial()),
        ("prod.example.".to_owned(), 60, 1)
    );
    assert_eq!(nameservers.len(), 2);
    assert!(
        nameservers
            .iter()
            .all(|record| record.owner == *zone.apex() && record.ttl == 3600)
    );

    let mut late = declaration("c");
    late.soa.expire = 0x8000_0000;
    let mut nowhere = declaration("c");
    nowhere.soa.mname = String::new();
    for (declaration, reason) in [
        (declaration("a..b"), "the name has an empty label"),
        (
            ZoneDeclaration {
                nameservers: vec![],
                ..declaration("c")
            },
            "the zone has no nameserver",
        ),
        (
            late,
            "a time of 2147483648 seconds is over the limit of 2147483647",
        ),
        (
            nowhere,
            "in the SOA: the name is empty; the root is written `.`",
        ),
        (
            ZoneDeclaration {
                nameservers: vec!["a..b".to_owned()],
                ..declaration("c")
            },
            "in the target: the name has an empty label",
        ),
    ] {
        assert_eq!(Zone::declare(&declaration).unwrap_err().to_string(), reason);
    }
}
