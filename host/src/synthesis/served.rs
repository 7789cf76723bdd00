//! What is live: the configured policies, and the contents they made.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use zonesmith_cluster::{Cluster, Few, Service, ServicePath};
use zonesmith_zone::contents::{Contents, ContributorId};
use zonesmith_zone::contribution::Contribution;

use super::candidate::{contributor, rank_number};
use super::static_zones::StaticZones;
use crate::policy::Instance;
use crate::policy::stack::StackEntry;

/// A policy at its place in the stack, configured.
pub(super) struct Layer {
    pub(super) entry: StackEntry,
    pub(super) instance: Instance,
}

/// Which contributors a service has: one for each policy that made records of it, by its place in the stack.
#[derive(Default)]
pub(super) struct Contributors(HashMap<ServicePath, Few<(u32, ContributorId)>>);

impl Contributors {
    pub(super) fn with_capacity(services: usize) -> Self {
        Self(HashMap::with_capacity(services))
    }

    pub(super) fn get(&self, path: &ServicePath, rank: usize) -> Option<ContributorId> {
        self.0
            .get(path)?
            .iter()
            .find(|(at, _)| *at == rank_number(rank))
            .map(|(_, id)| *id)
    }

    pub(super) fn set(&mut self, path: &ServicePath, rank: usize, id: ContributorId) {
        let added = (rank_number(rank), id);
        match self.0.get_mut(path) {
            Some(ids) => *ids = ids.iter().copied().chain([added]).collect(),
            None => {
                self.0.insert(path.clone(), [added].into_iter().collect());
            }
        }
    }

    fn remove(&mut self, path: &ServicePath) -> Option<Few<(u32, ContributorId)>> {
        self.0.remove(path)
    }
}

/// The live policies and their contents.
pub(super) struct Served {
    /// What the policies were configured with.
    pub(super) cluster: Arc<Cluster>,
    pub(super) layers: Vec<Layer>,
    pub(super) contents: Contents,
    /// What of the contents is a site's own word.
    pub(super) static_zones: StaticZones,
    contributors: Contributors,
}

impl Served {
    pub(super) fn new(
        cluster: Arc<Cluster>,
        layers: Vec<Layer>,
        contents: Contents,
        contributors: Contributors,
    ) -> Self {
        Self {
            cluster,
            layers,
            contents,
            static_zones: StaticZones::default(),
            contributors,
        }
    }

    /// The policies, without their instances.
    pub(super) fn stack(&self) -> Vec<StackEntry> {
        self.layers
            .iter()
            .map(|layer| layer.entry.clone())
            .collect()
    }

    /// What the policy at `rank` last contributed for a service.
    pub(super) fn last_good(&self, path: &ServicePath, rank: usize) -> Option<&Contribution> {
        self.contents
            .contribution(self.contributors.get(path, rank)?)
    }

    /// The contributor of a service at `rank`, made when it is asked for the first time.
    pub(super) fn contributor(&mut self, path: &ServicePath, rank: usize) -> ContributorId {
        if let Some(id) = self.contributors.get(path, rank) {
            return id;
        }
        let id = self.contents.add(contributor(rank, path.text()));
        self.contributors.set(path, rank, id);
        id
    }

    /// Whether the policy at `rank` ever contributed for the service.
    pub(super) fn has_contributor(&self, path: &ServicePath, rank: usize) -> bool {
        self.contributors.get(path, rank).is_some()
    }

    /// The services that contributed and are not among `services`.
    pub(super) fn paths_beside(
        &self,
        services: &BTreeMap<ServicePath, Arc<Service>>,
    ) -> Vec<ServicePath> {
        self.contributors
            .0
            .keys()
            .filter(|path| !services.contains_key(*path))
            .cloned()
            .collect()
    }

    /// Forgets the contributors of services that are gone; their ids, for the contents to remove.
    pub(super) fn forget(&mut self, paths: &[ServicePath]) -> Vec<ContributorId> {
        paths
            .iter()
            .filter_map(|path| self.contributors.remove(path))
            .flat_map(|ids| ids.iter().map(|(_, id)| *id).collect::<Vec<_>>())
            .collect()
    }
}
