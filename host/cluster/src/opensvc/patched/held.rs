//! What an agent of generation 2 does not say for the moment, and what is held of it.
//!
//! A node whose agent starts (`init`, `startup`, `rejoin`) lists its services one by one, and one whose agent is about to
//! leave (`maintenance`, `upgrade`, `shutting`) may take them out of its list, although they go on running. What was last
//! told of such a node stays until it says that it is at work again, or until its peers give it up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::{field, nodes};
use crate::opensvc::agent::DroppedPeers;
use crate::service::{Instance, Service};
use crate::service_path::ServicePath;

/// What a node's `monitor.status` says while its list of services is not all there is.
const STARTING: [&str; 3] = ["init", "startup", "rejoin"];

/// The same at the other end of an agent's life.
const LEAVING: [&str; 3] = ["maintenance", "upgrade", "shutting"];

/// Whether any node's agent is starting.
pub(super) fn is_starting(document: &Value) -> bool {
    nodes(document).any(|(_, node)| STARTING.contains(&status(node)))
}

/// The nodes that do not say everything just now.
pub(super) fn silent(document: &Value, peers: DroppedPeers) -> BTreeSet<String> {
    let listed = nodes(document).filter(|(_, node)| {
        let status = status(node);
        STARTING.contains(&status) || LEAVING.contains(&status)
    });
    let mut silent: BTreeSet<String> = listed.map(|(name, _)| name.clone()).collect();
    if peers == DroppedPeers::Keep {
        // A member that nobody hears of.
        let members = field(field(document, "cluster"), "nodes").as_array();
        let members = members.into_iter().flatten().filter_map(Value::as_str);
        let is_heard = |name: &&str| nodes(document).any(|(other, _)| other == name);
        silent.extend(members.filter(|name| !is_heard(name)).map(str::to_owned));
    }
    silent
}

fn status(node: &Value) -> &str {
    field(field(node, "monitor"), "status")
        .as_str()
        .unwrap_or_default()
}

/// What was last told of every service.
#[derive(Debug, Default)]
pub(super) struct Held(BTreeMap<ServicePath, Arc<Service>>);

