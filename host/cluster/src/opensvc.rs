//! What an OpenSVC agent prints of its cluster, in both generations.
//!
//! The agent says far more than names need, and much of it moves with every refresh (dates, logs, counters). What moves
//! is left out of `info`: otherwise every service would be new every ten minutes.
//!
//! Rooms: [`agent`] an agent of generation 3 that is followed, [`patched`] one of generation 2, `v3` and `v2` what the two print.

pub mod agent;
pub mod patched;
pub(crate) mod v2;
pub(crate) mod v3;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::document::DocumentError;
use crate::document::place::Place;
use crate::info::Info;
use crate::problem::Problem;
use crate::service::{Instance, Service};
use crate::service_path::ServicePath;
use crate::tree::Tree;

/// Fields of a resource that have one here, or move (`log`, `provisioned` with its date).
pub(crate) const FIELDS_OF_RESOURCE: [&str; 4] = ["status", "info", "log", "provisioned"];

/// Objects that hold data and never a resource. The path `cluster` is the configuration of the cluster itself.
const DATA_KINDS: [&str; 5] = ["cfg", "sec", "usr", "ccfg", "nscfg"];

/// The service that an object's path names; none for what holds only data, or when it cannot be read.
fn service_path(text: &str, place: &Place<'_>, problems: &mut Vec<Problem>) -> Option<ServicePath> {
    if text == "cluster" {
        return None;
    }
    match text.parse::<ServicePath>() {
        Ok(path) => (!DATA_KINDS.contains(&path.kind())).then_some(path),
        Err(fault) => {
            problems.push(Problem::new(place, fault));
            None
        }
    }
}

/// An agent lists by node, we by service: the instances are gathered here.
#[derive(Default)]
struct Gathered(BTreeMap<ServicePath, Service>);

impl Gathered {
    /// The service at `path`, where the first instance to come says what its `info` is.
    fn service(
        &mut self,
        path: ServicePath,
        info: impl FnOnce() -> Result<Info, DocumentError>,
    ) -> Result<&mut Service, DocumentError> {
        match self.0.entry(path) {
            Entry::Occupied(service) => Ok(service.into_mut()),
            Entry::Vacant(place) => {
                let (path, info) = (place.key().clone(), info()?);
                let (labels, instances, problems) = (Vec::new(), Vec::new(), Vec::new());
                Ok(place.insert(Service {
                    path,
                    labels,
                    instances,
                    info,
                    problems,
                }))
            }
        }
    }

    fn finish(self) -> BTreeMap<ServicePath, Arc<Service>> {
        let finish = |(path, mut service): (_, Service)| {
            service
                .instances
                .sort_by(|one, two| one.node.cmp(&two.node));
            service.instances.shrink_to_fit();
            service.problems.shrink_to_fit();
            (path, Arc::new(service))
        };
        self.0.into_iter().map(finish).collect()
    }
}

/// # Errors
///
/// If the service has an instance on that node already: one path, written in two ways.
fn add(service: &mut Service, instance: Instance, place: &Place<'_>) -> Result<(), DocumentError> {
    if service
        .instances
        .iter()
        .any(|other| other.node == instance.node)
    {
        return Err(place.invalid(format_args!(
            "{} has an instance on this node already",
            service.path
        )));
    }
    service.instances.push(instance);
    Ok(())
}

/// `stats.score` of a node: 0 is "not known yet". Anything else that is no score is none either.
fn score(stats: &Tree<'_>) -> Option<u8> {
    let Tree::Map(stats) = stats else {
        return None;
    };
    let (_, Tree::Number(score)) = stats.iter().find(|(key, _)| key == "score")? else {
        return None;
    };
    let score = score.as_u64()?.min(100);
    u8::try_from(score).ok().filter(|score| *score > 0)
}

/// The named entries of `object`, without those that are null.
fn pick(object: &[(Cow<'_, str>, Tree<'_>)], fields: &[&str]) -> Info {
    let wanted = object
        .iter()
        .filter(|(key, value)| *value != Tree::Null && fields.contains(&&**key));
    Info::from_entries(wanted.map(|(key, value)| (&**key, value)).collect())
}

#[cfg(test)]
mod tests;
