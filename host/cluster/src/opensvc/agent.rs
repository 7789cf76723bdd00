//! An agent of generation 3 that is followed: its status once, then what it tells, made into services as they are now.
//!
//! The status is asked for without its objects ([`Agent::STATUS`]): the replay that follows has every one of them, one
//! event at a time, so that 150,000 instances never stand in memory as one text of 180 MB. A status with objects is
//! taken all the same.
//!
//! The agent cannot be taken at its word. An orderly stop deletes every object first, although the services go on running;
//! an agent that starts lists nothing, then configurations without a state, and says nowhere that it is complete. So:
//!
//! - What it says of an instance replaces what was known, at once.
//! - What it deletes goes, unless it said before that it is stopping.
//! - What it does not mention any more (each connection begins with a replay of everything it knows) goes when the agent
//!   is settled (`youth`). Until then, the last good is held.
//! - An instance that is configured and whose state is not known yet keeps its last good state.
//!
//! This is pure: bytes and the time come from outside. It keeps what it last told (shared with whoever took it), so that a
//! change costs what it changes and a refresh without news is no news.
//!
//! Rooms: `event` what is heard, `fields` an event taken apart, `youth` how old an agent is, `networks` its list of them.

mod event;
mod fields;
mod networks;
mod youth;

pub use self::networks::Networks;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use self::youth::Youth;
use super::v3;
use crate::cluster::{Cluster, Node};
use crate::document::object::{RawObject, find, raw_entries, tree};
use crate::document::place::Place;
use crate::document::service::ServiceReader;
use crate::document::{DocumentError, Format, not_json};
use crate::info::Info;
use crate::problem::Problem;
use crate::reconcile::settled_score;
use crate::service::{Instance, Service};
use crate::service_path::ServicePath;
use crate::state::State;
use crate::tree::Tree;

/// What becomes of the instances of a node that its peers gave up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DroppedPeers {
    /// They go when the agent says so, as they do in the agent's own DNS.
    #[default]
    Forget,
    /// They stay as they were last told, for as long as the node is a member of the cluster: an agent that is gone does not
    /// mean that its addresses are.
    Keep,
}

/// What came of something that was heard. One value may gather what several events brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Services that are other than before, or gone.
    pub services: BTreeSet<ServicePath>,
    /// Whether the cluster itself may be another: its name, its servers, its nodes.
    pub has_cluster: bool,
    /// Whether its networks may be others.
    pub has_networks: bool,
}

/// An instance: of what, and where.
type Key = (ServicePath, Arc<str>);

/// What one agent said, from the first connection to the last.
pub struct Agent {
    peers: DroppedPeers,
    cluster: Cluster,
    services: BTreeMap<ServicePath, Arc<Service>>,
    problems: Vec<Problem>,
    reader: ServiceReader,
    /// The agent's own node.
    local: Option<Box<str>>,
    youth: Youth,
    /// Instances that the agent has not told since the connection began.
    untold: BTreeSet<Key>,
    /// Instances that are configured, and whose state is not known yet.
    pending: BTreeSet<Key>,
    /// Nodes that were given up, and whose instances are kept.
    dropped: BTreeSet<Box<str>>,
    /// What was told of nodes that are no members (yet).
    strangers: BTreeMap<Box<str>, Info>,
    /// The object that every cluster has was told: then others were, too.
    has_told_cluster: bool,
    is_replayed: bool,
    is_stopping: bool,
}

impl Agent {
    /// One that has said nothing yet.
    #[must_use]
    pub fn new(peers: DroppedPeers) -> Self {
        Self {
            peers,
            cluster: Cluster::default(),
            services: BTreeMap::new(),
            problems: Vec::new(),
            reader: ServiceReader::new(std::iter::empty(), Format::AgentV3),
            local: None,
            youth: Youth::default(),
            untold: BTreeSet::new(),
            pending: BTreeSet::new(),
            dropped: BTreeSet::new(),
            strangers: BTreeMap::new(),
            has_told_cluster: false,
            is_replayed: false,
            is_stopping: false,
        }
    }

