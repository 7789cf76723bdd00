//! A network of its own: name servers on port 53 of the addresses they would have, and a root that knows our zones.
//!
//! A network namespace, so that nothing of it can meet the machine's own network. It needs no root where users may make
//! namespaces (Debian's setting); elsewhere it does. A process that waits for its standard input keeps it: that ends
//! when the test does, however the test ends, and the namespace with it.
//!
//! - [`links`]: several of them, with links in between
//! - [`sockets`]: sockets of one, for the test's own threads

pub mod links;
pub mod sockets;

use std::ffi::OsStr;
use std::fs;
use std::net::IpAddr;
use std::process::{Child, Command, Stdio};

use crate::answer::Answer;
use crate::until;

/// A network namespace; it ends with this value and all that runs in it.
pub struct Network {
    keeper: Child,
    entrance: Vec<String>,
}

impl Network {
    /// Makes one, in which these addresses are the machine's own.
    ///
    /// # Panics
    /// When it cannot be made, with what is needed for that.
    #[must_use]
    pub fn with(addresses: &[IpAddr]) -> Self {
        let attempts: [&[&str]; 2] = [&["--net"], &["--net", "--map-root-user"]];
        let made = attempts.iter().find_map(|flags| Self::keep(&[], flags));
        let network = made.unwrap_or_else(|| {
            panic!("no network namespace can be made here: run this as root, or allow user namespaces (`unshare --map-root-user --net true` must work)")
        });
        network.have(addresses);
        network
    }

    /// Makes one with directories of its own, which this script mounts: `$1` is `file`. It takes root.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub(crate) fn with_directories(addresses: &[IpAddr], script: &str, file: &str) -> Self {
        // The keeper's `cat` is the last word of the script: `exec "$2"`.
        let flags = [
            "--net",
            "--mount",
            "--propagation=private",
            "sh",
            "-c",
            script,
            "sh",
            file,
        ];
        let made = Self::keep(&[], &flags);
        let network = made.expect("a network and directories of its own; it takes root");
        network.have(addresses);
        network
    }

    fn have(&self, addresses: &[IpAddr]) {
        self.ip(&["link", "set", "lo", "up"]);
        for address in addresses {
            self.ip(&["address", "add", &address.to_string(), "dev", "lo"]);
        }
    }

    /// Keeps a namespace made with these flags, if that is allowed, by a command that begins with these words.
    fn keep(before: &[String], flags: &[&str]) -> Option<Self> {
        let mut words = before.iter().map(String::as_str).chain(["unshare"]);
        let mut keeper = Command::new(words.next().unwrap_or("unshare"))
            .args(words)
            .args(flags)
            .arg("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("run unshare (Debian: util-linux): {error}"));
        let id = keeper.id();
        let of = |id: &str| fs::read_link(format!("/proc/{id}/ns/net")).ok();
        let refused = until(
            "a network namespace, or a refusal",
            || {
                let ended = keeper.try_wait().expect("look at unshare").is_some();
                // Until `cat` runs, user and network are not both in place.
                let name = fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
                let other = of(&id.to_string()).is_some_and(|net| Some(net) != of("self"));
                (ended || (name.trim() == "cat" && other)).then_some(ended)
            },
            String::new,
        );
        if refused {
            return None;
        }
        let mut entrance = vec!["nsenter".to_owned()];
        let is_user = |word: &str| word == "--map-root-user" || word == "--user";
        if flags.iter().any(|word| is_user(word)) || before.iter().any(|word| is_user(word)) {
            entrance.extend(["--user", "--preserve-credentials"].map(str::to_owned));
        }
        if flags.contains(&"--mount") {
            entrance.push("--mount".to_owned());
        }
        entrance.extend([
            "--net".to_owned(),
            "--target".to_owned(),
            id.to_string(),
            "--".to_owned(),
        ]);
        Some(Self { keeper, entrance })
    }

    fn ip(&self, arguments: &[&str]) {
        let output = self
            .command("ip")
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("run ip: {error}; tests/run installs it"));
        assert!(output.status.success(), "ip {arguments:?}: {output:?}");
    }

    /// The words before a command that make it run in here; the process keeps its id.
    #[must_use]
    pub fn entrance(&self) -> &[String] {
        &self.entrance
    }

    /// The process that keeps it: its namespace is `/proc/ID/ns/net`.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.keeper.id()
    }

    /// A command that runs in here, without standard input.
    ///
    /// # Panics
    /// Never: an entrance has words.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let (first, rest) = self.entrance.split_first().expect("words of an entrance");
        let mut command = Command::new(first);
        command.args(rest).arg(program).stdin(Stdio::null());
        // Administrators' programs, also for those who are none.
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
        command
    }

    /// What a command prints in here.
    ///
    /// # Panics
    /// When it is not there.
    #[must_use]
    pub fn run(&self, program: &str, arguments: &[impl AsRef<OsStr>]) -> Answer {
        let output = self
            .command(program)
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("run {program}: {error}; tests/run installs it"));
        let answer = Answer::of(&output);
        assert_ne!(
            answer.code, 127,
            "no {program}: {answer:?}; tests/run installs it"
        );
        answer
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
