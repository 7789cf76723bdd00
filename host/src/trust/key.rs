//! Keys that are trusted, as `minisign` and `zonesmith policy keygen` write them.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign_verify::PublicKey;
use serde::{Serialize, Serializer};

/// Octets before the identifier, in a key and in a signature: the algorithm.
const ALGORITHM: usize = 2;

/// What the owner of a key calls it: eight octets, drawn when it was made. Signatures name their key by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(u64);

impl KeyId {
    /// Of the octets that a line of base64 stands for.
    pub(super) fn of_line(line: &str) -> Option<Self> {
        let octets = STANDARD.decode(line).ok()?;
        let id = octets.get(ALGORITHM..ALGORITHM + size_of::<u64>())?;
        Some(Self::of_octets(id.try_into().ok()?))
    }

    /// Of the octets that stand in keys and signatures.
    #[must_use]
    pub const fn of_octets(octets: [u8; 8]) -> Self {
        Self(u64::from_le_bytes(octets))
    }
}

/// As `minisign` prints it.
impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&format!("{:016X}", self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A public key: who has the secret one may sign what comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    text: String,
    id: KeyId,
    key: PublicKey,
}

/// What a text is that is no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a public key is the 56 letters and digits in the last line of a `.pub` file, which begin with `RW`"
)]
pub struct NotAKey;

impl TrustedKey {
    /// Its identifier.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Its text, in one line.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Of the text of a `.pub` file: a comment, then the key.
    ///
    /// # Errors
    /// It is something else, such as the secret key.
    pub fn of_file(text: &str) -> Result<Self, NotAKey> {
        let mut lines = text.lines();
        let (Some(_), Some(key), None) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NotAKey);
        };
        key.parse()
    }
}

impl FromStr for TrustedKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let key = PublicKey::from_base64(text).map_err(|_| NotAKey)?;
        let id = KeyId::of_line(text).ok_or(NotAKey)?;
        Ok(Self {
            text: text.to_owned(),
            id,
            key,
        })
    }
}

impl fmt::Display for TrustedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.text)
    }
}
