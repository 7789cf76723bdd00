//! The agent's list of its networks, `GET /api/network`, and which slice of each belongs to which node, which only the
//! cluster's configuration says (`subnet@NODE`). What moves in the list (`free`, `used`, `errors`) is left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cluster::{Network, NetworkScope};
use crate::document::object::{Nulls, Object};
use crate::document::place::Place;
use crate::document::{DocumentError, not_json};
use crate::info::Info;
use crate::prefix::IpPrefix;
use crate::tree::Tree;

/// Slices of a network: node and prefix, sorted by node.
type Subnets = Vec<(String, IpPrefix)>;

/// The networks of a cluster as its agent has just told them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Networks {
    /// Sorted by name.
    list: Vec<Network>,
    /// Of those whose slices were told.
    subnets: BTreeMap<String, Subnets>,
}

impl Networks {
    /// The answer to `GET /api/network`. A network whose prefix cannot be read is left out: it is the agent's user who
    /// wrote it.
    ///
    /// # Errors
    ///
    /// If it is no such list.
    pub fn read(text: &[u8]) -> Result<Self, DocumentError> {
        let subnets = BTreeMap::new();
        read(text).map(|list| Self { list, subnets })
    }

    /// The keywords of the configuration that say what is whose, a list for each network that has slices.
    #[must_use]
    pub fn keywords(&self, nodes: &[Arc<str>]) -> Vec<Vec<String>> {
        let sliced = self.list.iter().filter(|network| {
            // A bridge is each node's own, whole.
            network.scope == NetworkScope::Cluster
        });
        let keywords = |network: &Network| {
            let keyword = |node| format!("network#{}.subnet@{node}", network.name);
            nodes.iter().map(keyword).collect()
        };
        sliced.map(keywords).collect()
    }

    /// The answer to `GET /api/cluster/config` for one of the lists of [`Networks::keywords`].
    ///
    /// # Errors
    ///
    /// If it is no such answer.
    pub fn take_subnets(&mut self, text: &[u8]) -> Result<(), DocumentError> {
        let tree: Tree<'_> = serde_json::from_slice(text).map_err(|fault| not_json(&fault))?;
        let root = Place::root("config");
        let place = root.key("items");
        for (index, item) in Object::of(&tree, &root, Nulls::AreAbsent)?
            .list("items")?
            .iter()
            .enumerate()
        {
            let place = place.item(index);
            let object = Object::of(item, &place, Nulls::AreAbsent)?;
            let keyword = object.text("keyword")?.unwrap_or_default();
            let Some((name, node)) = keyword
                .strip_prefix("network#")
                .and_then(|rest| rest.split_once(".subnet@"))
            else {
                continue;
            };
            let subnets = self.subnets.entry(name.to_owned()).or_default();
            // Empty: none yet. Its user wrote it, so it may be anything.
            if let Some(Ok(prefix)) = object.text("value")?.map(str::parse) {
                subnets.push((node.to_owned(), prefix));
            }
            subnets.sort();
        }
        Ok(())
    }

    /// The whole list, where slices that could not be asked for are those that were `known`.
    pub(super) fn over(mut self, known: &[Network]) -> Vec<Network> {
        for network in &mut self.list {
            let before = || {
                let before = known.iter().find(|before| before.name == network.name);
                before.map(|before| before.subnets.clone())
            };
            let told = self.subnets.remove(&network.name);
            network.subnets = told.or_else(before).unwrap_or_default();
        }
        self.list
    }
}

/// Sorted by name.
fn read(text: &[u8]) -> Result<Vec<Network>, DocumentError> {
    let tree: Tree<'_> = serde_json::from_slice(text).map_err(|fault| not_json(&fault))?;
    let root = Place::root("network");
    let list = Object::of(&tree, &root, Nulls::AreAbsent)?;
    let place = root.key("items");
    let mut networks: Vec<Network> = Vec::new();
    for (index, item) in list.list("items")?.iter().enumerate() {
        let place = place.item(index);
        let object = Object::of(item, &place, Nulls::AreAbsent)?;
        let (Some(name), Some(prefix)) = (object.text("name")?, object.text("network")?) else {
            continue;
        };
        let Ok(prefix) = prefix.parse::<IpPrefix>() else {
            continue;
        };
        if networks.iter().any(|other| other.name == name) {
            continue;
        }
        // Only what is routed means the same on every node; a bridge, and `lo`, are each node's own.
        let scope = match object.text("type")? {
            Some("bridge" | "lo") => NetworkScope::Node,
            _ => NetworkScope::Cluster,
        };
        let entries = object.entries.iter().filter(|(key, _)| key == "type");
        networks.push(Network {
            name: name.to_owned(),
            prefix,
            scope,
            subnets: Vec::new(),
            info: Info::from_entries(entries.map(|(key, value)| (&**key, value)).collect()),
        });
    }
    networks.sort_by(|one, two| one.name.cmp(&two.name));
    Ok(networks)
}
