//! From the bytes of a source to a [`State`].
//!
//! One scan finds broken JSON and where, and which language it is; then one service at a time is taken apart, so that a
//! document of 100,000 never stands in memory as a tree.
//!
//! A wrong type is an error that names its path, and refuses the document: whoever wrote it is a person or a program that
//! can be told. What an agent passes on unchecked from its users (an address, an expose) is a [`crate::Problem`].

mod cluster;
pub(crate) mod object;
pub mod piece;
pub(crate) mod place;
pub(crate) mod service;
pub mod spans;
pub mod write;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use crate::opensvc;
use crate::problem::Problem;
use crate::service::Service;
use crate::service_path::ServicePath;
use crate::state::State;
use object::{RawEntries, RawObject, raw_entries, tree};
use place::Place;
use service::ServiceReader;

pub(crate) use cluster::networks;

/// Where [`State::problems`] says that the cluster has no name.
pub(crate) const NAME_PATH: &str = "cluster.name";

/// What a text turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Our own (`host/etc/cluster.schema.json`).
    ClusterDocument,
    /// What an OpenSVC agent of generation 3 prints: `om cluster status -o json`, `GET /api/cluster/status`.
    AgentV3,
    /// What an OpenSVC agent of generation 2 prints: `om daemon status --format json`.
    AgentV2,
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::ClusterDocument => "cluster document",
            Self::AgentV3 => "status of an OpenSVC v3 agent",
            Self::AgentV2 => "status of an OpenSVC v2 agent",
        })
    }
}

/// Why a text, as a whole, says nothing of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not JSON, or not all of it.
    #[error("line {line}, column {column}: {message}")]
    NotJson {
        /// From 1.
        line: usize,
        /// In octets, from 1; 0 right after a line break.
        column: usize,
        /// The parser's word.
        message: String,
    },
    /// JSON, but of something else.
    #[error(
        "neither a cluster document (an object with `cluster` and `services`) nor the status of an OpenSVC agent"
    )]
    UnknownFormat,
    /// A value that cannot be taken for what it should be.
    #[error("{path}: expected {expected}, found {found}")]
    WrongType {
        /// From the document's root.
        path: String,
        /// `a text`
        expected: &'static str,
        /// `a number`
        found: &'static str,
    },
    /// A value of the right type that has no meaning.
    #[error("{path}: {message}")]
    Invalid {
        /// From the document's root.
        path: String,
        /// A sentence.
        message: String,
    },
    /// Two ways to write one path, side by side.
    #[error("services: `{first}` and `{second}` are both the service {path}")]
    SameService {
        /// The service.
        path: ServicePath,
        /// A key of `services`.
        first: String,
        /// The other.
        second: String,
    },
    /// An agent that has just started.
    #[error("{path}: the agent does not know its cluster yet; ask it again in a moment")]
    NotKnownYet {
        /// Of the cluster's name, from the document's root.
        path: &'static str,
    },
}

/// Reads a cluster's state in any of the languages of [`Format`]: which one, is told by what is in it.
///
/// # Errors
///
/// If the text is refused as a whole; see [`DocumentError`].
pub fn read(text: &[u8]) -> Result<(Format, State), DocumentError> {
    let text = str::from_utf8(text).map_err(|fault| not_utf8(text, fault.valid_up_to()))?;
    let RawObject(top) = match serde_json::from_str(text) {
        Ok(top) => top,
        Err(fault) if fault.is_data() && !text.trim_start().starts_with('{') => {
            return Err(DocumentError::UnknownFormat);
        }
        Err(fault) => return Err(not_json(&fault)),
    };
    let has = |key: &str| top.iter().any(|(name, _)| name == key);
    if has("monitor") && !has("services") {
        return Ok((Format::AgentV2, opensvc::v2::read(&top)?));
    }
    if !has("cluster") && !has("services") {
        return Err(DocumentError::UnknownFormat);
    }
    let place = Place::root("cluster");
    let cluster = top
        .iter()
        .find(|(key, _)| key == "cluster")
        .map(|(_, value)| *value);
    let fields = cluster
        .map(|cluster| raw_entries(cluster, &place))
        .transpose()?
        .unwrap_or_default();
    let has_field = |key: &str| fields.iter().any(|(name, _)| name == key);
    if has_field("config") && !has_field("name") {
        let state = opensvc::v3::read(&fields)?.state;
        if state.cluster.name.is_empty() {
            return Err(DocumentError::NotKnownYet {
                path: "cluster.config.name",
            });
        }
        return Ok((Format::AgentV3, state));
    }
    Ok((Format::ClusterDocument, read_document(&top)?))
}

