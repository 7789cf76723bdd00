//! What a site may choose. `settings.schema.json` says the same for people and editors; a test holds the two together.

use serde::Deserialize;
use zonesmith_policy::name;
use zonesmith_policy::reverse_zones::Chosen;
use zonesmith_policy::settings::{self, Apex, Contact, Kinds, Seconds};

/// All settings; what is not said has its default.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    pub(crate) domain: Apex,
    /// The cluster's name when not given.
    pub(crate) datacenter: Option<Label>,
    pub(crate) kinds: Kinds,
    /// Whose services have names without it.
    pub(crate) default_namespace: String,
    pub(crate) namespaces: Namespaces,
    /// Whether what warns is left out.
    pub(crate) only_passing: bool,
    /// Labels of a service whose words are tags.
    pub(crate) tag_labels: Vec<String>,
    pub(crate) weights: Weights,
    pub(crate) ttl: Ttl,
    /// Who answers for the zones: `hostmaster.<domain>` when not given.
    pub(crate) contact: Option<Contact>,
    pub(crate) forms: Forms,
    pub(crate) rules: Switches,
    /// Instead of those of the cluster's networks.
    pub(crate) reverse_zones: Option<Vec<Chosen>>,
}

/// What becomes of a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Namespaces {
    /// `<service>.service.<namespace>.ns.<domain>`, as in Consul Enterprise.
    Named,
    /// All services share `<service>.service.<domain>`.
    Ignored,
}

/// Of SRV records.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Weights {
    pub(crate) passing: u16,
    pub(crate) warning: u16,
}

/// Of each kind of record.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Ttl {
    /// Everything of services.
    pub(crate) service: Seconds,
    /// Everything of nodes.
    pub(crate) node: Seconds,
    /// How long a resolver may keep that there is no such name.
    pub(crate) negative: Seconds,
    /// NS.
    pub(crate) nameserver: Seconds,
    /// A and AAAA of nameservers.
    pub(crate) nameserver_address: Seconds,
}

/// Which forms of a name there are beside `….<datacenter>.<domain>`, the one that Consul's own answers have.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Forms {
    /// `….<domain>`
    pub(crate) short: bool,
    /// `….<datacenter>.dc.<domain>`
    pub(crate) dc: bool,
}

/// Which rules are on: those a site may do without.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Switches {
    pub(crate) port: bool,
    pub(crate) ptr: bool,
    pub(crate) meta: bool,
}

/// One label, in lower case.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Label(String);

impl Settings {
    /// Reads them; the error is a sentence.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        Ok(settings::read(text)?)
    }
}

impl Label {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Label {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        name::label(&text)
            .map(Self)
            .map_err(|error| format!("\"{text}\" is not one label: {error}"))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            domain: Apex::new("consul"),
            datacenter: None,
            kinds: Kinds::default(),
            default_namespace: "root".to_owned(),
            namespaces: Namespaces::Named,
            only_passing: false,
            tag_labels: vec!["tags".to_owned()],
            weights: Weights::default(),
            ttl: Ttl::default(),
            contact: None,
            forms: Forms::default(),
            rules: Switches::default(),
            reverse_zones: None,
        }
    }
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            passing: 1,
            warning: 1,
        }
    }
}

impl Default for Ttl {
    fn default() -> Self {
        Self {
            service: Seconds::new(0),
            node: Seconds::new(0),
            negative: Seconds::new(0),
            nameserver: Seconds::new(3600),
            nameserver_address: Seconds::new(60),
        }
    }
}

impl Default for Forms {
    fn default() -> Self {
        Self {
            short: true,
            dc: true,
        }
    }
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            port: true,
            ptr: true,
            meta: true,
        }
    }
}
