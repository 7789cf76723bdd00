//! The authoritative server of this node: whether it runs, asks the daemon, keeps answers only as long as somebody purges them,
//! and knows every zone.

mod faults;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use zonesmith_zone::name::Name;
use zonesmith_zone::rdata::rtype;

use self::faults::{Surroundings, faults};
use super::check::Part;
use super::control::Controlled;
use super::cure::Cure;
use super::findings::Findings;
use super::reached::{self, start};
use super::scene::{Scene, Soa, shell_word};
use super::settings::Settings;
use crate::name_server::message::{Question, Role, Word};
use crate::name_server::{ask, transfer};
use crate::power_dns::AUTHORITATIVE;

/// Records of the largest zone that is transferred to see whether that works: PowerDNS takes a second for it.
const LARGEST_TRANSFER: usize = 4_000;

/// How long a transfer may take.
const TRANSFER: Duration = Duration::from_secs(5);

/// How soon a server is asked again whose serial is another than the daemon's: one of the two may just have moved.
const AGAIN: Duration = Duration::from_millis(500);

pub(super) async fn check(scene: &mut Scene, findings: &mut Findings<'_>) {
    findings.begin(Part::Authoritative);
    let mut places: Vec<SocketAddr> = scene.asked.authoritative.into_iter().collect();
    for server in &scene.authoritative {
        reached::check(scene, server, findings);
        if let Some(settings) = server.settings() {
            judge(scene, server, settings, findings);
        }
        let listens = server.listens();
        places.extend(
            listens
                .first()
                .filter(|_| scene.asked.authoritative.is_none()),
        );
    }
    if places.is_empty() {
        places.push(guess(scene));
    }
    places.dedup();
    for place in places {
        if answers(scene, place, findings).await {
            transfers(scene, place, findings).await;
            scene.authoritative_at.push(place);
        }
    }
}

/// Where it answers when it cannot be asked for that.
fn guess(scene: &Scene) -> SocketAddr {
    let children = scene
        .status()
        .map(|status| &*status.children)
        .unwrap_or_default();
    let child = children.iter().find(|child| child.program == "pdns_server");
    child
        .and_then(|child| child.address.parse().ok())
        .unwrap_or(AUTHORITATIVE)
}

/// What the settings of one server come to.
fn judge(scene: &Scene, server: &Controlled, settings: &Settings, findings: &mut Findings<'_>) {
    let is_purged = server.row.as_ref().is_some_and(|row| row.failures == 0);
    let status = scene.status();
    let around = Surroundings {
        is_purged,
        selects: status.is_some_and(|status| status.selection.is_some()),
        socket: status.and_then(|status| status.socket.as_deref()),
    };
    let faults = faults(settings, around);
    let is_good = faults.is_empty();
    for fault in faults {
        findings.bad(
            fault.state,
            fault.check,
            fault.seen,
            server.set([fault.setting]),
        );
    }
    if is_good {
        findings.green("its settings suit the daemon", server.file().as_str());
    }
}

/// Whether a server answers for every zone, at one of its places. Says whether it answers at all.
async fn answers(scene: &Scene, place: SocketAddr, findings: &mut Findings<'_>) -> bool {
    let check = format!("it answers at {place} for every zone");
    let zones = scene.zones();
    if zones.is_empty() {
        findings.skipped(check, "the daemon serves none");
        return false;
    }
    let mut wrong: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut is_silent = false;
    for zone in &zones {
        if let Err(reason) = answers_for(scene, place, zone).await {
            is_silent = reason.is_silent;
            wrong.entry(reason.text).or_default().push(zone.to_string());
            if is_silent {
                break;
            }
        }
    }
    if wrong.is_empty() {
        findings.green(&*check, format!("{} zones", zones.len()));
    }
    for (reason, of_zones) in &wrong {
        let seen = format!("{reason}: {}", of_zones.join(", "));
        findings.red(&*check, seen, cure_of(scene, reason, of_zones));
    }
    !is_silent
}

