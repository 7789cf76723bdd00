//! The configurations of both servers, out of what is known and what was chosen.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use zonesmith_cluster::IpPrefix;
use zonesmith_zone::name::Name;

use super::facts::Facts;
use super::place::Place;
use crate::config::deploy::Choices;
use crate::power_dns::authoritative::{Authoritative, Upkeep};
use crate::power_dns::program::{Program, ProgramError, Version};
use crate::power_dns::recursor::{Language, Recursor, is_plain};
use crate::power_dns::site::{Forward, Site, private_networks};
use crate::power_dns::{Control, File, Listen};

/// Where the recursor listens.
pub const RECURSOR_PORT: u16 = 53;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The versions that are configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// Of the authoritative server.
    pub authoritative: Version,
    /// Of the recursor.
    pub recursor: Version,
}

impl Versions {
    /// Those that were chosen, else those that the installed programs say.
    ///
    /// # Errors
    /// A program is not installed.
    pub fn find(choices: &Choices, place: &Place) -> Result<Self, ProgramError> {
        let find = |chosen: &Option<Version>, program: Program| match chosen {
            Some(version) => Ok(version.clone()),
            None => program
                .find(place.programs.as_deref())
                .map(|installed| installed.version),
        };
        Ok(Self {
            authoritative: find(&choices.power_dns_version, Program::Authoritative)?,
            recursor: find(&choices.recursor_version, Program::Recursor)?,
        })
    }
}

/// Where both servers listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    /// The addresses.
    pub addresses: Vec<IpAddr>,
    /// Whether this machine may not have some of them.
    pub is_non_local: bool,
}

impl Listening {
    /// Those that were chosen; else those nameservers of the cluster that this machine is; else all nameservers, which it may
    /// become.
    #[must_use]
    pub fn of(facts: &Facts, choices: &Choices) -> Self {
        if !choices.listen.is_empty() {
            return Self {
                addresses: choices.listen.clone(),
                is_non_local: choices.binds_non_local,
            };
        }
        let nameservers = facts.nameservers.iter().copied();
        let own: Vec<IpAddr> = nameservers
            .filter(|address| facts.own.contains(address))
            .collect();
        if facts.nameservers.is_empty() {
            // No DNS: whoever asks here learns that nothing is served.
            return Self {
                addresses: vec![LOOPBACK],
                is_non_local: false,
            };
        }
        if own.is_empty() || choices.binds_non_local {
            return Self {
                addresses: facts.nameservers.clone(),
                is_non_local: true,
            };
        }
        Self {
            addresses: own,
            is_non_local: false,
        }
    }

    fn at(&self, port: u16) -> Vec<SocketAddr> {
        let addresses = self.addresses.iter();
        addresses
            .map(|address| SocketAddr::new(*address, port))
            .collect()
    }

    /// Where the authoritative server answers. Where the machine may not have the addresses, its recursor asks the loopback.
    fn authoritative(&self, port: u16) -> Vec<SocketAddr> {
        let mut all = self.at(port);
        let loopback = SocketAddr::new(LOOPBACK, port);
        if self.is_non_local && !all.contains(&loopback) {
            all.push(loopback);
        }
        all
    }

    /// Whom the recursor asks for the zones: the server of its own node, which knows what it was purged of; or those of all
    /// nodes, when that is chosen.
    fn asked(&self, facts: &Facts, choices: &Choices) -> Vec<SocketAddr> {
        let port = choices.port;
        if choices.forwards_to_all && !facts.nameservers.is_empty() {
            let all = facts.nameservers.iter();
            return all.map(|address| SocketAddr::new(*address, port)).collect();
        }
        if self.is_non_local {
            return vec![SocketAddr::new(LOOPBACK, port)];
        }
        self.at(port)
    }
}

