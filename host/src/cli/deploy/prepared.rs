//! All that a deployment is to do, before any of it is done: what a dry run shows.

use anyhow::bail;
use camino::{Utf8Path, Utf8PathBuf};
use toml_edit::value;

use super::known::known;
use super::options::Options;
use crate::admin::client::Client;
use crate::config::environment::Environment;
use crate::config::file::ConfigurationFile;
use crate::config::origin::Origin;
use crate::config::place::Role;
use crate::config::{Configuration, Layers};
use crate::deployment::Rendered;
use crate::deployment::diff::unified;
use crate::deployment::item::Item;
use crate::deployment::manifest::Manifest;
use crate::deployment::place::Place;
use crate::deployment::plan::{Disk, Plan};
use crate::deployment::settings::{self, Edited};
use crate::deployment::target::Target;

/// What is to be done.
pub(super) struct Prepared {
    pub(super) disk: Disk,
    /// The daemon's configuration: where, what stands there, and what is to.
    pub(super) configuration: Utf8PathBuf,
    pub(super) text: Option<String>,
    pub(super) edited: Edited,
    pub(super) plan: Plan,
    pub(super) rendered: Rendered,
    pub(super) earlier: Option<Manifest>,
    /// The directory of the servers' configurations.
    pub(super) directory: Utf8PathBuf,
}

impl Prepared {
    /// Looks at everything, changes nothing.
    pub(super) fn new(
        target: Target,
        options: &Options,
        environment: &Environment,
    ) -> anyhow::Result<Self> {
        let disk = options.place.disk()?;
        let path = options.place.configuration(environment)?;
        let text = disk.read(&path)?;
        let earlier = Manifest::read(&disk, &path)?;
        if let Some(earlier) = &earlier
            && earlier.target != target
            && earlier.target != Target::Files
        {
            bail!(
                "{} is deployed here: `zonesmith deploy remove` takes it away first",
                earlier.target
            );
        }
        let before = earlier.as_ref().map(|earlier| &earlier.configuration);
        let chosen = options.keys()?;
        let first = settings::set(&path, text.as_deref(), &chosen, before)?;
        let configuration = load(&path, &first.text)?;
        let daemon = options
            .daemon(&disk, environment, &path)
            .filter(|_| !options.names_sources());
        let known = known(&configuration, daemon.as_ref())?;
        let executable = options.executable()?;
        let mut place = Place::of(&configuration, &configuration.choices(), &executable);
        if let Some(socket) = known
            .socket
            .filter(|_| is_default(&configuration, "socket.path"))
        {
            place.backend = socket;
        }
        // What was chosen stands before what a target has by default.
        let defaults = target.defaults(&place).into_iter();
        let defaults = defaults.filter(|(key, _)| is_default(&configuration, key));
        let keys: Vec<_> = chosen.into_iter().chain(defaults).collect();
        let second = settings::set(&path, text.as_deref(), &keys, before)?;
        let configuration = load(&path, &second.text)?;
        let choices = configuration.choices();
        let backend = place.backend;
        let mut place = Place::of(&configuration, &choices, &executable);
        if is_default(&configuration, "socket.path") {
            place.backend = backend;
        }
        place.programs = environment.get("PATH").map(str::to_owned);
        let rendered = target.render(&known.facts, &choices, &place)?;
        let keys: Vec<_> = keys
            .into_iter()
            .chain(rendered.configuration.clone())
            .collect();
        let edited = settings::set(&path, text.as_deref(), &keys, before)?;
        let ours = earlier.as_ref().map_or(&[][..], |earlier| &earlier.made);
        let folder = path.parent().unwrap_or_else(|| Utf8Path::new("/"));
        let mut items = vec![Item::directory(folder)];
        items.extend(rendered.items.iter().cloned());
        let plan = Plan::of(disk.clone(), items, ours)?;
        Ok(Self {
            disk,
            configuration: path,
            text,
            edited,
            plan,
            rendered,
            earlier,
            directory: place.directory,
        })
    }

    /// What changes in files.
    pub(super) fn diff(&self) -> String {
        format!("{}{}", self.configuration_diff(), self.plan.diff())
    }

    /// What changes in the daemon's configuration; a new one, against the template.
    pub(super) fn configuration_diff(&self) -> String {
        let path = self.configuration.as_str();
        match &self.text {
            Some(text) => unified(path, Some(text), Some(&self.edited.text)),
            None => unified(
                path,
                Some(&crate::config::template::template()),
                Some(&self.edited.text),
            ),
        }
    }

    /// Whether the daemon's configuration is another one.
    pub(super) fn changes_configuration(&self) -> bool {
        self.text.as_deref() != Some(&self.edited.text)
    }

    /// Every path where something is done.
    pub(super) fn changed(&self) -> Vec<Utf8PathBuf> {
        let configuration = self.changes_configuration();
        let configuration = configuration.then_some(self.configuration.as_path());
        let changed = configuration.into_iter().chain(self.plan.changed());
        changed.map(Utf8Path::to_owned).collect()
    }
}

impl Options {
    /// The daemon that runs, if what it knows is of this machine.
    fn daemon(&self, disk: &Disk, environment: &Environment, path: &Utf8Path) -> Option<Client> {
        if !disk.is_machine() && self.admin.is_none() {
            return None;
        }
        let file = path.exists().then_some(path);
        let layers = Layers::read(Role::Client, environment.clone(), file).ok()?;
        let admin = self.admin.as_ref().map(|path| value(path.as_str()));
        let configuration =
            Configuration::load(layers.with("admin.path", "--admin", admin)).ok()?;
        Some(Client::new(&configuration.admin_path.value))
    }
}

/// The configuration as the daemon will have it: nothing but the file.
pub(super) fn load(path: &Utf8Path, text: &str) -> anyhow::Result<Configuration> {
    let file = ConfigurationFile::parse(path, text)?;
    let layers = Layers::of(Role::Client, file);
    Ok(Configuration::load(layers)?)
}

fn is_default(configuration: &Configuration, key: &str) -> bool {
    let values = configuration.values();
    let mut known = values.iter().filter(|(name, _, _)| *name == key);
    known.all(|(_, _, origin)| **origin == Origin::Default)
}
