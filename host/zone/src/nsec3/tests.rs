use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::contents::Contents;
use crate::contribution::Contribution;
use crate::name::Name;
use crate::test_zone::{contributor, record, zones};
use crate::validate::CheckedRecord;
use crate::zone::Zone;
use crate::zone_set::{Standing, ZoneSet};

/// RFC 5155, appendix A.
fn example() -> Parameters {
    Parameters::parse("1 1 12 aabbccdd").unwrap()
}

#[test]
fn names_hash_as_in_rfc_5155() {
    for (name, text) in [
        ("example", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"),
        ("a.example", "35mthgpgcu1qg68fab165klnsnk3dpvl"),
        ("ai.example", "gjeqe526plbf1g8mklp59enfd789njgi"),
        ("NS1.example", "2t7b4g4vsa5smi47k61mv5bv1a22bojr"),
        ("ns2.example", "q04jkcevqvmu85r014c7dkba38o0ji5r"),
        ("w.example", "k8udemvp1j2f7eg6jebps17vp3n8i58h"),
        ("*.w.example", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"),
        ("x.w.example", "b4um86eghhds6nea196smvmlo4ors995"),
        ("y.w.example", "ji6neoaepv8b5o6k4ev33abha8ht9fgc"),
        ("x.y.w.example", "2vptu5timamqttgl4luu9kg21e0aor3s"),
        ("xx.example", "t644ebqk9bibcna874givr6joj62mlhv"),
    ] {
        let hash = hash(Name::parse(name).unwrap().as_ref(), &example());
        assert_eq!(to_text(&hash), text, "{name}");
        assert_eq!(from_text(text), Some(hash));
        assert_eq!(from_text(&(text.to_ascii_uppercase() + ".")), Some(hash));
    }
    for text in [
        "",
        "0p9mhaveqvm6t7vbl5lop2u3t2rp3to",
        "0p9mhaveqvm6t7vbl5lop2u3t2rp3tow",
    ] {
        assert_eq!(from_text(text), None, "{text}");
    }
}

#[test]
fn parameters_are_read_as_they_are_written() {
    for text in ["1 0 0 -", "1 1 5 aabb", "1 0 100 00"] {
        assert_eq!(Parameters::parse(text).unwrap().to_string(), text);
    }
    let long = format!("1 0 0 {}", "aa".repeat(256));
    for (text, error) in [
        ("", ParametersError::Fields),
        ("1 0 0", ParametersError::Fields),
        ("1 0 0 - -", ParametersError::Fields),
        ("1 0 x -", ParametersError::Fields),
        ("2 0 0 -", ParametersError::Algorithm),
        ("1 2 0 -", ParametersError::Flags),
        ("1 0 101 -", ParametersError::Iterations),
        ("1 0 0 aab", ParametersError::Salt),
        ("1 0 0 xx", ParametersError::Salt),
        (&long, ParametersError::Salt),
    ] {
        assert_eq!(Parameters::parse(text), Err(error), "{text}");
    }
}

fn zone_set(lines: &[&str]) -> ZoneSet {
    contents(lines.iter().map(|line| record(line)).collect()).zone_set()
}

fn contents(records: Vec<CheckedRecord>) -> Contents {
    let contribution = Contribution::from_records(records);
    Contents::build(
        zones(&["c", "n.c", "b.n.a.c"]),
        vec![(contributor(0, "a"), contribution)],
    )
    .0
}

fn plain(is_opt_out: bool) -> Parameters {
    Parameters {
        is_opt_out,
        iterations: 0,
        salt: Box::default(),
    }
}

fn zone<'a>(zone_set: &'a ZoneSet, apex: &str) -> &'a Zone {
    let apex = Name::parse(apex).unwrap();
    zone_set.zones().find_apex(apex.as_ref()).unwrap()
}

/// The names of a chain by their hashes, from its neighbours alone.
fn walked(chain: &Chain) -> BTreeMap<Hash, Name> {
    let mut names = BTreeMap::new();
    let mut at = Hash::default();
    loop {
        let (name, before, after) = chain.neighbours(&at).unwrap();
        if names.insert(before, name).is_some() {
            assert_eq!(names.len(), chain.len());
            return names;
        }
        at = after;
    }
}

