//! Sources as settings: one address, or several.

use camino::Utf8Path;
use serde_json::json;
use toml_edit::Item;

use super::{Setting, Wrong, absolute};
use crate::config::key::Shape;
use crate::source::SourceAddress;

impl Setting for SourceAddress {
    const SHAPE: Shape = Shape::Text;

    fn read(item: &Item, base: Option<&Utf8Path>) -> Result<Self, Wrong> {
        let Some(text) = item.as_str() else {
            return Err(Wrong::needs("an address such as `file:PATH`", item));
        };
        let address = text
            .parse::<Self>()
            .map_err(|error| Wrong::new(error.to_string()))?;
        Ok(match address {
            Self::File(path) => Self::File(absolute(path.as_str(), base)),
            Self::StandardInput | Self::Agent(_) | Self::Etcd(_) => address,
        })
    }

    fn show(&self) -> serde_json::Value {
        json!(self.to_string())
    }
}

impl Setting for Vec<SourceAddress> {
    const SHAPE: Shape = Shape::Addresses;

    fn read(item: &Item, base: Option<&Utf8Path>) -> Result<Self, Wrong> {
        let Some(array) = item.as_array() else {
            return SourceAddress::read(item, base).map(|one| vec![one]);
        };
        let mut addresses = Self::new();
        for value in array {
            let read = SourceAddress::read(&Item::Value(value.clone()), base);
            let at = |wrong: Wrong| Wrong {
                at: value.span(),
                ..wrong
            };
            let address = read.map_err(at)?;
            if addresses.contains(&address) {
                return Err(at(Wrong::new(format!("lists {address} twice"))));
            }
            addresses.push(address);
        }
        Ok(addresses)
    }

    fn show(&self) -> serde_json::Value {
        match &**self {
            [] => serde_json::Value::Null,
            [one] => one.show(),
            several => several.iter().map(Setting::show).collect(),
        }
    }
}
