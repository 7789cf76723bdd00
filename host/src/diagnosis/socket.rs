//! The socket that PowerDNS asks: whether it is there, answers, and lets PowerDNS's user in.

use std::os::unix::fs::FileTypeExt;

use camino::Utf8Path;

use super::check::Part;
use super::cure::Cure;
use super::findings::Findings;
use super::process::{Obstacle, Process, description};
use super::scene::{Scene, shell_word};
use crate::remote::client::Client;

/// Whom packages run PowerDNS as.
const ACCOUNT: &str = "pdns";

pub(super) fn check(scene: &Scene, findings: &mut Findings<'_>) {
    const ANSWERS: &str = "the socket for PowerDNS answers";
    findings.begin(Part::Socket);
    let Some(status) = scene.status() else {
        return findings.skipped(ANSWERS, "no daemon answers");
    };
    let Some(socket) = status.socket.as_deref().map(Utf8Path::new) else {
        return findings.skipped(ANSWERS, "there is none while nothing is served");
    };
    match std::fs::metadata(socket) {
        Err(error) => {
            let seen = format!("{socket}: {error}; the daemon holds a socket that nobody can find");
            return findings.red(ANSWERS, seen, scene.restart_daemon());
        }
        Ok(metadata) if !metadata.file_type().is_socket() => {
            let cure = Cure::command(format!("rm {}", shell_word(socket.as_str())))
                .then(scene.restart_daemon());
            return findings.red(ANSWERS, format!("{socket} is no socket"), cure);
        }
        Ok(metadata) => {
            let seen = format!("{socket}, {}", description(&metadata));
            match soa(scene, socket) {
                Ok(()) => findings.green(ANSWERS, seen),
                Err(error) => {
                    findings.red(ANSWERS, format!("{seen}: {error}"), scene.restart_daemon());
                }
            }
        }
    }
    let controlled = scene
        .authoritative
        .iter()
        .filter_map(|server| server.process.clone());
    let mut processes: Vec<_> = controlled.collect();
    if processes.is_empty() {
        // One that cannot ask ends at once, and begins as root: its account tells more.
        processes.extend(Process::by_account(ACCOUNT));
    }
    for process in processes {
        may_ask(scene, socket, &process, findings);
    }
}

fn soa(scene: &Scene, socket: &Utf8Path) -> Result<(), String> {
    let zone = scene
        .zones()
        .first()
        .map_or_else(String::new, ToString::to_string);
    let asked = Client::connect(socket.as_std_path())
        .and_then(|mut client| client.lookup(&zone, "SOA"))
        .map_err(|error| format!("{:#}", anyhow::Error::from(error)))?;
    if asked.is_empty() && !zone.is_empty() {
        return Err(format!("it has no SOA of {zone}"));
    }
    Ok(())
}

fn may_ask(scene: &Scene, socket: &Utf8Path, process: &Process, findings: &mut Findings<'_>) {
    let user = process.user();
    let check = format!("PowerDNS ({user}) may ask it");
    let Err(Obstacle { path, is_file, is }) = process.may_use(socket) else {
        return findings.green(check, socket.as_str());
    };
    let quoted = shell_word(path.as_str());
    let cure = if is_file {
        let group = process.group();
        let keys = [
            format!("socket.group={group}"),
            "socket.mode=0660".to_owned(),
        ];
        scene.set(&keys).then(Cure::commands([
            format!("chgrp {group} {quoted}"),
            format!("chmod 0660 {quoted}"),
        ]))
    } else {
        Cure::command(format!("chmod o+x {quoted}"))
    };
    findings.red(check, format!("{path}: {is}"), cure);
}
