//! A stack of policies that follows a cluster, as the daemon does it: only services that changed are named anew, everything is
//! when policies must be configured again, and who fails keeps what was good. `given` is one policy of the stack.
//!
//! [`Run`](super::run::Run) and [`Published`](super::published::Published) are of one document, and keep what policies said word
//! for word; this keeps what stands of it, so that it can go on for a day of changes.

mod given;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use zonesmith_cluster::{Cluster, Reconciled, Service, ServicePath, State};
use zonesmith_zone::comparison::{Fault, Maker, Makers, Side};
use zonesmith_zone::record::Origin;
use zonesmith_zone::validate::{CheckedRecord, check, validate};
use zonesmith_zone::{
    Contents, Contribution, Contributor, ContributorId, Delta, Zone, ZoneSet, Zones,
};

pub use self::given::Given;
use crate::policy::{Configuration, Instance, Refusal, Stage};

/// A stack at work on a cluster.
pub struct Followed {
    layers: Vec<Layer>,
    /// What was named last.
    state: State,
    contents: Contents,
    ids: BTreeMap<Whose, ContributorId>,
    whose: BTreeMap<ContributorId, Whose>,
    faults: BTreeMap<Whose, Vec<Fault>>,
    /// All of those.
    all_faults: BTreeSet<Fault>,
}

/// A policy at its place in the stack.
struct Layer {
    given: Given,
    instance: Instance,
}

/// The place of a policy in the stack, and a service; none: the policy's configuration.
type Whose = (usize, Option<ServicePath>);

/// What a stack makes of a whole cluster.
struct Made {
    instances: Vec<Instance>,
    zones: Zones,
    /// In any order; none of those that fail.
    contributions: BTreeMap<Whose, Contribution>,
    faults: BTreeMap<Whose, Vec<Fault>>,
}

impl Followed {
    /// Begins with a state.
    ///
    /// # Errors
    /// A refusal at stage instantiate, configure or validate, as the daemon has it, with the name of the policy.
    pub fn begin(stack: &[Given], state: State) -> Result<Self, Refusal> {
        let mut layers = Vec::new();
        let made = make(stack, &state)?;
        for (given, instance) in stack.iter().zip(made.instances) {
            let given = given.clone();
            layers.push(Layer { given, instance });
        }
        let mut followed = Self {
            layers,
            state,
            contents: Contents::default(),
            ids: BTreeMap::new(),
            whose: BTreeMap::new(),
            faults: made.faults,
            all_faults: BTreeSet::new(),
        };
        followed.hold(made.zones, made.contributions);
        Ok(followed)
    }

    /// Goes on with the next state, and tells the names that changed.
    pub fn follow(&mut self, next: State) -> Delta {
        let before = std::mem::take(&mut self.state);
        let Reconciled {
            state,
            cluster_changed,
            changed,
            removed,
        } = before.reconcile(next);
        self.state = state;
        let delta = if cluster_changed {
            self.make_anew(&changed, &removed)
        } else {
            self.replace(&changed, &removed)
        };
        self.all_faults = self.faults.values().flatten().cloned().collect();
        delta
    }

