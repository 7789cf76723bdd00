//! A journal written anew: the state as it is, without how it came to be.
//!
//! Beside the one that there is, and renamed over it by whoever wanted it: at no time is there half a file of that name.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;

use camino::Utf8PathBuf;
use zonesmith_cluster::kept::{write_cluster, write_service};
use zonesmith_cluster::{KeptError, Service, State};

use super::entry::{Kind, write};
use super::recall::{About, End, VERSION};

/// Octets gathered before they are written: one call for a change, and no second copy of a large cluster.
const GATHERED: usize = 1024 * 1024;

/// What is to be written.
pub(super) struct Snapshot {
    pub(super) source: String,
    pub(super) state: State,
    pub(super) end: End,
    /// The file beside the journal.
    pub(super) path: Utf8PathBuf,
}

/// What was written.
pub(super) struct Written {
    pub(super) file: File,
    pub(super) length: u64,
}

impl Snapshot {
    /// Writes the whole state to the system, not yet to the disk.
    pub(super) fn write(&self) -> io::Result<Written> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&self.path)?;
        let mut batch = Batch::new(&file);
        let about = About {
            version: VERSION,
            source: self.source.clone(),
        };
        batch.add(Kind::About, &serde_json::to_vec(&about)?)?;
        batch.add_cluster(&self.state)?;
        for service in self.state.services.values() {
            batch.add_service(service)?;
        }
        // The only one in the file as yet: where it is damaged, there is another.
        batch.add(Kind::End, &serde_json::to_vec(&self.end)?)?;
        batch.add(Kind::End, &serde_json::to_vec(&self.end)?)?;
        let length = batch.finish()?;
        Ok(Written { file, length })
    }
}

/// Entries on their way to the end of a file.
pub(super) struct Batch<'f> {
    file: &'f File,
    octets: Vec<u8>,
    written: u64,
}

impl<'f> Batch<'f> {
    pub(super) fn new(file: &'f File) -> Self {
        Self {
            file,
            octets: Vec::new(),
            written: 0,
        }
    }

    pub(super) fn add(&mut self, kind: Kind, content: &[u8]) -> io::Result<()> {
        write(kind, content, &mut self.octets)?;
        if self.octets.len() >= GATHERED {
            self.flush()?;
        }
        Ok(())
    }

    pub(super) fn add_cluster(&mut self, state: &State) -> io::Result<()> {
        let content = write_cluster(&state.cluster, &state.problems).map_err(not_json)?;
        self.add(Kind::Cluster, &content)
    }

    pub(super) fn add_service(&mut self, service: &Service) -> io::Result<()> {
        self.add(Kind::Service, &write_service(service).map_err(not_json)?)
    }

    /// How much was written.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        self.flush()?;
        Ok(self.written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(&self.octets)?;
        self.written += u64::try_from(self.octets.len()).unwrap_or(u64::MAX);
        self.octets.clear();
        Ok(())
    }
}

fn not_json(error: KeptError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
