//! What is not yet on disk as it is to be: found, shown, and done.
//!
//! What was deployed before, and is not wanted any more, goes. What is there and is not ours is never written over.

use std::fs;
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};

use anyhow::{Context as _, bail};
use camino::{Utf8Path, Utf8PathBuf};
use nix::unistd::{Gid, Group, Uid, User, chown};

use super::diff::unified;
use super::item::{Item, Kind};

/// The permissions of a path, among the bits that say what it is.
const PERMISSIONS: u32 = 0o7777;

/// Where it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// Paths are below it: `/`, or where a package is made.
    pub root: Utf8PathBuf,
    /// Whether owners and groups are set: names mean something on the machine itself, and only to root.
    pub sets_owners: bool,
}

/// What is done at one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// As the machine will see it.
    pub path: Utf8PathBuf,
    /// What is done.
    pub action: Action,
    item: Option<Item>,
    diff: String,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It was not there.
    Make,
    /// Other contents, or other permissions.
    Change,
    /// It is not wanted any more.
    Remove,
    /// Nothing.
    Keep,
}

/// All that is to be done, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    disk: Disk,
    steps: Vec<Step>,
    after: Vec<Utf8PathBuf>,
}

impl Disk {
    /// The machine itself.
    #[must_use]
    pub fn of_machine() -> Self {
        Self {
            root: "/".into(),
            sets_owners: Uid::effective().is_root(),
        }
    }

    /// Below another root.
    #[must_use]
    pub fn below(root: &Utf8Path) -> Self {
        Self {
            root: root.to_owned(),
            sets_owners: false,
        }
    }

    /// Whether it is the machine itself.
    #[must_use]
    pub fn is_machine(&self) -> bool {
        self.root == "/"
    }

    /// Where a path of the machine is.
    #[must_use]
    pub fn at(&self, path: &Utf8Path) -> Utf8PathBuf {
        self.root.join(path.as_str().trim_start_matches('/'))
    }

    /// A file's text, if there is one.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&self, path: &Utf8Path) -> anyhow::Result<Option<String>> {
        match fs::read_to_string(self.at(path)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("read {path}")),
        }
    }
}

impl Plan {
    /// Looks at what is there. `ours`: paths that an earlier deployment made.
    ///
    /// # Errors
    /// Something cannot be read, or something else is in the way.
    pub fn of(disk: Disk, items: Vec<Item>, ours: &[Utf8PathBuf]) -> anyhow::Result<Self> {
        let mut steps: Vec<Step> = Vec::new();
        // What is in a directory before the directory.
        for path in ours.iter().rev() {
            if !items.iter().any(|item| item.path == *path)
                && let Some(step) = disk.removal(path, &steps)?
            {
                steps.push(step);
            }
        }
        for item in items {
            // Outermost first.
            let mut parents: Vec<_> = item.path.ancestors().skip(1).collect();
            while let Some(parent) = parents.pop() {
                let is_known = steps.iter().any(|step| step.path == parent);
                if !is_known && !disk.at(parent).exists() {
                    steps.push(disk.step(Item::directory(parent), false)?);
                }
            }
            let is_ours = ours.contains(&item.path);
            steps.push(disk.step(item, is_ours)?);
        }
        let mut after: Vec<Utf8PathBuf> = ours.to_vec();
        for step in &steps {
            match step.action {
                Action::Remove => after.retain(|path| *path != step.path),
                Action::Make if !after.contains(&step.path) => after.push(step.path.clone()),
                Action::Make | Action::Change | Action::Keep => {}
            }
        }
        Ok(Self { disk, steps, after })
    }

    /// What is there and was made by this or an earlier deployment, when it is done: directories before what is in them.
    #[must_use]
    pub fn ours(&self) -> &[Utf8PathBuf] {
        &self.after
    }

    /// All that is looked at, in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Paths where something is done.
    pub fn changed(&self) -> impl Iterator<Item = &Utf8Path> {
        let steps = self.steps.iter();
        steps
            .filter(|step| step.action != Action::Keep)
            .map(|step| step.path.as_path())
    }

    /// All of it as one difference.
    #[must_use]
    pub fn diff(&self) -> String {
        self.steps.iter().map(|step| step.diff.as_str()).collect()
    }

    /// Does it.
    ///
    /// # Errors
    /// The first that cannot be done; what was done before stays, and is found by the next attempt.
    pub fn apply(&self) -> anyhow::Result<()> {
        for step in &self.steps {
            match (&step.item, step.action) {
                (_, Action::Keep) => {}
                (Some(item), Action::Make | Action::Change) => {
                    let what = || format!("write {}", self.disk.at(&item.path));
                    self.disk.write(item).with_context(what)?;
                }
                (_, Action::Remove) | (None, Action::Make | Action::Change) => {
                    remove(&self.disk.at(&step.path))?;
                }
            }
        }
        Ok(())
    }
}

