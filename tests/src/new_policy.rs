//! An author of policies: a directory of his own, the programs that he has, and the commands that he types.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use crate::answer::Answer;

/// What Rust brings, and what it needs to link.
const RUST: [&str; 7] = ["cargo", "rustc", "rustup", "cc", "ld", "as", "ar"];

/// Somebody at a terminal.
pub struct Author {
    directory: TempDir,
    path: String,
    served: Option<Child>,
}

impl Author {
    /// Somebody who has `zonesmith`, Rust, and nothing else.
    ///
    /// # Panics
    /// When Rust is missing here.
    #[must_use]
    pub fn with_rust_alone(binary: &str) -> Self {
        let mut author = Self::new(binary);
        let here = author.directory.path().join("programs");
        for program in RUST {
            if let Some(found) = find(program) {
                symlink(found, here.join(program)).expect("link a program");
            }
        }
        author.path = here.display().to_string();
        author
    }

    /// Somebody who has `zonesmith`, and whatever this machine has.
    ///
    /// # Panics
    /// When no directory can be made.
    #[must_use]
    pub fn new(binary: &str) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("zonesmith-")
            .tempdir()
            .expect("make a directory");
        let programs = directory.path().join("programs");
        fs::create_dir(&programs).expect("make a directory");
        symlink(binary, programs.join("zonesmith")).expect("link the binary");
        let path = std::env::var("PATH").unwrap_or_default();
        Self {
            path: format!("{}:{path}", programs.display()),
            directory,
            served: None,
        }
    }

    /// Where the author works.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    fn command(&self, line: &str) -> Command {
        let mut words = line.split_whitespace();
        let program = words.next().expect("a command");
        // A program is looked for on the path of who starts it, not on that it gets.
        let program = std::env::split_paths(&self.path)
            .map(|directory| directory.join(program))
            .find(|file| file.is_file())
            .unwrap_or_else(|| panic!("{program} is not on {}", self.path));
        let mut command = Command::new(program);
        command
            .args(words)
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .env("PATH", &self.path)
            .env("XDG_RUNTIME_DIR", self.directory.path())
            .env("ZONESMITH_SOCKET", self.directory.path().join("pdns.sock"))
            .env("ZONESMITH_ADMIN", self.directory.path().join("admin.sock"))
            .env("ZONESMITH_STATE_DIR", self.directory.path().join("state"))
            .env("NO_COLOR", "1")
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUST_LOG");
        command
    }

    /// Types a command and waits for its end.
    ///
    /// # Panics
    /// When it cannot be run.
    #[must_use]
    pub fn types(&self, line: &str) -> Answer {
        Answer::of(&self.command(line).output().expect("run a command"))
    }

    /// Types a command that goes on, and waits until the daemon it starts answers.
    ///
    /// # Panics
    /// When it ends, or does not answer before the deadline.
    pub fn starts(&mut self, line: &str, deadline: Instant) {
        let log = self.directory.path().join("log");
        let file = fs::File::create(&log).expect("make a log");
        let mut child = self
            .command(line)
            .stdout(file.try_clone().expect("share the log"))
            .stderr(file)
            .spawn()
            .expect("run the daemon");
        let socket = self.directory.path().join("pdns.sock");
        while !socket.exists() {
            let ended = child.try_wait().expect("look at the daemon").is_some();
            if ended || Instant::now() > deadline {
                let _ = child.kill();
                let _ = child.wait();
                panic!("{}", fs::read_to_string(&log).unwrap_or_default());
            }
            std::thread::sleep(crate::LOOK);
        }
        self.served = Some(child);
    }
}

impl Drop for Author {
    fn drop(&mut self) {
        if let Some(mut child) = self.served.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|file| file.is_file())
}
