//! The name servers that a NOTIFY goes to, the key that signs it, and an address that is listened on, as the configuration has
//! them.

use std::net::SocketAddr;

use camino::Utf8Path;
use serde_json::json;
use toml_edit::Item;
use zonesmith_zone::name::Name;

use super::key::Shape;
use super::setting::{Setting, Wrong};
use crate::dns_notify::target;

/// Addresses of name servers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets(pub Vec<SocketAddr>);

impl Setting for Targets {
    const SHAPE: Shape = Shape::List;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        const WANTED: &str = "a list of addresses such as [\"192.0.2.53\", \"192.0.2.54:5300\"]";
        let Some(array) = item.as_array() else {
            return Err(Wrong::needs(WANTED, item));
        };
        let mut targets = Vec::new();
        for value in array {
            let target = value.as_str().and_then(target::parse).ok_or_else(|| {
                let wanted = "an IP address, with a port where it is not 53";
                Wrong::needs(wanted, &Item::Value(value.clone()))
            })?;
            if targets.contains(&target) {
                return Err(Wrong {
                    message: format!("lists {} twice", target::print(target)),
                    at: value.span(),
                });
            }
            targets.push(target);
        }
        Ok(Self(targets))
    }

    fn show(&self) -> serde_json::Value {
        json!(
            self.0
                .iter()
                .copied()
                .map(target::print)
                .collect::<Vec<_>>()
        )
    }
}

/// An address of ours, with its port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen(pub SocketAddr);

impl Setting for Listen {
    const SHAPE: Shape = Shape::Text;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        item.as_str()
            .and_then(|text| text.parse().ok())
            .map(Self)
            .ok_or_else(|| Wrong::needs("an address and a port such as \"127.0.0.1:9353\"", item))
    }

    fn show(&self) -> serde_json::Value {
        json!(self.0.to_string())
    }
}

/// The name of a TSIG key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName(pub Name);

impl Setting for KeyName {
    const SHAPE: Shape = Shape::Text;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        let name = item.as_str().and_then(|text| Name::parse(text).ok());
        name.filter(|name| !name.as_ref().is_root())
            .map(Self)
            .ok_or_else(|| Wrong::needs("the name of a TSIG key", item))
    }

    fn show(&self) -> serde_json::Value {
        json!(self.0.to_string().trim_end_matches('.'))
    }
}
