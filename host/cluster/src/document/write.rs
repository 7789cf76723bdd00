//! From a [`State`] back to the language of the cluster document: whole, or in the pieces that a store with a key for each
//! keeps.
//!
//! What is written and read again is equal, with these exceptions:
//!
//! - Problems are not written; they may or may not come again.
//! - An instance has the score of its node, not the one it was last handed on with.
//! - Where an agent says what a document must not have (a number among addresses), it is left out.
//!
//! What must come back exactly (the state across restarts) is kept by [`crate::kept`], which is not for people.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use crate::availability::Availability;
use crate::cluster::{Cluster, Network, NetworkScope, Node};
use crate::info::Info;
use crate::service::{Instance, Resource, Service};
use crate::state::State;
use crate::tree::Tree;

type Entries<'a> = Vec<(Cow<'a, str>, Tree<'a>)>;

/// A whole document, without white space and with sorted keys.
#[must_use]
pub fn write(state: &State) -> Vec<u8> {
    let services = state
        .services
        .iter()
        .map(|(path, service)| {
            let mut entries = service_entries(service);
            let instances = service
                .instances
                .iter()
                .map(|instance| (Cow::from(&*instance.node), instance_tree(instance)))
                .collect::<Entries<'_>>();
            add(&mut entries, "instances", map(instances));
            (Cow::from(path.as_str()), Tree::Map(entries))
        })
        .collect();
    let mut cluster = cluster_entries(&state.cluster);
    let nodes = state
        .cluster
        .nodes
        .iter()
        .map(|node| (Cow::from(&*node.name), node_tree(node)))
        .collect::<Entries<'_>>();
    add(&mut cluster, "nodes", map(nodes));
    bytes(&Tree::Map(vec![
        (Cow::from("cluster"), Tree::Map(cluster)),
        (Cow::from("services"), Tree::Map(services)),
    ]))
}

/// The cluster without its nodes.
#[must_use]
pub fn write_cluster(cluster: &Cluster) -> Vec<u8> {
    bytes(&Tree::Map(cluster_entries(cluster)))
}

/// One node.
#[must_use]
pub fn write_node(node: &Node) -> Vec<u8> {
    bytes(&node_tree(node))
}

/// A service without its instances: labels and info.
#[must_use]
pub fn write_service(service: &Service) -> Vec<u8> {
    bytes(&Tree::Map(service_entries(service)))
}

/// One instance.
#[must_use]
pub fn write_instance(instance: &Instance) -> Vec<u8> {
    bytes(&instance_tree(instance))
}

fn bytes(tree: &Tree<'_>) -> Vec<u8> {
    tree.to_string().into_bytes()
}

fn cluster_entries(cluster: &Cluster) -> Entries<'_> {
    let Cluster {
        name,
        nameservers,
        nodes: _,
        networks,
        info,
    } = cluster;
    let mut entries = rest(info, &["name", "dns", "nodes", "networks"]);
    if !name.is_empty() {
        add(&mut entries, "name", Some(text(name)));
    }
    add(&mut entries, "dns", list(nameservers.iter().map(address)));
    add(
        &mut entries,
        "networks",
        list(networks.iter().map(network_tree)),
    );
    entries
}

fn node_tree(node: &Node) -> Tree<'_> {
    let Node {
        name: _,
        score,
        addresses,
        info,
    } = node;
    let mut entries = rest(info, &["score", "addresses"]);
    let score = score.map(|score| Tree::Number(score.into()));
    add(&mut entries, "score", score);
    add(
        &mut entries,
        "addresses",
        list(addresses.iter().map(address)),
    );
    Tree::Map(entries)
}

