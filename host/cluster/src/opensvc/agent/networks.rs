//! The agent's list of its networks: `GET /api/network`. What moves in it (`free`, `used`, `errors`) is left out.

use crate::cluster::{Network, NetworkScope};
use crate::document::object::{Nulls, Object};
use crate::document::place::Place;
use crate::document::{DocumentError, not_json};
use crate::info::Info;
use crate::prefix::IpPrefix;
use crate::tree::Tree;

/// Sorted by name. A network whose prefix cannot be read is left out: it is the agent's user who wrote it.
pub(super) fn read(text: &[u8]) -> Result<Vec<Network>, DocumentError> {
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
