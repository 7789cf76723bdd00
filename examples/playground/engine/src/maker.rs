//! Who made a record: the policy and its rule, the service, the instance and the resource.
//!
//! Of several who say the same the one that the rules of conflicts name first is told: the first policy, then the lowest
//! path.

use zonesmith_cluster::{Service, ServicePath};
use zonesmith_zone::record::Origin;
use zonesmith_zone::{Name, NameRef, RecordRef};

use crate::bindings::exports::zonesmith::playground::workbench::{Row, Rule};
use crate::bindings::zonesmith::policy::naming;
use crate::entry::place;
use crate::printed;
use crate::stack::{Place, Stack};

/// Who made a record, as far as it is known.
#[derive(Default)]
pub(crate) struct Maker<'a> {
    pub(crate) policy: Option<&'a str>,
    pub(crate) rule: Option<&'a naming::Rule>,
    pub(crate) service: Option<&'a Service>,
    pub(crate) origin: Option<Origin>,
    pub(crate) exclusive: bool,
}

impl<'a> Maker<'a> {
    /// Of a record that stands; nobody for an SOA.
    pub(crate) fn of(stack: &'a Stack, name: NameRef<'_>, record: &RecordRef<'_>) -> Self {
        let ids = stack.contents.contributors_of(name).into_iter();
        let makers = ids.filter_map(|id| {
            let place = stack.place_of(id)?;
            let contribution = stack.contents.contribution(id)?;
            let mut said = contribution.find(name);
            let said =
                said.find(|said| said.rtype == record.rtype && said.octets == record.octets)?;
            Some((place, said))
        });
        let Some((place, said)) = makers.min_by_key(|(place, _)| *place) else {
            return Self::default();
        };
        let mut maker = Self::at(stack, place, said.rule, said.origin);
        maker.exclusive = said.exclusive;
        maker
    }

    /// Of something that a policy said.
    pub(crate) fn at(
        stack: &'a Stack,
        place: &Place,
        rule: Option<u16>,
        origin: Option<Origin>,
    ) -> Self {
        let Some((entry, answer)) = stack.answer(place) else {
            return Self::default();
        };
        Self {
            policy: Some(entry.name()),
            rule: entry.rule(rule),
            service: answer
                .good
                .as_ref()
                .and_then(|said| said.service.as_deref()),
            origin,
            exclusive: false,
        }
    }

    /// The path of the service.
    pub(crate) fn service_path(&self) -> Option<&'a ServicePath> {
        self.service.map(|service| &service.path)
    }

    /// The node of the instance.
    pub(crate) fn node(&self) -> Option<&'a str> {
        let instances = &self.service?.instances;
        Some(&instances.get(place(self.origin?.instance))?.node)
    }

    pub(crate) fn resource(&self) -> Option<&'a str> {
        let origin = self.origin?;
        let instance = self.service?.instances.get(place(origin.instance))?;
        Some(&instance.resources.get(place(origin.resource?))?.id)
    }

    /// A record with all there is to tell of it.
    pub(crate) fn row(
        &self,
        zone: &str,
        owner: &Name,
        record: &RecordRef<'_>,
        path: Option<String>,
    ) -> Row {
        let owned = |text: &str| text.to_owned();
        Row {
            zone: zone.to_owned(),
            owner: owner.to_string(),
            ttl: record.ttl,
            type_: printed::type_name(record.rtype),
            rdata: printed::content(record.rtype, record.octets),
            policy: self.policy.map(owned),
            rule: self.rule.map(
                |naming::Rule {
                     name,
                     documentation,
                 }| Rule {
                    name: name.clone(),
                    documentation: documentation.clone(),
                },
            ),
            service: self.service_path().map(ToString::to_string),
            instance: self.node().map(owned),
            resource: self.resource().map(owned),
            path,
            exclusive: self.exclusive,
        }
    }
}
