//! A folder of JavaScript to a component: `componentize-qjs`, which puts QuickJS into it, in the version that the folder's
//! `package-lock.json` pins.
//!
//! We chose QuickJS over SpiderMonkey: a tenth of the size, and five times as fast where no compiler may run at run time.

use std::fs;

use anyhow::Context;
use camino::Utf8Path;

use super::contract::Manifest;
use super::tools::{ask, command, output_of};
use super::{Tell, WORLD, is_newer};
use crate::kit::folder::Folder;

/// The source that is the policy; it may import others beside it.
const SOURCE: &str = "src/policy.js";

/// The component of this folder.
pub(super) fn build(folder: &Folder, tell: Tell<'_>) -> anyhow::Result<Vec<u8>> {
    let directory = folder.directory();
    let wit = Manifest::read(folder)?.wit(directory)?;
    install(directory, tell)?;
    fs::create_dir_all(directory.join("target"))
        .with_context(|| format!("make {directory}/target"))?;
    let component = format!("target/{}.wasm", folder.name());
    // Without the standard library's interfaces there is nothing to ask the machine for; asynchronous calls are no part of
    // the contract.
    output_of(
        command(directory, "node_modules/.bin/componentize-qjs")
            .args(["--stub-wasi", "--sync", "--world", WORLD])
            .args([
                "--wit",
                wit.as_str(),
                "--js",
                SOURCE,
                "--module-root",
                "src",
            ])
            .args(["--output", &component]),
    )
    .with_context(|| format!("make a component of {directory}/{SOURCE}"))?;
    let path = directory.join(component);
    fs::read(&path).with_context(|| format!("read {path}"))
}

/// What the lock file pins, unless it is there.
fn install(directory: &Utf8Path, tell: Tell<'_>) -> anyhow::Result<()> {
    let have = "Node 18 or later and its npm are needed (Debian: nodejs and npm)";
    ask(directory, "node", ["--version"]).context(have)?;
    let lock = directory.join("package-lock.json");
    let installed = directory.join("node_modules/.package-lock.json");
    if is_newer(&installed, &lock) {
        return Ok(());
    }
    ask(directory, "npm", ["--version"]).context(have)?;
    tell("installing what package-lock.json pins: npm ci");
    output_of(command(directory, "npm").args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ]))
    .with_context(|| format!("install what {lock} pins"))?;
    Ok(())
}
