//! Compiles the policies that tests load, among them those that misbehave, and tells the harness where they are.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[path = "../host/build/component.rs"]
mod component;

use component::{Workspace, variable, write_if_changed};

/// Package, and its directory. The harness knows each as `GUEST_<PACKAGE>`.
const GUESTS: [(&str, &str); 13] = [
    ("chooses", "tests/guests/chooses"),
    ("consul", "examples/policies/consul"),
    ("every_word", "tests/guests/every_word"),
    ("faulty", "tests/guests/faulty"),
    ("kubernetes", "examples/policies/kubernetes"),
    ("nearest", "examples/policies/nearest"),
    ("opensvc-v2", "examples/policies/opensvc-v2"),
    ("opensvc-v3", "examples/policies/opensvc-v3"),
    ("short-names", "examples/policies/short-names"),
    ("spins_in_describe", "tests/guests/spins_in_describe"),
    ("traps_in_describe", "tests/guests/traps_in_describe"),
    ("wants_a_clock", "tests/guests/wants_a_clock"),
    ("wants_wasi", "tests/guests/wants_wasi"),
];

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            println!("cargo::error={sentence}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    println!("cargo::rerun-if-changed=build.rs");
    let workspace = Workspace::around(Path::new(&variable("CARGO_MANIFEST_DIR")?))?;
    workspace.watch(&GUESTS.map(|(_, directory)| directory));
    let out = PathBuf::from(variable("OUT_DIR")?);
    let components = workspace.build(&GUESTS.map(|(package, _)| package))?;
    for ((package, _), bytes) in GUESTS.iter().zip(&components) {
        let file = out.join(format!("{package}.wasm"));
        write_if_changed(&file, bytes)?;
        let name = package.replace('-', "_").to_uppercase();
        println!("cargo::rustc-env=GUEST_{name}={}", file.display());
    }
    Ok(())
}
