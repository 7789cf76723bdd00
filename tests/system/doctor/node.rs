//! A node that somebody set up by hand and that is as it should be: configurations in files that can be made wrong, servers that
//! are started again whenever they end, PowerDNS as a user of its own.

use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use zonesmith_tests::answer::Answer;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::Document;
use zonesmith_tests::network::Network;
use zonesmith_tests::until;

use super::cures::put;
use crate::BINARY;

/// Where the recursor answers.
pub(super) const ADDRESS: &str = "10.53.0.1";

/// One of the two servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Server {
    Authoritative,
    Recursor,
}

impl Server {
    const BOTH: [Self; 2] = [Self::Authoritative, Self::Recursor];

    pub(super) fn program(self) -> &'static str {
        match self {
            Self::Authoritative => "pdns_server",
            Self::Recursor => "pdns_recursor",
        }
    }

    pub(super) fn file(self) -> &'static str {
        match self {
            Self::Authoritative => "pdns.conf",
            Self::Recursor => "recursor.conf",
        }
    }

    pub(super) fn control_socket(self) -> &'static str {
        match self {
            Self::Authoritative => "pdns.controlsocket",
            Self::Recursor => "pdns_recursor.controlsocket",
        }
    }

    fn process_file(self) -> &'static str {
        match self {
            Self::Authoritative => "pdns.pid",
            Self::Recursor => "pdns_recursor.pid",
        }
    }
}

/// The node; all of it ends with this value.
pub(super) struct Node {
    pub(super) network: Network,
    pub(super) daemon: Daemon,
    directory: TempDir,
    /// What starts a server whenever it ends.
    supervisors: Vec<(Server, Child)>,
    /// Commands of cures that run on.
    pub(super) running: Vec<Child>,
}

impl Node {
    /// Everything as it should be, and running.
    pub(super) fn start(document: &Document) -> Self {
        let node = Self::start_with(document, |_| {});
        node.until_healthy("a node that was just set up");
        node
    }

