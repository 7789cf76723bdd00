//! A new policy's folder: the example `short-names` of the language under another name, with a page of its own and the
//! cluster of the demo.
//!
//! The examples are the templates, so that what an author begins with is what the tests build, run and compare. Names in
//! them are replaced as text.
//!
//! A folder is written whole or not at all: into a directory beside it first.

use std::fs;

use anyhow::{Context, bail};
use camino::Utf8Path;

use super::folder::{Folder, Language};
use super::sources::{self, FOLDER, File, Workspace};

/// The cluster of the README, the input of a new policy's test.
pub const DEMO: &str = include_str!("../../../examples/demo/cluster.json");

/// What git leaves alone.
const IGNORED: &str = "target/\nnode_modules/\n__pycache__/\n*.wasm\n";

/// Names that would be taken for something else: words and crates of Rust, and what is not ours to give away.
const TAKEN: [&str; 12] = [
    "alloc",
    "core",
    "crate",
    "default",
    "proc-macro",
    "self",
    "serde",
    "std",
    "super",
    "test",
    "wasm",
    "zonesmith",
];

macro_rules! example {
    ($file:literal) => {
        include_str!(concat!("../../../examples/policies/", $file))
    };
}

/// Makes the folder of a new policy. The last part of the path is its name.
///
/// # Errors
///
/// When the name cannot be one, when something is there already, and when the files cannot be written.
pub fn create(directory: &Utf8Path, language: Language) -> anyhow::Result<Folder> {
    let name = directory.file_name().unwrap_or_default();
    check_name(name)?;
    if directory.exists() {
        bail!("{directory} is there already");
    }
    let next = directory.with_file_name(format!("{name}.{}.new", std::process::id()));
    let made = write(&next, &files(name, language)?)
        .and_then(|()| fs::rename(&next, directory).with_context(|| format!("make {directory}")));
    if made.is_err() {
        // What is wrong is said below; a leftover would only puzzle.
        let _ = fs::remove_dir_all(&next);
    }
    made?;
    Folder::open(directory)
}

/// Puts the SDK and the contract of this program into a folder, in the place of those that are there.
///
/// # Errors
///
/// When they cannot be written: what was there is left then.
pub fn renew_sdk(folder: &Folder) -> anyhow::Result<()> {
    let directory = folder.directory();
    let files = copies(folder.language())?;
    let suffix = std::process::id();
    let next = directory.join(format!("{FOLDER}.{suffix}.new"));
    let last = directory.join(format!("{FOLDER}.{suffix}.last"));
    let current = directory.join(FOLDER);
    write(&next, &files)?;
    if current.exists() {
        fs::rename(&current, &last).with_context(|| format!("put {current} aside"))?;
    }
    fs::rename(next.join(FOLDER), &current).with_context(|| format!("make {current}"))?;
    for leftover in [&next, &last] {
        if leftover.exists() {
            fs::remove_dir_all(leftover).with_context(|| format!("remove {leftover}"))?;
        }
    }
    Ok(())
}

fn check_name(name: &str) -> anyhow::Result<()> {
    let is_word = name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-')
        && name
            .chars()
            .all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-');
    if !is_word {
        bail!(
            "{name:?} cannot be a policy's name: small letters, digits and hyphens are wanted, a letter first"
        );
    }
    if TAKEN.contains(&name) {
        bail!("{name:?} cannot be a policy's name: it is one of something else");
    }
    Ok(())
}

fn write(directory: &Utf8Path, files: &[File]) -> anyhow::Result<()> {
    for File { path, text } in files {
        let path = directory.join(path);
        let parent = path.parent().unwrap_or(directory);
        fs::create_dir_all(parent).with_context(|| format!("make {parent}"))?;
        fs::write(&path, text).with_context(|| format!("write {path}"))?;
    }
    Ok(())
}

fn files(name: &str, language: Language) -> anyhow::Result<Vec<File>> {
    let mut files = vec![
        File::new(".gitignore", IGNORED),
        File::new("cluster.json", demo()),
        File::new("settings.json", example!("short-names/settings.json")),
        File::new("expected.zone", include_str!("template/expected.zone")),
        File::new("README.md", page(language)),
    ];
    files.extend(match language {
        Language::Rust => of_rust()?,
        Language::JavaScript => of_javascript(),
        Language::Python => of_python(),
    });
    let names = [
        ("short-names-javascript", name.to_owned()),
        ("short-names-python", name.to_owned()),
        ("short-names", name.to_owned()),
        ("short_names", name.replace('-', "_")),
        ("ShortNames", in_camel_case(name)),
        // The manifests of examples know where the contract is in this repository.
        ("../../../wit", format!("{FOLDER}/wit")),
    ];
    for file in &mut files {
        for (from, to) in &names {
            file.text = file.text.replace(from, to);
        }
    }
    files.extend(copies(language)?);
    if language == Language::Rust {
        files.push(File::new("Cargo.lock", sources::lock_file()?));
    }
    Ok(files)
}

/// What is copied of this repository.
fn copies(language: Language) -> anyhow::Result<Vec<File>> {
    Ok(match language {
        Language::Rust => sources::sdk()?,
        Language::JavaScript | Language::Python => sources::contract(),
    })
}

