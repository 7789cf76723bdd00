//! Zones with delegations, to others and to zones of ours.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;

/// What stands where in one zone, as `find_in` has it.
fn found(zone_set: &ZoneSet, apex: &str, name: &str) -> String {
    let name = Name::parse(name).unwrap();
    let apex = Name::parse(apex).unwrap();
    let zone = zone_set.zones().find_apex(apex.as_ref()).unwrap();
    match zone_set.find_in(zone, name.as_ref()) {
        Answer::Records {
            records, standing, ..
        } => shown(records, standing),
        Answer::EmptyNonTerminal { standing, .. } => format!("nothing, {standing:?}"),
        Answer::NoSuchName => "no such name".to_owned(),
    }
}

/// Types, those the zone is not authoritative for in brackets.
fn shown(records: Records<'_>, standing: Standing) -> String {
    let mut out = format!("{standing:?}");
    for record in records {
        let mut rtype = Vec::new();
        crate::rdata::write_type(record.rtype, &mut rtype);
        let rtype = String::from_utf8(rtype).unwrap();
        if standing.is_authoritative(record.rtype) {
            write!(out, " {rtype}").unwrap();
        } else {
            write!(out, " [{rtype}]").unwrap();
        }
    }
    out
}

fn listing(zone_set: &ZoneSet, apex: &str) -> String {
    let apex = Name::parse(apex).unwrap();
    let zone = zone_set.zones().find_apex(apex.as_ref()).unwrap();
    let mut out = String::new();
    for listed in zone_set.list(zone) {
        let records = shown(listed.records(), listed.standing());
        writeln!(out, "{}: {records}", listed.name()).unwrap();
    }
    out
}

fn delegating() -> ZoneSet {
    zone_set(
        &["c", "n.c", "m.n.c", "bare.c", "h.d.c"],
        &[
            "c NS ns1.c.",
            "c NS ns.n.c.",
            "ns1.c A 10.0.0.1",
            "a.c A 10.0.0.2",
            // A delegation to others, with one below it.
            "d.c NS d.c.",
            "d.c NS x.y.d.c.",
            "d.c A 10.0.1.1",
            "d.c DS 1 13 2 aabb",
            "x.y.d.c A 10.0.1.2",
            "x.y.d.c TXT hidden",
            "z.d.c NS elsewhere.",
            "h.d.c NS ns1.c.",
            "d1.c A 10.0.0.3",
            "e.f.c NS elsewhere.",
            // Delegations to zones of ours.
            "n.c NS ns.n.c.",
            "n.c NS ns.m.n.c.",
            "n.c DS 2 13 2 ccdd",
            "n.c A 10.0.2.9",
            "n.c TXT apex",
            "ns.n.c A 10.0.2.1",
            "ns.n.c TXT n",
            "web.n.c A 10.0.2.2",
            "m.n.c NS m.n.c.",
            "m.n.c A 10.0.3.9",
            "ns.m.n.c AAAA fd00::1",
            "a.bare.c A 10.0.4.1",
            "*.w.c A 10.0.0.4",
            "below.*.v.c A 10.0.0.5",
        ],
    )
}

#[test]
fn a_zone_is_authoritative_above_its_cuts_and_for_ds_at_them() {
    let zone_set = delegating();
    for (apex, name, expected) in [
        ("c", "c", "Authoritative NS NS"),
        ("c", "a.c", "Authoritative A"),
        ("c", "d.c", "AtCut [A] [NS] [NS] DS"),
        ("c", "y.d.c", "nothing, BelowCut"),
        ("c", "x.y.d.c", "BelowCut [A] [TXT]"),
        ("c", "z.d.c", "BelowCut [NS]"),
        ("c", "q.d.c", "no such name"),
        ("c", "d1.c", "Authoritative A"),
        ("c", "f.c", "nothing, Authoritative"),
        ("c", "e.f.c", "AtCut [NS]"),
        ("c", "n.c", "AtCut [A] [NS] [NS] DS"),
        ("c", "ns.n.c", "BelowCut [A]"),
        ("c", "m.n.c", "BelowCut [A]"),
        ("c", "q.n.c", "no such name"),
        ("c", "h.d.c", "no such name"),
        ("n.c", "n.c", "Authoritative A NS NS TXT"),
        ("n.c", "ns.n.c", "Authoritative A TXT"),
        ("n.c", "m.n.c", "AtCut [A] [NS]"),
        ("n.c", "a.c", "no such name"),
        ("m.n.c", "m.n.c", "Authoritative A NS"),
        // A zone within that has no nameserver is nothing to the zone above, but for what may be glue.
        ("c", "bare.c", "nothing, AtCut"),
        ("bare.c", "bare.c", "Authoritative"),
        // Wildcards are names like others.
        ("c", "w.c", "nothing, Authoritative"),
        ("c", "*.w.c", "Authoritative A"),
        ("c", "x.w.c", "no such name"),
        ("c", "a.*.w.c", "no such name"),
        ("c", "v.c", "nothing, Authoritative"),
        ("c", "*.v.c", "nothing, Authoritative"),
        ("c", "below.*.v.c", "Authoritative A"),
        ("c", "c1", "no such name"),
    ] {
        assert_eq!(found(&zone_set, apex, name), expected, "{name} in {apex}");
    }
}

