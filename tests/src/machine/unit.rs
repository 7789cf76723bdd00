//! Services, started as their units say: as their user, with its groups and rights, in their runtime directories; and
//! started again when they end, where the unit says so.

use std::fs::File;
use std::process::{Child, Command};

use tempfile::TempDir;

use crate::network::Network;
use crate::until;

/// Where units are on the machine.
const UNITS: &str = "/etc/systemd/system";

/// A running service; it ends with this value.
pub struct Service<'machine> {
    network: &'machine Network,
    name: String,
    unit: Unit,
    process: Option<Child>,
    log: TempDir,
}

/// What a unit says, the drop-ins of its directory read behind it.
struct Unit(String);

impl Unit {
    fn read(network: &Network, name: &str) -> Self {
        let script = format!("cat {UNITS}/{name}; cat {UNITS}/{name}.d/*.conf 2>/dev/null || :");
        Self(network.run("sh", &["-c", &script]).good())
    }

    /// The last value of a key.
    fn get(&self, key: &str) -> Option<&str> {
        let lines = self.0.lines().filter_map(|line| line.split_once('='));
        lines
            .filter(|(name, value)| *name == key && !value.is_empty())
            .map(|(_, value)| value)
            .next_back()
    }

    /// Makes a directory below `/run` or `/var/lib`.
    fn make_directory(&self, network: &Network, below: &str, key: &str) {
        let Some(name) = self.get(key) else {
            return;
        };
        let mode = self.get(&format!("{key}Mode")).unwrap_or("0755");
        let (user, group) = (self.user(), self.group());
        let script = format!(
            "umask 022; mkdir -p {below}/{name}; chmod {mode} {below}/{name}; chown {user}:{group} {below}/{name}"
        );
        let _ = network.run("sh", &["-e", "-c", &script]).good();
    }

    fn user(&self) -> &str {
        self.get("User").unwrap_or("root")
    }

    fn group(&self) -> &str {
        self.get("Group").unwrap_or_else(|| self.user())
    }

    /// The command of `ExecStart`, as systemd would run it.
    fn command(&self, network: &Network) -> Command {
        self.make_directory(network, "/run", "RuntimeDirectory");
        self.make_directory(network, "/var/lib", "StateDirectory");
        let rights: Vec<String> = self
            .get("AmbientCapabilities")
            .unwrap_or_default()
            .split_whitespace()
            .map(|right| format!("+{}", right.trim_start_matches("CAP_").to_lowercase()))
            .collect();
        let rights = format!("-all,{}", rights.join(","));
        let rights = rights.trim_end_matches(',');
        let mut command = network.command("setpriv");
        command.args(["--reuid", self.user(), "--regid", self.group()]);
        match self.get("SupplementaryGroups") {
            Some(groups) => command.args(["--groups", groups]),
            None => command.arg("--clear-groups"),
        };
        command.args(["--inh-caps", rights, "--ambient-caps", rights]);
        if self.get("NoNewPrivileges") == Some("yes") {
            command.arg("--no-new-privs");
        }
        let words = self.get("ExecStart").expect("a unit starts something");
        command.args(words.split_whitespace());
        for name in ["NOTIFY_SOCKET", "RUST_LOG", "XDG_RUNTIME_DIR", "HOME"] {
            command.env_remove(name);
        }
        command
    }
}

impl<'machine> Service<'machine> {
    pub(super) fn start(network: &'machine Network, name: &str) -> Self {
        let mut service = Self {
            network,
            name: name.to_owned(),
            unit: Unit::read(network, name),
            process: None,
            log: tempfile::tempdir().expect("make a directory"),
        };
        service.run();
        service
    }

    fn run(&mut self) {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log.path().join("log"))
            .expect("open the log");
        let mut command = self.unit.command(self.network);
        command
            .stdout(log.try_clone().expect("share the log"))
            .stderr(log);
        let child = command.spawn();
        self.process = Some(child.unwrap_or_else(|error| panic!("run setpriv: {error}")));
    }

    /// Runs it again where it has ended, as `Restart=always` does. Says whether it had.
    ///
    /// # Panics
    /// When the unit has no such line.
    pub fn restart_when_ended(&mut self) -> bool {
        let process = self.process.as_mut().expect("a service that was started");
        if process.try_wait().expect("look at a service").is_none() {
            return false;
        }
        let restart = self.unit.get("Restart");
        assert_eq!(
            restart,
            Some("always"),
            "{} ended: {}",
            self.name,
            self.log()
        );
        self.run();
        true
    }

    /// Ends it, and starts it as its unit says now.
    pub fn restart(&mut self) {
        self.end();
        self.unit = Unit::read(self.network, &self.name);
        self.run();
    }

    /// The number of its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.as_ref().map_or(0, Child::id)
    }

    /// The line of `/proc/PID/status` that begins with this.
    #[must_use]
    pub fn status(&self, line: &str) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()));
        let status = status.unwrap_or_default();
        let found = status.lines().find_map(|of| of.strip_prefix(line));
        found.unwrap_or_default().trim().to_owned()
    }

    /// What it wrote.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log.path().join("log")).unwrap_or_default()
    }

    /// Ends it with SIGTERM, and waits until it has ended.
    pub fn end(&mut self) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        let _ = Command::new("kill").arg(process.id().to_string()).status();
        until(
            &format!("{} ends", self.name),
            || process.try_wait().ok().flatten(),
            || self.log(),
        );
    }
}

impl Drop for Service<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the log of {}:\n{}", self.name, self.log());
        }
        if let Some(mut process) = self.process.take() {
            // It may have ended already, which is fine.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
