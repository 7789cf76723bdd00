//! Services, their instances and the resources of these: what a policy makes records of.
//!
//! A cluster has 100,000 of them, so they are kept small: names of nodes and of resources are shared, lists have no spare room, and what
//! has no field is one JSON text (see [`Info`]).

use std::net::IpAddr;
use std::sync::Arc;

use crate::availability::Availability;
use crate::expose::PortExposure;
use crate::few::Few;
use crate::info::Info;
use crate::problem::Problem;
use crate::service_path::ServicePath;

/// One service of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name in the cluster.
    pub path: ServicePath,
    /// Sorted by key.
    pub labels: Vec<(Box<str>, Box<str>)>,
    /// Sorted by node, one at most for each.
    pub instances: Vec<Instance>,
    /// What else the source says of the service (`topology`, `scaler_slave`, …).
    pub info: Info,
    /// What in it could not be read, and was left out.
    pub problems: Vec<Problem>,
}

/// A service on one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The node's name.
    pub node: Arc<str>,
    /// The node's fitness for more load when it was last handed on (see [`crate::reconcile`]), 1 to 100; none while not
    /// known.
    pub score: Option<u8>,
    /// Of the instance as a whole.
    pub availability: Availability,
    /// Sorted by id.
    pub resources: Box<[Resource]>,
    /// What else the source says of the instance.
    pub info: Info,
}

/// A part of an instance: an address, a container, …
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// `ip#0`, `container#web`, …
    pub id: Arc<str>,
    /// Of this resource alone.
    pub status: Availability,
    /// From `info.ipaddr`, also while the resource is down.
    pub addresses: Few<IpAddr>,
    /// From `info.hostname`, as written: any case, possibly dotted; never empty.
    pub hostname: Option<Box<str>>,
    /// From `info.expose`, in its order, references followed.
    pub exposes: Few<PortExposure>,
    /// The resource's whole `info`, and whatever else the source says of it (`type`, `tags`, …). Where both have a key,
    /// `info` has the word.
    pub info: Info,
}

impl Instance {
    /// Whether nothing but the score differs.
    #[must_use]
    pub fn same_but_score(&self, other: &Self) -> bool {
        let Self {
            node,
            score: _,
            availability,
            resources,
            info,
        } = self;
        *node == other.node
            && *availability == other.availability
            && *resources == other.resources
            && *info == other.info
    }
}
