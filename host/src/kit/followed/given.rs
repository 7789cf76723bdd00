//! A policy and what it is given, and whose word it is what it says.

use std::sync::Arc;

use zonesmith_cluster::Service;
use zonesmith_zone::Quarantined;
use zonesmith_zone::comparison::{Fault, Maker};
use zonesmith_zone::record::Origin;

use crate::policy::{Component, Refusal};

/// A policy and what it is given.
#[derive(Clone)]
pub struct Given {
    /// Which one.
    pub component: Component,
    /// A JSON text.
    pub settings: Arc<str>,
    policy: Arc<str>,
    rules: Arc<[Arc<str>]>,
}

impl Given {
    /// A policy with its settings, a JSON text.
    #[must_use]
    pub fn new(component: Component, settings: Arc<str>) -> Self {
        let description = component.description();
        let rules = description.rules.iter();
        Self {
            policy: description.name.as_str().into(),
            rules: rules.map(|rule| rule.name.as_str().into()).collect(),
            component,
            settings,
        }
    }

    /// Whose word something is that the policy says of a place in a service.
    pub(super) fn maker(
        &self,
        service: Option<&Service>,
        rule: Option<u16>,
        origin: Option<Origin>,
    ) -> Maker {
        let at = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
        let instance = service
            .zip(origin)
            .and_then(|(service, origin)| service.instances.get(at(origin.instance)));
        let resource = instance
            .zip(origin.and_then(|origin| origin.resource))
            .and_then(|(instance, resource)| instance.resources.get(at(resource)));
        Maker {
            policy: Arc::clone(&self.policy),
            rule: rule.and_then(|rule| self.rules.get(usize::from(rule)).cloned()),
            service: service.map(|service| service.path.text()),
            node: instance.map(|instance| Arc::clone(&instance.node)),
            resource: resource.map(|resource| Arc::from(&*resource.id)),
        }
    }

    /// What of its records is not served.
    pub(super) fn quarantined(
        &self,
        service: Option<&Service>,
        refused: &[Quarantined],
    ) -> Vec<Fault> {
        let faults = refused.iter().map(|record| {
            let maker = self.maker(service, record.rule, record.origin);
            Fault::quarantined(maker, record)
        });
        faults.collect()
    }

    /// A refusal with the name of the policy that it is about.
    pub(super) fn refused(&self, refusal: Refusal) -> Refusal {
        let Refusal { stage, reason } = refusal;
        let policy = &self.policy;
        Refusal {
            stage,
            reason: format!("{policy}: {reason}"),
        }
    }
}
