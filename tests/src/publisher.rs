//! `zonesmith publish` as a child of a test.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use tempfile::TempDir;

use crate::document::Document;
use crate::{policies, until};

/// A running publisher; it is killed with this value, and then says nothing to its etcd.
pub struct Publisher {
    directory: TempDir,
    process: Option<Child>,
}

impl Publisher {
    /// Publishes this document; `arguments` are more of `zonesmith publish`.
    ///
    /// # Panics
    /// When it cannot be run.
    #[must_use]
    pub fn of(binary: &str, cluster: &Document, arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("make a directory");
        let file = directory.path().join("cluster.json");
        fs::write(&file, cluster.json().to_string()).expect("write the cluster");
        let file = file.display().to_string();
        let mut words = vec![file.as_str()];
        words.extend(arguments);
        Self::run(binary, directory, &words)
    }

    /// Runs `zonesmith publish` with these arguments.
    ///
    /// # Panics
    /// When it cannot be run.
    #[must_use]
    pub fn with(binary: &str, arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("make a directory");
        Self::run(binary, directory, arguments)
    }

    fn run(binary: &str, directory: TempDir, arguments: &[&str]) -> Self {
        let log = File::create(directory.path().join("log")).expect("open the log");
        fs::write(directory.path().join("zonesmith.toml"), "").expect("write the configuration");
        let mut command = Command::new(binary);
        command.arg("publish").args(arguments);
        if !arguments.contains(&"--config") {
            command
                .arg("--config")
                .arg(directory.path().join("zonesmith.toml"));
        }
        let child = command
            .current_dir(directory.path())
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("share the log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("run {binary}: {error}"));
        Self {
            directory,
            process: Some(child),
        }
    }

    /// Replaces the document, as an editor does.
    pub fn set_cluster(&self, cluster: &Document) {
        policies::replace(&self.file(), cluster.json().to_string().as_bytes());
    }

    fn file(&self) -> PathBuf {
        self.path("cluster.json")
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::new(self.directory.path()).join(name)
    }

    /// What it printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Waits until it has printed this.
    pub fn until(&self, text: &str) {
        until(
            &format!("the publisher says `{text}`"),
            || self.log().contains(text).then_some(()),
            || self.log(),
        );
    }

    /// Sends a signal, `TERM` or `KILL`, and waits for the end.
    ///
    /// # Panics
    /// When it does not end.
    pub fn end(&mut self, signal: &str) -> ExitStatus {
        let mut process = self.process.take().expect("a running publisher");
        let id = process.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &id])
            .status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "signal a publisher"
        );
        until(
            "the publisher ends",
            || process.try_wait().expect("wait for the publisher"),
            || self.log(),
        )
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended already, which is fine.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