    /// What is compared.
    #[must_use]
    pub fn side(&self) -> Side<'_> {
        Side {
            contents: &self.contents,
            makers: self,
            faults: &self.all_faults,
        }
    }

    /// What would be served.
    #[must_use]
    pub fn zone_set(&self) -> ZoneSet {
        self.contents.zone_set()
    }

    /// What was named last.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Policies must be configured for the cluster as it is. If one cannot be, those of before go on, as in the daemon.
    fn make_anew(&mut self, changed: &[ServicePath], removed: &[ServicePath]) -> Delta {
        let layers = self.layers.iter();
        let stack: Vec<_> = layers.map(|layer| layer.given.clone()).collect();
        let made = match make(&stack, &self.state) {
            Ok(made) => made,
            Err(refusal) => {
                let message = format!("cannot be configured for the cluster as it is: {refusal}");
                let fault = Fault::failure(Maker::default(), &message);
                self.faults.insert(STACK, vec![fault]);
                return self.replace(changed, removed);
            }
        };
        let Made {
            instances,
            zones,
            mut contributions,
            faults,
        } = made;
        for (layer, instance) in self.layers.iter_mut().zip(instances) {
            layer.instance = instance;
        }
        let is_there = |path: &ServicePath| self.state.services.contains_key(path);
        for (whose, id) in &self.ids {
            let failed =
                whose.1.as_ref().is_some_and(is_there) && !contributions.contains_key(whose);
            let last_good = self.contents.contribution(*id).filter(|_| failed);
            if let Some(last_good) = last_good {
                contributions.insert(whose.clone(), last_good.clone());
            }
        }
        let before = self.zone_set();
        self.faults = faults;
        self.hold(zones, contributions);
        before.delta_to(&self.zone_set())
    }

    fn hold(&mut self, zones: Zones, contributions: BTreeMap<Whose, Contribution>) {
        let mut whose = Vec::new();
        let mut said = Vec::new();
        for (of, contribution) in contributions {
            said.push((contributor(&of), contribution));
            whose.push(of);
        }
        let (contents, ids) = Contents::build(zones, said);
        self.contents = contents;
        self.ids = whose.iter().cloned().zip(ids.iter().copied()).collect();
        self.whose = ids.into_iter().zip(whose).collect();
        self.all_faults = self.faults.values().flatten().cloned().collect();
    }

    fn replace(&mut self, changed: &[ServicePath], removed: &[ServicePath]) -> Delta {
        let zone_set = self.contents.zone_set();
        let mut news = Vec::new();
        for path in changed {
            let Some(service) = self.state.services.get(path).cloned() else {
                continue;
            };
            for rank in 0..self.layers.len() {
                let whose = (rank, Some(path.clone()));
                let Some(layer) = self.layers.get_mut(rank) else {
                    continue;
                };
                let Layer { given, instance } = layer;
                let (said, faults) = name(given, instance, &service, zone_set.zones());
                self.faults.remove(&whose);
                if !faults.is_empty() {
                    self.faults.insert(whose.clone(), faults);
                }
                if let Some(contribution) = said {
                    news.push((self.id(whose), contribution));
                }
            }
        }
        let mut gone = Vec::new();
        for path in removed {
            for rank in 0..self.layers.len() {
                let whose = (rank, Some(path.clone()));
                self.faults.remove(&whose);
                if let Some(id) = self.ids.remove(&whose) {
                    self.whose.remove(&id);
                    gone.push(id);
                }
            }
        }
        news.extend(gone.iter().map(|id| (*id, Contribution::default())));
        let delta = self.contents.replace(news);
        // Empty by now, so nothing changes but the list of contributors.
        let _ = self.contents.remove(&gone);
        delta
    }

    fn id(&mut self, whose: Whose) -> ContributorId {
        if let Some(id) = self.ids.get(&whose) {
            return *id;
        }
        let id = self.contents.add(contributor(&whose));
        self.ids.insert(whose.clone(), id);
        self.whose.insert(id, whose);
        id
    }
}

/// Where a fault of the whole stack is kept.
const STACK: Whose = (usize::MAX, None);

impl Makers for Followed {
    fn maker(
        &self,
        contributor: ContributorId,
        rule: Option<u16>,
        origin: Option<Origin>,
    ) -> Maker {
        let Some((rank, path)) = self.whose.get(&contributor) else {
            return Maker::default();
        };
        let Some(layer) = self.layers.get(*rank) else {
            return Maker::default();
        };
        let service = path.as_ref().and_then(|path| self.state.services.get(path));
        Maker {
            // Also of a service that is just going.
            service: path.as_ref().map(ServicePath::text),
            ..layer.given.maker(service.map(Arc::as_ref), rule, origin)
        }
    }
}

