//! The `spec` of a Kubernetes Service, as its API writes it: what of it makes names. The rest is Kubernetes' own and is
//! passed over, so that a whole one can stand in a cluster document.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use zonesmith_policy::cluster::Service;

/// What makes names.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Spec {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(rename = "clusterIP")]
    cluster_ip: Option<String>,
    /// Of a service of both families, the first being `cluster_ip`.
    #[serde(rename = "clusterIPs")]
    cluster_ips: Option<Vec<String>>,
    pub(super) external_name: Option<String>,
    pub(super) publish_not_ready_addresses: Option<bool>,
    pub(super) ports: Option<Vec<SpecPort>>,
}

/// A port as it stands in a `spec`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SpecPort {
    /// A service of one port need not name it.
    #[serde(default)]
    pub(super) name: String,
    #[serde(default = "tcp")]
    pub(super) protocol: String,
    pub(super) port: Number,
    #[serde(default)]
    pub(super) target_port: TargetPort,
}

/// 1 to 65535.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "u64")]
pub(super) struct Number(pub(super) u16);

impl TryFrom<u64> for Number {
    type Error = &'static str;

    fn try_from(number: u64) -> Result<Self, &'static str> {
        match u16::try_from(number) {
            Ok(0) | Err(_) => Err("a port is 1 to 65535"),
            Ok(number) => Ok(Self(number)),
        }
    }
}

fn tcp() -> String {
    "TCP".to_owned()
}

/// Where the endpoints listen: a number, or the name of a container's port, which only the pod knows.
#[derive(Clone, Copy, Default)]
pub(super) struct TargetPort(pub(super) Option<u16>);

impl<'de> Deserialize<'de> for TargetPort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TargetPortVisitor)
    }
}

struct TargetPortVisitor;

impl Visitor<'_> for TargetPortVisitor {
    type Value = TargetPort;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a port or the name of one")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<TargetPort, E> {
        // Kubernetes writes 0 for "as the port itself".
        if number == 0 {
            return Ok(TargetPort(None));
        }
        let number = Number::try_from(number).map_err(E::custom)?;
        Ok(TargetPort(Some(number.0)))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<TargetPort, E> {
        Ok(TargetPort(None))
    }
}

impl Spec {
    /// What the source says; the error is a sentence.
    pub(super) fn of(service: &Service) -> Result<Self, String> {
        let mut spec: Self = service.info.read("kubernetes")?.unwrap_or_default();
        // The other types may keep the field when they are changed.
        let is_external = spec
            .kind
            .as_deref()
            .is_none_or(|kind| kind == "ExternalName");
        spec.external_name = spec
            .external_name
            .filter(|name| is_external && !name.is_empty());
        Ok(spec)
    }

    /// The addresses of the service as they are written; none where it says nothing.
    pub(super) fn cluster_ips(&self) -> Option<Vec<&str>> {
        match (&self.cluster_ips, &self.cluster_ip) {
            (Some(addresses), _) => Some(addresses.iter().map(String::as_str).collect()),
            (None, Some(address)) => Some(vec![address]),
            (None, None) => None,
        }
    }
}
