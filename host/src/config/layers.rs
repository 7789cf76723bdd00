//! The four places a value may come from, nearest first: command line, environment, file, default.
//!
//! All speak the file's language (an [`Item`] for a key), so that a value is read, and refused, by one piece of code.

use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use toml_edit::Item;

use super::environment::Environment;
use super::file::{Absence, ConfigurationError, ConfigurationFile};
use super::key;
use super::origin::{Origin, Value};
use super::place::{Place, Role};
use super::setting::{Setting, Wrong};
use super::{DEFAULT_FILE, KEYS};

/// Everything that was said, not yet understood.
#[derive(Debug, Clone)]
pub struct Layers {
    command_line: Vec<Given>,
    environment: Environment,
    file: ConfigurationFile,
    absence: Absence,
    role: Role,
    place: OnceLock<Place>,
}

/// One value of the command line.
#[derive(Debug, Clone)]
struct Given {
    key: &'static str,
    option: &'static str,
    item: Item,
}

impl Layers {
    /// Reads the file that `--config` names, else `ZONESMITH_CONFIG`, else [`DEFAULT_FILE`], which need not exist.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is no TOML.
    pub fn read(
        role: Role,
        environment: Environment,
        config: Option<&Utf8Path>,
    ) -> Result<Self, ConfigurationError> {
        let (path, absence) = file_of(&environment, config);
        let file = ConfigurationFile::read(&path, absence)?;
        Ok(Self {
            command_line: Vec::new(),
            environment,
            file,
            absence,
            role,
            place: OnceLock::new(),
        })
    }

    /// Takes this for the file, and nothing else: neither environment nor command line.
    #[must_use]
    pub fn of(role: Role, file: ConfigurationFile) -> Self {
        Self {
            command_line: Vec::new(),
            environment: Environment::default(),
            file,
            absence: Absence::Empty,
            role,
            place: OnceLock::new(),
        }
    }

    /// Takes a value from the command line, when there is one. `option` is how people wrote it.
    #[must_use]
    pub fn with(mut self, key: &'static str, option: &'static str, item: Option<Item>) -> Self {
        self.command_line
            .extend(item.map(|item| Given { key, option, item }));
        self
    }

    /// The same with the file as it is now.
    pub(super) fn reread(&self) -> Result<Self, ConfigurationError> {
        let file = ConfigurationFile::read(self.file.path(), self.absence)?;
        Ok(Self {
            file,
            ..self.clone()
        })
    }

    /// The file that is, or would be, read.
    pub(super) fn file_path(&self) -> &Utf8Path {
        self.file.path()
    }

    /// Where sockets and state are when nobody says. Asked for only then: it may have to make a directory.
    pub(super) fn place(&self) -> Result<&Place, ConfigurationError> {
        if let Some(place) = self.place.get() {
            return Ok(place);
        }
        let place = Place::find(self.role, &self.environment).map_err(ConfigurationError::Place)?;
        Ok(self.place.get_or_init(|| place))
    }

    /// Refuses keys and values of the file that make no sense, also where another layer hides them.
    pub(super) fn check(&self) -> Result<(), ConfigurationError> {
        self.file.check()
    }

    /// The nearest value of a key.
    pub(super) fn value<T: Setting>(
        &self,
        name: &'static str,
        default: fn(&Self) -> Result<T, ConfigurationError>,
    ) -> Result<Value<T>, ConfigurationError> {
        let Some((item, origin, base)) = self.nearest(name, T::SHAPE) else {
            return Ok(Value {
                value: default(self)?,
                origin: Origin::Default,
            });
        };
        match T::read(&item, base) {
            Ok(value) => Ok(Value { value, origin }),
            Err(Wrong { message, .. }) => Err(ConfigurationError::Wrong {
                origin,
                message: format!("`{name}` {message}"),
            }),
        }
    }

    fn nearest(
        &self,
        name: &'static str,
        shape: key::Shape,
    ) -> Option<(Item, Origin, Option<&Utf8Path>)> {
        if let Some(given) = self
            .command_line
            .iter()
            .rev()
            .find(|given| given.key == name)
        {
            return Some((
                given.item.clone(),
                Origin::CommandLine {
                    option: given.option,
                },
                None,
            ));
        }
        let variable = KEYS
            .iter()
            .find(|key| key.name == name)
            .and_then(|key| key.variable);
        if let Some((variable, text)) =
            variable.and_then(|variable| Some((variable, self.environment.get(variable)?)))
        {
            return Some((shape.item(text), Origin::Environment { variable }, None));
        }
        let Value { value, origin } = self.file.get(name)?;
        Some((value.clone(), origin, self.file.folder()))
    }
}

/// The file that `--config` names, else `ZONESMITH_CONFIG`, else the default; and what its absence means.
#[must_use]
pub fn file_of(environment: &Environment, config: Option<&Utf8Path>) -> (Utf8PathBuf, Absence) {
    match config
        .map(Utf8Path::as_str)
        .or_else(|| environment.get("ZONESMITH_CONFIG"))
    {
        Some(path) => (Utf8PathBuf::from(path), Absence::Error),
        None => (Utf8PathBuf::from(DEFAULT_FILE), Absence::Empty),
    }
}