fn names(chain: &Chain) -> Vec<String> {
    let mut names: Vec<_> = walked(chain).into_values().collect();
    names.sort_unstable();
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn a_chain_has_names_delegations_and_what_leads_to_them() {
    let zone_set = zone_set(&[
        "c NS ns.c.",
        "a.b.a.c A 10.0.0.1",
        "*.w.c A 10.0.0.2",
        "d.e.c NS ns.d.e.c.",
        "ns.d.e.c A 10.0.0.3",
        "f.e.c NS ns.c.",
        "f.e.c DS 1 13 2 aa",
        "g.g.c NS ns.c.",
        "x.g.g.c TXT hidden",
        "n.c NS ns.n.c.",
        "n.c A 10.0.0.4",
        "ns.n.c A 10.0.0.5",
    ]);
    let chain = Chain::build(&zone_set, zone(&zone_set, "c"), plain(false));
    assert_eq!(
        names(&chain),
        [
            "c.", "a.c.", "b.a.c.", "a.b.a.c.", "e.c.", "d.e.c.", "f.e.c.", "g.c.", "g.g.c.",
            "n.c.", "w.c.", "*.w.c."
        ]
    );
    let chain = Chain::build(&zone_set, zone(&zone_set, "c"), plain(true));
    assert_eq!(
        names(&chain),
        [
            "c.", "a.c.", "b.a.c.", "a.b.a.c.", "e.c.", "f.e.c.", "w.c.", "*.w.c."
        ]
    );
    let chain = Chain::build(&zone_set, zone(&zone_set, "n.c"), plain(false));
    assert_eq!(names(&chain), ["n.c.", "ns.n.c."]);
    let chain = Chain::build(&zone_set, zone(&zone_set, "b.n.a.c"), plain(false));
    assert_eq!(names(&chain), ["b.n.a.c."]);
}

/// The chain by looking at all names of all depths.
fn model(zone_set: &ZoneSet, zone: &Zone, parameters: &Parameters) -> BTreeMap<Hash, Name> {
    let apex = zone.apex().as_ref();
    let mut names = vec![apex.to_owned()];
    for listed in zone_set.list(zone) {
        let has = |rtype| listed.records().any(|record| record.rtype == rtype);
        let name = listed.name();
        let is_in = name.as_ref() == apex
            || match listed.standing() {
                Standing::Authoritative => true,
                Standing::AtCut => !parameters.is_opt_out || has(43),
                Standing::BelowCut => false,
            };
        let mut above = is_in.then_some(name.as_ref());
        while let Some(name) = above.filter(|name| name.is_at_or_below(apex)) {
            names.push(name.to_owned());
            above = name.parent();
        }
    }
    names
        .into_iter()
        .map(|name| (hash(name.as_ref(), parameters), name))
        .collect()
}

fn any_records() -> impl Strategy<Value = Vec<CheckedRecord>> {
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
        "DS 1 13 2 aa",
    ]);
    let records = (owner, data).prop_map(|(owner, data)| record(&format!("{owner} {data}")));
    proptest::collection::vec(records, 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_chain_that_follows_changes_is_the_one_built_anew(states in proptest::collection::vec(any_records(), 1..6), is_opt_out: bool) {
        let parameters = plain(is_opt_out);
        let mut contents = contents(Vec::new());
        let (id, mut before) = (contents.add(contributor(0, "b")), contents.zone_set());
        let mut chains: Vec<_> = before.zones().iter().map(|zone| Chain::build(&before, zone, parameters.clone())).collect();
        for records in states {
            let delta = contents.replace(vec![(id, Contribution::from_records(records))]);
            let after = contents.zone_set();
            for (chain, zone) in chains.iter_mut().zip(after.zones().iter()) {
                *chain = chain.apply(&before, &after, zone, &delta);
                let expected = model(&after, zone, &parameters);
                prop_assert_eq!(&walked(&Chain::build(&after, zone, parameters.clone())), &expected, "built");
                prop_assert_eq!(&walked(chain), &expected, "followed");
            }
            before = after;
        }
    }
}

#[test]
fn a_hash_lies_between_its_neighbours() {
    let zone_set = zone_set(&["a.c A 10.0.0.1", "b.c A 10.0.0.2"]);
    let chain = Chain::build(&zone_set, zone(&zone_set, "c"), plain(false));
    let all: Vec<_> = walked(&chain).into_iter().collect();
    let [(first, _), .., (last, last_name)] = all.as_slice() else {
        panic!("{all:?}");
    };
    for outside in [[0; 20], [255; 20]] {
        let (name, before, after) = chain.neighbours(&outside).unwrap();
        assert_eq!((&name, &before, &after), (last_name, last, first));
    }
}
