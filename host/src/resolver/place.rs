//! Where a resolver's file is, and how it is written.
//!
//! A container's root is full of what its image says: a symbolic link there may lead to any file of the host, and we may run
//! as root. So such a file is opened below that root with `openat2`, which never leaves it, and a link in its place is
//! replaced by a file.
//!
//! A file is written in place, since it may be mounted over another one: a new file of that name would never be seen. It is
//! padded to its old length, written at once and then cut, so that whoever reads it meanwhile reads whole lines.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::os::fd::OwnedFd;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, fstat, mkdirat, open, openat, openat2,
    unlinkat,
};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

/// The longest file that is read: resolvers read less.
const LONGEST: u64 = 64 << 10;

/// Who may read it: everybody in the container.
const MODE: Mode = Mode::from_raw_mode(0o644);

/// Of directories that are made for it.
const DIRECTORY_MODE: Mode = Mode::from_raw_mode(0o755);

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Place {
    /// What it may not leave: the root of a container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<Utf8PathBuf>,
    /// Below the root, where there is one.
    pub path: Utf8PathBuf,
}

/// Whether there was something to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It had this text.
    Same,
    /// It has it now.
    Changed,
}

impl Place {
    /// A file of the host.
    #[must_use]
    pub fn of_host(path: impl Into<Utf8PathBuf>) -> Self {
        Self {
            root: None,
            path: path.into(),
        }
    }

    /// `/etc/resolv.conf` of a container.
    #[must_use]
    pub fn below(root: impl Into<Utf8PathBuf>) -> Self {
        Self {
            root: Some(root.into()),
            path: "etc/resolv.conf".into(),
        }
    }

    /// As the host sees it.
    #[must_use]
    pub fn on_host(&self) -> Utf8PathBuf {
        match &self.root {
            Some(root) => root.join(&self.path),
            None => self.path.clone(),
        }
    }

    /// What it says; none where there is no file.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn read(&self) -> io::Result<Option<String>> {
        match self.open(OFlags::RDONLY) {
            Ok(file) => text(&file).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            // A link: what it leads to is not the container's yet.
            Err(error) if is_link(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Has it say this; makes it where it is missing, and its directory.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, wanted: &str) -> io::Result<Written> {
        let flags = OFlags::RDWR | OFlags::CREATE;
        let mut file = match self.open(flags) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make_directory()?;
                self.open(flags)?
            }
            Err(error) if is_link(&error) => {
                unlinkat(self.directory()?, self.name(), AtFlags::empty())?;
                self.open(flags)?
            }
            opened => opened?,
        };
        let found = text(&file)?;
        if found == wanted {
            return Ok(Written::Same);
        }
        let padding = found.len().saturating_sub(wanted.len());
        file.rewind()?;
        file.write_all(format!("{wanted}{}", "\n".repeat(padding)).as_bytes())?;
        file.set_len(u64::try_from(wanted.len()).unwrap_or(u64::MAX))?;
        Ok(Written::Changed)
    }

    /// Takes it away, if it is there.
    ///
    /// # Errors
    /// It is there and stays there.
    pub fn remove(&self) -> io::Result<()> {
        let removed = self
            .directory()
            .and_then(|directory| Ok(unlinkat(directory, self.name(), AtFlags::empty())?));
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    fn name(&self) -> &str {
        self.path.file_name().unwrap_or("resolv.conf")
    }

    fn parent(&self) -> &Utf8Path {
        match self.path.parent() {
            Some(parent) if !parent.as_str().is_empty() => parent,
            Some(_) | None => Utf8Path::new("."),
        }
    }

    /// A regular file: a pipe or a device would have us wait, or do worse.
    fn open(&self, flags: OFlags) -> io::Result<File> {
        let directory = self.directory()?;
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let descriptor = openat(directory, self.name(), flags, MODE)?;
        if FileType::from_raw_mode(fstat(&descriptor)?.st_mode) != FileType::RegularFile {
            return Err(io::Error::other("it is no regular file"));
        }
        Ok(File::from(descriptor))
    }

    fn directory(&self) -> io::Result<OwnedFd> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let parent = self.parent().as_str();
        Ok(match &self.root {
            None => openat(CWD, parent, flags, Mode::empty())?,
            Some(root) => {
                let root = open(root.as_str(), flags, Mode::empty())?;
                let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
                openat2(root, parent, flags, Mode::empty(), resolve)?
            }
        })
    }

    fn make_directory(&self) -> io::Result<()> {
        match &self.root {
            None => fs::create_dir_all(self.parent()),
            Some(root) => {
                let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
                let root = open(root.as_str(), flags, Mode::empty())?;
                match mkdirat(root, self.parent().as_str(), DIRECTORY_MODE) {
                    Err(Errno::EXIST) => Ok(()),
                    made => Ok(made?),
                }
            }
        }
    }
}