fn read_document(top: &RawEntries<'_>) -> Result<State, DocumentError> {
    let mut state = State::default();
    let mut services = RawEntries::new();
    for (key, value) in top {
        let place = Place::root(key);
        match &**key {
            "cluster" => state.cluster = cluster::read(&tree(value, &place)?, &place)?,
            "services" => services = raw_entries(value, &place)?,
            "$schema" => {}
            _ => state.problems.push(Problem::new(
                place,
                "a cluster document has `cluster` and `services`; this is ignored",
            )),
        }
    }
    if state.cluster.name.is_empty() {
        state.problems.push(Problem::new(
            NAME_PATH,
            "the cluster has no name, so it has no zone; name it here or in the configuration",
        ));
    }
    let scores = state
        .cluster
        .nodes
        .iter()
        .map(|node| (Arc::clone(&node.name), node.score));
    let mut reader = ServiceReader::new(scores, Format::ClusterDocument);
    let mut read = Vec::with_capacity(services.len());
    let mut shortened = HashMap::new();
    let root = Place::root("services");
    for (key, value) in services {
        let place = root.key(&key);
        let path: ServicePath = key.parse().map_err(|fault| place.invalid(fault))?;
        read.push((
            path.clone(),
            Arc::new(reader.read_service(&path, &tree(value, &place)?, &place)?),
        ));
        if *key != *path.as_str()
            && let Some(first) = shortened.insert(path.clone(), key.to_string())
        {
            return Err(DocumentError::SameService {
                path,
                first,
                second: key.into_owned(),
            });
        }
    }
    state.services = by_path(read, &shortened)?;
    Ok(state)
}

/// Sorts `services`; `shortened` has the keys that are not the whole path.
fn by_path(
    mut services: Vec<(ServicePath, Arc<Service>)>,
    shortened: &HashMap<ServicePath, String>,
) -> Result<BTreeMap<ServicePath, Arc<Service>>, DocumentError> {
    services.sort_by(|(one, _), (two, _)| one.cmp(two));
    let twice = services.windows(2).find_map(|pair| match pair {
        [(one, _), (two, _)] if one == two => Some(one),
        _ => None,
    });
    match twice {
        None => Ok(services.into_iter().collect()),
        // Equal keys are refused by the scan, two shortened ones above: here one is whole.
        Some(path) => Err(DocumentError::SameService {
            path: path.clone(),
            first: shortened.get(path).cloned().unwrap_or_default(),
            second: path.to_string(),
        }),
    }
}

/// The parser's complaint about a whole text.
pub(crate) fn not_json(fault: &serde_json::Error) -> DocumentError {
    DocumentError::NotJson {
        line: fault.line(),
        column: fault.column(),
        message: without_position(fault),
    }
}

fn not_utf8(text: &[u8], valid: usize) -> DocumentError {
    let valid = text.get(..valid).unwrap_or_default();
    let line_start = valid
        .iter()
        .rposition(|octet| *octet == b'\n')
        .map_or(0, |place| place + 1);
    DocumentError::NotJson {
        line: valid.iter().filter(|octet| **octet == b'\n').count() + 1,
        column: valid.len() - line_start + 1,
        message: "the text is not UTF-8".to_owned(),
    }
}

/// What the parser says, without the place: that is said elsewhere, or is one inside a part.
fn without_position(fault: &serde_json::Error) -> String {
    let text = fault.to_string();
    let place = format!(" at line {} column {}", fault.line(), fault.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests;
