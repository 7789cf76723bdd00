mod standing;

use super::*;
use crate::contents::Contents;
use crate::contribution::Contribution;
use crate::name::Name;
use crate::test_zone::{contributor, printed, record, text, zones};

fn zone_set(apexes: &[&str], lines: &[&str]) -> ZoneSet {
    let contribution = Contribution::from_records(lines.iter().map(|line| record(line)).collect());
    Contents::build(zones(apexes), vec![(contributor(0, "a"), contribution)])
        .0
        .zone_set()
}

/// `zone: records`, with an apex marked.
fn answer(zone_set: &ZoneSet, name: &str) -> String {
    match zone_set.find(Name::parse(name).unwrap().as_ref()) {
        Answer::Records {
            zone,
            at_apex,
            records,
            standing,
        } => {
            assert_eq!(standing, Standing::Authoritative);
            let mark = if at_apex { "apex of " } else { "" };
            format!(
                "{mark}{}: {}",
                zone.apex(),
                records.map(text).collect::<Vec<_>>().join(", ")
            )
        }
        Answer::EmptyNonTerminal { zone, .. } => format!("nothing at a name of {}", zone.apex()),
        Answer::NoSuchName => "no such name".to_owned(),
    }
}

#[test]
fn every_name_has_one_of_three_answers() {
    let zone_set = zone_set(
        &[
            "c",
            "n.d.c",
            "only.apexes.c",
            "e.only.apexes.c",
            "10.in-addr.arpa",
        ],
        &[
            "web.shop.c A 10.0.0.1",
            "web.shop.c 5 TXT a",
            "web1.shop.c A 10.0.0.2",
            "*.w.c A 10.0.0.3",
            "x.n.d.c A 10.0.0.4",
            "a.b.z.d.c A 10.0.0.5",
            "x.e.only.apexes.c A 10.0.0.6",
            "5.0.0.10.in-addr.arpa PTR web.shop.c",
        ],
    );
    for (name, expected) in [
        ("c", "apex of c.: "),
        ("WEB.Shop.c.", "c.: 60 A 10.0.0.1, 5 TXT \"a\""),
        ("shop.c", "nothing at a name of c."),
        ("sho.c", "no such name"),
        ("we.shop.c", "no such name"),
        ("a.web.shop.c", "no such name"),
        ("w.c", "nothing at a name of c."),
        ("*.w.c", "c.: 60 A 10.0.0.3"),
        ("a.w.c", "no such name"),
        // Past the nested zone there are names of the zone itself.
        ("d.c", "nothing at a name of c."),
        ("n.d.c", "apex of n.d.c.: "),
        ("x.n.d.c", "n.d.c.: 60 A 10.0.0.4"),
        ("y.n.d.c", "no such name"),
        ("z.d.c", "nothing at a name of c."),
        // Below it there are names of nested zones alone, one within the other.
        ("apexes.c", "no such name"),
        ("only.apexes.c", "apex of only.apexes.c.: "),
        ("in-addr.arpa", "no such name"),
        ("10.in-addr.arpa", "apex of 10.in-addr.arpa.: "),
        ("0.10.in-addr.arpa", "nothing at a name of 10.in-addr.arpa."),
        (
            "5.0.0.10.in-addr.arpa",
            "10.in-addr.arpa.: 60 PTR web.shop.c.",
        ),
        (".", "no such name"),
        ("c.c.c", "no such name"),
    ] {
        assert_eq!(answer(&zone_set, name), expected, "{name}");
    }
}

#[test]
fn a_zone_lists_its_names_and_none_of_zones_within_it() {
    let zone_set = zone_set(
        &["c", "n.c", "m.n.c", "o.c", "p.x.c", "c1"],
        &[
            "c NS ns1.c",
            "c 5 TXT apex",
            "a.c A 10.0.0.1",
            "n.c TXT n",
            "z.n.c A 10.0.0.2",
            "m.n.c TXT m",
            "a.m.n.c A 10.0.0.3",
            "n1.c A 10.0.0.4",
            "b.p.x.c A 10.0.0.5",
            "z.x.c A 10.0.0.6",
            "c1 TXT c1",
        ],
    );
    insta::assert_snapshot!(printed(&zone_set), @r#"
    c. 60 IN SOA dns.cluster1. hostmaster.cluster1. 1 7200 3600 432000 86400
    c. 60 IN NS ns1.c.
    c. 5 IN TXT "apex"
    a.c. 60 IN A 10.0.0.1
    n1.c. 60 IN A 10.0.0.4
    z.x.c. 60 IN A 10.0.0.6
    n.c. 60 IN SOA dns.cluster1. hostmaster.cluster1. 1 7200 3600 432000 86400
    n.c. 60 IN TXT "n"
    z.n.c. 60 IN A 10.0.0.2
    m.n.c. 60 IN SOA dns.cluster1. hostmaster.cluster1. 1 7200 3600 432000 86400
    m.n.c. 60 IN TXT "m"
    a.m.n.c. 60 IN A 10.0.0.3
    o.c. 60 IN SOA dns.cluster1. hostmaster.cluster1. 1 7200 3600 432000 86400
    p.x.c. 60 IN SOA dns.cluster1. hostmaster.cluster1. 1 7200 3600 432000 86400
    b.p.x.c. 60 IN A 10.0.0.5
    c1. 60 IN SOA dns.cluster1. hostmaster.cluster1. 1 7200 3600 432000 86400
    c1. 60 IN TXT "c1"
    "#);
    for zone in zone_set.zones().iter() {
        for listed in zone_set.list(zone) {
            assert!(matches!(
                zone_set.find(listed.name().as_ref()),
                Answer::Records { zone: found, .. } if found == zone
            ));
        }
    }
}

#[test]
fn an_empty_set_knows_its_apexes() {
    assert_eq!(answer(&ZoneSet::default(), "c"), "no such name");
    let zone_set = zone_set(&["c"], &[]);
    assert_eq!(answer(&zone_set, "c"), "apex of c.: ");
    assert_eq!(answer(&zone_set, "a.c"), "no such name");
    assert_eq!(zone_set.names(), 0);
}
