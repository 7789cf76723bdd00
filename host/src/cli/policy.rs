//! `zonesmith policy`: from source to component, from component to live.

mod build;
mod check;
mod given;
mod inspect;
mod listed;
mod new;
mod reload;
mod test;

use clap::Subcommand;

use super::Exit;
use crate::config::environment::Environment;

/// Begin, build, test, check, inspect and reload policies
#[derive(Debug, Subcommand)]
pub(super) enum Policy {
    New(new::New),
    Build(build::Build),
    Test(test::Test),
    Check(check::Check),
    Inspect(inspect::Inspect),
    Reload(reload::Reload),
}

impl Policy {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        match self {
            Self::New(new) => new.run(),
            Self::Build(build) => build.run(),
            Self::Test(test) => test.run(),
            Self::Check(check) => check.run(),
            Self::Inspect(inspect) => inspect.run(),
            Self::Reload(reload) => reload.run(environment),
        }
    }
}
