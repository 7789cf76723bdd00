//! The configuration file to begin with: every key, documented and commented out. Printed from the documentation of
//! the fields; `host/etc/zonesmith.toml` is its text, held against it by a test.

use std::fmt::Write;

use super::KEYS;
use super::key::{Key, Shape};

const HEAD: &str = "\
# The configuration of Zonesmith. Every key is here, commented out, with its default or an example.
# `zonesmith config set KEY=VALUE` edits this file and keeps its comments, `zonesmith config show` prints what is in
# force and where it came from. A relative path starts from the folder of this file.
";

/// The text of the template.
#[must_use]
pub fn template() -> String {
    let mut text = HEAD.to_owned();
    let mut current = "";
    for key in KEYS {
        let (section, name) = key.name.rsplit_once('.').unwrap_or(("", key.name));
        // Headers are not commented out: an empty section is valid, and a key is put in force by one keystroke.
        if section != current && !section.is_empty() {
            push(&mut text, format_args!("\n[{section}]\n"));
        }
        current = section;
        push(&mut text, format_args!("\n"));
        for line in key.documentation.lines() {
            push(&mut text, format_args!("#{line}\n"));
        }
        if let Some(variable) = key.variable {
            push(&mut text, format_args!("# Variable: {variable}\n"));
        }
        if key.shape == Shape::Tables && section.is_empty() {
            push_tables(&mut text, key);
        } else {
            push(&mut text, format_args!("#{name} = {}\n", key.example));
        }
    }
    text
}

/// `[[policy]]`: its example as people write it.
fn push_tables(text: &mut String, key: &Key) {
    let document = format!("{} = {}", key.name, key.example)
        .parse::<toml_edit::DocumentMut>()
        .unwrap_or_default();
    let tables = document
        .get(key.name)
        .and_then(|item| item.as_array())
        .into_iter()
        .flatten();
    for table in tables {
        push(text, format_args!("#[[{}]]\n", key.name));
        for (name, value) in table.as_inline_table().into_iter().flatten() {
            push(
                text,
                format_args!("#{} = {}\n", name, value.to_string().trim()),
            );
        }
    }
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = include_str!("../../etc/zonesmith.toml");

    #[test]
    fn the_file_in_etc_is_the_template() {
        if template() != FILE {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/etc/zonesmith.toml");
            std::fs::write(path, template()).unwrap();
            panic!(
                "host/etc/zonesmith.toml was not what the fields' documentation says; it has been written anew, look at the difference"
            );
        }
    }

    #[test]
    fn the_template_is_valid_also_with_every_key_in_force() {
        let in_force: String = template()
            .lines()
            .map(|line| {
                let is_key = line.starts_with('#') && !line.starts_with("# ");
                format!(
                    "{}\n",
                    if is_key {
                        line.trim_start_matches('#')
                    } else {
                        line
                    }
                )
            })
            .collect();
        for text in [template(), in_force] {
            let file = super::super::file::ConfigurationFile::parse("zonesmith.toml".into(), &text)
                .unwrap();
            assert!(
                file.check().is_ok(),
                "{}\n{text}",
                file.check().unwrap_err()
            );
        }
    }
}
