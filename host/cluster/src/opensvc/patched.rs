//! An agent of generation 2 that is followed: its status, and the patches that it tells of it. Written after what is known
//! of that agent, without a recording of one.
//!
//! The status is kept as the agent has it, since a patch may touch any value in it. What is read again is only the services
//! that were touched; everything, when it was the cluster.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

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
    /// The whole status of a connection that begins.
    ///
    /// # Errors
    ///
    /// If it is none, or of an agent that has just started.
    pub fn take_status(&mut self, text: &[u8]) -> Result<State, DocumentError> {
        let document: Value = serde_json::from_slice(text).map_err(|fault| not_json(&fault))?;
        let is_starting = nodes(&document).any(|(_, node)| {
            matches!(
                field(field(node, "monitor"), "status").as_str(),
                Some("init" | "startup" | "rejoin")
            )
        });
        if is_starting {
            return Err(DocumentError::NotKnownYet {
                path: "monitor.nodes",
            });
        }
        let (_, state) = read(text)?;
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
        Ok(())
    }

    /// Everything as it is now.
    ///
    /// # Errors
    ///
    /// If the agent says what cannot be read.
    pub fn state(&self) -> Result<State, DocumentError> {
        Ok(read(self.document.to_string().as_bytes())?.1)
    }

    /// What these objects are now; none: gone. Those that are no services are left out.
    ///
    /// # Errors
    ///
    /// If the agent says what cannot be read.
    pub fn changes(&self, objects: &BTreeSet<String>) -> Result<Vec<ServiceNow>, DocumentError> {
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
        let (_, state) = read(excerpt.to_string().as_bytes())?;
        let place = Place::root("services");
        let paths = objects
            .iter()
            .filter_map(|object| service_path(object, &place, &mut Vec::new()));
        let now = |path: ServicePath| {
            let service = state.services.get(&path).cloned();
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
mod tests {
    use super::*;
    use crate::outline::{file, outline};

    fn followed() -> (Patched, State) {
        let mut patched = Patched::default();
        let text = file("tests/fixtures/opensvc-v2/daemon-status.json");
        let state = patched.take_status(text.as_bytes()).unwrap();
        (patched, state)
    }

    fn patch(id: u64, data: &Value) -> Vec<u8> {
        json!({ "kind": "patch", "id": id, "ts": 1.5, "data": data })
            .to_string()
            .into_bytes()
    }

    fn at(rest: &[&str]) -> Value {
        let start = ["monitor", "nodes", "n1", "services", "status", "web"];
        json!([start.as_slice(), rest].concat())
    }

    #[test]
    fn a_patch_changes_the_services_it_touches_as_a_whole_status_would() {
        let (mut patched, mut state) = followed();
        let mut touched = Touched::default();
        let address = at(&["resources", "ip#1", "info", "ipaddr"]);
        let data = json!([[address, "10.11.0.99"], [at(&["resources", "ip#2"])]]);
        patched.hear(&patch(7, &data), &mut touched).unwrap();
        assert!(!touched.is_everything);
        assert_eq!(touched.objects, ["web".to_owned()].into());
        let (changed, removed) = state.change(patched.changes(&touched.objects).unwrap());
        assert_eq!((changed.len(), removed.len()), (1, 0));
        assert_eq!(outline(&state), outline(&patched.state().unwrap()));
        assert!(outline(&state).contains("10.11.0.99"));
        // The last instance goes, and its service with it.
        let mut touched = Touched::default();
        let nodes = ["n1", "n2"]
            .map(|node| json!([["monitor", "nodes", node, "services", "status", "web"]]));
        patched
            .hear(&patch(8, &json!(nodes)), &mut touched)
            .unwrap();
        let (_, removed) = state.change(patched.changes(&touched.objects).unwrap());
        assert_eq!(removed, ["web".parse().unwrap()]);
        assert_eq!(outline(&state), outline(&patched.state().unwrap()));
    }

    #[test]
    fn a_gap_or_nonsense_is_an_error() {
        let (mut patched, _) = followed();
        let mut hear = |message: &[u8]| {
            patched
                .hear(message, &mut Touched::default())
                .map_err(|e| e.to_string())
        };
        hear(br#"{"kind":"event","id":"arbitrary"}"#).unwrap();
        hear(&patch(1, &json!([]))).unwrap();
        hear(&patch(2, &json!([]))).unwrap();
        assert_eq!(
            hear(&patch(4, &json!([]))).unwrap_err(),
            "patch 4 came after patch 2"
        );
        for data in [
            json!({}),
            json!([[]]),
            json!([[[]]]),
            json!([[["cluster", "nodes", 9, "x"], 1]]),
        ] {
            let (mut patched, _) = followed();
            let heard = patched.hear(&patch(1, &data), &mut Touched::default());
            assert!(matches!(heard, Err(LostPatch::Nonsense(_))), "{data}");
        }
    }

    #[test]
    fn what_moves_all_the_time_touches_nothing() {
        for (path, value, is_everything) in [
            (
                json!(["monitor", "nodes", "n1", "gen", "n2"]),
                json!(29),
                false,
            ),
            (
                json!(["monitor", "nodes", "n1", "stats", "load_15m"]),
                json!(0.2),
                false,
            ),
            (
                json!(["monitor", "nodes", "n1", "stats", "score"]),
                json!(97),
                false,
            ),
            (
                json!(["monitor", "nodes", "n1", "stats", "score"]),
                json!(80),
                true,
            ),
            (json!(["listener", "stats"]), json!({}), false),
            (json!(["cluster", "name"]), json!("other"), true),
            (json!(["monitor", "nodes", "n3"]), json!({}), true),
        ] {
            let (mut patched, _) = followed();
            let mut touched = Touched::default();
            patched
                .hear(&patch(1, &json!([[path, value]])), &mut touched)
                .unwrap();
            assert_eq!(touched.is_everything, is_everything, "{path}");
            assert!(touched.objects.is_empty(), "{path}");
        }
    }
}
