//! `zonesmith resolver`: what the resolver of a container is told, and those who tell it.
//!
//! - `show`: for a service, in the language of a runtime
//! - `node`: for the node itself
//! - `oci_hook`, `cni_plugin`: run by runtimes
//! - `follow`: keeps right what those wrote
//! - `known`: what is known of the cluster, wherever it stands
//! - `written`: a file that is written and kept right

pub(super) mod cni_plugin;
mod follow;
mod known;
mod node;
mod oci_hook;
mod show;
mod written;

use clap::{Args, Subcommand};

use super::Exit;
use crate::config::environment::Environment;

const EXAMPLES: &str = "\
Examples:
  zonesmith resolver shop/svc/web                      the file /etc/resolv.conf
  docker run $(zonesmith resolver shop/svc/web --format docker) …
  zonesmith resolver shop/svc/web --format podman -- --dns-search example.com
                                                       the options to add to those that there are
  zonesmith resolver shop/svc/web --format json        why nothing is set, if so
  zonesmith resolver node                              a drop-in for the node's own resolver

A container asks the name servers of the cluster (`cluster.dns`), and finds `web` as web.shop.svc.CLUSTER, `api.shop` as \
api.shop.svc.CLUSTER. What it was given stays as it is. Nothing is printed where nothing is to be set: on the host's network, on \
another container's, with name servers of its own, in a cluster without DNS; why is said on the standard error.

Runtimes set it themselves with the hook and the plugin below; `zonesmith resolver follow` keeps right what they wrote.";

/// Set up the resolvers of containers
///
/// Prints what the resolver of a container of a service is told. The commands below set it where a container is started,
/// whoever starts it.
#[derive(Debug, Args)]
#[command(
    after_long_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub(super) struct Resolver {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    show: show::Show,
}

#[derive(Debug, Subcommand)]
enum Command {
    OciHook(oci_hook::OciHook),
    CniPlugin(cni_plugin::CniPlugin),
    Follow(follow::Follow),
    Node(node::Node),
}

impl Resolver {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        match self.command {
            None => self.show.run(environment),
            Some(Command::OciHook(hook)) => hook.run(environment),
            Some(Command::CniPlugin(plugin)) => plugin.run(environment),
            Some(Command::Follow(follow)) => follow.run(environment),
            Some(Command::Node(node)) => node.run(environment),
        }
    }

    /// Whether it goes on until it is ended, and logs what it does.
    pub(super) fn is_running(&self) -> bool {
        matches!(self.command, Some(Command::Follow(_)))
    }
}
