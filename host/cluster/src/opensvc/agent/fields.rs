//! The fields of an event, taken apart.

use crate::document::DocumentError;
use crate::document::object::{RawEntries, find, text, tree};
use crate::document::place::Place;
use crate::tree::Tree;

/// Who says it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// The agent itself, now.
    Agent,
    /// The replay of what it knows.
    Cache,
    /// Another node's agent, passed on.
    Peer,
}

/// What most events have.
pub(super) struct Event<'d> {
    fields: &'d RawEntries<'d>,
    pub(super) author: Author,
    /// Empty: none.
    pub(super) node: String,
    /// As the agent writes it. Empty: none.
    pub(super) path: String,
}

impl<'d> Event<'d> {
    pub(super) fn read(fields: &'d RawEntries<'d>) -> Result<Self, DocumentError> {
        let mut event = Self {
            fields,
            author: Author::Agent,
            node: String::new(),
            path: String::new(),
        };
        event.node = event.word("node")?.unwrap_or_default();
        event.path = event.word("path")?.unwrap_or_default();
        if let Some(Tree::Map(labels)) = event.tree("labels")? {
            // Which of the two labels says so depends on the kind.
            for key in ["source", "from"] {
                match find(&labels, key) {
                    Some(Tree::Text(word)) if word == "cache" => event.author = Author::Cache,
                    Some(Tree::Text(word)) if word == "peer" => event.author = Author::Peer,
                    _ => {}
                }
            }
        }
        Ok(event)
    }

    /// The value of a field; none when it is null or not there.
    pub(super) fn tree(&self, key: &str) -> Result<Option<Tree<'d>>, DocumentError> {
        let value = self.fields.iter().find(|(name, _)| name == key);
        let value = value.map(|(_, value)| tree(value, &Place::root(key)));
        Ok(value.transpose()?.filter(|value| *value != Tree::Null))
    }

    /// The text of a field; none when it is null or not there.
    pub(super) fn word(&self, key: &str) -> Result<Option<String>, DocumentError> {
        let value = self.tree(key)?;
        let word = value.map(|value| text(&value, &Place::root(key)).map(str::to_owned));
        word.transpose()
    }
}

/// Where an instance stands in a status, so that its faults are told alike.
pub(super) struct InstancePlace<'e> {
    pub(super) node: &'e str,
    /// As the agent writes it.
    pub(super) path: &'e str,
}

impl InstancePlace<'_> {
    /// With the place of one of its parts.
    pub(super) fn with<T>(&self, part: &str, use_place: impl FnOnce(&Place<'_>) -> T) -> T {
        let root = Place::root("cluster");
        let nodes = root.key("node");
        let node = nodes.key(self.node);
        let list = node.key("instance");
        let instance = list.key(self.path);
        use_place(&instance.key(part))
    }
}
