//! Zones come and go while the recursor runs: its forwards are written anew, before the janitor has it read them again and
//! purges what it knew of them; and it is told not to look for signatures of those that came.

use std::io;
use std::sync::Arc;

use tokio::runtime::Handle as Runtime;
use tracing::{info, warn};
use zonesmith_zone::name::Name;

use super::Wanted;
use crate::daemon::servers;
use crate::janitor::control::to_recursor;
use crate::janitor::settings::ForwardZones;
use crate::power_dns::recursor::Language;
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
pub(super) fn hook(wanted: &Arc<Wanted>, runtime: &Runtime) -> ForwardZones {
    // Not owned: who purges would keep what knows it.
    let (wanted, runtime) = (Arc::downgrade(wanted), runtime.clone());
    ForwardZones(Arc::new(move |zones| match wanted.upgrade() {
        Some(wanted) => tell(&wanted, zones, &runtime),
        None => Ok(()),
    }))
}

/// Tells the recursor of zones that came after its files were written, before anybody told the janitor of it.
pub(super) fn catch_up(wanted: &Wanted, synthesis: &Handle, runtime: &Runtime) {
    let socket = wanted.recursor_of(&[]).control_socket();
    let told = tell(wanted, &of(synthesis), runtime).and_then(|()| {
        let reloaded = runtime.block_on(to_recursor(&socket, "reload-zones"));
        reloaded.map(drop).map_err(io::Error::other)
    });
    if let Err(error) = told {
        warn!(%error, "the recursor may not know all zones");
    }
}

/// Not on a thread of the runtime: it waits for the recursor.
fn tell(wanted: &Wanted, zones: &[Name], runtime: &Runtime) -> io::Result<()> {
    let Some(server) = &wanted.recursor else {
        return Ok(());
    };
    match wanted.running().as_mut() {
        Some(running) if running.zones != zones => running.zones = zones.to_vec(),
        // It does not run, or was told when it began.
        Some(_) | None => return Ok(()),
    }
    let recursor = wanted.recursor_of(zones);
    for file in recursor.render(Language::of(&server.installed.version)) {
        servers::write(&wanted.directory, &file)?;
    }
    let socket = recursor.control_socket();
    if socket.exists() {
        let unsigned: Vec<Name> = recursor.unsigned().into_iter().cloned().collect();
        let set = runtime.block_on(servers::set_anchors(&socket, &unsigned));
        set.map_err(io::Error::other)?;
    }
    // Else it will read all of it when it begins.
    info!(zones = zones.len(), "the recursor is told of other zones");
    Ok(())
}
