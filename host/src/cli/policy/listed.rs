//! Policies that a folder without sources lists, in the words of the daemon's configuration: what the playground exports is
//! tested and served from the same file.

use camino::{Utf8Path, Utf8PathBuf};

use super::given;
use crate::config::file::{Absence, ConfigurationFile};
use crate::config::setting::Setting;
use crate::config::{PolicyEntry, PolicyFile, PolicySettings};
use crate::kit::golden::Tested;
use crate::kit::run::NO_SETTINGS;
use crate::policy::Engine;

const CONFIGURATION: &str = "zonesmith.toml";

/// The policies that the folder lists, in order. None: it lists none.
pub(super) fn policies(engine: &Engine, folder: &Utf8Path) -> anyhow::Result<Option<Tested>> {
    let file = ConfigurationFile::read(&folder.join(CONFIGURATION), Absence::Empty)?;
    file.check()?;
    let Some(listed) = file.get("policy") else {
        return Ok(None);
    };
    let entries = Vec::<PolicyEntry>::read(listed.value, file.folder())
        .map_err(|wrong| anyhow::anyhow!("{}: `policy` {}", listed.origin, wrong.message))?;
    let policies = entries.into_iter().map(|entry| {
        // A digest says what the daemon may load, and nothing of what is tested here.
        let PolicyEntry {
            file,
            settings,
            digest: _,
        } = entry;
        let file = match file {
            PolicyFile::Embedded => Utf8PathBuf::from(given::DEFAULT),
            PolicyFile::Path(path) => path,
        };
        let settings = match settings {
            PolicySettings::None => NO_SETTINGS.into(),
            PolicySettings::Beside(path) if !path.exists() => NO_SETTINGS.into(),
            PolicySettings::Beside(path) | PolicySettings::File(path) => given::settings(&path)?,
            PolicySettings::Inline(text) => text.into(),
        };
        Ok((given::load(engine, &file)?, settings))
    });
    let policies = policies.collect::<anyhow::Result<_>>()?;
    Ok(Some(Tested::Stack(policies)))
}
