//! What the state keeps of a stack that becomes live: an event for each place that has another policy than before, the pins,
//! the components.
//!
//! What a person promotes or rolls back to is kept *before* anybody can see a name of it, by the writer, in the moment
//! before the swap: whoever restarts the daemon then finds what was seen. A file that changed is kept after its swap: it is there
//! itself, whatever becomes of the daemon.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::outcome::Outcome;
use crate::digest::Digest;
use crate::policy::loader::RefusedPolicy;
use crate::policy::stack::StackEntry;
use crate::store::policies::{self as kept, Cause, Change, Event, Pin, PolicyState, now};
use crate::store::{Store, StoreError};

/// A stack that is about to be live, or is.
#[derive(Clone)]
pub(super) struct Keeping {
    pub(super) store: Store,
    pub(super) stack: Vec<StackEntry>,
    pub(super) cause: Cause,
    /// What was live before at a place failed: the place, and why.
    pub(super) failed: Option<(String, String)>,
    /// Whether the candidate has come out of the shadow.
    pub(super) ends_shadow: bool,
}

impl Keeping {
    /// Keeps it, on the disk when it returns; nothing is written where nothing is new.
    pub(super) fn keep(self, outcome: &Outcome) -> Result<(), StoreError> {
        let state = self.store.policies()?;
        let change = self.change(&state, outcome);
        let Change {
            events,
            failed,
            components: _,
            pins,
            shadow,
        } = &change;
        if events.is_empty() && failed.is_none() && pins.is_none() && shadow.is_none() {
            return Ok(());
        }
        self.store.change_policies(&change)
    }

    fn change(&self, state: &PolicyState, outcome: &Outcome) -> Change {
        let event = |place: &str, policy| Event {
            place: place.to_owned(),
            time: now(),
            cause: self.cause,
            policy,
            outcome: published(outcome),
        };
        let mut change = Change {
            failed: self.failed.clone(),
            shadow: self.ends_shadow.then_some(None),
            ..Change::default()
        };
        let mut pins: BTreeMap<String, Pin> = BTreeMap::new();
        let mut components: BTreeMap<Digest, Arc<[u8]>> = BTreeMap::new();
        let mut places = BTreeSet::new();
        for entry in &self.stack {
            let (place, policy) = (entry.place().to_string(), entry.kept());
            let last = state.published_last(&place);
            let last = last.and_then(|event| event.policy.as_ref());
            let is_as_before = last.is_some_and(|last| {
                (last.digest, &last.settings) == (policy.digest, &policy.settings)
            });
            let is_kept = is_as_before && state.components.contains(&policy.digest);
            if !is_kept {
                let digest = entry.component.digest();
                components.insert(digest, entry.component.bytes().into());
            }
            if !is_as_before {
                change.events.push(event(&place, Some(policy)));
            }
            if let Some(pinned) = &entry.pinned {
                pins.insert(place.clone(), pinned.pin.clone());
            }
            places.insert(place);
        }
        let known: BTreeSet<&str> = state.events.iter().map(|event| &*event.place).collect();
        for place in known.into_iter().filter(|place| !places.contains(*place)) {
            let last = state.published_last(place);
            if last.is_some_and(|last| last.policy.is_some()) {
                change.events.push(event(place, None));
            }
        }
        change.pins = (pins != state.pins).then_some(pins);
        change.components = components.into_iter().collect();
        change
    }
}

/// A candidate that was refused, as an event.
pub(super) fn refused(refused: &RefusedPolicy, cause: Cause) -> Event {
    let RefusedPolicy {
        policy,
        digest,
        refusal,
    } = refused;
    Event {
        place: policy.clone(),
        time: now(),
        cause,
        policy: digest.map(|digest| kept::KeptPolicy {
            name: String::new(),
            version: String::new(),
            digest,
            settings: String::new(),
            signature: None,
        }),
        outcome: kept::Outcome::Refused {
            stage: refusal.stage.as_str().to_owned(),
            reason: refusal.reason.clone(),
        },
    }
}

fn published(outcome: &Outcome) -> kept::Outcome {
    let (added, removed, changed) = match outcome {
        Outcome::Published {
            generation: _,
            added,
            removed,
            changed,
        } => (*added, *removed, *changed),
        Outcome::Shadowing { .. } | Outcome::Unchanged { .. } | Outcome::Refused { .. } => {
            (0, 0, 0)
        }
    };
    kept::Outcome::Published {
        added,
        removed,
        changed,
    }
}
