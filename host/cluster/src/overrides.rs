//! What a site's own configuration says of its cluster, over whatever the source says.

use std::net::IpAddr;

use serde::de::{Deserialize, Deserializer, Error};

use crate::cluster::Network;
use crate::document::object::{Nulls, Object};
use crate::document::place::Place;
use crate::document::{DocumentError, networks};
use crate::state::State;
use crate::tree::Tree;

/// The `[cluster]` table of the configuration: each key that is there replaces the source's word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Override {
    /// `name`
    pub name: Option<String>,
    /// `dns`: addresses of DNS servers.
    pub nameservers: Option<Vec<IpAddr>>,
    /// `networks`, a list of tables of the cluster document's shape; sorted by name.
    pub networks: Option<Vec<Network>>,
}

impl<'de> Deserialize<'de> for Override {
    /// Errors name the key: `cluster.dns[0]: …`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = Tree::deserialize(deserializer)?;
        read(&table, &Place::root("cluster")).map_err(D::Error::custom)
    }
}

fn read(table: &Tree<'_>, place: &Place<'_>) -> Result<Override, DocumentError> {
    let object = Object::of(table, place, Nulls::AreWrong)?;
    if let Some((key, _)) = object
        .entries
        .iter()
        .find(|(key, _)| !["name", "dns", "networks"].contains(&&**key))
    {
        return Err(place
            .key(key)
            .invalid("the configuration may name a cluster's `name`, `dns` and `networks`"));
    }
    Ok(Override {
        name: object.text("name")?.map(str::to_owned),
        nameservers: object
            .get("dns")
            .map(|_| object.addresses("dns"))
            .transpose()?,
        networks: object
            .get("networks")
            .map(|list| networks(list, &place.key("networks")))
            .transpose()?,
    })
}

impl State {
    /// Replaces what `over` names.
    pub fn apply_override(&mut self, over: &Override) {
        let Override {
            name,
            nameservers,
            networks,
        } = over;
        if let Some(name) = name {
            self.cluster.name.clone_from(name);
            self.problems
                .retain(|problem| problem.path != crate::document::NAME_PATH);
        }
        if let Some(nameservers) = nameservers {
            self.cluster.nameservers.clone_from(nameservers);
        }
        if let Some(networks) = networks {
            self.cluster.networks.clone_from(networks);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Override, String> {
        serde_json::from_str(json).map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_key_that_is_there_replaces_the_source() {
        let (_, mut state) =
            crate::read(br#"{"cluster": {"dns": ["10.0.0.1"], "networks": [{"name": "a", "cidr": "10.0.0.0/8"}]}}"#).unwrap();
        assert_eq!(
            state.problems.len(),
            1,
            "without a name: {:?}",
            state.problems
        );
        let before = state.cluster.clone();
        state.apply_override(&Override::default());
        assert_eq!(state.cluster, before);
        state.apply_override(&parse(r#"{"name": "c1"}"#).unwrap());
        assert_eq!((&*state.cluster.name, state.problems.len()), ("c1", 0));
        let over = parse(
            r#"{"dns": [], "networks": [{"name": "b", "cidr": "fd00::/8", "scope": "node"}]}"#,
        )
        .unwrap();
        state.apply_override(&over);
        assert_eq!(
            (&*state.cluster.name, state.cluster.nameservers.len()),
            ("c1", 0)
        );
        assert_eq!(Some(state.cluster.networks), over.networks);
    }

    #[test]
    fn what_is_wrong_in_it_is_named() {
        for (json, sentence) in [
            (
                r#"{"dns": ["ns1"]}"#,
                "cluster.dns[0]: `ns1` is no IP address",
            ),
            (
                r#"{"dns": "10.0.0.1"}"#,
                "cluster.dns: expected a list, found a text",
            ),
            (
                r#"{"nodes": {}}"#,
                "cluster.nodes: the configuration may name a cluster's `name`, `dns` and `networks`",
            ),
            (
                r#"{"networks": [{"cidr": "10.0.0.0/8"}]}"#,
                "cluster.networks[0]: a network needs a `name`",
            ),
        ] {
            assert_eq!(parse(json).unwrap_err(), sentence, "{json}");
        }
    }
}
