//! All that is kept of policies as part of what `zonesmith state export` writes, and what a daemon reads that takes over.

use std::collections::BTreeMap;

use domain::utils::base64;
use redb::{ReadTransaction, ReadableTable, WriteTransaction};
use serde::{Deserialize, Serialize};

use super::{COMPONENTS, EVENTS, Event, PINS, Pin, SHADOW, SHADOW_ROW, Shadow, state, text};
use crate::digest::Digest;

/// Everything that is kept of policies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policies {
    /// The history, the oldest first.
    pub events: Vec<Event>,
    /// By place.
    pub pins: BTreeMap<String, Pin>,
    /// The candidate.
    pub shadow: Option<Shadow>,
    /// Digest → octets in base64.
    pub components: BTreeMap<Digest, String>,
}

impl Policies {
    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is wrong with it, a sentence each.
    #[must_use]
    pub(in crate::store) fn problems(&self) -> Vec<String> {
        let components = self.components.iter();
        let wrong = components.filter(|(digest, text)| {
            decoded(text).is_none_or(|octets| Digest::of(&octets) != **digest)
        });
        let mut problems: Vec<_> = wrong
            .map(|(digest, _)| format!("policies: {digest} is not the digest of its component"))
            .collect();
        let pinned = self.pins.values().map(|pin| &pin.policy);
        let needed = pinned.chain(self.shadow.iter().map(|shadow| &shadow.policy));
        let missing = needed.filter(|policy| !self.components.contains_key(&policy.digest));
        problems.extend(missing.map(|policy| {
            let (name, digest) = (&policy.name, policy.digest);
            format!("policies: the component {digest} of {name} is missing")
        }));
        problems
    }

    pub(in crate::store) fn export(transaction: &ReadTransaction) -> Result<Self, redb::Error> {
        let kept = state(transaction)?;
        let mut components = BTreeMap::new();
        for row in transaction.open_table(COMPONENTS)?.iter()? {
            let (digest, octets) = row?;
            if let Ok(digest) = digest.value().parse() {
                components.insert(digest, base64::encode_string(octets.value()));
            }
        }
        Ok(Self {
            events: kept.events,
            pins: kept.pins,
            shadow: kept.shadow,
            components,
        })
    }

    /// Instead of what is there.
    pub(in crate::store) fn import(
        &self,
        transaction: &WriteTransaction,
    ) -> Result<(), redb::Error> {
        transaction.delete_table(COMPONENTS)?;
        transaction.delete_table(EVENTS)?;
        transaction.delete_table(PINS)?;
        transaction.delete_table(SHADOW)?;
        let mut table = transaction.open_table(COMPONENTS)?;
        for (digest, component) in &self.components {
            let octets = decoded(component).unwrap_or_default();
            table.insert(digest.to_string().as_str(), &*octets)?;
        }
        let mut table = transaction.open_table(EVENTS)?;
        for (number, event) in (1..).zip(&self.events) {
            table.insert(number, text(event)?.as_str())?;
        }
        let mut table = transaction.open_table(PINS)?;
        for (place, pin) in &self.pins {
            table.insert(place.as_str(), text(pin)?.as_str())?;
        }
        let mut table = transaction.open_table(SHADOW)?;
        if let Some(shadow) = &self.shadow {
            table.insert(SHADOW_ROW, text(shadow)?.as_str())?;
        }
        Ok(())
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    base64::decode(text).ok()
}
