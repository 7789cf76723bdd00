//! What an event of the agent's stream means. The kinds are those of [`Agent::FILTERS`]; others mean nothing.
//!
//! A fault in one event is an error of that event: what was known of its instance stays.

use std::sync::Arc;
use std::time::Instant;

use super::fields::{Author, Event, InstancePlace};
use super::{Agent, DroppedPeers, News, put};
use crate::cluster::{Cluster, Node};
use crate::document::DocumentError;
use crate::document::not_json;
use crate::document::object::RawObject;
use crate::document::place::Place;
use crate::opensvc::{score, service_path, v3};
use crate::reconcile::{SCORE_STEP, settled_score};
use crate::service::{Instance, Service};
use crate::service_path::ServicePath;

/// The date of a deletion that nobody's loss caused.
const NO_DATE: &str = "0001-01-01T00:00:00Z";

impl Agent {
    /// Asks for the status with one object only, the one that every cluster has; the replay has the others.
    pub const STATUS: &str = "/api/cluster/status?selector=cluster";

    /// The kinds of events to ask for, in this order. States come before configurations: in the replay, an instance that is
    /// configured and has told no state is one that the agent does not know yet. The last kind is replayed exactly once,
    /// after all others.
    pub const FILTERS: [&str; 10] = [
        "DaemonStatusUpdated",
        "NodeMonitorUpdated",
        "NodeConfigUpdated",
        "InstanceStatusUpdated",
        "InstanceConfigUpdated",
        "InstanceStatusDeleted",
        "InstanceConfigDeleted",
        "ForgetPeer",
        "NodeStatsUpdated",
        "ClusterConfigUpdated",
    ];

