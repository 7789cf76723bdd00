//! The rules of the house that a compiler does not know: who may see whom, how long a file may be, what every crate says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::ROOT;

/// Which parts of `host/src` a part may see. What is missing may see nothing of ours.
const MAY_SEE: &[(&str, &[&str])] = &[
    ("source", &["config", "etcd"]),
    ("etcd", &[]),
    ("publish", &["etcd", "source"]),
    // It implements what `snapshot` asks of who chooses among records.
    ("policy", &["snapshot", "trust"]),
    ("snapshot", &[]),
    ("kit", &["policy", "snapshot"]),
    ("master_file", &[]),
    ("memory", &[]),
    (
        "synthesis",
        &["master_file", "policy", "snapshot", "source", "trust"],
    ),
    ("remote", &["snapshot"]),
    ("explain", &["policy", "snapshot", "synthesis"]),
    // A candidate is handed in.
    ("admin", &["explain", "policy", "snapshot", "synthesis"]),
    (
        "config",
        &[
            "dns_notify",
            "etcd",
            "janitor",
            "policy",
            "power_dns",
            "source",
            "trust",
        ],
    ),
    ("name_server", &[]),
    ("playground", &["admin"]),
    ("resolver", &[]),
    (
        "dns_notify",
        &["janitor", "name_server", "snapshot", "store"],
    ),
    ("janitor", &["snapshot"]),
    (
        "daemon",
        &[
            "admin",
            "cli",
            "config",
            "deployment",
            "explain",
            "janitor",
            "master_file",
            "memory",
            "dns_notify",
            "policy",
            "power_dns",
            "remote",
            "snapshot",
            "source",
            "synthesis",
            "trust",
        ],
    ),
    ("power_dns", &[]),
    ("deployment", &["config", "janitor", "power_dns"]),
    (
        "diagnosis",
        &[
            "admin",
            "config",
            "deployment",
            "dns_notify",
            "janitor",
            "name_server",
            "power_dns",
            "remote",
            "resolver",
            "snapshot",
        ],
    ),
    (
        "cli",
        &[
            "admin",
            "config",
            "daemon",
            "diagnosis",
            "deployment",
            "etcd",
            "explain",
            "janitor",
            "kit",
            "name_server",
            "playground",
            "policy",
            "power_dns",
            "publish",
            "registry",
            "remote",
            "resolver",
            "snapshot",
            "source",
            "synthesis",
            "trust",
        ],
    ),
    ("main", &["cli", "config", "daemon"]),
    ("telemetry", &["config"]),
    ("digest", &[]),
    ("registry", &["kit", "policy", "trust"]),
    ("trust", &[]),
    ("watch", &[]),
];

/// Parts that everyone may see.
const EVERYONES: [&str; 4] = ["digest", "store", "telemetry", "watch"];

/// Lines a file may have; a longer one is a table and says so in its first lines.
const LONGEST_FILE: usize = 400;