    /// What was known when the daemon ended, before anything is heard: an agent that starts beside it knows less.
    pub fn seed(&mut self, known: &State) {
        let State {
            cluster,
            services,
            problems: _,
        } = known;
        let scores = cluster
            .nodes
            .iter()
            .map(|node| (Arc::clone(&node.name), node.score));
        self.reader = ServiceReader::new(scores, Format::AgentV3);
        self.cluster = cluster.clone();
        self.services = services.clone();
    }

    /// A connection begins, with the answer to [`Agent::STATUS`]. Its replay is to follow.
    ///
    /// # Errors
    ///
    /// If it is no status. What was known stays.
    pub fn take_status(
        &mut self,
        text: &[u8],
        now: Instant,
        wall: SystemTime,
    ) -> Result<(), DocumentError> {
        let RawObject(top) = serde_json::from_slice(text).map_err(|fault| not_json(&fault))?;
        let root = Place::root("cluster");
        let cluster = top.iter().find(|(key, _)| key == "cluster");
        let (_, cluster) = cluster.ok_or(DocumentError::UnknownFormat)?;
        let status = v3::read(&raw_entries(cluster, &root)?)?;
        if let Some((_, daemon)) = top.iter().find(|(key, _)| key == "daemon")
            && let Tree::Map(daemon) = tree(daemon, &Place::root("daemon"))?
            && let Some(Tree::Text(name)) = find(&daemon, "nodename")
        {
            self.local = Some(Box::from(&**name));
        }
        let started_at = status
            .present
            .iter()
            .find(|(name, _)| Some(name) == self.local.as_ref())
            .map_or("", |(_, date)| &**date);
        if self.youth.see(started_at, now, wall) {
            self.has_told_cluster = false;
        }
        self.has_told_cluster |= status.has_told_cluster;
        self.is_stopping = false;
        self.is_replayed = false;
        self.problems = status.state.problems;
        if !status.state.cluster.name.is_empty() {
            self.take_cluster(status.state.cluster);
        }
        let is_present = |node: &str| status.present.iter().any(|(other, _)| **other == *node);
        self.dropped.retain(|node| !is_present(node));
        if self.peers == DroppedPeers::Keep {
            // Given up before we came: a member that the agent hears nothing of.
            let members = self.cluster.nodes.iter().map(|node| &*node.name);
            let lost = members.filter(|name| !is_present(name));
            self.dropped.extend(lost.map(Box::from));
        }
        self.pending = status.pending.into_iter().collect();
        for (path, service) in status.state.services {
            self.merge(path, service);
        }
        self.untold = self
            .services
            .iter()
            .flat_map(|(path, service)| {
                let nodes = service.instances.iter();
                nodes.map(|instance| (path.clone(), Arc::clone(&instance.node)))
            })
            .collect();
        Ok(())
    }

    /// Whether what is known is worth being told: an agent that has just started knows less than there is.
    #[must_use]
    pub fn is_ready(&self, now: Instant) -> bool {
        if self.cluster.name.is_empty() || !self.is_replayed {
            return false;
        }
        self.youth.is_settled(now)
            || (self.has_told_cluster && self.pending.is_empty() && self.youth.is_quiet(now))
    }

