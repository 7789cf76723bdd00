//! Servers of this machine, by their control sockets: those whose caches the daemon purges, and those that are there beside
//! them. What a server runs with, and who it is, is asked of itself.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, SocketAddr};

use camino::{Utf8Path, Utf8PathBuf};

use super::cure::{Cure, Edit};
use super::deployed;
use super::machine;
use super::process::Process;
use super::scene::{Scene, shell_word};
use super::settings::Settings;
use crate::janitor::purge_error::PurgeError;
use crate::janitor::stream::Said;
use crate::janitor::{address, authoritative, recursor};
use crate::name_server::message::Role;
use crate::power_dns::reached;
use crate::snapshot::report::CacheStatus;

/// What of a recursor's settings anything depends on. An old one has no command for all of them.
const PARAMETERS: &str = "get-parameter allow-from allow-notify-for allow-notify-from config-dir disable-packetcache dnssec \
    dont-throttle-netmasks ecs-add-for edns-subnet-allow-list forward-zones forward-zones-file local-address local-port \
    lua-config-file max-cache-ttl packetcache-servfail-ttl packetcache-ttl serve-rfc1918 socket-dir";

/// A server of this machine.
#[derive(Debug)]
pub(super) struct Controlled {
    pub(super) role: Role,
    /// Its address, as it is configured.
    pub(super) target: String,
    /// The control socket that answered, or would have.
    pub(super) socket: Option<Utf8PathBuf>,
    /// What the daemon says of it, if it purges its caches.
    pub(super) row: Option<CacheStatus>,
    /// What it runs with, or why that is not known.
    pub(super) said: Result<Settings, String>,
    pub(super) process: Option<Process>,
    /// What writes its configuration, where that is ours to write.
    pub(super) deploys: Option<String>,
}

/// All of this role: those that the daemon purges first.
pub(super) async fn find(scene: &Scene, role: Role) -> Vec<Controlled> {
    let mut servers = Vec::new();
    match scene.status() {
        Some(status) => {
            let is_of_role = |row: &&CacheStatus| row.role == word(role);
            for row in status.caches.iter().filter(is_of_role) {
                servers.push(ask_all(role, &row.target, Some(row.clone())).await);
            }
        }
        None => {
            for target in configured(scene, role) {
                servers.push(ask_all(role, &target, None).await);
            }
        }
    }
    for socket in listening(role) {
        if servers
            .iter()
            .any(|server| server.target.contains(socket.as_str()))
        {
            continue;
        }
        let server = ask_all(role, socket.as_str(), None).await;
        if server.said.is_ok() && is_ours(scene, &server) {
            servers.push(server);
        }
    }
    for server in &mut servers {
        server.deploys = deploys(scene, server);
    }
    servers
}

/// What writes the configuration of a server that was deployed.
fn deploys(scene: &Scene, server: &Controlled) -> Option<String> {
    let configuration = scene.configuration()?;
    let directory = configuration.choices().directory?;
    let is_deployed = server.settings()?.text("config-dir") == directory;
    is_deployed.then(|| deployed::command(scene, configuration))
}

/// Whether it has to do with the daemon: a machine may have other servers.
fn is_ours(scene: &Scene, server: &Controlled) -> bool {
    let socket = scene.status().and_then(|status| status.socket.as_deref());
    match (server.role, &server.said, socket) {
        (Role::Authoritative, Ok(settings), Some(socket)) => {
            let backend = settings.text("remote-connection-string");
            backend.contains(socket) || settings.text("launch").contains("remote")
        }
        _ => true,
    }
}

fn configured(scene: &Scene, role: Role) -> Vec<String> {
    let Some(configuration) = scene.configuration() else {
        return Vec::new();
    };
    match role {
        Role::Authoritative => texts(&configuration.janitor_authoritative.value),
        Role::Recursor => texts(&configuration.janitor_recursors.value),
    }
}

fn texts(servers: &[impl ToString]) -> Vec<String> {
    servers.iter().map(ToString::to_string).collect()
}

/// As rows of the status have it.
pub(super) fn word(role: Role) -> &'static str {
    match role {
        Role::Authoritative => "authoritative",
        Role::Recursor => "recursor",
    }
}

