//! `zonesmith cluster set --kw …` and `cluster get --kw …`: the agent's words for our configuration.

use clap::Subcommand;

use super::Exit;
use super::config::{get, set};
use super::output::Format;
use super::reach::Reach;
use crate::config::environment::Environment;

/// Change or read the configuration, as the agent's users do
#[derive(Debug, Subcommand)]
pub(super) enum Cluster {
    /// Change the configuration
    Set {
        /// A change, such as cluster.dns+=10.0.0.1; `zonesmith config set --help` has the operators
        #[arg(long = "kw", value_name = "KEY=VALUE", required = true)]
        keywords: Vec<String>,
        #[command(flatten)]
        reach: Reach,
    },
    /// Read the configuration
    Get {
        /// A key
        #[arg(long = "kw", value_name = "KEY", required = true)]
        keywords: Vec<String>,
        /// How to print
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        #[command(flatten)]
        reach: Reach,
    },
}

impl Cluster {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        match self {
            Self::Set { keywords, reach } => set::set(&keywords, &reach, environment),
            Self::Get {
                keywords,
                format,
                reach,
            } => get::get(&keywords, format, &reach, environment),
        }
    }
}
