//! Policies in their order over the services of one document, and the zones that come of it.
//!
//! A publish checks what is new since the last one, and merges it: as the daemon does with a change of its source. Where the
//! policies or their zones are others, everything is checked and merged anew: as the daemon does with a reload.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use zonesmith_cluster::{Cluster, ServicePath, State};
use zonesmith_zone::validate::check;
use zonesmith_zone::{
    CheckedRecord, Contents, Contribution, Contributor, ContributorId, Delta, Name, Quarantined,
    Reason, Zone, ZoneSet, Zones,
};

use crate::bindings::exports::zonesmith::playground::workbench::Task;
use crate::entry::{Answer, Entry, Said};

/// Where something was said: the place of the policy in the stack, and the service; none: of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) policy: usize,
    pub(crate) service: Option<ServicePath>,
}

/// A stack of policies and what they make.
#[derive(Clone, Default)]
pub(crate) struct Stack {
    pub(crate) entries: Vec<Entry>,
    pub(crate) contents: Contents,
    pub(crate) zone_set: ZoneSet,
    /// What each policy said of the cluster at the last publish; none of one that is not run. All of the rest is then a
    /// matter of single services.
    configured: Vec<Option<Rc<Said>>>,
    zones: Zones,
    checked: BTreeMap<Place, Checked>,
    places: BTreeMap<ContributorId, Place>,
    pub(crate) refused_zones: Vec<(usize, String, Reason)>,
}

/// What came of what was said.
#[derive(Clone)]
pub(crate) struct Checked {
    id: ContributorId,
    /// Of what it is.
    said: Option<Rc<Said>>,
    pub(crate) quarantined: Rc<[Quarantined]>,
    /// RRsets with several TTLs: owner, number of the type.
    pub(crate) several_ttls: Rc<[(Name, u16)]>,
}

impl Stack {
    /// Puts other policies in place of these; what stays the same keeps what it said, also what it said in `beside`.
    pub(crate) fn put(&mut self, slots: Vec<Entry>, beside: Option<&Self>) {
        let mut before = std::mem::take(&mut self.entries);
        for slot in slots {
            let same = |entry: &Entry| entry.is(&slot.policy.digest, &slot.settings);
            let kept = match before.iter().position(same) {
                Some(at) => Some(before.swap_remove(at)),
                None => beside
                    .and_then(|beside| beside.entries.iter().find(|entry| same(entry)).cloned()),
            };
            self.entries.push(kept.unwrap_or(slot));
        }
    }

    /// What has to be asked.
    pub(crate) fn tasks(&mut self, cluster: &Arc<Cluster>, state: &State) -> Vec<Task> {
        let entries = (0_u32..).zip(&mut self.entries);
        let tasks = entries.map(|(policy, entry)| {
            entry.tidy(cluster, state);
            let (configure, services) = entry.to_ask(state);
            Task {
                policy,
                configure,
                services,
            }
        });
        tasks
            .filter(|task| task.configure || !task.services.is_empty())
            .collect()
    }

    /// Checks and merges; the names whose records changed.
    pub(crate) fn publish(&mut self) -> Delta {
        let configured: Vec<_> = self.entries.iter().map(configured).collect();
        let is_same = configured.len() == self.configured.len()
            && configured
                .iter()
                .zip(&self.configured)
                .all(|(now, before)| same(now.as_ref(), before.as_ref()));
        self.configured = configured;
        let delta = if is_same {
            self.follow()
        } else {
            self.begin_anew()
        };
        self.zone_set = self.contents.zone_set();
        delta
    }

    /// What came of what was said at a place.
    pub(crate) fn checked(&self, place: &Place) -> Option<&Checked> {
        self.checked.get(place)
    }

    /// What was said at a place.
    pub(crate) fn answer(&self, place: &Place) -> Option<(&Entry, &Rc<Answer>)> {
        let entry = self.entries.get(place.policy)?;
        Some((entry, entry.answer(place.service.as_ref())?))
    }

    /// Whose words a contribution is.
    pub(crate) fn place_of(&self, id: ContributorId) -> Option<&Place> {
        self.places.get(&id)
    }

    /// The contributions of a service.
    pub(crate) fn contributions_of(
        &self,
        service: Option<&ServicePath>,
    ) -> impl Iterator<Item = &Contribution> {
        let places = (0..self.entries.len()).map(move |policy| Place {
            policy,
            service: service.cloned(),
        });
        places
            .filter_map(|place| self.checked.get(&place))
            .filter_map(|checked| self.contents.contribution(checked.id))
    }

    /// The zones as people look for them, each with its place: those of names before those of addresses.
    pub(crate) fn zones_for_people(&self) -> Vec<(usize, &Zone)> {
        let is_of_addresses = |zone: &Zone| zone.apex().to_string().ends_with(".arpa.");
        let mut zones: Vec<_> = self.zone_set.zones().iter().enumerate().collect();
        // Stable: within each kind the order is canonical.
        zones.sort_by_key(|(_, zone)| is_of_addresses(zone));
        zones
    }

    /// Everything that is said and shown, with where.
    pub(crate) fn said(&self) -> impl Iterator<Item = (Place, &Entry, &Rc<Answer>)> {
        let entries = self.entries.iter().enumerate();
        entries.flat_map(|(policy, entry)| {
            entry.answers().map(move |(service, answer)| {
                let place = Place {
                    policy,
                    service: service.cloned(),
                };
                (place, entry, answer)
            })
        })
    }