fn is_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
}

fn text(file: &File) -> io::Result<String> {
    let mut octets = Vec::new();
    file.take(LONGEST).read_to_end(&mut octets)?;
    Ok(String::from_utf8_lossy(&octets).into_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;

    fn directory() -> (tempfile::TempDir, Utf8PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(directory.path().to_owned()).unwrap();
        (directory, path)
    }

    #[test]
    fn a_link_of_an_image_leads_nowhere() {
        let (_kept, top) = directory();
        let (root, outside) = (top.join("root"), top.join("outside"));
        fs::create_dir_all(&outside).unwrap();
        fs::write(outside.join("resolv.conf"), "the host's\n").unwrap();
        // The file is a link, its directory is one, both lead out of the root.
        for (link, target) in [
            ("etc/resolv.conf", outside.join("resolv.conf")),
            ("etc/resolv.conf", "../../outside/resolv.conf".into()),
            ("etc", outside.clone()),
            ("etc", "../outside".into()),
        ] {
            fs::create_dir_all(root.join("etc")).unwrap();
            if link == "etc" {
                fs::remove_dir(root.join("etc")).unwrap();
            }
            symlink(&target, root.join(link)).unwrap();
            let place = Place::below(&root);
            let written = place.write("nameserver 10.0.0.1\n");
            assert_eq!(
                fs::read_to_string(outside.join("resolv.conf")).unwrap(),
                "the host's\n",
                "{link} to {target}: {written:?}"
            );
            if link == "etc/resolv.conf" {
                assert_eq!(
                    fs::read_to_string(root.join(link)).unwrap(),
                    "nameserver 10.0.0.1\n",
                    "{target}: {written:?}"
                );
            } else {
                assert!(written.is_err(), "{target}");
            }
            fs::remove_dir_all(&root).unwrap();
        }
    }

    #[test]
    fn an_image_without_anything_gets_a_file() {
        let (_kept, root) = directory();
        let place = Place::below(&root);
        assert_eq!(place.read().unwrap(), None);
        assert_eq!(place.write("a\n").unwrap(), Written::Changed);
        assert_eq!(place.write("a\n").unwrap(), Written::Same);
        assert_eq!(place.read().unwrap().as_deref(), Some("a\n"));
    }

    #[test]
    fn a_file_stays_the_same_file_and_ends_where_it_should() {
        let (_kept, top) = directory();
        let place = Place::of_host(top.join("deep/below/resolv.conf"));
        place.write("a long line\nanother\n").unwrap();
        let number = || fs::metadata(place.on_host()).unwrap().ino();
        let before = number();
        for text in ["short\n", "longer than before\nlonger\n", ""] {
            place.write(text).unwrap();
            assert_eq!(fs::read_to_string(place.on_host()).unwrap(), text);
            assert_eq!(number(), before, "what is mounted somewhere is this file");
        }
        place.remove().unwrap();
        place.remove().unwrap();
        assert!(!place.on_host().exists());
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let (_kept, root) = directory();
        fs::create_dir(root.join("etc")).unwrap();
        let path = root.join("etc/resolv.conf");
        rustix::fs::mknodat(CWD, path.as_str(), FileType::Fifo, MODE, 0).unwrap();
        let place = Place::below(&root);
        assert!(place.write("a\n").is_err());
        assert!(place.read().is_err());
    }
}
