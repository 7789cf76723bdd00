//! The configuration file as it stands on disk, with the line of everything in it.

use std::fs;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;
use toml_edit::{Document, Item, TableLike};

use super::key::{self, Key};
use super::origin::Origin;
use super::setting::Wrong;
use super::{KEYS, Value};

/// Why there is no configuration.
#[derive(Debug, Error)]
pub enum ConfigurationError {
    /// The file cannot be read.
    #[error("read the configuration {path}")]
    Read {
        /// As it was named.
        path: Utf8PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be replaced.
    #[error("write the configuration {path}")]
    Write {
        /// As it was named.
        path: Utf8PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What somebody said makes no sense.
    #[error("{origin}: {message}")]
    Wrong {
        /// Who said it.
        origin: Origin,
        /// What is wrong with it.
        message: String,
    },
    /// Nobody named the sockets, and there is no safe directory for them.
    #[error("find a directory for the sockets")]
    Place(#[source] anyhow::Error),
}

/// A file that was read, or that there is none.
#[derive(Debug, Clone)]
pub struct ConfigurationFile {
    path: Utf8PathBuf,
    document: Option<Arc<Document<String>>>,
}

/// What it means when there is no such file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// Nothing is configured.
    Empty,
    /// Somebody named it: a mistake.
    Error,
}

impl ConfigurationFile {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is no TOML.
    pub fn read(path: &Utf8Path, absence: Absence) -> Result<Self, ConfigurationError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound && absence == Absence::Empty => {
                Ok(Self {
                    path: path.to_owned(),
                    document: None,
                })
            }
            Err(source) => Err(ConfigurationError::Read {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Takes `text` for the file's.
    ///
    /// # Errors
    ///
    /// When it is no TOML.
    pub fn parse(path: &Utf8Path, text: &str) -> Result<Self, ConfigurationError> {
        match Document::parse(text.to_owned()) {
            Ok(document) => Ok(Self {
                path: path.to_owned(),
                document: Some(Arc::new(document)),
            }),
            Err(error) => {
                let origin = Origin::File {
                    path: path.to_owned(),
                    line: line(text, error.span()),
                };
                // Its own message counts lines too, and draws the place: one sentence is enough.
                Err(ConfigurationError::Wrong {
                    origin,
                    message: error.message().replace('\n', "; "),
                })
            }
        }
    }

    /// As it was named.
    #[must_use]
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// The text, when there is a file.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.document.as_deref().map(Document::raw)
    }

    /// Where relative paths of it start.
    #[must_use]
    pub fn folder(&self) -> Option<&Utf8Path> {
        self.path
            .parent()
            .filter(|folder| !folder.as_str().is_empty())
    }

    /// What stands under a key, and where.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value<&Item>> {
        let mut table: &dyn TableLike = self.document.as_deref()?.as_table();
        let (sections, leaf) = name
            .rsplit_once('.')
            .map_or((None, name), |(sections, leaf)| (Some(sections), leaf));
        for section in sections
            .into_iter()
            .flat_map(|sections| sections.split('.'))
        {
            table = table.get(section)?.as_table_like()?;
        }
        let item = table.get(leaf)?;
        let span = table
            .key(leaf)
            .and_then(toml_edit::Key::span)
            .or_else(|| item.span());
        Some(Value {
            value: item,
            origin: self.origin(span),
        })
    }

    /// Looks at everything in the file: keys that nobody knows, values that a key cannot have.
    ///
    /// # Errors
    ///
    /// The first that is wrong, with its line.
    pub fn check(&self) -> Result<(), ConfigurationError> {
        self.document
            .as_deref()
            .map_or(Ok(()), |document| self.check_table(document.as_table(), ""))
    }

    fn check_table(&self, table: &dyn TableLike, prefix: &str) -> Result<(), ConfigurationError> {
        for (name, item) in table.iter() {
            let full = format!("{prefix}{name}");
            let span = table
                .key(name)
                .and_then(toml_edit::Key::span)
                .or_else(|| item.span());
            if let Some(key) = key::find(&full) {
                self.check_value(key, item, span)?;
                continue;
            }
            let section = format!("{full}.");
            let is_section = KEYS.iter().any(|key| key.name.starts_with(&section));
            match item.as_table_like() {
                Some(inner) if is_section => self.check_table(inner, &section)?,
                None if is_section => {
                    let message = format!("`{full}` is a section: `[{full}]`, then a key a line");
                    return Err(ConfigurationError::Wrong {
                        origin: self.origin(span),
                        message,
                    });
                }
                Some(_) | None => {
                    return Err(ConfigurationError::Wrong {
                        origin: self.origin(span),
                        message: key::unknown(&full),
                    });
                }
            }
        }
        Ok(())
    }

    fn check_value(
        &self,
        key: &Key,
        item: &Item,
        span: Option<Range<usize>>,
    ) -> Result<(), ConfigurationError> {
        (key.check)(item, self.folder()).map_err(|Wrong { message, at }| {
            ConfigurationError::Wrong {
                origin: self.origin(at.or(span)),
                message: format!("`{}` {message}", key.name),
            }
        })
    }

    fn origin(&self, span: Option<Range<usize>>) -> Origin {
        Origin::File {
            path: self.path.clone(),
            line: line(self.text().unwrap_or_default(), span),
        }
    }

    /// Puts `text` in the file's place in one step, so that a reader sees the old or the new and nothing between. The
    /// permissions stay; a symbolic link stays one.
    ///
    /// # Errors
    ///
    /// When the folder or the file cannot be written: the old one is untouched.
    pub fn replace(path: &Utf8Path, text: &str) -> Result<(), ConfigurationError> {
        let target = path.canonicalize_utf8().unwrap_or_else(|_| path.to_owned());
        write(&target, text).map_err(|source| ConfigurationError::Write {
            path: path.to_owned(),
            source,
        })
    }
}

fn write(target: &Utf8Path, text: &str) -> io::Result<()> {
    if let Some(folder) = target.parent().filter(|folder| !folder.as_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let next = Utf8PathBuf::from(format!("{target}.{}.new", std::process::id()));
    let written = (|| {
        let mut file = fs::File::create(&next)?;
        if let Ok(metadata) = fs::metadata(target) {
            file.set_permissions(metadata.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&next, target)
    })();
    if written.is_err() {
        // What is wrong was said already; a leftover would only puzzle.
        let _ = fs::remove_file(&next);
    }
    written
}

/// The line, from 1, where a span begins.
fn line(text: &str, span: Option<Range<usize>>) -> usize {
    let start = span.map_or(0, |span| span.start);
    text.bytes()
        .take(start)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}