impl Held {
    /// What was known before anything was told.
    pub(super) fn seed(&mut self, services: &BTreeMap<ServicePath, Arc<Service>>) {
        self.0.clone_from(services);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All that was told now, and what is held beside it.
    pub(super) fn all(
        &mut self,
        now: BTreeMap<ServicePath, Arc<Service>>,
        silent: &BTreeSet<String>,
    ) -> BTreeMap<ServicePath, Arc<Service>> {
        let gone = self.0.keys().filter(|path| !now.contains_key(*path));
        let gone: Vec<_> = gone.cloned().collect();
        for path in gone {
            self.one(path, None, silent);
        }
        for (path, service) in now {
            self.one(path, Some(service), silent);
        }
        self.0.clone()
    }

    /// The same of one service; none: gone.
    pub(super) fn one(
        &mut self,
        path: ServicePath,
        now: Option<Arc<Service>>,
        silent: &BTreeSet<String>,
    ) -> Option<Arc<Service>> {
        let is_listed = |instance: &Instance| {
            let mut listed = now.iter().flat_map(|service| &service.instances);
            listed.any(|other| other.node == instance.node)
        };
        let before = self.0.remove(&path);
        let before = before.as_deref();
        let missing: Vec<_> = before
            .into_iter()
            .flat_map(|service| &service.instances)
            .filter(|instance| silent.contains(&*instance.node) && !is_listed(instance))
            .cloned()
            .collect();
        let held = if missing.is_empty() {
            now?
        } else {
            // What the service says as a whole was told with more to go by.
            let mut held = before?.clone();
            held.problems.retain(|problem| {
                let is_of = |instance: &Instance| {
                    let start = format!("monitor.nodes.{}.", instance.node);
                    problem.path.starts_with(&start)
                };
                missing.iter().any(is_of)
            });
            held.instances = missing;
            if let Some(now) = now {
                held.instances.extend(now.instances.iter().cloned());
                held.problems.extend(now.problems.iter().cloned());
            }
            held.instances.sort_by(|one, two| one.node.cmp(&two.node));
            Arc::new(held)
        };
        self.0.insert(path, Arc::clone(&held));
        Some(held)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::opensvc::patched::{Patched, Touched};
    use crate::outline::file;
    use crate::state::State;

    fn document() -> Value {
        serde_json::from_str(&file("tests/fixtures/opensvc-v2/daemon-status.json")).unwrap()
    }

    /// The document with another status of a node's monitor, and that node's list of services.
    fn with(node: &str, word: &str, services: Option<Value>) -> Vec<u8> {
        let mut document = document();
        let node = &mut document["monitor"]["nodes"][node];
        node["monitor"]["status"] = word.into();
        if let Some(services) = services {
            node["services"]["status"] = services;
        }
        document.to_string().into_bytes()
    }

    fn patch(id: u64, data: &Value) -> Vec<u8> {
        json!({ "kind": "patch", "id": id, "data": data })
            .to_string()
            .into_bytes()
    }

    fn followed() -> (Patched, State) {
        let mut patched = Patched::new(DroppedPeers::Forget);
        let state = patched
            .take_status(document().to_string().as_bytes())
            .unwrap();
        assert!(state.services["root/svc/web"].instances.len() == 2);
        (patched, state)
    }

    #[test]
    fn what_a_node_that_starts_does_not_list_is_held_until_it_is_at_work() {
        for word in STARTING.into_iter().chain(LEAVING) {
            let (mut patched, before) = followed();
            let held = patched
                .take_status(&with("n1", word, Some(json!({}))))
                .unwrap();
            assert_eq!(held.services, before.services, "{word}");
            let mut touched = Touched::default();
            let idle = json!([[["monitor", "nodes", "n1", "monitor", "status"], "idle"]]);
            patched.hear(&patch(1, &idle), &mut touched).unwrap();
            assert!(touched.is_everything, "{word}");
            let after = patched.state().unwrap();
            let mut instances = after
                .services
                .values()
                .flat_map(|service| &service.instances);
            assert!(instances.all(|instance| &*instance.node != "n1"), "{word}");
            assert!(!after.services.is_empty());
        }
    }

    #[test]
    fn what_an_agent_takes_out_while_it_leaves_stays() {
        let (mut patched, before) = followed();
        let mut touched = Touched::default();
        let at = |rest: &[&str]| json!([["monitor", "nodes", "n1"].as_slice(), rest].concat());
        let leave = json!([
            [at(&["monitor", "status"]), "maintenance"],
            [at(&["services", "status", "web"])],
        ]);
        patched.hear(&patch(1, &leave), &mut touched).unwrap();
        assert_eq!(patched.state().unwrap().services, before.services);
        // Given up by its peers.
        let gone = json!([[["monitor", "nodes", "n1"]]]);
        patched.hear(&patch(2, &gone), &mut touched).unwrap();
        let after = patched.state().unwrap();
        assert_eq!(after.services["root/svc/web"].instances.len(), 1);
    }

    #[test]
    fn a_peer_that_is_given_up_stays_where_that_is_configured() {
        for (peers, instances) in [(DroppedPeers::Forget, 1), (DroppedPeers::Keep, 2)] {
            let mut patched = Patched::new(peers);
            patched
                .take_status(document().to_string().as_bytes())
                .unwrap();
            let gone = json!([[["monitor", "nodes", "n1"]]]);
            let mut touched = Touched::default();
            patched.hear(&patch(1, &gone), &mut touched).unwrap();
            let after = patched.state().unwrap();
            let found = after.services["root/svc/web"].instances.len();
            assert_eq!(found, instances, "{peers:?}");
        }
    }

    #[test]
    fn a_daemon_that_remembers_need_not_wait_for_an_agent_that_starts() {
        let (_, known) = followed();
        let starting = with("n1", "init", Some(json!({})));
        let mut patched = Patched::new(DroppedPeers::Forget);
        assert!(patched.take_status(&starting).is_err());
        patched.seed(&known);
        let state = patched.take_status(&starting).unwrap();
        assert_eq!(state.services, known.services);
    }
}
