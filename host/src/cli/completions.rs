//! `zonesmith completions`: the shell's script, from the same table as the help.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Exit, output};

const EXAMPLES: &str = "\
Examples:
  source <(zonesmith completions bash)
  zonesmith completions zsh > ~/.zfunc/_zonesmith
  zonesmith completions fish > ~/.config/fish/completions/zonesmith.fish";

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "zonesmith", &mut script);
        output::print(String::from_utf8_lossy(&script))?;
        Ok(Exit::Done)
    }
}
