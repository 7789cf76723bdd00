//! `zonesmith state export`: everything as JSON.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use anyhow::Context;
use camino::Utf8PathBuf;
use clap::Args;

use super::Where;
use crate::admin::client::Client;
use crate::cli::{Exit, output};
use crate::config::environment::Environment;
use crate::store::content::Content;
use crate::store::{Store, StoreError};

const EXAMPLES: &str = "\
Examples:
  zonesmith state export backup.json      into a file that only you may read
  zonesmith state export | jq .serials    without a file";

/// Write the whole state as JSON
///
/// Secrets are in it: private keys of zones, TSIG keys. A file is made with permissions 0600, and must not be there yet.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Export {
    /// The file to make [default: the standard output]
    file: Option<Utf8PathBuf>,

    #[command(flatten)]
    place: Where,

    /// The admin socket of the daemon that has the state open [default: admin.sock in /run/zonesmith, else in the user's
    /// runtime directory]
    #[arg(long, value_name = "PATH")]
    admin: Option<Utf8PathBuf>,
}

impl Export {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let content = self.content(environment)?;
        let Some(path) = self.file else {
            output::print_json(&content)?;
            return Ok(Exit::Done);
        };
        let mut text = serde_json::to_vec_pretty(&content).context("write JSON")?;
        text.push(b'\n');
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
            .with_context(|| format!("write {path}"))?;
        Ok(Exit::Done)
    }

    /// Out of the file, or from the daemon that has it open.
    fn content(&self, environment: &Environment) -> anyhow::Result<Content> {
        let configuration = self.place.configuration(environment)?;
        match Store::open_existing(&configuration.state_dir.value) {
            Err(error @ StoreError::InUse { .. }) => {
                let admin = self
                    .admin
                    .as_ref()
                    .unwrap_or(&configuration.admin_path.value);
                // What the file says is the reason; why no daemon answers is beside it.
                Client::new(admin)
                    .state()
                    .with_context(|| error.to_string())
            }
            opened => Ok(opened?
                .with_context(|| self.place.nothing(&configuration))?
                .export()?),
        }
    }
}
