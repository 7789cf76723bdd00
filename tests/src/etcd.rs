//! A real etcd on the loopback: one member or several, killed and started again by a test.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::ports::free_port;
use crate::until;

/// Certificates, made by `openssl` for one test.
struct Certificates {
    directory: PathBuf,
}

/// One member.
struct Member {
    client: u16,
    peer: u16,
    process: Option<Child>,
}

/// An etcd; it ends with this value.
pub struct Etcd {
    directory: TempDir,
    members: Vec<Member>,
    certificates: Option<Certificates>,
    arguments: Vec<String>,
}

impl Etcd {
    /// Runs this many members until they have a leader. `arguments`: more of each.
    ///
    /// # Panics
    /// When they do not come up.
    #[must_use]
    pub fn start(members: usize, arguments: &[&str]) -> Self {
        Self::run(members, arguments, false)
    }

    /// The same, over TLS: clients show a certificate and trust the authority, see [`Etcd::file`].
    ///
    /// # Panics
    /// When they do not come up.
    #[must_use]
    pub fn start_secure(members: usize) -> Self {
        Self::run(members, &[], true)
    }

    fn run(members: usize, arguments: &[&str], is_secure: bool) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("zonesmith-etcd-")
            .tempdir()
            .expect("make a directory");
        let certificates = is_secure.then(|| Certificates::make(directory.path()));
        let members = (0..members)
            .map(|_| Member {
                client: free_port(),
                peer: free_port(),
                process: None,
            })
            .collect();
        let mut etcd = Self {
            directory,
            members,
            certificates,
            arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
        };
        for member in 0..etcd.members.len() {
            etcd.start_again(member);
        }
        etcd.until_healthy();
        etcd
    }

    /// Runs a member (again, after [`kill`](Self::kill)).
    ///
    /// # Panics
    /// When it cannot be run.
    pub fn start_again(&mut self, member: usize) {
        let cluster: Vec<_> = self
            .members
            .iter()
            .enumerate()
            .map(|(number, member)| format!("m{number}=http://127.0.0.1:{}", member.peer))
            .collect();
        let scheme = self.scheme();
        let of = self.members.get_mut(member).expect("a member");
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.directory.path().join(format!("m{member}.log")))
            .expect("open the log");
        let client = format!("{scheme}://127.0.0.1:{}", of.client);
        let peer = format!("http://127.0.0.1:{}", of.peer);
        let mut command = Command::new("etcd");
        command
            .args(["--name", &format!("m{member}")])
            .arg("--data-dir")
            .arg(self.directory.path().join(format!("m{member}")))
            .args(["--listen-client-urls", &client])
            .args(["--advertise-client-urls", &client])
            .args(["--listen-peer-urls", &peer])
            .args(["--initial-advertise-peer-urls", &peer])
            .args(["--initial-cluster", &cluster.join(",")])
            .args(["--initial-cluster-state", "new"]);
        if let Some(certificates) = &self.certificates {
            command
                .arg("--client-cert-auth")
                .arg("--trusted-ca-file")
                .arg(certificates.path("ca.pem"))
                .arg("--cert-file")
                .arg(certificates.path("server.pem"))
                .arg("--key-file")
                .arg(certificates.path("server.key"));
        }
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("ETCD")) {
                command.env_remove(name);
            }
        }
        let child = command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("share the log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("run etcd: {error}"));
        of.process = Some(child);
    }

    /// Waits until every member that runs has a leader.
    pub fn until_healthy(&self) {
        for (number, member) in self.members.iter().enumerate() {
            if member.process.is_some() {
                let endpoint = self.endpoint(number);
                until(
                    "an etcd has a leader",
                    || self.try_control(&["--endpoints", &endpoint, "endpoint", "health"]),
                    || self.log(number),
                );
            }
        }
    }

    /// Ends a member with SIGKILL.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&mut self, member: usize) {
        let member = self.members.get_mut(member).expect("a member");
        let mut process = member.process.take().expect("a member that runs");
        process.kill().expect("kill a member");
        process.wait().expect("wait for a member");
    }

    /// Stops a member in the middle of what it does (`STOP`), or lets it go on (`CONT`).
    ///
    /// # Panics
    /// When it does not run.
    pub fn signal(&self, member: usize, signal: &str) {
        let member = self.members.get(member).expect("a member");
        let process = member.process.as_ref().expect("a member that runs");
        let id = process.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &id])
            .status();
        assert!(sent.is_ok_and(|status| status.success()), "signal a member");
    }

    /// Which member leads.
    ///
    /// # Panics
    /// When none does.
    #[must_use]
    pub fn leader(&self) -> usize {
        until(
            "an etcd has a leader",
            || {
                (0..self.members.len()).find(|number| {
                    let endpoint = self.endpoint(*number);
                    let status =
                        self.try_control(&["--endpoints", &endpoint, "endpoint", "status"]);
                    // address, id, version, size, is leader, …
                    status.is_some_and(|status| status.split(", ").nth(4) == Some("true"))
                })
            },
            || self.log(0),
        )
    }

    /// The source that reads it.
    #[must_use]
    pub fn source(&self) -> String {
        let members: Vec<_> = self
            .members
            .iter()
            .map(|member| format!("127.0.0.1:{}", member.client))
            .collect();
        format!("etcd:{}://{}/dns/c1", self.scheme(), members.join(","))
    }

    /// A file of its certificates: `ca.pem`, `client.pem`, `client.key`.
    ///
    /// # Panics
    /// When it has none.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.certificates
            .as_ref()
            .expect("an etcd with TLS")
            .path(name)
    }

    /// Runs `etcdctl`.
    ///
    /// # Panics
    /// When it fails.
    pub fn control(&self, arguments: &[&str]) -> String {
        until(
            &format!("etcdctl {arguments:?} succeeds"),
            || self.try_control(arguments),
            || self.log(0),
        )
    }

    /// Writes a key below the prefix.
    pub fn put(&self, key: &str, value: &str) {
        self.control(&["put", &format!("/dns/c1/{key}"), value]);
    }

    fn try_control(&self, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new("etcdctl");
        command.env("ETCDCTL_API", "3");
        if !arguments.contains(&"--endpoints") {
            let all: Vec<_> = (0..self.members.len())
                .map(|number| self.endpoint(number))
                .collect();
            command.args(["--endpoints", &all.join(",")]);
        }
        if let Some(certificates) = &self.certificates {
            command
                .arg("--cacert")
                .arg(certificates.path("ca.pem"))
                .arg("--cert")
                .arg(certificates.path("client.pem"))
                .arg("--key")
                .arg(certificates.path("client.key"));
        }
        let output = command
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("run etcdctl: {error}"));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        output.status.success().then_some(text)
    }

    fn endpoint(&self, member: usize) -> String {
        let member = self.members.get(member).expect("a member");
        format!("{}://127.0.0.1:{}", self.scheme(), member.client)
    }

    fn scheme(&self) -> &'static str {
        if self.certificates.is_some() {
            "https"
        } else {
            "http"
        }
    }

    fn log(&self, member: usize) -> String {
        let path = self.directory.path().join(format!("m{member}.log"));
        let log = fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(40).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Etcd {
    fn drop(&mut self) {
        for process in self
            .members
            .iter_mut()
            .filter_map(|member| member.process.as_mut())
        {
            // It may have ended already, which is fine.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Certificates {
    fn make(directory: &Path) -> Self {
        let made = Self {
            directory: directory.to_owned(),
        };
        let authority = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca \
                         -keyout ca.key -out ca.pem";
        made.openssl(authority);
        fs::write(
            made.path("names"),
            "subjectAltName=IP:127.0.0.1,DNS:localhost\n",
        )
        .expect("write a file");
        for who in ["server", "client"] {
            made.openssl(&format!(
                "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={who} -keyout {who}.key -out {who}.csr"
            ));
            made.openssl(&format!(
                "x509 -req -in {who}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out {who}.pem"
            ));
        }
        made
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    fn openssl(&self, words: &str) {
        let output = Command::new("openssl")
            .args(words.split_whitespace())
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("run openssl: {error}"));
        assert!(
            output.status.success(),
            "openssl {words}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
