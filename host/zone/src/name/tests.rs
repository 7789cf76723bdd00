//! Names against what they must equal: folded label lists, and `domain`.

use std::cmp::Ordering;

use domain::base::name::{Name as DomainName, ToName};
use proptest::prelude::*;

use super::{Name, NameBuffer, NameError, NameRef, parse, write_wire_name_text};

/// The octets of the labels of a name, leaf first: what every form of it is derived from.
type Labels = Vec<Vec<u8>>;

/// Octets that sort, fold, print or escape in a way of their own.
const ODD: [u8; 15] = [
    0, 1, 2, b'.', b'\\', b'a', b'A', b'z', b'Z', b'[', b'`', b'-', b'*', b'_', 255,
];

fn label() -> impl Strategy<Value = Vec<u8>> {
    let odd = prop::collection::vec(prop::sample::select(ODD.to_vec()), 1..5);
    let any_octets = prop::collection::vec(any::<u8>(), 1..12);
    let long = prop::collection::vec(any::<u8>(), 60..=63);
    prop_oneof![6 => odd, 3 => any_octets, 1 => long]
}

fn labels() -> impl Strategy<Value = Labels> {
    prop::collection::vec(label(), 0..6)
        .prop_filter("longer than 255 octets", |labels| wire(labels).len() <= 255)
}

/// Two names that often share their labels next to the root.
fn pair() -> impl Strategy<Value = (Labels, Labels)> {
    (labels(), labels(), labels(), any::<bool>())
        .prop_map(|(left, right, tail, shared)| {
            let tail = if shared { tail } else { Labels::new() };
            ([left, tail.clone()].concat(), [right, tail].concat())
        })
        .prop_filter("longer than 255 octets", |(left, right)| {
            wire(left).len() <= 255 && wire(right).len() <= 255
        })
}

fn wire(labels: &Labels) -> Vec<u8> {
    let mut wire = Vec::new();
    for label in labels {
        wire.push(u8::try_from(label.len()).unwrap());
        wire.extend(label);
    }
    wire.push(0);
    wire
}

fn folded(labels: &Labels) -> Labels {
    labels
        .iter()
        .map(|label| label.to_ascii_lowercase())
        .collect()
}

/// Canonical order, spelt out: labels from the root, each as folded octets.
fn canonical(left: &Labels, right: &Labels) -> Ordering {
    folded(left).iter().rev().cmp(folded(right).iter().rev())
}

/// Presentation format with as few escapes as can be, some of them `\X`.
fn text(labels: &Labels) -> Vec<u8> {
    let mut text = Vec::new();
    for label in labels {
        for &octet in label {
            match octet {
                b'.' | b'\\' => text.extend([b'\\', octet]),
                0 | 1 | 200.. => text.extend(format!("\\{octet:03}").bytes()),
                _ => text.push(octet),
            }
        }
        text.push(b'.');
    }
    if labels.is_empty() {
        text.push(b'.');
    }
    text
}

fn name(labels: &Labels) -> Name {
    Name::from_wire(&wire(labels)).unwrap().0
}

fn parsed(text: &str) -> Name {
    Name::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn keys_order_like_folded_labels_and_like_domain((left, right) in pair()) {
        let order = name(&left).cmp(&name(&right));
        prop_assert_eq!(order, canonical(&left, &right));
        let domain = |labels| DomainName::from_octets(wire(labels)).unwrap();
        prop_assert_eq!(order, domain(&left).name_cmp(&domain(&right)));
    }

    #[test]
    fn below_is_having_the_other_as_tail((left, right) in pair()) {
        let (left_name, right_name) = (name(&left), name(&right));
        let at_or_below = folded(&left).ends_with(&folded(&right));
        prop_assert_eq!(left_name.as_ref().is_at_or_below(right_name.as_ref()), at_or_below);
        prop_assert_eq!(left_name.as_ref().is_below(right_name.as_ref()), at_or_below && left.len() > right.len());
    }

    #[test]
    fn a_subtree_is_one_range((inner, top) in pair()) {
        let (inner_name, top_name) = (name(&inner), name(&top));
        let raised = |(last, start): (&u8, &[u8])| [start, &[last + 1]].concat();
        let end = top_name.as_ref().key().split_last().map(raised);
        // The root's subtree has no end.
        let is_before_end = end.is_none_or(|end| inner_name.as_ref().key() < end.as_slice());
        let in_range = top_name <= inner_name && is_before_end;
        prop_assert_eq!(inner_name.as_ref().is_at_or_below(top_name.as_ref()), in_range);
    }

    #[test]
    fn every_form_is_read_back(labels in labels()) {
        let name = name(&labels);
        let borrowed = name.as_ref();
        prop_assert!(borrowed.key().len() <= 508);
        prop_assert_eq!(borrowed.label_count(), labels.len());
        prop_assert_eq!(borrowed.wire_len(), wire(&labels).len());
        prop_assert_eq!(borrowed.labels().map(|label| label.into_owned()).collect::<Labels>(), folded(&labels));

        let mut octets = Vec::new();
        borrowed.write_wire(&mut octets);
        prop_assert_eq!(&octets, &wire(&folded(&labels)));
        octets.extend(b"what follows");
        prop_assert_eq!(Name::from_wire(&octets), Ok((name.clone(), borrowed.wire_len())));

        let printed = name.to_string();
        prop_assert_eq!(&parsed(&printed), &name);
        prop_assert_eq!(&DomainName::<Vec<u8>>::from_chars(printed.chars()).unwrap(), &DomainName::from_octets(wire(&labels)).unwrap());
        let mut from_wire = Vec::new();
        prop_assert_eq!(write_wire_name_text(&octets, &mut from_wire), borrowed.wire_len());
        prop_assert_eq!(printed.as_bytes(), from_wire);

        let mut buffer = NameBuffer::new();
        prop_assert_eq!(buffer.parse(&text(&labels)), Ok(borrowed));
        prop_assert_eq!(Name::from_key(borrowed.key()), name.clone());
        prop_assert_eq!(NameRef::from_key(borrowed.key()).to_owned(), name.clone());
    }

    #[test]
    fn a_parent_lacks_the_leaf(labels in labels()) {
        let name = name(&labels);
        let parent = labels.split_first().map(|(_, parent)| self::name(&parent.to_vec()));
        prop_assert_eq!(name.as_ref().parent(), parent.as_ref().map(Name::as_ref));
    }

    #[test]
    fn both_ways_of_reading_agree(text in prop_oneof!["[aB.]{0,12}", "[a-c]{60,66}(\\.[a-c]{60,66}){0,4}\\.?", "[aZ09_.\\\\ ]{0,20}"]) {
        let (mut plain, mut escaped) = (Vec::new(), Vec::new());
        let read = parse::read_text(text.as_bytes(), &mut plain);
        if text != "." {
            prop_assert_eq!(read, parse::read_escaped(text.as_bytes(), &mut escaped));
        }
        if read.is_ok() {
            prop_assert_eq!(plain, escaped);
        }
    }

    #[test]
    fn garbage_is_refused_without_panic(octets in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(name) = NameBuffer::new().parse(&octets) {
            prop_assert!(name.wire_len() <= 255);
        }
        if let Ok((name, used)) = Name::from_wire(&octets) {
            prop_assert_eq!(name.as_ref().wire_len(), used);
        }
        // Keys and names in the zone are trusted, but nothing may panic on others.
        let untrusted = NameRef::from_key(&octets);
        let _ = (untrusted.wire_len(), untrusted.parent(), untrusted.to_string());
        untrusted.write_wire(&mut Vec::new());
        prop_assert!(write_wire_name_text(&octets, &mut Vec::new()) <= octets.len());
    }
}

