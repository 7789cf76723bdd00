//! The names everything else is below: of a service, and of a service seen from one node.
//!
//! All is taken as it is written, dots and all, as the agent does it; DNS does not tell upper case from lower. The slices of a
//! scaler have the scaler's names.

use std::net::IpAddr;

use zonesmith_policy::Diagnostic;
use zonesmith_policy::cluster::{Place, Service};
use zonesmith_policy::name::{self, NotALabel};

/// The names of one service.
pub(crate) struct ServiceNames<'a> {
    /// `web`
    name: String,
    /// `web.shop.svc`
    path: String,
    /// `web.shop.svc.cluster1`
    service: String,
    cluster: &'a str,
}

impl<'a> ServiceNames<'a> {
    /// Reads namespace, kind and name; the error is a sentence.
    pub(crate) fn of(service: &Service, cluster: &'a str) -> Result<Self, String> {
        let part = |what: &str, text: &str| {
            as_written(text).map_err(|error| {
                format!("nothing is published: the {what} \"{text}\" gives no name in DNS: {error}")
            })
        };
        let name = part("service name", service.scaler().unwrap_or(&service.name))?;
        let namespace = part("namespace", &service.namespace)?;
        let path = name::join([&name, &namespace, &service.kind]);
        let service = name::join([&path, cluster]);
        Ok(Self {
            name,
            path,
            service,
            cluster,
        })
    }

    /// `web.shop.svc.cluster1`
    pub(crate) fn service(&self) -> &str {
        &self.service
    }

    /// `<label>.web.shop.svc.cluster1`
    pub(crate) fn below(&self, label: &str) -> String {
        name::join([label, &self.service])
    }

    /// `web.shop.svc.n1.node.cluster1`
    pub(crate) fn on_node(&self, place: &Place<'_>) -> Result<String, Diagnostic> {
        let node = &place.instance.node;
        match as_written(node) {
            Ok(node) => Ok(name::join([&self.path, &node, "node", self.cluster])),
            Err(why) => Err(Diagnostic::no_name("node", node, why).at(place.origin)),
        }
    }

    /// Where a PTR of a resource with this hostname leads: the hostname's name, or the service's where both are one word.
    pub(crate) fn way_back(&self, hostname: Option<&str>) -> String {
        match hostname {
            Some(hostname) if !hostname.eq_ignore_ascii_case(&self.name) => self.below(hostname),
            _ => self.service.clone(),
        }
    }
}

/// The first label of a resource's hostname.
pub(crate) fn hostname(place: &Place<'_>) -> Result<Option<String>, Diagnostic> {
    let Some(hostname) = &place.resource.hostname else {
        return Ok(None);
    };
    let first = hostname.split('.').next().unwrap_or_default();
    match as_written(first) {
        Ok(label) => Ok(Some(label)),
        Err(why) => Err(place.no_name("hostname", hostname, why)),
    }
}

/// The address with a hyphen for each dot or colon: `10-22-0-5`, `fd00-60--21`.
pub(crate) fn unique_label(address: IpAddr) -> String {
    match address {
        IpAddr::V4(_) => name::address_label(address),
        IpAddr::V6(address) => address.to_string().replace([':', '.'], "-"),
    }
}

/// The labels of `text`, whatever they are made of: what cannot stand in a name is escaped. `*` alone can, and would be a name
/// for all that have none.
fn as_written(text: &str) -> Result<String, NotALabel> {
    for label in text.split('.') {
        match label {
            "" => return Err(NotALabel::Empty),
            "*" => return Err(NotALabel::Character('*')),
            label if label.len() > 63 => return Err(NotALabel::TooLong),
            _ => {}
        }
    }
    Ok(name::from_labels(text.split('.')))
}
