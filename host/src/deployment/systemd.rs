//! The target `systemd`: units for the daemon, PowerDNS and its recursor, on programs that are installed.
//!
//! The units are the files in `host/etc/systemd`, with the paths of this deployment in place of the usual ones. Nothing
//! runs as root. The servers run as the packages' user `pdns`; the daemon has a user of its own, is in their group, and
//! owns the directory of their configurations, which they may read.
//!
//! We do not use the packages' units with a configuration of ours: a drop-in would have to undo half of each, and an
//! administrator who has a PowerDNS there finds it as it was when ours is gone.
//!
//! - `daemon`: the daemon alone, for targets that run the servers in another way

mod daemon;

pub(super) use self::daemon::daemon;

use anyhow::bail;
use camino::{Utf8Path, Utf8PathBuf};

use super::facts::Facts;
use super::item::Item;
use super::place::Place;
use super::servers::{self, Versions};
use super::{Command, Rendered, When};
use crate::config::deploy::Choices;
use crate::power_dns::program::Program;

/// The daemon's user.
pub(super) const DAEMON: &str = "zonesmith";

/// The servers' user, and its group, in Debian's packages.
const SERVERS: &str = "pdns";

/// Where an administrator's units are.
const UNITS: &str = "/etc/systemd/system";

/// Where accounts are listed.
const ACCOUNTS: &str = "/etc/sysusers.d/zonesmith.conf";

/// The socket that PowerDNS asks, where the unit has its directory.
const BACKEND: &str = "/run/zonesmith/pdns.sock";

/// Runtime directories are below it.
const RUN: &str = "/run";

const DAEMON_UNIT: (&str, &str) = (
    "zonesmith.service",
    include_str!("../../etc/systemd/zonesmith.service"),
);
const SOCKET_UNIT: (&str, &str) = (
    "zonesmith.socket",
    include_str!("../../etc/systemd/zonesmith.socket"),
);
const AUTHORITATIVE_UNIT: (&str, &str) = (
    "zonesmith-powerdns.service",
    include_str!("../../etc/systemd/zonesmith-powerdns.service"),
);
const RECURSOR_UNIT: (&str, &str) = (
    "zonesmith-recursor.service",
    include_str!("../../etc/systemd/zonesmith-recursor.service"),
);
const SYSUSERS: &str = include_str!("../../etc/systemd/zonesmith.sysusers");

/// Beside the daemon's unit, where its source is the socket of an agent.
const AGENT: &str = "\
# The socket of the agent, which is root's, is where the state of the cluster comes from. With a token, over https, this
# right is not needed: `source = \"opensvc:https://NODE:1215\"`.
[Service]
CapabilityBoundingSet=CAP_DAC_OVERRIDE
AmbientCapabilities=CAP_DAC_OVERRIDE
";

/// Keys of the configuration that are set where they are not.
#[must_use]
pub fn defaults(place: &Place) -> Vec<(&'static str, String)> {
    vec![
        ("socket.path", BACKEND.to_owned()),
        ("socket.group", SERVERS.to_owned()),
        ("deploy.directory", place.directory.to_string()),
        ("deploy.sockets", place.sockets.to_string()),
    ]
}

/// Accounts, configurations, units, and what starts them.
///
/// # Errors
/// A server is not installed, or the daemon's program is where units cannot run it.
pub fn render(facts: &Facts, choices: &Choices, place: &Place) -> anyhow::Result<Rendered> {
    daemon::check(place)?;
    let Ok(sockets) = place.sockets.strip_prefix(RUN) else {
        bail!(
            "systemd makes directories of sockets below {RUN}, not {}: name another one with --sockets",
            place.sockets
        );
    };
    let versions = Versions::find(choices, place)?;
    let group = place.group.as_deref().unwrap_or(SERVERS);
    let mut items = vec![
        Item::file(ACCOUNTS, SYSUSERS),
        // The group is that of every file in it, whoever of the two writes it.
        Item::directory(&place.directory).owned(DAEMON, group, 0o2750),
    ];
    for file in servers::render(facts, choices, place, &versions) {
        let path = place.directory.join(file.name);
        items.push(Item::file(path, file.text).owned(DAEMON, group, 0o640));
    }
    let configurations: Vec<Utf8PathBuf> =
        items.iter().skip(2).map(|item| item.path.clone()).collect();
    let units = units(choices, place, sockets);
    let paths: Vec<Utf8PathBuf> = units.iter().map(|item| item.path.clone()).collect();
    items.extend(units);
    Ok(Rendered {
        accounts: vec![daemon::account()],
        items,
        replaces: ["pdns.service", "pdns-recursor.service"]
            .map(str::to_owned)
            .into(),
        commands: commands(place, &paths, &configurations),
        undo: vec![Command::always(
            &[
                "systemctl",
                "disable",
                "--now",
                RECURSOR_UNIT.0,
                AUTHORITATIVE_UNIT.0,
                SOCKET_UNIT.0,
                DAEMON_UNIT.0,
            ],
            "stop all of it",
        )],
        farewell: vec![Command::always(
            &["systemctl", "daemon-reload"],
            "have systemd forget the units",
        )],
        leftovers: vec![place.sockets.clone(), directory_of(&place.backend)],
        advice: advice(place),
        ..Rendered::default()
    })
}

