//! `zonesmith policy check`: what the daemon would say of a component, without a daemon: the same limits, the same checks
//! of every record; and what the RFCs and a second look have against it. On a cluster of yours, or on the demo's.

mod report;
#[cfg(test)]
mod tests;

use camino::Utf8PathBuf;
use clap::Args;

use self::report::Report;
use super::given::{self, Given};
use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::kit::check::check;
use crate::policy::{Component, Engine};

const EXAMPLES: &str = "\
Examples:
  zonesmith policy check site.wasm
  zonesmith policy check site.wasm --cluster /etc/zonesmith/cluster.json --settings site.settings.json
  zonesmith policy check default --cluster cluster.json       the built-in policy

The exit code is 1 when there is an error: the daemon would refuse the policy, it fails for a service, it says something \
else when it is asked again, or the daemon would not serve one of its records; with --strict also when there is a warning. A \
policy that has no zones adds to those of the built-in one. docs/policy-check.md explains each finding.";

/// Check a policy as the daemon would, and further
///
/// Loads the component under the daemon's limits, has it name every service of a cluster, in several orders and on fresh
/// instances, checks every record and what it refers to, and prints what was found, each with the rule, the service and the
/// record it is about.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Check {
    /// The component; `default` is the built-in one
    #[arg(value_name = "FILE")]
    file: Utf8PathBuf,

    #[command(flatten)]
    given: Given,

    /// Exit with 1 when there is a warning, too
    #[arg(long)]
    strict: bool,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Check {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let bytes = given::component(&self.file)?;
        let (state, settings) = (self.given.state()?, self.given.settings(&self.file)?);
        let engine = Engine::new()?;
        let report = match Component::load(&engine, self.file.as_str(), &bytes) {
            Err(refusal) => Report::refused(self.file.as_str(), &bytes, refusal),
            Ok(component) => {
                let mut report = Report::of(self.file.as_str(), &bytes, &component);
                match check(&engine, &component, &state, &settings) {
                    Ok(checked) => report.take(&state, &checked),
                    Err(refusal) => report.refuse(refusal),
                }
                report
            }
        };
        match self.format {
            Format::Json => output::print_json(&report)?,
            Format::Table => output::print(report.text())?,
        }
        Ok(if report.is_good(self.strict) {
            Exit::Done
        } else {
            Exit::Failed
        })
    }
}
