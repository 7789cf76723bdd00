use zonesmith_policy::harness::check_schema;

use super::Settings;

#[test]
fn the_schema_has_every_setting_with_its_default() {
    check_schema(include_str!("../settings.schema.json"), Settings::read).unwrap();
    assert_eq!(Settings::read("{}"), Ok(Settings::default()));
}

#[test]
fn a_mistake_is_told_with_its_place() {
    for (text, message) in [
        (
            r#"{"reverse-zone": []}"#,
            r#"settings: there is no "reverse-zone" here, the nearest is "reverse-zones""#,
        ),
        (
            r#"{"ttl": {"adress": 5}}"#,
            r#"settings.ttl: there is no "adress" here, the nearest is "address""#,
        ),
        (
            r#"{"ttl": {"srv": 2147483648}}"#,
            "settings.ttl.srv: a time in DNS is at most 2147483647 seconds",
        ),
        (
            r#"{"soa": {"contact": "somebody"}}"#,
            r#"settings.soa.contact: "somebody" is neither a mailbox ("dns@example.com") nor a name ("dns.example.com")"#,
        ),
        (
            r#"{"availability": "down"}"#,
            r#"settings.availability: this is "down", it must be one of "any", "up", "prefer-up""#,
        ),
        (
            r#"{"reverse-zones": ["10.22.0.0/16", "example.com"]}"#,
            r#"settings.reverse-zones.1: "example.com" is neither a reverse zone ("22.10.in-addr.arpa", "d.f.ip6.arpa") nor a prefix ("10.22.0.0/16")"#,
        ),
        (
            r#"{"rules": {"address-name": false}}"#,
            r#"settings.rules: "srv" makes records that point to the names of "address-name": turn both off, or none"#,
        ),
        (
            r#"{"rules": {"round-robin": false}}"#,
            r#"settings.rules: "ptr" makes records that point to the names of "round-robin": turn both off, or none"#,
        ),
    ] {
        assert_eq!(Settings::read(text), Err(message.to_owned()), "{text}");
    }
}