/// All files in the directory of configurations.
#[must_use]
pub fn render(facts: &Facts, choices: &Choices, place: &Place, versions: &Versions) -> Vec<File> {
    let listening = Listening::of(facts, choices);
    // In one order, whoever says which there are.
    let mut zones = facts.zones.clone();
    zones.sort();
    zones.dedup();
    let near = nearby(facts, &listening);
    let asked = listening.asked(facts, choices);
    let allow_from = allow_from(facts, choices);
    let forwards = forwards(choices);
    let (authoritative, recursor) = (place.authoritative(), place.recursor());
    let server_listens = listening.authoritative(choices.port);
    let recursor_listens = listening.at(RECURSOR_PORT);
    let listen = |addresses| Listen {
        addresses,
        non_local_bind: listening.is_non_local,
        udp_size: choices.udp_size,
    };
    let control = |directory| Control {
        directory,
        // Where no group may ask the daemon, whoever runs the servers runs the daemon.
        group: place.group.as_deref(),
    };
    let server = Authoritative {
        listen: listen(&server_listens),
        backend: &place.backend,
        control: control(&authoritative),
        control_port: None,
        may_transfer: &near,
        upkeep: if place.is_unpurged {
            Upkeep::Unpurged
        } else {
            Upkeep::Purged
        },
        signs: true,
        hears_of_clients: facts.is_chosen,
    };
    let resolver = Recursor {
        listen: listen(&recursor_listens),
        authoritative: &asked,
        zones: &zones,
        directory: &place.directory,
        control: control(&recursor),
        site: Site {
            allow_from: &allow_from,
            may_notify: &near,
            forwards: &forwards,
            tells_of_clients: facts.is_chosen,
            upstream: &choices.forward_upstream,
        },
    };
    let mut files = vec![server.render()];
    files.extend(resolver.render(Language::of(&versions.recursor)));
    files
}

/// Zones whose records carry no signatures that the root knows of, as the recursor is told in its files: those of the cluster, and
/// those of the site.
#[must_use]
pub fn unsigned(facts: &Facts, choices: &Choices) -> Vec<Name> {
    let forwarded = choices.forward.iter().map(|forward| &forward.zone);
    let zones = facts.zones.iter().chain(forwarded);
    let zones: BTreeSet<&Name> = zones.filter(|zone| is_plain(zone)).collect();
    zones.into_iter().cloned().collect()
}

/// The keys of the configuration that say where the daemon purges the servers: by their control sockets. The recursor takes
/// NOTIFY, too, where it certainly listens.
#[must_use]
pub fn purged(facts: &Facts, choices: &Choices, place: &Place) -> Vec<(&'static str, String)> {
    let authoritative = place.authoritative().join("pdns.controlsocket");
    let mut recursor = place
        .recursor()
        .join("pdns_recursor.controlsocket")
        .into_string();
    let listening = Listening::of(facts, choices);
    if let Some(address) = listening.addresses.first()
        && !listening.is_non_local
    {
        recursor = format!("{recursor}|notify:{address}");
    }
    vec![
        ("janitor.authoritative", authoritative.into_string()),
        ("janitor.recursors", recursor),
    ]
}

/// The cluster's nodes that answer: they may transfer zones, and have names forgotten.
fn nearby(facts: &Facts, listening: &Listening) -> Vec<IpPrefix> {
    let mut near = Vec::new();
    for address in facts.nameservers.iter().chain(&listening.addresses) {
        let prefix = IpPrefix::of_host(*address);
        if !near.contains(&prefix) {
            near.push(prefix);
        }
    }
    near
}

/// Who may ask the recursor: whom the site chose; else private networks, and those of the cluster that are none.
fn allow_from(facts: &Facts, choices: &Choices) -> Vec<IpPrefix> {
    if let Some(chosen) = &choices.allow_from {
        return chosen.clone();
    }
    let private = private_networks();
    let others = facts.networks.iter().filter(|network| {
        let is_within = |outer: &IpPrefix| {
            outer.length() <= network.length() && outer.contains(network.address())
        };
        !private.iter().any(is_within)
    });
    private.iter().chain(others).copied().collect()
}

/// Zones of the site, each with all of its servers.
fn forwards(choices: &Choices) -> Vec<Forward> {
    let mut forwards: Vec<Forward> = Vec::new();
    for chosen in &choices.forward {
        match forwards
            .iter_mut()
            .find(|forward| forward.zone == chosen.zone)
        {
            Some(forward) => forward.servers.push(chosen.server),
            None => forwards.push(Forward {
                zone: chosen.zone.clone(),
                servers: vec![chosen.server],
            }),
        }
    }
    forwards
}

#[cfg(test)]
mod tests;