fn network_tree(network: &Network) -> Tree<'_> {
    let Network {
        name,
        prefix,
        scope,
        subnets,
        info,
    } = network;
    let mut entries = rest(info, &["name", "cidr", "scope", "subnets"]);
    add(&mut entries, "name", Some(text(name)));
    add(&mut entries, "cidr", Some(printed(prefix)));
    if *scope == NetworkScope::Node {
        add(&mut entries, "scope", Some(text("node")));
    }
    let subnets = subnets
        .iter()
        .map(|(node, prefix)| (Cow::from(node.as_str()), printed(prefix)))
        .collect();
    add(&mut entries, "subnets", map(subnets));
    Tree::Map(entries)
}

fn service_entries(service: &Service) -> Entries<'_> {
    let Service {
        path: _,
        labels,
        instances: _,
        info,
        problems: _,
    } = service;
    let mut entries = rest(info, &["labels", "instances"]);
    let labels = labels
        .iter()
        .map(|(key, value)| (Cow::from(&**key), text(value)))
        .collect();
    add(&mut entries, "labels", map(labels));
    entries
}

fn instance_tree(instance: &Instance) -> Tree<'_> {
    let Instance {
        node: _,
        score: _,
        availability,
        resources,
        info,
    } = instance;
    let mut entries = rest(info, &["availability", "resources"]);
    add(&mut entries, "availability", word(*availability));
    let resources = resources
        .iter()
        .map(|resource| (Cow::from(&*resource.id), resource_tree(resource)))
        .collect();
    add(&mut entries, "resources", map(resources));
    Tree::Map(entries)
}

/// A key of which nothing was taken may never have stood in the resource's `info`, or made no sense there: it goes beside
/// it, where it stays what it is and means nothing.
fn resource_tree(resource: &Resource) -> Tree<'_> {
    let Resource {
        id: _,
        status,
        addresses,
        hostname,
        exposes,
        info,
    } = resource;
    let means_nothing = |key: &str| match key {
        "ipaddr" => addresses.is_empty(),
        "hostname" => hostname.is_none(),
        "expose" => exposes.is_empty(),
        _ => false,
    };
    let (mut beside, mut inside): (Entries<'_>, Entries<'_>) = rest(info, &[])
        .into_iter()
        .partition(|(key, _)| means_nothing(key));
    for (key, value) in &mut inside {
        if let ("ipaddr" | "expose", Tree::List(items)) = (&**key, value) {
            items.retain(|item| matches!(item, Tree::Text(_)));
        }
    }
    add(&mut beside, "status", word(*status));
    add(&mut beside, "info", map(inside));
    Tree::Map(beside)
}

/// What a thing has beyond its fields, without keys that a document has fields for.
fn rest<'a>(info: &'a Info, fields: &[&str]) -> Entries<'a> {
    // Invariant: an `Info` is always an object.
    let Ok(Tree::Map(mut entries)) = serde_json::from_str(info.as_json()) else {
        return Vec::new();
    };
    entries.retain(|(key, _)| !fields.contains(&&**key));
    entries
}

fn add<'a>(entries: &mut Entries<'a>, key: &'static str, value: Option<Tree<'a>>) {
    entries.extend(value.map(|value| (Cow::from(key), value)));
}

fn map(entries: Entries<'_>) -> Option<Tree<'_>> {
    (!entries.is_empty()).then_some(Tree::Map(entries))
}

fn list<'a>(items: impl Iterator<Item = Tree<'a>>) -> Option<Tree<'a>> {
    let items: Vec<_> = items.collect();
    (!items.is_empty()).then_some(Tree::List(items))
}

fn text(text: &str) -> Tree<'_> {
    Tree::Text(Cow::from(text))
}

fn printed(value: impl fmt::Display) -> Tree<'static> {
    Tree::Text(value.to_string().into())
}

fn address(address: &IpAddr) -> Tree<'static> {
    printed(address)
}

/// Nothing said is `undef`.
fn word(availability: Availability) -> Option<Tree<'static>> {
    (availability != Availability::Undefined).then(|| text(availability.word()))
}

#[cfg(test)]
mod tests;
