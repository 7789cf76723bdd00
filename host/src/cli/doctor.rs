//! `zonesmith doctor`: the way of an answer, thing by thing, and what mends what is not as it should be.

use std::net::{IpAddr, SocketAddr};

use anyhow::Context as _;
use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;

use super::Exit;
use super::output::{self, Format};
use super::paint::Paint;
use super::reach::Reach;
use crate::config::Configuration;
use crate::config::environment::Environment;
use crate::config::layers::file_of;
use crate::config::place::{Place, Role};
use crate::diagnosis::check::{Check, Part, State};
use crate::diagnosis::scene::Asked;
use crate::diagnosis::walk;

const EXAMPLES: &str = "\
Examples:
  zonesmith doctor
  zonesmith doctor --no-probe                      publish nothing, only look
  zonesmith doctor --format json | jq '.checks[] | select(.state == \"red\")'

The exit code is 1 when something is red: names are not answered, or may be answered wrong. What is yellow works, and could \
be better or will not last.";

/// Look at everything that an answer passes, and say what mends what is wrong
///
/// Looks at the configuration, the daemon, its socket, the authoritative server, the recursor, how soon changes are seen,
/// what was deployed, the name servers of the cluster, and the resolvers of this node and of containers. Run it on a node
/// that serves DNS, as root, so that it may look at what other users run. It changes nothing, but for a name that it
/// publishes for some seconds to see it arrive.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Doctor {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Publish no name to see it arrive at every server
    #[arg(long)]
    no_probe: bool,

    /// Where the authoritative server answers [default: as it says itself, else port 5300 of the loopback]
    #[arg(long, value_name = "ADDR[:PORT]", value_parser = |text: &str| place(text, 5300), help_heading = "Name servers")]
    authoritative: Option<SocketAddr>,

    /// Where the recursor answers [default: as it says itself, else port 53 of the node's own address in `cluster.dns`]
    #[arg(long, value_name = "ADDR[:PORT]", value_parser = |text: &str| place(text, 53), help_heading = "Name servers")]
    recursor: Option<SocketAddr>,

    /// Where pdns.conf and recursor.conf are, for a server that does not run [default: where packages have them]
    #[arg(long, value_name = "DIR", help_heading = "Name servers")]
    configurations: Option<Utf8PathBuf>,

    /// Look at files of the system (`etc/hosts`, `etc/resolv.conf`) below this directory
    #[arg(
        long,
        value_name = "DIR",
        default_value = "/",
        help_heading = "Name servers"
    )]
    root: Utf8PathBuf,

    #[command(flatten)]
    reach: Reach,
}

impl Doctor {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let asked = self.asked(environment)?;
        let paint = Paint::of(environment);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("start a runtime")?;
        let mut printed = Ok(());
        let mut part = None;
        let mut tell = |check: &Check| {
            if self.format == Format::Table && printed.is_ok() {
                printed = output::print(text(check, &mut part, paint));
            }
        };
        let checks = runtime.block_on(walk(asked, &mut tell));
        printed?;
        let count = |state| checks.iter().filter(|check| check.state == state).count();
        let counts = [State::Green, State::Yellow, State::Red, State::Skipped]
            .map(|state| (state, count(state)));
        match self.format {
            Format::Json => {
                let counts: serde_json::Map<_, _> = counts
                    .iter()
                    .map(|(state, count)| (state.word().to_owned(), json!(count)))
                    .collect();
                output::print_json(&json!({ "checks": checks, "counts": counts }))?;
            }
            Format::Table => {
                let counts = counts.iter().filter(|(_, count)| *count > 0);
                let counts: Vec<_> = counts
                    .map(|(state, count)| format!("{count} {}", state.word()))
                    .collect();
                output::print(format!("\n{}\n", counts.join(", ")))?;
            }
        }
        Ok(if count(State::Red) > 0 {
            Exit::Failed
        } else {
            Exit::Done
        })
    }

    fn asked(&self, environment: &Environment) -> anyhow::Result<Asked> {
        let (file, _) = file_of(environment, self.reach.config.as_deref());
        let configuration = self.reach.layers(Role::Client, environment);
        let configuration = match configuration {
            Ok(layers) => Configuration::load(layers),
            // Without a file there is nothing to layer: that is all `layers` can complain of.
            Err(error) => Err(error.downcast()?),
        };
        let admin = match (&configuration, &self.reach.admin) {
            (Ok(configuration), _) => configuration.admin_path.value.clone(),
            (Err(_), Some(admin)) => admin.clone(),
            (Err(_), None) => Place::find(Role::Client, environment)?.admin(),
        };
        Ok(Asked {
            configuration,
            file,
            admin,
            authoritative: self.authoritative,
            recursor: self.recursor,
            directory: self.configurations.clone(),
            programs: environment.get("PATH").map(str::to_owned),
            root: self.root.clone(),
            probes: !self.no_probe,
        })
    }
}

fn place(text: &str, port: u16) -> Result<SocketAddr, String> {
    let address = text.parse::<IpAddr>();
    let place = address.map(|address| SocketAddr::new(address, port));
    place
        .or_else(|_| text.parse())
        .map_err(|_| "an IP address, with a port or without".to_owned())
}

/// A check below the name of its part, its cure below it.
fn text(check: &Check, part: &mut Option<Part>, paint: Paint) -> String {
    use std::fmt::Write as _;

    let mut text = String::new();
    if *part != Some(check.part) {
        let space = if part.is_some() { "\n" } else { "" };
        *part = Some(check.part);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{space}{}", check.part);
    }
    let word = format!("{:<7}", check.state.word());
    let word = match check.state {
        State::Green => paint.green(&word),
        State::Yellow => paint.yellow(&word),
        State::Red => paint.red(&word),
        State::Skipped => word,
    };
    let clean = |text: &str| text.replace(char::is_control, " ");
    let _ = writeln!(
        text,
        "  {word}  {}: {}",
        clean(&check.check),
        clean(&check.seen)
    );
    for (number, line) in check.cure.iter().flat_map(|cure| cure.text()).enumerate() {
        let before = if number == 0 { "cure: " } else { "      " };
        let _ = writeln!(text, "           {before}{}", clean(&line));
    }
    text
}
