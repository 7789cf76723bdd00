use super::{distance, read};
use serde::Deserialize;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Example {
    namespace: Option<String>,
    ttl: Ttl,
    kinds: Vec<String>,
    availability: Availability,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Ttl {
    address: u32,
    name_server: u32,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Availability {
    #[default]
    Any,
    PreferUp,
    AtLeast(u32),
}

#[test]
fn what_is_not_said_has_its_default() {
    assert_eq!(read::<Example>(""), Ok(Example::default()));
    assert_eq!(read::<Example>("{}"), Ok(Example::default()));
    let text = r#"{"namespace": null, "ttl": {"address": 5}, "kinds": ["svc"], "availability": "prefer-up"}"#;
    let expected = Example {
        namespace: None,
        ttl: Ttl {
            address: 5,
            name_server: 0,
        },
        kinds: vec!["svc".to_owned()],
        availability: Availability::PreferUp,
    };
    assert_eq!(read::<Example>(text), Ok(expected));
    let at_least = read::<Example>(r#"{"availability": {"at-least": 2}}"#).unwrap();
    assert_eq!(at_least.availability, Availability::AtLeast(2));
}

#[test]
fn an_error_names_its_place_and_the_nearest_key() {
    for (text, message) in [
        (
            "{",
            "settings: this is not JSON: EOF while parsing an object at line 1 column 1",
        ),
        (
            r#"{"ttl": {}, "ttl": {}}"#,
            r#"settings: "ttl" stands here twice"#,
        ),
        ("[]", "settings: this is an array, it must be an object"),
        (
            r#"{"ttl": 60}"#,
            "settings.ttl: this is a number, it must be an object",
        ),
        (
            r#"{"kind": []}"#,
            r#"settings: there is no "kind" here, the nearest is "kinds""#,
        ),
        (
            r#"{"ttl": {"nameserver": 5}}"#,
            r#"settings.ttl: there is no "nameserver" here, the nearest is "name-server""#,
        ),
        (
            r#"{"ttl": {"address": "5"}}"#,
            r#"settings.ttl.address: this is "5", it must be u32"#,
        ),
        (
            r#"{"ttl": {"address": -1}}"#,
            "settings.ttl.address: this is -1, it must be u32",
        ),
        (
            r#"{"kinds": ["svc", 5]}"#,
            "settings.kinds.1: this is 5, it must be a string",
        ),
        (
            r#"{"availability": "up"}"#,
            r#"settings.availability: this is "up", it must be one of "any", "prefer-up", "at-least""#,
        ),
        (
            r#"{"availability": {"at-least": "x"}}"#,
            r#"settings.availability.at-least: this is "x", it must be u32"#,
        ),
    ] {
        let error = read::<Example>(text).unwrap_err();
        assert_eq!(String::from(error), message, "{text}");
    }
}

#[test]
fn the_distance_counts_edits() {
    for (one, other, edits) in [
        ("", "", 0),
        ("", "abc", 3),
        ("abc", "", 3),
        ("kitten", "sitting", 3),
        ("weight", "weigth", 2),
        ("ttl", "ttl", 0),
    ] {
        assert_eq!(distance(one, other), edits, "{one} {other}");
        assert_eq!(distance(other, one), edits, "{other} {one}");
    }
}
