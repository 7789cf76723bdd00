//! `zonesmith policy test`: what a policy publishes of the clusters in its folder, against what is expected there.

use std::fmt::Write;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use serde::Serialize;

use super::given;
use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::kit::build;
use crate::kit::folder::Folder;
use crate::kit::golden::{Case, Outcome};
use crate::policy::{Component, Engine};

const EXAMPLES: &str = "\
Examples:
  zonesmith policy test                          this folder
  zonesmith policy test --update                 after a change on purpose: writes what is expected from now on
  zonesmith policy test --component site.wasm    this component, without building anything
  zonesmith record -o cases/live/cluster.json    one more case: the cluster as it is now

A case is a cluster.json, a settings.json if there are settings, and expected.zone: in the folder itself, and in each folder of \
cases/. The exit code is 1 when one of them differs. A policy that has no zones is run behind the built-in one.";

/// Test a policy: what it publishes, against what is expected
///
/// Builds the policy's component if it is not built of the sources as they are, runs it over each cluster document of the folder
/// under the daemon's limits, and shows the lines that differ from expected.zone.
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
        let file = match &self.component {
            Some(file) => file.clone(),
            None => build::bring_up_to_date(&Folder::open(&self.folder)?, &|text| {
                output::remark(text);
            })?,
        };
        let ran = run(&file, &cases, self.update)?;
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
}

fn run(file: &Utf8Path, cases: &[Case], is_update: bool) -> anyhow::Result<Vec<Ran>> {
    let engine = Engine::new()?;
    let bytes = given::component(file)?;
    let component = Component::load(&engine, file.as_str(), &bytes)
        .map_err(|refusal| anyhow::anyhow!("the policy is refused at {refusal}"))?;
    let ran = cases.iter().map(|case| Ran {
        case: case.name.clone(),
        outcome: if is_update {
            case.update(&engine, &component)
        } else {
            case.compare(&engine, &component)
        },
    });
    Ok(ran.collect())
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
