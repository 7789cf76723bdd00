//! A policy of one's own, from nothing to a name: the README's commands, with Rust alone; and the same in three languages.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use zonesmith_tests::new_policy::Author;

use crate::BINARY;

/// What the README promises.
const PROMISED: Duration = Duration::from_secs(300);

/// How long a policy in another language may take: an unoptimised daemon compiles 18 MB of it three times over.
const PATIENCE: Duration = Duration::from_secs(900);

/// The first block of commands after this heading.
fn commands(heading: &str) -> Vec<String> {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let (_, section) = readme.split_once(heading).unwrap();
    let (_, block) = section.split_once("```sh\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let command = |line: &str| line.split('#').next().unwrap().trim().to_owned();
    block.lines().map(command).collect()
}

#[test]
#[ignore = "needs a registry of Rust's packages"]
fn the_readme_s_five_commands_make_a_name_in_five_minutes_with_rust_alone() {
    let commands = commands("## Your own names\n");
    assert_eq!(commands.len(), 5, "{commands:?}");
    let mut author = Author::with_rust_alone(BINARY);
    let start = Instant::now();
    for command in &commands {
        if command.starts_with("zonesmith serve ") {
            author.starts(command, start + PROMISED);
            continue;
        }
        let answer = author.types(command).good();
        if command.starts_with("zonesmith lookup ") {
            assert!(answer.contains("10.60.0.10"), "{command}: {answer}");
        }
    }
    let taken = start.elapsed();
    assert!(taken < PROMISED, "{taken:?}");
    println!("from nothing to a name: {taken:?}");
}

/// From nothing to a name in a language. What is expected of the new folder is the same file for each of them.
fn from_nothing_to_a_name(language: &str) {
    let deadline = Instant::now() + PATIENCE;
    let mut author = Author::new(BINARY);
    let new = format!("zonesmith policy new site --language {language}");
    let _ = author.types(&new).good();
    let built = author.types("zonesmith policy build site").good();
    assert!(built.contains("zonesmith:policy@1.0.0"), "{built}");
    let tested = author.types("zonesmith policy test site").good();
    assert!(tested.contains("as expected"), "{tested}");
    let checked = author.types("zonesmith policy check site/site.wasm").good();
    println!("{language}:\n{built}{checked}");
    author.starts(
        "zonesmith serve site/cluster.json --policy default --policy site/site.wasm",
        deadline,
    );
    let answer = author.types("zonesmith lookup front.demo").good();
    assert!(answer.contains("10.60.0.10"), "{answer}");
}

#[test]
#[ignore = "needs a registry of Rust's packages"]
fn a_new_policy_in_rust_names_a_service() {
    from_nothing_to_a_name("rust");
}

#[test]
#[ignore = "needs Node and npm"]
fn a_new_policy_in_javascript_names_a_service() {
    from_nothing_to_a_name("javascript");
}

#[test]
#[ignore = "needs Python and pip"]
fn a_new_policy_in_python_names_a_service() {
    from_nothing_to_a_name("python");
}

/// The examples expect the same, byte for byte, in each language.
#[test]
#[ignore = "needs Node, npm, Python and pip"]
fn the_example_says_the_same_in_three_languages() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/policies");
    let read =
        |folder: &str, file: &str| fs::read_to_string(examples.join(folder).join(file)).unwrap();
    let author = Author::new(BINARY);
    for folder in ["short-names-javascript", "short-names-python"] {
        for file in ["cluster.json", "settings.json", "expected.zone"] {
            assert_eq!(
                read(folder, file),
                read("short-names", file),
                "{folder}/{file}"
            );
        }
        let folder = examples.join(folder);
        let tested = author
            .types(&format!("zonesmith policy test {}", folder.display()))
            .good();
        assert!(tested.contains("as expected"), "{tested}");
    }
}
