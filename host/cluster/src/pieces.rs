//! A cluster in pieces: a key and a value each, as a key-value store holds them and tells of their changes.
//!
//! | key | value |
//! |---|---|
//! | `cluster` | the `cluster` of a document; its nodes have keys of their own |
//! | `nodes/<node>` | a node of it |
//! | `services/<namespace>/<kind>/<name>` | what else is known of a service: its labels, its info. May be missing |
//! | `services/<namespace>/<kind>/<name>/<node>` | one instance |
//!
//! Every value has another writer, so one that cannot be read takes away nothing, not even what it said before: that
//! stays, and the fault is told with the key it is in. What a key says goes with the key.
//!
//! A value costs what it changes. Services that did not change keep their allocation, so that whoever compares two states
//! of one cluster compares pointers.
//!
//! Rooms: [`key`] how keys are written, `services` those of services, [`told`] a state
//! taken apart into pieces.

pub mod key;
mod services;
pub mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::cluster::{Cluster, Node};
use crate::document::piece::PieceReader;
use crate::document::{DocumentError, NAME_PATH};
use crate::problem::Problem;
use crate::reconcile::SCORE_STEP;
use crate::service::Service;
use crate::service_path::ServicePath;
use crate::state::State;
use key::PlaceOf;

/// How many keys of another layout are named one by one. A wrong prefix has thousands of them.
const NAMED_STRANGERS: usize = 10;

/// What came of values that were told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PieceNews {
    /// Services that are other than before, or gone.
    pub services: BTreeSet<ServicePath>,
    /// Whether more than services may be other than before.
    pub has_cluster: bool,
}

impl PieceNews {
    /// Whether nothing came of them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.has_cluster && self.services.is_empty()
    }
}

/// Whose fault: an instance's on this node, or that of the service's own key.
type Where = Option<Arc<str>>;

/// All pieces there are.
pub struct Pieces {
    has_cluster: bool,
    cluster: Cluster,
    nodes: BTreeMap<Arc<str>, Node>,
    /// The score that instances on a node were last given.
    scores: BTreeMap<Arc<str>, u8>,
    reader: PieceReader,
    services: BTreeMap<ServicePath, Arc<Service>>,
    /// Services that have a key of their own.
    described: BTreeSet<ServicePath>,
    /// Of values of services.
    faults: BTreeMap<ServicePath, BTreeMap<Where, Vec<Problem>>>,
    /// Of every other value, by its key.
    unreadable: BTreeMap<Box<str>, Problem>,
    /// Keys that are none of ours.
    strangers: BTreeSet<Box<str>>,
    /// What was known before, until everything was told once.
    last_good: Option<State>,
}

impl fmt::Debug for Pieces {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Pieces")
            .field("services", &self.services.len())
            .finish_non_exhaustive()
    }
}

impl Pieces {
    /// None of them yet. `last_good` is what was said before: it stands in for what cannot be read.
    #[must_use]
    pub fn new(last_good: Option<State>) -> Self {
        Self {
            has_cluster: false,
            cluster: Cluster::default(),
            nodes: BTreeMap::new(),
            scores: BTreeMap::new(),
            reader: PieceReader::default(),
            services: BTreeMap::new(),
            described: BTreeSet::new(),
            faults: BTreeMap::new(),
            unreadable: BTreeMap::new(),
            strangers: BTreeSet::new(),
            last_good,
        }
    }

    /// Every key was told once: from now on only what was told counts.
    pub fn complete(&mut self) {
        self.last_good = None;
    }

    /// What was known before, if not everything was told since.
    #[must_use]
    pub fn into_last_good(self) -> Option<State> {
        self.last_good
    }

    /// How many services there are.
    #[must_use]
    pub fn services(&self) -> usize {
        self.services.len()
    }

    /// Whether the cluster's own key is there. Without it the rest is of nothing.
    #[must_use]
    pub fn has_cluster(&self) -> bool {
        self.has_cluster
    }

    /// Everything as it is now.
    #[must_use]
    pub fn state(&self) -> State {
        let mut cluster = self.cluster.clone();
        cluster
            .nodes
            .retain(|node| !self.nodes.contains_key(&node.name));
        cluster.nodes.extend(self.nodes.values().cloned());
        cluster.nodes.sort_by(|one, two| one.name.cmp(&two.name));
        let mut problems: Vec<_> = self.unreadable.values().cloned().collect();
        problems.extend(self.strangers.iter().take(NAMED_STRANGERS).map(|key| {
            Problem::new(
                key,
                "no key of a cluster (`cluster`, `nodes/NODE`, `services/NAMESPACE/KIND/NAME/NODE`); it is ignored",
            )
        }));
        if let Some(more) = self.strangers.len().checked_sub(NAMED_STRANGERS + 1) {
            let more = more + 1;
            problems.push(Problem::new(
                "…",
                format_args!("{more} more keys are ignored, too"),
            ));
        }
        if cluster.name.is_empty() {
            problems.push(Problem::new(
                NAME_PATH,
                "the key `cluster` has no name, so there is no zone; name it there or in the configuration",
            ));
        }
        State {
            cluster,
            services: self.services.clone(),
            problems,
        }
    }

