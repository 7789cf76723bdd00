use super::{IpAddr, IpAddress, IpPrefix, Rdata, ResourceRecord, character_strings};

#[test]
fn addresses_go_there_and_back() {
    for text in ["10.22.0.5", "0.0.0.0", "fd00:60::21", "::"] {
        let address: IpAddr = text.parse().unwrap();
        assert_eq!(IpAddr::from(IpAddress::from(address)), address, "{text}");
    }
}

#[test]
fn a_prefix_contains_addresses_of_its_own_family() {
    for (network, length, address, contained) in [
        ("10.22.0.0", 16, "10.22.255.255", true),
        ("10.22.0.0", 16, "10.23.0.0", false),
        ("0.0.0.0", 0, "192.0.2.1", true),
        ("10.0.0.1", 32, "10.0.0.1", true),
        ("10.0.0.1", 32, "10.0.0.0", false),
        ("::", 0, "10.0.0.1", false),
        ("::", 0, "fd00::1", true),
        ("fd00:60::", 64, "fd00:60::ffff", true),
        ("fd00:60::", 64, "fd00:60:0:1::", false),
    ] {
        let prefix = IpPrefix {
            address: network.parse::<IpAddr>().unwrap().into(),
            length,
        };
        let case = format!("{address} in {network}/{length}");
        assert_eq!(
            prefix.contains(address.parse().unwrap()),
            contained,
            "{case}"
        );
    }
}

#[test]
fn a_long_text_becomes_strings_of_whole_characters() {
    assert_eq!(character_strings(""), [""]);
    assert_eq!(character_strings("short"), ["short"]);
    let text = format!("{}é{}", "a".repeat(254), "b".repeat(300));
    let strings = character_strings(&text);
    assert_eq!(
        strings.iter().map(String::len).collect::<Vec<_>>(),
        [254, 255, 47]
    );
    assert_eq!(strings.concat(), text);
}

#[test]
fn a_record_says_who_made_it_of_what() {
    let record = ResourceRecord::ptr([10, 22, 0, 5], 60, "web.cluster1")
        .by_rule(3)
        .from_resource(1, 2)
        .exclusive();
    assert_eq!(record.owner, "5.0.22.10.in-addr.arpa");
    assert_eq!(record.data, Rdata::Ptr("web.cluster1".to_owned()));
    assert_eq!(record.rule, Some(3));
    assert_eq!(
        record
            .origin
            .map(|origin| (origin.instance, origin.resource)),
        Some((1, Some(2)))
    );
    assert!(record.exclusive);
}
