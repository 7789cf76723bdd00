//! `zonesmith config get`: values alone, for scripts.

use std::collections::BTreeMap;

use anyhow::bail;
use clap::Args;

use super::show::{self, Shown};
use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::cli::reach::Reach;
use crate::config::environment::Environment;
use crate::config::key;

const EXAMPLES: &str = "\
Examples:
  zonesmith config get cluster.dns                10.0.0.1 10.0.0.2
  zonesmith config get socket.path admin.path     a line each, in this order";

/// Print the values of keys
///
/// Prints what is in force, a line a key; an empty one where nothing is set.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Get {
    /// Keys, such as cluster.dns
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<String>,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    reach: Reach,
}

impl Get {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        get(&self.keys, self.format, &self.reach, environment)
    }
}

/// Prints the values of `keys`.
pub(in crate::cli) fn get(
    keys: &[String],
    format: Format,
    reach: &Reach,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let all = show::in_force(reach, environment)?;
    let mut wanted: Vec<&Shown> = Vec::new();
    for name in keys {
        match all.iter().find(|shown| shown.key == name) {
            Some(shown) => wanted.push(shown),
            None => bail!(key::unknown(name)),
        }
    }
    match format {
        Format::Table => output::print(
            wanted
                .iter()
                .map(|shown| format!("{}\n", shown.text()))
                .collect::<String>(),
        )?,
        Format::Json => {
            output::print_json(
                &wanted
                    .iter()
                    .map(|shown| (shown.key, &shown.value))
                    .collect::<BTreeMap<_, _>>(),
            )?;
        }
    }
    Ok(Exit::Done)
}
