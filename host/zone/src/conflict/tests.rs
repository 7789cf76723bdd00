use super::*;
use crate::contents::Contents;
use crate::contribution::Contribution;
use crate::name::Name;
use crate::test_zone::{contributor, record, text, zones};
use crate::zone_set::Answer;

use ConflictKind::{CnameBesideOther, NotExclusive, SeveralCnames, Shadowed};

/// What each contributor says of `x.c`: rank, label, then `TTL TYPE content` each, `!` before an exclusive one.
type Said<'a> = &'a [(u32, &'a str, &'a [&'a str])];

/// What stands, and who loses: label, type, kind.
fn judged(said: Said<'_>) -> (Vec<String>, Vec<(String, u16, ConflictKind)>) {
    let contributions = said
        .iter()
        .map(|(rank, label, lines)| {
            let line = |line: &&str| match line.strip_prefix('!') {
                Some(line) => record(&format!("!x.c {line}")),
                None => record(&format!("x.c {line}")),
            };
            (
                contributor(*rank, label),
                Contribution::from_records(lines.iter().map(line).collect()),
            )
        })
        .collect();
    let (contents, _) = Contents::build(zones(&["c"]), contributions);
    let name = Name::parse("x.c").unwrap();
    let mut losers: Vec<_> = contents
        .conflicts()
        .get(&name)
        .into_iter()
        .flatten()
        .map(|conflict| {
            (
                contents
                    .contributor(conflict.loser)
                    .unwrap()
                    .label
                    .to_string(),
                conflict.rtype,
                conflict.kind,
            )
        })
        .collect();
    losers.sort_unstable();
    match contents.zone_set().find(name.as_ref()) {
        Answer::Records { records, .. } => (records.map(text).collect(), losers),
        Answer::EmptyNonTerminal { .. } | Answer::NoSuchName => (Vec::new(), losers),
    }
}

/// Who loses: label, type, kind.
type Losers<'a> = &'a [(&'a str, u16, ConflictKind)];

/// A sentence, what is said, what stands of it, who loses.
type Case = (
    &'static str,
    Said<'static>,
    &'static [&'static str],
    Losers<'static>,
);

const CASES: &[Case] = &[
    (
        "services of one policy merge",
        &[
            (0, "a", &["A 10.0.0.2", "TXT a"]),
            (0, "b", &["A 10.0.0.1"]),
        ],
        &["60 A 10.0.0.1", "60 A 10.0.0.2", "60 TXT \"a\""],
        &[],
    ),
    (
        "duplicates stand once",
        &[(0, "a", &["A 10.0.0.1"]), (0, "b", &["A 10.0.0.1"])],
        &["60 A 10.0.0.1"],
        &[],
    ),
    (
        "the lowest TTL is the RRset's",
        &[
            (0, "a", &["60 A 10.0.0.1", "5 TXT a"]),
            (0, "b", &["30 A 10.0.0.1"]),
            (0, "c", &["40 A 10.0.0.2"]),
        ],
        &["30 A 10.0.0.1", "30 A 10.0.0.2", "5 TXT \"a\""],
        &[],
    ),
    (
        "a CNAME yields to other data",
        &[(0, "a", &["CNAME t."]), (0, "b", &["A 10.0.0.1"])],
        &["60 A 10.0.0.1"],
        &[("a", 5, CnameBesideOther)],
    ),
    (
        "a CNAME yields to other data of its own contributor",
        &[(0, "a", &["CNAME t.", "TXT a"])],
        &["60 TXT \"a\""],
        &[("a", 5, CnameBesideOther)],
    ),
    (
        "of several CNAMEs that of the lowest path stands",
        &[
            (0, "b", &["CNAME a."]),
            (0, "a", &["CNAME z.", "CNAME y."]),
            (0, "c", &["5 CNAME y."]),
        ],
        &["5 CNAME y."],
        &[("a", 5, SeveralCnames), ("b", 5, SeveralCnames)],
    ),
    (
        "of several DNAMEs that of the lowest path stands, other data beside it",
        &[(0, "b", &["DNAME a.", "TXT b"]), (0, "a", &["DNAME b."])],
        &["60 TXT \"b\"", "60 DNAME b."],
        &[("b", 39, SeveralCnames)],
    ),
    (
        "an RRset belongs whole to the first rank",
        &[
            (1, "a", &["1 A 10.0.0.2", "AAAA fd00::1"]),
            (0, "b", &["A 10.0.0.1"]),
            (2, "c", &["AAAA fd00::2"]),
        ],
        &["60 A 10.0.0.1", "60 AAAA fd00::1"],
        &[("a", 1, Shadowed), ("c", 28, Shadowed)],
    ),
    (
        "a CNAME of the first rank takes the name",
        &[
            (0, "b", &["CNAME t."]),
            (1, "a", &["A 10.0.0.1", "CNAME u."]),
        ],
        &["60 CNAME t."],
        &[("a", 1, Shadowed), ("a", 5, CnameBesideOther)],
    ),
    (
        "other data of the first rank leaves no room for a CNAME",
        &[
            (1, "a", &["CNAME t."]),
            (0, "b", &["TXT b"]),
            (2, "c", &["A 10.0.0.1"]),
        ],
        &["60 A 10.0.0.1", "60 TXT \"b\""],
        &[("a", 5, Shadowed)],
    ),
    (
        "an exclusive record stands alone",
        &[
            (0, "a", &["!PTR a.", "!PTR b.", "A 10.0.0.1"]),
            (0, "b", &["A 10.0.0.2"]),
        ],
        &["60 A 10.0.0.1", "60 A 10.0.0.2", "60 PTR a.", "60 PTR b."],
        &[],
    ),
    (
        "of several contributors no exclusive record stands",
        &[
            (0, "a", &["!PTR a."]),
            (0, "b", &["!PTR a."]),
            (0, "c", &["PTR c."]),
        ],
        &["60 PTR c."],
        &[("a", 12, NotExclusive), ("b", 12, NotExclusive)],
    ),
    (
        "nothing stands of exclusive records alone",
        &[(0, "a", &["!PTR a."]), (0, "b", &["!PTR b."])],
        &[],
        &[("a", 12, NotExclusive), ("b", 12, NotExclusive)],
    ),
    (
        "exclusive records of different ranks do not meet, and what fell away shadows nothing",
        &[
            (0, "a", &["!PTR a."]),
            (0, "b", &["!PTR b."]),
            (1, "c", &["!PTR c."]),
        ],
        &["60 PTR c."],
        &[("a", 12, NotExclusive), ("b", 12, NotExclusive)],
    ),
    (
        "an exclusive record that fell away is no other data beside a CNAME",
        &[
            (0, "a", &["!PTR a."]),
            (0, "b", &["!PTR b."]),
            (0, "c", &["CNAME c."]),
        ],
        &["60 CNAME c."],
        &[("a", 12, NotExclusive), ("b", 12, NotExclusive)],
    ),
];

#[test]
fn each_rule_gives_one_answer_in_every_order() {
    for (sentence, said, stands, losers) in CASES {
        let losers: Vec<_> = losers
            .iter()
            .map(|&(label, rtype, kind)| (label.to_owned(), rtype, kind))
            .collect();
        let stands: Vec<_> = stands.iter().map(ToString::to_string).collect();
        let expected = (stands, losers);
        let mut said = said.to_vec();
        for _ in 0..said.len() {
            said.rotate_left(1);
            assert_eq!(judged(&said), expected, "{sentence}");
        }
        said.reverse();
        assert_eq!(judged(&said), expected, "{sentence}, reversed");
    }
}

#[test]
fn an_rrset_over_its_limits_keeps_the_lowest_records() {
    let addresses: Vec<String> = (0..RRSET_RECORDS_LIMIT)
        .map(|at| format!("A 10.0.{}.{}", at / 250, at % 250))
        .collect();
    let lines: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let (stands, losers) = judged(&[(0, "a", &lines)]);
    assert_eq!((stands.len(), losers), (RRSET_RECORDS_LIMIT, vec![]));
    let (stands, losers) = judged(&[
        (0, "a", &lines),
        (0, "b", &["5 A 10.0.0.0", "A 9.0.0.1", "A 9.0.0.2"]),
    ]);
    assert_eq!(stands.len(), RRSET_RECORDS_LIMIT);
    assert_eq!(stands[..3], ["5 A 9.0.0.1", "5 A 9.0.0.2", "5 A 10.0.0.0"]);
    assert_eq!(losers, [("a".to_owned(), 1, ConflictKind::RrsetTooLarge)]);

    let long: Vec<String> = (0..300).map(|at| format!("TXT {at:0>250}")).collect();
    let lines: Vec<&str> = long.iter().map(String::as_str).collect();
    let (stands, losers) = judged(&[(0, "a", &lines), (0, "b", &["A 10.0.0.1"])]);
    assert_eq!(stands.len() - 1, RRSET_OCTETS_LIMIT / (251 + RECORD_HEAD));
    assert_eq!(losers, [("a".to_owned(), 16, ConflictKind::RrsetTooLarge)]);
}
