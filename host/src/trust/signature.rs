//! What lies beside a component: `site.wasm.minisig`.

use std::fs;
use std::io::{self, Read as _};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::{Distrust, KeyId, TrustedKey};

/// What a signature's file is called: the component's name and this.
const ENDING: &str = "minisig";

/// Largest file of a signature: four lines, two of them comments that are shown in one line.
pub const LARGEST: usize = 4096;

const UNTRUSTED: &str = "untrusted comment: ";

/// A signature that can be read; nothing is proven yet.
pub struct Signature {
    key: KeyId,
    signature: minisign_verify::Signature,
}

/// Who signed, and what was said then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signed {
    /// The key.
    pub key: KeyId,
    /// The trusted comment: it is signed, too.
    pub comment: String,
}

impl Signature {
    /// Reads the text of a signature, in exactly the form that `minisign` writes.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Distrust> {
        let unreadable = |what| Err(Distrust::Unreadable(what));
        if text.len() > LARGEST {
            return unreadable("it is longer than 4096 bytes");
        }
        let Some(text) = text.strip_suffix('\n') else {
            return unreadable("it is cut off, or no text of minisign's");
        };
        let mut lines = text.split('\n');
        let (Some(comment), Some(line), Some(_), Some(_), None) = (
            lines.next(),
            lines.next(),
            lines.next(),
            lines.next(),
            lines.next(),
        ) else {
            return unreadable("it has not the four lines that minisign writes");
        };
        // A library that takes lines takes several ends of lines; then an octet could change and nobody would see.
        if text.contains('\r') || !comment.starts_with(UNTRUSTED) {
            return unreadable("its lines are not those that minisign writes");
        }
        let Ok(signature) = minisign_verify::Signature::decode(text) else {
            return unreadable("its lines are not those that minisign writes");
        };
        let Some(key) = KeyId::of_line(line) else {
            return unreadable("it names no key");
        };
        Ok(Self { key, signature })
    }

    /// The key that it says it was made with.
    #[must_use]
    pub const fn key(&self) -> KeyId {
        self.key
    }

    /// What was signed, if it is of `bytes` and of this key. One that was not made over a hash, as `minisign` no longer
    /// does unless told to, is none.
    pub(super) fn verify(&self, key: &TrustedKey, bytes: &[u8]) -> Option<Signed> {
        key.key().verify(bytes, &self.signature, false).ok()?;
        Some(Signed {
            key: key.id(),
            comment: self.signature.trusted_comment().to_owned(),
        })
    }
}

/// Where the signature of a component is.
#[must_use]
pub fn beside(component: &Utf8Path) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{component}.{ENDING}"))
}

/// What lies beside a component, if something does. What is no text is no signature either: [`Signature::parse`] says so.
///
/// # Errors
/// It is there and cannot be read.
pub fn read_beside(component: &Utf8Path) -> io::Result<Option<String>> {
    match fs::File::open(beside(component)) {
        Ok(file) => {
            let mut octets = Vec::new();
            // One more than there may be, so that what is too long is seen to be.
            file.take(LARGEST as u64 + 1).read_to_end(&mut octets)?;
            Ok(Some(String::from_utf8_lossy(&octets).into_owned()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
