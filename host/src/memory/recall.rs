//! Reading a journal: the last state that was kept whole, and what of the file is not what was written.
//!
//! What is told at once is kept at once: entries count only when the end that follows them is there. A file that ends
//! without one was being written when the daemon died; nobody was told what it says. What is damaged is passed over, and
//! all else is used: a service then is as it was before, or missing, and that is said.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use camino::Utf8Path;
use serde::{Deserialize, Serialize};
use zonesmith_cluster::{Format, KeptReader, Service, ServicePath, State};

use super::entry::{Entries, Found, Kind};

/// Of what is written in a journal. One that is higher was written by a later Zonesmith, and is not used.
pub(super) const VERSION: u32 = 1;

/// The first entry.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct About {
    pub(super) version: u32,
    pub(super) source: String,
}

/// What stands in an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct End {
    /// The language that the source spoke.
    pub(super) format: Format,
    /// When it spoke, in seconds since 1970.
    pub(super) at: u64,
    /// How many services there are, so that a missing one is noticed.
    pub(super) services: usize,
}

impl End {
    pub(super) fn spoke(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.at)
    }
}

/// What a journal had in it.
#[derive(Debug, Default)]
pub(super) struct Recalled {
    /// The state, if one can be made of it, and its end.
    pub(super) kept: Option<(State, End)>,
    /// What is wrong with the file, a sentence.
    pub(super) fault: Option<String>,
    /// Octets from the beginning that belong to what was kept whole; what comes after may be cut.
    pub(super) length: u64,
    /// What the state would take if it was written now, about.
    pub(super) live: u64,
}

/// Reads the journal of `source`; none where there is no file.
pub(super) fn recall(path: &Utf8Path, source: &str) -> io::Result<Option<Recalled>> {
    match File::open(path) {
        Ok(file) => read(file, source).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn read(file: impl Read, source: &str) -> io::Result<Recalled> {
    let mut entries = Entries::new(file);
    let mut reading = Reading::default();
    loop {
        match entries.next()? {
            Found::Entry(Kind::About, content) => {
                if let Some(fault) = wrong_file(content, source) {
                    return Ok(Recalled {
                        fault: Some(fault),
                        ..Recalled::default()
                    });
                }
            }
            Found::Entry(Kind::End, content) => {
                if reading.end(content) {
                    reading.length = entries.offset();
                }
            }
            Found::Entry(kind, content) => reading.take(kind, content),
            Found::Damaged(octets) => {
                reading.damaged += 1;
                reading.first_damage.get_or_insert(octets.start);
            }
            Found::Torn(_) | Found::Nothing => break,
        }
    }
    Ok(reading.finish())
}

/// Why a file is not to be used, by its first entry.
fn wrong_file(content: &[u8], source: &str) -> Option<String> {
    match serde_json::from_slice(content) {
        Ok(About { version, .. }) if version > VERSION => Some(format!(
            "it has version {version}, this Zonesmith knows {VERSION}"
        )),
        Ok(About { source: other, .. }) if other != source => Some(format!("it is of {other}")),
        Ok(_) => None,
        Err(error) => Some(format!("its first entry makes no sense: {error}")),
    }
}

/// A cluster and services, changed by entries that have no end yet.
#[derive(Default)]
struct Reading {
    reader: KeptReader,
    state: State,
    has_cluster: bool,
    end: Option<End>,
    pending: BTreeMap<ServicePath, Option<Arc<Service>>>,
    pending_cluster: Option<State>,
    damaged: usize,
    first_damage: Option<u64>,
    length: u64,
    /// Of all entries with a service: how many, and their octets.
    written: (u64, u64),
}

impl Reading {
    fn take(&mut self, kind: Kind, content: &[u8]) {
        let is_read = match kind {
            Kind::Cluster => self
                .reader
                .read_cluster(content)
                .is_ok_and(|(cluster, problems)| {
                    self.pending_cluster = Some(State {
                        cluster,
                        problems,
                        ..State::default()
                    });
                    true
                }),
            Kind::Service => self.reader.read_service(content).is_ok_and(|service| {
                let (count, octets) = self.written;
                let length = u64::try_from(content.len()).unwrap_or(u64::MAX);
                self.written = (count + 1, octets.saturating_add(length));
                self.pending
                    .insert(service.path.clone(), Some(Arc::new(service)));
                true
            }),
            Kind::Gone => str::from_utf8(content)
                .ok()
                .and_then(|path| path.parse().ok())
                .is_some_and(|path| {
                    self.pending.insert(path, None);
                    true
                }),
            Kind::About | Kind::End => true,
        };
        if !is_read {
            self.damaged += 1;
        }
    }

    /// What came since the last end counts.
    fn end(&mut self, content: &[u8]) -> bool {
        let Ok(end) = serde_json::from_slice(content) else {
            self.damaged += 1;
            return false;
        };
        self.end = Some(end);
        self.count();
        true
    }

    fn count(&mut self) {
        if let Some(State {
            cluster, problems, ..
        }) = self.pending_cluster.take()
        {
            (self.state.cluster, self.state.problems) = (cluster, problems);
            self.has_cluster = true;
        }
        for (path, service) in std::mem::take(&mut self.pending) {
            match service {
                Some(service) => {
                    self.state.services.insert(path, service);
                }
                None => {
                    self.state.services.remove(&path);
                }
            }
        }
    }

    fn finish(self) -> Recalled {
        let services = self.state.services.len();
        let expected = self.end.map_or(0, |end| end.services);
        let fault = match (self.first_damage, self.end) {
            (None, Some(_)) if self.damaged == 0 && services == expected => None,
            (_, None) => Some("no whole state is in it".to_owned()),
            (place, Some(_)) => {
                let place =
                    place.map_or_else(String::new, |place| format!(", the first at octet {place}"));
                Some(format!(
                    "{} entries are damaged{place}; {services} of {expected} services could be read",
                    self.damaged
                ))
            }
        };
        let (count, octets) = self.written;
        let each = octets.checked_div(count).unwrap_or(0);
        Recalled {
            live: each.saturating_mul(u64::try_from(services).unwrap_or(u64::MAX)),
            kept: self
                .end
                .filter(|_| self.has_cluster)
                .map(|end| (self.state, end)),
            fault,
            length: self.length,
        }
    }
}