pub(crate) fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("read {}: {error}", directory.display()))
    {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn relative(path: &Path) -> String {
    path.strip_prefix(ROOT)
        .unwrap_or(path)
        .display()
        .to_string()
}

/// The part of `host/src` that a file belongs to: `remote` for `remote.rs` and `remote/method/list.rs`.
fn part(source: &Path, file: &Path) -> String {
    let inside = file.strip_prefix(source).unwrap();
    let first = inside
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_string_lossy()
        .into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// What a file names after `crate::`, nested groups included, comments and tests left out.
fn seen(text: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let code = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(text);
    for line in code
        .lines()
        .map(str::trim_start)
        .filter(|line| !line.starts_with("//"))
    {
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("crate::") {
            rest = after;
            if before.ends_with('$')
                || before.ends_with(|last: char| last.is_alphanumeric() || last == '_')
            {
                continue;
            }
            let names: Vec<&str> = match after.strip_prefix('{') {
                Some(group) => group.split(',').collect(),
                None => vec![after],
            };
            for name in names {
                let word: String = name
                    .trim()
                    .chars()
                    .take_while(|one| one.is_alphanumeric() || *one == '_')
                    .collect();
                if word.starts_with(|first: char| first.is_lowercase()) {
                    seen.insert(word);
                }
            }
        }
    }
    seen
}

#[test]
fn a_part_of_the_host_sees_only_what_it_may() {
    let source = PathBuf::from(ROOT).join("host/src");
    let mut edges = Vec::new();
    for file in rust_files(&source) {
        let part = part(&source, &file);
        if part == "lib" || file.ends_with("tests.rs") {
            continue;
        }
        let allowed = MAY_SEE
            .iter()
            .find(|(name, _)| *name == part)
            .map_or(&[][..], |(_, allowed)| allowed);
        for other in seen(&fs::read_to_string(&file).unwrap()) {
            if other != part
                && !EVERYONES.contains(&other.as_str())
                && !allowed.contains(&other.as_str())
            {
                edges.push(format!("{} uses crate::{other}", relative(&file)));
            }
        }
    }
    assert!(
        edges.is_empty(),
        "data flows source → cluster → policy → zone → snapshot → remote, admin:\n{}",
        edges.join("\n")
    );
}

#[test]
fn the_pure_crates_see_nothing_of_ours_and_no_system() {
    for name in ["host/zone", "host/cluster"] {
        let manifest =
            fs::read_to_string(PathBuf::from(ROOT).join(name).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        let dependencies = dependencies.split("\n[").next().unwrap_or_default();
        for forbidden in ["zonesmith", "tokio", "wasmtime", "nix", "notify"] {
            assert!(
                !dependencies.contains(forbidden),
                "{name} depends on {forbidden}"
            );
        }
    }
}

#[test]
fn no_file_outgrows_a_few_screens() {
    let long: Vec<_> = rust_files(Path::new(ROOT))
        .into_iter()
        .filter_map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            let lines = text.lines().count();
            let is_table = text
                .lines()
                .take(12)
                .any(|line| line.starts_with("//!") && line.contains("table"));
            (lines > LONGEST_FILE && !is_table)
                .then(|| format!("{} has {lines} lines", relative(&file)))
        })
        .collect();
    assert!(
        long.is_empty(),
        "split before {LONGEST_FILE}, or say in the first lines that it is a table:\n{}",
        long.join("\n")
    );
}

#[test]
fn every_module_says_why_it_is_there() {
    let silent: Vec<_> = rust_files(Path::new(ROOT))
        .into_iter()
        .filter(|file| !file.ends_with("tests.rs"))
        .filter(|file| {
            !fs::read_to_string(file)
                .unwrap()
                .trim_start()
                .starts_with("//!")
        })
        .map(|file| relative(&file))
        .collect();
    assert!(
        silent.is_empty(),
        "no `//!` at the top of:\n{}",
        silent.join("\n")
    );
}

#[test]
fn every_crate_has_the_lints_and_the_version_of_the_workspace() {
    let root = PathBuf::from(ROOT);
    let workspace = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let members = workspace
        .split("\nmembers = [")
        .nth(1)
        .unwrap()
        .split(']')
        .next()
        .unwrap();
    let members: Vec<_> = members.split('"').skip(1).step_by(2).collect();
    assert!(members.len() > 6, "{members:?}");
    for member in members {
        let manifest = fs::read_to_string(root.join(member).join("Cargo.toml")).unwrap();
        for line in [
            "[lints]\nworkspace = true",
            "version.workspace = true",
            "publish.workspace = true",
            "rust-version.workspace = true",
        ] {
            assert!(
                manifest.contains(line),
                "{member}/Cargo.toml has no `{line}`"
            );
        }
        let own = manifest
            .lines()
            .find(|line| line.contains('=') && line.contains("version = \""));
        assert_eq!(
            own, None,
            "{member}/Cargo.toml; dependencies have their version, and its reason, in the workspace"
        );
    }
}

#[test]
fn the_host_forbids_unsafe_code() {
    for file in [
        "host/src/lib.rs",
        "host/zone/src/lib.rs",
        "host/cluster/src/lib.rs",
    ] {
        let text = fs::read_to_string(PathBuf::from(ROOT).join(file)).unwrap();
        assert!(text.contains("#![forbid(unsafe_code)]"), "{file}");
    }
}

#[test]
fn a_dependency_has_its_reason_above_it() {
    let workspace = fs::read_to_string(PathBuf::from(ROOT).join("Cargo.toml")).unwrap();
    let table = workspace
        .split("[workspace.dependencies]")
        .nth(1)
        .unwrap()
        .split("\n[")
        .next()
        .unwrap();
    // A comment counts for the lines below it, up to the next blank line or comment.
    let mut has_reason = false;
    for line in table.lines() {
        if line.trim().is_empty() {
            has_reason = false;
        } else if line.starts_with('#') {
            has_reason = true;
        } else {
            assert!(has_reason, "no reason above `{line}`");
        }
    }
}
