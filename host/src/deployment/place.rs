//! Where things are on the machine that is deployed to.

use camino::{Utf8Path, Utf8PathBuf};

use crate::config::deploy::Choices;
use crate::config::{Configuration, DEFAULT_FILE};

/// Where the servers make their control sockets when nobody says.
const SOCKETS: &str = "/run/zonesmith-dns";

/// Paths as the machine will see them, also where a package is made below another root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The daemon's program.
    pub executable: Utf8PathBuf,
    /// The daemon's configuration.
    pub configuration: Utf8PathBuf,
    /// The socket that PowerDNS asks.
    pub backend: Utf8PathBuf,
    /// The servers' configurations.
    pub directory: Utf8PathBuf,
    /// The servers' control sockets, in [`authoritative`](Self::authoritative) and in [`recursor`](Self::recursor).
    pub sockets: Utf8PathBuf,
    /// The group of the servers, which may ask the daemon, and which the daemon is in to reach their control sockets.
    pub group: Option<String>,
    /// Whether the caches of the servers are purged by nobody.
    pub is_unpurged: bool,
    /// Whether the state of the cluster comes from the socket of an agent, which is root's.
    pub has_agent_socket: bool,
    /// Directories in which the servers' programs are looked for, as `PATH` has them.
    pub programs: Option<String>,
}

impl Place {
    /// As the configuration and `executable` say.
    #[must_use]
    pub fn of(configuration: &Configuration, choices: &Choices, executable: &Utf8Path) -> Self {
        let file = configuration.file();
        let beside = || file.with_file_name("powerdns");
        Self {
            executable: executable.to_owned(),
            configuration: file.to_owned(),
            backend: configuration.socket_path.value.clone(),
            directory: choices.directory.clone().unwrap_or_else(beside),
            sockets: choices.sockets.clone().unwrap_or_else(|| SOCKETS.into()),
            group: configuration
                .socket_group
                .value
                .as_ref()
                .map(ToString::to_string),
            is_unpurged: configuration.janitor_off.value,
            has_agent_socket: configuration.sources.value.iter().any(|source| {
                let source = source.to_string();
                source.starts_with("opensvc:") && !source.starts_with("opensvc:https:")
            }),
            programs: None,
        }
    }

    /// How a command is told of the daemon's configuration, a blank before it; nothing where it finds it by itself.
    #[must_use]
    pub fn configuration_option(&self) -> String {
        if self.configuration == DEFAULT_FILE {
            String::new()
        } else {
            format!(" --config {}", self.configuration)
        }
    }

    /// Where the authoritative server makes its control socket.
    #[must_use]
    pub fn authoritative(&self) -> Utf8PathBuf {
        self.sockets.join("authoritative")
    }

    /// Where the recursor makes its control socket.
    #[must_use]
    pub fn recursor(&self) -> Utf8PathBuf {
        self.sockets.join("recursor")
    }
}
