//! `zonesmith policy inspect`: what a component is and says of itself. Nothing is asked of a cluster.

use std::fmt::Write;

use camino::Utf8PathBuf;
use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::given;
use crate::cli::Exit;
use crate::cli::output::{self, Format, Table};
use crate::kit::anatomy::Anatomy;
use crate::policy::{Component, Description, Engine, Refusal};

const EXAMPLES: &str = "\
Examples:
  zonesmith policy inspect site.wasm
  zonesmith policy inspect default                                     the built-in policy
  zonesmith policy inspect default --format json | jq .settings        its settings as a JSON Schema

The exit code is 1 when the daemon would refuse the component; what is known of it is printed all the same.";

/// Show what a policy is: description, rules, settings, imports, contract, digest, sizes
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Inspect {
    /// The component; `default` is the built-in one
    #[arg(value_name = "FILE")]
    file: Utf8PathBuf,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Everything there is to say.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Report {
    file: String,
    #[serde(flatten)]
    anatomy: Anatomy,
    /// Octets of machine code that the daemon makes of it.
    compiled_size: Option<usize>,
    description: Option<Description>,
    /// The JSON Schema of its settings.
    settings: Option<Value>,
    refused: Option<Refusal>,
}

impl Inspect {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let bytes = given::component(&self.file)?;
        let name = self.file.as_str();
        let loaded = Component::load(&Engine::new()?, name, &bytes);
        let anatomy = match (Anatomy::of(&bytes), &loaded) {
            (Ok(anatomy), _) => anatomy,
            // Nothing is known of what is no component; why is what the daemon says of it.
            (Err(_), Err(refusal)) => anyhow::bail!("{}", refusal.reason),
            (Err(error), Ok(_)) => return Err(error),
        };
        let report = Report::of(name, anatomy, loaded);
        match self.format {
            Format::Json => output::print_json(&report)?,
            Format::Table => output::print(report.text())?,
        }
        Ok(match report.refused {
            None => Exit::Done,
            Some(_) => Exit::Failed,
        })
    }
}

impl Report {
    fn of(file: &str, anatomy: Anatomy, loaded: Result<Component, Refusal>) -> Self {
        let (component, refused) = match loaded {
            Ok(component) => (Some(component), None),
            Err(refusal) => (None, Some(refusal)),
        };
        let description = component
            .as_ref()
            .map(|component| component.description().clone());
        Self {
            file: file.to_owned(),
            anatomy,
            compiled_size: component.as_ref().map(Component::compiled_size),
            settings: description
                .as_ref()
                .and_then(|description| serde_json::from_str(&description.settings_schema).ok()),
            description,
            refused,
        }
    }

    /// For people.
    fn text(&self) -> String {
        let mut text = self.head().to_string();
        let mut add = |part: &dyn std::fmt::Display| {
            // Writing to a String cannot fail.
            let _ = write!(text, "\n{part}");
        };
        let Some(description) = &self.description else {
            return text;
        };
        if !description.rules.is_empty() {
            let mut rules = Table::with_head(["RULE", "WHAT IT DOES"]);
            for rule in &description.rules {
                rules.push([rule.name.clone(), rule.documentation.clone()]);
            }
            add(&rules);
        }
        if let Some(settings) = self.settings.as_ref().and_then(settings) {
            add(&settings);
        }
        let documentation = description.documentation.trim();
        if !documentation.is_empty() {
            let lines = documentation.lines().map(one_line);
            add(&lines.collect::<String>());
        }
        text
    }

