//! Which part of a state a publisher writes, and under which lease.

use std::sync::Arc;

use zonesmith_cluster::{PieceKey, Service, ServicePath, State};

/// The lease that a key is written under.
pub(super) fn lease_of(key: &PieceKey, lease: i64) -> i64 {
    if *key == PieceKey::Cluster { 0 } else { lease }
}

pub(super) fn put(state: &mut State, path: ServicePath, service: Option<Arc<Service>>) {
    match service {
        Some(service) => state.services.insert(path, service),
        None => state.services.remove(&path),
    };
}

/// The service as it is on this node; none where it is not there.
pub(super) fn on_node(mut service: Arc<Service>, node: Option<&str>) -> Option<Arc<Service>> {
    let Some(node) = node else {
        return Some(service);
    };
    if service.instances.iter().any(|other| *other.node != *node) {
        let instances = &mut Arc::make_mut(&mut service).instances;
        instances.retain(|other| *other.node == *node);
    }
    (!service.instances.is_empty()).then_some(service)
}
