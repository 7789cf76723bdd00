//! Compiles what the playground's page runs, its engine and the policies that come with it, and writes the components into
//! a directory:
//!
//! ```sh
//! cargo run -p zonesmith-playground-components -- DIRECTORY
//! cargo run -p zonesmith-playground-components -- DIRECTORY faulty chooses     # these packages instead: tests drop them
//! ```
//!
//! The same code compiles the policy that the daemon embeds, so both have the same bytes and the same digest. This is a
//! program, and no build script: whoever tests the daemon does not wait for a page.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

#[expect(
    clippy::print_stdout,
    dead_code,
    reason = "build scripts talk to cargo; a program does not"
)]
#[path = "../../../../../host/build/component.rs"]
mod component;

use component::{Workspace, write_if_changed};

/// Package, and what the page calls it.
const COMPONENTS: [(&str, &str); 8] = [
    ("zonesmith-playground", "engine"),
    ("zonesmith-policy-default", "default"),
    ("opensvc-v2", "opensvc-v2"),
    ("opensvc-v3", "opensvc-v3"),
    ("kubernetes", "kubernetes"),
    ("consul", "consul"),
    ("nearest", "nearest"),
    ("short-names", "short-names"),
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            // Nobody is left to hear that this failed, too.
            let _ = writeln!(io::stderr(), "{sentence}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let mut arguments = env::args().skip(1);
    let directory = arguments
        .next()
        .map(PathBuf::from)
        .ok_or("name the directory that the components are to be written to")?;
    let packages: Vec<String> = arguments.collect();
    fs::create_dir_all(&directory)
        .map_err(|error| format!("make {}: {error}", directory.display()))?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(4)
        .ok_or("there is no workspace around this package")?;
    let workspace = Workspace::at(root, target_directory()?)?;
    let listed = packages
        .iter()
        .map(|package| (package.as_str(), package.as_str()));
    let all: Vec<(&str, &str)> = if packages.is_empty() {
        COMPONENTS.to_vec()
    } else {
        listed.collect()
    };
    for (package, name) in all {
        // One at a time: together they would share features of what they depend on, and have other bytes than alone.
        for bytes in workspace.build(&[package])? {
            write_if_changed(&directory.join(format!("{name}.wasm")), &bytes)?;
        }
    }
    Ok(())
}

/// Where the build scripts of this workspace compile policies, too: this program is `<target>/<profile>/…`.
fn target_directory() -> Result<PathBuf, String> {
    let program = env::current_exe().map_err(|error| format!("find this program: {error}"))?;
    program
        .ancestors()
        .nth(2)
        .map(|target| target.join("guest"))
        .ok_or_else(|| format!("{} is in no target directory", program.display()))
}
