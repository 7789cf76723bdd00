//! `zonesmith policy load`: a candidate beside what is live.

use std::fs;
use std::io::ErrorKind;

use anyhow::{Context as _, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::given;
use super::reload::tell;
use crate::admin;
use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::cli::reach::Reach;
use crate::config::environment::Environment;
use crate::synthesis::outcome::Outcome;

const EXAMPLES: &str = "\
Examples:
  zonesmith policy load --shadow site.wasm       beside the policy of its name, seen by nobody
  zonesmith policy load --shadow site.wasm --replace default
  zonesmith policy load --shadow default --settings new.settings.json
  zonesmith policy load site.wasm                and promote it at once
  zonesmith policy load --end                    no candidate any more

In the shadow a candidate names every service as the live policies do, at every change; `zonesmith status` and the metrics \
count the names that it would answer otherwise, the services it fails for, and its time. It takes the place of the policy that \
says the same name of itself, or of the one given with --replace; otherwise it stands behind all. It is there after a restart, \
too. Its settings are those of --settings, of NAME.settings.json beside NAME.wasm, or of the policy whose place it takes; \
NAME.wasm.minisig beside it goes along. docs/policy-life.md tells the rest.";

/// Run a candidate beside the live policies
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Load {
    /// The component; `default` is the built-in one
    #[arg(value_name = "FILE", required_unless_present = "end")]
    file: Option<Utf8PathBuf>,

    /// Seen by nobody, until it is promoted
    #[arg(long)]
    shadow: bool,

    /// End the candidate that runs
    #[arg(long, conflicts_with_all = ["file", "shadow", "settings", "replace", "force"])]
    end: bool,

    /// Settings, a JSON file
    #[arg(long, value_name = "FILE")]
    settings: Option<Utf8PathBuf>,

    /// The policy whose place it takes, by its name
    #[arg(long, value_name = "NAME")]
    replace: Option<String>,

    /// Without --shadow: publish also what would remove most names, or fails for services
    #[arg(long, conflicts_with = "shadow")]
    force: bool,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    reach: Reach,
}

impl Load {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let daemon = self.reach.admin(environment)?;
        let Some(file) = &self.file else {
            daemon.end_shadow()?;
            if self.format == Format::Table {
                output::print("no candidate runs any more\n")?;
            }
            return Ok(Exit::Done);
        };
        let load = admin::Load {
            settings: self.settings(file)?,
            signature: signature(file)?,
            replace: self.replace.clone(),
            ..admin::Load::of(file, &given::component(file)?)
        };
        let outcome = daemon.shadow(&load)?;
        if self.shadow || matches!(outcome, Outcome::Refused { .. }) {
            return tell(&outcome, self.format);
        }
        tell(&daemon.promote(self.force)?, self.format)
    }

    fn settings(&self, file: &Utf8Path) -> anyhow::Result<Option<String>> {
        let beside = file.with_extension("settings.json");
        let settings = match &self.settings {
            Some(settings) => given::settings(settings)?,
            None if beside.exists() => given::settings(&beside)?,
            None => return Ok(None),
        };
        Ok(Some(settings.to_string()))
    }
}

/// The text of the signature that lies beside a component.
fn signature(file: &Utf8Path) -> anyhow::Result<Option<String>> {
    let beside = format!("{file}.minisig");
    match fs::read_to_string(&beside) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => bail!("{beside} is no text"),
        Err(error) => Err(error).with_context(|| format!("read {beside}")),
    }
}
