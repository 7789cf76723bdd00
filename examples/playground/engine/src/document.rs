//! The document: the cluster that it speaks of, and its text, in which editors want to be shown places.

use std::sync::Arc;

use zonesmith_cluster::document::spans::{self, Subject};
use zonesmith_cluster::{Cluster, DocumentError, Format, Service, State};

use crate::bindings::exports::zonesmith::playground::workbench as words;
use crate::maker::Maker;
use crate::printed;

/// What was read, and the text that was read last.
#[derive(Default)]
pub(crate) struct Document {
    /// Of the last text, good or not: offsets are in it.
    text: String,
    /// Of the last good one.
    format: Option<Format>,
    state: State,
    cluster: Arc<Cluster>,
}

impl Document {
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn format(&self) -> Option<Format> {
        self.format
    }

    /// What of the cluster a path is about.
    pub(crate) fn subject(&self, path: &str) -> Subject {
        match self.format {
            Some(format) => spans::subject(&self.text, format, path),
            None => Subject::Everything,
        }
    }

    /// Where in the document something was made from.
    pub(crate) fn path_of(&self, maker: &Maker<'_>) -> Option<String> {
        let service = maker.service?;
        Some(spans::path_of(
            self.format?,
            service,
            maker.node(),
            maker.resource(),
        ))
    }

    pub(crate) fn path_of_service(&self, service: &Service) -> Option<String> {
        Some(spans::path_of(self.format?, service, None, None))
    }

    /// Takes a state over; services that did not change stay the same.
    fn take(&mut self, format: Format, state: State) {
        let reconciled = self.state.reconcile(state);
        if reconciled.cluster_changed {
            self.cluster = Arc::new(reconciled.state.cluster.clone());
        }
        self.state = reconciled.state;
        self.format = Some(format);
    }

    /// UTF-16 units before an octet.
    fn units(&self, octets: usize) -> u32 {
        let before = self.text.get(..octets).unwrap_or(&self.text);
        let units = if before.is_ascii() {
            before.len()
        } else {
            before.encode_utf16().count()
        };
        u32::try_from(units).unwrap_or(u32::MAX)
    }

    /// The octet that so many UTF-16 units end at.
    fn octets(&self, units: u32) -> usize {
        let mut left = usize::try_from(units).unwrap_or(usize::MAX);
        let mut characters = self.text.char_indices();
        let behind = characters.find(|(_, character)| {
            let is_behind = left == 0;
            left = left.saturating_sub(character.len_utf16());
            is_behind
        });
        behind.map_or(self.text.len(), |(at, _)| at)
    }

    /// Where a path is in the text.
    pub(crate) fn span(&self, path: &str) -> Option<words::Span> {
        let span = spans::find(&self.text, path)?;
        Some(words::Span {
            from: self.units(span.start),
            to: self.units(span.end),
        })
    }

    fn problem(&self, path: &str, message: String) -> words::DocumentProblem {
        let span = self.span(path);
        words::DocumentProblem {
            path: path.to_owned(),
            message,
            from: span.map_or(0, |span| span.from),
            to: span.map_or(0, |span| span.to),
        }
    }

    /// Why the text says nothing, with where.
    fn refused(&self, error: &DocumentError) -> words::DocumentProblem {
        match error {
            DocumentError::NotJson {
                line,
                column,
                message,
            } => {
                let before: usize = self
                    .text
                    .split_inclusive('\n')
                    .take(line.saturating_sub(1))
                    .map(str::len)
                    .sum();
                let at = self.units((before + column.saturating_sub(1)).min(self.text.len()));
                words::DocumentProblem {
                    path: String::new(),
                    message: message.clone(),
                    from: at,
                    to: at,
                }
            }
            DocumentError::WrongType {
                path,
                expected,
                found,
            } => self.problem(path, format!("expected {expected}, found {found}")),
            DocumentError::Invalid { path, message } => self.problem(path, message.clone()),
            DocumentError::SameService { second, .. } => {
                self.problem(&format!("services.{second}"), error.to_string())
            }
            DocumentError::NotKnownYet { path } => self.problem(path, error.to_string()),
            DocumentError::UnknownFormat => self.problem("", error.to_string()),
        }
    }

    /// Reads a text. One that is refused changes nothing but where places are.
    pub(crate) fn read(&mut self, text: String) -> words::Reading {
        self.text = text;
        let refused = match zonesmith_cluster::read(self.text.as_bytes()) {
            Ok((format, state)) => {
                self.take(format, state);
                None
            }
            Err(error) => Some(self.refused(&error)),
        };
        let problems = match &refused {
            Some(_) => Vec::new(),
            None => printed::problems_of(&self.state)
                .map(|problem| self.problem(&problem.path, problem.message.clone()))
                .collect(),
        };
        words::Reading {
            format: self.format.map(|format| match format {
                Format::ClusterDocument => words::Format::ClusterDocument,
                Format::AgentV3 => words::Format::AgentV3,
                Format::AgentV2 => words::Format::AgentV2,
            }),
            is_refused: refused.is_some(),
            problems: refused.into_iter().chain(problems).collect(),
        }
    }

    pub(crate) fn cluster(&self) -> &Arc<Cluster> {
        &self.cluster
    }

    /// The path of the innermost thing at an offset.
    pub(crate) fn path_at(&self, offset: u32) -> Option<String> {
        spans::path_at(&self.text, self.octets(offset))
    }
}
