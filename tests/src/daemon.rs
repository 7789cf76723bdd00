//! `zonesmith serve` in a directory of its own, and the commands that ask it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::answer::Answer;
use crate::document::Document;
use crate::policies;
use crate::socket::{Socket, rows};
use crate::status::Status;
use crate::until;

mod policy;
mod process;
mod succession;

/// What a daemon is started with. `Start { policies: vec![…], ..Start::new(BINARY, &cluster("demo")) }`.
pub struct Start {
    /// The binary: `env!("CARGO_BIN_EXE_zonesmith")`, which only the tests of its package know.
    pub binary: &'static str,
    /// What the cluster file has in it.
    pub cluster: Vec<u8>,
    /// Components that become `p0.wasm`, `p1.wasm`, … with their settings; none for the default policy.
    pub policies: Vec<(Vec<u8>, Option<String>)>,
    /// What stands in the configuration file.
    pub configuration: String,
    /// More files beside it: name and text.
    pub files: Vec<(&'static str, String)>,
    /// More arguments of `serve`.
    pub arguments: Vec<String>,
    /// Words before the command, those of [`Network::entrance`](crate::network::Network::entrance); none for the machine's
    /// own network.
    pub entrance: Vec<String>,
}

impl Start {
    /// The default policy on this cluster.
    #[must_use]
    pub fn new(binary: &'static str, cluster: &Document) -> Self {
        Self {
            binary,
            cluster: cluster.json().to_string().into_bytes(),
            policies: Vec::new(),
            configuration: String::new(),
            files: Vec::new(),
            arguments: Vec::new(),
            entrance: Vec::new(),
        }
    }

    /// One policy instead of the default one.
    #[must_use]
    pub fn with_policy(mut self, component: &str, settings: &str) -> Self {
        self.policies
            .push((policies::bytes(component), Some(settings.to_owned())));
        self
    }

    /// Runs it until it serves.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn serve(self) -> Daemon {
        let daemon = self.spawn();
        daemon.until("the first zone is published", |status| {
            status.generation() > 0
        });
        daemon.until_listening();
        daemon
    }

    /// Runs it, and does not wait.
    ///
    /// # Panics
    /// When the binary cannot be run.
    #[must_use]
    pub fn spawn(self) -> Daemon {
        self.prepare().started()
    }

    /// Writes its files, and does not run it yet.
    ///
    /// # Panics
    /// When they cannot be written.
    #[must_use]
    pub fn prepare(self) -> Daemon {
        let directory = tempfile::Builder::new()
            .prefix("zonesmith-")
            .tempdir()
            .expect("make a directory");
        let path = |name: &str| directory.path().join(name);
        fs::write(path("cluster.json"), &self.cluster).expect("write the cluster");
        fs::write(path("zonesmith.toml"), &self.configuration).expect("write the configuration");
        for (name, text) in &self.files {
            let file = path(name);
            fs::create_dir_all(file.parent().expect("a folder")).expect("make a folder");
            fs::write(file, text).expect("write a file");
        }
        fs::create_dir(path("policies")).expect("make the directory of policies");
        let mut arguments = self.arguments;
        for (number, (component, settings)) in self.policies.iter().enumerate() {
            let file = path("policies").join(format!("p{number}.wasm"));
            policies::install(&file, component);
            policies::set_settings(&file, settings.as_deref());
            arguments.extend(["--policy".to_owned(), file.display().to_string()]);
        }
        Daemon {
            binary: self.binary,
            arguments,
            entrance: self.entrance,
            directory,
            process: None,
        }
    }
}

/// A running daemon; it ends with this value.
pub struct Daemon {
    binary: &'static str,
    arguments: Vec<String>,
    entrance: Vec<String>,
    directory: TempDir,
    process: Option<Child>,
}

impl Daemon {
    fn started(mut self) -> Self {
        self.start_again();
        self
    }

    /// More arguments of `serve`, from the next start on.
    pub fn add_arguments(&mut self, arguments: &[&str]) {
        self.arguments
            .extend(arguments.iter().map(|&argument| argument.to_owned()));
    }

    /// Runs the binary (again, after [`stop`](Self::stop)).
    ///
    /// # Panics
    /// When it cannot be run.
    pub fn start_again(&mut self) {
        let mut words = self.entrance.clone();
        words.push(self.binary.to_owned());
        let child = self
            .command(&words)
            .spawn()
            .unwrap_or_else(|error| panic!("run {}: {error}", self.binary));
        self.process = Some(child);
    }

