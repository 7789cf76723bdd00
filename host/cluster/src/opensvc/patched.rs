//! An agent of generation 2 that is followed: its status, and the patches that it tells of it. Written after what is known
//! of that agent, without a recording of one.
//!
//! The status is kept as the agent has it, since a patch may touch any value in it. What is read again is only the services
//! that were touched; everything, when it was the cluster.

mod held;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use self::held::Held;
use super::agent::DroppedPeers;
use super::service_path;
use crate::document::place::Place;
use crate::document::{DocumentError, not_json, read};
use crate::reconcile::SCORE_STEP;
use crate::service::Service;
use crate::service_path::ServicePath;
use crate::state::State;

/// A service as it is now; none: gone.
type ServiceNow = (ServicePath, Option<Arc<Service>>);

/// What a patch touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Objects, as the agent writes their paths.
    pub objects: BTreeSet<String>,
    /// More than single objects.
    pub is_everything: bool,
}

/// The agent's status as it is now.
#[derive(Debug, Default)]
pub struct Patched {
    document: Value,
    /// Of the patch before.
    last_id: Option<u64>,
    peers: DroppedPeers,
    held: Held,
    /// The nodes that do not say everything just now.
    silent: BTreeSet<String>,
}

/// Why a message cannot be followed: ask for the status again.
#[derive(Debug, thiserror::Error)]
pub enum LostPatch {
    /// Some were lost.
    #[error("patch {found} came after patch {last}")]
    Gap {
        /// The one before.
        last: u64,
        /// This one.
        found: u64,
    },
    /// Not what a patch is.
    #[error("a patch makes no sense: {0}")]
    Nonsense(String),
}

impl Patched {
    /// One that has said nothing yet.
    #[must_use]
    pub fn new(peers: DroppedPeers) -> Self {
        Self {
            peers,
            ..Self::default()
        }
    }

    /// What was known when the daemon ended, before anything is heard.
    pub fn seed(&mut self, known: &State) {
        self.held.seed(&known.services);
    }

    /// The whole status of a connection that begins.
    ///
    /// # Errors
    ///
    /// If it is none, or of an agent that has just started, of which nothing was known before.
    pub fn take_status(&mut self, text: &[u8]) -> Result<State, DocumentError> {
        let document: Value = serde_json::from_slice(text).map_err(|fault| not_json(&fault))?;
        if self.held.is_empty() && held::is_starting(&document) {
            return Err(DocumentError::NotKnownYet {
                path: "monitor.nodes",
            });
        }
        let (_, mut state) = read(text)?;
        self.silent = held::silent(&document, self.peers);
        state.services = self.held.all(state.services, &self.silent);
        (self.document, self.last_id) = (document, None);
        Ok(state)
    }

    /// Takes a message of the stream. What is no patch touches nothing.
    ///
    /// # Errors
    ///
    /// If a patch is missing before it, or it cannot be applied.
    pub fn hear(&mut self, message: &[u8], touched: &mut Touched) -> Result<(), LostPatch> {
        let nonsense = |what: &str| LostPatch::Nonsense(what.to_owned());
        let message: Value =
            serde_json::from_slice(message).map_err(|fault| nonsense(&fault.to_string()))?;
        if field(&message, "kind") != "patch" {
            return Ok(());
        }
        let id = field(&message, "id")
            .as_u64()
            .ok_or_else(|| nonsense("it has no id"))?;
        if let Some(last) = self.last_id.replace(id)
            && last + 1 != id
        {
            return Err(LostPatch::Gap { last, found: id });
        }
        let changes = field(&message, "data")
            .as_array()
            .ok_or_else(|| nonsense("it has no data"))?;
        for change in changes {
            let (path, value) = match change.as_array().map(Vec::as_slice) {
                Some([path]) => (path, None),
                Some([path, value]) => (path, Some(value)),
                _ => return Err(nonsense("a change has a path, and a value at most")),
            };
            let path = path
                .as_array()
                .filter(|path| !path.is_empty())
                .ok_or_else(|| nonsense("a change has no path"))?;
            self.touch(path, value, touched);
            apply(&mut self.document, path, value).ok_or_else(|| {
                nonsense(&format!(
                    "there is nothing at {}",
                    Value::from(path.clone())
                ))
            })?;
        }
        let silent = held::silent(&self.document, self.peers);
        if silent != self.silent {
            self.silent = silent;
            touched.is_everything = true;
        }
        Ok(())
    }

