//! A key that is on or off.

use camino::Utf8Path;
use serde_json::json;
use toml_edit::Item;

use super::key::Shape;
use super::setting::{Setting, Wrong};

impl Setting for bool {
    /// On a command line, and in the environment, it is a text.
    const SHAPE: Shape = Shape::Text;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        match (item.as_bool(), item.as_str()) {
            (Some(is_on), _) => Ok(is_on),
            (None, Some("true")) => Ok(true),
            (None, Some("false")) => Ok(false),
            (None, _) => Err(Wrong::needs("true or false", item)),
        }
    }

    fn show(&self) -> serde_json::Value {
        json!(self)
    }
}
