//! The loader's side of pins: what stands at a place whatever its file says, and candidates that come from no file.

use std::sync::Arc;

use tracing::warn;

use super::{Loader, NO_SETTINGS, ReadPolicy, RefusedPolicy, believe};
use crate::digest::Digest;
use crate::policy::pins::{self, Candidate, Offered, Pinned};
use crate::policy::stack::{PolicySource, StackEntry};
use crate::policy::{Refusal, Stage};
use crate::store::policies::{KeptPolicy, Over};
use crate::trust::Trust;

impl Loader {
    /// Has what is pinned stand where the source says something that was refused. Whether there is such a pin, not held yet.
    pub(super) fn hold(&mut self, refused: &RefusedPolicy) -> bool {
        let mut sources = self.sources.iter();
        let Some(source) = sources.find(|source| source.to_string() == refused.policy) else {
            return false;
        };
        let place = source.place();
        let mut pins = self.pins.iter();
        let pinned = pins.find(|pinned| *pinned.place == *place && pinned.is_configured());
        let is_source = |pinned: &Pinned| Some(pinned.pin.policy.digest) != refused.digest;
        if self.is_held(place) || !pinned.is_some_and(is_source) {
            return false;
        }
        let RefusedPolicy {
            policy, refusal, ..
        } = refused;
        warn!(%policy, stage = %refusal.stage, error = refusal.reason, "what its place says now does not load; what is pinned stands");
        self.held.push(place.into());
        true
    }

    fn is_held(&self, place: &str) -> bool {
        self.held.iter().any(|held| **held == *place)
    }

    /// Forgets the pins of what was refused; an error: there is none.
    pub(super) fn unpin(&mut self, refused: RefusedPolicy) -> Result<(), RefusedPolicy> {
        let is_refused = |pinned: &Pinned| Some(pinned.pin.policy.digest) == refused.digest;
        if !self.pins.iter().any(is_refused) {
            return Err(refused);
        }
        let RefusedPolicy {
            policy, refusal, ..
        } = &refused;
        warn!(%policy, stage = %refusal.stage, error = refusal.reason, "what is pinned does not load any more; its place is the source's again");
        self.pins.retain(|pinned| !is_refused(pinned));
        Ok(())
    }

    /// Loads a candidate for the stack that is live.
    ///
    /// # Errors
    /// It does not load, or is to take the place of a policy that there is not.
    pub fn load_offered(&self, offered: &Offered) -> Result<Candidate, RefusedPolicy> {
        let Offered {
            source,
            bytes,
            settings,
            signature,
            replace,
        } = offered;
        let refuse = |refusal| RefusedPolicy {
            policy: source.clone(),
            digest: Some(Digest::of(bytes)),
            refusal,
        };
        let brought = (&**bytes, signature.as_deref());
        believe(&self.trust, source, brought, None).map_err(refuse)?;
        let component = self.component(source, bytes).map_err(refuse)?;
        let rank = pins::rank(&self.live, replace.as_deref(), component.description());
        let rank = rank.map_err(|error| {
            refuse(Refusal {
                stage: Stage::Read,
                reason: error.to_string(),
            })
        })?;
        let before = rank.and_then(|rank| self.live.get(rank));
        let expected = before.and_then(|before| before.source.expected);
        believe(&self.trust, source, brought, expected).map_err(refuse)?;
        let settings = settings.clone().or_else(|| {
            let before = before?;
            Some(Arc::clone(&before.settings))
        });
        Ok(Candidate {
            source: source.as_str().into(),
            component,
            settings: settings.unwrap_or_else(|| NO_SETTINGS.into()),
            signature: signature.clone(),
            replace: replace.clone(),
        })
    }

    /// Whether a candidate that came in may still become live at this place: keys and pins may have changed since.
    ///
    /// # Errors
    /// It is not believed any more.
    pub fn believe_again(
        &self,
        candidate: &Candidate,
        rank: Option<usize>,
    ) -> Result<(), RefusedPolicy> {
        let Candidate {
            source,
            component,
            signature,
            ..
        } = candidate;
        let expected = rank.and_then(|rank| self.live.get(rank)?.source.expected);
        let brought = (component.bytes(), signature.as_deref());
        believe(&self.trust, source, brought, expected).map_err(|refusal| RefusedPolicy {
            policy: source.to_string(),
            digest: Some(component.digest()),
            refusal,
        })
    }

