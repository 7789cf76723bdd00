//! What changes in a cluster, one change after the other, and the questions whose answers show it: an instance moves, goes,
//! comes back; a namespace comes and goes under a wildcard; a name of the site is an alias of one that moves.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use zonesmith_tests::large::{Event, Extent, Instance};
use zonesmith_tests::question::Type;

use super::truth::{NO_NAME, Probe};

/// The zone of the cluster.
pub(super) const ZONE: &str = "bench";

/// Namespaces that come and go.
const PASSING: usize = 8;

/// Services that have an alias, among those that move first.
const ALIASES: usize = 64;

/// What the wildcard says.
const ANYTHING: &str = "10.255.255.1";

/// Names that never are, and that the wildcard covers always, of each.
const NOTHINGS: usize = 16;

/// One change.
pub(super) struct Change {
    pub(super) event: Event,
    /// Answers that it changes.
    pub(super) probes: Vec<usize>,
}

/// All that is planned.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) changes: Vec<Change>,
    pub(super) probes: Vec<Probe>,
    /// A master file that is merged into the zone.
    pub(super) extra: String,
    numbers: HashMap<(String, Type), usize>,
    aliases: HashMap<usize, usize>,
}

impl Plan {
    /// A number of changes of a cluster of this extent.
    pub(super) fn of(extent: Extent, count: usize) -> Self {
        let mut plan = Self {
            extra: format!("$TTL 60\n*.svc A {ANYTHING}\n"),
            ..Self::default()
        };
        for number in 0..ALIASES.min(extent.services) {
            plan.alias(number * 7919 % extent.services);
        }
        plan.add_what_stays(extent);
        let mut addresses = HashMap::new();
        let mut gone = None;
        for number in 0..count {
            let (service, place) = (number * 7919 % extent.services, number % extent.instances);
            let moved = address((250 << 16) + u32::try_from(number).unwrap());
            let change = match (number % 10, gone.take()) {
                (7, _) => plan.pass(number / 10, moved),
                (8, _) => {
                    gone = Some((service, place));
                    let old = addresses.remove(&(service, place));
                    plan.leave(extent, service, place, old)
                }
                (9, Some((service, place))) => {
                    addresses.insert((service, place), moved);
                    plan.enter(extent, service, place, None, moved)
                }
                _ => {
                    let old = addresses.insert((service, place), moved);
                    let old = old.unwrap_or_else(|| first_address(extent, service, place));
                    plan.enter(extent, service, place, Some(old), moved)
                }
            };
            plan.changes.push(change);
        }
        plan
    }

    fn add(&mut self, probe: Probe) -> usize {
        let key = (probe.name.clone(), probe.rtype);
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        self.numbers.insert(key, self.probes.len());
        self.probes.push(probe);
        self.probes.len() - 1
    }

    fn alias(&mut self, service: usize) {
        let target = service_name(&Instance::of(service, 0));
        let name = format!("alias{service}");
        self.extra.push_str(&format!("{name} CNAME {target}\n"));
        let probe = Probe {
            source: Some((target, Type::A)),
            ..Probe::of(&format!("{name}.{ZONE}."), Type::A)
        };
        let number = self.add(probe);
        self.aliases.insert(service, number);
    }

    /// Names that change seldom, or never are.
    fn add_what_stays(&mut self, extent: Extent) {
        for number in 0..NOTHINGS {
            let name = service_name(&Instance::of(number % extent.services, 0));
            self.add(Probe::fixed(&format!("nobody{number}.{name}"), NO_NAME));
            self.add(Probe::fixed(&format!("nobody{number}.{ZONE}."), NO_NAME));
            let covered = format!("x.never{number}.svc.{ZONE}.");
            self.add(Probe::fixed(&covered, ANYTHING));
            let service = number * extent.services / NOTHINGS;
            self.add(Probe::of(
                &reverse_name(first_address(extent, service, extent.instances - 1)),
                Type::Ptr,
            ));
            self.add(Probe::of(&service_name(&Instance::of(service, 0)), Type::A));
        }
    }

    /// The names of a service, and of one of its instances.
    fn names(&mut self, service: usize, instance: &Instance) -> Vec<usize> {
        let name = service_name(instance);
        let mut probes = vec![
            self.add(Probe::of(&format!("{}.{name}", instance.hostname), Type::A)),
            self.add(Probe::of(&name, Type::A)),
            self.add(Probe::of(&format!("_80._tcp.{name}"), Type::Srv)),
        ];
        probes.extend(self.aliases.get(&service));
        probes
    }

    fn enter(
        &mut self,
        extent: Extent,
        service: usize,
        place: usize,
        old: Option<Ipv4Addr>,
        new: Ipv4Addr,
    ) -> Change {
        debug_assert!(place < extent.instances);
        let instance = Instance::of(service, place);
        let mut probes = self.names(service, &instance);
        for address in old.into_iter().chain([new]) {
            probes.push(self.add(Probe::of(&reverse_name(address), Type::Ptr)));
        }
        Change {
            event: instance.at(new),
            probes,
        }
    }

    fn leave(
        &mut self,
        extent: Extent,
        service: usize,
        place: usize,
        old: Option<Ipv4Addr>,
    ) -> Change {
        let instance = Instance::of(service, place);
        let mut probes = self.names(service, &instance);
        let old = old.unwrap_or_else(|| first_address(extent, service, place));
        probes.push(self.add(Probe::of(&reverse_name(old), Type::Ptr)));
        Change {
            event: instance.gone(),
            probes,
        }
    }

    /// A namespace comes or goes: while it is there, the wildcard covers nothing in it.
    fn pass(&mut self, turn: usize, address: Ipv4Addr) -> Change {
        let (number, is_there) = (turn % PASSING, turn / PASSING % 2 == 1);
        let instance = Instance {
            path: format!("passing{number}/svc/app"),
            node: "n1".to_owned(),
            hostname: "app-0".to_owned(),
        };
        let name = service_name(&instance);
        let source = Some((name.clone(), Type::A));
        let itself = Probe {
            absent: ANYTHING.to_owned(),
            ..Probe::of(&name, Type::A)
        };
        let nobody = Probe {
            source,
            present: Some(NO_NAME.to_owned()),
            absent: ANYTHING.to_owned(),
            ..Probe::of(&format!("nobody.passing{number}.svc.{ZONE}."), Type::A)
        };
        let event = if is_there {
            instance.gone()
        } else {
            instance.at(address)
        };
        Change {
            event,
            probes: vec![self.add(itself), self.add(nobody)],
        }
    }
}

fn address(number: u32) -> Ipv4Addr {
    Ipv4Addr::from((10 << 24) + number)
}

/// As the large cluster has it.
fn first_address(extent: Extent, service: usize, place: usize) -> Ipv4Addr {
    let number = u32::try_from(service * extent.instances + place).unwrap();
    address((64 << 16) + number)
}

fn service_name(instance: &Instance) -> String {
    let mut parts: Vec<_> = instance.path.split('/').rev().collect();
    // `app1`, `svc`, `ns1`: in a name the kind stands last.
    parts.swap(1, 2);
    format!("{}.{ZONE}.", parts.join("."))
}

fn reverse_name(address: Ipv4Addr) -> String {
    let [a, b, c, d] = address.octets();
    format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
}
