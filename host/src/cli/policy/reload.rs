//! `zonesmith policy reload`: look again now, and say what came of it.

use clap::Args;

use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::cli::reach::Reach;
use crate::config::environment::Environment;
use crate::synthesis::outcome::Outcome;

const EXAMPLES: &str = "\
Examples:
  zonesmith policy reload            exit code 1 when a policy was refused
  zonesmith policy reload --force    also when most names would go

The daemon follows its policies by itself; this waits until it has looked, and prints the outcome.";

/// Have the daemon look again at its policies and settings
///
/// A changed policy is compiled and names every service beside the live one; only when all of that went well its
/// names are published, all at once. Otherwise it is refused, and what was live stays.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Reload {
    /// Publish also what would remove most names, and try again what was refused
    #[arg(long)]
    force: bool,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    reach: Reach,
}

impl Reload {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let outcome = self.reach.admin(environment)?.reload(self.force)?;
        tell(&outcome, self.format)
    }
}

/// Prints an outcome, and ends as it did.
pub(super) fn tell(outcome: &Outcome, format: Format) -> anyhow::Result<Exit> {
    match format {
        Format::Json => output::print_json(outcome)?,
        Format::Table => output::print(sentence(outcome))?,
    }
    Ok(match outcome {
        Outcome::Unchanged { .. } | Outcome::Published { .. } | Outcome::Shadowing { .. } => {
            Exit::Done
        }
        Outcome::Refused { .. } => Exit::Failed,
    })
}

fn sentence(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Unchanged { generation } => {
            format!("unchanged: generation {generation} stays live\n")
        }
        Outcome::Published {
            generation,
            added,
            removed,
            changed,
        } => {
            format!(
                "published: generation {generation} is live, +{added} names −{removed} names ~{changed} names\n"
            )
        }
        Outcome::Shadowing { .. } => format!("{outcome}\n"),
        Outcome::Refused {
            stage,
            reason,
            policy,
        } => format!("refused at {stage}: {policy}: {reason}\n"),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn each_outcome_is_one_line() {
        let outcomes = [
            Outcome::Unchanged { generation: 4 },
            Outcome::Shadowing {
                replaces: Some("default".into()),
                added: 1,
                removed: 2,
                changed: 3,
            },
            Outcome::Published {
                generation: 5,
                added: 3,
                removed: 1,
                changed: 2,
            },
            Outcome::Refused {
                stage: "guard".into(),
                reason: "it would remove 80 % of the names".into(),
                policy: "site.wasm".into(),
            },
        ];
        assert_snapshot!(outcomes.iter().map(sentence).collect::<String>(), @r"
        unchanged: generation 4 stays live
        in the shadow of default: +1 names −2 names ~3 names
        published: generation 5 is live, +3 names −1 names ~2 names
        refused at guard: site.wasm: it would remove 80 % of the names
        ");
    }
}
