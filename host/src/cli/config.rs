//! `zonesmith config`: what is in force, where it came from, and changes to it.

pub(super) mod get;
pub(super) mod set;
pub(super) mod show;

use clap::Subcommand;

use super::Exit;
use crate::config::environment::Environment;

/// Read and change the configuration
#[derive(Debug, Subcommand)]
pub(super) enum Config {
    Get(get::Get),
    Set(set::Set),
    Show(show::Show),
}

impl Config {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        match self {
            Self::Get(get) => get.run(environment),
            Self::Set(set) => set.run(environment),
            Self::Show(show) => show.run(environment),
        }
    }
}
