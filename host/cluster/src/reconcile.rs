//! What changed between the state that is served and the next.
//!
//! A source says everything again and again; a policy is asked only about what is new. So services that did not change
//! keep their allocation, and with it their identity, and a score of a node, which moves every minute by a point or two,
//! is handed on only when it moved far or its instance changed anyway.

use std::sync::Arc;

use crate::service::{Instance, Service};
use crate::service_path::ServicePath;
use crate::state::State;

/// By how many points a score must move to be handed on for its own sake. Scores weigh SRV records: less is noise of the
/// load average, and each step costs a call of the policy and a purge of caches for every service of the node.
pub const SCORE_STEP: u8 = 10;

/// The next state, and what in it is different.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// What is to be served: the next state, with the unchanged services of the current one.
    pub state: State,
    /// Whether policies must be configured anew. Scores of nodes do not count.
    pub cluster_changed: bool,
    /// Services that are new or different, sorted.
    pub changed: Vec<ServicePath>,
    /// Services that are gone, sorted.
    pub removed: Vec<ServicePath>,
}

impl State {
    /// Compares this state, the current one, with the `next`. Linear in the number of services.
    #[must_use]
    pub fn reconcile(&self, next: Self) -> Reconciled {
        let Self {
            cluster,
            services,
            problems,
        } = next;
        let mut reconciled = Reconciled {
            cluster_changed: !self.cluster.configures_like(&cluster),
            ..Reconciled::default()
        };
        let mut current = self.services.iter().peekable();
        let mut merged = Vec::with_capacity(services.len());
        for (path, service) in services {
            while let Some((gone, _)) = current.next_if(|(before, _)| **before < path) {
                reconciled.removed.push(gone.clone());
            }
            let kept = match current.next_if(|(before, _)| **before == path) {
                Some((_, before)) => keep(before, service),
                None => Kept::Changed(service),
            };
            let service = match kept {
                Kept::Same(service) => service,
                Kept::Changed(service) => {
                    reconciled.changed.push(path.clone());
                    service
                }
            };
            merged.push((path, service));
        }
        reconciled
            .removed
            .extend(current.map(|(gone, _)| gone.clone()));
        reconciled.state = Self {
            cluster,
            services: merged.into_iter().collect(),
            problems,
        };
        reconciled
    }
}

impl State {
    /// Takes over what a source said of single services (none: the service is gone), by the same rules as
    /// [`State::reconcile`], at a cost that follows their number. The paths that changed and those that are gone.
    pub fn change(
        &mut self,
        changes: Vec<(ServicePath, Option<Arc<Service>>)>,
    ) -> (Vec<ServicePath>, Vec<ServicePath>) {
        let (mut changed, mut removed) = (Vec::new(), Vec::new());
        for (path, next) in changes {
            let Some(next) = next else {
                if self.services.remove(&path).is_some() {
                    removed.push(path);
                }
                continue;
            };
            let kept = match self.services.get(&path) {
                Some(before) => keep(before, next),
                None => Kept::Changed(next),
            };
            if let Kept::Changed(service) = kept {
                self.services.insert(path.clone(), service);
                changed.push(path);
            }
        }
        (changed, removed)
    }
}

enum Kept {
    Same(Arc<Service>),
    Changed(Arc<Service>),
}

/// The service to go on with: the one `before` itself where nothing that counts moved.
fn keep(before: &Arc<Service>, mut next: Arc<Service>) -> Kept {
    if Arc::ptr_eq(before, &next) || *before == next {
        return Kept::Same(Arc::clone(before));
    }
    if next
        .instances
        .iter()
        .any(|instance| settled_score(before, instance) != instance.score)
    {
        let settled = Arc::make_mut(&mut next);
        for instance in &mut settled.instances {
            instance.score = settled_score(before, instance);
        }
        if **before == *next {
            return Kept::Same(Arc::clone(before));
        }
    }
    Kept::Changed(next)
}

/// The score to hand on: the one last handed on, unless it moved by [`SCORE_STEP`] or the instance is another anyway. A
/// score that is not known (any more) is no news.
pub(crate) fn settled_score(before: &Service, instance: &Instance) -> Option<u8> {
    // Instances are sorted by node and nearly always the same: a search costs nothing.
    let place = before
        .instances
        .binary_search_by(|old| old.node.cmp(&instance.node));
    let Some(old) = place.ok().and_then(|place| before.instances.get(place)) else {
        return instance.score;
    };
    if !old.same_but_score(instance) {
        return instance.score;
    }
    match (old.score, instance.score) {
        (Some(old), Some(new)) if old.abs_diff(new) >= SCORE_STEP => Some(new),
        (Some(old), _) => Some(old),
        (None, new) => new,
    }
}

#[cfg(test)]
mod tests;
