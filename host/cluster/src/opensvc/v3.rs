//! Generation 3: `om cluster status -o json`, `GET /api/cluster/status`.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::{Gathered, add, pick, score, service_path};
use crate::availability::Availability;
use crate::cluster::{Cluster, Node};
use crate::document::object::{Nulls, Object, RawEntries, entries, find, raw_entries, text, tree};
use crate::document::place::Place;
use crate::document::service::ServiceReader;
use crate::document::{DocumentError, Format};
use crate::info::Info;
use crate::service::Instance;
use crate::service_path::ServicePath;
use crate::state::State;
use crate::tree::Tree;

/// Fields of an instance's status that have one here, move with each refresh or start (`updated_at`, `running`,
/// `last_started_at`), or are of no concern to names (`encap`: what runs inside a virtual machine has its own agent).
pub(crate) const FIELDS_OF_INSTANCE: [&str; 6] = [
    "avail",
    "resources",
    "updated_at",
    "running",
    "last_started_at",
    "encap",
];

/// What an instance's configuration says of its service as a whole.
const FIELDS_OF_SERVICE: [&str; 7] = [
    "app",
    "env",
    "topology",
    "orchestrate",
    "placement_policy",
    "priority",
    "flex",
];

/// A status, and what only one who follows the agent wants to know of it. The cluster has no name in an agent's first
/// moment.
#[derive(Default)]
pub(crate) struct Status {
    pub(crate) state: State,
    /// Instances that are configured, and whose state the agent does not know yet.
    pub(crate) pending: Vec<(ServicePath, Arc<str>)>,
    /// Nodes that the agent hears of, with the date each one's agent started at.
    pub(crate) present: Vec<(Box<str>, Box<str>)>,
    /// Whether the object that every cluster has is among those with a state.
    pub(crate) has_told_cluster: bool,
}

/// `cluster` is what stands under that key.
pub(crate) fn read(cluster: &RawEntries<'_>) -> Result<Status, DocumentError> {
    let root = Place::root("cluster");
    let nodes_place = root.key("node");
    let mut status = Status::default();
    let state = &mut status.state;
    let mut lists = Vec::new();
    for (key, value) in cluster.iter().filter(|(_, value)| value.get() != "null") {
        match &**key {
            "config" => read_config(
                &tree(value, &root.key("config"))?,
                &root.key("config"),
                &mut state.cluster,
            )?,
            "node" => {
                for (name, node) in raw_entries(value, &nodes_place)? {
                    let (list, started_at) =
                        read_node(&name, node, &nodes_place.key(&name), &mut state.cluster)?;
                    status.present.push((Box::from(&*name), started_at));
                    lists.extend(list.map(|list| (name, list)));
                }
            }
            _ => {}
        }
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
    let mut reader = ServiceReader::new(scores, Format::AgentV3);
    let mut gathered = Gathered::default();
    for (node, list) in lists {
        let node_place = nodes_place.key(&node);
        let list_place = node_place.key("instance");
        for (key, value) in raw_entries(list, &list_place)? {
            let place = list_place.key(&key);
            let Some(path) = service_path(&key, &place, &mut state.problems) else {
                if key == "cluster" && has_status(&raw_entries(value, &place)?) {
                    status.has_told_cluster = true;
                }
                continue;
            };
            let parts = raw_entries(value, &place)?;
            if let Some(node) = read_instance(
                &node,
                path.clone(),
                &parts,
                &place,
                &mut reader,
                &mut gathered,
            )? {
                status.pending.push((path, node));
            }
        }
    }
    state.services = gathered.finish();
    Ok(status)
}

fn has_status(parts: &RawEntries<'_>) -> bool {
    parts
        .iter()
        .any(|(key, value)| key == "status" && value.get() != "null")
}

/// Adds a node to the cluster; gives its list of instances, and when its agent started.
fn read_node<'a>(
    name: &str,
    node: &'a RawValue,
    place: &Place<'_>,
    cluster: &mut Cluster,
) -> Result<(Option<&'a RawValue>, Box<str>), DocumentError> {
    let (mut stats, mut config, mut instances) = (Tree::Null, Tree::Null, None);
    let mut started_at = Box::default();
    for (key, value) in raw_entries(node, place)? {
        match &*key {
            "stats" => stats = tree(value, &place.key("stats"))?,
            "config" => config = tree(value, &place.key("config"))?,
            "instance" if value.get() != "null" => instances = Some(value),
            "daemon" => {
                if let Tree::Map(daemon) = tree(value, &place.key("daemon"))?
                    && let Some(Tree::Text(date)) = find(&daemon, "started_at")
                {
                    started_at = Box::from(&**date);
                }
            }
            _ => {}
        }
    }
    add_node(cluster, name, &stats, &config);
    Ok((instances, started_at))
}

/// Adds an instance to its service; gives its node when its state is not known yet.
fn read_instance(
    node: &str,
    path: ServicePath,
    parts: &RawEntries<'_>,
    place: &Place<'_>,
    reader: &mut ServiceReader,
    gathered: &mut Gathered,
) -> Result<Option<Arc<str>>, DocumentError> {
    let part = |key: &str| {
        parts
            .iter()
            .find(|(name, value)| name == key && value.get() != "null")
    };
    // A deleted instance stays in the list until the agent restarts, without its configuration.
    let Some((_, config)) = part("config") else {
        return Ok(None);
    };
    let service = gathered.service(path, || {
        let place = place.key("config");
        Ok(reader.share(service_info(&tree(config, &place)?, &place)?))
    })?;
    let Some((_, status)) = part("status") else {
        let instance = not_known(reader, node);
        let node = Arc::clone(&instance.node);
        add(service, instance, place)?;
        return Ok(Some(node));
    };
    let status_place = place.key("status");
    let instance = reader.read_instance(
        node,
        &tree(status, &status_place)?,
        &status_place,
        &mut service.problems,
    )?;
    add(service, instance, place)?;
    Ok(None)
}

/// What an instance's configuration says of the service.
pub(crate) fn service_info(config: &Tree<'_>, place: &Place<'_>) -> Result<Info, DocumentError> {
    Ok(pick(entries(config, place)?, &FIELDS_OF_SERVICE))
}

/// Configured, and its state not known yet: an instance without resources.
pub(crate) fn not_known(reader: &mut ServiceReader, node: &str) -> Instance {
    let (node, score) = reader.node(node);
    Instance {
        node,
        score,
        availability: Availability::Undefined,
        resources: Box::default(),
        info: Info::default(),
    }
}

/// What the cluster's configuration says.
pub(crate) fn read_config(
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
            &Tree::Null,
            &Tree::Null,
        );
    }
    Ok(())
}

/// What a node's configuration says of it.
pub(crate) fn node_info(config: &Tree<'_>) -> Info {
    if let Tree::Map(config) = config {
        pick(config, &["env", "labels"])
    } else {
        Info::default()
    }
}

/// A node may be known by the cluster's configuration, by what it says of itself, or both.
fn add_node(cluster: &mut Cluster, name: &str, stats: &Tree<'_>, config: &Tree<'_>) {
    let said = Node {
        name: name.into(),
        score: score(stats),
        addresses: Vec::new(),
        info: node_info(config),
    };
    match cluster.nodes.iter_mut().find(|node| *node.name == *name) {
        Some(node) if said.score.is_some() || !said.info.is_empty() => *node = said,
        Some(_) => {}
        None => cluster.nodes.push(said),
    }
}