    fn head(&self) -> Table {
        let list = |list: &[String]| {
            if list.is_empty() {
                "nothing".to_owned()
            } else {
                list.join(", ")
            }
        };
        let Anatomy {
            size,
            digest,
            contract,
            imports,
            exports,
        } = &self.anatomy;
        let mut table = Table::default();
        let mut row = |name: &str, value: String| table.push([name.to_owned(), value]);
        if let Some(description) = &self.description {
            let Description { name, version, .. } = description;
            row("policy", format!("{name} {version}"));
            if !description.authors.is_empty() {
                row("authors", description.authors.join(", "));
            }
        }
        row("file", self.file.clone());
        row("digest", digest.to_string());
        let none = "none: it is no policy".to_owned();
        row("contract", contract.clone().unwrap_or(none));
        row("imports", list(imports));
        row("exports", list(exports));
        row("size", format!("{size} bytes"));
        if let Some(compiled) = self.compiled_size {
            row("compiled", format!("{compiled} bytes"));
        }
        if let Some(Refusal { stage, reason }) = &self.refused {
            row("refused", format!("at {stage}: {reason}"));
        }
        table
    }
}

/// A line of text of the policy's: it does not colour the terminal.
fn one_line(line: &str) -> String {
    let plain = line.replace(char::is_control, " ");
    format!("{}\n", plain.trim_end())
}

/// The settings of a JSON Schema, a line each; those inside a setting by their path.
fn settings(schema: &Value) -> Option<Table> {
    let mut table = Table::with_head(["SETTING", "TYPE", "DEFAULT", "WHAT IT DOES"]);
    let mut rows = Vec::new();
    collect(schema, schema, "", &mut rows);
    if rows.is_empty() {
        return None;
    }
    rows.into_iter().for_each(|row| table.push(row));
    Some(table)
}

/// How deep settings may lie in each other: a schema may refer to itself.
const DEEPEST: usize = 4;

fn collect(root: &Value, schema: &Value, path: &str, rows: &mut Vec<[String; 4]>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, given) in properties.into_iter().flatten() {
        let property = referred(root, given);
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        let text = |key| {
            let own = given.get(key).or_else(|| property.get(key));
            own.map(|value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            })
        };
        rows.push([
            path.clone(),
            kind(property),
            text("default").unwrap_or_else(|| "-".to_owned()),
            text("description").unwrap_or_default(),
        ]);
        if path.split('.').count() < DEEPEST {
            collect(root, property, &path, rows);
        }
    }
}

/// What a `$ref` within the schema means.
fn referred<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = schema.get("$ref").and_then(Value::as_str);
    pointer
        .and_then(|pointer| pointer.strip_prefix('#'))
        .and_then(|pointer| root.pointer(pointer))
        .unwrap_or(schema)
}

/// "integer", "any, up or prefer-up", "list".
fn kind(schema: &Value) -> String {
    let word = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values: Vec<_> = values.iter().map(word).collect();
        return values.join(" | ");
    }
    match schema.get("type") {
        Some(Value::Array(types)) => types.iter().map(word).collect::<Vec<_>>().join(" | "),
        Some(one) => word(one),
        None => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::policy::embedded;

    fn report(bytes: &[u8]) -> Report {
        let loaded = Component::load(&Engine::new().unwrap(), "x.wasm", bytes);
        Report::of("x.wasm", Anatomy::of(bytes).unwrap(), loaded)
    }

    #[test]
    fn the_built_in_policy_is_shown_with_rules_and_settings() {
        let report = report(embedded());
        let text = report.text();
        for words in [
            "policy    default ",
            "contract  zonesmith:policy@",
            "round-robin",
            "ttl.address",
            "any | up | prefer-up",
            "bytes",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["settings"]["type"], "object");
        assert_eq!(json["description"]["name"], "default");
        assert_eq!(json["size"], embedded().len());
    }

    #[test]
    fn what_the_daemon_refuses_is_shown_as_far_as_it_is_known() {
        let report = report(b"\0asm\x0d\0\x01\0");
        let text = report.text();
        assert!(
            text.contains("none: it is no policy") && text.contains("refused   at contract"),
            "{text}"
        );
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let schema = json!({ "properties": { "a": { "$ref": "#" } } });
        let text = settings(&schema).unwrap().to_string();
        assert!(
            text.contains("a.a.a.a") && !text.contains("a.a.a.a.a"),
            "{text}"
        );
    }
}
