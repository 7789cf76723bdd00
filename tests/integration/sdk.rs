//! What an author finds who opens the SDK's documentation.

use std::fs;
use std::path::PathBuf;

use crate::ROOT;
use crate::architecture::rust_files;

/// Generated code, what translates it, and what only measurements use: no author sees these.
const HIDDEN: [&str; 5] = [
    "bindings.rs",
    "component.rs",
    "component",
    "harness/native.rs",
    "harness/translate.rs",
];

#[test]
fn every_public_item_has_an_example() {
    let source = PathBuf::from(ROOT).join("guest/src");
    let mut seen = 0;
    let mut without = Vec::new();
    for file in rust_files(&source) {
        let place = file.strip_prefix(&source).unwrap();
        if HIDDEN.iter().any(|hidden| place.starts_with(hidden)) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for (item, documentation) in public_items(&text) {
            seen += 1;
            if !documentation.contains("```") {
                without.push(format!("{}: {item}", place.display()));
            }
        }
    }
    assert!(seen > 80, "only {seen} items were found: how is one told?");
    assert!(without.is_empty(), "no example: {without:#?}");
}

#[test]
fn a_public_item_is_told_with_its_documentation() {
    let text = "/// Words.\n#[must_use]\npub fn one() {}\n\npub(crate) fn two() {}\n/// ```\npub struct Three;\npub use four;\n";
    let items = public_items(text);
    assert_eq!(
        items,
        [
            ("pub fn one() {}".to_owned(), "/// Words.\n".to_owned()),
            ("pub struct Three;".to_owned(), "/// ```\n".to_owned()),
        ]
    );
}

/// The first line of each, and its documentation. Fields and variants are shown by the example of their type.
fn public_items(text: &str) -> Vec<(String, String)> {
    let kinds = [
        "fn ",
        "const fn ",
        "struct ",
        "enum ",
        "trait ",
        "type ",
        "const ",
    ];
    let mut items = Vec::new();
    let mut documentation = String::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with("///") {
            documentation.push_str(line);
            documentation.push('\n');
            continue;
        }
        if line.starts_with('#') {
            continue;
        }
        let declared = line.strip_prefix("pub ").unwrap_or_default();
        let is_macro = line.starts_with("macro_rules! ");
        if is_macro || kinds.iter().any(|kind| declared.starts_with(kind)) {
            items.push((line.to_owned(), documentation.clone()));
        }
        documentation.clear();
    }
    items
}
