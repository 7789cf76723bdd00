//! The recursor of this node: whether it answers who is to ask it, asks our server for every zone, believes what that says, and
//! forgets what it is told to forget.

mod faults;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use zonesmith_zone::name::Name;
use zonesmith_zone::rdata::rtype;

use self::faults::faults;
use super::authoritative::soa_at;
use super::check::{Part, State};
use super::cure::{Cure, Edit};
use super::findings::Findings;
use super::forwards::{Forwards, reread};
use super::machine;
use super::reached::{self, start};
use super::scene::{Scene, shell_word};
use crate::janitor::notify;
use crate::name_server::ask;
use crate::name_server::message::{Question, Role, Word};
use crate::power_dns::recursor::{ANCHOR_REASON, is_plain};
use crate::power_dns::{AUTHORITATIVE, RECURSOR};

/// Where clients ask.
const PORT: u16 = 53;

pub(super) async fn check(scene: &mut Scene, findings: &mut Findings<'_>) {
    findings.begin(Part::Recursor);
    let mut places: Vec<SocketAddr> = scene.asked.recursor.into_iter().collect();
    for server in &scene.recursors {
        reached::check(scene, server, findings);
        if let Some(settings) = server.settings() {
            let authoritative = scene.authoritative_at.first().copied();
            let faults = faults(scene, settings, authoritative);
            for fault in &faults {
                findings.bad(
                    fault.state,
                    fault.check,
                    &*fault.seen,
                    server.set([&fault.setting]),
                );
            }
            if faults.is_empty() {
                findings.green("its settings suit the daemon", server.file().as_str());
            }
        }
        let listens = server.listens();
        places.extend(listens.first().filter(|_| scene.asked.recursor.is_none()));
    }
    if places.is_empty() {
        places.push(guess(scene));
    }
    places.dedup();
    for place in places {
        if let Some(zones) = answers(scene, place, findings).await {
            scene.recursors_at.push(place);
            proves(scene, place, &zones, findings).await;
            hears(scene, place, findings).await;
        }
    }
}

/// Where it answers when it cannot be asked for that.
fn guess(scene: &Scene) -> SocketAddr {
    let children = scene
        .status()
        .map(|status| &*status.children)
        .unwrap_or_default();
    let child = children
        .iter()
        .find(|child| child.program == "pdns_recursor");
    let child = child.and_then(|child| child.address.parse().ok());
    let own = scene
        .name_servers()
        .into_iter()
        .find(|address| machine::has_address(*address));
    let own = own.map(|address| SocketAddr::new(address, PORT));
    child.or(own).unwrap_or(RECURSOR)
}

/// The zones that are answered as they should be; none: it does not answer at all.
async fn answers(
    scene: &Scene,
    place: SocketAddr,
    findings: &mut Findings<'_>,
) -> Option<Vec<Name>> {
    let check = format!("it answers at {place} for every zone");
    let zones = scene.zones();
    let Some(first) = zones.first() else {
        findings.skipped(check, "the daemon serves none");
        return None;
    };
    if let Err(reason) = soa_at(place, first, Role::Recursor).await
        && !reason.starts_with("it ")
    {
        findings.red(check, &*reason, silent(scene, place));
        return None;
    }
    if scene.authoritative_at.is_empty() {
        findings.skipped(check, "no authoritative server answers that it could ask");
        return Some(Vec::new());
    }
    let mut good = Vec::new();
    let mut wrong: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for zone in zones.iter().filter(|zone| is_plain(zone)) {
        let soa = soa_at(place, zone, Role::Recursor).await;
        let reason = match (soa, scene.soa(zone).await) {
            (Ok(soa), Some(ours)) if soa.names == ours.names => None,
            (Ok(_), None) => None,
            (Ok(soa), Some(_)) => Some(format!("it has the SOA of {}, not ours", soa.names)),
            (Err(reason), _) => Some(reason),
        };
        match reason {
            None => good.push(zone.clone()),
            Some(reason) => wrong.entry(reason).or_default().push(zone.to_string()),
        }
    }
    if wrong.is_empty() {
        findings.green(&*check, format!("{} zones", good.len()));
    }
    for (reason, zones) in &wrong {
        let (seen, cure) = explain(scene, reason, zones);
        findings.red(&*check, seen, cure);
    }
    Some(good)
}

/// Why nothing comes back.
fn silent(scene: &Scene, place: SocketAddr) -> Cure {
    let Some(server) = scene.recursors.iter().find(|server| server.said.is_ok()) else {
        return start(scene, Role::Recursor);
    };
    if server.listens().contains(&place)
        && let Some(settings) = server.settings()
    {
        let allowed = faults::allowed(scene, settings, place.ip());
        return server.set([format!("allow-from={allowed}")]);
    }
    server.set([
        format!("local-address={}", place.ip()),
        format!("local-port={}", place.port()),
    ])
}

/// What is wrong with zones that are not answered, and what mends it.
fn explain(scene: &Scene, reason: &str, zones: &[String]) -> (String, Cure) {
    let all = zones.join(", ");
    let authoritative = scene
        .authoritative_at
        .first()
        .copied()
        .unwrap_or(AUTHORITATIVE);
    let Some(server) = scene.recursors.iter().find(|server| server.said.is_ok()) else {
        let cure = Cure::words(format!("forward {all} to {authoritative}"));
        return (format!("{reason}: {all}"), cure);
    };
    let forwards = Forwards::of(server);
    let ours = authoritative.to_string();
    let first = zones.first().map_or("", String::as_str);
    let (seen, is_forwarded) = match forwards.find(first) {
        None => (format!("{reason}: not forwarded: {all}"), false),
        Some(places) if places.contains(&ours) => (format!("{reason}: {all}"), true),
        Some(places) => {
            let places = places.join(", ");
            let seen = format!("{reason}: forwarded to {places}, but {ours} answers: {all}");
            (seen, false)
        }
    };
    if is_forwarded {
        // Right on paper: it read an older file, or remembers what it heard before.
        let cure = Cure::commands(reread(server, zones));
        return (seen, cure);
    }
    (seen, forwards.set(server, zones, &ours))
}

