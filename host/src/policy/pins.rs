//! What stands at a place of the stack whatever its file says, and the candidate that may come to stand there.
//!
//! A place is known by its file. What a person promotes or rolls back to is *pinned*: component and settings stand there until
//! the file says something else than it said then. Then the file is the site's word again. Settings of their own follow the
//! same rule for themselves: another text of them is configured with the component that is pinned, so that who mends the
//! settings of a policy that was rolled back does not bring the bad one back.
//!
//! A candidate that takes nobody's place stands behind those of the configuration, at a place that is called by its name.

use std::sync::Arc;

use super::stack::{PolicySource, StackEntry};
use super::{Component, Description};
use crate::digest::Digest;
use crate::store::policies::{KeptPolicy, Pin};

/// What stands before the name of a policy that is at no place of the configuration.
pub const PROMOTED: &str = "promoted:";

/// A pin with the component that it is of.
#[derive(Debug, Clone)]
pub struct Pinned {
    /// The place.
    pub place: Arc<str>,
    /// What is kept of it.
    pub pin: Pin,
    /// The component.
    pub bytes: Arc<[u8]>,
}

/// A candidate as somebody brings it.
#[derive(Debug, Clone)]
pub struct Offered {
    /// Where it came from, as a person names it.
    pub source: String,
    /// The component.
    pub bytes: Arc<[u8]>,
    /// A JSON text; none: those of the policy whose place it takes.
    pub settings: Option<Arc<str>>,
    /// The text of its signature.
    pub signature: Option<Arc<str>>,
    /// The name of the policy whose place it is to take; none: of the one of its own name, or nobody's.
    pub replace: Option<String>,
}

/// A candidate that loaded. Cheap to clone.
#[derive(Clone)]
pub struct Candidate {
    /// Where it came from, as a person names it.
    pub source: Arc<str>,
    /// Compiled, linked and described.
    pub component: Component,
    /// A JSON text.
    pub settings: Arc<str>,
    /// The text of its signature.
    pub signature: Option<Arc<str>>,
    /// The name of the policy whose place it is to take.
    pub replace: Option<String>,
}

/// No policy of the stack has the name that was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no policy of the stack is called `{name}`; there is {known}")]
pub struct NoSuchPolicy {
    name: String,
    known: String,
}

impl Pinned {
    /// Whether the place is the configuration's.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.pin.over.is_some()
    }

    /// As it is where settings are others than those it stood over.
    pub(super) fn with_settings(&self, settings: &str) -> Self {
        let mut pinned = self.clone();
        if let Some(over) = &mut pinned.pin.over {
            over.settings = Digest::of(settings.as_bytes());
        }
        settings.clone_into(&mut pinned.pin.policy.settings);
        pinned
    }
}

impl Candidate {
    /// The place that it takes; none: behind all.
    ///
    /// # Errors
    /// It is to take that of a policy that there is not.
    pub fn rank(&self, stack: &[StackEntry]) -> Result<Option<usize>, NoSuchPolicy> {
        rank(stack, self.replace.as_deref(), self.component.description())
    }

    /// What stands at its place in this stack, and how that is known.
    ///
    /// # Errors
    /// It is to take the place of a policy that there is not.
    pub fn place(&self, stack: &[StackEntry]) -> Result<(Option<usize>, Arc<str>), NoSuchPolicy> {
        let rank = self.rank(stack)?;
        let before = rank.and_then(|rank| stack.get(rank));
        let place = before.map_or_else(
            || promoted(&self.component.description().name),
            StackEntry::place,
        );
        Ok((rank, place))
    }

    /// The stack with the candidate at a place; none: behind all.
    #[must_use]
    pub fn stand_at(
        &self,
        stack: &[StackEntry],
        rank: Option<usize>,
        pinned: Option<Pinned>,
    ) -> Vec<StackEntry> {
        let before = rank.and_then(|rank| stack.get(rank));
        let entry = StackEntry {
            component: self.component.clone(),
            settings: Arc::clone(&self.settings),
            settings_digest: Digest::of(self.settings.as_bytes()),
            source: before.map_or_else(PolicySource::embedded, |before| before.source.clone()),
            signature: self.signature.clone(),
            pinned,
        };
        let mut stack = stack.to_vec();
        match rank.and_then(|rank| stack.get_mut(rank)) {
            Some(place) => *place = entry,
            None => stack.push(entry),
        }
        stack
    }

    /// As it is kept.
    #[must_use]
    pub fn kept(&self) -> KeptPolicy {
        let description = self.component.description();
        KeptPolicy {
            name: description.name.clone(),
            version: description.version.clone(),
            digest: self.component.digest(),
            settings: self.settings.to_string(),
            signature: self.signature.as_deref().map(str::to_owned),
        }
    }
}

/// The place that a policy of this description takes.
pub(super) fn rank(
    stack: &[StackEntry],
    replace: Option<&str>,
    description: &Description,
) -> Result<Option<usize>, NoSuchPolicy> {
    let names = || stack.iter().map(StackEntry::name);
    let wanted = replace.unwrap_or(&description.name);
    let rank = names().position(|name| name == wanted);
    if let (None, Some(name)) = (rank, replace) {
        return Err(NoSuchPolicy {
            name: name.to_owned(),
            known: names().collect::<Vec<_>>().join(", "),
        });
    }
    Ok(rank)
}

/// The place of a policy that is at none of the configuration.
#[must_use]
pub fn promoted(name: &str) -> Arc<str> {
    format!("{PROMOTED}{name}").into()
}
