//! Where a service is: each address of each resource of each instance, with what the rules want to know of it.
//!
//! The agents publish an address whatever its resource does, and so do we by default: the contract. `availability` asks for
//! less. An address counts as up when its resource is `up` or `stdby up`, on an instance that is neither `down` nor
//! `stdby down`. Those that are up come first: where several places make the same record (an address that fails over), it says
//! that it comes from the one that is up, and an SRV has the weight of that node.
//!
//! `prefer-up` looks at one service object: of the slices of a scaler each decides for itself.

use std::net::IpAddr;

use zonesmith_policy::cluster::{self, Instance, PortExposure, Resource, Service};
use zonesmith_policy::dns::Origin;
use zonesmith_policy::{Diagnostic, name};

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
    at: cluster::Place<'a>,
    own: Option<Own>,
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
    /// Its resource and instance.
    pub(crate) origin: Origin,
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
        let has_address = |resource: &Resource| !resource.addresses.is_empty();
        for at in service.places().filter(|at| has_address(at.resource)) {
            let own = own_label(&at, &settings.rules, diagnostics);
            resources.push(Located { at, own });
        }
        let on_node = (0..).zip(&service.instances).map(|(index, instance)| {
            // A node without an address of this service needs no name.
            let is_named = settings.rules.node && instance.resources.iter().any(has_address);
            let node = is_named.then(|| node_name(instance, index, diagnostics));
            node.flatten().map(|node| names.on_node(&node))
        });
        let on_node = on_node.collect();
        let only_up = match settings.availability {
            Wanted::Any => false,
            Wanted::Up => true,
            Wanted::PreferUp => resources.iter().any(|located| located.at.is_up()),
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
        let having = |is_up: bool| move |located: &&Located<'_>| located.at.is_up() == is_up;
        let up = self.resources.iter().filter(having(true));
        let others = self.resources.iter().filter(having(false));
        let others = others.take(if self.only_up { 0 } else { usize::MAX });
        up.chain(others).flat_map(|located| {
            let (hostname, index) = match &located.own {
                Some(Own::Hostname(label)) => (Some(label.as_str()), None),
                Some(Own::Index(label)) => (None, Some(label.as_str())),
                None => (None, None),
            };
            let on_node = usize::try_from(located.at.origin.instance)
                .ok()
                .and_then(|instance| self.on_node.get(instance))
                .and_then(Option::as_deref);
            located
                .at
                .resource
                .addresses
                .iter()
                .map(move |&address| Place {
                    address,
                    origin: located.at.origin,
                    hostname,
                    index,
                    on_node,
                    score: located.at.instance.score,
                    exposes: &located.at.resource.exposes,
                })
        })
    }
}

/// The resource's own label: the first of its hostname, else its index; of the rules that are on.
fn own_label(
    at: &cluster::Place<'_>,
    switches: &RuleSwitches,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Own> {
    let hostname = at.resource.hostname.as_deref().unwrap_or_default();
    if switches.hostname && !hostname.is_empty() {
        let first = hostname.split('.').next().unwrap_or_default();
        match name::label(first) {
            Ok(label) => return Some(Own::Hostname(label)),
            Err(why) => {
                let diagnostic = at.no_name("hostname", hostname, why);
                diagnostics.push(diagnostic.by_rule(Rule::Hostname));
            }
        }
    }
    if !switches.resource_index {
        return None;
    }
    let index = at.resource.index()?;
    match name::label(index) {
        Ok(label) => Some(Own::Index(label)),
        Err(why) => {
            let diagnostic = at.no_name("index", index, why);
            diagnostics.push(diagnostic.by_rule(Rule::ResourceIndex));
            None
        }
    }
}

fn node_name(instance: &Instance, index: u32, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
    let node = &instance.node;
    name::labels(node)
        .map_err(|why| {
            let diagnostic = Diagnostic::no_name("node", node, why).by_rule(Rule::Node);
            diagnostics.push(diagnostic.at(Origin::instance(index)));
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