/// Whether who asks for proofs is answered: the signed root knows nothing of our zones.
async fn proves(scene: &Scene, place: SocketAddr, zones: &[Name], findings: &mut Findings<'_>) {
    let check = format!("it believes our zones when {place} is asked for proofs (AD, DO)");
    let mut bogus = Vec::new();
    for zone in zones {
        let Ok(question) = Question::with_proof(zone, Some(rtype::SOA), Role::Recursor) else {
            continue;
        };
        match ask(place, &question).await {
            Ok(Word::Records(_) | Word::NoSuchName) => {}
            Ok(Word::Neither(reason)) | Err(reason) => bogus.push((zone.to_string(), reason)),
        }
    }
    let Some((_, reason)) = bogus.first() else {
        if !zones.is_empty() {
            findings.green(check, format!("{} zones", zones.len()));
        }
        return;
    };
    let zones: Vec<_> = bogus.iter().map(|(zone, _)| zone.clone()).collect();
    let seen = format!("{reason}: no negative trust anchor: {}", zones.join(", "));
    findings.red(check, seen, anchors(scene, &zones));
}

fn anchors(scene: &Scene, zones: &[String]) -> Cure {
    let Some(server) = scene.recursors.iter().find(|server| server.said.is_ok()) else {
        return Cure::words(format!("a negative trust anchor for {}", zones.join(", ")));
    };
    let add =
        |zone: &String| server.control(&format!("add-nta {} '{ANCHOR_REASON}'", shell_word(zone)));
    let wipe =
        |zone: &String| server.control(&format!("wipe-cache {}", shell_word(&format!("{zone}$"))));
    let now = Cure::commands(zones.iter().map(add).chain(zones.iter().map(wipe)));
    if let Some(command) = &server.deploys {
        return Cure::command(command.as_str()).then(now);
    }
    let file = server.file();
    if file.as_str().ends_with(".yml") {
        let entry = |zone: &String| format!("dnssec.negative_trustanchors: {zone}");
        return Cure::edit(Edit::lines(file.as_str(), zones.iter().map(entry))).then(now);
    }
    let named = server
        .settings()
        .map_or("", |settings| settings.text("lua-config-file"));
    let lua = if named.is_empty() {
        file.with_file_name("recursor.lua").to_string()
    } else {
        named.to_owned()
    };
    let entry = |zone: &String| format!("addNTA(\"{zone}\", \"{ANCHOR_REASON}\")");
    let mut cure = Cure::edit(Edit::lines(&*lua, zones.iter().map(entry)));
    if named.is_empty() {
        let line = format!("lua-config-file={lua}");
        cure = cure.then(Cure::edit(Edit::lines(file.as_str(), [line])));
    }
    cure.then(now)
}

/// Whether it has names forgotten when it is told by NOTIFY: what daemons elsewhere tell it, and the second way of ours.
async fn hears(scene: &Scene, place: SocketAddr, findings: &mut Findings<'_>) {
    let check = format!("NOTIFY to {place} is heard for every zone");
    let zones = scene.zones();
    let plain = zones.iter().filter(|zone| is_plain(zone));
    // Nothing is below it: nothing of value is forgotten.
    let below = |zone: &Name| Name::parse(&format!("_zonesmith-probe.{zone}")).ok();
    let names: Vec<Name> = plain.filter_map(below).collect();
    let silent = match notify::unanswered(place, &names).await {
        Ok(silent) if silent.is_empty() => {
            return findings.green(check, format!("{} zones", names.len()));
        }
        Ok(silent) => silent,
        Err(error) => {
            return findings.yellow(check, error.to_string(), silent_cure(scene, place, &names));
        }
    };
    let is_only_way = scene
        .recursors
        .iter()
        .any(|server| server.target.starts_with("notify:"));
    let state = if is_only_way {
        State::Red
    } else {
        State::Yellow
    };
    let parents = silent.iter().filter_map(|name| name.as_ref().parent());
    let zones: Vec<_> = parents.map(|zone| zone.to_owned().to_string()).collect();
    let seen = format!("not for {}", zones.join(", "));
    findings.bad(state, check, seen, silent_cure(scene, place, &names));
}

fn silent_cure(scene: &Scene, place: SocketAddr, names: &[Name]) -> Cure {
    let Some(server) = scene.recursors.iter().find(|server| server.said.is_ok()) else {
        return Cure::words("the zones in `allow-notify-for`, the daemons in `allow-notify-from`");
    };
    let zones = names.iter().filter_map(|name| name.as_ref().parent());
    let zones: Vec<_> = zones.map(|zone| zone.to_owned().to_string()).collect();
    let mut from = vec!["127.0.0.0/8".to_owned(), "::1/128".to_owned()];
    let name_servers = scene.name_servers().into_iter();
    for network in name_servers.chain([place.ip()]).map(faults::network_of) {
        if !from.contains(&network) && !place.ip().is_loopback() {
            from.push(network);
        }
    }
    server.set([
        format!("allow-notify-for={}", zones.join(",")),
        format!("allow-notify-from={}", from.join(",")),
    ])
}
