//! `zonesmith policy`: from source to component, from component to live.

mod build;
mod check;
mod diff;
mod given;
mod history;
mod inspect;
mod keygen;
mod listed;
mod load;
mod new;
mod password;
mod promote;
mod pull;
mod push;
mod reload;
mod rollback;
mod sign;
mod test;
mod verify;
mod way;

use clap::Subcommand;

use super::Exit;
use crate::config::environment::Environment;

/// Begin, build, test, compare and sign policies; load, promote and roll back those that are served
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
    Load(load::Load),
    Promote(promote::Promote),
    Rollback(rollback::Rollback),
    History(history::History),
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
            Self::Load(load) => load.run(environment),
            Self::Promote(promote) => promote.run(environment),
            Self::Rollback(rollback) => rollback.run(environment),
            Self::History(history) => history.run(environment),
        }
    }
}
