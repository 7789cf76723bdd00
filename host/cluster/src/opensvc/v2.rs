//! Generation 2: `om daemon status --format json`.

use std::sync::Arc;

use super::{Gathered, add, pick, score, service_path};
use crate::cluster::{Cluster, Node};
use crate::document::object::{Nulls, Object, RawEntries, entries, raw_entries, text, tree};
use crate::document::place::Place;
use crate::document::service::ServiceReader;
use crate::document::{DocumentError, Format};
use crate::info::Info;
use crate::state::State;
use crate::tree::Tree;

/// Fields of an instance's status that have one here, are the whole service's, move with each refresh, or are of no
/// concern to names.
pub(crate) const FIELDS_OF_INSTANCE: [&str; 9 + FIELDS_OF_SERVICE.len()] = {
    let mut fields = [""; 9 + FIELDS_OF_SERVICE.len()];
    let own = [
        "avail",
        "resources",
        "updated",
        "mtime",
        "status_group",
        "monitor",
        "running",
        "encap",
        "csum",
    ];
    fields.split_at_mut(9).0.copy_from_slice(&own);
    fields.split_at_mut(9).1.copy_from_slice(&FIELDS_OF_SERVICE);
    fields
};

/// What an instance says of its service as a whole.
const FIELDS_OF_SERVICE: [&str; 13] = [
    "app",
    "env",
    "kind",
    "topology",
    "orchestrate",
    "placement",
    "priority",
    "scale",
    "scaler_slave",
    "scaler_slaves",
    "flex_min",
    "flex_max",
    "flex_target",
];

/// `top` is the whole text.
pub(crate) fn read(top: &RawEntries<'_>) -> Result<State, DocumentError> {
    let mut state = State::default();
    let monitor_place = Place::root("monitor");
    let cluster_place = Place::root("cluster");
    let mut nodes = RawEntries::new();
    for (key, value) in top.iter().filter(|(_, value)| value.get() != "null") {
        match &**key {
            "cluster" => read_cluster(
                &tree(value, &cluster_place)?,
                &cluster_place,
                &mut state.cluster,
            )?,
            "monitor" => {
                let monitor = raw_entries(value, &monitor_place)?;
                let listed = monitor
                    .into_iter()
                    .find(|(key, value)| key == "nodes" && value.get() != "null");
                nodes = listed.map_or(Ok(nodes), |(_, list)| {
                    raw_entries(list, &monitor_place.key("nodes"))
                })?;
            }
            _ => {}
        }
    }
    if state.cluster.name.is_empty() {
        return Err(DocumentError::NotKnownYet {
            path: "cluster.name",
        });
    }
    read_nodes(&nodes, &monitor_place.key("nodes"), &mut state)?;
    Ok(state)
}

fn read_nodes(
    nodes: &RawEntries<'_>,
    place: &Place<'_>,
    state: &mut State,
) -> Result<(), DocumentError> {
    let mut lists = Vec::with_capacity(nodes.len());
    for (name, node) in nodes {
        let place = place.key(name);
        let fields = raw_entries(node, &place)?;
        let field = |key: &str| {
            fields
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| *value)
        };
        let stats =
            field("stats").map_or(Ok(Tree::Null), |stats| tree(stats, &place.key("stats")))?;
        let mut said = Vec::new();
        for key in ["env", "labels"] {
            if let Some(value) = field(key) {
                said.push((key.into(), tree(value, &place.key(key))?));
            }
        }
        add_node(
            &mut state.cluster,
            name,
            score(&stats),
            pick(&said, &["env", "labels"]),
        );
        lists.extend(
            field("services")
                .filter(|list| list.get() != "null")
                .map(|list| (name, list)),
        );
    }
    state
        .cluster
        .nodes
        .sort_by(|one, two| one.name.cmp(&two.name));
    let scores = state
        .cluster
        .nodes
        .iter()
        .map(|node| (Arc::clone(&node.name), node.score));
    let mut reader = ServiceReader::new(scores, Format::AgentV2);
    let mut gathered = Gathered::default();
    for (node, services) in lists {
        let node_place = place.key(node);
        let services_place = node_place.key("services");
        let list_place = services_place.key("status");
        let parts = raw_entries(services, &services_place)?;
        let Some((_, list)) = parts
            .iter()
            .find(|(key, value)| key == "status" && value.get() != "null")
        else {
            continue;
        };
        for (key, value) in raw_entries(list, &list_place)? {
            let place = list_place.key(&key);
            let Some(path) = service_path(&key, &place, &mut state.problems) else {
                continue;
            };
            let status = tree(value, &place)?;
            if status == Tree::Null {
                continue;
            }
            let fields = entries(&status, &place)?;
            let service = gathered.service(path, || Ok(pick(fields, &FIELDS_OF_SERVICE)))?;
            let instance = reader.read_instance(node, &status, &place, &mut service.problems)?;
            add(service, instance, &place)?;
        }
    }
    state.services = gathered.finish();
    Ok(())
}

/// `dns` is not always told by this generation: then the configuration must.
fn read_cluster(
    tree: &Tree<'_>,
    place: &Place<'_>,
    cluster: &mut Cluster,
) -> Result<(), DocumentError> {
    let object = Object::of(tree, place, Nulls::AreAbsent)?;
    object
        .text("name")?
        .unwrap_or_default()
        .clone_into(&mut cluster.name);
    cluster.nameservers = object.addresses("dns")?;
    cluster.info = pick(object.entries, &["id"]);
    let nodes_place = place.key("nodes");
    for (index, name) in object.list("nodes")?.iter().enumerate() {
        add_node(
            cluster,
            text(name, &nodes_place.item(index))?,
            None,
            Info::default(),
        );
    }
    Ok(())
}

/// A node may be known by the cluster's configuration, by what it says of itself, or both.
fn add_node(cluster: &mut Cluster, name: &str, score: Option<u8>, info: Info) {
    match cluster.nodes.iter_mut().find(|node| *node.name == *name) {
        Some(node) => (node.score, node.info) = (score, info),
        None => cluster.nodes.push(Node {
            name: name.into(),
            score,
            addresses: Vec::new(),
            info,
        }),
    }
}
