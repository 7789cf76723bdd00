//! Gives a client those addresses of a name that are on the node nearest to it, where that can be told by networks.
//!
//! It makes no records: it chooses among those of the policies it is stacked with.

use std::collections::BTreeMap;

use serde::Deserialize;
use zonesmith_policy::cluster::{Cluster, Service};
use zonesmith_policy::dns::{IpPrefix, Rdata};
use zonesmith_policy::selection::{Choice, Networks, Query, Selection};
use zonesmith_policy::{
    Configuration, Description, Diagnostic, Policy, Severity, Synthesis, export_policy, settings,
};

/// What the policy keeps from `configure` for `choose`.
pub struct Nearest {
    /// Which node an address is on.
    nodes: Networks<String>,
    /// Which nodes are near to a client, the nearest first.
    near: Networks<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    networks: BTreeMap<String, Vec<String>>,
}

export_policy!(Nearest, selection);

impl Policy for Nearest {
    fn describe() -> Description {
        let documentation =
            "Gives clients the addresses of the node that is nearest to them, by network.";
        Description::new("nearest", env!("CARGO_PKG_VERSION"), documentation)
            .with_settings(include_str!("settings.schema.json"))
    }

    fn configure(cluster: Cluster, settings: &str) -> Result<(Self, Configuration), String> {
        let settings: Settings = settings::read(settings)?;
        let mut near = Vec::new();
        let mut configuration = Configuration::empty();
        for (network, nodes) in settings.networks {
            let prefix: IpPrefix = network
                .parse()
                .map_err(|error| format!("settings.networks: {error}"))?;
            let is_known = |name: &&String| cluster.nodes.iter().any(|node| node.name == **name);
            if let Some(unknown) = nodes.iter().find(|name| !is_known(name)) {
                let message = format!("{unknown} is near to {network}, and no node of the cluster");
                configuration
                    .diagnostics
                    .push(Diagnostic::new(Severity::Warning, message));
            }
            near.push((prefix, nodes));
        }
        // A site's own word about a network counts, so it stands first.
        let nodes = places(&cluster);
        near.extend(
            nodes
                .iter()
                .map(|(prefix, node)| (*prefix, vec![node.clone()])),
        );
        let policy = Self {
            nodes: nodes.into_iter().collect(),
            near: near.into_iter().collect(),
        };
        Ok((policy, configuration))
    }

    fn synthesize(&self, _: &Service) -> Result<Synthesis, String> {
        Ok(Synthesis::empty())
    }
}

/// Where nodes are: their slices of the cluster's networks, and their own addresses.
fn places(cluster: &Cluster) -> Vec<(IpPrefix, String)> {
    let slices = cluster.networks.iter().flat_map(|network| &network.subnets);
    let slices = slices.map(|(node, prefix)| (*prefix, node.clone()));
    let own = cluster.nodes.iter().flat_map(|node| {
        let addresses = node.addresses.iter();
        // All bits that an address of its family has.
        addresses.map(|address| (IpPrefix::of(*address, 128), node.name.clone()))
    });
    slices.chain(own).collect()
}

impl Selection for Nearest {
    fn choose(&self, query: &Query, records: &[Rdata]) -> Option<Choice> {
        let nodes: Vec<Option<&String>> = records.iter().map(|record| self.node(record)).collect();
        let first = nodes.first()?;
        if nodes.iter().all(|node| node == first) {
            // None is nearer than another, whoever asks. So it is with records that are no addresses.
            return None;
        }
        let found = self.near.find(query.client);
        let on = |node: &String| {
            let places = nodes.iter().enumerate();
            let places = places.filter(|(_, of)| **of == Some(node));
            places.map(|(place, _)| place).collect::<Vec<_>>()
        };
        let mut near = found.value.into_iter().flatten().map(on);
        Some(match near.find(|places| !places.is_empty()) {
            Some(places) => Choice::of(places, found.scope),
            None => Choice::all(records.len(), found.scope),
        })
    }
}

impl Nearest {
    /// The node that a record leads to.
    fn node(&self, record: &Rdata) -> Option<&String> {
        if let Rdata::A(address) = record {
            self.nodes.around((*address).into())
        } else if let Rdata::Aaaa(address) = record {
            self.nodes.around((*address).into())
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
