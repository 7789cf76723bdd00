//! What is live: the configured policies, and the contents they made.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use zonesmith_cluster::{Cluster, Few, Service, ServicePath};
use zonesmith_zone::contents::{Contents, ContributorId};
use zonesmith_zone::contribution::Contribution;
use zonesmith_zone::delta::Delta;

use super::SourceName;
use super::candidate::{OrderedCluster, contributor, rank_number};
use super::service::{ServiceResult, synthesize};
use super::service_key::{ClusterKey, ServiceKey};
use super::static_zones::StaticZones;
use crate::policy::Instance;
use crate::policy::selection::Selection;
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

/// One of the clusters that are served.
pub(super) struct ServedCluster {
    pub(super) key: ClusterKey,
    /// The first of its sources.
    pub(super) source: SourceName,
    /// What the policies were configured with.
    pub(super) cluster: Arc<Cluster>,
    pub(super) layers: Vec<Layer>,
    /// Before the paths of its services, in the labels of contributors.
    prefix: String,
    contributors: Contributors,
}

impl ServedCluster {
    pub(super) fn new(
        ordered: &OrderedCluster,
        layers: Vec<Layer>,
        is_first: bool,
        contributors: Contributors,
    ) -> Self {
        Self {
            key: ordered.key.clone(),
            source: Arc::clone(&ordered.source),
            cluster: Arc::clone(&ordered.cluster),
            layers,
            prefix: ordered.key.prefix(is_first),
            contributors,
        }
    }

    /// The label of a contributor: the path of its service.
    pub(super) fn label(prefix: &str, path: &ServicePath) -> Arc<str> {
        if prefix.is_empty() {
            path.text()
        } else {
            format!("{prefix}{path}").into()
        }
    }

    /// Whether the policy at `rank` ever contributed for the service.
    pub(super) fn has_contributor(&self, path: &ServicePath, rank: usize) -> bool {
        self.contributors.get(path, rank).is_some()
    }

    /// The services that contributed.
    pub(super) fn paths(&self) -> impl Iterator<Item = &ServicePath> {
        self.contributors.0.keys()
    }
}

/// The live policies, configured for each cluster, and their contents.
pub(super) struct Served {
    /// In the order of their sources, at least one.
    pub(super) clusters: Vec<ServedCluster>,
    pub(super) contents: Contents,
    /// What of the contents is a site's own word.
    pub(super) static_zones: StaticZones,
    /// Who says which of the records a client is given, if anybody does.
    pub(super) selection: Option<Arc<Selection>>,
    /// Who looks whether changes arrive.
    pub(super) probe: Option<ContributorId>,
}

impl Served {
    /// The policies, without their instances: the same for every cluster.
    pub(super) fn stack(&self) -> Vec<StackEntry> {
        let layers = self.clusters.first().map(|cluster| &*cluster.layers);
        let layers = layers.unwrap_or_default().iter();
        layers.map(|layer| layer.entry.clone()).collect()
    }

    /// The cluster with this key.
    pub(super) fn find(&self, key: &ClusterKey) -> Option<&ServedCluster> {
        self.clusters.iter().find(|cluster| cluster.key == *key)
    }

    /// The cluster with this key, to work with.
    pub(super) fn find_mut(&mut self, key: &ClusterKey) -> Option<&mut ServedCluster> {
        self.clusters.iter_mut().find(|cluster| cluster.key == *key)
    }

    /// What the policy at `rank` last contributed for a service.
    pub(super) fn last_good(&self, key: &ServiceKey, rank: usize) -> Option<&Contribution> {
        let cluster = self.find(&key.cluster)?;
        self.contents
            .contribution(cluster.contributors.get(&key.path, rank)?)
    }

    /// The contributor of a service at `rank`, made when it is asked for the first time; none when its cluster is not served.
    pub(super) fn contributor(&mut self, key: &ServiceKey, rank: usize) -> Option<ContributorId> {
        let mut clusters = self.clusters.iter_mut();
        let cluster = clusters.find(|cluster| cluster.key == key.cluster)?;
        if let Some(id) = cluster.contributors.get(&key.path, rank) {
            return Some(id);
        }
        let label = ServedCluster::label(&cluster.prefix, &key.path);
        let id = self.contents.add(contributor(rank, label));
        cluster.contributors.set(&key.path, rank, id);
        Some(id)
    }

    /// The service that a contributor is; none for a configuration, a master file, or one that is gone.
    pub(super) fn service_of(&self, id: ContributorId) -> Option<ServiceKey> {
        let label = &*self.contents.contributor(id)?.label;
        // A text may be a path of one cluster and, with the prefix, of another: the number decides.
        self.clusters.iter().find_map(|cluster| {
            let path = label.strip_prefix(&*cluster.prefix)?;
            let (path, ids) = cluster.contributors.0.get_key_value(path)?;
            ids.iter().any(|(_, of)| *of == id).then(|| ServiceKey {
                cluster: cluster.key.clone(),
                path: path.clone(),
            })
        })
    }

    /// The place of the cluster whose configuration has this label.
    pub(super) fn configured(&self, label: &str) -> Option<usize> {
        let mut clusters = self.clusters.iter();
        clusters.position(|cluster| cluster.prefix == label)
    }

    /// These services through the policies and into the contents; what is gone leaves them. `see` is shown what came of each.
    /// The clusters of `changed` are served.
    pub(super) fn replace(
        &mut self,
        changed: &[(ServiceKey, Arc<Service>)],
        removed: &[ServiceKey],
        mut see: impl FnMut(&ServiceKey, &Service, &ServiceResult),
    ) -> Delta {
        let zone_set = self.contents.zone_set();
        let mut contributions = Vec::new();
        for (key, service) in changed {
            let Some(cluster) = self.find_mut(&key.cluster) else {
                continue;
            };
            let mut result = synthesize(&mut cluster.layers, zone_set.zones(), service);
            let mut news = Vec::new();
            for (rank, outcome) in result.contributions.iter_mut().enumerate() {
                let Ok(contribution) = outcome else { continue };
                if !contribution.is_empty() || cluster.has_contributor(&key.path, rank) {
                    news.push((rank, std::mem::take(contribution)));
                }
            }
            contributions.extend(news.into_iter().filter_map(|(rank, contribution)| {
                self.contributor(key, rank).map(|id| (id, contribution))
            }));
            see(key, service, &result);
        }
        let gone = self.forget(removed);
        contributions.extend(gone.iter().map(|id| (*id, Contribution::default())));
        let delta = self.contents.replace(contributions);
        // Empty by now, so nothing changes but the list of contributors.
        let _ = self.contents.remove(&gone);
        delta
    }

    /// What the calls of the policy at `rank` took since it was configured, whatever it is called for now.
    pub(super) fn spent(&self, rank: usize) -> Duration {
        let layers = self.clusters.iter().map(|cluster| cluster.layers.get(rank));
        layers.flatten().map(|layer| layer.instance.spent()).sum()
    }

    /// Ends the policies; what they contributed stays.
    pub(super) fn drop_policies(&mut self) {
        for cluster in &mut self.clusters {
            cluster.layers.clear();
        }
        self.selection = None;
    }

    /// Forgets the contributors of services that are gone; their ids, for the contents to remove.
    pub(super) fn forget(&mut self, gone: &[ServiceKey]) -> Vec<ContributorId> {
        let mut ids = Vec::new();
        for key in gone {
            let Some(cluster) = self.find_mut(&key.cluster) else {
                continue;
            };
            if let Some(of_service) = cluster.contributors.remove(&key.path) {
                ids.extend(of_service.iter().map(|(_, id)| *id));
            }
        }
        ids
    }
}
