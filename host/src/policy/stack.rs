//! Several policies, in order. A record set belongs whole to the first policy that has it, so a site overrides by
//! standing first and adds by standing later.

use std::fmt;
use std::sync::Arc;

use camino::Utf8PathBuf;

use super::Component;
use crate::digest::Digest;
use crate::trust::signature::beside;

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
    /// Where both came from.
    pub source: PolicySource,
}

impl StackEntry {
    /// What decides whether anything changed: the bytes of component and settings.
    #[must_use]
    pub fn digests(&self) -> (Digest, Digest) {
        (self.component.digest(), self.settings_digest)
    }
}