    /// What these services are now; none: gone.
    #[must_use]
    pub fn changes(
        &self,
        paths: &BTreeSet<ServicePath>,
    ) -> Vec<(ServicePath, Option<Arc<Service>>)> {
        let now = |path: &ServicePath| (path.clone(), self.services.get(path).cloned());
        paths.iter().map(now).collect()
    }

    /// A key has this value now.
    pub fn put(&mut self, key: &str, value: &[u8], news: &mut PieceNews) {
        match PlaceOf::parse(key) {
            None => news.has_cluster |= self.strangers.insert(key.into()),
            Some(PlaceOf::Cluster) => self.put_cluster(key, value, news),
            Some(PlaceOf::Node(name)) => self.put_node(key, name, value, news),
            Some(PlaceOf::Service(path)) => self.put_description(key, path, value, news),
            Some(PlaceOf::Instance(path, node)) => self.put_instance(key, path, node, value, news),
        }
    }

    /// A key is gone.
    pub fn remove(&mut self, key: &str, news: &mut PieceNews) {
        match PlaceOf::parse(key) {
            None => news.has_cluster |= self.strangers.remove(key),
            Some(PlaceOf::Cluster) => {
                // What it said stays known until it is said anew.
                self.has_cluster = false;
                self.unreadable.remove(key);
                news.has_cluster = true;
            }
            Some(PlaceOf::Node(name)) => {
                let was_there = self.nodes.remove(name).is_some();
                news.has_cluster |= self.unreadable.remove(key).is_some() | was_there;
            }
            Some(PlaceOf::Service(path)) => self.remove_description(path, news),
            Some(PlaceOf::Instance(path, node)) => self.remove_instance(path, node, news),
        }
    }

    fn put_cluster(&mut self, key: &str, value: &[u8], news: &mut PieceNews) {
        let read = self.reader.read_cluster(value);
        let before = std::mem::replace(&mut self.has_cluster, true);
        match read {
            Ok(cluster) => {
                for node in &cluster.nodes {
                    if !self.nodes.contains_key(&node.name) {
                        self.set_score(node, news);
                    }
                }
                let was_unreadable = self.unreadable.remove(key).is_some();
                news.has_cluster |= was_unreadable || !before || self.cluster != cluster;
                self.cluster = cluster;
            }
            Err(error) => {
                if self.cluster == Cluster::default()
                    && let Some(known) = &self.last_good
                {
                    self.cluster = known.cluster.clone();
                    // Nodes have keys of their own.
                    self.cluster.nodes = Vec::new();
                }
                self.complain(key, error, news);
            }
        }
    }

    fn put_node(&mut self, key: &str, name: &str, value: &[u8], news: &mut PieceNews) {
        match self.reader.read_node(name, value) {
            Ok(node) => {
                self.set_score(&node, news);
                let before = self.nodes.insert(Arc::clone(&node.name), node.clone());
                let is_same = before.is_some_and(|mut before| {
                    before.score = node.score;
                    before == node
                });
                news.has_cluster |= self.unreadable.remove(key).is_some() || !is_same;
            }
            Err(error) => {
                let known = self.last_good.as_ref().and_then(|known| {
                    let mut nodes = known.cluster.nodes.iter();
                    nodes.find(|node| *node.name == *name).cloned()
                });
                if !self.nodes.contains_key(name)
                    && let Some(node) = known
                {
                    self.set_score(&node, news);
                    self.nodes.insert(Arc::clone(&node.name), node);
                }
                self.complain(key, error, news);
            }
        }
    }

    /// Instances are given a score that moved far; see [`crate::reconcile`].
    fn set_score(&mut self, node: &Node, news: &mut PieceNews) {
        self.reader.set_score(&node.name, node.score);
        let Some(score) = node.score else { return };
        let given = self.scores.get(&node.name).copied();
        if given.is_some_and(|given| given.abs_diff(score) < SCORE_STEP) {
            return;
        }
        self.scores.insert(Arc::clone(&node.name), score);
        for (path, service) in &mut self.services {
            let place = service
                .instances
                .iter()
                .position(|instance| instance.node == node.name && instance.score != Some(score));
            if let Some(place) = place
                && let Some(instance) = Arc::make_mut(service).instances.get_mut(place)
            {
                instance.score = Some(score);
                news.services.insert(path.clone());
            }
        }
    }

    fn complain(&mut self, key: &str, error: DocumentError, news: &mut PieceNews) {
        let problem = fault(key, error);
        let before = self.unreadable.insert(key.into(), problem);
        news.has_cluster |= before.as_ref() != self.unreadable.get(key);
    }
}

/// What is wrong with the value of a key.
fn fault(key: &str, error: DocumentError) -> Problem {
    const STAYS: &str = "what was known of it stays";
    match error {
        DocumentError::WrongType {
            path,
            expected,
            found,
        } => Problem::new(
            path,
            format_args!("expected {expected}, found {found} (in the key {key}); {STAYS}"),
        ),
        DocumentError::Invalid { path, message } => {
            Problem::new(path, format_args!("{message} (in the key {key}); {STAYS}"))
        }
        error @ (DocumentError::NotJson { .. }
        | DocumentError::UnknownFormat
        | DocumentError::SameService { .. }
        | DocumentError::NotKnownYet { .. }) => Problem::new(key, format_args!("{error}; {STAYS}")),
    }
}

#[cfg(test)]
mod tests;