/// Control sockets that somebody listens on, in our network.
fn listening(role: Role) -> BTreeSet<Utf8PathBuf> {
    let first = match role {
        Role::Authoritative => "pdns",
        Role::Recursor => "pdns_recursor",
    };
    let all = fs::read_to_string("/proc/net/unix").unwrap_or_default();
    let paths = all
        .lines()
        .filter_map(|line| line.split_whitespace().nth(7));
    paths
        .map(Utf8PathBuf::from)
        .filter(|path| {
            let name = path.file_name().unwrap_or_default();
            let name = name.strip_suffix(".controlsocket").unwrap_or_default();
            name.split(['-', '.']).next() == Some(first)
        })
        .collect()
}

/// Asks at each of its ways, until one answers.
async fn ask_all(role: Role, target: &str, row: Option<CacheStatus>) -> Controlled {
    let mut server = Controlled {
        role,
        target: target.to_owned(),
        socket: None,
        row,
        said: Err("it has no control socket here".to_owned()),
        process: None,
        deploys: None,
    };
    let mut failures = Vec::new();
    for way in target.split('|').map(str::trim) {
        let socket = way.starts_with('/').then(|| Utf8PathBuf::from(way));
        match ask(role, way).await {
            Ok(said) => {
                server.said = Ok(match role {
                    Role::Authoritative => Settings::of_authoritative(&said.text),
                    Role::Recursor => Settings::of_recursor(&said.text),
                });
                server.process = said.process.and_then(Process::of);
                server.socket = socket;
                return server;
            }
            Err(error) if socket.is_some() => {
                failures.push(error.to_string());
                server.socket = server.socket.or(socket);
            }
            Err(_) => {}
        }
    }
    if !failures.is_empty() {
        server.said = Err(failures.join("; "));
    }
    server
}

async fn ask(role: Role, way: &str) -> Result<Said, PurgeError> {
    let strange = |reply: String| PurgeError::Reply {
        address: way.to_owned(),
        reply,
    };
    match role {
        Role::Authoritative => {
            let address: address::Authoritative = way
                .parse()
                .map_err(|error: address::AddressError| strange(error.to_string()))?;
            authoritative::ask(&address, "CURRENT-CONFIG").await
        }
        Role::Recursor => {
            let address: address::Recursor = way
                .parse()
                .map_err(|error: address::AddressError| strange(error.to_string()))?;
            recursor::ask(&address, PARAMETERS).await
        }
    }
}

impl Controlled {
    /// The name of its program.
    pub(super) fn program(&self) -> &'static str {
        match self.role {
            Role::Authoritative => "pdns_server",
            Role::Recursor => "pdns_recursor",
        }
    }

    pub(super) fn settings(&self) -> Option<&Settings> {
        self.said.as_ref().ok()
    }

    /// Where it answers, as one on this machine reaches it.
    pub(super) fn listens(&self) -> Vec<SocketAddr> {
        let Some(settings) = self.settings() else {
            return Vec::new();
        };
        let port = settings.number("local-port");
        let port = port.and_then(|port| u16::try_from(port).ok()).unwrap_or(53);
        let addresses = settings.list("local-address").into_iter();
        let addresses = addresses.filter_map(|text| {
            let address = text.parse::<IpAddr>();
            let address = address.map(|address| SocketAddr::new(address, port));
            address.or_else(|_| text.parse()).ok()
        });
        addresses.map(reached).collect()
    }

    /// The file that its settings stand in.
    pub(super) fn file(&self) -> Utf8PathBuf {
        let name = match self.role {
            Role::Authoritative => "pdns.conf",
            Role::Recursor => "recursor.conf",
        };
        let directory = self.directory();
        let yaml = directory.join("recursor.yml");
        if self.role == Role::Recursor && yaml.exists() {
            return yaml;
        }
        directory.join(name)
    }

    fn directory(&self) -> Utf8PathBuf {
        let directory = self
            .settings()
            .map_or("", |settings| settings.text("config-dir"));
        if directory.is_empty() {
            "/etc/powerdns".into()
        } else {
            directory.into()
        }
    }

    /// A command by the program that comes with it.
    pub(super) fn control(&self, words: &str) -> String {
        let program = match self.role {
            Role::Authoritative => "pdns_control",
            Role::Recursor => "rec_control",
        };
        let directory = self.socket.as_deref().and_then(Utf8Path::parent);
        match directory {
            Some(directory) => format!(
                "{program} --socket-dir={} {words}",
                shell_word(directory.as_str())
            ),
            None => format!("{program} {words}"),
        }
    }

    /// Has it read its configuration anew.
    pub(super) fn restart(&self) -> Cure {
        let unit = self
            .process
            .as_ref()
            .and_then(|process| process.unit.as_ref());
        if let Some(unit) = unit {
            return Cure::command(format!("systemctl restart {unit}"));
        }
        let words = match self.role {
            Role::Authoritative => "quit",
            Role::Recursor => "quit-nicely",
        };
        Cure::command(self.control(words)).then(Cure::words(format!(
            "start {} again, if nobody does it by himself",
            self.program()
        )))
    }

    /// Sets something of it, and has it read that.
    pub(super) fn set<T: AsRef<str>>(&self, settings: impl IntoIterator<Item = T>) -> Cure {
        if let Some(command) = &self.deploys {
            return Cure::command(command.as_str()).then(self.restart());
        }
        let file = self.file();
        let is_yaml = file.as_str().ends_with(".yml");
        let lines = settings.into_iter().map(|setting| {
            let setting = setting.as_ref();
            if is_yaml {
                yaml(setting)
            } else {
                setting.to_owned()
            }
        });
        Cure::edit(Edit::lines(file.as_str(), lines)).then(self.restart())
    }

    /// Starts one that does not run.
    pub(super) fn start(scene: &Scene, role: Role) -> Cure {
        let (units, program, usual): (&[&str], _, &[&str]) = match role {
            Role::Authoritative => (
                &["zonesmith-powerdns.service", "pdns.service"],
                "pdns_server",
                &["etc/powerdns", "etc/pdns"],
            ),
            Role::Recursor => (
                &["zonesmith-recursor.service", "pdns-recursor.service"],
                "pdns_recursor",
                &["etc/powerdns", "etc/pdns-recursor"],
            ),
        };
        if let Some(unit) = machine::unit(&scene.asked.root, units) {
            return Cure::command(format!("systemctl start {unit}"));
        }
        match scene.directory(usual) {
            Some(directory) => Cure::command(format!(
                "{program} --config-dir={} --daemon=yes",
                shell_word(directory.as_str())
            )),
            None => Cure::command(scene.command("deploy systemd")),
        }
    }
}