    /// Everything that is known.
    #[must_use]
    pub fn state(&self) -> State {
        State {
            cluster: self.cluster.clone(),
            services: self.services.clone(),
            problems: self.problems.clone(),
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

    /// Whether the replay is over: what is heard from now on is new.
    #[must_use]
    pub fn is_replayed(&self) -> bool {
        self.is_replayed
    }

    /// Whether the agent said that it is stopping: it is about to hang up.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.is_stopping
    }

    /// When [`Agent::settle`] has something to do, unless something is heard before; none: never.
    #[must_use]
    pub fn settles_at(&self) -> Option<Instant> {
        (self.is_replayed && !self.is_stopping && !self.untold.is_empty())
            .then(|| self.youth.settles_at())
            .flatten()
    }

    /// What the agent did not mention goes, once it is settled.
    pub fn settle(&mut self, now: Instant, news: &mut News) {
        if !self.is_replayed || self.is_stopping || !self.youth.is_settled(now) {
            return;
        }
        for (path, node) in std::mem::take(&mut self.untold) {
            let is_kept = self.pending.contains(&(path.clone(), Arc::clone(&node)))
                || self.dropped.contains(&*node);
            if !is_kept {
                self.remove(&path, &node, news);
            }
        }
    }

    /// The names of the cluster's nodes.
    #[must_use]
    pub fn nodes(&self) -> Vec<Arc<str>> {
        let nodes = self.cluster.nodes.iter();
        nodes.map(|node| Arc::clone(&node.name)).collect()
    }

    /// The cluster's networks as they are now.
    pub fn take_networks(&mut self, networks: Networks, news: &mut News) {
        let networks = networks.over(&self.cluster.networks);
        if networks != self.cluster.networks {
            self.cluster.networks = networks;
            news.has_cluster = true;
        }
    }

    /// The cluster as it was just told. Of a node that is not heard of, what was known stays: it is a member all the same.
    fn take_cluster(&mut self, mut next: Cluster) {
        let known = std::mem::take(&mut self.cluster);
        next.networks = known.networks;
        for node in known.nodes {
            if let Some(now) = next.nodes.iter_mut().find(|now| now.name == node.name) {
                now.score = now.score.or(node.score);
                if now.info.is_empty() {
                    now.info = node.info;
                }
            }
        }
        for node in &mut next.nodes {
            if let Some(info) = self.strangers.remove(&*node.name)
                && node.info.is_empty()
            {
                node.info = info;
            }
        }
        next.nodes.sort_by(|one, two| one.name.cmp(&two.name));
        for Node { name, score, .. } in &mut next.nodes {
            *score = score.or_else(|| self.reader.node(name).1);
            self.reader.set_score(name, *score);
        }
        self.cluster = next;
    }

    /// A service of the status. Its instances that are pending keep their last good state.
    fn merge(&mut self, path: ServicePath, next: Arc<Service>) {
        let Some(before) = self.services.get(&path) else {
            self.services.insert(path, next);
            return;
        };
        let mut merged = Service::clone(before);
        merged.info = next.info.clone();
        for instance in &next.instances {
            let is_pending = self
                .pending
                .contains(&(path.clone(), Arc::clone(&instance.node)));
            let is_known = merged.instances.iter().any(|old| old.node == instance.node);
            if !(is_pending && is_known) {
                let start = problem_prefix(&path, &instance.node);
                let problems = next.problems.iter();
                let own = problems.filter(|problem| problem.path.starts_with(&start));
                put(&mut merged, instance.clone(), own.cloned().collect());
            }
        }
        if merged != **before {
            self.services.insert(path, Arc::new(merged));
        }
    }

    /// Takes an instance away, and its service with the last one.
    fn remove(&mut self, path: &ServicePath, node: &str, news: &mut News) {
        let Some(service) = self.services.get_mut(path) else {
            return;
        };
        if service.instances.iter().all(|other| &*other.node != node) {
            return;
        }
        let start = problem_prefix(path, node);
        let changed = Arc::make_mut(service);
        changed.instances.retain(|other| &*other.node != node);
        changed
            .problems
            .retain(|problem| !problem.path.starts_with(&start));
        if changed.instances.is_empty() {
            self.services.remove(path);
        }
        news.services.insert(path.clone());
    }
}

/// Where the faults of an instance stand. The agent leaves out the namespace `root`, and the kind of its services.
fn problem_prefix(path: &ServicePath, node: &str) -> String {
    let whole = path.as_str();
    let short = whole.strip_prefix("root/").unwrap_or(whole);
    let short = if short.len() < whole.len() {
        short.strip_prefix("svc/").unwrap_or(short)
    } else {
        short
    };
    format!("cluster.node.{node}.instance.{short}.")
}

/// Replaces an instance of a service. A score that hardly moved is no news.
fn put(service: &mut Service, mut instance: Instance, problems: Vec<Problem>) {
    instance.score = settled_score(service, &instance);
    let start = problem_prefix(&service.path, &instance.node);
    service
        .problems
        .retain(|problem| !problem.path.starts_with(&start));
    service.problems.extend(problems);
    let place = service
        .instances
        .binary_search_by(|other| other.node.cmp(&instance.node));
    match place {
        Ok(place) => {
            if let Some(old) = service.instances.get_mut(place) {
                *old = instance;
            }
        }
        Err(place) => service.instances.insert(place, instance),
    }
}

#[cfg(test)]
mod tests;
