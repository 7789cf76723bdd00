//! A file or a directory, as it is to be on disk.

use camino::Utf8PathBuf;

/// What is to be at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Absolute; below another root where one is said.
    pub path: Utf8PathBuf,
    /// What it is.
    pub kind: Kind,
    /// Its permissions, such as `0o640`.
    pub mode: u32,
    /// Its owner's name or number; whoever deploys (root) when not set.
    pub owner: Option<String>,
    /// Its group's name or number; that of whoever deploys when not set.
    pub group: Option<String>,
}

/// What an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A file, and all that stands in it.
    File {
        /// All of it.
        text: String,
    },
    /// A directory. What else is in it stays.
    Directory,
}

impl Item {
    /// A file that everybody may read, of whoever deploys.
    #[must_use]
    pub fn file(path: impl Into<Utf8PathBuf>, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            kind: Kind::File { text: text.into() },
            mode: 0o644,
            owner: None,
            group: None,
        }
    }

    /// A directory that everybody may enter, of whoever deploys.
    #[must_use]
    pub fn directory(path: impl Into<Utf8PathBuf>) -> Self {
        Self {
            path: path.into(),
            kind: Kind::Directory,
            mode: 0o755,
            owner: None,
            group: None,
        }
    }

    /// The same file with other words in place of these.
    #[must_use]
    pub fn with<const N: usize>(mut self, these: [&str; N], others: [&str; N]) -> Self {
        if let Kind::File { text } = &mut self.kind {
            for (this, other) in these.iter().zip(others) {
                *text = text.replace(this, other);
            }
        }
        self
    }

    /// The same, of this owner and group, with these permissions.
    #[must_use]
    pub fn owned(self, owner: &str, group: &str, mode: u32) -> Self {
        Self {
            owner: Some(owner.to_owned()),
            group: Some(group.to_owned()),
            mode,
            ..self
        }
    }
}