/// A setting of the recursor as its newer language has it: the section, the name, and the value.
fn yaml(setting: &str) -> String {
    let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
    let (section, name) = match name.trim_end_matches('+') {
        "local-address" => ("incoming", "listen"),
        "local-port" => ("incoming", "port"),
        "allow-from" => ("incoming", "allow_from"),
        "allow-notify-for" => ("incoming", "allow_notify_for"),
        "allow-notify-from" => ("incoming", "allow_notify_from"),
        "dont-throttle-netmasks" => ("outgoing", "dont_throttle_netmasks"),
        "ecs-add-for" => ("ecs", "add_for"),
        "edns-subnet-allow-list" => ("outgoing", "edns_subnet_allow_list"),
        "packetcache-servfail-ttl" => ("packetcache", "servfail_ttl"),
        "disable-packetcache" => ("packetcache", "disable"),
        "dnssec" => ("dnssec", "validation"),
        "forward-zones" => ("recursor", "forward_zones"),
        other => ("recursor", other),
    };
    format!("{section}.{name}: {value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recursor(settings: &str) -> Controlled {
        Controlled {
            role: Role::Recursor,
            target: "/run/r/pdns_recursor.controlsocket".to_owned(),
            socket: Some("/run/r/pdns_recursor.controlsocket".into()),
            row: None,
            said: Ok(Settings::of_recursor(settings)),
            process: None,
            deploys: None,
        }
    }

    #[test]
    fn a_server_is_reached_where_it_listens() {
        let server = recursor(
            "local-address=\"0.0.0.0, 10.0.0.1:5301 ::\"\nlocal-port=\"5353\"\nconfig-dir=\"/nowhere\"\n",
        );
        let listens: Vec<_> = server.listens().iter().map(ToString::to_string).collect();
        assert_eq!(listens, ["127.0.0.1:5353", "10.0.0.1:5301", "[::1]:5353"]);
    }

    #[test]
    fn a_setting_is_set_in_the_file_that_it_reads_and_it_reads_it() {
        let server = recursor("config-dir=\"/nowhere\"\n");
        let text = server.set(["packetcache-servfail-ttl=0"]).text();
        assert_eq!(
            text,
            [
                "in /nowhere/recursor.conf: packetcache-servfail-ttl=0",
                "`rec_control --socket-dir=/run/r quit-nicely`",
                "start pdns_recursor again, if nobody does it by himself",
            ]
        );
        assert_eq!(
            yaml("packetcache-servfail-ttl=0"),
            "packetcache.servfail_ttl: 0"
        );
    }
}
