//! `zonesmith policy build`: a policy's folder to a component, and what that component is.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::cli::Exit;
use crate::cli::output::{self, Table};
use crate::kit::anatomy::Anatomy;
use crate::kit::build;
use crate::kit::folder::Folder;

const EXAMPLES: &str = "\
Examples:
  zonesmith policy build examples/policies/short-names
  zonesmith policy build -o /etc/zonesmith/site.wasm       this folder; a running daemon takes it at once

The folder's manifest says its language and the policy's name: Cargo.toml (Rust), package.json (JavaScript) or
pyproject.toml (Python). Tools that are missing are named, with how to get them.";

/// Build a policy's component from its folder
///
/// Runs the tools of the folder's language, in the versions that the folder pins, and prints the component's size, what it
/// imports, and the contract it speaks.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Build {
    /// The folder of the policy
    #[arg(value_name = "DIR", default_value = ".")]
    folder: Utf8PathBuf,

    /// Where the component is put [default: NAME.wasm, in the folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<Utf8PathBuf>,
}

impl Build {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let folder = Folder::open(&self.folder)?;
        let built = build::build(&folder, &|text| output::remark(text))?;
        let output = self.output.unwrap_or_else(|| folder.component());
        build::replace(&output, &built.bytes)?;
        output::print(describe(&output, built.anatomy))?;
        Ok(Exit::Done)
    }
}

fn describe(path: &Utf8Path, anatomy: Anatomy) -> Table {
    let Anatomy {
        size,
        digest,
        contract,
        imports,
        exports: _,
    } = anatomy;
    let mut table = Table::default();
    let mut row = |name: &str, value: String| table.push([name.to_owned(), value]);
    row("component", path.to_string());
    row("size", format!("{size} bytes"));
    row("digest", digest.to_string());
    row("contract", contract.unwrap_or_default());
    let imports = if imports.is_empty() {
        "nothing".to_owned()
    } else {
        imports.join(", ")
    };
    row("imports", imports);
    table
}
