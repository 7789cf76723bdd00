//! `zonesmith state`: the state store as a file to keep elsewhere, back again, and looked at.

mod check;
mod export;
mod import;

use anyhow::Context;
use camino::Utf8PathBuf;
use clap::{Args, Subcommand};
use toml_edit::value;

use super::Exit;
use crate::config::environment::Environment;
use crate::config::place::Role;
use crate::config::{Configuration, Layers};
use crate::store::Store;

/// Keep the state elsewhere, bring it back, check it
///
/// The state is what must survive the daemon: serials, DNSSEC keys, metadata, TSIG keys. It belongs to one process at a
/// time: to import or to check, stop the daemon first; an export is asked of the daemon that runs.
#[derive(Debug, Subcommand)]
pub(super) enum State {
    Export(export::Export),
    Import(import::Import),
    Check(check::Check),
}

impl State {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        match self {
            Self::Export(export) => export.run(environment),
            Self::Import(import) => import.run(environment),
            Self::Check(check) => check.run(environment),
        }
    }
}

/// Which state.
#[derive(Debug, Args)]
struct Where {
    /// Where the daemon keeps its state [default: /var/lib/zonesmith]
    #[arg(long, value_name = "DIRECTORY")]
    state_dir: Option<Utf8PathBuf>,

    /// The configuration file [default: /etc/zonesmith/zonesmith.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<Utf8PathBuf>,
}

impl Where {
    fn configuration(&self, environment: &Environment) -> anyhow::Result<Configuration> {
        let state_dir = self.state_dir.as_ref().map(|path| value(path.as_str()));
        let layers = Layers::read(Role::Client, environment.clone(), self.config.as_deref())?.with(
            "state-dir",
            "--state-dir",
            state_dir,
        );
        Ok(Configuration::load(layers)?)
    }

    fn directory(&self, environment: &Environment) -> anyhow::Result<Utf8PathBuf> {
        Ok(self.configuration(environment)?.state_dir.value)
    }

    /// The state there is; without one there is nothing to do.
    fn open(&self, environment: &Environment) -> anyhow::Result<Store> {
        let configuration = self.configuration(environment)?;
        Store::open_existing(&configuration.state_dir.value)?
            .with_context(|| self.nothing(&configuration))
    }

    fn nothing(&self, configuration: &Configuration) -> String {
        format!(
            "there is no state in {}; `--state-dir` says where it is",
            configuration.state_dir.value
        )
    }
}