#[test]
fn a_listing_has_delegations_and_glue_in_order() {
    let zone_set = delegating();
    insta::assert_snapshot!(listing(&zone_set, "c"), @"
    c.: Authoritative NS NS
    a.c.: Authoritative A
    d.c.: AtCut [A] [NS] [NS] DS
    x.y.d.c.: BelowCut [A] [TXT]
    z.d.c.: BelowCut [NS]
    d1.c.: Authoritative A
    e.f.c.: AtCut [NS]
    n.c.: AtCut [NS] [NS] DS
    ns.m.n.c.: BelowCut [AAAA]
    ns.n.c.: BelowCut [A]
    ns1.c.: Authoritative A
    below.*.v.c.: Authoritative A
    *.w.c.: Authoritative A
    ");
    insta::assert_snapshot!(listing(&zone_set, "n.c"), @"
    n.c.: Authoritative A NS NS TXT
    m.n.c.: AtCut [A] [NS]
    ns.m.n.c.: BelowCut [AAAA]
    ns.n.c.: Authoritative A TXT
    web.n.c.: Authoritative A
    ");
    insta::assert_snapshot!(listing(&zone_set, "h.d.c"), @"h.d.c.: Authoritative NS");
    for zone in zone_set.zones().iter() {
        let names: Vec<_> = zone_set.list(zone).map(|listed| listed.name()).collect();
        assert!(names.is_sorted_by(|one, next| one < next), "{names:?}");
        for listed in zone_set.list(zone) {
            let Answer::Records { standing, .. } = zone_set.find_in(zone, listed.name().as_ref())
            else {
                panic!("{} is listed, so it is found", listed.name());
            };
            assert_eq!(standing, listed.standing(), "{}", listed.name());
        }
    }
}

#[test]
fn neighbours_are_names_with_nsec() {
    let zone_set = delegating();
    for (apex, name, before, after) in [
        ("c", "c", "c.", "a.c."),
        ("c", "a.c", "a.c.", "d.c."),
        ("c", "b.a.c", "a.c.", "d.c."),
        ("c", "b.c", "a.c.", "d.c."),
        ("c", "d.c", "d.c.", "d1.c."),
        ("c", "x.y.d.c", "d.c.", "d1.c."),
        ("c", "h.d.c", "d.c.", "d1.c."),
        ("c", "d0.c", "d.c.", "d1.c."),
        ("c", "f.c", "d1.c.", "e.f.c."),
        ("c", "e.f.c", "e.f.c.", "n.c."),
        ("c", "bare.c", "a.c.", "d.c."),
        ("c", "n.c", "n.c.", "ns1.c."),
        ("c", "ns.m.n.c", "n.c.", "ns1.c."),
        ("c", "v.c", "ns1.c.", "below.*.v.c."),
        ("c", "*.v.c", "ns1.c.", "below.*.v.c."),
        ("c", "*.w.c", "*.w.c.", "c."),
        ("c", "z.c", "*.w.c.", "c."),
        ("n.c", "a.n.c", "n.c.", "m.n.c."),
        ("n.c", "z.m.n.c", "m.n.c.", "ns.n.c."),
        ("n.c", "z.n.c", "web.n.c.", "n.c."),
        ("bare.c", "bare.c", "bare.c.", "a.bare.c."),
        ("bare.c", "b.bare.c", "a.bare.c.", "bare.c."),
        ("h.d.c", "a.h.d.c", "h.d.c.", "h.d.c."),
    ] {
        let apex = Name::parse(apex).unwrap();
        let zone = zone_set.zones().find_apex(apex.as_ref()).unwrap();
        let neighbours = zone_set.neighbours(zone, Name::parse(name).unwrap().as_ref());
        assert_eq!(
            (
                neighbours.before.to_string().as_str(),
                neighbours.after.to_string().as_str()
            ),
            (before, after),
            "around {name} in {apex}"
        );
    }
}

/// The neighbours by walking the whole listing.
fn neighbours_by_listing(zone_set: &ZoneSet, zone: &Zone, name: &Name) -> Neighbours {
    let mut chain: Vec<_> = zone_set
        .list(zone)
        .filter(|listed| listed.standing() != Standing::BelowCut)
        .map(|listed| listed.name())
        .collect();
    chain.insert(0, zone.apex().clone());
    chain.dedup();
    Neighbours {
        before: chain.iter().rfind(|one| *one <= name).unwrap().clone(),
        after: chain
            .iter()
            .find(|one| *one > name)
            .unwrap_or_else(|| zone.apex())
            .clone(),
    }
}

#[test]
fn neighbours_are_those_of_the_listing() {
    let zone_set = delegating();
    let questions = [
        "c", "a.c", "d.c", "x.y.d.c", "q.d.c", "d1.c", "d2.c", "f.c", "a.n.c", "z.n.c", "n1.c",
        "bare.c", "a.bare.c", "b.bare.c", "h.d.c", "w.c", "*.w.c", "zz.c", "b.*.w.c",
    ];
    for zone in zone_set.zones().iter() {
        for name in questions {
            let name = Name::parse(name).unwrap();
            if name.as_ref().is_at_or_below(zone.apex().as_ref()) {
                assert_eq!(
                    zone_set.neighbours(zone, name.as_ref()),
                    neighbours_by_listing(&zone_set, zone, &name),
                    "{name} in {}",
                    zone.apex()
                );
            }
        }
    }
}

fn any_lines() -> impl Strategy<Value = Vec<String>> {
    let owner = proptest::sample::select(vec![
        "c",
        "a.c",
        "b.a.c",
        "x.b.a.c",
        "d.b.a.c",
        "n.a.c",
        "b.n.a.c",
        "x.b.n.a.c",
        "n.c",
        "e.n.c",
        "f.n.c",
        "z.c",
        "y.z.c",
        "*.z.c",
    ]);
    let data = proptest::sample::select(vec![
        "A 10.0.0.1",
        "TXT a",
        "NS n.n.c.",
        "NS b.a.c.",
        "NS e.n.c.",
        "NS x.b.n.a.c.",
        "DS 1 13 2 aa",
    ]);
    proptest::collection::vec(
        (owner, data).prop_map(|(owner, data)| format!("{owner} {data}")),
        0..12,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn listing_finding_and_neighbours_agree(lines in any_lines(), nested in proptest::sample::subsequence(vec!["n.c", "b.n.a.c", "a.c"], 0..=3)) {
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        let zone_set = zone_set(&[&["c"], nested.as_slice()].concat(), &lines);
        for zone in zone_set.zones().iter() {
            let names: Vec<_> = zone_set.list(zone).map(|listed| listed.name()).collect();
            prop_assert!(names.is_sorted_by(|one, next| one < next), "{:?}", names);
            for listed in zone_set.list(zone) {
                let found = zone_set.find_in(zone, listed.name().as_ref());
                let Answer::Records { standing, records, .. } = found else {
                    panic!("{} is listed, so it is found", listed.name());
                };
                prop_assert_eq!(standing, listed.standing());
                prop_assert!(listed.records().all(|record| records.clone().any(|found| found == record)));
            }
            for name in ["c", "a.c", "b.a.c", "w.b.a.c", "n.a.c", "m.n.a.c", "b.n.a.c", "n.c", "g.n.c", "*.z.c", "zz.c"] {
                let name = Name::parse(name).unwrap();
                if name.as_ref().is_at_or_below(zone.apex().as_ref()) {
                    let neighbours = zone_set.neighbours(zone, name.as_ref());
                    prop_assert_eq!(neighbours, neighbours_by_listing(&zone_set, zone, &name), "{}", name);
                }
            }
        }
    }
}
