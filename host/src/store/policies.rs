//! The policies that were live, which of them are pinned, and the candidate in the shadow: what a restart must know of them,
//! components included, since a file may hold something else by then.
//!
//! Each change is one transaction: an event of the history together with the pins that follow from it. A component is kept
//! once, by its digest, as long as the newest [`MOST_KEPT`] of the history, a pin or the shadow need it.
//!
//! - `changing`: what a change does to each table
//! - `exchange`: all of it, for an export and for a daemon that takes over

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use redb::{ReadTransaction, ReadableTable, TableDefinition};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Store, StoreError};
use crate::digest::Digest;

mod changing;
mod exchange;

pub use self::exchange::Policies;

/// Digest → octets.
pub(super) const COMPONENTS: TableDefinition<'_, &str, &[u8]> =
    TableDefinition::new("policy-components");
/// Number → [`Event`], as JSON.
pub(super) const EVENTS: TableDefinition<'_, u64, &str> = TableDefinition::new("policy-events");
/// Place → [`Pin`], as JSON.
pub(super) const PINS: TableDefinition<'_, &str, &str> = TableDefinition::new("policy-pins");
/// [`SHADOW_ROW`] → [`Shadow`], as JSON.
pub(super) const SHADOW: TableDefinition<'_, &str, &str> = TableDefinition::new("policy-shadow");
const SHADOW_ROW: &str = "shadow";

/// Components of the history that are kept, the newest: whoever wants something older has it somewhere else. A policy in
/// Rust has half a megabyte, one with an interpreter in it a dozen.
pub const MOST_KEPT: usize = 10;

/// Octets of those components together; beyond, only the newest that fit are kept. A successor reads all of it while it starts.
pub const MOST_OCTETS: usize = 128 * 1024 * 1024;

/// Events that are kept: months, for people; a file that is refused again is no new one.
pub const MOST_EVENTS: usize = 100;

/// A policy as it is kept. Its component is found by the digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct KeptPolicy {
    /// As it says itself.
    pub name: String,
    /// As it says itself.
    pub version: String,
    /// Of its component.
    pub digest: Digest,
    /// A JSON text.
    pub settings: String,
    /// The text of the signature that came with the component.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// Something that happened at a place of the stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Event {
    /// The place: the file of the configuration, or what a policy that was put behind those is called.
    pub place: String,
    /// Seconds since 1970.
    pub time: u64,
    /// What made it happen.
    pub cause: Cause,
    /// The policy that is there now, or was to be; none: the place is gone.
    pub policy: Option<KeptPolicy>,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What brought a policy to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The daemon started with it.
    Start,
    /// Its file, its settings or the configuration.
    File,
    /// `zonesmith policy promote`
    Promote,
    /// `zonesmith policy rollback`
    Rollback,
    /// The daemon, since the one before failed.
    AutomaticRollback,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// It is live, or was until the next one.
    Published {
        /// Names that were not there before.
        added: usize,
        /// Names that are gone.
        removed: usize,
        /// Names that answer otherwise.
        changed: usize,
    },
    /// It never was live.
    Refused {
        /// Where it failed.
        stage: String,
        /// A sentence.
        reason: String,
    },
    /// It was live and taken back by the daemon itself.
    RolledBack {
        /// A sentence.
        reason: String,
    },
}

/// What stands at a place whatever its file says, until that says something else than at the time of the pin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Pin {
    /// What stands there.
    pub policy: KeptPolicy,
    /// What file and settings of the place were; none: the place is not the configuration's, and stands behind all of those.
    pub over: Option<Over>,
    /// Seconds since 1970.
    pub since: u64,
    /// Its order among the places that are not the configuration's.
    pub order: u64,
    /// Until when it is taken back by itself where it fails, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watched_until: Option<u64>,
    /// Services that failed before, or that somebody did not mind: so many may fail after a restart.
    #[serde(default)]
    pub tolerated: usize,
}

/// What a pin stands over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Over {
    /// Of the component's octets.
    pub component: Digest,
    /// Of the settings' text.
    pub settings: Digest,
}

/// The candidate that runs beside what is live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Shadow {
    /// What runs.
    pub policy: KeptPolicy,
    /// The name of the policy whose place it is to take, where somebody said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace: Option<String>,
    /// Where it came from, as a person named it.
    pub source: String,
    /// Seconds since 1970.
    pub since: u64,
}