    /// Takes an event of `kind` with its `data`, JSON.
    ///
    /// # Errors
    ///
    /// If it cannot be understood. What was known stays.
    pub fn hear(
        &mut self,
        kind: &str,
        data: &str,
        now: Instant,
        news: &mut News,
    ) -> Result<(), DocumentError> {
        let RawObject(fields) = serde_json::from_str(data).map_err(|fault| not_json(&fault))?;
        let event = Event::read(&fields)?;
        match kind {
            "InstanceStatusUpdated" => self.hear_status(&event, now, news),
            "InstanceConfigUpdated" => self.hear_config(&event, now, news),
            "InstanceStatusDeleted" => self.hear_deletion(&event, news),
            "InstanceConfigDeleted" => self.hear_config_deletion(&event, news),
            "ForgetPeer" => {
                self.hear_lost_peer(&event, news);
                Ok(())
            }
            "NodeStatsUpdated" => self.hear_score(&event, news),
            "NodeConfigUpdated" => self.hear_node(&event, news),
            "ClusterConfigUpdated" => self.hear_cluster(&event, now, news),
            "DaemonStatusUpdated" => {
                let is_end = matches!(
                    event.word("status")?.as_deref(),
                    Some("stopping" | "stopped")
                );
                self.is_stopping |= is_end && event.author != Author::Peer;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn hear_status(
        &mut self,
        event: &Event<'_>,
        now: Instant,
        news: &mut News,
    ) -> Result<(), DocumentError> {
        if event.path == "cluster" && event.author == Author::Agent {
            self.has_told_cluster = true;
        }
        let Some((path, place)) = self.instance(event)? else {
            return Ok(());
        };
        let Some(status) = event.tree("instance_status")? else {
            return Ok(());
        };
        let mut problems = Vec::new();
        let instance = place.with("status", |place| {
            self.reader
                .read_instance(&event.node, &status, place, &mut problems)
        })?;
        let key = (path.clone(), Arc::clone(&instance.node));
        self.pending.remove(&key);
        let was_untold = self.untold.remove(&key);
        self.dropped.remove(&*event.node);
        let before = self.services.get(&path);
        let known = before.and_then(|service| {
            let place = service
                .instances
                .binary_search_by(|other| other.node.cmp(&instance.node));
            place.ok().and_then(|place| service.instances.get(place))
        });
        if self.is_replayed && (was_untold || known.is_none()) {
            self.youth.progress(now);
        }
        if let (Some(before), Some(known)) = (before, known)
            && known.same_but_score(&instance)
            && settled_score(before, &instance) == known.score
            && problems
                .iter()
                .all(|problem| before.problems.contains(problem))
        {
            return Ok(());
        }
        put(self.service(&path), instance, problems);
        news.services.insert(path);
        Ok(())
    }

    fn hear_config(
        &mut self,
        event: &Event<'_>,
        now: Instant,
        news: &mut News,
    ) -> Result<(), DocumentError> {
        let Some((path, place)) = self.instance(event)? else {
            return Ok(());
        };
        let Some(config) = event.tree("instance_config")? else {
            return Ok(());
        };
        let info = place.with("config", |place| v3::service_info(&config, place))?;
        let (node, _) = self.reader.node(&event.node);
        let is_known = self.services.get(&path).is_some_and(|service| {
            let mut nodes = service.instances.iter().map(|instance| &instance.node);
            nodes.any(|other| *other == node)
        });
        let key = (path.clone(), node);
        if is_known {
            if event.author == Author::Cache && self.untold.contains(&key) {
                self.pending.insert(key);
            }
        } else {
            if self.is_replayed {
                self.youth.progress(now);
            }
            self.pending.insert(key);
            let pending = v3::not_known(&mut self.reader, &event.node);
            put(self.service(&path), pending, Vec::new());
            news.services.insert(path.clone());
        }
        if self
            .services
            .get(&path)
            .is_some_and(|known| known.info != info)
        {
            self.service(&path).info = self.reader.share(info);
            news.services.insert(path);
        }
        Ok(())
    }

    fn hear_deletion(&mut self, event: &Event<'_>, news: &mut News) -> Result<(), DocumentError> {
        // An agent that stops deletes everything; the services go on running.
        if self.is_stopping {
            return Ok(());
        }
        let Some((path, _)) = self.instance(event)? else {
            return Ok(());
        };
        let is_lost = event
            .word("peer_drop_at")?
            .is_some_and(|date| date != NO_DATE);
        if is_lost && self.peers == DroppedPeers::Keep {
            self.dropped.insert(event.node.as_str().into());
            return Ok(());
        }
        self.forget(&path, &event.node, news);
        Ok(())
    }

    /// Of an instance that had a state, its deletion is told as well; and of one whose node is lost, only this differs.
    fn hear_config_deletion(
        &mut self,
        event: &Event<'_>,
        news: &mut News,
    ) -> Result<(), DocumentError> {
        if self.is_stopping {
            return Ok(());
        }
        let Some((path, _)) = self.instance(event)? else {
            return Ok(());
        };
        let (node, _) = self.reader.node(&event.node);
        if self.pending.contains(&(path.clone(), node)) {
            self.forget(&path, &event.node, news);
        }
        Ok(())
    }

    fn hear_lost_peer(&mut self, event: &Event<'_>, news: &mut News) {
        if self.is_stopping {
            return;
        }
        if self.peers == DroppedPeers::Keep {
            self.dropped.insert(event.node.as_str().into());
            return;
        }
        self.forget_node(&event.node, news);
    }

    fn hear_score(&mut self, event: &Event<'_>, news: &mut News) -> Result<(), DocumentError> {
        let Some(stats) = event.tree("node_stats")? else {
            return Ok(());
        };
        let Some(score) = score(&stats) else {
            return Ok(());
        };
        self.reader.set_score(&event.node, Some(score));
        let Some(node) = self
            .cluster
            .nodes
            .iter_mut()
            .find(|node| *node.name == event.node)
        else {
            return Ok(());
        };
        node.score = Some(score);
        for (path, service) in &mut self.services {
            let place = service
                .instances
                .iter()
                .position(|instance| *instance.node == event.node);
            let Some(place) = place else { continue };
            let has_moved = service.instances.get(place).is_some_and(|instance| {
                instance
                    .score
                    .is_none_or(|old| old.abs_diff(score) >= SCORE_STEP)
            });
            if has_moved && let Some(instance) = Arc::make_mut(service).instances.get_mut(place) {
                instance.score = Some(score);
                news.services.insert(path.clone());
            }
        }
        Ok(())
    }

    /// What a node's own configuration says of it. It may come before the node is a member.
    fn hear_node(&mut self, event: &Event<'_>, news: &mut News) -> Result<(), DocumentError> {
        let Some(config) = event.tree("node_config")? else {
            return Ok(());
        };
        let info = v3::node_info(&config);
        let mut members = self.cluster.nodes.iter_mut();
        match members.find(|node| *node.name == event.node) {
            Some(node) if node.info == info => {}
            Some(node) => {
                node.info = info;
                news.has_cluster = true;
            }
            None => {
                self.strangers.insert(event.node.as_str().into(), info);
            }
        }
        Ok(())
    }

    fn hear_cluster(
        &mut self,
        event: &Event<'_>,
        now: Instant,
        news: &mut News,
    ) -> Result<(), DocumentError> {
        if let Some(config) = event.tree("cluster_config")? {
            let mut next = Cluster::default();
            let place = Place::root("cluster");
            v3::read_config(&config, &place.key("config"), &mut next)?;
            // In its first moment an agent does not know its cluster.
            if !next.name.is_empty() {
                let before = self.cluster.clone();
                self.take_cluster(next);
                news.has_cluster |= !before.configures_like(&self.cluster);
                for Node { name, .. } in before.nodes {
                    if self.cluster.nodes.iter().all(|node| node.name != name)
                        && self.dropped.remove(&*name)
                    {
                        self.forget_node(&name, news);
                    }
                }
            }
        }
        if event.author == Author::Cache {
            self.is_replayed = true;
            self.settle(now, news);
            self.tighten();
        } else {
            news.has_networks = true;
        }
        Ok(())
    }

    /// The service at `path`, to be changed; an empty one when there was none.
    fn service(&mut self, path: &ServicePath) -> &mut Service {
        let service = self.services.entry(path.clone()).or_insert_with(|| {
            Arc::new(Service {
                path: path.clone(),
                labels: Vec::new(),
                instances: Vec::new(),
                info: crate::info::Info::default(),
                problems: Vec::new(),
            })
        });
        Arc::make_mut(service)
    }

    /// A replay fills lists one by one: they had room to grow, which a hundred thousand of them do not need.
    fn tighten(&mut self) {
        for service in self.services.values_mut() {
            if let Some(service) = Arc::get_mut(service) {
                service.instances.shrink_to_fit();
                service.problems.shrink_to_fit();
            }
        }
    }

    fn forget(&mut self, path: &ServicePath, node: &str, news: &mut News) {
        let (node, _) = self.reader.node(node);
        let key = (path.clone(), node);
        self.pending.remove(&key);
        self.untold.remove(&key);
        self.remove(path, &key.1, news);
    }

    fn forget_node(&mut self, node: &str, news: &mut News) {
        let is_there = |instance: &Instance| *instance.node == *node;
        let paths: Vec<_> = self
            .services
            .iter()
            .filter(|(_, service)| service.instances.iter().any(is_there))
            .map(|(path, _)| path.clone())
            .collect();
        for path in paths {
            self.forget(&path, node, news);
        }
    }

    /// The service that the event is about, and where its instance stands; none when it is about something else.
    fn instance<'e>(
        &mut self,
        event: &'e Event<'_>,
    ) -> Result<Option<(ServicePath, InstancePlace<'e>)>, DocumentError> {
        let mut problems = Vec::new();
        let path = service_path(&event.path, &Place::root("path"), &mut problems);
        match problems.pop() {
            Some(problem) => Err(DocumentError::Invalid {
                path: problem.path,
                message: problem.message,
            }),
            None => Ok(path.map(|path| {
                let place = InstancePlace {
                    node: &event.node,
                    path: &event.path,
                };
                (path, place)
            })),
        }
    }
}
