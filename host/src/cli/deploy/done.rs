//! Doing it, in an order that a failure in between leaves with something to take away; and what is told of it.

use anyhow::bail;
use camino::Utf8PathBuf;
use serde::Serialize;

use super::options::Options;
use super::prepared::Prepared;
use crate::cli::Exit;
use crate::cli::output::{self, Format, Table};
use crate::config::environment::Environment;
use crate::config::file::ConfigurationFile;
use crate::deployment::Command;
use crate::deployment::item::Item;
use crate::deployment::manifest::Manifest;
use crate::deployment::plan::Action;
use crate::deployment::run::{Fate, Runner, has_user};
use crate::deployment::target::Target;

/// What was done, or would be.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Report {
    pub(super) target: Target,
    /// Whether nothing was done: what follows would be.
    pub(super) is_dry_run: bool,
    pub(super) files: Vec<FileRow>,
    pub(super) commands: Vec<CommandRow>,
    pub(super) advice: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct FileRow {
    pub(super) path: Utf8PathBuf,
    pub(super) action: Action,
}

#[derive(Debug, Serialize)]
pub(super) struct CommandRow {
    pub(super) command: String,
    pub(super) reason: String,
    pub(super) fate: Fate,
}

/// `zonesmith deploy TARGET`
pub(super) fn deploy(
    target: Target,
    options: &Options,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let prepared = Prepared::new(target, options, environment)?;
    let (format, is_dry_run) = (options.place.format, options.place.dry_run);
    if is_dry_run {
        let report = prepared.report(target, &Runner::idle(), true)?;
        let diff = prepared.diff();
        match format {
            Format::Json => output::print_json(&report)?,
            Format::Table if diff.is_empty() => output::print("nothing would change\n")?,
            Format::Table => {
                output::print(diff)?;
                for row in &report.commands {
                    output::remark(format_args!("`{}`, to {}", row.command, row.reason));
                }
            }
        }
        return Ok(Exit::Done);
    }
    if target.needs_root() && prepared.disk.is_machine() && !prepared.disk.sets_owners {
        bail!(
            "`deploy {target}` changes the system: run it as root; `--dry-run` shows what it does, `--root DIRECTORY` does it elsewhere"
        );
    }
    let runner = if prepared.disk.is_machine() {
        Runner::of_machine()
    } else {
        Runner::idle()
    };
    let report = prepared.apply(target, runner)?;
    match format {
        Format::Json => output::print_json(&report)?,
        Format::Table => print(&report)?,
    }
    Ok(Exit::Done)
}

impl Prepared {
    fn apply(&self, target: Target, runner: Runner) -> anyhow::Result<Report> {
        let mut manifest = self.manifest(target, runner);
        for account in &self.rendered.accounts {
            if runner.runs && !has_user(&account.name) {
                runner.run(&account.make, &[])?;
                let made = (account.name.clone(), account.remove.clone());
                manifest.accounts.push(made);
            }
        }
        // First: what is half done can be taken away.
        let item = manifest.item(&self.configuration)?;
        self.disk.write_file(&item)?;
        self.plan.apply()?;
        if self.text.is_none() {
            // For the daemon to read, whatever the mask of whoever deploys takes away.
            let item = Item::file(&self.configuration, &self.edited.text);
            self.disk.write_file(&item)?;
        } else if self.changes_configuration() {
            let path = self.disk.at(&self.configuration);
            ConfigurationFile::replace(&path, &self.edited.text)?;
        }
        self.report(target, &runner, false)
    }

    fn manifest(&self, target: Target, runner: Runner) -> Manifest {
        let earlier = self.earlier.clone();
        let in_the_way = self.rendered.replaces.iter();
        let in_the_way = in_the_way.filter(|unit| runner.is_in_use(unit)).cloned();
        let mut manifest = Manifest {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target,
            made: self.plan.ours().to_vec(),
            directory: self
                .plan
                .ours()
                .contains(&self.directory)
                .then(|| self.directory.clone()),
            configuration: self.edited.before.clone(),
            accounts: Vec::new(),
            replaced: in_the_way.collect(),
            undo: self.rendered.undo.clone(),
            farewell: self.rendered.farewell.clone(),
            leftovers: self.rendered.leftovers.clone(),
        };
        if let Some(earlier) = earlier {
            manifest.configuration = manifest.configuration.after(&earlier.configuration);
            manifest.accounts = earlier.accounts;
            let new = manifest.replaced;
            manifest.replaced = earlier.replaced;
            manifest.replaced.extend(new);
            manifest.replaced.sort();
            manifest.replaced.dedup();
        }
        manifest
    }

    /// Runs what is to be run, unless `runner` is idle, and tells of all of it.
    fn report(&self, target: Target, runner: &Runner, is_dry_run: bool) -> anyhow::Result<Report> {
        let changed = self.changed();
        let mut files: Vec<FileRow> = Vec::new();
        if self.changes_configuration() {
            files.push(FileRow {
                path: self.configuration.clone(),
                action: self.text.as_ref().map_or(Action::Make, |_| Action::Change),
            });
        }
        let steps = self.plan.steps().iter();
        files.extend(steps.map(|step| FileRow {
            path: step.path.clone(),
            action: step.action,
        }));
        let mut commands = Vec::new();
        for unit in &self.rendered.replaces {
            if runner.is_in_use(unit) {
                let command = Command::always(
                    &["systemctl", "disable", "--now", unit],
                    "make room: it is enabled again by `zonesmith deploy remove`",
                );
                commands.push(row(&command, runner.run(&command, &changed)?));
            }
        }
        for command in &self.rendered.commands {
            let fate = match runner.run(command, &changed)? {
                // What is not run here was told when something changed.
                Fate::ToRun if changed.is_empty() => Fate::NotNeeded,
                fate @ (Fate::Ran | Fate::ToRun | Fate::NotNeeded) => fate,
            };
            commands.push(row(command, fate));
        }
        commands.retain(|row| row.fate != Fate::NotNeeded);
        Ok(Report {
            target,
            is_dry_run,
            files,
            commands,
            advice: self.rendered.advice.clone(),
        })
    }
}

pub(super) fn row(command: &Command, fate: Fate) -> CommandRow {
    CommandRow {
        command: command.to_string(),
        reason: command.reason.clone(),
        fate,
    }
}

fn print(report: &Report) -> anyhow::Result<()> {
    let done: Vec<&FileRow> = report
        .files
        .iter()
        .filter(|row| row.action != Action::Keep)
        .collect();
    if done.is_empty() && report.commands.iter().all(|row| row.fate == Fate::Ran) {
        return output::print("nothing had to be changed\n");
    }
    output::print(table(&done, &report.commands))?;
    for sentence in &report.advice {
        output::remark(sentence);
    }
    Ok(())
}

/// Files, then commands.
pub(super) fn table(files: &[&FileRow], commands: &[CommandRow]) -> Table {
    let mut table = Table::with_head(["DONE", "WHAT", "WHY"]);
    for row in files {
        let done = match row.action {
            Action::Make => "made",
            Action::Change => "changed",
            Action::Remove => "removed",
            Action::Keep => "kept",
        };
        table.push([done.to_owned(), row.path.to_string(), String::new()]);
    }
    for row in commands {
        let done = match row.fate {
            Fate::Ran => "ran",
            Fate::ToRun => "to run",
            Fate::NotNeeded => "not needed",
        };
        let why = format!("to {}", row.reason);
        table.push([done.to_owned(), row.command.clone(), why]);
    }
    table
}