/// What whoever deploys has to know of the daemon's rights.
fn advice(place: &Place) -> Vec<String> {
    if place.has_agent_socket {
        vec!["the daemon may pass over the permissions of files (CAP_DAC_OVERRIDE), to reach the socket of the agent; over https, with a token, it needs no such right".to_owned()]
    } else {
        Vec::new()
    }
}

fn directory_of(path: &Utf8Path) -> Utf8PathBuf {
    path.parent().unwrap_or(path).to_owned()
}

/// The units, with the paths of this deployment.
fn units(choices: &Choices, place: &Place, sockets: &Utf8Path) -> Vec<Item> {
    let program = |program: Program| {
        let installed = program.find(place.programs.as_deref()).ok();
        let path =
            installed.and_then(|installed| installed.path.into_os_string().into_string().ok());
        path.unwrap_or_else(|| format!("/usr/sbin/{}", program.name()))
    };
    let group = place.group.as_deref().unwrap_or(SERVERS);
    let backend = directory_of(&place.backend);
    let mut paths = vec![
        ("/etc/zonesmith/powerdns", place.directory.to_string()),
        ("zonesmith-dns", sockets.to_string()),
        ("/run/zonesmith/pdns.sock", place.backend.to_string()),
        (
            "/usr/bin/zonesmith serve",
            format!("{} serve{}", place.executable, place.configuration_option()),
        ),
        ("/usr/sbin/pdns_server", program(Program::Authoritative)),
        ("/usr/sbin/pdns_recursor", program(Program::Recursor)),
        (
            "SupplementaryGroups=pdns",
            format!("SupplementaryGroups={group}"),
        ),
        ("SocketGroup=pdns", format!("SocketGroup={group}")),
    ];
    if let Ok(backend) = backend.strip_prefix(RUN) {
        paths.push((
            "RuntimeDirectory=zonesmith\n",
            format!("RuntimeDirectory={backend}\n"),
        ));
    }
    let unit = |(name, text): (&str, &str)| {
        let mut text = text.to_owned();
        for (usual, here) in &paths {
            text = text.replace(usual, here);
        }
        Item::file(format!("{UNITS}/{name}"), text)
    };
    let mut authoritative = unit(AUTHORITATIVE_UNIT);
    if choices.port < 1024 {
        let (few, more) = (
            [
                "CapabilityBoundingSet=\nAmbientCapabilities=\n",
                "on a port that takes no rights",
            ],
            [
                "CapabilityBoundingSet=CAP_NET_BIND_SERVICE\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n",
                "on a port below 1024: the only right it has",
            ],
        );
        authoritative = authoritative.with(few, more);
    }
    let mut units = vec![
        unit(DAEMON_UNIT),
        unit(SOCKET_UNIT),
        authoritative,
        unit(RECURSOR_UNIT),
    ];
    if place.has_agent_socket {
        let directory = format!("{UNITS}/{}.d", DAEMON_UNIT.0);
        units.push(Item::directory(&directory));
        units.push(Item::file(format!("{directory}/agent.conf"), AGENT));
    }
    units
}

/// What starts all of it, and what runs again after a change. Restarts come first, and only of what runs: what is started
/// after them was changed before it began.
fn commands(place: &Place, units: &[Utf8PathBuf], configurations: &[Utf8PathBuf]) -> Vec<Command> {
    let unit = |(name, _): (&str, &str)| Utf8PathBuf::from(format!("{UNITS}/{name}"));
    let restart = |name: &str, paths: Vec<Utf8PathBuf>, reason: &str| {
        Command::new(
            &["systemctl", "try-restart", name],
            reason,
            When::Changed(paths),
        )
    };
    let servers = |(name, text): (&'static str, &'static str), is_its: fn(&str) -> bool| {
        let its = configurations
            .iter()
            .filter(|path| path.file_name().is_some_and(is_its))
            .cloned();
        restart(
            name,
            its.chain([unit((name, text))]).collect(),
            "run it with what changed",
        )
    };
    let daemon = [
        unit(DAEMON_UNIT),
        unit(SOCKET_UNIT),
        place.configuration.clone(),
    ];
    let agent = units
        .iter()
        .filter(|path| path.ends_with("agent.conf"))
        .cloned();
    vec![
        Command::new(
            &["systemctl", "daemon-reload"],
            "have systemd read the units",
            When::Changed(units.to_vec()),
        ),
        restart(
            DAEMON_UNIT.0,
            daemon.into_iter().chain(agent).collect(),
            "run the daemon with what changed; whoever asks it notices nothing",
        ),
        servers(AUTHORITATIVE_UNIT, |name| name == "pdns.conf"),
        servers(RECURSOR_UNIT, |name| name != "pdns.conf"),
        Command::always(
            &[
                "systemctl",
                "enable",
                "--now",
                SOCKET_UNIT.0,
                DAEMON_UNIT.0,
                AUTHORITATIVE_UNIT.0,
                RECURSOR_UNIT.0,
            ],
            "start all of it, now and with the machine",
        ),
    ]
}

#[cfg(test)]
mod tests;
