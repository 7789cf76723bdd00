use serde_json::{Map, Value};

use super::{Contact, Settings};

/// The defaults that the schema promises.
fn defaults_of(schema: &Value) -> Value {
    match (schema.get("properties"), schema.get("default")) {
        (Some(properties), _) => {
            let properties = properties.as_object().unwrap();
            let members = properties
                .iter()
                .map(|(key, schema)| (key.clone(), defaults_of(schema)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        (None, Some(default)) => default.clone(),
        (None, None) => panic!("no default in {schema}"),
    }
}

#[test]
fn the_schema_has_every_setting_with_its_default() {
    let schema: Value = serde_json::from_str(include_str!("../settings.schema.json")).unwrap();
    let defaults = defaults_of(&schema);
    assert_eq!(
        Settings::read(&defaults.to_string()),
        Ok(Settings::default())
    );
    assert_eq!(Settings::read("{}"), Ok(Settings::default()));
    // Every key the reader knows is in the schema: `Debug` names all fields.
    let known = format!("{:#?}", Settings::default());
    let known: std::collections::BTreeSet<String> = known
        .lines()
        .filter_map(|line| line.trim().split_once(": "))
        .map(|(key, _)| key.replace('_', "-"))
        .collect();
    let mut promised = std::collections::BTreeSet::new();
    collect_keys(&defaults, &mut promised);
    assert_eq!(known, promised);
}

fn collect_keys(value: &Value, keys: &mut std::collections::BTreeSet<String>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        keys.insert(key.clone());
        collect_keys(value, keys);
    }
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

#[test]
fn a_contact_is_a_mailbox_or_a_name() {
    for (text, name) in [
        ("dns@example.com", "dns.example.com"),
        ("dns.team@Example.com", r"dns\046team.example.com"),
        ("hostmaster.example.com.", "hostmaster.example.com"),
    ] {
        let contact = Contact::try_from(text.to_owned()).unwrap();
        assert_eq!(contact.as_name(), name, "{text}");
    }
    for text in [
        "",
        "@",
        "@example.com",
        "dns@",
        "a@b@c",
        ".example.com",
        "dns@-x.example",
    ] {
        assert!(Contact::try_from(text.to_owned()).is_err(), "{text}");
    }
}
