//! A folder of Python to a component: `componentize-py`, which puts CPython into it, in the version that the folder's
//! `requirements.txt` pins with digests, installed into an environment below `target`.

use std::fs;

use anyhow::Context;
use camino::{Utf8Path, Utf8PathBuf};

use super::contract::Manifest;
use super::tools::{ask, command, output_of};
use super::{Tell, WORLD, is_newer};
use crate::kit::folder::Folder;

/// The module that is the policy; it may import others beside it.
const MODULE: &str = "policy";

/// Where packages are installed, below the folder.
const ENVIRONMENT: &str = "target/venv";

/// The component of this folder.
pub(super) fn build(folder: &Folder, tell: Tell<'_>) -> anyhow::Result<Vec<u8>> {
    let directory = folder.directory();
    let wit = Manifest::read(folder)?.wit(directory)?;
    install(directory, tell)?;
    let component = format!("target/{}.wasm", folder.name());
    // Without the standard library's interfaces there is nothing to ask the machine for. Packages of the environment are
    // found by its variable, those of the author's shell are not.
    output_of(
        command(directory, format!("{ENVIRONMENT}/bin/componentize-py"))
            .args(["--quiet", "--wit-path", wit.as_str(), "--world", WORLD])
            .args(["componentize", MODULE, "--python-path", "src"])
            .args(["--stub-wasi", "--output", &component])
            .env("VIRTUAL_ENV", ENVIRONMENT)
            .env("RUST_BACKTRACE", "0")
            .env_remove("PYTHONPATH")
            .env_remove("PYTHONHOME"),
    )
    .with_context(|| format!("make a component of {directory}/src/{MODULE}.py"))?;
    let path = directory.join(component);
    fs::read(&path).with_context(|| format!("read {path}"))
}

/// What the requirements pin, unless it is there.
fn install(directory: &Utf8Path, tell: Tell<'_>) -> anyhow::Result<()> {
    let requirements = directory.join("requirements.txt");
    let installed: Utf8PathBuf = directory.join(ENVIRONMENT).join("installed");
    if is_newer(&installed, &requirements) {
        return Ok(());
    }
    ask(directory, "python3", ["--version"])
        .context("Python 3.10 or later is needed (Debian: python3 and python3-venv)")?;
    tell("installing what requirements.txt pins: pip install --require-hashes");
    output_of(command(directory, "python3").args(["-m", "venv", "--clear", ENVIRONMENT]))
        .context("make an environment for Python's packages (Debian: python3-venv)")?;
    output_of(
        command(directory, format!("{ENVIRONMENT}/bin/python"))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(["--require-hashes", "--only-binary", ":all:"])
            .args(["--requirement", "requirements.txt"]),
    )
    .with_context(|| format!("install what {requirements} pins"))?;
    fs::write(&installed, "").with_context(|| format!("write {installed}"))
}
