//! `zonesmith policy rollback`: a policy that was live becomes live again.

use clap::Args;

use super::reload::tell;
use crate::cli::Exit;
use crate::cli::output::Format;
use crate::cli::reach::Reach;
use crate::config::environment::Environment;
use crate::synthesis::promotion::Back;

const EXAMPLES: &str = "\
Examples:
  zonesmith policy rollback                  what was live before the last change
  zonesmith policy rollback 5f0c2a           the one of this digest (`zonesmith policy history`)
  zonesmith policy rollback --replace site   what was live before at the place of this policy

Component and settings come back together, out of the daemon's state: no file is needed. Its place of the stack is pinned as \
by `zonesmith policy promote`.";

/// Make live again what was live before
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Rollback {
    /// The first digits of the digest of one that was live
    #[arg(value_name = "DIGEST")]
    digest: Option<String>,

    /// The policy whose place is meant, by its name
    #[arg(long, value_name = "NAME")]
    replace: Option<String>,

    /// Publish also what would remove most names
    #[arg(long)]
    force: bool,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    reach: Reach,
}

impl Rollback {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let Self {
            digest,
            replace,
            force,
            format,
            reach,
        } = self;
        let back = Back { digest, replace };
        let outcome = reach.admin(environment)?.roll_back(&back, force)?;
        tell(&outcome, format)
    }
}
