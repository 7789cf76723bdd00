//! Whether the settings a policy reads are those that its schema promises.

use std::collections::BTreeSet;
use std::fmt::{Debug, Display};

use serde_json::{Map, Value};

use super::HarnessError;

/// Holds the JSON Schema of a policy's settings against what reads them: every property has a default, reading all of these
/// gives what reading nothing gives, and there is no key that only one of the two knows. The names of the fields are taken from
/// `Debug`, as they become with `rename_all = "kebab-case"`.
///
/// ```
/// use zonesmith_policy::{harness, settings};
///
/// #[derive(Debug, PartialEq, serde::Deserialize)]
/// #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
/// struct Settings { default_ttl: u32 }
///
/// impl Default for Settings {
///     fn default() -> Self { Self { default_ttl: 60 } }
/// }
///
/// let schema = r#"{ "properties": { "default-ttl": { "type": "integer", "default": 60 } } }"#;
/// harness::check_schema(schema, settings::read::<Settings>).unwrap();
/// let schema = r#"{ "properties": { "default-ttl": { "type": "integer", "default": 30 } } }"#;
/// assert!(harness::check_schema(schema, settings::read::<Settings>).is_err());
/// ```
///
/// # Errors
///
/// A sentence that says where they differ.
pub fn check_schema<T: Debug + PartialEq, E: Display>(
    schema: &str,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<(), HarnessError> {
    let wrong = |error: &dyn Display| HarnessError(format!("the schema of the settings: {error}"));
    let schema: Value = serde_json::from_str(schema).map_err(|error| wrong(&error))?;
    let promised = defaults_of(&schema, "settings")?;
    let of_schema = read(&promised.to_string()).map_err(|error| wrong(&error))?;
    let of_nothing = read("{}").map_err(|error| wrong(&error))?;
    if of_schema != of_nothing {
        return Err(wrong(&format_args!(
            "its defaults are\n{of_schema:#?}\nwhere reading nothing gives\n{of_nothing:#?}"
        )));
    }
    let debug = format!("{of_nothing:#?}");
    let fields = debug
        .lines()
        .filter_map(|line| line.trim().split_once(": "));
    let known: BTreeSet<String> = fields.map(|(key, _)| key.replace('_', "-")).collect();
    let mut keys = BTreeSet::new();
    collect_keys(&promised, &mut keys);
    match known.symmetric_difference(&keys).next() {
        Some(key) => Err(wrong(&format_args!("only one side has \"{key}\""))),
        None => Ok(()),
    }
}

/// The defaults that the schema promises.
fn defaults_of(schema: &Value, place: &str) -> Result<Value, HarnessError> {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        let default = schema.get("default").cloned();
        return default
            .ok_or_else(|| HarnessError(format!("the schema of {place} has no default")));
    };
    let mut defaults = Map::new();
    for (key, schema) in properties {
        let default = defaults_of(schema, &format!("{place}.{key}"))?;
        defaults.insert(key.clone(), default);
    }
    Ok(Value::Object(defaults))
}

fn collect_keys(value: &Value, keys: &mut BTreeSet<String>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        keys.insert(key.clone());
        collect_keys(value, keys);
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::check_schema;
    use crate::settings;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
    struct Settings {
        both: u8,
        of_these: Inner,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Inner {
        inner: bool,
    }

    #[test]
    fn what_differs_is_told() {
        let inner = r#""of-these": { "properties": { "inner": { "default": false } } }"#;
        for (properties, error) in [
            (format!(r#""both": {{ "default": 0 }}, {inner}"#), None),
            (
                format!(r#""both": {{}}, {inner}"#),
                Some("the schema of settings.both has no default"),
            ),
            (
                format!(r#""both": {{ "default": 1 }}, {inner}"#),
                Some("the schema of the settings: its defaults are"),
            ),
            (
                inner.to_owned(),
                Some(r#"the schema of the settings: only one side has "both""#),
            ),
            (
                format!(r#""both": {{ "default": 0 }}, "bot": {{ "default": 0 }}, {inner}"#),
                Some(
                    r#"the schema of the settings: settings: there is no "bot" here, the nearest is "both""#,
                ),
            ),
        ] {
            let schema = format!(r#"{{ "properties": {{ {properties} }} }}"#);
            let found = check_schema(&schema, settings::read::<Settings>).err();
            let found = found.map(|found| found.to_string());
            let first = found.as_deref().and_then(|found| found.lines().next());
            assert_eq!(first, error, "{schema}");
        }
    }
}