    /// What the files of a live policy say now: a pin stands over that. None for a place that has no files.
    #[must_use]
    pub fn over(&self, entry: &StackEntry) -> Option<Over> {
        if let Some(pinned) = &entry.pinned
            && !pinned.is_configured()
        {
            return None;
        }
        let (component, settings) = match ReadPolicy::read(&entry.source, &self.trust) {
            Ok(read) => (read.digest, read.settings_digest),
            // It may say so again.
            Err(_) => match entry.pinned.as_ref().and_then(|pinned| pinned.pin.over) {
                Some(over) => return Some(over),
                None => entry.digests(),
            },
        };
        Some(Over {
            component,
            settings,
        })
    }

    /// Loads a policy that was kept, for a place where only a component of this digest may stand, if one is given.
    ///
    /// # Errors
    /// It is not believed any more, or does not load.
    pub fn load_kept(
        &self,
        kept: &KeptPolicy,
        bytes: &[u8],
        expected: Option<Digest>,
    ) -> Result<Candidate, RefusedPolicy> {
        let brought = (bytes, kept.signature.as_deref());
        let believed = believe(&self.trust, &kept.name, brought, expected);
        let component = believed.and_then(|()| self.component(&kept.name, bytes));
        let component = component.map_err(|refusal| RefusedPolicy {
            policy: kept.name.clone(),
            digest: Some(kept.digest),
            refusal,
        })?;
        Ok(Candidate {
            source: kept.name.as_str().into(),
            component,
            settings: kept.settings.as_str().into(),
            signature: kept.signature.as_deref().map(Into::into),
            replace: None,
        })
    }

    /// What stands at a place of the configuration.
    pub(super) fn read_place(&self, source: &PolicySource) -> Result<ReadPolicy, RefusedPolicy> {
        let read = ReadPolicy::read(source, &self.trust);
        let mut pins = self.pins.iter();
        let pinned = pins.find(|pinned| *pinned.place == *source.place() && pinned.is_configured());
        let Some((pinned, over)) = pinned.and_then(|pinned| Some((pinned, pinned.pin.over?)))
        else {
            return read;
        };
        match read {
            // A file that cannot be read says nothing.
            Err(_) => ReadPolicy::pinned(source, pinned, &self.trust),
            Ok(_) if self.is_held(source.place()) => {
                ReadPolicy::pinned(source, pinned, &self.trust)
            }
            Ok(read) if read.digest != over.component => Ok(read),
            Ok(read) if read.settings_digest != over.settings => {
                let pinned = pinned.with_settings(&read.settings);
                ReadPolicy::pinned(source, &pinned, &self.trust)
            }
            Ok(_) => ReadPolicy::pinned(source, pinned, &self.trust),
        }
    }
}

impl ReadPolicy {
    /// What stands there whatever `source` says, where it is believed.
    pub(super) fn pinned(
        source: &PolicySource,
        pinned: &Pinned,
        trust: &Trust,
    ) -> Result<Self, RefusedPolicy> {
        let policy = &pinned.pin.policy;
        let brought = (&*pinned.bytes, policy.signature.as_deref());
        believe(trust, &policy.name, brought, source.expected).map_err(|refusal| {
            RefusedPolicy {
                policy: policy.name.clone(),
                digest: Some(policy.digest),
                refusal,
            }
        })?;
        let settings = policy.settings.as_str();
        Ok(Self {
            source: source.clone(),
            bytes: pinned.bytes.to_vec(),
            digest: policy.digest,
            settings: settings.into(),
            settings_digest: Digest::of(settings.as_bytes()),
            signature: policy.signature.as_deref().map(Into::into),
            pinned: Some(pinned.clone()),
        })
    }
}
