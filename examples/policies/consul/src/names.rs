//! The forms in which Consul writes a name.
//!
//! Behind `service`, `node` and `addr` stands where to look: nothing (this data centre), `<datacenter>`, or
//! `<datacenter>.dc`. A namespace other than the default one is `<namespace>.ns` before that, and `<namespace>` before a plain
//! `<datacenter>`.

use zonesmith_policy::cluster::{Cluster, Service};
use zonesmith_policy::name;

use crate::settings::{Namespaces, Settings};

/// The names of the data centre.
pub(crate) struct Names {
    /// Where to look, in the forms a site has; `consul`, `dc1.consul`, `dc1.dc.consul`.
    forms: Vec<Form>,
    /// The one that Consul's own answers have: `dc1.consul`.
    answered: String,
}

/// One way to say where to look.
struct Form {
    suffix: String,
    /// Whether a namespace is followed by `ns` in it.
    has_ns: bool,
}

impl Names {
    /// Reads them; the error is a sentence.
    pub(crate) fn of(cluster: &Cluster, settings: &Settings) -> Result<Self, String> {
        let domain = settings.domain.as_str();
        let datacenter = match &settings.datacenter {
            Some(chosen) => chosen.as_str().to_owned(),
            None => name::label(&cluster.name).map_err(|error| {
                let name = &cluster.name;
                format!(
                    "settings.datacenter: say which label the data centre has, the cluster's name \"{name}\" is none: {error}"
                )
            })?,
        };
        let answered = [&*datacenter, domain].join(".");
        let mut forms = vec![Form {
            suffix: answered.clone(),
            has_ns: false,
        }];
        if settings.forms.short {
            forms.push(Form {
                suffix: domain.to_owned(),
                has_ns: true,
            });
        }
        if settings.forms.dc {
            forms.push(Form {
                suffix: [&*datacenter, "dc", domain].join("."),
                has_ns: true,
            });
        }
        Ok(Self { forms, answered })
    }

    /// `<label>.node.<datacenter>.<domain>`, and its other forms.
    pub(crate) fn node(&self, label: &str) -> impl Iterator<Item = String> {
        self.forms
            .iter()
            .map(move |form| [label, "node", &form.suffix].join("."))
    }

    /// The form of a node's name that answers have.
    pub(crate) fn answered_node(&self, label: &str) -> String {
        [label, "node", &self.answered].join(".")
    }

    /// `<hexadecimal address>.addr.<datacenter>.<domain>`: answers have it, nobody writes it.
    pub(crate) fn answered_address(&self, digits: &str) -> String {
        [digits, "addr", &self.answered].join(".")
    }

    /// What a service's names end with: `service.<datacenter>.<domain>`, and its other forms.
    pub(crate) fn service(&self, namespace: Option<&str>) -> Vec<String> {
        let of_form = |form: &Form| match namespace {
            None => ["service", &form.suffix].join("."),
            Some(namespace) if form.has_ns => ["service", namespace, "ns", &form.suffix].join("."),
            Some(namespace) => ["service", namespace, &form.suffix].join("."),
        };
        self.forms.iter().map(of_form).collect()
    }
}

/// What a service is called.
pub(crate) struct ServiceName {
    pub(crate) name: String,
    /// None for the default one.
    pub(crate) namespace: Option<String>,
}

impl ServiceName {
    /// Reads namespace and name; the error is a sentence.
    pub(crate) fn of(service: &Service, settings: &Settings) -> Result<Self, String> {
        let name = service.scaler().unwrap_or(&service.name);
        let name = name::labels(name).map_err(|error| {
            format!("the service name \"{name}\" gives no name in DNS: {error}")
        })?;
        let namespace = &service.namespace;
        let is_default = namespace.eq_ignore_ascii_case(&settings.default_namespace);
        let namespace = match settings.namespaces {
            Namespaces::Named if !is_default => Some(name::label(namespace).map_err(|error| {
                format!("the namespace \"{namespace}\" gives no name in DNS: {error}")
            })?),
            Namespaces::Named | Namespaces::Ignored => None,
        };
        Ok(Self { name, namespace })
    }
}
