//! The name servers of the cluster, as its members know them: each address of `cluster.dns` has a recursor that answers, and a
//! name; and those elsewhere agree with us about the time, since serials are seconds.

use std::net::{IpAddr, SocketAddr};
use std::time::{SystemTime, UNIX_EPOCH};

use zonesmith_zone::name::Name;
use zonesmith_zone::rdata::rtype;
use zonesmith_zone::reverse;

use super::authoritative::soa_at;
use super::check::Part;
use super::control::Controlled;
use super::cure::{Cure, Edit};
use super::findings::Findings;
use super::machine;
use super::scene::Scene;
use crate::config::origin::Origin;
use crate::name_server::ask;
use crate::name_server::message::{Question, Role, Word};

/// Where containers and nodes ask.
const PORT: u16 = 53;

/// Where authoritative servers are asked, as on other nodes.
const AUTHORITATIVE_PORT: u16 = 5300;

/// How far clocks may be apart, in seconds: a serial moves at most once a second.
const APART: u64 = 5;

pub(super) async fn check(scene: &Scene, findings: &mut Findings<'_>) {
    findings.begin(Part::NameServers);
    let addresses = scene.name_servers();
    let Some(zone) = scene.zones().into_iter().next() else {
        return findings.skipped(
            "each address of `cluster.dns` answers",
            "the daemon serves no zone",
        );
    };
    for &address in &addresses {
        answers(scene, address, &zone, findings).await;
    }
    for &address in &addresses {
        named(scene, address, findings).await;
    }
    clocks(scene, &addresses, &zone, findings).await;
}

async fn answers(scene: &Scene, address: IpAddr, zone: &Name, findings: &mut Findings<'_>) {
    let place = SocketAddr::new(address, PORT);
    let check = format!("the name server {address} answers at port {PORT}");
    match soa_at(place, zone, Role::Recursor).await {
        Ok(soa) => findings.green(check, format!("{zone}, serial {}", soa.serial)),
        Err(reason) => findings.red(check, &*reason, away(scene, address)),
    }
}

fn away(scene: &Scene, address: IpAddr) -> Cure {
    let server = scene.recursors.iter().find(|server| server.said.is_ok());
    if machine::has_address(address) {
        return match server {
            Some(server) => {
                let settings = server.settings();
                let listens = settings
                    .map(|settings| settings.list("local-address"))
                    .unwrap_or_default();
                let ours = address.to_string();
                let mut all: Vec<&str> = listens;
                if !all.contains(&&*ours) {
                    all.push(&ours);
                }
                server.set([
                    format!("local-address={}", all.join(",")),
                    format!("local-port={PORT}"),
                ])
            }
            None => Controlled::start(scene, Role::Recursor),
        };
    }
    take_out(scene, address).then(Cure::words(format!(
        "unless the recursor on the node with {address} shall come back"
    )))
}

/// Takes an address out of `cluster.dns`, where that is ours to say.
fn take_out(scene: &Scene, address: IpAddr) -> Cure {
    let configuration = scene.configuration();
    let dns = configuration.map(|configuration| &configuration.cluster_dns);
    match dns {
        Some(dns) if matches!(dns.origin, Origin::File { .. }) && dns.value.is_some() => {
            scene.set(&[format!("cluster.dns-={address}")])
        }
        _ => Cure::words(format!(
            "take {address} out of `cluster.dns` where the cluster's state comes from"
        )),
    }
}

/// Whether an address has a name: the agent finds the nodes of its name servers by it.
async fn named(scene: &Scene, address: IpAddr, findings: &mut Findings<'_>) {
    let check = format!("the name server {address} has a name");
    if let Some(name) = in_hosts(scene, address) {
        return findings.green(check, format!("{name}, in etc/hosts"));
    }
    let place = scene.recursors_at.first().map(|&at| (at, Role::Recursor));
    let place = place.or_else(|| {
        scene
            .authoritative_at
            .first()
            .map(|&at| (at, Role::Authoritative))
    });
    let Some((at, role)) = place else {
        return findings.skipped(check, "no server answers");
    };
    let pointer = reverse::reverse_name(address);
    let question = Question::new(&pointer, Some(rtype::PTR), role);
    let word = match question {
        Ok(question) => ask(at, &question).await,
        Err(error) => Err(error),
    };
    let seen = match word {
        Ok(Word::Records(records)) => match records.first() {
            Some(record) => return findings.green(check, &*record.content),
            None => format!("{pointer} has no PTR"),
        },
        Ok(Word::NoSuchName) => format!("there is no name {pointer}"),
        Ok(Word::Neither(reason)) | Err(reason) => format!("{pointer}: {reason}"),
    };
    let hosts = scene.asked.root.join("etc/hosts");
    let cure = Cure::edit(Edit::lines(hosts.as_str(), [format!("{address} NODE")])).then(Cure::words(
        "with the node's name, on every node; or a network of the cluster that the address is in, so that it has a reverse zone",
    ));
    findings.yellow(check, seen, cure);
}

fn in_hosts(scene: &Scene, address: IpAddr) -> Option<String> {
    let text = std::fs::read_to_string(scene.asked.root.join("etc/hosts")).ok()?;
    text.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let is_it = words.next()?.parse() == Ok(address);
        words.next().filter(|_| is_it).map(str::to_owned)
    })
}

/// Serials are seconds: one that is in the future was made by a clock that is ahead of ours.
async fn clocks(scene: &Scene, addresses: &[IpAddr], zone: &Name, findings: &mut Findings<'_>) {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| now.as_secs());
    let judge = |check: String, serial: u64, cure: &str, findings: &mut Findings<'_>| {
        if serial > now + APART {
            let ahead = serial - now;
            findings.yellow(
                check,
                format!("serial {serial} is {ahead} s ahead of our clock"),
                Cure::words(cure),
            );
        } else {
            findings.green(check, format!("serial {serial}, now {now}"));
        }
    };
    let ours = scene.status().into_iter().flat_map(|status| &status.zones);
    let ours = ours.map(|zone| u64::from(zone.serial)).max();
    if let Some(serial) = ours {
        let cure = "set this node's clock (chrony, systemd-timesyncd); serials that ran ahead wait until the time is there, and nothing is lost";
        judge(
            "serials here are not of the future".to_owned(),
            serial,
            cure,
            findings,
        );
    }
    for &address in addresses
        .iter()
        .filter(|address| !machine::has_address(**address))
    {
        let check = format!("the clock of {address} agrees with ours");
        let place = SocketAddr::new(address, AUTHORITATIVE_PORT);
        match soa_at(place, zone, Role::Authoritative).await {
            Ok(soa) => {
                let cure = "set the clocks of both nodes (chrony, systemd-timesyncd)";
                judge(check, u64::from(soa.serial), cure, findings);
            }
            Err(reason) => findings.skipped(check, format!("{place}: {reason}")),
        }
    }
}
