//! The commands: a file each, and this table of them.
//!
//! A command prints through [`output`] alone and hands back an [`Exit`] or an error, whose chain is printed as one
//! sentence. The words that users of the agent know (`daemon dns dump`, `cluster set --kw …`, `system/svc/dns deploy`) are
//! hidden aliases.

mod ask;
mod cluster;
mod completions;
mod config;
mod deploy;
mod doctor;
mod dump;
mod explain;
mod follow;
mod janitor;
mod lookup;
pub mod output;
mod paint;
mod pipe;
mod playground;
mod policy;
mod publish;
mod reach;
mod record;
mod resolver;
mod serve;
mod state;
mod status;
mod wait;
mod watch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::environment::{self, Environment};
use crate::config::setting::LogFormat;
use crate::resolver::cni::PLUGIN;
use crate::telemetry;

/// What is logged by a command that is not the daemon: it says itself what went wrong.
const COMMAND_LOG_LEVEL: &str = "warn";

/// The same of one that runs like the daemon.
const RUNNING_LOG_LEVEL: &str = "info";

/// The exit code of a comparison that found something: no failure, and not what was not understood (2).
const DIFFERS: u8 = 3;

const EXAMPLES: &str = "\
Begin:
  zonesmith serve examples/demo/cluster.json     serve the names of a cluster
  zonesmith status                               see what is live
  zonesmith lookup web.shop.svc.demo             ask for a name
  zonesmith dump                                 see all of them
  zonesmith watch                                see what changes

The exit code is 0 when the command did its work, 1 when it failed or there is no such name, 2 when it \
was not understood, 3 when what it compared differs.";

/// Cluster DNS: the state of a cluster in, names out, with the naming rules in a component that is swapped live.
///
/// Zonesmith serves what runs in a cluster as DNS zones, through PowerDNS. Which names a service gets is decided by
/// a policy, a WebAssembly component: one is built in, yours may replace it or stand beside it, without a restart.
#[derive(Debug, Parser)]
#[command(name = "zonesmith", version, after_long_help = EXAMPLES, max_term_width = 100)]
pub struct Cli {
    /// What is logged to the standard error: error, warn, info, debug, trace, or a filter
    #[arg(long, global = true, value_name = "LEVEL", help_heading = "The log")]
    log: Option<String>,

    /// How it is logged
    #[arg(long, global = true, value_name = "FORMAT", help_heading = "The log")]
    log_format: Option<LogFormat>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Lookup(lookup::Lookup),
    Dump(dump::Dump),
    Status(status::Status),
    Explain(explain::Explain),
    Watch(watch::Watch),
    Janitor(janitor::Purge),
    Wait(wait::Wait),
    Doctor(doctor::Doctor),
    #[command(subcommand)]
    Deploy(deploy::Deploy),
    Resolver(Box<resolver::Resolver>),
    Pipe(pipe::Pipe),
    Publish(Box<publish::Publish>),
    #[command(subcommand)]
    Policy(policy::Policy),
    Playground(Box<playground::Serve>),
    Record(Box<record::Record>),
    #[command(subcommand)]
    Config(config::Config),
    #[command(subcommand)]
    State(state::State),
    Completions(completions::Completions),
    #[command(subcommand, hide = true)]
    Daemon(DaemonAlias),
    #[command(subcommand, hide = true)]
    Cluster(cluster::Cluster),
}

impl Command {
    /// Whether it runs like the daemon.
    fn is_running(&self) -> bool {
        matches!(self, Self::Janitor(_))
            || matches!(self, Self::Resolver(resolver) if resolver.is_running())
    }
}

/// `daemon dns dump`, as the agent has it.
#[derive(Debug, Subcommand)]
enum DaemonAlias {
    #[command(subcommand)]
    Dns(DnsAlias),
}

#[derive(Debug, Subcommand)]
enum DnsAlias {
    Dump(dump::Dump),
}

/// How a command that could do its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0
    Done,
    /// 1: no such name, a refused policy. What it is was printed.
    Failed,
    /// 3: what was compared differs.
    Differs,
}

/// The process: parse, run, print the error, tell the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let environment = Environment::of_process();
    if environment::called_as().as_deref() == Some(PLUGIN) {
        return end(resolver::cni_plugin::run(&environment));
    }
    let words = deploy::service::plain_words(std::env::args_os());
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way, too, with 0. A closed pipe is nothing to complain of.
            let _ = error.print();
            return u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    end(cli.run(&environment))
}

fn end(result: anyhow::Result<Exit>) -> ExitCode {
    match result {
        Ok(Exit::Done) => ExitCode::SUCCESS,
        Ok(Exit::Failed) => ExitCode::FAILURE,
        Ok(Exit::Differs) => ExitCode::from(DIFFERS),
        Err(error) => {
            output::complain(&error);
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let Self {
            log,
            log_format,
            command,
        } = self;
        if let Command::Serve(serve) = command {
            return serve.run(environment, log.as_deref(), log_format);
        }
        let default = if command.is_running() {
            RUNNING_LOG_LEVEL
        } else {
            COMMAND_LOG_LEVEL
        };
        let level = log
            .as_deref()
            .or_else(|| environment.get("RUST_LOG"))
            .unwrap_or(default);
        telemetry::start(level, log_format.unwrap_or(LogFormat::Text))?;
        match command {
            // The daemon has a log of its own, above.
            Command::Serve(_) => Ok(Exit::Failed),
            Command::Lookup(lookup) => lookup.run(environment),
            Command::Dump(dump) | Command::Daemon(DaemonAlias::Dns(DnsAlias::Dump(dump))) => {
                dump.run(environment)
            }
            Command::Status(status) => status.run(environment),
            Command::Explain(explain) => explain.run(environment),
            Command::Watch(watch) => watch.run(environment),
            Command::Janitor(janitor) => janitor.run(environment),
            Command::Wait(wait) => wait.run(environment),
            Command::Doctor(doctor) => doctor.run(environment),
            Command::Deploy(deploy) => deploy.run(environment),
            Command::Resolver(resolver) => resolver.run(environment),
            Command::Pipe(pipe) => pipe.run(environment),
            Command::Publish(publish) => publish.run(environment),
            Command::Policy(policy) => policy.run(environment),
            Command::Playground(playground) => playground.run(environment),
            Command::Record(record) => record.run(environment),
            Command::Config(config) => config.run(environment),
            Command::State(state) => state.run(environment),
            Command::Completions(completions) => completions.run(),
            Command::Cluster(cluster) => cluster.run(environment),
        }
    }
}

#[cfg(test)]
mod tests;
