//! Which services a name may be of, for a host that does not know the rules: those whose own name, or one of their addresses, is
//! in it; and those that are called nearly so.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use zonesmith_cluster::{Service, ServicePath};
use zonesmith_zone::name::NameRef;
use zonesmith_zone::near::distance;
use zonesmith_zone::reverse::address_of;

use crate::synthesis::evidence::{ClusterEvidence, Evidence};
use crate::synthesis::report::{Report, ServiceReport};
use crate::synthesis::service_key::ServiceKey;

/// A service that may have the name.
pub(super) struct Candidate<'a> {
    pub(super) cluster: &'a ClusterEvidence,
    pub(super) service: &'a Arc<Service>,
    /// Whether the name says that it is this service's.
    pub(super) is_named: bool,
}

impl Candidate<'_> {
    /// The path, with the cluster's name where there are several.
    pub(super) fn label(&self, report: &Report) -> String {
        report.label(&key(self.cluster, &self.service.path))
    }

    /// What there is to tell of the service.
    pub(super) fn report<'r>(&self, report: &'r Report) -> Option<&'r ServiceReport> {
        report.services.get(&key(self.cluster, &self.service.path))
    }
}

/// All services, those first whose path has most in common with the name.
pub(super) fn candidates<'a>(evidence: &'a Evidence, name: NameRef<'_>) -> Vec<Candidate<'a>> {
    let labels = labels(name);
    let address = address_of(name);
    let mut found: Vec<(u32, Candidate<'a>)> = Vec::new();
    for cluster in &evidence.clusters {
        for service in &cluster.services {
            let has_address = address.is_some_and(|address| {
                let mut resources = service
                    .instances
                    .iter()
                    .flat_map(|instance| &instance.resources);
                resources.any(|resource| resource.addresses.contains(&address))
            });
            let score = score(&service.path, &labels, has_address);
            let candidate = Candidate {
                cluster,
                service,
                is_named: score >= NAMED,
            };
            found.push((score, candidate));
        }
    }
    found.sort_by_key(|(score, candidate)| (Reverse(*score), candidate.service.path.clone()));
    found.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Services that are called nearly like some label, the nearest first.
pub(super) fn near_services(evidence: &Evidence, name: NameRef<'_>, most: usize) -> Vec<String> {
    let labels = labels(name);
    let mut near = Vec::new();
    for cluster in &evidence.clusters {
        for service in &cluster.services {
            let (namespace, _, called) = service.path.parts();
            let called = called.to_ascii_lowercase();
            let nearest = labels
                .iter()
                .filter_map(|label| distance(label.as_bytes(), called.as_bytes()))
                .min();
            if let Some(distance) = nearest {
                let is_elsewhere = !labels.contains(namespace);
                near.push((
                    distance,
                    is_elsewhere,
                    evidence.report.label(&key(cluster, &service.path)),
                ));
            }
        }
    }
    near.sort();
    near.truncate(most);
    near.into_iter().map(|(_, _, label)| label).collect()
}

/// What it counts that a part of the path is in the name; the namespace alone makes no candidate.
const NAME: u32 = 4;
const NAMESPACE: u32 = 2;
const KIND: u32 = 1;

/// From here on the name is taken for one of the service.
const NAMED: u32 = NAME;

fn score(path: &ServicePath, labels: &BTreeSet<String>, has_address: bool) -> u32 {
    let (namespace, kind, called) = path.parts();
    let has = |part: &str| labels.contains(&part.to_ascii_lowercase());
    // `1.web` is a slice of a scaler, whose names it may share.
    let slice = called
        .split_once('.')
        .filter(|(number, _)| number.bytes().all(|octet| octet.is_ascii_digit()));
    let is_called = has(called)
        || called.split('.').all(has)
        || slice.is_some_and(|(_, scaler)| scaler.split('.').all(has));
    let parts = [
        (is_called || has_address, NAME),
        (has(namespace), NAMESPACE),
        (has(kind), KIND),
    ];
    parts
        .into_iter()
        .filter(|(is_in, _)| *is_in)
        .map(|(_, counts)| counts)
        .sum()
}

fn labels(name: NameRef<'_>) -> BTreeSet<String> {
    name.labels()
        .map(|label| String::from_utf8_lossy(&label).into_owned())
        .collect()
}

fn key(cluster: &ClusterEvidence, path: &ServicePath) -> ServiceKey {
    ServiceKey {
        cluster: cluster.key.clone(),
        path: path.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_named_by_a_name_that_has_its_own_in_it() {
        for (path, name, is_named) in [
            ("shop/svc/web", "web.shop.svc.demo", true),
            ("shop/svc/web", "x.web.stage.svc.demo", true),
            ("shop/svc/Web", "web.demo", true),
            ("shop/svc/api", "web.shop.svc.demo", false),
            ("shop/svc/1.web", "web.shop.svc.demo", true),
            ("shop/svc/web.v2", "web.v2.shop.svc.demo", true),
            ("shop/svc/web.v2", "web.shop.svc.demo", false),
        ] {
            let name = zonesmith_zone::name::Name::parse(name).unwrap();
            let score = score(&path.parse().unwrap(), &labels(name.as_ref()), false);
            assert_eq!(score >= NAMED, is_named, "{path} {name}");
        }
    }
}
