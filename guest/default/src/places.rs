//! Where a service is: each address of each resource of each instance, with what the rules want to know of it.
//!
//! The agents publish an address whatever its resource does, and so do we by default: the contract. `availability` asks for
//! less. An address counts as up when its resource is `up` or `stdby up`, on an instance that is neither `down` nor
//! `stdby down`. Those that are up come first: where several places make the same record (an address that fails over), it says
//! that it comes from the one that is up, and an SRV has the weight of that node.
//!
//! `prefer-up` looks at one service object: of the slices of a scaler each decides for itself.

use std::net::IpAddr;

use zonesmith_policy::cluster::{Availability, Instance, InstanceResource, PortExposure, Service};
use zonesmith_policy::{Diagnostic, Severity, name};

use crate::names::ServiceNames;
use crate::rules::Rule;
use crate::settings::{RuleSwitches, Settings, Wanted};

/// The places of one service.
pub(crate) struct Places<'a> {
    resources: Vec<Located<'a>>,
    only_up: bool,
    /// The service's name seen from the node of each instance; none when the node has no valid name or nobody asks.
    on_node: Vec<Option<String>>,
}

/// A resource that has addresses.
struct Located<'a> {
    instance: u32,
    resource: u32,
    is_up: bool,
    own: Option<Own>,
    score: Option<u8>,
    content: &'a InstanceResource,
}

/// The label a resource has for itself: a hostname, or its index where that is missing, wrong or not wanted.
enum Own {
    Hostname(String),
    Index(String),
}

/// One address, and all that a rule may ask of where it is.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) address: IpAddr,
    /// Index of the instance.
    pub(crate) instance: u32,
    /// Index of the resource in the instance.
    pub(crate) resource: u32,
    /// First label of the resource's hostname, where it has a valid one and that rule is on.
    pub(crate) hostname: Option<&'a str>,
    /// Index of the resource (`0` of `ip#0`), where it has no hostname and that rule is on.
    pub(crate) index: Option<&'a str>,
    /// The service's name seen from this node, where that rule is on.
    pub(crate) on_node: Option<&'a str>,
    /// Score of the node.
    pub(crate) score: Option<u8>,
    pub(crate) exposes: &'a [PortExposure],
}

impl<'a> Places<'a> {
    /// Finds them. What gives no valid label goes to `diagnostics`.
    pub(crate) fn of(
        service: &'a Service,
        names: &ServiceNames,
        settings: &Settings,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut resources = Vec::new();
        let mut on_node = Vec::with_capacity(service.instances.len());
        for (instance, at) in (0_u32..).zip(&service.instances) {
            let before = resources.len();
            for (resource, content) in (0_u32..).zip(&at.resources) {
                if content.addresses.is_empty() {
                    continue;
                }
                let own = own_label(content, &settings.rules, |rule, message| {
                    diagnostics.push(
                        Diagnostic::new(Severity::Warning, message)
                            .by_rule(rule.index())
                            .at_resource(instance, resource),
                    );
                });
                resources.push(Located {
                    instance,
                    resource,
                    is_up: is_up(at, content),
                    own,
                    score: at.score,
                    content,
                });
            }
            // A node without an address of this service needs no name.
            let is_named = settings.rules.node && resources.len() > before;
            let node = is_named.then(|| node_name(at, instance, diagnostics));
            on_node.push(node.flatten().map(|node| names.on_node(&node)));
        }
        let only_up = match settings.availability {
            Wanted::Any => false,
            Wanted::Up => true,
            Wanted::PreferUp => resources.iter().any(|located| located.is_up),
        };
        Self {
            resources,
            only_up,
            on_node,
        }
    }

    /// About how many there are: most resources have one address.
    pub(crate) fn len(&self) -> usize {
        self.resources.len()
    }

