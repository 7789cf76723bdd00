//! Reading one piece of a document, as [`super::write`](mod@super::write) writes it: a store with a key for each piece says
//! which service and node it is of.

use std::sync::Arc;

use super::object::tree;
use super::place::Place;
use super::service::ServiceReader;
use super::{DocumentError, Format, cluster, not_json, not_utf8};
use crate::cluster::{Cluster, Node};
use crate::problem::Problem;
use crate::service::{Instance, Service};
use crate::service_path::ServicePath;

/// Reads pieces. All that one has read share the names of nodes and resources, and instances have the score of their node.
pub struct PieceReader {
    services: ServiceReader,
}

impl Default for PieceReader {
    fn default() -> Self {
        Self {
            services: ServiceReader::new(std::iter::empty(), Format::ClusterDocument),
        }
    }
}

impl PieceReader {
    /// The cluster, with the nodes it names.
    ///
    /// # Errors
    /// It is none; the path begins with `cluster`.
    pub fn read_cluster(&self, json: &[u8]) -> Result<Cluster, DocumentError> {
        let place = Place::root("cluster");
        cluster::read(&tree(raw(json)?, &place)?, &place)
    }

    /// The node called `name`. Instances that are read from now on have its score.
    ///
    /// # Errors
    /// It is none; the path begins with `cluster.nodes`.
    pub fn read_node(&mut self, name: &str, json: &[u8]) -> Result<Node, DocumentError> {
        let (root, nodes) = (Place::root("cluster"), "nodes");
        let nodes = root.key(nodes);
        let place = nodes.key(name);
        let mut node = cluster::read_node(name, &tree(raw(json)?, &place)?, &place)?;
        self.services.set_score(name, node.score);
        node.name = self.node(name);
        Ok(node)
    }

    /// The name that everything read shares.
    pub fn node(&mut self, name: &str) -> Arc<str> {
        self.services.node(name).0
    }

    /// Instances on the node `name` that are read from now on have this score.
    pub fn set_score(&mut self, name: &str, score: Option<u8>) {
        self.services.set_score(name, score);
    }

    /// The service at `path`, with the instances it names.
    ///
    /// # Errors
    /// It is none; the path begins with `services`.
    pub fn read_service(
        &mut self,
        path: &ServicePath,
        json: &[u8],
    ) -> Result<Service, DocumentError> {
        let root = Place::root("services");
        let place = root.key(path.as_str());
        self.services
            .read_service(path, &tree(raw(json)?, &place)?, &place)
    }

    /// The instance of the service at `path` on `node`, and what in it could not be read.
    ///
    /// # Errors
    /// It is none; the path begins with `services`.
    pub fn read_instance(
        &mut self,
        path: &ServicePath,
        node: &str,
        json: &[u8],
    ) -> Result<(Instance, Vec<Problem>), DocumentError> {
        let root = Place::root("services");
        let service = root.key(path.as_str());
        let instances = service.key("instances");
        let place = instances.key(node);
        let mut problems = Vec::new();
        let tree = tree(raw(json)?, &place)?;
        let instance = self
            .services
            .read_instance(node, &tree, &place, &mut problems)?;
        Ok((instance, problems))
    }
}

/// Broken JSON is told by line and column of the piece.
fn raw(json: &[u8]) -> Result<&serde_json::value::RawValue, DocumentError> {
    let text = str::from_utf8(json).map_err(|fault| not_utf8(json, fault.valid_up_to()))?;
    serde_json::from_str(text).map_err(|fault| not_json(&fault))
}