fn cure_of(scene: &Scene, reason: &str, zones: &[String]) -> Cure {
    let server = scene
        .authoritative
        .iter()
        .find(|server| server.said.is_ok());
    let Some(server) = server else {
        return start(scene, Role::Authoritative);
    };
    if reason.contains("REFUSED") {
        return Cure::command(server.control("rediscover")).then(Cure::words(
            "it learns by itself of a zone that came only after `zone-cache-refresh-interval` seconds; the daemon tells it where it may",
        ));
    }
    if reason.contains("serial") || reason.contains("another SOA") {
        let zones: Vec<_> = zones.iter().map(|zone| shell_word(zone)).collect();
        return Cure::command(server.control(&format!("purge {}", zones.join(" "))));
    }
    server.restart()
}

/// Why a zone is not answered for.
struct Reason {
    text: String,
    /// Whether there was no answer at all: others would take as long.
    is_silent: bool,
}

async fn answers_for(scene: &Scene, place: SocketAddr, zone: &Name) -> Result<(), Reason> {
    let mut last = String::new();
    for turn in 0..2 {
        let soa = soa_at(place, zone, Role::Authoritative).await;
        let soa = soa.map_err(|text| Reason {
            is_silent: !text.starts_with("it "),
            text,
        })?;
        let Some(ours) = scene.soa(zone).await else {
            return Ok(());
        };
        if soa == ours {
            return Ok(());
        }
        last = if soa.names == ours.names {
            format!("its serial is {}, the daemon's {}", soa.serial, ours.serial)
        } else {
            format!("it has another SOA, of {}", soa.names)
        };
        if turn == 0 {
            tokio::time::sleep(AGAIN).await;
        }
    }
    Err(Reason {
        text: last,
        is_silent: false,
    })
}

/// The SOA of a zone at a server, or what it says instead.
pub(super) async fn soa_at(place: SocketAddr, zone: &Name, role: Role) -> Result<Soa, String> {
    let question = Question::new(zone, Some(rtype::SOA), role)?;
    match ask(place, &question).await? {
        Word::Records(records) => {
            let soa = records.iter().find_map(|record| Soa::read(&record.content));
            soa.ok_or_else(|| "it has no SOA".to_owned())
        }
        Word::NoSuchName => Err("it answers that there is no such name".to_owned()),
        Word::Neither(reason) => Err(reason),
    }
}

async fn transfers(scene: &Scene, place: SocketAddr, findings: &mut Findings<'_>) {
    let check = format!("zones can be transferred from {place}");
    let zones = scene
        .status()
        .map(|status| &*status.zones)
        .unwrap_or_default();
    let apex = scene.zones().into_iter().next();
    let zone = apex.and_then(|apex| {
        let text = apex.to_string();
        let records = zones.iter().find(|zone| zone.apex == text)?.records;
        Some((apex, records))
    });
    let Some((zone, count)) = zone else { return };
    if count > LARGEST_TRANSFER {
        return findings.skipped(
            check,
            format!("{zone} has {count} records: `zonesmith dump` is the quick way"),
        );
    }
    match transfer::records(place, &zone, TRANSFER).await {
        Ok(records) => findings.green(check, format!("{zone}, {records} records")),
        Err(reason) => {
            let server = scene
                .authoritative
                .iter()
                .find(|server| server.said.is_ok());
            let cure = match server {
                Some(server) => server.set(["disable-axfr=no", "allow-axfr-ips=127.0.0.0/8,::1"]),
                None => Cure::words("`disable-axfr=no`, and this host in `allow-axfr-ips`"),
            };
            let seen = format!("{zone}: {reason}");
            findings.yellow(
                check,
                seen,
                cure.then(Cure::words(
                    "where secondaries, or dumps over DNS, are wanted",
                )),
            );
        }
    }
}
