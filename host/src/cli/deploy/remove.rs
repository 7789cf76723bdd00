//! `zonesmith deploy remove`: everything that was deployed goes, and what stood there before is there again.

use std::fs;

use anyhow::{Context as _, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::done::{CommandRow, FileRow, row, table};
use super::options::Where;
use super::prepared::load;
use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::config::environment::Environment;
use crate::config::file::ConfigurationFile;
use crate::deployment::Command;
use crate::deployment::diff::unified;
use crate::deployment::manifest::Manifest;
use crate::deployment::plan::{Action, Disk, remove};
use crate::deployment::run::{Fate, Runner};

/// Take away everything that was deployed
///
/// Stops what was started, removes what was made, and sets the configuration back to what it said before. The daemon's
/// state (serials, keys) stays, and with it the daemon's user, unless `--with-state`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Remove {
    /// Remove the daemon's state, too: serials, DNSSEC keys, metadata, TSIG keys
    #[arg(long)]
    with_state: bool,

    #[command(flatten)]
    place: Where,
}

/// What is removed, and where.
struct Removal {
    disk: Disk,
    configuration: Utf8PathBuf,
    manifest: Manifest,
    /// What stands in the daemon's configuration.
    text: Option<String>,
    /// What will.
    restored: Option<String>,
    /// The daemon's state, where it goes.
    state: Option<Utf8PathBuf>,
    /// Whether the daemon's state stays.
    keeps_state: bool,
}

impl Remove {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let disk = self.place.disk()?;
        let configuration = self.place.configuration(environment)?;
        let Some(manifest) = Manifest::read(&disk, &configuration)? else {
            output::remark(format_args!(
                "nothing is deployed: there is no {}",
                Manifest::path(&configuration)
            ));
            return Ok(Exit::Done);
        };
        if manifest.target.needs_root()
            && disk.is_machine()
            && !disk.sets_owners
            && !self.place.dry_run
        {
            bail!(
                "{} is deployed here: only root can remove it",
                manifest.target
            );
        }
        let text = disk.read(&configuration)?;
        let state = match &text {
            Some(text) => load(&configuration, text)?.state_dir.value,
            None => "/var/lib/zonesmith".into(),
        };
        let has_state = disk.at(&state).exists();
        let restored = match &text {
            Some(text) => manifest.configuration.restore(&configuration, text)?,
            None => None,
        };
        let removal = Removal {
            keeps_state: has_state && !self.with_state,
            state: Some(state).filter(|_| has_state && self.with_state),
            disk,
            configuration,
            manifest,
            text,
            restored,
        };
        if self.place.dry_run {
            return removal.show(self.place.format);
        }
        let runner = if removal.disk.is_machine() {
            Runner::of_machine()
        } else {
            Runner::idle()
        };
        let (files, commands) = removal.apply(runner)?;
        match self.place.format {
            Format::Json => output::print_json(&serde_json::json!({
                "target": removal.manifest.target, "files": files, "commands": commands,
            }))?,
            Format::Table => output::print(table(&files.iter().collect::<Vec<_>>(), &commands))?,
        }
        if removal.keeps_state {
            output::remark(
                "the daemon's state (serials, keys) and its user stay; `--with-state` takes them, too",
            );
        }
        Ok(Exit::Done)
    }
}

impl Removal {
    fn show(&self, format: Format) -> anyhow::Result<Exit> {
        let files = self.files();
        match format {
            Format::Json => output::print_json(&serde_json::json!({
                "target": self.manifest.target, "is-dry-run": true, "files": files,
            }))?,
            Format::Table => {
                let mut diff = String::new();
                for file in files {
                    let before = self.disk.read(&file.path).ok().flatten();
                    let after =
                        (file.path == self.configuration).then_some(self.restored.as_deref());
                    diff.push_str(&unified(
                        file.path.as_str(),
                        before.as_deref(),
                        after.flatten(),
                    ));
                }
                output::print(diff)?;
            }
        }
        Ok(Exit::Done)
    }

    /// Every file and directory that goes or changes, what is in a directory before the directory.
    fn files(&self) -> Vec<FileRow> {
        let mut paths: Vec<Utf8PathBuf> = Vec::new();
        if let Some(directory) = &self.manifest.directory {
            paths.extend(self.all_in(directory));
        }
        for path in self.manifest.made.iter().rev() {
            if !paths.contains(path) && self.disk.at(path).exists() {
                paths.push(path.clone());
            }
        }
        let (directories, files): (Vec<_>, Vec<_>) = paths
            .into_iter()
            .partition(|path| self.disk.at(path).is_dir());
        let removed = |path: Utf8PathBuf| FileRow {
            path,
            action: Action::Remove,
        };
        let mut rows: Vec<FileRow> = Vec::new();
        if self.text != self.restored {
            rows.push(FileRow {
                path: self.configuration.clone(),
                action: self
                    .restored
                    .as_ref()
                    .map_or(Action::Remove, |_| Action::Change),
            });
        }
        rows.extend(files.into_iter().map(removed));
        rows.push(removed(Manifest::path(&self.configuration)));
        rows.extend(directories.into_iter().map(removed));
        rows
    }

    /// What is in the directory of configurations: the daemon and the servers write there, too.
    fn all_in(&self, directory: &Utf8Path) -> Vec<Utf8PathBuf> {
        let mut all = Vec::new();
        let Ok(entries) = self.disk.at(directory).read_dir_utf8() else {
            return all;
        };
        for entry in entries.flatten() {
            let path = directory.join(entry.file_name());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                all.extend(self.all_in(&path));
            }
            all.push(path);
        }
        all
    }

    fn apply(&self, runner: Runner) -> anyhow::Result<(Vec<FileRow>, Vec<CommandRow>)> {
        let mut commands = Vec::new();
        let mut run = |command: &Command| -> anyhow::Result<()> {
            commands.push(row(command, runner.run(command, &[])?));
            Ok(())
        };
        self.manifest.undo.iter().try_for_each(&mut run)?;
        let mut files = self.files();
        for row in &files {
            let place = self.disk.at(&row.path);
            match (&self.restored, row.action) {
                (Some(text), Action::Change) => ConfigurationFile::replace(&place, text)?,
                _ => remove(&place)?,
            }
        }
        for directory in &self.manifest.leftovers {
            let place = self.disk.at(directory);
            if place.is_dir() {
                for inner in self.all_in(directory) {
                    remove(&self.disk.at(&inner))?;
                }
                remove(&place)?;
            }
        }
        self.manifest.farewell.iter().try_for_each(&mut run)?;
        for unit in &self.manifest.replaced {
            run(&Command::always(
                &["systemctl", "enable", "--now", unit],
                "have it as it was before",
            ))?;
        }
        if let Some(state) = &self.state {
            let place = self.disk.at(state);
            fs::remove_dir_all(&place).with_context(|| format!("remove {place}"))?;
            files.push(FileRow {
                path: state.clone(),
                action: Action::Remove,
            });
        }
        if !self.keeps_state {
            for (_, command) in &self.manifest.accounts {
                // One that still runs something stays until that has ended: everything else is gone by now.
                let fate = runner.run(command, &[]).unwrap_or_else(|error| {
                    output::remark(format_args!("{error:#}"));
                    Fate::ToRun
                });
                commands.push(row(command, fate));
            }
        }
        // A directory that somebody else uses stays.
        files.retain(|row| row.action != Action::Remove || !self.disk.at(&row.path).exists());
        Ok((files, commands))
    }
}