    /// Those that are up first, then in the order of instances, resources, addresses.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Place<'_>> {
        let having = |is_up: bool| move |located: &&Located<'_>| located.is_up == is_up;
        let up = self.resources.iter().filter(having(true));
        let others = self.resources.iter().filter(having(false));
        let others = others.take(if self.only_up { 0 } else { usize::MAX });
        up.chain(others).flat_map(|located| {
            let (hostname, index) = match &located.own {
                Some(Own::Hostname(label)) => (Some(label.as_str()), None),
                Some(Own::Index(label)) => (None, Some(label.as_str())),
                None => (None, None),
            };
            let on_node = usize::try_from(located.instance)
                .ok()
                .and_then(|instance| self.on_node.get(instance))
                .and_then(Option::as_deref);
            located.content.addresses.iter().map(move |&address| Place {
                address: address.into(),
                instance: located.instance,
                resource: located.resource,
                hostname,
                index,
                on_node,
                score: located.score,
                exposes: &located.content.exposes,
            })
        })
    }
}

fn is_up(instance: &Instance, resource: &InstanceResource) -> bool {
    matches!(resource.status, Availability::Up | Availability::StandbyUp)
        && !matches!(
            instance.availability,
            Availability::Down | Availability::StandbyDown
        )
}

/// The resource's own label: the first of its hostname, else its index; of the rules that are on.
fn own_label(
    resource: &InstanceResource,
    switches: &RuleSwitches,
    mut complain: impl FnMut(Rule, String),
) -> Option<Own> {
    let hostname = resource.hostname.as_deref().unwrap_or_default();
    if switches.hostname && !hostname.is_empty() {
        let first = hostname.split('.').next().unwrap_or_default();
        match name::label(first) {
            Ok(label) => return Some(Own::Hostname(label)),
            Err(error) => complain(
                Rule::Hostname,
                format!(
                    "the hostname \"{hostname}\" of {} gives no name in DNS: {error}",
                    resource.resource_id
                ),
            ),
        }
    }
    if !switches.resource_index {
        return None;
    }
    let (_, index) = resource.resource_id.split_once('#')?;
    match name::label(index) {
        Ok(label) => Some(Own::Index(label)),
        Err(error) => {
            complain(
                Rule::ResourceIndex,
                format!(
                    "the index of {} gives no name in DNS: {error}",
                    resource.resource_id
                ),
            );
            None
        }
    }
}

fn node_name(instance: &Instance, index: u32, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
    name::labels(&instance.node)
        .map_err(|error| {
            let message = format!(
                "the node \"{}\" gives no name in DNS: {error}",
                instance.node
            );
            diagnostics.push(
                Diagnostic::new(Severity::Warning, message)
                    .by_rule(Rule::Node.index())
                    .at_instance(index),
            );
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use crate::test_cluster::published;

    #[test]
    fn a_site_chooses_which_addresses_are_published() {
        // (instance, resource), for the addresses 10.22.0.1, 10.22.0.2, …
        let cases = [
            (
                "none up",
                &[("down", "down"), ("n/a", "undef")][..],
                "1 2",
                "",
                "1 2",
            ),
            ("one up", &[("up", "up"), ("down", "down")], "1 2", "1", "1"),
            (
                "the instance is down",
                &[("down", "up"), ("warn", "up")],
                "1 2",
                "2",
                "2",
            ),
            (
                "stand by",
                &[("up", "stdby up"), ("up", "stdby down")],
                "1 2",
                "1",
                "1",
            ),
            (
                "instance unknown",
                &[("undef", "up"), ("up", "warn")],
                "1 2",
                "1",
                "1",
            ),
            ("all up", &[("up", "up"), ("up", "up")], "1 2", "1 2", "1 2"),
        ];
        for (case, states, any, up, prefer_up) in cases {
            let instances: Vec<String> = (1..)
                .zip(states)
                .map(|(number, (instance, resource))| {
                    format!(
                        r#""n{number}": {{ "availability": "{instance}", "resources": {{ "ip#0": {{
                            "status": "{resource}", "info": {{ "ipaddr": "10.22.0.{number}" }} }} }} }}"#
                    )
                })
                .collect();
            let service = format!(
                r#""web": {{ "instances": {{ {} }} }}"#,
                instances.join(", ")
            );
            for (wanted, expected) in [("any", any), ("up", up), ("prefer-up", prefer_up)] {
                let settings = format!(r#"{{"availability": "{wanted}"}}"#);
                let made = published(&service, &settings).made_by("round-robin");
                let found: Vec<&str> = made
                    .lines()
                    .filter_map(|line| line.rsplit('.').next())
                    .collect();
                assert_eq!(found.join(" "), expected, "{case}, {wanted}");
            }
        }
    }
}