/// All of it but the octets of components.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyState {
    /// The oldest first.
    pub events: Vec<Event>,
    /// By place.
    pub pins: BTreeMap<String, Pin>,
    /// The candidate.
    pub shadow: Option<Shadow>,
    /// Components that are there.
    pub components: BTreeSet<Digest>,
}

/// What becomes another, all of it or nothing.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// What happened, in order.
    pub events: Vec<Event>,
    /// What happened last at a place failed, for this reason: the place, and a sentence.
    pub failed: Option<(String, String)>,
    /// Components of the events, pins and shadow below.
    pub components: Vec<(Digest, Arc<[u8]>)>,
    /// All pins, where they are others than before.
    pub pins: Option<BTreeMap<String, Pin>>,
    /// The shadow, or that there is none, where that is new.
    pub shadow: Option<Option<Shadow>>,
}

impl PolicyState {
    /// The last thing that was live at a place.
    #[must_use]
    pub fn published_last(&self, place: &str) -> Option<&Event> {
        let mut events = self.events.iter().rev();
        events.find(|event| event.place == place && event.outcome.was_live())
    }
}

impl Outcome {
    /// Whether it was ever live.
    #[must_use]
    pub fn was_live(&self) -> bool {
        match self {
            Self::Published { .. } | Self::RolledBack { .. } => true,
            Self::Refused { .. } => false,
        }
    }
}

/// Now, as it is kept.
#[must_use]
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

impl Store {
    /// History, pins and shadow, at one moment.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn policies(&self) -> Result<PolicyState, StoreError> {
        self.read(state)
    }

    /// The octets of a component that is kept.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn component(&self, digest: Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|transaction| {
            let table = transaction.open_table(COMPONENTS)?;
            let octets = table.get(digest.to_string().as_str())?;
            Ok(octets.map(|octets| octets.value().to_vec()))
        })
    }

    /// Keeps a change; on the disk when it returns.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn change_policies(&self, change: &Change) -> Result<(), StoreError> {
        self.write(|transaction| {
            changing::add_components(transaction, &change.components)?;
            if let Some((place, reason)) = &change.failed {
                changing::mark_failed(transaction, place, reason)?;
            }
            changing::add_events(transaction, &change.events)?;
            if let Some(pins) = &change.pins {
                transaction.delete_table(PINS)?;
                let mut table = transaction.open_table(PINS)?;
                for (place, pin) in pins {
                    table.insert(place.as_str(), text(pin)?.as_str())?;
                }
            }
            if let Some(shadow) = &change.shadow {
                let mut table = transaction.open_table(SHADOW)?;
                match shadow {
                    Some(shadow) => {
                        table.insert(SHADOW_ROW, text(shadow)?.as_str())?;
                    }
                    None => {
                        table.remove(SHADOW_ROW)?;
                    }
                }
            }
            changing::forget(transaction)
        })
    }
}

fn state(transaction: &ReadTransaction) -> Result<PolicyState, redb::Error> {
    let mut state = PolicyState {
        events: rows(&transaction.open_table(EVENTS)?)?,
        ..PolicyState::default()
    };
    for row in transaction.open_table(PINS)?.iter()? {
        let (place, pin) = row?;
        state
            .pins
            .insert(place.value().to_owned(), of(pin.value())?);
    }
    let shadow = transaction.open_table(SHADOW)?;
    if let Some(shadow) = shadow.get(SHADOW_ROW)? {
        state.shadow = Some(of(shadow.value())?);
    }
    for row in transaction.open_table(COMPONENTS)?.iter()? {
        let (digest, _) = row?;
        state.components.extend(digest.value().parse::<Digest>());
    }
    Ok(state)
}

fn rows(table: &impl ReadableTable<u64, &'static str>) -> Result<Vec<Event>, redb::Error> {
    let events = table.iter()?.map(|row| of(row?.1.value()));
    events.collect()
}

fn text(value: &impl Serialize) -> Result<String, redb::Error> {
    serde_json::to_string(value).map_err(|error| redb::Error::Corrupted(error.to_string()))
}

fn of<T: DeserializeOwned>(text: &str) -> Result<T, redb::Error> {
    serde_json::from_str(text).map_err(|error| redb::Error::Corrupted(error.to_string()))
}

#[cfg(test)]
mod tests;