/// The labels of the daemon: the path of the service, nothing for a configuration.
fn contributor((rank, path): &Whose) -> Contributor {
    Contributor {
        rank: u32::try_from(*rank).unwrap_or(u32::MAX),
        label: path
            .as_ref()
            .map_or_else(|| Arc::from(""), ServicePath::text),
    }
}

/// Has a stack name a whole cluster.
fn make(stack: &[Given], state: &State) -> Result<Made, Refusal> {
    let cluster = Arc::new(state.cluster.clone());
    let mut instances = Vec::new();
    let mut configurations = Vec::new();
    for given in stack {
        let (instance, configuration) = start(given, &cluster)?;
        instances.push(instance);
        configurations.push(configuration);
    }
    let (zones, nameservers) = declare(stack, &configurations)?;
    let mut contributions = BTreeMap::new();
    let mut faults = BTreeMap::new();
    for (rank, (configuration, of_zones)) in configurations.into_iter().zip(nameservers).enumerate()
    {
        let Some((given, instance)) = stack.get(rank).zip(instances.get_mut(rank)) else {
            continue;
        };
        let (mut checked, refused) = check(configuration.records, &zones);
        checked.extend(of_zones);
        let whose = (rank, None);
        let said = Contribution::from_records(checked);
        contributions.insert(whose.clone(), said);
        let quarantined = given.quarantined(None, &refused);
        if !quarantined.is_empty() {
            faults.insert(whose, quarantined);
        }
        for service in state.services.values() {
            let whose = (rank, Some(service.path.clone()));
            let (said, of_service) = name(given, instance, service, &zones);
            if !of_service.is_empty() {
                faults.insert(whose.clone(), of_service);
            }
            if let Some(said) = said {
                contributions.insert(whose, said);
            }
        }
    }
    Ok(Made {
        instances,
        zones,
        contributions,
        faults,
    })
}

fn start(given: &Given, cluster: &Arc<Cluster>) -> Result<(Instance, Configuration), Refusal> {
    let settings = Arc::clone(&given.settings);
    let started = Instance::start(&given.component, Arc::clone(cluster), settings);
    started.map_err(|refusal| given.refused(refusal))
}

/// The zones of all policies (of one apex, the first policy's), and for each policy the NS records of those that are its own.
fn declare(
    stack: &[Given],
    configurations: &[Configuration],
) -> Result<(Zones, Vec<Vec<CheckedRecord>>), Refusal> {
    let refuse = |reason| Refusal {
        stage: Stage::Validate,
        reason,
    };
    let mut zones: Vec<Zone> = Vec::new();
    let mut apexes = BTreeSet::new();
    let mut nameservers = Vec::new();
    for (given, configuration) in stack.iter().zip(configurations) {
        let mut own = Vec::new();
        for declared in &configuration.zones {
            let (zone, records) = Zone::declare(declared).map_err(|reason| {
                let apex = &declared.apex;
                let reason = format!("the zone `{apex}` cannot be served: {reason}");
                given.refused(refuse(reason))
            })?;
            if apexes.insert(zone.apex().clone()) {
                zones.push(zone);
                own.extend(records);
            }
        }
        nameservers.push(own);
    }
    if zones.is_empty() {
        return Err(refuse("no policy of the stack names a zone".to_owned()));
    }
    Ok((Zones::new(zones), nameservers))
}

/// What a policy contributes for a service, none if it fails; and what is not served.
fn name(
    given: &Given,
    instance: &mut Instance,
    service: &Service,
    zones: &Zones,
) -> (Option<Contribution>, Vec<Fault>) {
    match instance.synthesize(service) {
        Ok(said) => {
            let (contribution, refused) = validate(said.records, zones);
            (
                Some(contribution),
                given.quarantined(Some(service), &refused),
            )
        }
        Err(failure) => {
            let maker = given.maker(Some(service), None, None);
            (None, vec![Fault::failure(maker, &failure.message)])
        }
    }
}
