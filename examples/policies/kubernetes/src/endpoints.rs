//! The addresses behind a service: those of its resources, each with the label it has below the service.
//!
//! Ready is what Kubernetes means by it: whatever says nothing is. So a resource counts that is up, and one without a word
//! of its own (`undef`, `n/a`) on an instance that is not down. `warn` is less than up.

use std::net::IpAddr;

use zonesmith_policy::cluster::{Availability, PortExposure, Service};
use zonesmith_policy::dns::Origin;
use zonesmith_policy::{Diagnostic, name};

use crate::facts;
use crate::rules::Rule;

/// One address of one resource.
pub(crate) struct Endpoint<'a> {
    pub(crate) address: IpAddr,
    /// The hostname's first label, in lower case, or one that is the address: what identifies it within the service.
    pub(crate) label: String,
    pub(crate) is_ready: bool,
    pub(crate) exposes: &'a [PortExposure],
    pub(crate) origin: Origin,
}

/// All of a service, each once: an address that fails over stands on several instances, and is what the best of them says.
pub(crate) struct Endpoints<'a>(Vec<Endpoint<'a>>);

impl<'a> Endpoints<'a> {
    /// Finds them. A hostname that gives no label goes to `diagnostics`.
    pub(crate) fn of(service: &'a Service, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut endpoints = Vec::new();
        for place in service.places() {
            let resource = place.resource;
            if resource.addresses.is_empty() || facts::is_cluster_ip(resource) {
                continue;
            }
            let hostname = resource.hostname.as_deref().and_then(|hostname| {
                let first = hostname.split('.').next().unwrap_or_default();
                name::label(first)
                    .map_err(|error| {
                        let diagnostic = place.no_name("hostname", hostname, error);
                        diagnostics.push(diagnostic.by_rule(Rule::Endpoint));
                    })
                    .ok()
            });
            let is_ready = is_ready(place.instance.availability, resource.status);
            for &address in &resource.addresses {
                endpoints.push(Endpoint {
                    address,
                    label: hostname
                        .clone()
                        .unwrap_or_else(|| name::address_label(address)),
                    is_ready,
                    exposes: &resource.exposes,
                    origin: place.origin,
                });
            }
        }
        // Of equal ones the first that is ready.
        endpoints.sort_by(|one, two| {
            let by_name = (one.address, &one.label).cmp(&(two.address, &two.label));
            by_name.then(two.is_ready.cmp(&one.is_ready))
        });
        endpoints.dedup_by(|two, one| one.address == two.address && one.label == two.label);
        Self(endpoints)
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Endpoint<'a>> {
        self.0.iter()
    }

    /// Those that are ready, or all.
    pub(crate) fn published(&self, with_not_ready: bool) -> impl Iterator<Item = &Endpoint<'a>> {
        let is_published = move |endpoint: &&Endpoint<'_>| with_not_ready || endpoint.is_ready;
        self.0.iter().filter(is_published)
    }
}

fn is_ready(instance: Availability, resource: Availability) -> bool {
    match resource {
        Availability::Up
        | Availability::StandbyUp
        | Availability::Undefined
        | Availability::NotApplicable => {
            !matches!(instance, Availability::Down | Availability::StandbyDown)
        }
        Availability::Down | Availability::StandbyDown | Availability::Warn => false,
    }
}
