//! Embeds the default policy, so that the daemon never starts without one: compiles `guest/default` to a component, or takes
//! the file that `ZONESMITH_EMBED_POLICY` names, for packagers and for machines without the WebAssembly target. And the
//! sources of the SDK, for `zonesmith policy new`; and the page of the playground, where `ZONESMITH_EMBED_PAGE` names one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[path = "build/component.rs"]
mod component;
#[path = "build/page.rs"]
mod page;
#[path = "build/sources.rs"]
mod sources;

use component::{Workspace, variable, write_if_changed};

/// A component that is already built. Not named like a setting of the daemon: it says nothing at run time.
const OVERRIDE: &str = "ZONESMITH_EMBED_POLICY";

fn main() -> ExitCode {
    match embed() {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            println!("cargo::error={sentence}");
            ExitCode::FAILURE
        }
    }
}

fn embed() -> Result<(), String> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={OVERRIDE}");
    println!("cargo::rerun-if-env-changed={}", page::OVERRIDE);
    let bytes = match std::env::var_os(OVERRIDE).filter(|file| !file.is_empty()) {
        Some(file) => read_prebuilt(Path::new(&file))?,
        None => build()?,
    };
    let out = PathBuf::from(variable("OUT_DIR")?);
    write_if_changed(&out.join("policy.wasm"), &bytes)?;
    let page = std::env::var_os(page::OVERRIDE).filter(|directory| !directory.is_empty());
    let page = page::collect(page.as_deref().map(Path::new), &out)?;
    write_if_changed(&out.join("page.rs"), page.as_bytes())?;
    let package = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let sources = sources::collect(package.parent().unwrap_or(&package))?;
    write_if_changed(&out.join("sources.rs"), sources.as_bytes())
}

fn read_prebuilt(file: &Path) -> Result<Vec<u8>, String> {
    println!("cargo::rerun-if-changed={}", file.display());
    let bytes =
        fs::read(file).map_err(|error| format!("{OVERRIDE} names {}: {error}", file.display()))?;
    // The preamble of a component, as against that of a core module: the daemon would find out only when it starts.
    if !bytes.starts_with(b"\0asm\x0d\0\x01\0") {
        return Err(format!(
            "{OVERRIDE} names {}, which is no WebAssembly component",
            file.display()
        ));
    }
    Ok(bytes)
}

fn build() -> Result<Vec<u8>, String> {
    let workspace = Workspace::around(Path::new(&variable("CARGO_MANIFEST_DIR")?))?;
    workspace.watch(&["guest/default/Cargo.toml", "guest/default/src"]);
    workspace
        .build(&["zonesmith-policy-default"])?
        .pop()
        .ok_or_else(|| "no component was built".to_owned())
}