    /// Everything as it is now.
    ///
    /// # Errors
    ///
    /// If the agent says what cannot be read.
    pub fn state(&mut self) -> Result<State, DocumentError> {
        let (_, mut state) = read(self.document.to_string().as_bytes())?;
        state.services = self.held.all(state.services, &self.silent);
        Ok(state)
    }

    /// What these objects are now; none: gone. Those that are no services are left out.
    ///
    /// # Errors
    ///
    /// If the agent says what cannot be read.
    pub fn changes(
        &mut self,
        objects: &BTreeSet<String>,
    ) -> Result<Vec<ServiceNow>, DocumentError> {
        let mut kept = Map::new();
        for (name, node) in nodes(&self.document) {
            let status = field(field(node, "services"), "status");
            let own = objects
                .iter()
                .filter_map(|object| Some((object.clone(), status.get(object)?.clone())));
            let own: Map<_, _> = own.collect();
            let node = json!({ "stats": field(node, "stats"), "services": { "status": own } });
            kept.insert(name.clone(), node);
        }
        let excerpt =
            json!({ "cluster": field(&self.document, "cluster"), "monitor": { "nodes": kept } });
        let (_, mut state) = read(excerpt.to_string().as_bytes())?;
        let place = Place::root("services");
        let paths = objects
            .iter()
            .filter_map(|object| service_path(object, &place, &mut Vec::new()));
        let now = |path: ServicePath| {
            let told = state.services.remove(&path);
            let service = self.held.one(path.clone(), told, &self.silent);
            (path, service)
        };
        Ok(paths.map(now).collect())
    }

    /// What a change at `path` means for those who read the status.
    fn touch(&self, path: &[Value], value: Option<&Value>, touched: &mut Touched) {
        let words: Vec<_> = path
            .iter()
            .map(|word| word.as_str().unwrap_or(""))
            .collect();
        match words.as_slice() {
            ["monitor", "nodes", _, "services", "status", object, ..] => {
                touched.objects.insert((*object).to_owned());
            }
            // A score is worth nothing until it moved far.
            ["monitor", "nodes", node, "stats", rest @ ..] => {
                let score = |stats: Option<&Value>| {
                    let stats = stats?;
                    stats.get("score").unwrap_or(stats).as_u64()
                };
                let known = self
                    .document
                    .pointer("/monitor/nodes")
                    .and_then(|nodes| nodes.get(node));
                let before = score(known.and_then(|node| node.get("stats")));
                if matches!(rest, [] | ["score"])
                    && let (Some(before), Some(after)) = (before, score(value))
                {
                    touched.is_everything |= before.abs_diff(after) >= u64::from(SCORE_STEP);
                }
            }
            ["monitor", "nodes", _, "services", "config" | "nodes", ..]
            | [
                "monitor",
                "nodes",
                _,
                "gen" | "monitor" | "frozen" | "hb" | "locks",
                ..,
            ] => {}
            ["monitor", "nodes", ..] | ["monitor"] | ["cluster", ..] => {
                touched.is_everything = true;
            }
            _ => {}
        }
    }
}

/// What stands under `key`; null when nothing does.
fn field<'v>(value: &'v Value, key: &str) -> &'v Value {
    static NULL: Value = Value::Null;
    value.get(key).unwrap_or(&NULL)
}

fn nodes(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    document
        .pointer("/monitor/nodes")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// Sets what is at `path`, or takes it away. None: there is no such place.
fn apply(document: &mut Value, path: &[Value], value: Option<&Value>) -> Option<()> {
    let (last, way) = path.split_last()?;
    let mut place = document;
    for step in way {
        place = match step.as_u64() {
            Some(index) => place
                .as_array_mut()?
                .get_mut(usize::try_from(index).ok()?)?,
            None => {
                if place.is_null() {
                    *place = Value::Object(Map::new());
                }
                place
                    .as_object_mut()?
                    .entry(step.as_str()?)
                    .or_insert(Value::Null)
            }
        };
    }
    match (last.as_u64(), value) {
        (Some(index), value) => {
            let index = usize::try_from(index).ok()?;
            let list = place.as_array_mut()?;
            match value {
                Some(value) if index == list.len() => list.push(value.clone()),
                Some(value) => *list.get_mut(index)? = value.clone(),
                // What is gone is gone.
                None if index < list.len() => drop(list.remove(index)),
                None => {}
            }
        }
        (None, Some(value)) => {
            if place.is_null() {
                *place = Value::Object(Map::new());
            }
            place
                .as_object_mut()?
                .insert(last.as_str()?.to_owned(), value.clone());
        }
        (None, None) => {
            if let Some(object) = place.as_object_mut() {
                object.remove(last.as_str()?);
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests;
