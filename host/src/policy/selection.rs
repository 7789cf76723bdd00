//! A policy that chooses which of the published records a client is given, asked while the client waits.
//!
//! So it must never cost anybody an answer. It has instances of its own (`seats`), made and configured before anybody asks,
//! several of them, since lookups come side by side; a call has milliseconds; whatever goes wrong, the client is given all
//! records, and the instance is thrown away, with another one made beside the lookups. Who fails again and again is left
//! alone for a while (`rest`): a policy that spins costs a few lookups some milliseconds, and then none.
//!
//! Choices are not remembered here: who may keep one, and for whom, is said with each, and name servers and resolvers do.
//!
//! Of several policies that choose the first of the stack is asked; of several clusters the instances of the one whose zone
//! it is. What a site lists by hand as a zone of its own is nobody's to choose from.

pub mod chooser;
mod rest;
mod seats;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::warn;
use zonesmith_cluster::Cluster;
use zonesmith_zone::zone_set::RecordRef;

use self::rest::Rest;
use self::seats::{NotAsked, Seats};
use super::stack::StackEntry;
use super::{Failure, FailureKind, Refusal};
use crate::snapshot::selection::{Choice, Choose, Question, SelectionStatus};

/// Who chooses, ready to be asked.
pub struct Selection {
    entry: StackEntry,
    clusters: Vec<Arc<Cluster>>,
    /// In the order of the clusters.
    seats: Vec<Arc<Seats>>,
    /// The cluster that each zone is of, by the zone's id.
    zones: HashMap<i32, usize>,
    rest: Rest,
    tally: Tally,
}

/// What came of being asked.
#[derive(Default)]
struct Tally {
    chosen: AtomicU64,
    everyone: AtomicU64,
    failed: AtomicU64,
    not_asked: AtomicU64,
    last: Mutex<Option<Failure>>,
}

impl Selection {
    /// The place in the stack of who chooses, if anybody does.
    #[must_use]
    pub fn place(stack: &[StackEntry]) -> Option<usize> {
        stack.iter().position(|entry| entry.component.selects())
    }

    /// Makes ready who chooses in these `clusters`; `zones` are theirs, each with the place of its cluster, by the zone's id.
    ///
    /// # Errors
    ///
    /// The place of the cluster, and a refusal at stage instantiate or configure.
    pub fn start(
        entry: &StackEntry,
        clusters: Vec<Arc<Cluster>>,
        zones: HashMap<i32, usize>,
    ) -> Result<Self, (usize, Refusal)> {
        let seats = clusters.iter().enumerate();
        let seats = seats.map(|(at, cluster)| {
            let seats = Seats::fill(&entry.component, cluster, &entry.settings);
            seats.map(Arc::new).map_err(|refusal| (at, refusal))
        });
        Ok(Self {
            entry: entry.clone(),
            seats: seats.collect::<Result<_, _>>()?,
            clusters,
            zones,
            rest: Rest::default(),
            tally: Tally::default(),
        })
    }

    /// Whether both choose alike: the same policy with the same settings, in the same clusters and zones.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.clusters.iter(), other.clusters.iter());
        self.entry.digests() == other.entry.digests()
            && ours.map(Arc::as_ptr).eq(theirs.map(Arc::as_ptr))
            && self.zones == other.zones
    }

    fn ask(
        &self,
        seats: &Arc<Seats>,
        question: &Question<'_>,
        records: &[RecordRef<'_>],
    ) -> Result<Choice, NotAsked> {
        let mut seat = seats.take(|| self.rest.is_over())?;
        let said = seat.choose(question, records);
        let checked = said.and_then(|said| checked(said, records.len()));
        match &checked {
            Ok(_) => self.rest.worked(),
            Err(failure) => {
                seat.forget();
                self.failed(question, failure);
            }
        }
        Ok(checked.unwrap_or(Choice::Everything))
    }

    fn failed(&self, question: &Question<'_>, failure: &Failure) {
        self.tally.failed.fetch_add(1, Ordering::Relaxed);
        let name = question.name;
        if let Some(pause) = self.rest.failed() {
            warn!(
                policy = self.entry.component.description().name,
                qname = %name.to_owned(),
                stage = "choose",
                error = %failure,
                ?pause,
                "policy fails to choose; clients are given all records meanwhile"
            );
        }
        let mut last = self
            .tally
            .last
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *last = Some(failure.clone());
    }
}

impl Choose for Selection {
    fn choose(&self, question: &Question<'_>, records: &[RecordRef<'_>]) -> Choice {
        let place = self.zones.get(&question.zone.id());
        let Some(seats) = place.and_then(|at| self.seats.get(*at)) else {
            return Choice::Everyone;
        };
        let choice = self.ask(seats, question, records);
        let counter = match &choice {
            Ok(Choice::Everyone) => &self.tally.everyone,
            Ok(Choice::These { .. }) => &self.tally.chosen,
            // It failed, which is counted there.
            Ok(Choice::Everything) => return Choice::Everything,
            Err(NotAsked) => &self.tally.not_asked,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        choice.unwrap_or(Choice::Everything)
    }

    fn status(&self) -> SelectionStatus {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let last = self.tally.last.lock();
        let last = last.unwrap_or_else(PoisonError::into_inner).clone();
        SelectionStatus {
            policy: self.entry.component.description().name.clone(),
            chosen: read(&self.tally.chosen),
            everyone: read(&self.tally.everyone),
            failed: read(&self.tally.failed),
            not_asked: read(&self.tally.not_asked),
            failures: self.rest.failures(),
            rest: self.rest.left().map(|left| {
                // As long as pauses are, which is far below 2^64 ms.
                u64::try_from(left.as_millis()).unwrap_or(u64::MAX)
            }),
            kind: last.as_ref().map(|failure| failure.kind.to_string()),
            error: last.map(|failure| failure.message),
        }
    }
}

/// A policy's word, if it is a choice among so many records.
fn checked(said: Option<(Vec<u32>, u8)>, count: usize) -> Result<Choice, Failure> {
    let Some((records, scope)) = said else {
        return Ok(Choice::Everyone);
    };
    let fault = |message: String| Failure {
        kind: FailureKind::Malformed,
        message,
    };
    if records.is_empty() {
        return Err(fault(
            "`choose` chose nothing; to say that there is no such record is not its to say"
                .to_owned(),
        ));
    }
    if records.len() > count {
        let chosen = records.len();
        return Err(fault(format!("`choose` chose {chosen} records of {count}")));
    }
    let beyond = |place: &&u32| usize::try_from(**place).map_or(true, |place| place >= count);
    if let Some(place) = records.iter().find(beyond) {
        return Err(fault(format!("`choose` chose record {place} of {count}")));
    }
    Ok(Choice::These { records, scope })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_of_some_records_that_are_there() {
        assert_eq!(checked(None, 2).unwrap(), Choice::Everyone);
        let these = |records: &[u32]| checked(Some((records.to_vec(), 24)), 2);
        assert_eq!(
            these(&[1, 0]).unwrap(),
            Choice::These {
                records: vec![1, 0],
                scope: 24
            }
        );
        for (records, words) in [
            (&[][..], "chose nothing"),
            (&[2], "record 2 of 2"),
            (&[0, 1, 1], "3 records of 2"),
            (&[0, u32::MAX], "record 4294967295 of 2"),
        ] {
            let failure = these(records).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Malformed);
            assert!(failure.message.contains(words), "{failure}");
        }
    }
}
