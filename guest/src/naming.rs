//! What a policy answers: its description, the zones and records of the whole cluster, the records of each service.
//!
//! The words are those of `wit/since_v1.0/naming.wit`.

pub use crate::bindings::exports::zonesmith::policy::naming::{
    Configuration, Description, Diagnostic, Rule, Severity, Soa, Synthesis, Zone,
};

use crate::dns::Origin;

impl Diagnostic {
    /// Something to tell of the service or the cluster as a whole.
    #[must_use]
    pub fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self {
            severity,
            message: message.into(),
            rule: None,
            origin: None,
        }
    }

    /// Of the rule at this index of [`Description::rules`].
    #[must_use]
    pub fn by_rule(mut self, rule: u16) -> Self {
        self.rule = Some(rule);
        self
    }

    /// Of this instance (an index) of the service.
    #[must_use]
    pub fn at_instance(mut self, instance: u32) -> Self {
        self.origin = Some(Origin {
            instance,
            resource: None,
        });
        self
    }

    /// Of this resource (an index) of this instance (an index) of the service.
    #[must_use]
    pub fn at_resource(mut self, instance: u32, resource: u32) -> Self {
        self.origin = Some(Origin {
            instance,
            resource: Some(resource),
        });
        self
    }
}

impl Description {
    /// A policy of this name, version and documentation, without authors, rules and settings.
    #[must_use]
    pub fn new(name: &str, version: &str, documentation: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            authors: Vec::new(),
            documentation: documentation.to_owned(),
            rules: Vec::new(),
            settings_schema: String::new(),
        }
    }
}

impl Configuration {
    /// No zone, no record, nothing to say: what a policy begins with that only adds to the zones of others.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            zones: Vec::new(),
            records: Vec::new(),
            diagnostics: Vec::new(),
        }
    }
}

impl Synthesis {
    /// No record, nothing to say.
    #[must_use]
    pub fn empty() -> Self {
        Vec::new().into()
    }
}

/// Records, and nothing to say.
impl From<Vec<crate::dns::ResourceRecord>> for Synthesis {
    fn from(records: Vec<crate::dns::ResourceRecord>) -> Self {
        Self {
            records,
            diagnostics: Vec::new(),
        }
    }
}
