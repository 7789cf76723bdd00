//! `zonesmith policy`: from source to component, from component to live.

mod build;
mod check;
mod reload;

use clap::Subcommand;

use super::Exit;
use crate::config::environment::Environment;

/// Build, check and reload policies
#[derive(Debug, Subcommand)]
pub(super) enum Policy {
    Build(build::Build),
    Check(check::Check),
    Reload(reload::Reload),
}

impl Policy {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        match self {
            Self::Build(build) => build.run(),
            Self::Check(check) => check.run(),
            Self::Reload(reload) => reload.run(environment),
        }
    }
}
