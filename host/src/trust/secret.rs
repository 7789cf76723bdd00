//! Secret keys, of those who sign: written and read as `minisign` does. The daemon never sees one.

use std::io::Cursor;

use anyhow::{Context as _, anyhow, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign::{KeyPair, SecretKey, SecretKeyBox};

use super::{KeyId, TrustedKey};

/// Octets of a secret key's file that say how it is protected.
const PROTECTION: std::ops::Range<usize> = 2..4;
/// By a password, through scrypt.
const BY_PASSWORD: &[u8] = b"Sc";
/// By nothing.
const BY_NOTHING: &[u8] = &[0, 0];

/// Octets of its check sum, the last ones.
const CHECK_SUM: usize = 32;

/// Longest trusted comment, in octets; other programs have less room than we do.
const LONGEST_COMMENT: usize = 1024;

/// Two keys that belong together, as the texts of their files.
pub struct Generated {
    /// The public key.
    pub public: TrustedKey,
    /// The file that everyone may read.
    pub public_file: String,
    /// The file that nobody else may read.
    pub secret_file: String,
}

/// A key that signs. It has no `Debug`: nobody shall log it.
pub struct SigningKey {
    key: SecretKey,
    id: KeyId,
}

/// Draws a pair of keys; the secret one is protected by the password, if there is one.
///
/// # Errors
/// The system gives no random octets.
pub fn generate(password: Option<String>) -> anyhow::Result<Generated> {
    let pair = match password {
        Some(password) => KeyPair::generate_encrypted_keypair(Some(password)),
        None => KeyPair::generate_unencrypted_keypair(),
    };
    let KeyPair { pk, sk } = pair.context("make a pair of keys")?;
    let public: TrustedKey = pk.to_base64().parse().context("make a pair of keys")?;
    let comment = format!("minisign secret key of {}", public.id());
    Ok(Generated {
        public_file: pk.to_box().context("write the public key")?.into_string(),
        secret_file: sk
            .to_box(Some(&comment))
            .context("write the secret key")?
            .into_string(),
        public,
    })
}

impl SigningKey {
    /// Reads the text of a secret key's file. The password is asked for only where the key is protected by one.
    ///
    /// # Errors
    /// It is no secret key, or the password is another one.
    pub fn of_file(
        text: &str,
        password: impl FnOnce() -> anyhow::Result<String>,
    ) -> anyhow::Result<Self> {
        let no_key = || anyhow!("it is no secret key of `zonesmith policy keygen` or of minisign");
        let mut lines = text.lines();
        let (Some(_), Some(line)) = (lines.next(), lines.next()) else {
            return Err(no_key());
        };
        let octets = STANDARD.decode(line).map_err(|_| no_key())?;
        let secret = SecretKeyBox::from(text.to_owned());
        let key = match octets.get(PROTECTION) {
            // `minisign -G -W` 0.11 leaves the check sum out, and looks at none either.
            Some(BY_NOTHING) if octets.ends_with(&[0; CHECK_SUM]) => SecretKey::from_bytes(&octets),
            Some(BY_NOTHING) => secret.into_unencrypted_secret_key(),
            Some(BY_PASSWORD) => secret.into_secret_key(Some(password()?)),
            Some(_) | None => return Err(no_key()),
        }
        .context("read the secret key")?;
        let id = key.keynum().try_into().map_err(|_| no_key())?;
        Ok(Self {
            id: KeyId::of_octets(id),
            key,
        })
    }

    /// The identifier of both keys of the pair.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The text of a signature of `bytes` and of `comment`.
    ///
    /// # Errors
    /// The comment is too long or has more than one line.
    pub fn sign(&self, bytes: &[u8], comment: &str) -> anyhow::Result<String> {
        if comment.len() > LONGEST_COMMENT {
            bail!(
                "the comment is {} bytes long; {LONGEST_COMMENT} are allowed",
                comment.len()
            );
        }
        let is_plain = |letter: char| letter == '\t' || !letter.is_control();
        if !comment.chars().all(is_plain) || comment.trim() != comment {
            bail!("the comment is to be one line of text, without blanks around it");
        }
        let untrusted = format!("signature with the key {}", self.id);
        let signature = minisign::sign(
            None,
            &self.key,
            Cursor::new(bytes),
            Some(comment),
            Some(&untrusted),
        )
        .context("sign")?;
        Ok(signature.into_string())
    }
}
