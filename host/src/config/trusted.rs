//! Public keys of those who may sign policies.

use serde_json::json;
use toml_edit::Item;

use super::key::Shape;
use super::setting::{Setting, Wrong};
use crate::trust::TrustedKey;

/// The keys of `trusted-keys`; none when not set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys(pub Vec<TrustedKey>);

impl Setting for Keys {
    const SHAPE: Shape = Shape::List;

    fn read(item: &Item, _: Option<&camino::Utf8Path>) -> Result<Self, Wrong> {
        const WANTED: &str = "a list of public keys, each as the last line of its `.pub` file";
        let Some(array) = item.as_array() else {
            return Err(Wrong::needs(WANTED, item));
        };
        let mut keys = Vec::new();
        for value in array {
            let key: TrustedKey = value
                .as_str()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| Wrong::needs(WANTED, &Item::Value(value.clone())))?;
            if keys.contains(&key) {
                return Err(Wrong {
                    message: format!("lists the key {} twice", key.id()),
                    at: value.span(),
                });
            }
            keys.push(key);
        }
        // An empty list could mean nobody, or anybody: it is neither.
        if keys.is_empty() {
            return Err(Wrong::new(
                "lists no key; leave the key out to believe every component",
            ));
        }
        Ok(Self(keys))
    }

    fn show(&self) -> serde_json::Value {
        if self.0.is_empty() {
            return serde_json::Value::Null;
        }
        json!(self.0.iter().map(TrustedKey::as_str).collect::<Vec<_>>())
    }
}
