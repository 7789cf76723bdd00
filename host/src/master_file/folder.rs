//! The folder of a zone's file: what an `$INCLUDE` may reach.
//!
//! A zone file may come from someone who may write zones and nothing else. So what it includes lies in its folder or below,
//! after all symbolic links were followed, and is a plain file of a size that can be meant.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;

use camino::{Utf8Path, Utf8PathBuf};

/// Most octets of one file. A million records written by hand are about 60 MB.
const LARGEST_FILE: u64 = 128 * 1024 * 1024;

/// The folder of a zone's file.
pub(super) struct Folder {
    /// Without symbolic links.
    real: PathBuf,
}

impl Folder {
    /// The folder that `file` is in.
    ///
    /// # Errors
    /// A sentence: there is no such folder.
    pub(super) fn of(file: &Utf8Path) -> Result<Self, String> {
        let folder = file
            .parent()
            .filter(|folder| !folder.as_str().is_empty())
            .unwrap_or_else(|| Utf8Path::new("."));
        let real = fs::canonicalize(folder)
            .map_err(|error| format!("the folder {folder} cannot be read: {error}"))?;
        Ok(Self { real })
    }

    /// The file that `written` means where it stands in the file `standing_in`.
    pub(super) fn path(written: &str, standing_in: &str) -> Utf8PathBuf {
        Utf8Path::new(standing_in)
            .parent()
            .map_or_else(|| Utf8PathBuf::from(written), |folder| folder.join(written))
    }

    /// The octets of an included file.
    ///
    /// # Errors
    /// A sentence: the file lies outside, or cannot be read.
    pub(super) fn read(&self, path: &Utf8Path) -> Result<Vec<u8>, String> {
        let real = fs::canonicalize(path)
            .map_err(|error| format!("the file {path} cannot be read: {error}"))?;
        if !real.starts_with(&self.real) {
            return Err(format!(
                "the file {path} lies outside {}, the folder of the zone's file",
                self.real.display()
            ));
        }
        read_plain(path)
    }
}

/// The octets of a plain file.
///
/// # Errors
/// A sentence: there is none, it is something else, or larger than can be meant.
pub(super) fn read_plain(path: &Utf8Path) -> Result<Vec<u8>, String> {
    let cannot = |error: io::Error| format!("the file {path} cannot be read: {error}");
    // Before it is opened: opening a pipe would wait for whoever writes to it.
    if !fs::metadata(path).map_err(cannot)?.is_file() {
        return Err(format!("{path} is no file"));
    }
    let mut text = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut text))
        .map_err(cannot)?;
    if text.len() as u64 > LARGEST_FILE {
        return Err(format!(
            "the file {path} has more than {LARGEST_FILE} octets"
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn an_include_reaches_files_in_the_folder_of_the_zone_and_no_others() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        let zones = root.join("zones");
        fs::create_dir_all(zones.join("parts")).unwrap();
        fs::create_dir_all(zones.join("..data")).unwrap();
        for file in ["secret", "zones/parts/hosts", "zones/..data/mail"] {
            fs::write(root.join(file), file).unwrap();
        }
        symlink("..data/mail", zones.join("mail")).unwrap();
        symlink("../secret", zones.join("innocent")).unwrap();
        let main = zones.join("example.zone");
        let folder = Folder::of(&main).unwrap();
        for (written, standing_in, is_read) in [
            ("parts/hosts", &main, true),
            ("hosts", &zones.join("parts/list"), true),
            ("../mail", &zones.join("parts/list"), true),
            ("mail", &main, true),
            (zones.join("mail").as_str(), &main, true),
            ("innocent", &main, false),
            ("../secret", &main, false),
            (root.join("secret").as_str(), &main, false),
            ("parts", &main, false),
            ("nothing", &main, false),
        ] {
            let path = Folder::path(written, standing_in.as_str());
            let read = folder.read(&path);
            assert_eq!(
                read.is_ok(),
                is_read,
                "{written} in {standing_in}: {read:?}"
            );
        }
    }
}
