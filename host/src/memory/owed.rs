//! What the journal of a source does not have yet, and how it is added.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};

use zonesmith_cluster::{ServicePath, State};

use super::entry::Kind;
use super::recall::End;
use super::snapshot::Batch;

/// What is not in the file.
#[derive(Default)]
pub(super) struct Owed {
    pub(super) all: bool,
    pub(super) end: bool,
    pub(super) cluster: bool,
    pub(super) services: BTreeSet<ServicePath>,
}

impl Owed {
    /// Adds to the file what it does not have.
    pub(super) fn add(&self, file: &File, state: &State, end: &End) -> io::Result<u64> {
        let mut batch = Batch::new(file);
        if self.cluster {
            batch.add_cluster(state)?;
        }
        for path in &self.services {
            match state.services.get(path) {
                Some(service) => batch.add_service(service)?,
                None => batch.add(Kind::Gone, path.as_str().as_bytes())?,
            }
        }
        batch.add(Kind::End, &serde_json::to_vec(end)?)?;
        batch.finish()
    }
}

/// Makes `length` the end of the file, where the next entry goes.
pub(super) fn cut(mut file: &File, length: u64) -> io::Result<()> {
    file.set_len(length)?;
    file.seek(SeekFrom::Start(length)).map(drop)
}
