//! What a site may choose. `settings.schema.json` says the same for people and editors; a test holds the two together.

use serde::Deserialize;
use zonesmith_policy::reverse_zones::Chosen;
use zonesmith_policy::settings::{self, Apex, Contact, Kinds, Seconds};

/// All settings; what is not said has its default.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    pub(crate) zone: Apex,
    pub(crate) kinds: Kinds,
    /// Of every service, whatever it says itself.
    pub(crate) publish_not_ready_addresses: bool,
    /// Whether a port that nobody named has IANA's name.
    pub(crate) registered_port_names: bool,
    pub(crate) srv: Srv,
    pub(crate) ttl: Ttl,
    /// Who answers for the zones: `hostmaster.<zone>` when not given.
    pub(crate) contact: Option<Contact>,
    pub(crate) rules: Switches,
    /// Instead of those of the cluster's networks.
    pub(crate) reverse_zones: Option<Vec<Chosen>>,
}

/// Of every SRV record: the specification prescribes neither, and nodes have no scores in Kubernetes.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Srv {
    pub(crate) priority: u16,
    pub(crate) weight: u16,
}

/// Of each kind of record.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Ttl {
    /// A and AAAA of services, endpoints and pods.
    pub(crate) address: Seconds,
    pub(crate) srv: Seconds,
    pub(crate) ptr: Seconds,
    /// CNAME.
    pub(crate) external_name: Seconds,
    /// TXT.
    pub(crate) dns_version: Seconds,
    /// How long a resolver may keep that there is no such name.
    pub(crate) negative: Seconds,
    /// NS.
    pub(crate) nameserver: Seconds,
    /// A and AAAA of nameservers.
    pub(crate) nameserver_address: Seconds,
}

/// Which rules are on: those a site may do without.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Switches {
    pub(crate) pod: bool,
    pub(crate) ptr: bool,
}

impl Settings {
    /// Reads them; the error is a sentence.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        Ok(settings::read(text)?)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            zone: Apex::new("cluster.local"),
            kinds: Kinds::default(),
            publish_not_ready_addresses: false,
            registered_port_names: true,
            srv: Srv::default(),
            ttl: Ttl::default(),
            contact: None,
            rules: Switches::default(),
            reverse_zones: None,
        }
    }
}

impl Default for Srv {
    fn default() -> Self {
        Self {
            priority: 0,
            weight: 100,
        }
    }
}

impl Default for Ttl {
    fn default() -> Self {
        let short = Seconds::new(5);
        Self {
            address: short,
            srv: short,
            ptr: short,
            external_name: short,
            dns_version: Seconds::new(28_800),
            negative: short,
            nameserver: Seconds::new(3600),
            nameserver_address: Seconds::new(60),
        }
    }
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            pod: true,
            ptr: true,
        }
    }
}
