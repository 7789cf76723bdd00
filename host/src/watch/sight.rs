//! What can be seen of some files without reading them.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{self, Component, Path, PathBuf};

use notify::Event;

/// Symbolic links followed on the way to one file; the kernel gives up there too (path_resolution(7)).
const MOST_LINKS: u32 = 40;

/// What can be seen of some files, and where their changes would be heard of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sight {
    /// Of each file, none where there is none.
    stamps: Vec<Option<Stamp>>,
    /// The directories in which a change of name would change what a path leads to.
    pub(super) directories: BTreeMap<PathBuf, Identity>,
    /// The names in those directories that matter.
    names: BTreeSet<OsString>,
}

/// Device and inode: whether two are the same.
pub(super) type Identity = (u64, u64);

/// What changes when a file does. The time of change (ctime) is among it, which no tool can set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    identity: Identity,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Sight {
    /// Looks at `paths`.
    pub(super) fn of(paths: &[PathBuf]) -> Self {
        let mut sight = Self {
            stamps: Vec::new(),
            directories: BTreeMap::new(),
            names: BTreeSet::new(),
        };
        for path in paths {
            sight.trace(path);
            sight
                .stamps
                .push(fs::metadata(path).ok().map(|metadata| Stamp::of(&metadata)));
        }
        sight
    }

    /// Whether an event may concern one of the files.
    pub(super) fn concerns(&self, event: &notify::Result<Event>) -> bool {
        // An error, or an event without a path, means that some were lost.
        event.as_ref().map_or(true, |event| {
            event.paths.is_empty()
                || event.paths.iter().any(|path| {
                    path.file_name()
                        .is_some_and(|name| self.names.contains(name))
                        || self.directories.contains_key(path)
                })
        })
    }

    /// Walks to `path` as the kernel does, and notes each place where the way could come to lead elsewhere.
    fn trace(&mut self, path: &Path) {
        let Ok(path) = path::absolute(path) else {
            return;
        };
        let mut at = PathBuf::from("/");
        let mut rest: Vec<OsString> = Vec::new();
        push_reversed(&mut rest, &path);
        let mut links = 0;
        while let Some(name) = rest.pop() {
            if name == ".." {
                // `at` has no link in it, so what is above it is above it by name.
                at.pop();
                continue;
            }
            let next = at.join(&name);
            match fs::read_link(&next) {
                Ok(target) if links < MOST_LINKS => {
                    links += 1;
                    self.note(&at, name);
                    if target.is_absolute() {
                        at = PathBuf::from("/");
                    }
                    push_reversed(&mut rest, &target);
                }
                Ok(_) | Err(_) => {
                    // The file itself, or what must appear before it can.
                    if rest.is_empty() || !next.exists() {
                        self.note(&at, name);
                        if !rest.is_empty() {
                            return;
                        }
                    }
                    at = next;
                }
            }
        }
    }

    fn note(&mut self, directory: &Path, name: OsString) {
        if let Ok(metadata) = fs::metadata(directory) {
            self.directories
                .insert(directory.to_path_buf(), (metadata.dev(), metadata.ino()));
            self.names.insert(name);
        }
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            identity: (metadata.dev(), metadata.ino()),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

fn push_reversed(rest: &mut Vec<OsString>, path: &Path) {
    rest.extend(
        path.components()
            .rev()
            .filter_map(|component| match component {
                Component::Normal(name) => Some(name.to_owned()),
                Component::ParentDir => Some("..".into()),
                Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
            }),
    );
}
