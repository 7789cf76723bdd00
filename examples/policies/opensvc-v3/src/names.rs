//! The names everything else is below: of a service, and of a service seen from one node.
//!
//! All is taken as it is written, dots and all, as the agent does it; DNS does not tell upper case from lower. So the
//! resource `ip#0` of a service `web`, and a service `0.web`, have one name, and the addresses of both.

use zonesmith_policy::Diagnostic;
use zonesmith_policy::cluster::{Place, Service};
use zonesmith_policy::name::{self, NotALabel};

/// The names of one service.
pub(crate) struct ServiceNames<'a> {
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
        let name = part("service name", &service.name)?;
        let namespace = part("namespace", &service.namespace)?;
        let kind = part("kind", &service.kind)?;
        let path = name::join([&name, &namespace, &kind]);
        let service = name::join([&path, cluster]);
        Ok(Self {
            path,
            service,
            cluster,
        })
    }

    /// `web.shop.svc.cluster1`
    pub(crate) fn service(&self) -> &str {
        &self.service
    }

    /// `web.shop.svc.n1.node.cluster1`
    pub(crate) fn on_node(&self, place: &Place<'_>) -> Result<String, Diagnostic> {
        let node = &place.instance.node;
        match as_written(node) {
            Ok(node) => Ok(name::join([&self.path, &node, "node", self.cluster])),
            Err(why) => Err(Diagnostic::no_name("node", node, why).at(place.origin)),
        }
    }
}

/// What a resource is called below its service: its hostname, else what stands behind the `#` of its id. None where there is
/// neither.
pub(crate) fn of_resource(place: &Place<'_>) -> Result<Option<String>, Diagnostic> {
    let resource = place.resource;
    let (what, text) = match (&resource.hostname, resource.index()) {
        (Some(hostname), _) => ("hostname", hostname.as_str()),
        (None, Some(index)) => ("index", index),
        (None, None) => return Ok(None),
    };
    match as_written(text) {
        Ok(name) => Ok(Some(name)),
        Err(why) => Err(place.no_name(what, text, why)),
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
