//! How a command finds the daemon: where it was told, else where the configuration says, else where one answers.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use toml_edit::value;

use crate::admin;
use crate::config::environment::Environment;
use crate::config::place::Role;
use crate::config::{Configuration, Layers};
use crate::remote;

/// Options of every command that asks the daemon.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "The daemon")]
pub(super) struct Reach {
    /// Configuration file [default: /etc/zonesmith/zonesmith.toml]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<Utf8PathBuf>,

    /// The socket that PowerDNS asks [default: pdns.sock in /run/zonesmith, else in the user's runtime directory]
    #[arg(long, value_name = "PATH")]
    pub(super) socket: Option<Utf8PathBuf>,

    /// The daemon's admin socket [default: admin.sock beside the other]
    #[arg(long, value_name = "PATH")]
    pub(super) admin: Option<Utf8PathBuf>,
}

impl Reach {
    /// Everything that was said, these options included.
    pub(super) fn layers(&self, role: Role, environment: &Environment) -> anyhow::Result<Layers> {
        let path = |path: &Option<Utf8PathBuf>| path.as_deref().map(|path| value(path.as_str()));
        Ok(
            Layers::read(role, environment.clone(), self.config.as_deref())?
                .with("socket.path", "--socket", path(&self.socket))
                .with("admin.path", "--admin", path(&self.admin)),
        )
    }

    /// The configuration as a command sees it.
    pub(super) fn configuration(&self, environment: &Environment) -> anyhow::Result<Configuration> {
        Ok(Configuration::load(
            self.layers(Role::Client, environment)?,
        )?)
    }

    /// The way to the admin socket.
    pub(super) fn admin(&self, environment: &Environment) -> anyhow::Result<admin::client::Client> {
        Ok(admin::client::Client::new(
            &self.configuration(environment)?.admin_path.value,
        ))
    }

    /// A connection to the socket that PowerDNS asks.
    pub(super) fn connect(
        &self,
        environment: &Environment,
    ) -> anyhow::Result<remote::client::Client> {
        let configuration = self.configuration(environment)?;
        let socket = &configuration.socket_path.value;
        remote::client::Client::connect(socket.as_std_path()).map_err(|error| {
            nothing_served(socket, &configuration.admin_path.value).unwrap_or_else(|| error.into())
        })
    }
}

/// Why there is no socket: nobody runs, or somebody runs and has a reason.
fn nothing_served(socket: &Utf8Path, admin: &Utf8Path) -> Option<anyhow::Error> {
    if let Ok(status) = admin::client::Client::new(admin).status() {
        let reason = status
            .reason
            .unwrap_or_else(|| "`zonesmith status` knows more".to_owned());
        return Some(match status.socket {
            Some(other) if other != socket.as_str() => {
                anyhow::anyhow!("no daemon answers at {socket}; one does at {other}")
            }
            Some(_) => return None,
            None => anyhow::anyhow!("the daemon serves no zones: {reason}"),
        });
    }
    (!socket.exists())
        .then(|| anyhow::anyhow!("no daemon answers at {socket}; start one with `zonesmith serve`"))
}
