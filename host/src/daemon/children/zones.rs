//! Zones come and go while the recursor runs: its forwards are written anew, before the janitor has it read them again and
//! purges what it knew of them; and it is told not to look for signatures of those that came.

use std::io;
use std::process::{Command, Stdio};
use std::sync::Arc;

use tracing::{info, warn};
use zonesmith_zone::name::Name;

use super::{Wanted, directory};
use crate::janitor::settings::ForwardZones;
use crate::power_dns::recursor::{ANCHOR_REASON, Language, is_plain};
use crate::synthesis::Handle;

/// Apexes of all zones that are served, in order.
pub(super) fn of(synthesis: &Handle) -> Vec<Name> {
    let live = synthesis.live();
    let zones = live.iter().flat_map(|live| live.zone_set.zones().iter());
    zones.map(|zone| zone.apex().clone()).collect()
}

/// What people may ask for: the first zone that is no reverse one.
pub(super) fn to_try(zones: &[Name]) -> String {
    let mut names = zones.iter().map(ToString::to_string);
    let zone = names
        .find(|name| !name.ends_with(".arpa."))
        .unwrap_or_default();
    format!("{} SOA", zone.trim_end_matches('.'))
}

/// Writes the forwards anew before the janitor has them read again.
pub(super) fn hook(wanted: &Arc<Wanted>) -> ForwardZones {
    // Not owned: who purges would keep what knows it.
    let wanted = Arc::downgrade(wanted);
    ForwardZones(Arc::new(move |zones| match wanted.upgrade() {
        // It runs a program for each zone that comes.
        Some(wanted) => tokio::task::block_in_place(|| tell(&wanted, zones)),
        None => Ok(()),
    }))
}

/// Tells the recursor of zones that came after its files were written, before anybody told the janitor of it.
pub(super) fn catch_up(wanted: &Wanted, synthesis: &Handle) {
    let told = tell(wanted, &of(synthesis)).and_then(|()| control(wanted, &["reload-zones"]));
    if let Err(error) = told {
        warn!(%error, "the recursor may not know all zones");
    }
}

fn tell(wanted: &Wanted, zones: &[Name]) -> io::Result<()> {
    let Some(server) = &wanted.recursor else {
        return Ok(());
    };
    let before = match wanted.running().as_mut() {
        Some(running) if running.zones != zones => {
            std::mem::replace(&mut running.zones, zones.to_vec())
        }
        // It does not run, or was told when it began.
        Some(_) | None => return Ok(()),
    };
    let recursor = wanted.recursor_of(zones);
    for file in recursor.render(Language::of(&server.installed.version)) {
        directory::write(&wanted.directory, &file).map_err(io::Error::other)?;
    }
    let lacks = |zones: &[Name], zone: &Name| !zones.contains(zone) && is_plain(zone);
    for zone in zones.iter().filter(|zone| lacks(&before, zone)) {
        control(wanted, &["add-nta", &zone.to_string(), ANCHOR_REASON])?;
    }
    for zone in before.iter().filter(|zone| lacks(zones, zone)) {
        control(wanted, &["clear-nta", &zone.to_string()])?;
    }
    info!(zones = zones.len(), "the recursor is told of other zones");
    Ok(())
}

/// A command to the recursor, by the program that comes with it.
fn control(wanted: &Wanted, words: &[&str]) -> io::Result<()> {
    let Some(server) = wanted
        .recursor
        .as_ref()
        .filter(|_| wanted.recursor_of(&[]).control_socket().exists())
    else {
        // It will read all of it when it begins.
        return Ok(());
    };
    let beside = server.installed.path.with_file_name("rec_control");
    // Debian has it where everyone looks for programs, beside the recursor's directory.
    let program = if beside.exists() {
        beside
    } else {
        "rec_control".into()
    };
    let output = Command::new(program)
        .arg("--config-dir=/nonexistent")
        .arg(format!("--socket-dir={}", wanted.directory))
        .args(words)
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        let said =
            [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        return Err(io::Error::other(format!(
            "rec_control {}: {}",
            words.join(" "),
            said.concat().trim()
        )));
    }
    Ok(())
}