    /// What runs the daemon, where its words begin with these: an entrance, and the binary.
    fn command(&self, words: &[String]) -> Command {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.path("log"))
            .expect("open the log");
        let mut words = words.iter().map(String::as_str);
        let mut command = Command::new(words.next().unwrap_or(self.binary));
        command.args(words).arg("serve");
        let is_named = self.arguments.iter().any(|argument| argument == "--source");
        let configuration = fs::read_to_string(self.path("zonesmith.toml")).unwrap_or_default();
        if !is_named && !configuration.starts_with("source = ") {
            command.arg(self.cluster_file());
        }
        command.arg("--config").arg(self.path("zonesmith.toml"));
        if !self.arguments.iter().any(|argument| argument == "--socket") {
            command.arg("--socket").arg(self.socket_path());
        }
        command.arg("--admin").arg(self.admin_path());
        command.arg("--state-dir").arg(self.path("state"));
        command.args(&self.arguments);
        self.surround(&mut command);
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("share the log"))
            .stderr(log);
        command
    }

    /// The environment of a user that has nothing but this directory.
    fn surround(&self, command: &mut Command) {
        for (name, _) in std::env::vars_os() {
            if name
                .to_str()
                .is_some_and(|name| name.starts_with("ZONESMITH_"))
            {
                command.env_remove(name);
            }
        }
        command.env("XDG_RUNTIME_DIR", self.directory.path());
        command.env("HOME", self.directory.path());
        command
            .env_remove("RUST_LOG")
            .env("NO_COLOR", "1")
            .env("COLUMNS", "100");
    }

    /// A file in the daemon's directory.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The cluster file.
    #[must_use]
    pub fn cluster_file(&self) -> PathBuf {
        self.path("cluster.json")
    }

    /// The file of the policy at this place of the stack.
    #[must_use]
    pub fn policy_file(&self, place: usize) -> PathBuf {
        self.path("policies").join(format!("p{place}.wasm"))
    }

    /// Where `pdns.sock` is, or will be.
    #[must_use]
    pub fn socket_path(&self) -> PathBuf {
        self.path("pdns.sock")
    }

    /// Where the admin socket is.
    #[must_use]
    pub fn admin_path(&self) -> PathBuf {
        self.path("admin.sock")
    }

    /// Replaces a file in the daemon's directory, as an editor does.
    pub fn set_file(&self, name: &str, text: &str) {
        policies::replace(&self.path(name), text.as_bytes());
    }

    /// Replaces the cluster file, as an editor does.
    pub fn set_cluster(&self, cluster: &Document) {
        policies::replace(&self.cluster_file(), cluster.json().to_string().as_bytes());
    }

    /// Replaces the first policy's component.
    pub fn set_policy(&self, component: &[u8]) {
        policies::install(&self.policy_file(0), component);
    }

    /// Replaces the first policy's settings.
    pub fn set_settings(&self, settings: &str) {
        policies::set_settings(&self.policy_file(0), Some(settings));
    }

    /// All that the daemon printed and logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = fs::read(self.path("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A new connection to `pdns.sock`.
    ///
    /// # Panics
    /// When nobody listens.
    #[must_use]
    pub fn connect(&self) -> Socket {
        Socket::try_connect(&self.socket_path())
            .unwrap_or_else(|error| panic!("connect to the daemon: {error}\n{}", self.log()))
    }

    /// The records of a name, each as `name TTL type content`; none where it does not exist.
    #[must_use]
    pub fn records(&self, qname: &str) -> Vec<String> {
        self.connect().records(qname)
    }

    /// All records of a zone but its SOA, whose serial moves.
    #[must_use]
    pub fn zone(&self, apex: &str) -> BTreeSet<String> {
        let reply = self
            .connect()
            .ask("list", &json!({ "zonename": apex, "domain_id": 1 }));
        let rows = rows(&reply).into_iter();
        rows.filter(|row| !row.contains(" SOA ")).collect()
    }

    /// Waits until somebody listens on `pdns.sock`.
    pub fn until_listening(&self) {
        let path = self.socket_path();
        until(
            "pdns.sock listens",
            || Socket::try_connect(&path).ok().map(drop),
            || self.log(),
        );
    }

    /// What is live now.
    ///
    /// # Panics
    /// When the daemon does not say.
    #[must_use]
    pub fn status(&self) -> Status {
        self.try_status()
            .unwrap_or_else(|| panic!("no status\n{}", self.log()))
    }

    fn try_status(&self) -> Option<Status> {
        Status::ask(&self.admin_path())
    }

    /// Waits for a fact in the status, which is returned.
    ///
    /// # Panics
    /// When the fact is not there in time, or the daemon has ended.
    pub fn until(&self, what: &str, is_so: impl Fn(&Status) -> bool) -> Status {
        until(
            what,
            || self.try_status().filter(|status| is_so(status)),
            || {
                let status = self
                    .try_status()
                    .map_or_else(|| "none".to_owned(), |status| status.text());
                format!("the status: {status}\nthe log:\n{}", self.log())
            },
        )
    }

    /// Waits until a name has exactly these records, as from [`records`](Self::records).
    ///
    /// # Panics
    /// When it has others until the end.
    pub fn until_records(&self, qname: &str, expected: &[&str]) {
        let what = format!("{qname} has {expected:?}");
        until(
            &what,
            || (self.records(qname) == expected).then_some(()),
            || format!("it has {:?}\n{}", self.records(qname), self.log()),
        );
    }

    /// Runs a command of the binary against this daemon.
    ///
    /// # Panics
    /// When the binary cannot be run.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Answer {
        let mut command = Command::new(self.binary);
        command
            .args(arguments)
            .arg("--socket")
            .arg(self.socket_path())
            .arg("--admin")
            .arg(self.admin_path());
        self.surround(&mut command);
        command
            .current_dir(self.directory.path())
            .stdin(Stdio::null());
        Answer::of(
            &command
                .output()
                .unwrap_or_else(|error| panic!("run {}: {error}", self.binary)),
        )
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the daemon's log:\n{}", self.log());
        }
        if let Some(mut process) = self.process.take() {
            // It may have ended already, which is fine.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
