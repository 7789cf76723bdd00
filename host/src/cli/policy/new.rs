//! `zonesmith policy new`: a folder that builds, with a test and the cluster of the demo.

use camino::Utf8PathBuf;
use clap::Args;

use crate::cli::Exit;
use crate::cli::output;
use crate::kit::folder::{Folder, Language};
use crate::kit::template;

const EXAMPLES: &str = "\
Examples:
  zonesmith policy new site
  zonesmith policy new policies/site --language python
  zonesmith policy new policies/site --sdk              after an upgrade, in a folder that is there";

/// Make the folder of a new policy
///
/// What the policy needs of Zonesmith is copied into the folder, so that it builds from the package registry of its language
/// alone. The policy is a small one that works: it gives the services of one namespace a short name.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct New {
    /// The policy's name, or a path that ends in it: small letters, digits and hyphens
    #[arg(value_name = "NAME")]
    directory: Utf8PathBuf,

    /// What it is to be written in
    #[arg(short, long, value_enum, default_value_t, conflicts_with = "sdk")]
    language: Language,

    /// Only renew what was copied of Zonesmith, in a folder that is there
    #[arg(long)]
    sdk: bool,
}

impl New {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let directory = self.directory;
        if self.sdk {
            template::renew_sdk(&Folder::open(&directory)?)?;
            output::print(format_args!(
                "{directory}/zonesmith is that of this version\n"
            ))?;
            return Ok(Exit::Done);
        }
        let folder = template::create(&directory, self.language)?;
        output::print(format_args!(
            "{directory} is a policy in {}. Next:\n\
             zonesmith policy build {directory}\n\
             zonesmith policy test {directory}\n\
             zonesmith serve {directory}/cluster.json --policy default --policy {}\n",
            folder.language(),
            folder.component(),
        ))?;
        Ok(Exit::Done)
    }
}
