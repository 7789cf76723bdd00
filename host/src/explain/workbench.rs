//! Instances of the live policies that are not the writer's: what a policy makes of a service is asked of these.
//!
//! They are kept for the next question, since configuring a policy for a large cluster takes longer than all else; those of
//! policies or clusters that are not served any more go with the next question.

use std::sync::Arc;

use tracing::debug;
use zonesmith_cluster::{Cluster, Service};

use crate::digest::Digest;
use crate::policy::stack::StackEntry;
use crate::policy::{Instance, Synthesis};
use crate::synthesis::evidence::{ClusterEvidence, Evidence};

/// Instances for each cluster.
#[derive(Default)]
pub(super) struct Workbench(Vec<Bench>);

/// The stack of one cluster.
struct Bench {
    cluster: Arc<Cluster>,
    digests: Vec<(Digest, Digest)>,
    /// By the place in the stack; none until they are asked for, or when they cannot be had.
    instances: Vec<Option<Instance>>,
}

impl Workbench {
    /// Drops what is for nothing that is served.
    pub(super) fn tidy(&mut self, evidence: &Evidence) {
        self.0
            .retain(|bench| evidence.clusters.iter().any(|of| bench.is_for(of)));
    }

    /// What a policy makes of a service; none when it fails.
    pub(super) fn synthesize(
        &mut self,
        of: &ClusterEvidence,
        policy: usize,
        service: &Service,
    ) -> Option<Synthesis> {
        let entry = of.stack.get(policy)?;
        let at = self.0.iter().position(|bench| bench.is_for(of));
        let at = at.unwrap_or_else(|| {
            self.0.push(Bench::new(of));
            self.0.len() - 1
        });
        let slot = self.0.get_mut(at)?.instances.get_mut(policy)?;
        let instance = match slot {
            Some(instance) => instance,
            None => slot.insert(start(entry, &of.cluster)?),
        };
        let made = instance.synthesize(service);
        made.inspect_err(|failure| debug!(service = %service.path, error = %failure, "policy failed for an explanation"))
            .ok()
    }
}

impl Bench {
    fn new(of: &ClusterEvidence) -> Self {
        Self {
            cluster: Arc::clone(&of.cluster),
            digests: of.stack.iter().map(StackEntry::digests).collect(),
            instances: of.stack.iter().map(|_| None).collect(),
        }
    }

    fn is_for(&self, of: &ClusterEvidence) -> bool {
        let digests = of.stack.iter().map(StackEntry::digests);
        Arc::ptr_eq(&self.cluster, &of.cluster) && self.digests.iter().copied().eq(digests)
    }
}

fn start(entry: &StackEntry, cluster: &Arc<Cluster>) -> Option<Instance> {
    let settings = Arc::clone(&entry.settings);
    let started = Instance::start(&entry.component, Arc::clone(cluster), settings);
    started
        .inspect_err(|refusal| debug!(error = %refusal, "policy does not start for an explanation"))
        .map(|(instance, _)| instance)
        .ok()
}
