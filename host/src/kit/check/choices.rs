//! What a policy chooses for clients: whether it can be asked, says the same again, and is honest about for whom its choice is.
//!
//! Caches keep a choice for every client that shares the bits it was made by, and what is left to everyone for all. So a
//! choice that depends on more than it says gives one client what is another's. Asked are clients at the nodes, in the
//! networks and outside of the cluster, and their neighbours beyond the bits that were said.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use zonesmith_cluster::State;
use zonesmith_zone::zone_set::{Answer, RecordRef};
use zonesmith_zone::{Name, ZoneSet};

use super::cost::Time;
use super::finding::{Check, Finding, FoundRecord};
use crate::kit::published::Published;
use crate::kit::run::timed;
use crate::policy::Component;
use crate::policy::selection::chooser::{Chooser, TIME_LIMIT};
use crate::snapshot::selection::{Choice, Client, Question, may_be_chosen_from};

/// Sets of records that it is asked about, spread over all of them.
const SETS: usize = 100;

/// Clients at nodes, and clients in networks, that are asked for.
const CLIENTS: usize = 8;

/// Sets for which it may fail before it is left alone: what spins takes its time for each.
const MOST_FAILURES: usize = 3;

/// Clients that are in no cluster (RFC 5737, RFC 3849), and nobody in particular.
const ELSEWHERE: [&str; 3] = ["192.0.2.1/32", "2001:db8::1/128", "0.0.0.0/0"];

/// Asks about what would be published. The longest time that a choice takes, if it chooses at all.
pub(super) fn look(
    published: &Published,
    component: &Component,
    state: &State,
    settings: &Arc<str>,
    findings: &mut Vec<Finding>,
) -> Option<Time> {
    if !component.selects() {
        return None;
    }
    let cluster = Arc::new(state.cluster.clone());
    let mut asking = Asking {
        chooser: Chooser::new(component, cluster, Arc::clone(settings)),
        is_fresh: true,
        slowest: Duration::ZERO,
        failures: 0,
        findings,
    };
    let clients = clients(state);
    for (name, rtype) in sets(&published.zone_set) {
        let Answer::Records { zone, records, .. } = published.zone_set.find(name.as_ref()) else {
            continue;
        };
        let set: Vec<_> = records.filter(|record| record.rtype == rtype).collect();
        let question = Question {
            zone,
            name: name.as_ref(),
            rtype,
            client: Client::NOBODY,
        };
        asking.about(&question, &set, &clients);
        if asking.failures == MOST_FAILURES {
            break;
        }
    }
    let time = Time::of(asking.slowest, TIME_LIMIT);
    if time.is_large() {
        let message = format!(
            "`choose` takes {} % of the processor time it has on this machine, and a client waits for it",
            time.percent
        );
        findings.push(Finding::new(Check::Slow, message));
    }
    Some(time)
}

struct Asking<'a> {
    chooser: Chooser,
    /// Whether the next question is the first of an instance.
    is_fresh: bool,
    slowest: Duration,
    /// Sets for which it failed.
    failures: usize,
    findings: &'a mut Vec<Finding>,
}

