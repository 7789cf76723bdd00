//! `zonesmith policy`: from source to component, from component to live.

mod build;
mod check;
mod diff;
mod given;
mod inspect;
mod keygen;
mod listed;
mod new;
mod password;
mod pull;
mod push;
mod reload;
mod sign;
mod test;
mod verify;
mod way;

use clap::Subcommand;

use super::Exit;
use crate::config::environment::Environment;

/// Begin, build, test, check, inspect, sign, push, pull and reload policies
/// Begin, build, test, check, inspect, compare and reload policies
#[derive(Debug, Subcommand)]
pub(super) enum Policy {
    New(new::New),
    Build(build::Build),
    Test(test::Test),
    Check(check::Check),
    Inspect(inspect::Inspect),
    Keygen(keygen::Keygen),
    Sign(sign::Sign),
    Verify(verify::Verify),
    Push(push::Push),
    Pull(pull::Pull),
    Diff(diff::Diff),
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
            Self::Keygen(keygen) => keygen.run(),
            Self::Sign(sign) => sign.run(),
            Self::Verify(verify) => verify.run(environment),
            Self::Push(push) => push.run(),
            Self::Pull(pull) => pull.run(environment),
            Self::Diff(diff) => diff.run(environment),
            Self::Reload(reload) => reload.run(environment),
        }
    }
}
