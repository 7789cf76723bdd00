//! `zonesmith deploy`: the DNS service of a node, set up and taken away.
//!
//! - `options`: what may be chosen, and how it is said in the configuration
//! - `known`: what is known of the cluster: from the daemon, else from the source itself
//! - `prepared`: all that is to be done, before anything is; `done`: doing it, and what is told of it
//! - `remove`: taking it away
//! - `service`: the words of the agent's users for it

mod done;
mod known;
mod options;
mod prepared;
mod remove;
pub(super) mod service;

use clap::Subcommand;

use self::options::Options;
use super::Exit;
use crate::config::environment::Environment;
use crate::deployment::target::Target;

const EXAMPLES: &str = "\
Examples:
  zonesmith deploy systemd --source opensvc:         all of it on this node, on Debian's PowerDNS
  zonesmith deploy systemd --dry-run                 what that would change, as a difference
  zonesmith deploy systemd --forward corp.example=10.0.0.53 --udp-size 4096
  zonesmith deploy files --directory /srv/dns        configurations of PowerDNS and its recursor alone
  zonesmith deploy quadlet                           the same in Podman's containers
  zonesmith deploy remove                            as if it had never been

What is chosen is kept in the configuration (`[deploy]`): run again, with the same options or without, it \
changes nothing. When `cluster.dns`, the networks or the zones change later, the daemon brings the servers up to date itself.";

/// Set up the DNS service of this node: PowerDNS, its recursor, and the daemon
///
/// Writes the configurations of both servers out of what is known of the cluster, and what runs them; each setting has its
/// reason above it. The state of the cluster is the running daemon's, or where none runs, read from its source once.
#[derive(Debug, Subcommand)]
#[command(after_long_help = EXAMPLES)]
pub(super) enum Deploy {
    /// Configurations alone, for servers that are run in another way
    Files(Options),
    /// Units of systemd, for the daemon and for Debian's PowerDNS and recursor
    Systemd(Options),
    /// Units of Podman (4.4 or later), for the makers' images of both servers; the daemon by systemd
    Quadlet(Options),
    /// A compose file, for the makers' images of both servers; the daemon by systemd
    Compose(Options),
    /// The service system/svc/dns of an OpenSVC cluster, for the makers' images; the daemon by systemd
    Opensvc(service::Service),
    Remove(remove::Remove),
}

impl Deploy {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        match self {
            Self::Files(options) => done::deploy(Target::Files, &options, environment),
            Self::Systemd(options) => done::deploy(Target::Systemd, &options, environment),
            Self::Quadlet(options) => done::deploy(Target::Quadlet, &options, environment),
            Self::Compose(options) => done::deploy(Target::Compose, &options, environment),
            Self::Opensvc(service) => {
                done::deploy(Target::Opensvc, &service.options()?, environment)
            }
            Self::Remove(remove) => remove.run(environment),
        }
    }
}
