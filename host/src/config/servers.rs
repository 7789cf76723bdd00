//! The servers whose caches are purged, as the configuration has them.

use std::fmt::Display;
use std::str::FromStr;

use camino::Utf8Path;
use serde_json::json;
use toml_edit::Item;

use super::key::Shape;
use super::setting::{Setting, Wrong};
use crate::janitor::address::{AUTHORITATIVE, Authoritative, RECURSOR, Recursor, Ways};

impl Setting for Vec<Ways<Authoritative>> {
    const SHAPE: Shape = Shape::List;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        servers(item, AUTHORITATIVE)
    }

    fn show(&self) -> serde_json::Value {
        texts(self)
    }
}

impl Setting for Vec<Ways<Recursor>> {
    const SHAPE: Shape = Shape::List;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        servers(item, RECURSOR)
    }

    fn show(&self) -> serde_json::Value {
        texts(self)
    }
}

fn servers<T: FromStr<Err: Display> + PartialEq + Display>(
    item: &Item,
    wanted: &str,
) -> Result<Vec<T>, Wrong> {
    let Some(array) = item.as_array() else {
        return Err(Wrong::needs(
            &format!("a list of servers, each {wanted}"),
            item,
        ));
    };
    let mut servers = Vec::new();
    for value in array {
        let text = value.as_str();
        let text = text.ok_or_else(|| Wrong::needs(wanted, &Item::Value(value.clone())))?;
        let server: T = text.parse().map_err(|error| Wrong {
            message: format!("has \"{text}\", which {error}"),
            at: value.span(),
        })?;
        if servers.contains(&server) {
            return Err(Wrong {
                message: format!("lists {server} twice"),
                at: value.span(),
            });
        }
        servers.push(server);
    }
    Ok(servers)
}

fn texts<T: Display>(servers: &[T]) -> serde_json::Value {
    json!(servers.iter().map(T::to_string).collect::<Vec<_>>())
}
