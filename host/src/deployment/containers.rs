//! What is alike wherever the servers run in containers: their makers' images, what of the machine these see, and as whom
//! they run. The daemon runs on the machine, by systemd.
//!
//! An image has PowerDNS's user and group as number 953, which on the machine mean nobody: the daemon is given that group, and
//! directories below `/run` and the configurations are its. A directory is shared, never a socket: a socket that is made
//! anew is another one, and who has the old one mounted asks nobody. So the daemon's socket has a directory for itself.

use anyhow::bail;
use camino::{Utf8Path, Utf8PathBuf};

use super::facts::Facts;
use super::item::Item;
use super::place::Place;
use super::servers::{self, RECURSOR_PORT, Versions};
use super::{Command, Rendered, systemd};
use crate::config::deploy::Choices;
use crate::power_dns::program::Version;

/// The user and the group of both images (`adduser … --uid 953` in the makers' Dockerfiles, 4.9 to 5.4).
pub(super) const USER: &str = "953";

/// The images that are used when no versions are chosen: those releases with which the configurations were started.
const AUTHORITATIVE: &str = "5.1.5";
const RECURSOR: &str = "5.4.9";

/// Where tmpfiles.d(5) is told of the directories below `/run`.
const TEMPORARY: &str = "/etc/tmpfiles.d/zonesmith-containers.conf";

/// Beside the daemon's unit.
const DROP_IN: &str = "/etc/systemd/system/zonesmith.service.d";

/// A container.
pub(super) struct Container {
    /// Of the container, and of what runs it.
    pub(super) name: &'static str,
    /// What it is, for people.
    pub(super) description: &'static str,
    /// With its version.
    pub(super) image: String,
    /// What the server is told beside its configuration.
    pub(super) arguments: Vec<String>,
    /// What it sees of the machine, by the same paths.
    pub(super) mounts: Vec<Mount>,
    /// Whether it listens at a port below 1024, which takes a right.
    pub(super) is_privileged_port: bool,
}

/// A directory of the machine.
pub(super) struct Mount {
    pub(super) path: Utf8PathBuf,
    pub(super) access: Access,
}

/// What may be done with it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Files are read, and sockets are asked: that takes no right to write to a directory.
    Read,
    /// Sockets are made.
    Write,
}

/// Keys of the configuration that are set where they are not.
#[must_use]
pub(super) fn defaults(place: &Place) -> Vec<(&'static str, String)> {
    vec![
        (
            "socket.path",
            place.sockets.join("backend/pdns.sock").into_string(),
        ),
        ("socket.group", USER.to_owned()),
        ("deploy.directory", place.directory.to_string()),
        ("deploy.sockets", place.sockets.to_string()),
        ("deploy.powerdns-version", AUTHORITATIVE.to_owned()),
        ("deploy.recursor-version", RECURSOR.to_owned()),
    ]
}

/// All but what runs the containers, and the containers.
pub(super) fn render(
    facts: &Facts,
    choices: &Choices,
    place: &Place,
) -> anyhow::Result<(Rendered, [Container; 2])> {
    let backend = directory_of(&place.backend);
    if !backend.starts_with(&place.sockets) {
        bail!(
            "containers share the directory of the daemon's socket, so it has to be one of its own, and not {backend}: \
             `zonesmith config set socket.path={}/backend/pdns.sock`",
            place.sockets
        );
    }
    let versions = Versions::find(choices, place)?;
    let group = place.group.as_deref().unwrap_or(USER);
    let mut items = vec![Item::directory(&place.directory).owned(systemd::DAEMON, group, 0o2750)];
    for file in servers::render(facts, choices, place, &versions) {
        let path = place.directory.join(file.name);
        items.push(Item::file(path, file.text).owned(systemd::DAEMON, group, 0o640));
    }
    items.push(Item::file(TEMPORARY, temporary(place, group)));
    let drop_in = [
        Item::directory(DROP_IN),
        Item::file(
            format!("{DROP_IN}/containers.conf"),
            format!(
                "# Where it makes the socket that the servers in containers ask.\n[Service]\nReadWritePaths={backend}\n"
            ),
        ),
    ];
    let daemon = systemd::daemon(choices, place, &drop_in)?;
    items.extend(daemon.items);
    let mut commands = vec![Command::always(
        &["systemd-tmpfiles", "--create", TEMPORARY],
        "make the directories that are shared",
    )];
    commands.extend(daemon.commands);
    let mut advice = daemon.advice;
    if group != USER {
        advice.push(format!(
            "the servers in containers are in the group {USER}: {group}, which is `socket.group`, has to have that number"
        ));
    }
    let rendered = Rendered {
        items,
        commands,
        advice,
        replaces: ["pdns.service", "pdns-recursor.service"]
            .map(str::to_owned)
            .into(),
        leftovers: vec![
            place.authoritative(),
            place.recursor(),
            backend.to_owned(),
            place.sockets.clone(),
        ],
        ..daemon
    };
    Ok((rendered, both(choices, place, &versions)))
}

fn both(choices: &Choices, place: &Place, versions: &Versions) -> [Container; 2] {
    let image = |name: &str, version: &Version| {
        format!("docker.io/powerdns/{name}-{}:{version}", version.series())
    };
    let mount = |path: &Utf8Path, access| Mount {
        path: path.to_owned(),
        access,
    };
    let arguments = vec![format!("--config-dir={}", place.directory)];
    [
        Container {
            name: "zonesmith-powerdns",
            description: "PowerDNS, which answers for the zones of the cluster",
            image: image("pdns-auth", &versions.authoritative),
            arguments: arguments.clone(),
            mounts: vec![
                mount(&place.directory, Access::Read),
                mount(directory_of(&place.backend), Access::Read),
                mount(&place.authoritative(), Access::Write),
            ],
            is_privileged_port: is_privileged(choices.port),
        },
        Container {
            name: "zonesmith-recursor",
            description: "The PowerDNS recursor, which asks it, and others for everything else",
            image: image("pdns-recursor", &versions.recursor),
            arguments,
            mounts: vec![
                mount(&place.directory, Access::Read),
                mount(&place.recursor(), Access::Write),
            ],
            is_privileged_port: is_privileged(RECURSOR_PORT),
        },
    ]
}

fn is_privileged(port: u16) -> bool {
    port < 1_024
}

fn directory_of(path: &Utf8Path) -> &Utf8Path {
    path.parent().unwrap_or(path)
}

fn temporary(place: &Place, group: &str) -> String {
    let (authoritative, recursor) = (place.authoritative(), place.recursor());
    let (sockets, backend) = (&place.sockets, directory_of(&place.backend));
    let daemon = systemd::DAEMON;
    format!(
        "# What the daemon shares with the containers of PowerDNS, whose user and group are {USER} in their images.\n\
         d {sockets} 0755 root root -\n\
         # The daemon's socket: the servers ask it.\n\
         d {backend} 0750 {daemon} {group} -\n\
         # Their control sockets: the daemon uses them.\n\
         d {authoritative} 0770 {USER} {group} -\n\
         d {recursor} 0770 {USER} {group} -\n"
    )
}
