//! The policies that the configuration lists, as the loader reads them, and the files whose change means "look again".

use camino::Utf8PathBuf;
use tracing::warn;

use crate::config::{Configuration, PolicyEntry, PolicyFile, PolicySettings};
use crate::policy::pins::Pinned;
use crate::policy::stack::{PolicySource, SettingsSource};
use crate::store::{Store, StoreError};
use crate::trust::Trust;

/// The policies of the configuration, as the loader reads them.
pub(crate) fn policies(configuration: &Configuration) -> Vec<PolicySource> {
    configuration.policies.value.iter().map(source_of).collect()
}

/// Who is believed, as the configuration says.
pub(crate) fn trust(configuration: &Configuration) -> Trust {
    Trust::new(configuration.trusted_keys.value.0.clone())
}

fn source_of(entry: &PolicyEntry) -> PolicySource {
    let file = match &entry.file {
        PolicyFile::Embedded => None,
        PolicyFile::Path(path) => Some(path.clone()),
    };
    let settings = match &entry.settings {
        PolicySettings::None => SettingsSource::None,
        PolicySettings::Beside(path) => SettingsSource::Beside(path.clone()),
        PolicySettings::File(path) => SettingsSource::File(path.clone()),
        PolicySettings::Inline(text) => SettingsSource::Inline(text.as_str().into()),
    };
    PolicySource {
        file,
        settings,
        expected: entry.digest,
    }
}

/// What stands at places of the stack whatever the files say.
pub(super) fn pins(store: &Store) -> Result<Vec<Pinned>, StoreError> {
    let mut pins = Vec::new();
    for (place, pin) in store.policies()?.pins {
        match store.component(pin.policy.digest)? {
            Some(bytes) => pins.push(Pinned {
                place: place.into(),
                pin,
                bytes: bytes.into(),
            }),
            None => {
                let digest = pin.policy.digest;
                warn!(place, %digest, "the component that is pinned is not kept; its place is its file's");
            }
        }
    }
    Ok(pins)
}

/// Every file whose change means "look again".
pub(super) fn watched(configuration: &Configuration) -> Vec<Utf8PathBuf> {
    let policies = policies(configuration);
    let files = policies.iter().flat_map(PolicySource::files);
    files.chain([configuration.file().to_owned()]).collect()
}
