//! A cluster as its sources tell it, for whoever writes it down.

use std::sync::Arc;

use zonesmith_cluster::{Cluster, Service, State};

/// A cluster with all its services.
#[derive(Debug, Clone)]
pub struct ToldCluster {
    /// With the configuration's word.
    pub cluster: Arc<Cluster>,
    /// Those of the first source that has each.
    pub services: Vec<Arc<Service>>,
}

impl ToldCluster {
    /// As one source would tell it: the score of a node is the one its instances were handed on with, so that policies are
    /// given the same.
    #[must_use]
    pub fn state(&self) -> State {
        let mut cluster = Cluster::clone(&self.cluster);
        let instances = self.services.iter().flat_map(|service| &service.instances);
        for instance in instances {
            let node = cluster
                .nodes
                .binary_search_by(|node| node.name.cmp(&instance.node));
            if let Some(node) = node.ok().and_then(|at| cluster.nodes.get_mut(at)) {
                node.score = instance.score;
            }
        }
        let services = self.services.iter();
        State {
            cluster,
            services: services
                .map(|service| (service.path.clone(), Arc::clone(service)))
                .collect(),
            problems: Vec::new(),
        }
    }
}