    /// The same with another daemon, which may want more of the servers than they do.
    pub(super) fn start_with(document: &Document, change: impl FnOnce(&mut Start)) -> Self {
        let address: IpAddr = ADDRESS.parse().unwrap();
        let network = Network::with(&[address]);
        let directory = tempfile::Builder::new()
            .prefix("doctor-")
            .tempdir()
            .unwrap();
        let mut start = Start {
            // So that the harness names no other source.
            configuration: "source = \"\"\n".to_owned(),
            entrance: network.entrance().to_vec(),
            ..Start::new(BINARY, document)
        };
        change(&mut start);
        let daemon = start.prepare();
        let mut node = Self {
            network,
            daemon,
            directory,
            supervisors: Vec::new(),
            running: Vec::new(),
        };
        for directory in [node.directory.path().to_owned(), node.daemon.path(".")] {
            fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::create_dir_all(node.path("root/etc/systemd/resolved.conf.d")).unwrap();
        fs::create_dir(node.path("bin")).unwrap();
        std::os::unix::fs::symlink(BINARY, node.path("bin/zonesmith")).unwrap();
        node.daemon
            .set_file("zonesmith.toml", &node.configuration());
        node.daemon.start_again();
        node.daemon
            .until("zones are published", |status| status.generation() > 0);
        node.daemon.until_listening();
        node.write_servers();
        for server in Server::BOTH {
            node.supervise(server);
        }
        node
    }

    /// What the daemon is told.
    pub(super) fn configuration(&self) -> String {
        let daemon = |name: &str| self.daemon.path(name).display().to_string();
        let control = |server: Server| self.path(server.control_socket()).display().to_string();
        let group = if is_root() { "group = \"pdns\"\n" } else { "" };
        format!(
            "source = \"file:{}\"\nstate-dir = \"{}\"\n\n[socket]\npath = \"{}\"\n{group}\n[admin]\npath = \"{}\"\n\n\
             [janitor]\nauthoritative = [\"{}\"]\nrecursors = [\"{}\"]\n\n[cluster]\ndns = [\"{ADDRESS}\"]\n",
            daemon("cluster.json"),
            daemon("state"),
            daemon("pdns.sock"),
            daemon("admin.sock"),
            control(Server::Authoritative),
            control(Server::Recursor),
        )
    }

    fn write_servers(&self) {
        let place = self.directory.path().display();
        let (user, owner) = if is_root() {
            ("pdns", "pdns")
        } else {
            ("", "")
        };
        let authoritative = format!(
            "launch=remote\nremote-connection-string=unix:path={},timeout=2000\nlocal-address=127.0.0.1\nlocal-port=5300\n\
             socket-dir={place}\nsetuid={user}\nsetgid={user}\ncache-ttl=0\nquery-cache-ttl=3600\nnegquery-cache-ttl=3600\n\
             zone-cache-refresh-interval=30\nloglevel=3\nsecurity-poll-suffix=\nprimary=no\nsecondary=no\n",
            self.daemon.socket_path().display(),
        );
        let zones: Vec<String> = self.zones();
        let forwards: Vec<_> = zones
            .iter()
            .map(|zone| format!("{zone}=127.0.0.1:5300"))
            .collect();
        let recursor = format!(
            "local-address={ADDRESS}\nlocal-port=53\nallow-from=127.0.0.0/8,10.0.0.0/8,fc00::/7\nsocket-dir={place}\n\
             forward-zones={}\nlua-config-file={place}/recursor.lua\nallow-notify-for={}\n\
             allow-notify-from=127.0.0.0/8,{ADDRESS}/32\npacketcache-servfail-ttl=0\ndont-throttle-netmasks=127.0.0.0/8\n\
             threads=2\nsecurity-poll-suffix=\nsetuid=\n",
            forwards.join(","),
            zones.join(","),
        );
        let anchors: String = zones
            .iter()
            .map(|zone| format!("addNTA(\"{zone}\", \"ours\")\n"))
            .collect();
        for (name, text) in [
            ("pdns.conf", authoritative),
            ("recursor.conf", recursor),
            ("recursor.lua", anchors),
        ] {
            fs::write(self.path(name), text).unwrap();
        }
        if !owner.is_empty() {
            let owned = Command::new("chown")
                .arg(owner)
                .arg(self.directory.path())
                .status();
            assert!(owned.unwrap().success(), "give PowerDNS its directory");
        }
    }

    /// Apexes of all zones that the daemon serves.
    pub(super) fn zones(&self) -> Vec<String> {
        let status: Value = serde_json::from_str(&self.daemon.status().text()).unwrap();
        let zones = status["zones"].as_array().unwrap().iter();
        zones
            .map(|zone| zone["apex"].as_str().unwrap().to_owned())
            .collect()
    }

    /// A file beside the configurations.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Has a server started whenever it does not run.
    pub(super) fn supervise(&mut self, server: Server) {
        let (place, program) = (self.directory.path().display(), server.program());
        let stop = self.path(&format!("stop-{program}"));
        let _ = fs::remove_file(&stop);
        let guardian = if server == Server::Authoritative {
            "--guardian=no"
        } else {
            ""
        };
        let script = format!(
            "while [ ! -e {} ]; do {program} --config-dir={place} --daemon=no {guardian} --disable-syslog; sleep 0.05; done >>{place}/log 2>&1",
            stop.display()
        );
        let child = self
            .network
            .command("sh")
            .args(["-c", &script])
            .spawn()
            .unwrap();
        self.supervisors.push((server, child));
    }

    /// Ends a server, which is started again, unless its supervisor was ended.
    pub(super) fn end(&self, server: Server) {
        let process = fs::read_to_string(self.path(server.process_file())).unwrap_or_default();
        let process = process.trim();
        if !process.is_empty() {
            let _ = Command::new("kill").args(["-KILL", process]).status();
        }
    }

    /// Ends a server for good.
    pub(super) fn abandon(&mut self, server: Server) {
        fs::write(self.path(&format!("stop-{}", server.program())), "").unwrap();
        self.end(server);
        self.supervisors.retain_mut(|(of, child)| {
            if *of == server {
                let _ = child.wait();
            }
            *of != server
        });
        let _ = fs::remove_file(self.path(server.process_file()));
    }

    /// Puts a setting into the file of a server, and has it read that.
    pub(super) fn set(&self, server: Server, setting: &str) {
        let process = self.path(server.process_file());
        let before = fs::read_to_string(&process).unwrap_or_default();
        put(&self.path(server.file()), setting);
        self.end(server);
        until(
            "a server runs with another setting",
            || {
                let now = fs::read_to_string(&process).unwrap_or_default();
                let listens = self.path(server.control_socket()).exists();
                (listens && now != before && is_running(now.trim())).then_some(())
            },
            || self.log(),
        );
    }

    /// Runs something in the node's network, as an administrator would.
    pub(super) fn shell(&self, command: &str) -> Answer {
        Answer::of(&self.in_shell(command).output().unwrap())
    }

    pub(super) fn in_shell(&self, command: &str) -> Command {
        let path = std::env::var("PATH").unwrap_or_default();
        let path = format!("{}:{path}:/usr/sbin:/sbin", self.path("bin").display());
        let mut shell = self.network.command("sh");
        shell.args(["-c", command]).env("PATH", path);
        shell
    }

    /// What `doctor` says, with these arguments.
    pub(super) fn doctor(&self, arguments: &[&str]) -> (i32, Value) {
        let answer = self.run_doctor(&[arguments, &["--format", "json"]].concat());
        let said = serde_json::from_str(&answer.output)
            .unwrap_or_else(|error| panic!("{error}: {answer:?}\n{}", self.log()));
        (answer.code, said)
    }

    pub(super) fn run_doctor(&self, arguments: &[&str]) -> Answer {
        let mut command = self.network.command(BINARY);
        command.arg("doctor").args(arguments);
        command
            .arg("--config")
            .arg(self.daemon.path("zonesmith.toml"));
        command.arg("--admin").arg(self.daemon.admin_path());
        command.arg("--configurations").arg(self.directory.path());
        command.arg("--root").arg(self.path("root"));
        command.stdin(Stdio::null());
        Answer::of(&command.output().unwrap())
    }

    /// Everything that is not green, and not skipped.
    pub(super) fn complaints(&self) -> Vec<Value> {
        let (_, said) = self.doctor(&[]);
        let checks = said["checks"].as_array().unwrap().iter();
        let is_bad = |check: &&Value| check["state"] == "red" || check["state"] == "yellow";
        checks.filter(is_bad).cloned().collect()
    }

    /// Waits until there is nothing to complain of.
    pub(super) fn until_healthy(&self, what: &str) {
        until(
            &format!("nothing is wrong with {what}"),
            || self.complaints().is_empty().then_some(()),
            || {
                format!(
                    "{:#?}\n{}\n{}",
                    self.complaints(),
                    self.log(),
                    self.daemon.log()
                )
            },
        );
    }

    /// What the servers said.
    pub(super) fn log(&self) -> String {
        let text = fs::read(self.path("log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines: Vec<_> = text.lines().rev().take(40).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        for process in &mut self.running {
            let _ = process.kill();
            let _ = process.wait();
        }
        for server in Server::BOTH {
            self.abandon(server);
        }
    }
}

/// Whether PowerDNS may become another user here.
pub(super) fn is_root() -> bool {
    fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| {
        let words: Vec<_> = map.split_whitespace().collect();
        words == ["0", "0", "4294967295"]
    }) && Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout == b"0\n")
}

fn is_running(process: &str) -> bool {
    !process.is_empty() && Path::new(&format!("/proc/{process}")).exists()
}
