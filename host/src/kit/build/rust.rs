//! A folder of Rust to a component, with nothing installed but Rust and its WebAssembly target.
//!
//! Cargo makes a core module in which the SDK left the contract's types; the encoder makes a component of it. No other
//! tool takes part, so that what an author builds is what the gate builds.

use std::ffi::OsString;
use std::process::Stdio;
use std::{env, fs};

use anyhow::{Context, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use toml_edit::DocumentMut;
use wit_component::ComponentEncoder;

use super::Tell;
use super::tools::{ask, command, output_of};
use crate::kit::folder::Folder;

const TARGET: &str = "wasm32-unknown-unknown";

/// What in the environment is meant for programs of this machine.
const OF_THE_MACHINE: [&str; 4] = [
    "RUSTFLAGS",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "LLVM_PROFILE_FILE",
];

/// The component of this folder.
pub(super) fn build(folder: &Folder, tell: Tell<'_>) -> anyhow::Result<Vec<u8>> {
    find_tools(folder.directory(), tell)?;
    let path = compile(folder)?;
    let module = fs::read(&path).with_context(|| format!("read {path}"))?;
    encode(&module).with_context(|| format!("make a component of {path}"))
}

/// Cargo, and the standard library of the target, as seen from the folder, which may pin a toolchain of its own. The library
/// is installed where rustup can.
fn find_tools(folder: &Utf8Path, tell: Tell<'_>) -> anyhow::Result<()> {
    let rust = "Rust is missing; https://rustup.rs installs it";
    ask(folder, "cargo", ["--version"]).context(rust)?;
    let has_target = || {
        let library = ask(
            folder,
            "rustc",
            ["--print", "target-libdir", "--target", TARGET],
        )
        .context(rust)?;
        anyhow::Ok(Utf8Path::new(library.trim()).is_dir())
    };
    if has_target()? {
        return Ok(());
    }
    if ask(folder, "rustup", ["--version"]).is_ok() {
        tell(&format!(
            "the WebAssembly target is missing: rustup target add {TARGET}"
        ));
        output_of(command(folder, "rustup").args(["target", "add", TARGET]))?;
        if has_target()? {
            return Ok(());
        }
    }
    bail!(
        "the WebAssembly target {TARGET} is missing; Rust by rustup has it, and so have packages of distributions (Debian: libstd-rust-dev-wasm32)"
    );
}

/// Runs cargo, whose diagnostics go where they always do, and hands back the path of the module it made.
fn compile(folder: &Folder) -> anyhow::Result<Utf8PathBuf> {
    let directory = folder.directory();
    let (root, profile) = workspace(directory)?;
    let mut cargo = command(directory, "cargo");
    cargo.args(["build", "--lib", "--target", TARGET]);
    cargo.args(["--profile", profile]);
    cargo.args(["--message-format", "json-render-diagnostics"]);
    for variable in OF_THE_MACHINE {
        cargo.env_remove(variable);
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags(&root));
    let run = cargo
        .stderr(Stdio::inherit())
        .output()
        .context("run cargo")?;
    if !run.status.success() {
        bail!("cargo could not build {directory}");
    }
    let manifest = folder.manifest();
    let manifest = manifest
        .canonicalize_utf8()
        .with_context(|| format!("look at {manifest}"))?;
    let messages = String::from_utf8_lossy(&run.stdout);
    module_of(&messages, &manifest).with_context(|| {
        format!(
            "{directory} makes no module: its Cargo.toml needs `[lib] crate-type = [\"cdylib\"]`"
        )
    })
}

/// The root of the folder's workspace, and the profile for policies: the workspace's own, if it has one.
fn workspace(directory: &Utf8Path) -> anyhow::Result<(Utf8PathBuf, &'static str)> {
    let manifest = ask(
        directory,
        "cargo",
        ["locate-project", "--workspace", "--message-format", "plain"],
    )?;
    let manifest = Utf8Path::new(manifest.trim());
    let text = fs::read_to_string(manifest).with_context(|| format!("read {manifest}"))?;
    let text: DocumentMut = text.parse().with_context(|| format!("read {manifest}"))?;
    let has_profile = text
        .get("profile")
        .is_some_and(|profiles| profiles.get("policy").is_some());
    let root = manifest.parent().unwrap_or(directory).to_owned();
    Ok((root, if has_profile { "policy" } else { "release" }))
}

/// The compiler's flags, in cargo's encoding: the names of this machine's directories would end up in the component. They
/// outrank what a configuration has for the machine's own programs (another linker, `target-cpu=native`), which is an error
/// or other bytes here.
fn flags(root: &Utf8Path) -> OsString {
    let home = env::var_os("CARGO_HOME").or_else(|| {
        let home = env::home_dir()?;
        Some(home.join(".cargo").into_os_string())
    });
    let mut flags = OsString::from(format!("--remap-path-prefix={root}=/policy"));
    if let Some(home) = home {
        flags.push("\x1f--remap-path-prefix=");
        flags.push(home);
        flags.push("=/cargo");
    }
    flags
}

/// The `.wasm` file that cargo's messages name for the package of this manifest.
fn module_of(messages: &str, manifest: &Utf8Path) -> Option<Utf8PathBuf> {
    #[derive(Deserialize)]
    struct Artifact {
        manifest_path: Utf8PathBuf,
        filenames: Vec<Utf8PathBuf>,
    }
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Artifact>(line).ok())
        .filter(|artifact| artifact.manifest_path == manifest)
        .flat_map(|artifact| artifact.filenames)
        .find(|file| file.extension() == Some("wasm"))
}

fn encode(module: &[u8]) -> anyhow::Result<Vec<u8>> {
    ComponentEncoder::default()
        .module(module)?
        .validate(true)
        .encode()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_of_the_package_is_found_among_those_of_its_dependencies() {
        let messages = r#"
{"reason":"compiler-artifact","manifest_path":"/x/dependency/Cargo.toml","filenames":["/t/libdependency.rlib"]}
{"reason":"compiler-artifact","manifest_path":"/x/other/Cargo.toml","filenames":["/t/other.wasm"]}
{"reason":"compiler-artifact","manifest_path":"/x/short-names/Cargo.toml","filenames":["/t/short_names.wasm","/t/libshort_names.rlib"]}
{"reason":"build-finished","success":true}"#;
        let module = module_of(messages, "/x/short-names/Cargo.toml".into()).unwrap();
        assert_eq!(module, "/t/short_names.wasm");
        assert_eq!(module_of(messages, "/x/library/Cargo.toml".into()), None);
    }
}
