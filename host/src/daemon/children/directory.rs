//! Where the servers' files and control sockets are: a directory that is theirs alone, beside the socket they ask.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};

use anyhow::{Context as _, bail};
use camino::{Utf8Path, Utf8PathBuf};
use nix::unistd::geteuid;
use tracing::debug;

use crate::daemon::servers;
use crate::power_dns::File;

/// It is removed with this value.
#[derive(Debug)]
pub(super) struct Directory(Utf8PathBuf);

impl Directory {
    /// Makes it anew: one that was killed left it.
    pub(super) fn make(path: &Utf8Path) -> anyhow::Result<Self> {
        // Not followed: a symbolic link is somebody's trap.
        match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_dir() && metadata.uid() == geteuid().as_raw() => {
                fs::remove_dir_all(path).with_context(|| format!("empty the directory {path}"))?;
            }
            Ok(_) => bail!("{path} is in the way: it is no directory of this user"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("look at {path}")),
        }
        fs::DirBuilder::new()
            .mode(0o700)
            .create(path)
            .with_context(|| format!("make the directory {path}"))?;
        Ok(Self(path.to_owned()))
    }

    /// Writes a file.
    pub(super) fn write(&self, file: &File) -> anyhow::Result<()> {
        servers::write(&self.0, file).with_context(|| format!("write {}", file.name))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            debug!(%error, path = %self.0, "a directory stays");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_private_and_begins_empty_and_goes_in_the_end() {
        let place = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(place.path()).unwrap().join("children");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("left"), "").unwrap();
        let directory = Directory::make(&path).unwrap();
        assert!(!path.join("left").exists());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        drop(directory);
        assert!(!path.exists());
    }

    #[test]
    fn what_is_not_ours_stays() {
        let place = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(place.path()).unwrap().join("children");
        std::os::unix::fs::symlink(place.path(), &path).unwrap();
        let error = Directory::make(&path).unwrap_err().to_string();
        assert!(error.contains("in the way"), "{error}");
        assert!(path.exists());
    }
}
