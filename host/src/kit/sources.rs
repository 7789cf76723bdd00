//! What a policy needs of this repository, carried by the program: the SDK with the crates its test harness runs on, the
//! default policy, the contract, and the versions of other crates that all of this was tested with.
//!
//! So a new policy builds from the package registry alone, with the SDK of the very version that will load it. We do not
//! publish the SDK instead: an author would have to find out which version goes with the daemon that is installed.
//!
//! In a policy's folder they are a workspace of their own, [`FOLDER`], so that neither its lints nor its members are the
//! author's.

use anyhow::{Context, bail};
use toml_edit::{Array, DocumentMut, Item, Table, value};

/// The directory of a policy's folder that has the copies.
pub const FOLDER: &str = "zonesmith";

/// The crates among the copies.
const CRATES: [&str; 4] = ["guest", "guest/default", "host/cluster", "host/zone"];

/// Path in the repository, and text.
const FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// A file of a policy's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Below the folder.
    pub path: String,
    /// What is in it.
    pub text: String,
}

impl File {
    /// A file with this text.
    pub(super) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
        }
    }
}

/// The copies that a policy in Rust needs.
///
/// # Errors
///
/// Never in a program that passes its tests.
pub(super) fn sdk() -> anyhow::Result<Vec<File>> {
    let mut files = contract();
    files.push(File::new(format!("{FOLDER}/Cargo.toml"), manifest()?));
    files.push(copy("LICENSE")?);
    for package in CRATES {
        files.push(copy(&format!("{package}/Cargo.toml"))?);
        files.extend(below(&format!("{package}/src/")));
    }
    Ok(files)
}

/// The contract, for all languages.
pub(super) fn contract() -> Vec<File> {
    below("wit/")
}

/// The versions of other crates, for a policy in Rust. There are more than it needs: cargo drops those.
///
/// # Errors
///
/// Never in a program that passes its tests.
pub(super) fn lock_file() -> anyhow::Result<&'static str> {
    text("Cargo.lock")
}

/// How this repository compiles policies, as the section of a manifest; the compiler and edition of the repository.
///
/// # Errors
///
/// Never in a program that passes its tests.
pub(super) fn workspace() -> anyhow::Result<Workspace> {
    let root = root()?;
    let of_package = |key: &str| {
        let text = root
            .get("workspace")
            .and_then(|workspace| workspace.get("package")?.get(key)?.as_str());
        text.map(str::to_owned)
            .with_context(|| format!("the workspace has no {key}"))
    };
    let profile = root
        .get("profile")
        .and_then(|profiles| profiles.get("policy"))
        .and_then(Item::as_table)
        .context("the workspace has no profile for policies")?;
    let mut profiles = Table::new();
    profiles.set_implicit(true);
    profiles.insert("policy", Item::Table(profile.clone()));
    let mut section = DocumentMut::new();
    section.insert("profile", Item::Table(profiles));
    Ok(Workspace {
        edition: of_package("edition")?,
        rust_version: of_package("rust-version")?,
        profile: section.to_string().trim().to_owned(),
    })
}

/// What a manifest of a policy in Rust has of the repository's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Workspace {
    pub(super) edition: String,
    pub(super) rust_version: String,
    /// `[profile.policy]` and what is below it.
    pub(super) profile: String,
}

fn below(directory: &str) -> Vec<File> {
    FILES
        .iter()
        .filter(|(path, _)| path.starts_with(directory))
        .map(|(path, text)| File::new(format!("{FOLDER}/{path}"), *text))
        .collect()
}

fn copy(path: &str) -> anyhow::Result<File> {
    Ok(File::new(format!("{FOLDER}/{path}"), text(path)?))
}

fn text(path: &str) -> anyhow::Result<&'static str> {
    FILES
        .iter()
        .find(|(one, _)| *one == path)
        .map(|(_, text)| *text)
        .with_context(|| format!("{path} is not in this program"))
}

fn root() -> anyhow::Result<DocumentMut> {
    text("Cargo.toml")?.parse().context("read Cargo.toml")
}

/// The manifest of the copies: that of the repository, less what concerns others.
fn manifest() -> anyhow::Result<String> {
    let mut root = root()?;
    root.remove("profile");
    let Some(workspace) = root.get_mut("workspace").and_then(Item::as_table_mut) else {
        bail!("Cargo.toml is of no workspace");
    };
    let mut members: Array = CRATES.into_iter().collect();
    members.fmt();
    workspace.insert("members", value(members));
    workspace.remove("default-members");
    let manifests = CRATES
        .into_iter()
        .map(|package| text(&format!("{package}/Cargo.toml")))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let is_used = |name: &str| {
        let lines = manifests.iter().flat_map(|manifest| manifest.lines());
        lines
            .filter_map(|line| line.split(['.', ' ', '=']).next())
            .any(|key| key == name)
    };
    if let Some(dependencies) = workspace
        .get_mut("dependencies")
        .and_then(Item::as_table_mut)
    {
        dependencies.retain(|name, _| is_used(name));
    }
    Ok(root.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copies_have_all_that_their_manifests_inherit_and_nothing_else() {
        let manifest: DocumentMut = manifest().unwrap().parse().unwrap();
        let workspace = &manifest["workspace"];
        let names: Vec<_> = workspace["dependencies"]
            .as_table()
            .unwrap()
            .iter()
            .map(|(name, _)| name.to_owned())
            .collect();
        for name in ["domain", "serde", "wit-bindgen", "zonesmith-cluster"] {
            assert!(names.iter().any(|one| one == name), "{name} of {names:?}");
        }
        for name in ["wasmtime", "tokio", "zonesmith", "short-names"] {
            assert!(!names.iter().any(|one| one == name), "{name} of {names:?}");
        }
        assert_eq!(workspace["members"].as_array().unwrap().len(), 4);
        assert!(workspace["lints"]["clippy"]["unwrap_used"].is_str());
        assert!(!manifest.contains_key("profile"));
    }

    #[test]
    fn the_copies_are_crates_and_contract_without_tests() {
        let files = sdk().unwrap();
        for path in [
            "zonesmith/guest/src/lib.rs",
            "zonesmith/host/zone/Cargo.toml",
            "zonesmith/host/cluster/src/port_names.txt",
            "zonesmith/LICENSE",
        ] {
            assert!(files.iter().any(|file| file.path == path), "{path}");
        }
        assert!(files.iter().any(|file| file.path.ends_with("/naming.wit")));
        assert!(!files.iter().any(|file| file.path.ends_with("tests.rs")));
    }

    #[test]
    fn a_policy_is_compiled_as_the_repository_compiles_its_own() {
        let Workspace {
            edition,
            rust_version,
            profile,
        } = workspace().unwrap();
        assert_eq!((edition.as_str(), rust_version.as_str()), ("2024", "1.95"));
        assert!(profile.contains("[profile.policy]\n"), "{profile}");
        assert!(profile.contains("panic = \"abort\""), "{profile}");
    }
}
