//! `zonesmith state check`: is the file whole, and does what is in it make sense?

use clap::Args;

use super::Where;
use crate::cli::Exit;
use crate::cli::output::{self, Format, Table};
use crate::config::environment::Environment;

/// Look whether the state is whole
///
/// Reads every page of the file, and everything that is kept in it. The exit code is 1 when something is wrong.
#[derive(Debug, Args)]
pub(in crate::cli) struct Check {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    place: Where,
}

impl Check {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let mut store = self.place.open(environment)?;
        store.check_pages()?;
        let content = store.export()?;
        let problems = content.problems();
        let keys = content.keys.len();
        let metadata: usize = content.metadata.values().map(|kinds| kinds.len()).sum();
        match self.format {
            Format::Json => output::print_json(&serde_json::json!({
                "file": store.path(),
                "version": content.version,
                "serials": content.serials.len(),
                "notified": content.notified.len(),
                "keys": keys,
                "metadata": metadata,
                "tsig": content.tsig.len(),
                "policies": content.policies.components.len(),
                "problems": problems,
            }))?,
            Format::Table => {
                let mut table = Table::with_head(["FILE", store.path().as_str()]);
                for (what, count) in [
                    ("VERSION", content.version.to_string()),
                    ("SERIALS", content.serials.len().to_string()),
                    ("NOTIFIED", content.notified.len().to_string()),
                    ("KEYS", keys.to_string()),
                    ("METADATA", metadata.to_string()),
                    ("TSIG KEYS", content.tsig.len().to_string()),
                    ("POLICIES", content.policies.components.len().to_string()),
                ] {
                    table.push([what.to_owned(), count]);
                }
                for problem in &problems {
                    table.push(["PROBLEM".to_owned(), problem.clone()]);
                }
                output::print(table)?;
            }
        }
        Ok(if problems.is_empty() {
            Exit::Done
        } else {
            Exit::Failed
        })
    }
}
