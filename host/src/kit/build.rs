//! From a policy's folder to a component, with the tools of its language and no others.
//!
//! - `rust`: cargo, and the encoder that is in this program
//! - `javascript`: `componentize-qjs`, by npm
//! - `python`: `componentize-py`, by pip
//!
//! What is missing is installed where a folder pins it, and named with how to get it where it does not. A component is
//! only written when it is whole and speaks the contract, and in one step: a daemon may be watching.

mod contract;
mod javascript;
mod python;
mod rust;
mod tools;

use std::fs;
use std::io;
use std::time::SystemTime;

use anyhow::{Context, bail};
use camino::{Utf8Path, Utf8PathBuf};

use super::anatomy::Anatomy;
use super::folder::{Folder, Language};

/// The world of the contract that is built for, in languages whose tools want to be told.
const WORLD: &str = "zone-policy";

/// Hears what goes on, while it goes on: a sentence each.
pub type Tell<'a> = &'a dyn Fn(&str);

/// A component, and what it is.
#[derive(Debug, Clone)]
pub struct Built {
    /// The component.
    pub bytes: Vec<u8>,
    /// What it is, seen from outside.
    pub anatomy: Anatomy,
}

/// Builds the component of a folder. What compilers have to say goes to the standard error, where it always does.
///
/// # Errors
///
/// When a tool is missing (with how to get it), when it fails, or when what it made is no policy.
pub fn build(folder: &Folder, tell: Tell<'_>) -> anyhow::Result<Built> {
    let bytes = match folder.language() {
        Language::Rust => rust::build(folder, tell)?,
        Language::JavaScript => javascript::build(folder, tell)?,
        Language::Python => python::build(folder, tell)?,
    };
    let directory = folder.directory();
    let anatomy =
        Anatomy::of(&bytes).with_context(|| format!("look at the component of {directory}"))?;
    if anatomy.contract.is_none() {
        let cure = match folder.language() {
            Language::Rust => "does the library call `zonesmith_policy::export_policy!`?",
            Language::JavaScript => "does it export `naming`?",
            Language::Python => "does it have a class `Naming(exports.Naming)`?",
        };
        bail!("{directory} makes a component that is no policy; {cure}");
    }
    Ok(Built { bytes, anatomy })
}

/// Sees to it that the component beside the sources is made of them as they are, and says where it is.
///
/// # Errors
///
/// As [`build`], and when the component cannot be written.
pub fn bring_up_to_date(folder: &Folder, tell: Tell<'_>) -> anyhow::Result<Utf8PathBuf> {
    let component = folder.component();
    let is_current = match folder.language() {
        // Cargo knows better, also of crates elsewhere, and has nothing to do in a moment.
        Language::Rust => false,
        Language::JavaScript | Language::Python => newest(folder)
            .zip(written(&component))
            .is_some_and(|(source, component)| source < component),
    };
    if !is_current {
        tell(&format!("building {}", folder.directory()));
        replace(&component, &build(folder, tell)?.bytes)?;
    }
    Ok(component)
}

/// When the last of what a component of JavaScript or Python is made of was written.
fn newest(folder: &Folder) -> Option<SystemTime> {
    let directory = folder.directory();
    let pins = match folder.language() {
        Language::Rust => "Cargo.lock",
        Language::JavaScript => "package-lock.json",
        Language::Python => "requirements.txt",
    };
    let mut times = vec![
        written(&folder.manifest())?,
        written(&directory.join(pins))?,
    ];
    let mut directories = vec![
        directory.join("src"),
        directory.join(super::sources::FOLDER),
    ];
    while let Some(directory) = directories.pop() {
        let Ok(entries) = directory.read_dir_utf8() else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                directories.push(path.to_owned());
            } else {
                times.extend(written(path));
            }
        }
    }
    times.into_iter().max()
}

fn written(path: &Utf8Path) -> Option<SystemTime> {
    path.metadata()
        .and_then(|metadata| metadata.modified())
        .ok()
}

/// Whether `path` is there and was written after `other`.
fn is_newer(path: &Utf8Path, other: &Utf8Path) -> bool {
    written(path)
        .zip(written(other))
        .is_some_and(|(path, other)| path >= other)
}

/// Writes a component in one step.
///
/// # Errors
///
/// When that cannot be; nothing of it is left then.
pub fn replace(path: &Utf8Path, component: &[u8]) -> anyhow::Result<()> {
    let next = Utf8PathBuf::from(format!("{path}.{}.new", std::process::id()));
    let written: io::Result<()> =
        fs::write(&next, component).and_then(|()| fs::rename(&next, path));
    if written.is_err() {
        // What is wrong is said below; a leftover would only puzzle.
        let _ = fs::remove_file(&next);
    }
    written.with_context(|| format!("write {path}"))
}