fn of_rust() -> anyhow::Result<Vec<File>> {
    let Workspace {
        edition,
        rust_version,
        profile,
    } = sources::workspace()?;
    let manifest = include_str!("template/rust/Cargo.toml.in")
        .replace("{edition}", &edition)
        .replace("{rust-version}", &rust_version)
        .replace("{profile}", &profile);
    Ok(vec![
        File::new("Cargo.toml", manifest),
        File::new("src/lib.rs", example!("short-names/src/lib.rs")),
        File::new(
            "src/settings.schema.json",
            example!("short-names/src/settings.schema.json"),
        ),
        File::new("src/tests.rs", example!("short-names/src/tests.rs")),
    ])
}

fn of_javascript() -> Vec<File> {
    vec![
        File::new(
            "package.json",
            example!("short-names-javascript/package.json"),
        ),
        File::new(
            "package-lock.json",
            example!("short-names-javascript/package-lock.json"),
        ),
        File::new(
            "src/policy.js",
            example!("short-names-javascript/src/policy.js"),
        ),
    ]
}

fn of_python() -> Vec<File> {
    vec![
        File::new(
            "pyproject.toml",
            example!("short-names-python/pyproject.toml"),
        ),
        File::new(
            "requirements.txt",
            example!("short-names-python/requirements.txt"),
        ),
        File::new(
            "src/policy.py",
            example!("short-names-python/src/policy.py"),
        ),
    ]
}

fn page(language: Language) -> String {
    let (files, notes) = match language {
        Language::Rust => (
            "| `src/lib.rs` | the policy: what it is, its setting, its records |\n\
             | `src/settings.schema.json` | what its settings may be |\n\
             | `src/tests.rs` | tests that run natively |\n\
             | `zonesmith/` | the SDK, and the contract in full: `zonesmith/wit` |",
            include_str!("template/rust/README.md"),
        ),
        Language::JavaScript => (
            "| `src/policy.js` | the policy: what it is, its setting, its records |\n\
             | `zonesmith/wit/` | the contract in full |",
            include_str!("template/javascript/README.md"),
        ),
        Language::Python => (
            "| `src/policy.py` | the policy: what it is, its setting, its records |\n\
             | `zonesmith/wit/` | the contract in full |",
            include_str!("template/python/README.md"),
        ),
    };
    include_str!("template/README.md")
        .replace("{language}", &language.to_string())
        .replace("{files}", files)
        .replace("{language-notes}\n", notes)
}

/// The demo's document, without the place of its schema in this repository.
fn demo() -> String {
    let lines = DEMO.lines().filter(|line| !line.contains("\"$schema\""));
    lines.map(|line| format!("{line}\n")).collect()
}

fn in_camel_case(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let (first, others) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + others
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use short_names::ShortNames;
    use zonesmith_policy::harness::Harness;
    use zonesmith_policy_default::DefaultPolicy;

    use super::*;

    #[test]
    fn what_a_new_policy_expects_is_what_the_example_makes_of_the_demo() {
        let published = Harness::read(&demo())
            .and_then(|harness| harness.policy::<DefaultPolicy>("{}"))
            .and_then(|harness| harness.policy::<ShortNames>(example!("short-names/settings.json")))
            .unwrap()
            .publish()
            .to_string();
        if published != include_str!("template/expected.zone") {
            let file = concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/src/kit/template/expected.zone"
            );
            fs::write(file, published).unwrap();
            panic!(
                "{file} was not what is published; it has been written anew, look at the difference"
            );
        }
    }

    #[test]
    fn a_new_folder_has_the_name_wherever_the_example_had_its_own() {
        for language in Language::ALL {
            let files = files("site-names", language).unwrap();
            let own = files
                .iter()
                .filter(|file| !file.path.starts_with("zonesmith/") && file.path != "Cargo.lock");
            for File { path, text } in own {
                for other in [
                    "short-names",
                    "short_names",
                    "ShortNames",
                    "../wit",
                    "{profile}",
                ] {
                    assert!(!text.contains(other), "{other} in {path}");
                }
            }
        }
        assert_eq!(in_camel_case("site-names2"), "SiteNames2");
    }

    #[test]
    fn a_folder_is_opened_as_it_was_made_and_its_sdk_is_renewed() {
        let directory = tempfile::tempdir().unwrap();
        let directory = Utf8Path::from_path(directory.path()).unwrap();
        for language in Language::ALL {
            let path = directory.join(format!("site-{language}").to_lowercase());
            let folder = create(&path, language).unwrap();
            assert_eq!(folder.language(), language);
            assert_eq!(Some(folder.name()), path.file_name());
            let contract = path.join("zonesmith/wit/since_v1.0/naming.wit");
            fs::write(&contract, "old").unwrap();
            fs::write(path.join("zonesmith/gone"), "").unwrap();
            renew_sdk(&folder).unwrap();
            assert!(
                fs::read_to_string(&contract)
                    .unwrap()
                    .contains("interface naming")
            );
            assert!(!path.join("zonesmith/gone").exists());
            assert!(path.join("cluster.json").exists());
            let again = create(&path, language).unwrap_err().to_string();
            assert_eq!(again, format!("{path} is there already"));
        }
        let left: Vec<_> = fs::read_dir(directory).unwrap().collect();
        assert_eq!(left.len(), 3, "{left:?}");
    }

    #[test]
    fn a_name_is_one_word_for_every_language() {
        for name in ["site", "site-names-2"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "Site", "2nd", "a_b", "a.b", "a-", "serde", "default"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
