mod table;

use proptest::prelude::*;

use super::*;
use crate::master_file::{self, MasterRecord};
use crate::name::Name;
use crate::record::{Caa, Mx, Rdata, Srv, Svcb};
use table::TABLE;

fn content(rtype: u16, octets: &[u8]) -> String {
    let mut out = Vec::new();
    write_content(rtype, octets, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn every_type_prints_and_reads_back() {
    for (rrtype, text, expected) in TABLE {
        let (rtype, octets) =
            read(rrtype, text).unwrap_or_else(|error| panic!("{rrtype} {text}: {error}"));
        assert_eq!(&content(rtype, &octets), expected, "{rrtype} {text}");
        assert_eq!(
            read(rrtype, expected),
            Ok((rtype, octets.clone())),
            "{rrtype} {text}"
        );
        assert_eq!(check(rtype, octets.to_vec()), Ok(octets), "{rrtype} {text}");
    }
}

#[test]
fn every_printed_type_is_in_the_table() {
    for rtype in 0..=u16::MAX {
        let mut name = Vec::new();
        write_type(rtype, &mut name);
        let is_printed = matches!(standing(rtype), Standing::Printed { .. }) && rtype != rtype::SOA;
        let is_tested = TABLE.iter().any(|(rrtype, ..)| rrtype.as_bytes() == name);
        assert!(
            !is_printed || is_tested,
            "{}",
            String::from_utf8_lossy(&name)
        );
    }
}

#[test]
fn what_must_not_or_cannot_stand_is_refused_by_name() {
    for (rrtype, text, expected) in [
        ("SOA", "a. b. 1 2 3 4 5", RdataError::Soa),
        ("RRSIG", "", RdataError::Nameservers),
        ("NSEC", "", RdataError::Nameservers),
        ("nsec3", "", RdataError::Nameservers),
        ("TYPE51", r"\# 1 00", RdataError::Nameservers),
        ("TYPE0", r"\# 0", RdataError::Meta),
        ("OPT", r"\# 0", RdataError::Meta),
        ("TYPE128", r"\# 0", RdataError::Meta),
        ("ANY", r"\# 0", RdataError::Meta),
        ("LUA", "A \"'10.0.0.1'\"", RdataError::PowerDns),
        ("TYPE65402", r"\# 0", RdataError::PowerDns),
        ("ALIAS", "a.", RdataError::PowerDns),
        (
            "LOC",
            "51 56 0.123 N 5 54 0.000 E 4.00m 1.00m 10000.00m 10.00m",
            RdataError::Unreadable,
        ),
        ("IPSECKEY", "10 0 2 . AQNRU3mG", RdataError::Unreadable),
        ("URI", "10 1 \"https://a/\"", RdataError::Unreadable),
        ("A", r"\# 4 0a000001", RdataError::GenericForm),
        ("TXT", r" ( \# 1 00 )", RdataError::GenericForm),
        ("NOSUCH", "", RdataError::NoSuchType("NOSUCH".to_owned())),
        (
            "TXT",
            "\"a\" \"b\nc\" ) ",
            RdataError::Line(LineError::Parentheses),
        ),
        (
            "A",
            "10.0.0.1\nx 0 IN A 10.0.0.2",
            RdataError::Line(LineError::SecondLine),
        ),
    ] {
        assert_eq!(read(rrtype, text), Err(expected), "{rrtype} {text}");
    }
    for (rrtype, text) in [
        ("A", ""),
        ("A", "10.0.0"),
        ("A", "10.0.0.1 10.0.0.2"),
        ("AAAA", "10.0.0.1"),
        ("MX", "65536 a."),
        ("PTR", "x..y."),
        ("PTR", &"a.".repeat(128)),
        ("TXT", ""),
        ("TXT", &"a".repeat(256)),
        ("TYPE65280", r"\# 4 0a0000"),
        ("TYPE65280", "hello"),
        ("SVCB", "1 . mandatory=port"),
        ("CAA", "0 is-sue \"a\""),
        ("SVCB", "1 . alpn=\"f\\\\\\\\oo\\\\,bar\""),
        ("SVCB", "1 . port=53 port=54"),
        ("SVCB", "1 . key65535=a"),
    ] {
        let error = read(rrtype, text).expect_err(text);
        assert!(
            matches!(
                error,
                RdataError::Text(_) | RdataError::Malformed(_) | RdataError::Parameter(_)
            ),
            "{rrtype} {text}: {error}"
        );
    }
}

#[test]
fn the_cases_of_the_contract_are_what_their_texts_are() {
    let svcb = Svcb {
        priority: 1,
        target: "Foo.".to_owned(),
        parameters: vec![(3, vec![0, 53]), (1, b"\x02h2".to_vec())],
    };
    for (data, rrtype, text) in [
        (Rdata::A([10, 0, 0, 1].into()), "A", "10.0.0.1"),
        (Rdata::Aaaa("fd00::1".parse().unwrap()), "AAAA", "fd00::1"),
        (Rdata::Cname("A.b".to_owned()), "CNAME", "a.b."),
        (Rdata::Ns("a.b.".to_owned()), "NS", "a.b."),
        (Rdata::Ptr("a\\.b".to_owned()), "PTR", "a\\046b."),
        (
            Rdata::Srv(Srv {
                priority: 1,
                weight: 2,
                port: 3,
                target: "t".to_owned(),
            }),
            "SRV",
            "1 2 3 t.",
        ),
        (
            Rdata::Txt(vec!["a b".to_owned(), "\u{fc}".to_owned()]),
            "TXT",
            "\"a b\" \u{fc}",
        ),
        (
            Rdata::Mx(Mx {
                preference: 5,
                exchange: ".".to_owned(),
            }),
            "MX",
            "5 .",
        ),
        (
            Rdata::Caa(Caa {
                flags: 0,
                tag: "issue".to_owned(),
                value: "c \"a".to_owned(),
            }),
            "CAA",
            "0 issue \"c \\\"a\"",
        ),
        (Rdata::Svcb(svcb.clone()), "SVCB", "1 foo. alpn=h2 port=53"),
        (Rdata::Https(svcb), "HTTPS", "1 foo. alpn=h2 port=53"),
    ] {
        assert_eq!(encode(&data), read(rrtype, text), "{data:?}");
        assert_eq!(type_name(&data), rrtype);
    }
}

#[test]
fn what_is_published_is_shown_in_the_cases_of_the_contract() {
    for (rrtype, text, shown) in [
        (
            "SRV",
            "1 2 3 T.",
            "Srv(Srv { priority: 1, weight: 2, port: 3, target: \"t.\" })",
        ),
        ("TXT", "\"a b\" c", "Txt([\"a b\", \"c\"])"),
        ("MX", "5 .", "Mx(Mx { preference: 5, exchange: \".\" })"),
        (
            "TXT",
            "\"\\255\"",
            "Other(OtherRdata { rrtype: \"TXT\", presentation: \"\\\"\\\\255\\\"\" })",
        ),
        (
            "RP",
            "a. b.",
            "Other(OtherRdata { rrtype: \"RP\", presentation: \"a. b.\" })",
        ),
    ] {
        let (rtype, octets) = read(rrtype, text).unwrap();
        assert_eq!(format!("{:?}", decode(rtype, &octets)), shown);
    }
}

#[test]
fn what_is_wrong_with_a_case_of_the_contract_is_said() {
    let svcb = |parameters: &[(u16, &[u8])]| {
        let parameters = parameters
            .iter()
            .map(|&(key, value)| (key, value.to_vec()))
            .collect();
        Rdata::Svcb(Svcb {
            priority: 1,
            target: ".".to_owned(),
            parameters,
        })
    };
    for (data, expected) in [
        (
            Rdata::Cname("a..b".to_owned()),
            RdataError::Target(NameError::EmptyLabel),
        ),
        (
            Rdata::Ptr(String::new()),
            RdataError::Target(NameError::Empty),
        ),
        (Rdata::Txt(vec![]), RdataError::NoString),
        (
            Rdata::Txt(vec!["a".repeat(256)]),
            RdataError::StringTooLong(256),
        ),
        (Rdata::Txt(vec!["a".repeat(255); 256]), RdataError::TooLong),
        (
            Rdata::Caa(Caa {
                flags: 0,
                tag: String::new(),
                value: String::new(),
            }),
            RdataError::Tag,
        ),
        (svcb(&[(0, &[0, 3])]), ParameterError::Missing(3).into()),
        (
            svcb(&[(0, &[0, 3, 0, 3]), (3, &[0, 1])]),
            ParameterError::Value(0).into(),
        ),
        (svcb(&[(1, &[])]), ParameterError::Value(1).into()),
        (svcb(&[(1, &[2, b'h'])]), ParameterError::Value(1).into()),
        (svcb(&[(2, &[0])]), ParameterError::Value(2).into()),
        (svcb(&[(3, &[0])]), ParameterError::Value(3).into()),
        (svcb(&[(4, &[1, 2, 3])]), ParameterError::Value(4).into()),
        (svcb(&[(6, &[0; 15])]), ParameterError::Value(6).into()),
    ] {
        assert_eq!(encode(&data), Err(expected), "{data:?}");
    }
    assert!(encode(&svcb(&[(3, &[0, 1]), (3, &[0, 2])])).is_err());
}

/// A type with a reader, or one of the private ones.
fn any_type() -> impl Strategy<Value = u16> {
    let printed = (0..=u16::MAX).filter(|&number| {
        matches!(standing(number), Standing::Printed { .. }) && number != rtype::SOA
    });
    prop_oneof![9 => proptest::sample::select(printed.collect::<Vec<_>>()), 1 => 65_280..65_399_u16]
}

/// Octets that often are rdata of the type: text of the table with a few octets changed.
fn nearly_rdata() -> impl Strategy<Value = (u16, Vec<u8>)> {
    let changes = proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..3);
    (proptest::sample::select(TABLE), changes).prop_map(|((rrtype, text, _), changes)| {
        let (rtype, octets) = read(rrtype, text).unwrap();
        let mut octets = octets.into_vec();
        for (at, octet) in changes {
            if !octets.is_empty() {
                let at = at.index(octets.len());
                octets[at] = octet;
            }
        }
        (rtype, octets)
    })
}

fn comes_back(rtype: u16, octets: Vec<u8>) -> Result<(), TestCaseError> {
    let Ok(octets) = check(rtype, octets) else {
        return Ok(());
    };
    prop_assert_eq!(check(rtype, octets.to_vec()), Ok(octets.clone()));
    let text = content(rtype, &octets);
    prop_assert!(
        text.bytes().all(|octet| (b' '..=b'~').contains(&octet)),
        "{}",
        text
    );
    let mut name = Vec::new();
    write_type(rtype, &mut name);
    let read_back = read(std::str::from_utf8(&name).unwrap(), &text);
    // `domain` 0.12.3 takes the digit 9 and the letter z for no part of a key: `keyN` with a 9 in it prints, and PowerDNS
    // reads it, but `other` cannot say it.
    if read_back != Err(RdataError::Text("invalid SvcParamKey".to_owned())) {
        prop_assert_eq!(read_back, Ok((rtype, octets.clone())), "{}", text);
    }
    let said = decode(rtype, &octets);
    if !matches!(said, Rdata::Other(_)) {
        prop_assert_eq!(encode(&said), Ok((rtype, octets)));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn octets_that_pass_print_and_read_back(rtype in any_type(), octets in proptest::collection::vec(any::<u8>(), 0..60)) {
        comes_back(rtype, octets)?;
    }

    #[test]
    fn octets_that_nearly_are_rdata_are_refused_or_read_back((rtype, octets) in nearly_rdata()) {
        comes_back(rtype, octets)?;
    }

    #[test]
    fn any_text_is_read_or_refused(rtype in any_type(), text in "[ -~\\t\\n\u{fc}]{0,40}") {
        let _ = read(&format!("TYPE{rtype}"), &text);
    }

    #[test]
    fn texts_changed_a_little_are_read_or_refused(
        row in proptest::sample::select(TABLE),
        at in any::<proptest::sample::Index>(),
        with in "[()\"\\\\;. \\n0-9a#]{0,3}",
    ) {
        let (rrtype, text, _) = row;
        let mut changed: Vec<char> = text.chars().collect();
        let at = at.index(changed.len());
        changed.splice(at..=at, with.chars());
        let _ = read(rrtype, &changed.into_iter().collect::<String>());
    }
}

#[test]
fn a_master_file_has_every_type_in_both_forms() {
    let origin = Name::parse("elsewhere").unwrap();
    let mut nothing = |_: &str, _: &str| Err("nothing is included".to_owned());
    for (rrtype, _, printed) in TABLE {
        let (rtype, octets) = read(rrtype, printed).unwrap();
        let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        for content in [(*printed).to_owned(), format!(r"\# {} {hex}", octets.len())] {
            let line = format!("a 60 IN {rrtype} {content}");
            let file = master_file::read("f", line.as_bytes(), &origin, &mut nothing)
                .unwrap_or_else(|errors| panic!("{line}: {errors:?}"));
            let [MasterRecord { record, .. }] = file.records.as_slice() else {
                panic!("{line}: {file:?}");
            };
            assert_eq!(encode(&record.data), Ok((rtype, octets.clone())), "{line}");
        }
    }
}
