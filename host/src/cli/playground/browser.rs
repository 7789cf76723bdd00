//! Shows an address in the browser of the person who sits there.
//!
//! The address holds a token, and what a process was started with is seen by every user of the machine. So the browser is
//! started with a file that only its owner reads, and that sends it on.

use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{self, Command, Stdio};

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};

use crate::config::environment::Environment;

/// What starts the browser of a desktop.
const OPENER: &str = "xdg-open";

/// Whether a browser is to be started: as it was said, else where somebody sits at a terminal of a desktop.
pub(super) fn is_wanted(said: Option<bool>, environment: &Environment) -> bool {
    let has_desktop = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|variable| environment.get(variable).is_some());
    said.unwrap_or_else(|| has_desktop && io::stdout().is_terminal())
}

/// The file that a browser was started with. It goes with this.
pub(super) struct Opened(Utf8PathBuf);

impl Opened {
    /// Starts the browser with `address`.
    pub(super) fn open(address: &str, environment: &Environment) -> anyhow::Result<Self> {
        let directory = environment
            .get("XDG_RUNTIME_DIR")
            .or_else(|| environment.get("TMPDIR"))
            .unwrap_or("/tmp");
        let path = Utf8Path::new(directory);
        let path = path.join(format!("zonesmith-playground-{}.html", process::id()));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("write {path}"))?;
        let opened = Self(path);
        let Self(path) = &opened;
        file.write_all(sent_on(address).as_bytes())
            .with_context(|| format!("write {path}"))?;
        let mut browser = Command::new(OPENER)
            .arg(path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("start a browser with {OPENER}"))?;
        // Some openers stay as long as their browser; how it ends is the person's affair.
        std::thread::spawn(move || browser.wait());
        Ok(opened)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // Without it nobody is sent anywhere any more.
        let _ = fs::remove_file(&self.0);
    }
}

/// An address has no character that HTML knows another way.
fn sent_on(address: &str) -> String {
    format!(
        "<!doctype html><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0; url={address}\">\
         <title>Zonesmith playground</title><a href=\"{address}\">{address}</a>\n"
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_browser_is_started_where_it_is_asked_for_or_somebody_sits() {
        let desktop = Environment::from([("DISPLAY", ":0")]);
        let none = Environment::default();
        assert!(is_wanted(Some(true), &none));
        assert!(!is_wanted(Some(false), &desktop));
        assert!(!is_wanted(None, &none));
        assert_eq!(is_wanted(None, &desktop), io::stdout().is_terminal());
    }

    #[test]
    fn the_token_is_in_a_file_of_its_owner_that_goes_again() {
        let directory = tempfile::tempdir().unwrap();
        let text = directory.path().to_str().unwrap();
        let environment = Environment::from([("XDG_RUNTIME_DIR", text)]);
        // Where there is no opener the file is gone at once.
        if let Ok(opened) = Opened::open("http://127.0.0.1:1/secret/", &environment) {
            let path = opened.0.clone();
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            assert!(fs::read_to_string(&path).unwrap().contains("/secret/"));
            drop(opened);
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