/// Takes a file away, or an empty directory; one that is not empty stays.
///
/// # Errors
/// It is there and cannot be taken away.
pub fn remove(path: &Utf8Path) -> anyhow::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty
            ) =>
        {
            Err(error).with_context(|| format!("remove {path}"))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

impl Disk {
    /// `gone`: what is removed before.
    fn removal(&self, path: &Utf8Path, gone: &[Step]) -> anyhow::Result<Option<Step>> {
        let place = self.at(path);
        let diff = match fs::symlink_metadata(&place) {
            Err(_) => return Ok(None),
            Ok(metadata) if metadata.is_dir() => {
                for entry in place
                    .read_dir_utf8()
                    .with_context(|| format!("read {place}"))?
                {
                    let entry = entry.with_context(|| format!("read {place}"))?;
                    let name = path.join(entry.file_name());
                    if !gone.iter().any(|step| step.path == name) {
                        return Ok(None);
                    }
                }
                String::new()
            }
            Ok(_) => unified(path.as_str(), self.read(path)?.as_deref(), None),
        };
        Ok(Some(Step {
            path: path.to_owned(),
            action: Action::Remove,
            item: None,
            diff,
        }))
    }

    fn step(&self, item: Item, is_ours: bool) -> anyhow::Result<Step> {
        let place = self.at(&item.path);
        let metadata = match fs::metadata(&place) {
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| format!("look at {place}")),
        };
        let (action, diff) = match (&item.kind, metadata) {
            (Kind::Directory, None) => (Action::Make, String::new()),
            (Kind::Directory, Some(there)) if !there.is_dir() => {
                bail!("{place} is in the way: it is no directory")
            }
            (Kind::File { .. }, Some(there)) if !there.is_file() => {
                bail!("{place} is in the way: it is no file")
            }
            (Kind::Directory, Some(there)) => {
                // Of a directory that others made, nothing is changed, unless it has to be somebody's.
                let is_theirs = !is_ours && item.owner.is_none();
                let is_so = is_theirs || self.has(&there, &item)?;
                (
                    if is_so { Action::Keep } else { Action::Change },
                    String::new(),
                )
            }
            (Kind::File { text }, None) => {
                (Action::Make, unified(item.path.as_str(), None, Some(text)))
            }
            (Kind::File { text }, Some(there)) => {
                let before = self.read(&item.path)?;
                let diff = unified(item.path.as_str(), before.as_deref(), Some(text));
                let is_so = diff.is_empty() && self.has(&there, &item)?;
                if !is_ours && !diff.is_empty() {
                    bail!(
                        "{place} is there, and `zonesmith deploy` did not make it: move it away, and what is needed of it"
                    );
                }
                (if is_so { Action::Keep } else { Action::Change }, diff)
            }
        };
        Ok(Step {
            path: item.path.clone(),
            action,
            item: Some(item),
            diff,
        })
    }

    /// Whether permissions, owner and group are as they are to be.
    fn has(&self, there: &fs::Metadata, item: &Item) -> anyhow::Result<bool> {
        let (owner, group) = self.accounts(item)?;
        Ok(there.mode() & PERMISSIONS == item.mode
            && owner.is_none_or(|owner| owner.as_raw() == there.uid())
            && group.is_none_or(|group| group.as_raw() == there.gid()))
    }

    /// The numbers of owner and group, where they are set, by name or as they are. An account that is not there yet has none.
    fn accounts(&self, item: &Item) -> anyhow::Result<(Option<Uid>, Option<Gid>)> {
        if !self.sets_owners {
            return Ok((None, None));
        }
        let owner = match &item.owner {
            None => Some(Uid::effective()),
            Some(name) => User::from_name(name)
                .with_context(|| format!("look for the user {name}"))?
                .map(|user| user.uid)
                .or_else(|| name.parse().ok().map(Uid::from_raw)),
        };
        let group = match &item.group {
            None => Some(Gid::effective()),
            Some(name) => Group::from_name(name)
                .with_context(|| format!("look for the group {name}"))?
                .map(|group| group.gid)
                .or_else(|| name.parse().ok().map(Gid::from_raw)),
        };
        Ok((owner, group))
    }

    /// Writes a file, and the directory it is in where there is none.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_file(&self, item: &Item) -> anyhow::Result<()> {
        let place = self.at(&item.path);
        let what = || format!("write {place}");
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent).with_context(what)?;
        }
        self.write(item).with_context(what)
    }

    fn write(&self, item: &Item) -> anyhow::Result<()> {
        let place = self.at(&item.path);
        let (owner, group) = self.accounts(item)?;
        if self.sets_owners {
            let missing = |name: &Option<String>| name.clone().unwrap_or_default();
            if owner.is_none() {
                bail!("there is no user {}", missing(&item.owner));
            }
            if group.is_none() {
                bail!("there is no group {}", missing(&item.group));
            }
        }
        let set = |path: &Utf8Path| -> anyhow::Result<()> {
            if self.sets_owners {
                chown(path.as_std_path(), owner, group)?;
            }
            // After the owner: a change of that takes the set-group-id bit away.
            fs::set_permissions(path, fs::Permissions::from_mode(item.mode))?;
            Ok(())
        };
        match &item.kind {
            Kind::Directory => {
                if !place.is_dir() {
                    fs::DirBuilder::new().mode(0o700).create(&place)?;
                }
                set(&place)
            }
            Kind::File { text } => {
                let next = Utf8PathBuf::from(format!("{place}.new"));
                // A leftover of an attempt that was cut off.
                let _ = fs::remove_file(&next);
                let mut file = fs::OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&next)?;
                let written = io::Write::write_all(&mut file, text.as_bytes())
                    .and_then(|()| file.sync_all())
                    .map_err(anyhow::Error::from)
                    .and_then(|()| set(&next))
                    .and_then(|()| Ok(fs::rename(&next, &place)?));
                if written.is_err() {
                    // What is wrong is said; a leftover would only puzzle.
                    let _ = fs::remove_file(&next);
                }
                written
            }
        }
    }
}

#[cfg(test)]
mod tests;
