//! What was deployed on a machine, so that it can be changed and taken away: a file beside the daemon's configuration.

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::Command;
use super::item::Item;
use super::plan::Disk;
use super::settings::Before;
use super::target::Target;

/// The name of the file.
const FILE: &str = "deployment.json";

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Manifest {
    /// The version of the program that did it last.
    pub version: String,
    /// What the servers are run by.
    pub target: Target,
    /// Files and directories that were made, directories before what is in them.
    pub made: Vec<Utf8PathBuf>,
    /// The directory of the servers' configurations, where it was made: the daemon writes there, too.
    pub directory: Option<Utf8PathBuf>,
    /// What the daemon's configuration said before.
    pub configuration: Before,
    /// Accounts that were made, with what takes each away.
    pub accounts: Vec<(String, Command)>,
    /// Units of others that were disabled.
    pub replaced: Vec<String>,
    /// What is run before all of it is taken away.
    pub undo: Vec<Command>,
    /// What is run after that.
    pub farewell: Vec<Command>,
    /// Directories that go when they are empty.
    pub leftovers: Vec<Utf8PathBuf>,
}

impl Manifest {
    /// Where it is, for the daemon of this configuration.
    #[must_use]
    pub fn path(configuration: &Utf8Path) -> Utf8PathBuf {
        configuration.with_file_name(FILE)
    }

    /// The one that is there, if anything is deployed.
    ///
    /// # Errors
    /// It cannot be read, or makes no sense to this version.
    pub fn read(disk: &Disk, configuration: &Utf8Path) -> anyhow::Result<Option<Self>> {
        let path = Self::path(configuration);
        let Some(text) = disk.read(&path)? else {
            return Ok(None);
        };
        let read = serde_json::from_str(&text);
        read.map(Some)
            .with_context(|| format!("read what was deployed in {path}"))
    }

    /// As a file.
    ///
    /// # Errors
    /// Never: all of it is text.
    pub fn item(&self, configuration: &Utf8Path) -> anyhow::Result<Item> {
        let text = serde_json::to_string_pretty(self).context("write JSON")?;
        Ok(Item::file(Self::path(configuration), format!("{text}\n")))
    }
}