    fn begin_anew(&mut self) -> Delta {
        let (zones, mut nameservers, refused) = self.declare();
        self.refused_zones = refused;
        self.zones = zones.clone();
        let mut contributions = Vec::new();
        let mut parts = Vec::new();
        for (place, _, answer) in self.said() {
            let (mut records, quarantined) = check(records_of(answer), &zones);
            let several_ttls = several_ttls(&mut records);
            if place.service.is_none()
                && let Some(of_zones) = nameservers.get_mut(place.policy)
            {
                records.append(of_zones);
            }
            contributions.push((contributor(&place), Contribution::from_records(records)));
            parts.push((place, answer.good.clone(), quarantined, several_ttls));
        }
        let before = std::mem::take(&mut self.zone_set);
        let (contents, ids) = Contents::build(zones, contributions);
        self.contents = contents;
        self.checked.clear();
        self.places.clear();
        for (id, (place, said, quarantined, several_ttls)) in ids.into_iter().zip(parts) {
            self.places.insert(id, place.clone());
            let checked = Checked {
                id,
                said,
                quarantined: quarantined.into(),
                several_ttls: several_ttls.into(),
            };
            self.checked.insert(place, checked);
        }
        before.delta_to(&self.contents.zone_set())
    }

    /// Invariant: policies, and what they said of the cluster, are those of the last publish.
    fn follow(&mut self) -> Delta {
        let mut gone = Vec::new();
        let mut changed = Vec::new();
        self.checked.retain(|place, checked| {
            let entry = self.entries.get(place.policy);
            let is_there =
                entry.is_some_and(|entry| entry.answer(place.service.as_ref()).is_some());
            if !is_there {
                gone.push(checked.id);
            }
            is_there
        });
        for (place, _, answer) in self.said() {
            let before = self.checked.get(&place);
            let is_same =
                before.is_some_and(|before| same(before.said.as_ref(), answer.good.as_ref()));
            if !is_same && place.service.is_some() {
                changed.push((place, Rc::clone(answer)));
            }
        }
        for id in &gone {
            self.places.remove(id);
        }
        let mut delta = self.contents.remove(&gone);
        let mut contributions = Vec::new();
        for (place, answer) in changed {
            let (mut records, quarantined) = check(records_of(&answer), &self.zones);
            let several_ttls = several_ttls(&mut records);
            let known = self.checked.get(&place).map(|checked| checked.id);
            let id = known.unwrap_or_else(|| self.contents.add(contributor(&place)));
            contributions.push((id, Contribution::from_records(records)));
            self.places.insert(id, place.clone());
            let checked = Checked {
                id,
                said: answer.good.clone(),
                quarantined: quarantined.into(),
                several_ttls: several_ttls.into(),
            };
            self.checked.insert(place, checked);
        }
        delta
            .changes
            .extend(self.contents.replace(contributions).changes);
        delta
            .changes
            .sort_by(|one, other| one.name.cmp(&other.name));
        delta
    }

    fn declare(&self) -> Declared {
        let mut zones = Vec::new();
        let mut nameservers = Vec::new();
        let mut refused = Vec::new();
        for (policy, said) in self.configured.iter().enumerate() {
            let mut of_zones = Vec::new();
            for declared in said.as_ref().map_or(&[][..], |said| &said.zones) {
                match Zone::declare(declared) {
                    Ok((zone, records)) => {
                        zones.push(zone);
                        of_zones.extend(records);
                    }
                    Err(reason) => refused.push((policy, declared.apex.clone(), reason)),
                }
            }
            nameservers.push(of_zones);
        }
        // The daemon has serials; a page has nobody who would ask for one.
        let zones = Zones::new(zones).with_serials(|_| 0);
        (zones, nameservers, refused)
    }
}

/// All zones, the NS records of those that each policy declares, and what is no zone.
type Declared = (Zones, Vec<Vec<CheckedRecord>>, Vec<(usize, String, Reason)>);

fn configured(entry: &Entry) -> Option<Rc<Said>> {
    let (_, answer) = entry.answers().find(|(service, _)| service.is_none())?;
    answer.good.clone()
}

fn contributor(place: &Place) -> Contributor {
    let label = place.service.as_ref().map_or("", ServicePath::as_str);
    Contributor {
        rank: u32::try_from(place.policy).unwrap_or(u32::MAX),
        label: Arc::from(label),
    }
}

fn records_of(answer: &Answer) -> Vec<zonesmith_zone::Record> {
    let good = answer.good.as_ref();
    good.map(|said| said.records.clone()).unwrap_or_default()
}

fn same(one: Option<&Rc<Said>>, other: Option<&Rc<Said>>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => Rc::ptr_eq(one, other),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// The RRsets that one contributor gives several TTLs.
fn several_ttls(records: &mut [CheckedRecord]) -> Vec<(Name, u16)> {
    records.sort_by(|one, other| (&one.owner, one.rtype).cmp(&(&other.owner, other.rtype)));
    let rrsets =
        records.chunk_by(|one, other| one.owner == other.owner && one.rtype == other.rtype);
    let differ = rrsets.filter_map(|rrset| {
        let (first, rest) = rrset.split_first()?;
        let is_other = rest.iter().any(|record| record.ttl != first.ttl);
        is_other.then(|| (first.owner.clone(), first.rtype))
    });
    differ.collect()
}
