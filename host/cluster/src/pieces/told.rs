//! A state taken apart into pieces, for whoever writes them: which of them another state changes, and what each says.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::key::PieceKey;
use crate::document::write::{write_cluster, write_instance, write_node, write_service};
use crate::service::{Instance, Service};
use crate::state::State;

/// Every piece of `state`.
#[must_use]
pub fn keys(state: &State) -> BTreeSet<PieceKey> {
    changed(&State::default(), state)
}

/// The pieces that are not the same in both states: to be written again, or to be removed.
#[must_use]
pub fn changed(before: &State, after: &State) -> BTreeSet<PieceKey> {
    let mut keys = BTreeSet::new();
    let mut old = before.cluster.clone();
    let mut new = after.cluster.clone();
    old.nodes.clear();
    new.nodes.clear();
    if old != new {
        keys.insert(PieceKey::Cluster);
    }
    let (old, new) = (&before.cluster.nodes, &after.cluster.nodes);
    // Few: members of a cluster.
    for (one, others) in old
        .iter()
        .map(|node| (node, new))
        .chain(new.iter().map(|node| (node, old)))
    {
        if !others.contains(one) {
            keys.insert(PieceKey::Node(Arc::clone(&one.name)));
        }
    }
    for (path, service) in &before.services {
        let now = after.services.get(path).map(|now| &**now);
        changed_of(Some(service), now, &mut keys);
    }
    for (path, service) in &after.services {
        if !before.services.contains_key(path) {
            changed_of(None, Some(service), &mut keys);
        }
    }
    keys
}

/// The same of one service.
pub fn changed_of(
    before: Option<&Service>,
    after: Option<&Service>,
    keys: &mut BTreeSet<PieceKey>,
) {
    let described = |service: Option<&Service>| {
        service
            .filter(|service| is_described(service))
            .map(|service| (service.labels.clone(), service.info.clone()))
    };
    let Some(path) = before.or(after).map(|service| &service.path) else {
        return;
    };
    if described(before) != described(after) {
        keys.insert(PieceKey::Service(path.clone()));
    }
    for (one, other) in [(before, after), (after, before)] {
        let others = instances(other);
        for instance in instances(one) {
            let place = others.binary_search_by(|other| other.node.cmp(&instance.node));
            let other = place.ok().and_then(|place| others.get(place));
            if !other.is_some_and(|other| other.same_but_score(instance)) {
                let node = Arc::clone(&instance.node);
                keys.insert(PieceKey::Instance(path.clone(), node));
            }
        }
    }
}

/// What the piece says in this state; none: it is not there.
#[must_use]
pub fn value(state: &State, key: &PieceKey) -> Option<Vec<u8>> {
    match key {
        // Without a cluster there is no state.
        PieceKey::Cluster => Some(write_cluster(&state.cluster)),
        PieceKey::Node(name) => {
            let mut nodes = state.cluster.nodes.iter();
            nodes.find(|node| node.name == *name).map(write_node)
        }
        PieceKey::Service(path) => {
            let service = state.services.get(path)?;
            is_described(service).then(|| write_service(service))
        }
        PieceKey::Instance(path, node) => {
            let instances = instances(state.services.get(path).map(|service| &**service));
            let place = instances
                .binary_search_by(|instance| instance.node.cmp(node))
                .ok()?;
            instances.get(place).map(write_instance)
        }
    }
}

/// Whether it has a key of its own: something to say beyond its instances, or none of these.
fn is_described(service: &Service) -> bool {
    !service.labels.is_empty() || !service.info.is_empty() || service.instances.is_empty()
}

fn instances(service: Option<&Service>) -> &[Instance] {
    service.map_or(&[], |service| &service.instances)
}
