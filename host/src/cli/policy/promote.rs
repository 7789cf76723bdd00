//! `zonesmith policy promote`: the candidate in the shadow becomes live.

use clap::Args;

use super::reload::tell;
use crate::cli::Exit;
use crate::cli::output::Format;
use crate::cli::reach::Reach;
use crate::config::environment::Environment;

const EXAMPLES: &str = "\
Examples:
  zonesmith policy promote           exit code 1 when it was refused
  zonesmith policy promote --force   also when most names would go, or services fail

From then on its place of the stack is pinned, over restarts too: a file that is listed for it changes the live policy only \
when that file changes after this. For ten minutes the daemon watches it: when it fails for more than 10 % of the services, \
which did not fail before, what was live before comes back by itself. `zonesmith policy rollback` brings it back at any time.";

/// Make the candidate live that runs in the shadow
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Promote {
    /// Publish also what would remove most names, or fails for services
    #[arg(long)]
    force: bool,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    reach: Reach,
}

impl Promote {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let outcome = self.reach.admin(environment)?.promote(self.force)?;
        tell(&outcome, self.format)
    }
}
