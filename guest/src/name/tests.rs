use super::{NotALabel, address_label, below, from_labels, label, labels, reverse};

#[test]
fn labels_are_escaped_and_joined() {
    assert_eq!(
        from_labels(["web", "shop", "cluster1"]),
        "web.shop.cluster1"
    );
    assert_eq!(from_labels(["a.b", "*", "ü"]), r"a\046b.*.\195\188");
    assert_eq!(below("_http._tcp", "web"), r"_http\046_tcp.web");
}

#[test]
fn an_address_has_a_reverse_name_and_a_label() {
    for (address, name, one) in [
        ("10.22.0.5", "5.0.22.10.in-addr.arpa", "10-22-0-5"),
        ("255.100.99.0", "0.99.100.255.in-addr.arpa", "255-100-99-0"),
        (
            "fd00:60::21",
            "1.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.0.0.0.0.d.f.ip6.arpa",
            "fd00-60-0-0-0-0-0-21",
        ),
        (
            "::",
            "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
            "0-0-0-0-0-0-0-0",
        ),
    ] {
        let address = address.parse().unwrap();
        assert_eq!(reverse(address), name);
        assert_eq!(address_label(address), one);
    }
}

#[test]
fn a_label_is_folded_or_refused_with_the_reason() {
    assert_eq!(label("Web1").as_deref(), Ok("web1"));
    assert_eq!(label("my_web").as_deref(), Ok("my_web"));
    for (text, reason) in [
        ("", NotALabel::Empty),
        ("-web", NotALabel::Hyphen),
        ("web-", NotALabel::Hyphen),
        ("_tcp", NotALabel::Underscore),
        ("a.b", NotALabel::Character('.')),
        ("bücher", NotALabel::Character('ü')),
        (&"a".repeat(64), NotALabel::TooLong),
    ] {
        assert_eq!(label(text), Err(reason), "{text}");
    }
    assert_eq!(labels("N1.Example.").as_deref(), Ok("n1.example"));
    assert_eq!(labels("n1..example"), Err(NotALabel::Empty));
    assert_eq!(labels("."), Err(NotALabel::Empty));
}
