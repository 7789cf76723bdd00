//! What a site may choose. `settings.schema.json` says the same for people and editors.

use serde::Deserialize;
use zonesmith_policy::reverse_zones::Chosen;
use zonesmith_policy::settings::{self, Contact, Seconds};

/// All settings; what is not said is as the agent has it.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// Of all but NS.
    pub(crate) ttl: Seconds,
    contact: Option<Contact>,
    /// Instead of the private ones and those of the networks.
    pub(crate) reverse_zones: Option<Vec<Chosen>>,
}

impl Settings {
    /// Reads them; the error is a sentence.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        Ok(settings::read(text)?)
    }

    /// The RNAME of every SOA. The agent says its makers', as the mailbox that it is and no name.
    pub(crate) fn contact(&self) -> &str {
        self.contact
            .as_ref()
            .map_or("contact.opensvc.com", Contact::as_name)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ttl: Seconds::new(60),
            contact: None,
            reverse_zones: None,
        }
    }
}
