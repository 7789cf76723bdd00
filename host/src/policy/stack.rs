//! Several policies, in order. A record set belongs whole to the first policy that has it, so a site overrides by
//! standing first and adds by standing later.

use std::fmt;
use std::sync::Arc;

use camino::Utf8PathBuf;

use super::Component;
use super::pins::Pinned;
use crate::digest::Digest;
use crate::store::policies::KeptPolicy;
use crate::trust::signature::beside;

/// The place of the policy inside the daemon, by the word of the configuration.
const EMBEDDED_PLACE: &str = "default";

/// Where a policy and its settings are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicySource {
    /// The component's file; none is the policy inside the daemon.
    pub file: Option<Utf8PathBuf>,
    /// Where its settings are.
    pub settings: SettingsSource,
    /// The digest of the only component that may stand here; any, when not set.
    pub expected: Option<Digest>,
}

/// Where the settings of a policy are read from. Without any they are `{}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingsSource {
    /// There are none.
    None,
    /// A file that need not exist.
    Beside(Utf8PathBuf),
    /// A file that must exist.
    File(Utf8PathBuf),
    /// A JSON text.
    Inline(Arc<str>),
}

impl PolicySource {
    /// The default policy, inside the daemon, with default settings.
    #[must_use]
    pub const fn embedded() -> Self {
        Self {
            file: None,
            settings: SettingsSource::None,
            expected: None,
        }
    }

    /// How the place is known that the configuration gives it.
    #[must_use]
    pub fn place(&self) -> &str {
        self.file
            .as_ref()
            .map_or(EMBEDDED_PLACE, |file| file.as_str())
    }

    /// The files to be watched: component, signature, settings.
    pub fn files(&self) -> impl Iterator<Item = Utf8PathBuf> {
        let settings = match &self.settings {
            SettingsSource::Beside(file) | SettingsSource::File(file) => Some(file.clone()),
            SettingsSource::None | SettingsSource::Inline(_) => None,
        };
        let signature = self.file.as_deref().map(beside);
        self.file
            .clone()
            .into_iter()
            .chain(signature)
            .chain(settings)
    }
}

impl fmt::Display for PolicySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{file}"),
            None => write!(f, "the default policy"),
        }
    }
}

/// One place of the stack: a component that loaded, and its settings.
#[derive(Clone)]
pub struct StackEntry {
    /// Compiled, linked and described.
    pub component: Component,
    /// A JSON text.
    pub settings: Arc<str>,
    /// Of `settings`.
    pub settings_digest: Digest,
    /// Where both came from, or where they would come from without the pin.
    pub source: PolicySource,
    /// The text of the signature that came with the component, where one was asked for.
    pub signature: Option<Arc<str>>,
    /// What stands there whatever the source says.
    pub pinned: Option<Pinned>,
}

impl StackEntry {
    /// What decides whether anything changed: the bytes of component and settings.
    #[must_use]
    pub fn digests(&self) -> (Digest, Digest) {
        (self.component.digest(), self.settings_digest)
    }

    /// The policy's own name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.component.description().name
    }

    /// How its place is known.
    #[must_use]
    pub fn place(&self) -> Arc<str> {
        match &self.pinned {
            Some(pinned) => Arc::clone(&pinned.place),
            None => self.source.place().into(),
        }
    }

    /// Where it came from, for people.
    #[must_use]
    pub fn origin(&self) -> String {
        match &self.pinned {
            Some(pinned) if !pinned.is_configured() => pinned.place.to_string(),
            Some(_) | None => self.source.to_string(),
        }
    }

    /// As it is kept.
    #[must_use]
    pub fn kept(&self) -> KeptPolicy {
        match &self.pinned {
            Some(pinned) => pinned.pin.policy.clone(),
            None => KeptPolicy {
                name: self.name().to_owned(),
                version: self.component.description().version.clone(),
                digest: self.component.digest(),
                settings: self.settings.to_string(),
                signature: self.signature.as_deref().map(str::to_owned),
            },
        }
    }
}
