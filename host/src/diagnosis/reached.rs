//! Whether the daemon reaches a server to purge its caches; and what brings a server back.

use std::process::{Command, Stdio};

use super::check::State;
use super::control::Controlled;
use super::cure::{Cure, Edit};
use super::findings::Findings;
use super::process::Process;
use super::scene::Scene;
use crate::name_server::message::Role;

/// Whether the daemon reaches its control socket.
pub(super) fn check(scene: &Scene, server: &Controlled, findings: &mut Findings<'_>) {
    let check = format!("the daemon purges the caches of {}", server.target);
    let others = match server.role {
        Role::Authoritative => &scene.authoritative,
        Role::Recursor => &scene.recursors,
    };
    let other = others
        .iter()
        .find(|other| other.row.is_none() && other.said.is_ok() && other.socket.is_some());
    match (&server.row, &server.said) {
        (Some(row), Ok(_)) if row.failures == 0 && row.error.is_none() => {
            let how = if row.found {
                "found, not configured"
            } else {
                "configured"
            };
            findings.green(check, format!("{}, {how}", row.state));
        }
        // Its control socket is not ours to use: what the daemon says of it counts.
        (Some(row), Err(_)) if row.failures == 0 && row.error.is_none() => {
            findings.green(
                check,
                format!(
                    "{}; it cannot be asked from here for its settings",
                    row.state
                ),
            );
        }
        (Some(row), said) => {
            let error = row.error.clone().or_else(|| said.as_ref().err().cloned());
            let seen = error.unwrap_or_else(|| row.state.clone());
            // Another way may work where the first one fails.
            let state = if row.failures > 0 {
                State::Red
            } else {
                State::Yellow
            };
            findings.bad(state, check, seen, unreachable(scene, server, other));
        }
        // Another one of this role is purged, or none is: `purges` says what comes of it.
        (None, Ok(_)) if scene.status().is_some() => {
            findings.yellow(check, "it is not told of changes", purge(scene));
        }
        (None, Ok(_)) => findings.skipped(check, "no daemon answers"),
        (None, Err(error)) => findings.red(check, error, unreachable(scene, server, other)),
    }
}

/// Has the daemon purge every server that is here.
pub(super) fn purge(scene: &Scene) -> Cure {
    let mut edits = Vec::new();
    if scene
        .configuration()
        .is_some_and(|configuration| configuration.janitor_off.value)
    {
        edits.push("janitor.off=false".to_owned());
    }
    for (key, servers) in [
        ("janitor.authoritative", &scene.authoritative),
        ("janitor.recursors", &scene.recursors),
    ] {
        let configured = servers.iter().any(|server| {
            server
                .row
                .as_ref()
                .is_some_and(|row| !row.found && row.failures == 0)
        });
        let sockets = servers.iter().filter(|server| server.said.is_ok());
        let sockets = sockets.filter_map(|server| server.socket.as_ref());
        if !configured {
            edits.extend(sockets.map(|socket| format!("{key}+={socket}")));
        }
    }
    if edits.is_empty() {
        return Cure::words("name it in `janitor.authoritative` or `janitor.recursors`");
    }
    scene.set(&edits)
}

/// What brings a server back that does not answer at its control socket.
fn unreachable(scene: &Scene, server: &Controlled, other: Option<&Controlled>) -> Cure {
    let key = match server.role {
        Role::Authoritative => "janitor.authoritative",
        Role::Recursor => "janitor.recursors",
    };
    if let Some(socket) = other.and_then(|other| other.socket.as_ref()) {
        return scene.set(&[
            format!("{key}-={}", server.target),
            format!("{key}+={socket}"),
        ]);
    }
    let daemon = scene.daemon_process();
    let obstacle = daemon.zip(server.socket.as_ref());
    let obstacle =
        obstacle.and_then(|(daemon, socket)| Some((daemon.may_use(socket).err()?, daemon)));
    if let Some((obstacle, daemon)) = obstacle {
        return Cure::words(format!(
            "{} ({}) has to let {} in: make it a member of that group, and start it again",
            obstacle.path,
            obstacle.is,
            daemon.user()
        ));
    }
    match Process::running(server.program()).first() {
        Some(Process {
            unit: Some(unit), ..
        }) => Cure::command(format!("systemctl restart {unit}")),
        Some(process) => Cure::command(format!("kill {}", process.id)).then(Cure::words(format!(
            "start {} again, if nobody does it by himself",
            server.program()
        ))),
        None => start(scene, server.role),
    }
}

/// Starts a server, or says why its configuration keeps it from that.
pub(super) fn start(scene: &Scene, role: Role) -> Cure {
    let (program, file, usual): (_, _, &[&str]) = match role {
        Role::Authoritative => ("pdns_server", "pdns.conf", &["etc/powerdns", "etc/pdns"]),
        Role::Recursor => (
            "pdns_recursor",
            "recursor.conf",
            &["etc/powerdns", "etc/pdns-recursor"],
        ),
    };
    let start = Controlled::start(scene, role);
    let Some(directory) = scene.directory(usual) else {
        return start;
    };
    let checked = Command::new(program)
        .args([
            format!("--config-dir={directory}"),
            "--config=check".to_owned(),
        ])
        .stdin(Stdio::null())
        .output();
    let Ok(output) = checked else {
        return start;
    };
    if output.status.success() {
        return start;
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    let wrong = Cure::words(format!("it said: {}", last.unwrap_or_default().trim()));
    let path = directory.join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let setting = said.split('\'').nth(1).unwrap_or_default();
    let line = text
        .lines()
        .position(|line| !setting.is_empty() && line.starts_with(setting));
    let edit = line.map(|line| Cure::edit(Edit::wrong(path.as_str(), line + 1)));
    edit.unwrap_or_default().then(start).then(wrong)
}
