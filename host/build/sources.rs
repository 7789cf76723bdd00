//! Collects the sources of the SDK, so that the program can write them into the folder of a new policy: what they are when
//! the program is built is what it hands out.
//!
//! Written as one array of paths and texts, `sources.rs` in `OUT_DIR`. Tests of these crates are left out: who gets a copy
//! runs his own.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Directories and files of the repository that a policy of another folder needs: crates, contract, what was resolved.
const WANTED: [&str; 12] = [
    "Cargo.toml",
    "Cargo.lock",
    "LICENSE",
    "guest/Cargo.toml",
    "guest/src",
    "guest/default/Cargo.toml",
    "guest/default/src",
    "host/cluster/Cargo.toml",
    "host/cluster/src",
    "host/zone/Cargo.toml",
    "host/zone/src",
    "wit",
];

/// The array's text, for the repository in `root`.
///
/// # Errors
///
/// A sentence that names the file which cannot be read.
pub(crate) fn collect(root: &Path) -> Result<String, String> {
    let mut files = Vec::new();
    for wanted in WANTED {
        let path = root.join(wanted);
        println!("cargo::rerun-if-changed={}", path.display());
        find(&path, &mut files)?;
    }
    files.sort();
    let mut text = String::from("[\n");
    for file in files {
        let inside = file.strip_prefix(root).unwrap_or(&file);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "    ({:?}, include_str!({:?})),",
            inside.display().to_string(),
            file.display().to_string()
        );
    }
    text.push(']');
    Ok(text)
}

fn find(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name == "tests" || name == "tests.rs" || name.starts_with('.') {
        return Ok(());
    }
    if !path.is_dir() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    let entries =
        fs::read_dir(path).map_err(|error| format!("read {}: {error}", path.display()))?;
    for entry in entries {
        let entry = entry.map_err(|error| format!("read {}: {error}", path.display()))?;
        find(&entry.path(), files)?;
    }
    Ok(())
}