impl Asking<'_> {
    /// Asks about one set, for every client. Of each set one thing is told.
    fn about(&mut self, question: &Question<'_>, set: &[RecordRef<'_>], clients: &[Client]) {
        let name = question.name.to_owned();
        if let Err((check, message)) = self.ask(question, set, clients) {
            self.failures += usize::from(check == Check::Failing);
            let finding = Finding::new(check, message);
            self.findings
                .push(finding.about(FoundRecord::set(&name, question.rtype)));
        }
    }

    fn ask(
        &mut self,
        question: &Question<'_>,
        set: &[RecordRef<'_>],
        clients: &[Client],
    ) -> Result<(), (Check, String)> {
        let (mut everyone, mut some) = (None, None);
        for &client in clients {
            // As for the first client, and as after others: the host throws instances away at will.
            self.chooser.forget();
            self.is_fresh = true;
            let choice = self.choose(question, set, client)?;
            let again = self.choose(question, set, client)?;
            if again != choice {
                let message = format!(
                    "for a client of {client} it chooses something else when it is asked again"
                );
                return Err((Check::NotDeterministic, message));
            }
            match choice {
                Choice::Everyone => everyone = Some(client),
                Choice::Everything => {}
                Choice::These { records, scope } => {
                    some = Some(client);
                    for neighbour in neighbours(client, scope) {
                        let other = self.choose(question, set, neighbour)?;
                        let is_same = matches!(&other, Choice::These { records: others, .. } if *others == records);
                        if !is_same {
                            let message = format!(
                                "what it chooses for {client} is kept for /{scope}, and there {neighbour} would be given \
                                 something else"
                            );
                            return Err((Check::Scope, message));
                        }
                    }
                }
            }
        }
        if let (Some(everyone), Some(some)) = (everyone, some) {
            let message = format!(
                "it leaves the set to everyone when {everyone} asks, which is kept for all, and chooses from it for {some}"
            );
            return Err((Check::Scope, message));
        }
        Ok(())
    }

    fn choose(
        &mut self,
        question: &Question<'_>,
        set: &[RecordRef<'_>],
        client: Client,
    ) -> Result<Choice, (Check, String)> {
        let question = Question {
            client,
            ..*question
        };
        let (said, time) = timed(|| self.chooser.choose(&question, set));
        // An instance that is made for the question takes longer, and none is for a client's.
        if said.is_ok() && !std::mem::take(&mut self.is_fresh) {
            self.slowest = self.slowest.max(time);
        }
        said.map_err(|failure| {
            let message = format!(
                "{}: for a client of {client}, who is given all records: {failure}",
                failure.kind
            );
            (Check::Failing, message)
        })
    }
}

/// Sets of two records and more that may be chosen from, spread evenly.
fn sets(zone_set: &ZoneSet) -> Vec<(Name, u16)> {
    let mut sets = Vec::new();
    for zone in zone_set.zones().iter() {
        for listed in zone_set.list(zone) {
            let name = listed.name();
            let Answer::Records {
                records, standing, ..
            } = zone_set.find(name.as_ref())
            else {
                continue;
            };
            let records: Vec<_> = records.collect();
            let of_type = records.chunk_by(|one, other| one.rtype == other.rtype);
            let chosen_from = of_type.filter_map(|set| {
                let rtype = set.first()?.rtype;
                (set.len() > 1 && may_be_chosen_from(rtype, standing)).then_some(rtype)
            });
            sets.extend(chosen_from.map(|rtype| (name.clone(), rtype)));
        }
    }
    let step = sets.len().div_ceil(SETS).max(1);
    sets.into_iter().step_by(step).collect()
}

fn clients(state: &State) -> Vec<Client> {
    let cluster = &state.cluster;
    let nodes = cluster.nodes.iter().flat_map(|node| &node.addresses);
    let nodes = nodes.map(ToString::to_string).take(CLIENTS);
    let networks = cluster.networks.iter().flat_map(|network| {
        let subnets = network.subnets.iter().map(|(_, prefix)| prefix);
        subnets.chain([&network.prefix])
    });
    let networks = networks.map(ToString::to_string).take(CLIENTS);
    let elsewhere = ELSEWHERE.map(str::to_owned);
    let all = nodes.chain(networks).chain(elsewhere);
    all.filter_map(|text| Client::named(&text)).collect()
}

/// Clients that differ in the first bit that is not said to decide, and in the last one.
fn neighbours(client: Client, scope: u8) -> Vec<Client> {
    // 0 stands for all that are known.
    if scope == 0 || scope >= client.length() {
        return Vec::new();
    }
    let bits = [scope, client.length().saturating_sub(1)];
    let flipped = bits.map(|bit| {
        let address = match client.address() {
            IpAddr::V4(v4) => {
                IpAddr::V4((v4.to_bits() ^ 1_u32.rotate_right(u32::from(bit) + 1)).into())
            }
            IpAddr::V6(v6) => {
                IpAddr::V6((v6.to_bits() ^ 1_u128.rotate_right(u32::from(bit) + 1)).into())
            }
        };
        Client::named(&format!("{address}/{}", client.length()))
    });
    flipped.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neighbour_shares_what_decides_and_nothing_more() {
        for (client, scope, expected) in [
            ("10.22.0.5/32", 16, &["10.22.128.5/32", "10.22.0.4/32"][..]),
            ("10.22.0.0/24", 23, &["10.22.1.0/24", "10.22.1.0/24"]),
            ("10.22.0.0/24", 24, &[]),
            ("10.22.0.0/24", 0, &[]),
            ("fd00::5/128", 64, &["fd00::8000:0:0:5/128", "fd00::4/128"]),
        ] {
            let client = Client::named(client).unwrap();
            let neighbours = neighbours(client, scope);
            let neighbours: Vec<_> = neighbours.iter().map(ToString::to_string).collect();
            assert_eq!(neighbours, expected, "{client} by {scope}");
        }
    }
}
