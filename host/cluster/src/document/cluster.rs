//! The `cluster` of a document.

use std::sync::Arc;

use super::DocumentError;
use super::object::{Nulls, Object, text};
use super::place::Place;
use crate::cluster::{Cluster, Network, NetworkScope, Node};
use crate::prefix::IpPrefix;
use crate::tree::Tree;

/// A cluster without a name is taken: the configuration may name it.
pub(super) fn read(tree: &Tree<'_>, place: &Place<'_>) -> Result<Cluster, DocumentError> {
    let object = Object::of(tree, place, Nulls::AreWrong)?;
    let nodes = place.key("nodes");
    let mut cluster = Cluster {
        name: object.text("name")?.unwrap_or_default().to_owned(),
        nameservers: object.addresses("dns")?,
        nodes: object
            .map("nodes")?
            .iter()
            .map(|(name, node)| read_node(name, node, &nodes.key(name)))
            .collect::<Result<_, _>>()?,
        networks: object.get("networks").map_or(Ok(Vec::new()), |list| {
            networks(list, &place.key("networks"))
        })?,
        info: object.rest(&["name", "dns", "nodes", "networks"]),
    };
    cluster.nodes.sort_by(|one, two| one.name.cmp(&two.name));
    Ok(cluster)
}

pub(super) fn read_node(
    name: &str,
    tree: &Tree<'_>,
    place: &Place<'_>,
) -> Result<Node, DocumentError> {
    let object = Object::of(tree, place, Nulls::AreWrong)?;
    Ok(Node {
        name: Arc::from(name),
        score: object
            .get("score")
            .map_or(Ok(None), |score| read_score(score, &place.key("score")))?,
        addresses: object.addresses("addresses")?,
        info: object.rest(&["score", "addresses"]),
    })
}

/// The agent's 0 means that it does not know yet.
fn read_score(tree: &Tree<'_>, place: &Place<'_>) -> Result<Option<u8>, DocumentError> {
    let Tree::Number(number) = tree else {
        return Err(place.wrong_type("a number", tree));
    };
    let score = number
        .as_u64()
        .and_then(|score| u8::try_from(score).ok())
        .filter(|score| *score <= 100);
    let score = score.ok_or_else(|| {
        place.invalid(format_args!(
            "a score is a whole number from 0 to 100, not {number}"
        ))
    })?;
    Ok((score > 0).then_some(score))
}

/// A list of networks, also that of the configuration; sorted by name.
pub(crate) fn networks(tree: &Tree<'_>, place: &Place<'_>) -> Result<Vec<Network>, DocumentError> {
    let Tree::List(items) = tree else {
        return Err(place.wrong_type("a list", tree));
    };
    let mut networks: Vec<Network> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let place = place.item(index);
        let network = read_network(item, &place)?;
        if networks.iter().any(|other| other.name == network.name) {
            return Err(place.key("name").invalid(format_args!(
                "another network is called `{}` too",
                network.name
            )));
        }
        networks.push(network);
    }
    networks.sort_by(|one, two| one.name.cmp(&two.name));
    Ok(networks)
}

fn read_network(tree: &Tree<'_>, place: &Place<'_>) -> Result<Network, DocumentError> {
    let object = Object::of(tree, place, Nulls::AreWrong)?;
    let scope = match object.text("scope")? {
        None => NetworkScope::default(),
        Some(word) => NetworkScope::parse(word).ok_or_else(|| {
            place
                .key("scope")
                .invalid(format_args!("`{word}` is neither `cluster` nor `node`"))
        })?,
    };
    let subnets_place = place.key("subnets");
    let mut subnets = Vec::new();
    for (node, prefix) in object.map("subnets")? {
        subnets.push((
            node.to_string(),
            read_prefix(prefix, &subnets_place.key(node))?,
        ));
    }
    subnets.sort_unstable();
    Ok(Network {
        name: text(required(&object, "name")?, &place.key("name"))?.to_owned(),
        prefix: read_prefix(required(&object, "cidr")?, &place.key("cidr"))?,
        scope,
        subnets,
        info: object.rest(&["name", "cidr", "scope", "subnets"]),
    })
}

fn required<'t, 'a>(object: &Object<'t, 'a>, key: &str) -> Result<&'t Tree<'a>, DocumentError> {
    object.get(key).ok_or_else(|| {
        object
            .place
            .invalid(format_args!("a network needs a `{key}`"))
    })
}

fn read_prefix(tree: &Tree<'_>, place: &Place<'_>) -> Result<IpPrefix, DocumentError> {
    let text = text(tree, place)?;
    text.parse()
        .map_err(|fault| place.invalid(format_args!("`{text}`: {fault}")))
}
