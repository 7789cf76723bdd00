//! A cluster and its services as one source last said them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cluster::Cluster;
use crate::problem::Problem;
use crate::service::Service;
use crate::service_path::ServicePath;

/// What a source says, whole. A service is shared between this state and the next when it did not change (see
/// [`crate::reconcile`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// What policies are configured with.
    pub cluster: Cluster,
    /// What policies make records of.
    pub services: BTreeMap<ServicePath, Arc<Service>>,
    /// Faults that belong to no service. Those of a service stand in it.
    pub problems: Vec<Problem>,
}
