//! Whether a component comes from somebody this site believes, decided before anything of it is looked at.
//!
//! A component that is not trusted is not compiled, and not even parsed: what an attacker can do to us ends at the hash of
//! bytes and a check of a signature. [`Trust::decide`] is the only place where that is decided, from bytes that were read
//! once: whoever lets a component in (a start, a reload, a shadow, what the state kept) asks it with the bytes that it then
//! compiles, so that nobody can exchange them in between.
//!
//! Signatures are minisign's (decision 0061), read by the library of those who made it. We take only what they write
//! today, in exactly their form: signed over a hash, four lines, nothing before, after or between. A signature covers the
//! component and its trusted comment, not the settings: who may write those may write the configuration.
//!
//! Rooms: [`key`] keys that are trusted, [`signature`] what lies beside a component, [`secret`] keys that sign, for the
//! commands.
//!
//! **Invariant:** with keys named, a component without a signature of one of them does not pass, whatever digest is
//! pinned. The policy inside the daemon came with the daemon: it is believed like the daemon.

pub mod key;
pub mod secret;
pub mod signature;

use crate::digest::Digest;

pub use self::key::{KeyId, TrustedKey};
pub use self::signature::{Signature, Signed};

/// Who is believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    keys: Vec<TrustedKey>,
}

/// Why a component is not believed: the rest of a sentence that begins with its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// No signature lies beside it.
    #[error(
        "is not signed, and `trusted-keys` asks for a signature: `zonesmith policy sign` makes one, which belongs beside it, \
         with the ending `.minisig`"
    )]
    Unsigned,
    /// What lies beside it cannot be read as a signature.
    #[error("has no signature that can be read: {0}")]
    Unreadable(&'static str),
    /// Signed with a key that nobody named.
    #[error("is signed with the key {key}, which is not trusted; trusted is {}", list(.trusted))]
    OtherKey {
        /// The key that the signature names.
        key: KeyId,
        /// Those that are trusted.
        trusted: Vec<KeyId>,
    },
    /// Component and signature do not belong together.
    #[error(
        "is not what was signed with the key {0}: the component, the signature or its comment was changed, or the signature \
         is another component's"
    )]
    Changed(KeyId),
    /// Pinned to other bytes.
    #[error(
        "has the digest {found}, and is pinned to {pinned}: put that component back, or pin the new one"
    )]
    OtherDigest {
        /// What the configuration says.
        pinned: Digest,
        /// What was found.
        found: Digest,
    },
}

impl Trust {
    /// Believes these keys alone; nobody is asked for a signature when there are none.
    #[must_use]
    pub const fn new(keys: Vec<TrustedKey>) -> Self {
        Self { keys }
    }

    /// Whether a component needs a signature.
    #[must_use]
    pub const fn asks_for_signature(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Whether a component of these `bytes` is believed, given what lies beside it and the digest that its place is pinned
    /// to. Says who signed it; nobody, where nobody is asked for a signature.
    ///
    /// # Errors
    /// The reason for which it may not come in.
    pub fn decide(
        &self,
        bytes: &[u8],
        signature: Option<&str>,
        pinned: Option<Digest>,
    ) -> Result<Option<Signed>, Distrust> {
        if let Some(pinned) = pinned {
            let found = Digest::of(bytes);
            if found != pinned {
                return Err(Distrust::OtherDigest { pinned, found });
            }
        }
        if !self.asks_for_signature() {
            return Ok(None);
        }
        let signature = signature.ok_or(Distrust::Unsigned)?;
        self.signed(bytes, signature).map(Some)
    }

    /// Who signed these `bytes`.
    ///
    /// # Errors
    /// That nobody did who is trusted.
    pub fn signed(&self, bytes: &[u8], signature: &str) -> Result<Signed, Distrust> {
        let signature = Signature::parse(signature)?;
        // Identifiers are random, not unique: two keys may have one.
        let mut named = self
            .keys
            .iter()
            .filter(|key| key.id() == signature.key())
            .peekable();
        if named.peek().is_none() {
            return Err(Distrust::OtherKey {
                key: signature.key(),
                trusted: self.keys.iter().map(TrustedKey::id).collect(),
            });
        }
        named
            .find_map(|key| signature.verify(key, bytes))
            .ok_or_else(|| Distrust::Changed(signature.key()))
    }
}

fn list(keys: &[KeyId]) -> String {
    let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
    keys.join(", ")
}

#[cfg(test)]
mod tests;
