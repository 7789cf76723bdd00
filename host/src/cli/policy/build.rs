//! `zonesmith policy build`: a folder of Rust to a component, with nothing installed but Rust and its WebAssembly target.
//!
//! Cargo makes a core module in which the SDK left the contract's types; the encoder makes a component of it. No other
//! tool takes part, so that what an author builds is what the gate builds.

use std::fs;
use std::io;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use serde::Deserialize;
use wit_component::{ComponentEncoder, DecodedWasm};

use crate::cli::Exit;
use crate::cli::output::{self, Table};
use crate::digest::Digest;

const TARGET: &str = "wasm32-unknown-unknown";

/// The package of the contract.
const CONTRACT: &str = "zonesmith:policy";

const EXAMPLES: &str = "\
Examples:
  zonesmith policy build examples/policies/short-names
  zonesmith policy build . -o /etc/zonesmith/site.wasm     a running daemon takes it at once

The folder is a Rust library (`crate-type = [\"cdylib\"]`) that uses `zonesmith-policy` and `export_policy!`.";

/// Build a policy from a folder of Rust
///
/// Runs `cargo build --release` for the WebAssembly target in the folder, makes a component of the result, and prints its
/// size, what it imports, and the contract it speaks.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Build {
    /// The folder of the policy, with its Cargo.toml
    #[arg(value_name = "DIR")]
    folder: Utf8PathBuf,

    /// Where the component is put [default: NAME.wasm, here]
    #[arg(short, long, value_name = "FILE")]
    output: Option<Utf8PathBuf>,
}

impl Build {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let manifest = self.folder.join("Cargo.toml");
        if !manifest.is_file() {
            bail!(
                "{} is no policy's folder: it has no Cargo.toml",
                self.folder
            );
        }
        check_tools(&self.folder)?;
        let module_path = compile(&self.folder, &manifest)?;
        let module = fs::read(&module_path).with_context(|| format!("read {module_path}"))?;
        let component =
            encode(&module).with_context(|| format!("make a component of {module_path}"))?;
        let output = self.output.unwrap_or_else(|| default_output(&module_path));
        let description = describe(&output, &component)
            .with_context(|| format!("look at the component of {module_path}"))?;
        replace(&output, &component)?;
        output::print(description)?;
        Ok(Exit::Done)
    }
}

/// Cargo, and the standard library of the target, as seen from the folder, which may pin a toolchain of its own.
fn check_tools(folder: &Utf8Path) -> anyhow::Result<()> {
    run_quietly(folder, "cargo", ["--version"])
        .context("cargo is missing; https://rustup.rs installs it")?;
    let library = run_quietly(
        folder,
        "rustc",
        ["--print", "target-libdir", "--target", TARGET],
    )
    .context("rustc is missing; https://rustup.rs installs it")?;
    if !Utf8Path::new(library.trim()).is_dir() {
        bail!("the WebAssembly target is missing; `rustup target add {TARGET}` installs it");
    }
    Ok(())
}

fn run_quietly<const N: usize>(
    folder: &Utf8Path,
    program: &str,
    arguments: [&str; N],
) -> anyhow::Result<String> {
    let run = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .with_context(|| format!("run {program}"))?;
    if !run.status.success() {
        bail!(
            "{program} says: {}",
            String::from_utf8_lossy(&run.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&run.stdout).into_owned())
}

/// Runs cargo, whose diagnostics go where they always do, and hands back the path of the module it made.
fn compile(folder: &Utf8Path, manifest: &Utf8Path) -> anyhow::Result<Utf8PathBuf> {
    let run = Command::new("cargo")
        .args([
            "build",
            "--release",
            "--lib",
            "--target",
            TARGET,
            "--message-format",
            "json-render-diagnostics",
        ])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("run cargo")?;
    if !run.status.success() {
        bail!("cargo could not build {folder}");
    }
    let manifest = manifest
        .canonicalize_utf8()
        .with_context(|| format!("look at {manifest}"))?;
    let messages = String::from_utf8_lossy(&run.stdout);
    module_of(&messages, &manifest).with_context(|| {
        format!("{folder} makes no module: its Cargo.toml needs `[lib] crate-type = [\"cdylib\"]`")
    })
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

/// `short_names.wasm` of cargo is `short-names.wasm` to people.
fn default_output(module: &Utf8Path) -> Utf8PathBuf {
    format!(
        "{}.wasm",
        module.file_stem().unwrap_or("policy").replace('_', "-")
    )
    .into()
}

/// In one step: a daemon may be watching.
fn replace(path: &Utf8Path, component: &[u8]) -> anyhow::Result<()> {
    let next = Utf8PathBuf::from(format!("{path}.{}.new", std::process::id()));
    let written: io::Result<()> =
        fs::write(&next, component).and_then(|()| fs::rename(&next, path));
    if written.is_err() {
        // What is wrong is said below; a leftover would only puzzle.
        let _ = fs::remove_file(&next);
    }
    written.with_context(|| format!("write {path}"))
}

fn describe(path: &Utf8Path, component: &[u8]) -> anyhow::Result<Table> {
    let (imports, exports) = interfaces(component)?;
    let contract = exports.iter().find(|name| name.starts_with(CONTRACT));
    let Some(contract) = contract else {
        bail!(
            "it exports nothing of {CONTRACT}: does the library call `zonesmith_policy::export_policy!`?"
        );
    };
    let mut table = Table::default();
    table.push(["component".into(), path.to_string()]);
    table.push(["size".into(), format!("{} bytes", component.len())]);
    table.push(["digest".into(), Digest::of(component).to_string()]);
    // The package; which of its interfaces is between host and policy.
    table.push(["contract".into(), contract.replace("/naming@", "@")]);
    table.push([
        "imports".into(),
        if imports.is_empty() {
            "nothing".into()
        } else {
            imports.join(", ")
        },
    ]);
    Ok(table)
}

/// The names of what a component imports and exports.
fn interfaces(component: &[u8]) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let DecodedWasm::Component(resolve, world) =
        wit_component::decode(component).context("read the component")?
    else {
        bail!("it is a package of interfaces, no component");
    };
    let world = resolve
        .worlds
        .get(world)
        .context("the component has no world")?;
    let imports = world
        .imports
        .keys()
        .map(|key| resolve.name_world_key(key))
        .collect();
    let exports = world
        .exports
        .keys()
        .map(|key| resolve.name_world_key(key))
        .collect();
    Ok((imports, exports))
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
        assert_eq!(default_output(&module), "short-names.wasm");
        assert_eq!(module_of(messages, "/x/library/Cargo.toml".into()), None);
    }

    #[test]
    fn what_exports_no_policy_is_named() {
        let component = b"\0asm\x0d\0\x01\0";
        let error = describe("x.wasm".into(), component).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("exports nothing of zonesmith:policy"),
            "{error:#}"
        );
    }
}
