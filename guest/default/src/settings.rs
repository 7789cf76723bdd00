//! What a site may choose. `settings.schema.json` says the same for people and editors; a test holds the two together.

use serde::Deserialize;
use zonesmith_policy::naming::PolicyRule;
use zonesmith_policy::reverse_zones::Chosen;
use zonesmith_policy::settings::{self, Contact, Kinds, Seconds};

use crate::rules::Rule;

/// All settings; what is not said has its default.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    pub(crate) kinds: Kinds,
    pub(crate) availability: Wanted,
    /// Of an SRV whose node has no score.
    pub(crate) weight: u16,
    pub(crate) ttl: Ttl,
    pub(crate) soa: SoaSettings,
    pub(crate) rules: RuleSwitches,
    /// Instead of those the policy finds.
    pub(crate) reverse_zones: Option<Vec<Chosen>>,
}

/// Which addresses are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Wanted {
    /// All, whatever the state of their resources: what the agents do.
    Any,
    /// Those that are up.
    Up,
    /// Those that are up, and all of them when none is.
    PreferUp,
}

/// Of each kind of record.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Ttl {
    /// A and AAAA of services.
    pub(crate) address: Seconds,
    pub(crate) srv: Seconds,
    pub(crate) ptr: Seconds,
    /// NS.
    pub(crate) nameserver: Seconds,
    /// A and AAAA of nameservers.
    pub(crate) nameserver_address: Seconds,
}

/// Of every zone.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SoaSettings {
    pub(crate) contact: Option<Contact>,
    pub(crate) ttl: Seconds,
    pub(crate) refresh: Seconds,
    pub(crate) retry: Seconds,
    pub(crate) expire: Seconds,
    pub(crate) minimum: Seconds,
}

/// Which rules are on.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RuleSwitches {
    pub(crate) round_robin: bool,
    pub(crate) hostname: bool,
    pub(crate) resource_index: bool,
    pub(crate) address_name: bool,
    pub(crate) node: bool,
    pub(crate) srv: bool,
    pub(crate) ptr: bool,
}

impl Settings {
    /// Reads them; the error is a sentence.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let settings: Self = settings::read(text)?;
        // Records that point to names must not outlive them.
        for (rule, target) in [
            (Rule::Srv, Rule::AddressName),
            (Rule::Ptr, Rule::RoundRobin),
        ] {
            if settings.rules.has(rule) && !settings.rules.has(target) {
                let (rule, target) = (rule.name(), target.name());
                return Err(format!(
                    "settings.rules: \"{rule}\" makes records that point to the names of \"{target}\": turn both off, or none"
                ));
            }
        }
        Ok(settings)
    }
}

impl RuleSwitches {
    pub(crate) const fn has(&self, rule: Rule) -> bool {
        match rule {
            Rule::RoundRobin => self.round_robin,
            Rule::Hostname => self.hostname,
            Rule::ResourceIndex => self.resource_index,
            Rule::AddressName => self.address_name,
            Rule::Node => self.node,
            Rule::Srv => self.srv,
            Rule::Ptr => self.ptr,
            Rule::Nameserver => true,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            kinds: Kinds::default(),
            availability: Wanted::Any,
            weight: 10,
            ttl: Ttl::default(),
            soa: SoaSettings::default(),
            rules: RuleSwitches::default(),
            reverse_zones: None,
        }
    }
}

impl Default for Ttl {
    fn default() -> Self {
        let minute = Seconds::new(60);
        Self {
            address: minute,
            srv: minute,
            ptr: minute,
            nameserver: Seconds::new(3600),
            nameserver_address: minute,
        }
    }
}

impl Default for SoaSettings {
    fn default() -> Self {
        Self {
            contact: None,
            ttl: Seconds::new(60),
            refresh: Seconds::new(7200),
            retry: Seconds::new(3600),
            expire: Seconds::new(432_000),
            minimum: Seconds::new(86_400),
        }
    }
}

impl Default for RuleSwitches {
    fn default() -> Self {
        Self {
            round_robin: true,
            hostname: true,
            resource_index: true,
            address_name: true,
            node: true,
            srv: true,
            ptr: true,
        }
    }
}

#[cfg(test)]
mod tests;
