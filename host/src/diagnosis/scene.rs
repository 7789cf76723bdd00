//! What is known before anything is judged: what was asked for, what the daemon says, which servers this machine has.

use std::net::{IpAddr, SocketAddr};

use camino::{Utf8Path, Utf8PathBuf};
use zonesmith_zone::name::Name;

use super::control::{self, Controlled};
use super::cure::Cure;
use super::machine;
use super::process::Process;
use crate::admin::client::Client;
use crate::config::file::ConfigurationError;
use crate::config::{Configuration, DEFAULT_FILE};
use crate::name_server::message::Role;
use crate::snapshot::report::Status;

/// What is to be looked at.
#[derive(Debug)]
pub struct Asked {
    /// The configuration, or why it is not understood.
    pub configuration: Result<Configuration, ConfigurationError>,
    /// Its file.
    pub file: Utf8PathBuf,
    /// The daemon's admin socket.
    pub admin: Utf8PathBuf,
    /// Where the authoritative server is to answer, for one that cannot be asked.
    pub authoritative: Option<SocketAddr>,
    /// The same of the recursor.
    pub recursor: Option<SocketAddr>,
    /// Where the configurations of both are, for one that does not run.
    pub directory: Option<Utf8PathBuf>,
    /// Directories in which programs are looked for, as `PATH` has them.
    pub programs: Option<String>,
    /// Below which `etc` and `run` are.
    pub root: Utf8PathBuf,
    /// Whether a name may be published to be watched.
    pub probes: bool,
}

/// What is known.
pub struct Scene {
    pub(super) asked: Asked,
    pub(super) client: Client,
    /// The daemon's word, or why there is none.
    pub(super) status: Result<Status, String>,
    pub(super) authoritative: Vec<Controlled>,
    pub(super) recursors: Vec<Controlled>,
    /// Where authoritative servers of this machine answer; known when they were asked.
    pub(super) authoritative_at: Vec<SocketAddr>,
    /// The same of recursors.
    pub(super) recursors_at: Vec<SocketAddr>,
}

impl Scene {
    /// Asks who is there.
    pub(super) async fn look(asked: Asked) -> Self {
        let client = Client::new(&asked.admin);
        let status = client.ask_status().await;
        let status = status.map_err(|error| sentence(&error));
        let mut scene = Self {
            asked,
            client,
            status,
            authoritative: Vec::new(),
            recursors: Vec::new(),
            authoritative_at: Vec::new(),
            recursors_at: Vec::new(),
        };
        scene.authoritative = control::find(&scene, Role::Authoritative).await;
        scene.recursors = control::find(&scene, Role::Recursor).await;
        scene
    }

    /// The configuration, if it is understood.
    pub(super) fn configuration(&self) -> Option<&Configuration> {
        self.asked.configuration.as_ref().ok()
    }

    /// The daemon's word, if there is one.
    pub(super) fn status(&self) -> Option<&Status> {
        self.status.as_ref().ok()
    }

    /// Apexes of all zones, the first cluster's own one first.
    pub(super) fn zones(&self) -> Vec<Name> {
        let Some(status) = self.status() else {
            return Vec::new();
        };
        let zones = status.zones.iter();
        let mut zones: Vec<_> = zones
            .filter_map(|zone| Name::parse(&zone.apex).ok())
            .collect();
        let own = Name::parse(&status.cluster.name).ok();
        let is_reverse = |zone: &Name| zone.to_string().ends_with(".arpa.");
        zones.sort_by_key(|zone| (Some(zone) != own.as_ref(), is_reverse(zone)));
        zones
    }

    /// The addresses of the clusters' name servers, in order.
    pub(super) fn name_servers(&self) -> Vec<IpAddr> {
        let mut addresses = Vec::new();
        for cluster in self
            .status()
            .into_iter()
            .flat_map(|status| &status.clusters)
        {
            for address in &cluster.nameservers {
                if let Ok(address) = address.parse()
                    && !addresses.contains(&address)
                {
                    addresses.push(address);
                }
            }
        }
        addresses
    }

    /// A command of ours, for this configuration.
    pub(super) fn command(&self, words: &str) -> String {
        if self.asked.file == DEFAULT_FILE {
            format!("zonesmith {words}")
        } else {
            format!("zonesmith {words} --config {}", self.asked.file)
        }
    }

    /// Sets keys of our configuration.
    pub(super) fn set(&self, edits: &[String]) -> Cure {
        let quoted: Vec<_> = edits.iter().map(|edit| shell_word(edit)).collect();
        Cure::command(self.command(&format!("config set {}", quoted.join(" "))))
    }

    /// Starts the daemon.
    pub(super) fn start_daemon(&self) -> String {
        match machine::unit(&self.asked.root, &["zonesmith.service"]) {
            Some(unit) => format!("systemctl start {unit}"),
            None => self.command("serve"),
        }
    }

    /// Ends the daemon and starts it again.
    pub(super) fn restart_daemon(&self) -> Cure {
        if let Some(unit) = machine::unit(&self.asked.root, &["zonesmith.service"]) {
            return Cure::command(format!("systemctl restart {unit}"));
        }
        let process = self.daemon_process();
        let end = process.map(|process| format!("kill {}", process.id));
        Cure::commands(end.into_iter().chain([self.start_daemon()]))
    }

    /// The process behind the admin socket.
    pub(super) fn daemon_process(&self) -> Option<Process> {
        let stream = std::os::unix::net::UnixStream::connect(&self.asked.admin).ok()?;
        let credentials = rustix::net::sockopt::socket_peercred(&stream).ok()?;
        let id = u32::try_from(credentials.pid.as_raw_nonzero().get()).ok()?;
        Process::of(id)
    }

    /// What a zone's SOA is: everything but the serial, and that.
    pub(super) async fn soa(&self, zone: &Name) -> Option<Soa> {
        let found = self.client.lookup(&zone.to_string(), Some("SOA")).await;
        let record = found.ok()?.records.into_iter().next()?;
        Soa::read(&record.record.content)
    }

    /// The directory that servers of this machine have their configurations in.
    pub(super) fn directory(&self, others: &[&str]) -> Option<Utf8PathBuf> {
        let root = &self.asked.root;
        let usual = others.iter().map(|path| root.join(path));
        let named = self.asked.directory.clone();
        named
            .into_iter()
            .chain(usual)
            .find(|directory| Utf8Path::exists(directory))
    }
}

/// What an SOA says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Soa {
    /// The primary and whom to write to.
    pub(super) names: String,
    /// Seconds since 1970, if it is one of ours.
    pub(super) serial: u32,
}

impl Soa {
    /// Reads it as a master file has it.
    pub(super) fn read(content: &str) -> Option<Self> {
        let mut words = content.split_whitespace();
        let names = [words.next()?, words.next()?].map(str::to_ascii_lowercase);
        let names = names.map(|name| name.trim_end_matches('.').to_owned());
        Some(Self {
            names: names.join(" "),
            serial: words.next()?.parse().ok()?,
        })
    }
}

/// The chain of an error as one sentence.
pub(super) fn sentence(error: &anyhow::Error) -> String {
    format!("{error:#}")
}

/// A word for a shell.
pub(super) fn shell_word(text: &str) -> String {
    let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-_./:=+,@%".contains(&octet);
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
