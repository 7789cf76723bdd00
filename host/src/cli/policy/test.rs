//! `zonesmith policy test`: what a policy publishes of the clusters in its folder, against what is expected there.

use std::fmt::Write;

use camino::Utf8PathBuf;
use clap::Args;
use serde::Serialize;

use super::{given, listed};
use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::kit::build;
use crate::kit::folder::Folder;
use crate::kit::golden::{Case, Outcome, Tested};
use crate::policy::Engine;

const EXAMPLES: &str = "\
Examples:
  zonesmith policy test                          this folder
  zonesmith policy test --update                 after a change on purpose: writes what is expected from now on
  zonesmith policy test --component site.wasm    this component, without building anything
  zonesmith record -o cases/live/cluster.json    one more case: the cluster as it is now

A case is a cluster.json, a settings.json if there are settings, and expected.zone: in the folder itself, and in each folder of \
cases/. The exit code is 1 when one of them differs. A policy that has no zones is run behind the built-in one.

A folder without sources may list policies in a zonesmith.toml, as the playground exports them: `[[policy]]`, then `file` and \
`settings`, in order. They are tested as one, without anything before them and without a settings.json of the cases; \
`zonesmith serve --config DIR/zonesmith.toml DIR/cluster.json` serves the same.";

/// Test a policy: what it publishes, against what is expected
///
/// Builds the policy's component if it is not built of the sources as they are, runs it over each cluster document of the folder
/// under the daemon's limits, and shows the lines that differ from expected.zone. A folder that the playground exported has
/// components and no sources: nothing is built.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Test {
    /// The folder of the policy
    #[arg(value_name = "DIR", default_value = ".")]
    folder: Utf8PathBuf,

    /// Write what is published as what is expected
    #[arg(long)]
    update: bool,

    /// Test this component, and build none
    #[arg(long, value_name = "FILE")]
    component: Option<Utf8PathBuf>,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A case that was run.
#[derive(Debug, Serialize)]
struct Ran {
    case: String,
    #[serde(flatten)]
    outcome: Outcome,
}

impl Test {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        // What is missing is said before anything is built.
        let cases = Case::all(&self.folder)?;
        let engine = Engine::new()?;
        let tested = self.tested(&engine)?;
        let ran: Vec<_> = cases
            .iter()
            .map(|case| Ran {
                case: case.name.clone(),
                outcome: if self.update {
                    case.update(&engine, &tested)
                } else {
                    case.compare(&engine, &tested)
                },
            })
            .collect();
        match self.format {
            Format::Json => output::print_json(&ran)?,
            Format::Table => output::print(text(&ran))?,
        }
        let is_good = |ran: &Ran| matches!(ran.outcome, Outcome::Same | Outcome::Written);
        Ok(if ran.iter().all(is_good) {
            Exit::Done
        } else {
            Exit::Failed
        })
    }

    /// The component that was named, that of the sources, or those that are listed.
    fn tested(&self, engine: &Engine) -> anyhow::Result<Tested> {
        if let Some(file) = &self.component {
            return Ok(Tested::One(given::load(engine, file)?));
        }
        if !Folder::is_one(&self.folder)
            && let Some(tested) = listed::policies(engine, &self.folder)?
        {
            return Ok(tested);
        }
        let folder = Folder::open(&self.folder)?;
        let file = build::bring_up_to_date(&folder, &|text| output::remark(text))?;
        Ok(Tested::One(given::load(engine, &file)?))
    }
}

/// A line for each case; what differs below it.
fn text(ran: &[Ran]) -> String {
    let mut text = String::new();
    for Ran { case, outcome } in ran {
        // Writing to a String cannot fail.
        let _ = match outcome {
            Outcome::Same => writeln!(text, "{case}: as expected"),
            Outcome::Written => writeln!(text, "{case}: expected.zone is written"),
            Outcome::Failed { reason } => writeln!(text, "{case}: failed: {reason}"),
            Outcome::Differs { diff } => {
                // A line of the policy's does not colour the terminal.
                let plain: String = diff
                    .chars()
                    .map(|one| {
                        if one.is_control() && one != '\n' {
                            ' '
                        } else {
                            one
                        }
                    })
                    .collect();
                writeln!(
                    text,
                    "{case}: differs; - is expected, + is published\n{plain}"
                )
            }
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_case_is_a_line_and_what_differs_is_shown() {
        let ran = |case: &str, outcome| Ran {
            case: case.to_owned(),
            outcome,
        };
        let diff = "-a. 60 IN A 10.0.0.1\n+a. 60 IN A 10.0.0.2\n".to_owned();
        let ran = [
            ran(".", Outcome::Same),
            ran("cases/new", Outcome::Written),
            ran("cases/old", Outcome::Differs { diff }),
            ran(
                "cases/bad",
                Outcome::Failed {
                    reason: "why".to_owned(),
                },
            ),
        ];
        insta::assert_snapshot!(text(&ran), @r"
        .: as expected
        cases/new: expected.zone is written
        cases/old: differs; - is expected, + is published
        -a. 60 IN A 10.0.0.1
        +a. 60 IN A 10.0.0.2

        cases/bad: failed: why
        ");
        let json = serde_json::to_value(&ran).unwrap();
        assert_eq!(
            json[0],
            serde_json::json!({ "case": ".", "outcome": "same" })
        );
    }
}