#[test]
fn the_names_of_rfc_4034_are_in_its_order() {
    let names = [
        "example",
        "a.example",
        "yljkjljk.a.example",
        "Z.a.example",
        "zABC.a.EXAMPLE",
        "z.example",
        "\\001.z.example",
        "*.z.example",
        "\\200.z.example",
    ];
    for pair in names.windows(2) {
        assert!(
            parsed(pair[0]) < parsed(pair[1]),
            "{} before {}",
            pair[0],
            pair[1]
        );
    }
}

#[test]
fn a_key_has_the_labels_from_the_root() {
    for (text, key) in [
        (".", &b""[..]),
        ("web.Shop.", b"shop\0web\0"),
        ("web.Shop", b"shop\0web\0"),
        ("a\\000b.c\\001", b"c\x01\x02\0a\x01\x01b\0"),
        ("\\065\\B\\.\\\\", b"ab.\\\0"),
    ] {
        assert_eq!(parsed(text).as_ref().key(), key, "{text}");
    }
}

#[test]
fn text_is_lower_case_and_escaped() {
    for (text, printed) in [
        (".", "."),
        ("_SIP._tcp.Shop", "_sip._tcp.shop."),
        ("*.0/26.a-b", "*.0/26.a-b."),
        ("a\\.b\\032c.\\@", "a\\046b\\032c.\\064."),
        ("é", "\\195\\169."),
    ] {
        assert_eq!(parsed(text).to_string(), printed, "{text}");
    }
    assert_eq!(
        format!("{:?} {:>6}|", parsed("a"), parsed("b")),
        "`a.`     b.|"
    );
}

#[test]
fn what_is_no_name_is_refused_with_the_reason() {
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
    assert_eq!(parsed(&longest).as_ref().wire_len(), 255);
    assert_eq!(parsed(&format!("{longest}.")), parsed(&longest));
    for (text, error) in [
        ("", NameError::Empty),
        ("..", NameError::EmptyLabel),
        (".a", NameError::EmptyLabel),
        ("a..b", NameError::EmptyLabel),
        ("a..", NameError::EmptyLabel),
        (&format!("{label}a"), NameError::LabelTooLong),
        (&format!("{longest}a"), NameError::TooLong),
        (&format!("{longest}\\097."), NameError::TooLong),
        ("a\\", NameError::BadEscape),
        ("\\25", NameError::BadEscape),
        ("\\2.5", NameError::BadEscape),
        ("\\256", NameError::BadEscape),
    ] {
        assert_eq!(Name::parse(text), Err(error), "{text}");
        assert_eq!(
            NameBuffer::new().parse(text.as_bytes()),
            Err(error),
            "{text}"
        );
    }
    for (octets, error) in [
        (&b""[..], NameError::Truncated),
        (b"\x01", NameError::Truncated),
        (b"\x01a", NameError::Truncated),
        (b"\xc0\x0c", NameError::LabelTooLong),
    ] {
        assert_eq!(
            Name::from_wire(octets).map(|_| ()),
            Err(error),
            "{octets:?}"
        );
    }
}

#[test]
fn a_buffer_keeps_nothing_of_the_name_before() {
    let mut buffer = NameBuffer::new();
    buffer.parse(b"a.long.name").unwrap();
    assert_eq!(buffer.parse(b"b").unwrap(), parsed("b").as_ref());
    assert!(buffer.parse(b"c\\").is_err());
    assert!(buffer.parse(b".").unwrap().is_root());
}
