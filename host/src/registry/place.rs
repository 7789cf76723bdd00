//! Where a component is in a registry: `HOST/NAME:TAG`, or `HOST/NAME@DIGEST`, which is pinned.

use std::fmt;
use std::str::FromStr;

use oci_client::Reference;

use crate::digest::Digest;

/// What may stand before it, as other tools have it.
const SCHEME: &str = "oci://";

/// A place in a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    reference: Reference,
}

/// What a text is that names no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPlace {
    /// No registry is named. Others fill in a public one; for who names a cluster it must be said.
    #[error("`{0}` names no registry: write HOST/NAME:TAG")]
    NoRegistry(String),
    /// It is no reference.
    #[error("`{text}` is no reference such as HOST/NAME:TAG or HOST/NAME@sha256:…: {reason}")]
    NoReference {
        /// What was written.
        text: String,
        /// The library's word.
        reason: String,
    },
    /// Neither tag nor digest.
    #[error("`{0}` names neither a tag (`:TAG`) nor a digest (`@sha256:…`)")]
    NoVersion(String),
}

impl Place {
    pub(super) const fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The digest of the manifest, where it is pinned.
    pub(super) fn pinned(&self) -> Option<&str> {
        self.reference.digest()
    }

    /// The last part of its name: `site` of `registry.example/dns/site:1`.
    #[must_use]
    pub fn name(&self) -> &str {
        let repository = self.reference.repository();
        repository.rsplit('/').next().unwrap_or(repository)
    }

    /// Who is asked, with a port if there is one.
    #[must_use]
    pub fn host(&self) -> &str {
        self.reference.registry()
    }

    /// The same name, at a digest.
    pub(super) fn at(&self, digest: Digest) -> Reference {
        self.reference.clone_with_digest(digest.to_string())
    }

    /// The same name, at a tag.
    pub(super) fn tagged(&self, tag: String) -> Reference {
        let (host, name) = (self.reference.registry(), self.reference.repository());
        Reference::with_tag(host.to_owned(), name.to_owned(), tag)
    }

    /// The same name at the digest of a manifest, as it is written: what a script pins.
    #[must_use]
    pub fn pin(&self, manifest: Digest) -> String {
        format!("{}/{}@{manifest}", self.host(), self.reference.repository())
    }
}

impl FromStr for Place {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let plain = text.strip_prefix(SCHEME).unwrap_or(text);
        let host = plain.split_once('/').map(|(host, _)| host);
        let is_host = |host: &str| host.contains(['.', ':']) || host == "localhost";
        if !host.is_some_and(is_host) {
            return Err(NotAPlace::NoRegistry(text.to_owned()));
        }
        let reference: Reference =
            plain
                .parse()
                .map_err(|error: oci_client::ParseError| NotAPlace::NoReference {
                    text: text.to_owned(),
                    reason: error.to_string(),
                })?;
        // The library fills in `latest`: what is latest changes under who pulls it.
        let name = plain.rsplit('/').next().unwrap_or(plain);
        if !name.contains([':', '@']) {
            return Err(NotAPlace::NoVersion(text.to_owned()));
        }
        Ok(Self { reference })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_names_its_registry_and_its_version() {
        let pinned = format!("registry.example:5000/dns/site@{}", Digest::of(b""));
        for (text, host, name) in [
            ("registry.example/dns/site:1", "registry.example", "site"),
            ("oci://127.0.0.1:5000/site:1.2-x", "127.0.0.1:5000", "site"),
            ("localhost/site:1", "localhost", "site"),
            (&pinned, "registry.example:5000", "site"),
        ] {
            let place: Place = text.parse().unwrap();
            assert_eq!((place.host(), place.name()), (host, name), "{text}");
        }
        for text in [
            "",
            "site",
            "site:1",
            "dns/site:1",
            "registry.example/site",
            "registry.example:5000/site",
            "registry.example/SITE:1",
            "registry.example/site@sha256:0",
            "https://registry.example/site:1",
        ] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }
}
