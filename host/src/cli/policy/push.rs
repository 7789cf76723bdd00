//! `zonesmith policy push`: a component, and its signature, to a registry.

use std::fs;

use anyhow::{Context as _, bail};
use camino::Utf8PathBuf;
use clap::Args;

use super::way::ToRegistry;
use crate::cli::Exit;
use crate::cli::output::{self, Table};
use crate::kit::anatomy::Anatomy;
use crate::registry::Place;
use crate::trust::Signature;
use crate::trust::signature::read_beside;

const EXAMPLES: &str = "\
Examples:
  zonesmith policy push site.wasm registry.example/dns/site:1.4
  zonesmith policy push site.wasm 127.0.0.1:5000/site:1 --plain-http

The signature beside the component, FILE.minisig, goes with it. The layout is that of other WebAssembly tools, so that they can \
pull it, too. The tag is set when all of it is there.";

/// Push a component to a registry of containers
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Push {
    /// The component
    #[arg(value_name = "FILE")]
    file: Utf8PathBuf,

    /// Where to: HOST/NAME:TAG
    #[arg(value_name = "PLACE")]
    place: Place,

    #[command(flatten)]
    registry: ToRegistry,
}

impl Push {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let Self {
            file,
            place,
            registry,
        } = self;
        let bytes = fs::read(&file).with_context(|| format!("read {file}"))?;
        let anatomy = Anatomy::of(&bytes).with_context(|| format!("look at {file}"))?;
        if anatomy.contract.is_none() {
            bail!("{file} is a component, but no policy");
        }
        let signature =
            read_beside(&file).with_context(|| format!("read the signature of {file}"))?;
        let key = signature.as_deref().map(Signature::parse).transpose();
        let key = key.with_context(|| format!("look at {file}"))?;
        let opened = registry.open(place.clone())?;
        let pushed = opened.push(&bytes, &anatomy, signature.as_deref())?;
        let mut table = Table::default();
        let mut row = |name: &str, value: String| table.push([name.to_owned(), value]);
        row("pushed", place.to_string());
        row("digest", anatomy.digest.to_string());
        row(
            "signature",
            key.map_or_else(
                || "none".to_owned(),
                |signature| format!("with the key {}", signature.key()),
            ),
        );
        row("pin", place.pin(pushed.manifest));
        output::print(table)?;
        Ok(Exit::Done)
    }
}
