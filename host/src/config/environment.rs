//! The only place that reads the environment, so that tests bring their own and never touch the process.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use camino::Utf8PathBuf;

/// The variables that were set when the process began. What is not text is as if not set: all our values are text.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        )
    }

    /// The value of a variable. One that is empty counts as not set, as shells and units have it.
    #[must_use]
    pub fn get(&self, variable: &str) -> Option<&str> {
        self.0
            .get(variable)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

/// The name that this program was called by, without its directory: runtimes call a link to it.
#[must_use]
pub fn called_as() -> Option<String> {
    let path = Path::new(&std::env::args_os().next()?)
        .file_name()?
        .to_owned();
    path.into_string().ok()
}

/// Where this program is.
///
/// # Errors
/// The system does not say, or the path is no text.
pub fn program() -> anyhow::Result<Utf8PathBuf> {
    let path = std::env::current_exe().context("know where this program is")?;
    Ok(Utf8PathBuf::try_from(path)?)
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }
}
