use proptest::prelude::*;

use super::*;
use crate::test_zone::record;

fn any_record() -> impl Strategy<Value = CheckedRecord> {
    let owner = prop_oneof![
        "[a-c]{0,2}".prop_map(|label| format!("{label}.c").trim_start_matches('.').to_owned()),
        "[a-z]{1,9}(\\.[a-z]{1,3}){0,3}\\.c",
    ];
    let octets = proptest::collection::vec(0..3_u8, 0..3);
    let origin = proptest::option::of((any::<u32>(), proptest::option::of(0..300_u32)));
    (
        owner,
        0..3_u32,
        prop_oneof![1..3_u16, any::<u16>()],
        octets,
        proptest::option::of(0..300_u16),
        origin,
        any::<bool>(),
    )
        .prop_map(
            |(owner, ttl, rtype, octets, rule, origin, exclusive)| CheckedRecord {
                owner: Name::parse(&owner).unwrap(),
                ttl: [0, 60, crate::validate::TTL_LIMIT][ttl as usize],
                rtype,
                octets: octets.into(),
                rule,
                origin: origin.map(|(instance, resource)| Origin { instance, resource }),
                exclusive,
            },
        )
}

fn unpacked((owner, record): (Name, ContributedRecord<'_>)) -> CheckedRecord {
    let ContributedRecord {
        rtype,
        ttl,
        octets,
        rule,
        origin,
        exclusive,
    } = record;
    CheckedRecord {
        owner,
        ttl,
        rtype,
        octets: octets.into(),
        rule,
        origin,
        exclusive,
    }
}

proptest! {
    #[test]
    fn records_come_back_in_order_each_once(records in proptest::collection::vec(any_record(), 0..150)) {
        let packed = Contribution::from_records(records.clone());
        let mut reversed = records.clone();
        reversed.reverse();
        prop_assert_eq!(&Contribution::from_records(reversed), &packed, "another order");

        let kept: Vec<_> = packed.iter().map(unpacked).collect();
        prop_assert_eq!(packed.len(), kept.len());
        prop_assert_eq!(packed.is_empty(), kept.is_empty());
        let identity = |record: &CheckedRecord| (record.owner.clone(), record.rtype, record.octets.clone());
        prop_assert!(kept.is_sorted_by(|one, next| identity(one) < identity(next)));
        for record in &records {
            let kept = kept.iter().find(|kept| identity(kept) == identity(record)).unwrap();
            prop_assert!(kept.ttl <= record.ttl);
            prop_assert!(record.exclusive || !kept.exclusive);
        }
        for kept in &kept {
            prop_assert!(records.iter().any(|record| identity(record) == identity(kept) && record.ttl == kept.ttl));
        }

        // Finding a name is the same as walking to it.
        let absent = ["c", "a.c", "zz.c", "0.c", "b.b.c", "."].map(|name| Name::parse(name).unwrap());
        for owner in kept.iter().map(|record| &record.owner).chain(&absent) {
            let found: Vec<_> = packed.find(owner.as_ref()).map(|record| unpacked((owner.clone(), record))).collect();
            let walked: Vec<_> = kept.iter().filter(|record| record.owner == *owner).cloned().collect();
            prop_assert_eq!(found, walked, "{}", owner);
        }
    }
}

#[test]
fn a_service_of_22_records_takes_thirty_octets_a_record() {
    let mut records = Vec::new();
    for domain in ["web.shop.svc.cluster1", "web.shop.svc.n1.node.cluster1"] {
        for name in ["", "web1.", "10-22-0-5."] {
            records.push(record(&format!("{name}{domain} A 10.22.0.5")));
        }
        for port in [
            "_80", "_http", "_443", "_https", "_8443", "_9090", "_metrics",
        ] {
            let number = port.trim_start_matches('_').parse().unwrap_or(80);
            records.push(record(&format!(
                "{port}._tcp.{domain} SRV 0 10 {number} 10-22-0-5.{domain}"
            )));
        }
    }
    records.push(record(
        "5.0.22.10.in-addr.arpa PTR web1.web.shop.svc.cluster1",
    ));
    records.push(record(
        "5.0.23.10.in-addr.arpa PTR web1.web.shop.svc.cluster1",
    ));
    for record in &mut records {
        record.rule = Some(3);
        record.origin = Some(Origin {
            instance: 0,
            resource: Some(0),
        });
    }
    assert_eq!(records.len(), 22);
    let octets = Contribution::from_records(records).bytes();
    // SRV targets alone are 31 and 39 octets.
    assert!((700..1_100).contains(&octets), "{octets}");
}
