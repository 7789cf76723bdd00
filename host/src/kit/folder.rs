//! A policy's folder: sources in one of three languages, and beside them what every policy's folder has, whatever the
//! language.
//!
//! | file | |
//! |---|---|
//! | `Cargo.toml`, `package.json` or `pyproject.toml` | which language it is, and the policy's name |
//! | `cluster.json`, `settings.json` | input of its test |
//! | `expected.zone` | output of its test |
//! | `NAME.wasm` | the component, made by `policy build` and ignored by git |
//!
//! The manifest of the language says the name, so that there is no second place for it to differ.

use std::fmt;
use std::fs;

use anyhow::{Context, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

/// What a policy is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// The SDK is in Rust, and components of it are the smallest and quickest
    #[default]
    Rust,
    /// Run by QuickJS inside the component
    #[value(name = "javascript", alias = "js")]
    JavaScript,
    /// Run by CPython inside the component
    Python,
}

impl Language {
    /// In the order in which a folder is asked.
    pub const ALL: [Self; 3] = [Self::Rust, Self::JavaScript, Self::Python];

    /// The file that says that a folder is of this language.
    #[must_use]
    pub fn manifest(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::JavaScript => "package.json",
            Self::Python => "pyproject.toml",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Rust => "Rust",
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
        })
    }
}

/// The folder of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    directory: Utf8PathBuf,
    language: Language,
    name: String,
}

impl Folder {
    /// Looks which language the folder is of, and what its policy is called.
    ///
    /// # Errors
    ///
    /// When it is no policy's folder, or its manifest cannot be read.
    pub fn open(directory: &Utf8Path) -> anyhow::Result<Self> {
        let Some(language) = Self::language_of(directory) else {
            let manifests = Language::ALL.map(Language::manifest).join(", ");
            bail!(
                "{directory} is no policy's folder: it has none of {manifests}; `zonesmith policy new NAME` makes one"
            );
        };
        let path = directory.join(language.manifest());
        let text = fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
        let name = name_in(language, &text).with_context(|| format!("read the name in {path}"))?;
        Ok(Self {
            directory: directory.to_owned(),
            language,
            name,
        })
    }

    /// Whether the directory has the manifest of a language.
    #[must_use]
    pub fn is_one(directory: &Utf8Path) -> bool {
        Self::language_of(directory).is_some()
    }

    fn language_of(directory: &Utf8Path) -> Option<Language> {
        let is_of = |language: &Language| directory.join(language.manifest()).is_file();
        Language::ALL.into_iter().find(is_of)
    }

    /// Where it is.
    #[must_use]
    pub fn directory(&self) -> &Utf8Path {
        &self.directory
    }

    /// What it is written in.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// What its manifest calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file that says its language and name.
    #[must_use]
    pub fn manifest(&self) -> Utf8PathBuf {
        self.directory.join(self.language.manifest())
    }

    /// Where its component is put.
    #[must_use]
    pub fn component(&self) -> Utf8PathBuf {
        self.directory.join(format!("{}.wasm", self.name))
    }
}

/// The name of the package that this manifest describes.
fn name_in(language: Language, text: &str) -> anyhow::Result<String> {
    #[derive(Deserialize)]
    struct Package {
        name: String,
    }
    #[derive(Deserialize)]
    struct Manifest {
        #[serde(alias = "project")]
        package: Package,
    }
    let name = match language {
        Language::Rust | Language::Python => {
            toml_edit::de::from_str::<Manifest>(text)?.package.name
        }
        Language::JavaScript => serde_json::from_str::<Package>(text)?.name,
    };
    // It becomes the name of a file.
    if name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
        bail!("{name:?} is no name of a policy");
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_says_the_name_in_its_own_manifest() {
        for (language, text) in [
            (
                Language::Rust,
                "[package]\nname = \"site\"\nversion = \"0.1.0\"\n",
            ),
            (Language::Python, "[project]\nname = \"site\"\n"),
            (
                Language::JavaScript,
                r#"{ "name": "site", "private": true }"#,
            ),
        ] {
            assert_eq!(name_in(language, text).unwrap(), "site", "{language}");
        }
        for name in ["", "../site", ".site"] {
            let text = format!(r#"{{ "name": "{name}" }}"#);
            assert!(name_in(Language::JavaScript, &text).is_err(), "{name}");
        }
    }

    #[test]
    fn a_folder_of_no_language_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(directory.path()).unwrap();
        let error = Folder::open(path).unwrap_err().to_string();
        assert!(
            error.contains("it has none of Cargo.toml, package.json, pyproject.toml"),
            "{error}"
        );
        fs::write(path.join("package.json"), r#"{ "name": "site" }"#).unwrap();
        let folder = Folder::open(path).unwrap();
        assert_eq!(folder.language(), Language::JavaScript);
        assert_eq!(folder.component(), path.join("site.wasm"));
    }
}
