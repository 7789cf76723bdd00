//! Reads a history, one state after the other. Of a change only the services that it names are read anew.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value};
use zonesmith_cluster::{Format, Service, ServicePath, State};

use super::{Line, VERSION, patch};

/// The services of a document.
const SERVICES: &str = "services";

/// A state, and when it was recorded.
#[derive(Debug, Clone)]
pub struct Moment {
    /// Milliseconds since 1970.
    pub at: u64,
    /// The cluster as it was.
    pub state: State,
}

/// A history that is read.
pub struct Reader {
    path: Utf8PathBuf,
    lines: BufReader<File>,
    /// Of the last line that was read, from 1.
    number: usize,
    /// Octets up to the end of that line.
    pub(super) length: u64,
    /// As it was there.
    pub(super) document: Value,
    state: Option<State>,
}

impl Reader {
    /// Opens a history.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: &Utf8Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("open {path}"))?;
        Ok(Self::of(path, file))
    }

    pub(super) fn of(path: &Utf8Path, file: File) -> Self {
        Self {
            path: path.to_owned(),
            lines: BufReader::new(file),
            number: 0,
            length: 0,
            document: Value::Null,
            state: None,
        }
    }

    /// The next state; none after the last.
    ///
    /// # Errors
    /// A line makes no sense.
    pub fn next_state(&mut self) -> anyhow::Result<Option<Moment>> {
        let Some(line) = self.next_line()? else {
            return Ok(None);
        };
        let state = match (&line.patch, &self.state) {
            (Some(patch), Some(before)) => self.changed(patch, before),
            _ => None,
        };
        let state = match state {
            Some(state) => state,
            None => read(&self.document).with_context(|| {
                format!("read the cluster in line {} of {}", self.number, self.path)
            })?,
        };
        self.state = Some(state.clone());
        Ok(Some(Moment { at: line.at, state }))
    }

    /// The next line, with the document as it is there; none at the end, or where a line has none.
    pub(super) fn next_line(&mut self) -> anyhow::Result<Option<Line>> {
        let mut text = Vec::new();
        let path = &self.path;
        let length = self.lines.read_until(b'\n', &mut text);
        let length = length.with_context(|| format!("read {path}"))?;
        if text.pop() != Some(b'\n') {
            return Ok(None);
        }
        self.number += 1;
        let number = self.number;
        let line: Line = serde_json::from_slice(&text)
            .with_context(|| format!("line {number} of {path} is none of a history"))?;
        match line.history {
            Some(VERSION) if number == 1 => {}
            None if number > 1 => {}
            Some(version) if number == 1 => {
                bail!("{path} is a history of format {version}; this program reads {VERSION}")
            }
            _ => bail!("line {number} of {path} is none of a history"),
        }
        match (&line.document, &line.patch) {
            (Some(document), None) => self.document.clone_from(document),
            (None, Some(patch)) if number > 1 => patch::apply(patch, &mut self.document),
            _ => bail!("line {number} of {path} has no state"),
        }
        self.length += length as u64;
        Ok(Some(line))
    }

    /// The state after a patch of services alone; none where more must be read.
    fn changed(&self, patch: &Value, before: &State) -> Option<State> {
        let patch = patch.as_object()?;
        let named = patch.get(SERVICES)?.as_object()?;
        if patch.len() > 1 {
            return None;
        }
        let document = self.document.as_object()?;
        let services = document.get(SERVICES)?.as_object()?;
        let mut gone: Vec<ServicePath> = Vec::new();
        let mut changed = Map::new();
        for name in named.keys() {
            match services.get(name) {
                Some(service) => {
                    changed.insert(name.clone(), service.clone());
                }
                None => gone.push(name.parse().ok()?),
            }
        }
        let others = document.iter().filter(|(key, _)| *key != SERVICES);
        let mut part: Map<String, Value> = others
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let expected = changed.len();
        part.insert(SERVICES.to_owned(), Value::Object(changed));
        let part = read(&Value::Object(part)).ok()?;
        if part.services.len() != expected || part.cluster != before.cluster {
            return None;
        }
        let gone = gone.into_iter().map(|path| (path, None));
        let news = part.services.into_iter();
        let news = news.map(|(path, service)| (path, Some(service)));
        let changes: Vec<(ServicePath, Option<Arc<Service>>)> = gone.chain(news).collect();
        let mut state = before.clone();
        state.change(changes);
        Some(state)
    }
}

fn read(document: &Value) -> anyhow::Result<State> {
    let text = serde_json::to_vec(document).context("write the document")?;
    let (format, state) = zonesmith_cluster::read(&text)?;
    if format != Format::ClusterDocument {
        bail!("it is a {format}, not a cluster document");
    }
    Ok(state)
}
