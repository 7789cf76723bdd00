//! `zonesmith state import`: what was exported becomes the state.

use std::fs;
use std::io::{self, Read};

use anyhow::Context;
use camino::Utf8PathBuf;
use clap::Args;

use super::Where;
use crate::cli::Exit;
use crate::config::environment::Environment;
use crate::store::Store;
use crate::store::content::{self, Content};

const EXAMPLES: &str = "\
Examples:
  zonesmith state import backup.json            into a state that is empty, or not there
  zonesmith state import --force backup.json    in place of what is there";

/// Read the whole state from JSON
///
/// All of it or nothing: a file that makes no sense changes nothing.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Import {
    /// What `zonesmith state export` wrote; `-` for the standard input
    file: Utf8PathBuf,

    /// Replace what is there
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    place: Where,
}

impl Import {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let path = &self.file;
        let text = match path.as_str() {
            "-" => {
                let mut text = Vec::new();
                io::stdin().lock().read_to_end(&mut text).map(|_| text)
            }
            _ => fs::read(path),
        };
        let text = text.with_context(|| format!("read {path}"))?;
        let content: Content =
            serde_json::from_slice(&text).with_context(|| format!("read the state in {path}"))?;
        let import = if self.force {
            content::Import::Replacing
        } else {
            content::Import::IntoEmpty
        };
        let store = Store::open(&self.place.directory(environment)?)?;
        store
            .import(&content, import)
            .with_context(|| format!("import {path}"))?;
        Ok(Exit::Done)
    }
}
