//! Where a folder of JavaScript or Python has the contract: what its manifest says, else the copy that `policy new` made.

use std::fs;

use anyhow::{Context, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use crate::kit::folder::{Folder, Language};
use crate::kit::sources::FOLDER;

/// The release of the contract that policies in these languages are built for.
const RELEASE: &str = "since_v1.0";

/// What a manifest says for us: `"zonesmith": { "wit": … }` in `package.json`, `[tool.zonesmith]` in `pyproject.toml`.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Manifest {
    /// A directory of the contract's files, from the folder.
    wit: Option<Utf8PathBuf>,
}

impl Manifest {
    /// Reads the folder's.
    pub(super) fn read(folder: &Folder) -> anyhow::Result<Self> {
        let path = folder.manifest();
        let text = fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
        Self::parse(folder.language(), &text).with_context(|| format!("read {path}"))
    }

    fn parse(language: Language, text: &str) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Tools {
            zonesmith: Option<Manifest>,
        }
        #[derive(Deserialize)]
        struct Project {
            tool: Option<Tools>,
        }
        Ok(match language {
            Language::Python => toml_edit::de::from_str::<Project>(text)?
                .tool
                .and_then(|tools| tools.zonesmith),
            Language::JavaScript => serde_json::from_str::<Tools>(text)?.zonesmith,
            // Its SDK knows where the contract is.
            Language::Rust => None,
        }
        .unwrap_or_default())
    }

    /// The directory of the contract, seen from the folder in `directory`.
    pub(super) fn wit(self, directory: &Utf8Path) -> anyhow::Result<Utf8PathBuf> {
        let wit = self
            .wit
            .unwrap_or_else(|| Utf8Path::new(FOLDER).join("wit").join(RELEASE));
        if !directory.join(&wit).is_dir() {
            bail!(
                "{} is missing; `zonesmith policy new {directory} --sdk` puts the contract there",
                directory.join(&wit)
            );
        }
        Ok(wit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_may_say_where_the_contract_is() {
        for (language, text) in [
            (
                Language::JavaScript,
                r#"{ "zonesmith": { "wit": "../wit" } }"#,
            ),
            (Language::Python, "[tool.zonesmith]\nwit = \"../wit\"\n"),
        ] {
            let manifest = Manifest::parse(language, text).unwrap();
            assert_eq!(manifest.wit.unwrap(), "../wit", "{language}");
        }
        for (language, text) in [
            (Language::JavaScript, "{}"),
            (Language::Python, "[tool.other]\n"),
        ] {
            let manifest = Manifest::parse(language, text).unwrap();
            assert_eq!(manifest, Manifest::default(), "{language}");
            let error = manifest.wit(Utf8Path::new("/no/such/folder")).unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with("/no/such/folder/zonesmith/wit/since_v1.0 is missing"),
                "{error}"
            );
        }
    }
}
