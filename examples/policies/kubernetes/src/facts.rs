//! What Kubernetes knows of a service and a cluster has no field for.
//!
//! A source says it in one of three places; the first that says a thing has the word on it:
//!
//! 1. the member `kubernetes` of the service, which is the `spec` of a Kubernetes Service as its API writes it;
//! 2. labels of the service: `kubernetes/cluster-ip`, `kubernetes/external-name`, `kubernetes/ports`,
//!    `kubernetes/publish-not-ready-addresses`;
//! 3. the tag `cluster-ip` of a resource: its addresses are the cluster's addresses of the service. Tags are all that an
//!    OpenSVC agent hands on of what a service's owner may write freely.
//!
//! A mistake in the first two publishes nothing of the service: half of a service, a cluster address taken for none, would
//! send its clients elsewhere.

mod port;
mod spec;

use std::net::IpAddr;

use zonesmith_policy::cluster::{Resource, Service};
use zonesmith_policy::dns::Origin;
use zonesmith_policy::name;

pub(crate) use port::Port;
use spec::Spec;

/// The tag of a resource whose addresses are those of the whole service.
const CLUSTER_IP_TAG: &str = "cluster-ip";

/// What is known of one service.
pub(crate) struct Facts {
    pub(crate) exposure: Exposure,
    /// Those that have a name; none where nobody declared any.
    pub(crate) ports: Option<Vec<Port>>,
    /// Whether endpoints count that are not ready.
    pub(crate) publish_not_ready: bool,
}

/// How a service is reached.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Exposure {
    /// At addresses of its own, whatever its endpoints do; each with the resource that has it, if one does.
    ClusterIp(Vec<(IpAddr, Option<Origin>)>),
    /// At its endpoints.
    Headless,
    /// Somewhere else, under this name.
    ExternalName(String),
}

impl Facts {
    /// Reads them; the error is a sentence for the owner of the service.
    pub(crate) fn of(service: &Service) -> Result<Self, String> {
        let spec = Spec::of(service)?;
        let declared = match (&spec.ports, service.label("kubernetes/ports")) {
            (Some(ports), _) => Some(ports.iter().map(Port::of_spec).collect()),
            (None, Some(label)) => Some(label_list(label).map(Port::of_label).collect()),
            (None, None) => None,
        };
        let ports: Option<Result<Vec<Option<Port>>, String>> = declared;
        Ok(Self {
            exposure: exposure(service, &spec)?,
            ports: ports
                .transpose()?
                .map(|ports| ports.into_iter().flatten().collect()),
            publish_not_ready: match spec.publish_not_ready_addresses {
                Some(chosen) => chosen,
                None => service.label("kubernetes/publish-not-ready-addresses") == Some("true"),
            },
        })
    }
}

fn exposure(service: &Service, spec: &Spec) -> Result<Exposure, String> {
    let external = spec.external_name.as_deref();
    if let Some(text) = external.or_else(|| service.label("kubernetes/external-name")) {
        return name::labels(text)
            .map(Exposure::ExternalName)
            .map_err(|error| format!("the external name \"{text}\" is no name in DNS: {error}"));
    }
    let addresses = match (spec.cluster_ips(), service.label("kubernetes/cluster-ip")) {
        (Some(texts), _) => texts,
        (None, Some(label)) => label_list(label).collect(),
        (None, None) => return Ok(tagged(service)),
    };
    // Kubernetes writes `None` where a service is headless on purpose, and nothing where it has no address yet.
    let addresses = addresses
        .into_iter()
        .filter(|text| !text.is_empty() && !text.eq_ignore_ascii_case("none"));
    let addresses: Vec<(IpAddr, Option<Origin>)> = addresses
        .map(|text| match text.parse() {
            Ok(address) => Ok((address, None)),
            Err(_) => Err(format!("the cluster address \"{text}\" is no IP address")),
        })
        .collect::<Result<_, String>>()?;
    Ok(if addresses.is_empty() {
        Exposure::Headless
    } else {
        Exposure::ClusterIp(addresses)
    })
}

/// By the tags of its resources. An address that fails over stands on several instances, and is one.
fn tagged(service: &Service) -> Exposure {
    let mut addresses: Vec<(IpAddr, Option<Origin>)> = Vec::new();
    for place in service.places() {
        if !is_cluster_ip(place.resource) {
            continue;
        }
        for &address in &place.resource.addresses {
            if !addresses.iter().any(|(known, _)| *known == address) {
                addresses.push((address, Some(place.origin)));
            }
        }
    }
    if addresses.is_empty() {
        Exposure::Headless
    } else {
        Exposure::ClusterIp(addresses)
    }
}

/// Whether the addresses of `resource` are those of the whole service, and no endpoints.
pub(crate) fn is_cluster_ip(resource: &Resource) -> bool {
    // Tags of another form are nobody's mistake here: they are not ours.
    let tags: Option<Vec<String>> = resource.info.read("tags").unwrap_or_default();
    tags.is_some_and(|tags| tags.iter().any(|tag| tag == CLUSTER_IP_TAG))
}

/// The items of a label: commas and white space stand between.
fn label_list(label: &str) -> impl Iterator<Item = &str> {
    label
        .split([',', ' ', '\t', '\n'])
        .filter(|item| !item.is_empty())
}
