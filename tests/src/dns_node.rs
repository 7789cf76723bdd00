//! A node that serves DNS: the daemon, the authoritative server on the loopback and the recursor on the node's address, in
//! a network of their own, with every cache on.
//!
//! - `processes`: the processes of the two servers, whoever runs them

mod processes;

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use tempfile::TempDir;

use crate::daemon::{Daemon, Start};
use crate::network::Network;
use crate::until;

/// One of the two servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// `pdns_server`, on the loopback.
    Authoritative,
    /// `pdns_recursor`, on the node's address.
    Recursor,
}

impl Server {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Authoritative, Self::Recursor];

    /// The name of its program.
    #[must_use]
    pub fn program(self) -> &'static str {
        match self {
            Self::Authoritative => "pdns_server",
            Self::Recursor => "pdns_recursor",
        }
    }

    fn control_socket(self) -> &'static str {
        match self {
            Self::Authoritative => "pdns.controlsocket",
            Self::Recursor => "pdns_recursor.controlsocket",
        }
    }
}

/// Where the authoritative server takes commands besides its control socket: each node has a network of its own.
const CONTROL_PORT: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 53_000);

/// What it wants to hear first there.
const SECRET: &str = "a-secret";

/// Who runs the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunBy {
    /// The daemon: `--with-powerdns --with-recursor`.
    Daemon,
    /// Somebody else, with configurations of their own; the daemon's janitor is told where the control sockets are, and what
    /// to do without them.
    Others,
    /// The same, and the janitor is off.
    OthersUnpurged,
}

/// A running node; it ends with this value.
pub struct DnsNode<'network> {
    network: &'network Network,
    address: Ipv4Addr,
    zones: Vec<String>,
    run_by: RunBy,
    daemon: Daemon,
    directory: TempDir,
    /// Where others run them.
    servers: [Option<Child>; 2],
}

impl<'network> DnsNode<'network> {
    /// Runs all three until clients at `address` are answered. `start` says what the daemon reads; the first of `zones`
    /// has a SOA.
    ///
    /// # Panics
    /// When they are not.
    #[must_use]
    pub fn start(
        network: &'network Network,
        address: Ipv4Addr,
        zones: &[&str],
        mut start: Start,
        run_by: RunBy,
    ) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("dns-node-")
            .tempdir()
            .expect("make a directory");
        let place = directory.path().display();
        let more = match run_by {
            RunBy::Daemon => {
                start.arguments.extend([
                    "--with-powerdns".to_owned(),
                    "127.0.0.1:5300".to_owned(),
                    "--with-recursor".to_owned(),
                    format!("{address}:53"),
                ]);
                String::new()
            }
            RunBy::Others => format!(
                "[janitor]\nauthoritative = [\"{place}/{} | tcp:{CONTROL_PORT}?secret-file={place}/secret\"]\n\
                 recursors = [\"{place}/{} | notify:{address}\"]\n",
                Server::Authoritative.control_socket(),
                Server::Recursor.control_socket()
            ),
            RunBy::OthersUnpurged => "[janitor]\noff = true\n".to_owned(),
        };
        start.configuration.insert_str(0, &more);
        start.entrance = network.entrance().to_vec();
        let mut node = Self {
            network,
            address,
            zones: zones.iter().map(|&zone| zone.to_owned()).collect(),
            run_by,
            daemon: start.serve(),
            directory,
            servers: [None, None],
        };
        if run_by != RunBy::Daemon {
            node.write_configurations();
            for server in Server::BOTH {
                node.run(server);
            }
        }
        node.until_answering();
        node
    }

    fn write_configurations(&self) {
        let place = self.directory.path().display();
        let authoritative = format!(
            "launch=remote\nremote-connection-string=unix:path={},timeout=2000\nlocal-address=127.0.0.1\nlocal-port=5300\n\
             socket-dir={place}\nsetuid=\nsetgid=\ncache-ttl=0\nquery-cache-ttl=3600\nnegquery-cache-ttl=3600\n\
             zone-cache-refresh-interval=30\nloglevel=3\nsecurity-poll-suffix=\n8bit-dns=no\n\
             tcp-control-address={}\ntcp-control-port={}\ntcp-control-secret={SECRET}\ntcp-control-range=127.0.0.0/8\n",
            self.daemon.socket_path().display(),
            CONTROL_PORT.ip(),
            CONTROL_PORT.port(),
        );
        let forward = |zone: &String| format!("{zone}=127.0.0.1:5300");
        let forwards: Vec<_> = self.zones.iter().map(forward).collect();
        let recursor = format!(
            "local-address={}\nlocal-port=53\nallow-from=0.0.0.0/0\nsocket-dir={place}\nforward-zones={}\n\
             dnssec=process-no-validate\npacketcache-servfail-ttl=0\ndont-throttle-netmasks=127.0.0.0/8\nmax-negative-ttl=60\nthreads=2\nsecurity-poll-suffix=\n\
             allow-notify-for={}\nallow-notify-from={}/32\n",
            self.address,
            forwards.join(","),
            self.zones.join(","),
            self.address,
        );
        let secret = format!("{SECRET}\n");
        for (name, text) in [
            ("pdns.conf", authoritative),
            ("recursor.conf", recursor),
            ("secret", secret),
        ] {
            fs::write(self.directory.path().join(name), text).expect("write a configuration");
        }
    }

    fn run(&mut self, server: Server) {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.directory.path().join("log"))
            .expect("open the log");
        let mut command = self.network.command(server.program());
        if server == Server::Authoritative {
            command.arg("--guardian=no");
        }
        let child = command
            .arg(format!("--config-dir={}", self.directory.path().display()))
            .args(["--daemon=no", "--disable-syslog"])
            .stdout(log.try_clone().expect("share the log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("run {}: {error}", server.program()));
        *self.server_mut(server) = Some(child);
    }

    /// Waits until both servers answer for the first zone.
    pub fn until_answering(&self) {
        let (loopback, node) = ("@127.0.0.1".to_owned(), format!("@{}", self.address));
        let zone = self.zones.first().map_or(".", String::as_str);
        for (at, port) in [(loopback, "5300"), (node, "53")] {
            let words = [
                "-r", &at, "-p", port, zone, "SOA", "+short", "+tries=1", "+time=1",
            ];
            until(
                "a node answers",
                || {
                    let answer = self.network.run("dig", &words);
                    answer.output.contains(" 7200 ").then_some(())
                },
                || format!("{}\n{}", self.log(), self.daemon.log()),
            );
        }
    }

    /// Ends a server with SIGKILL, and waits until another process of its program answers.
    ///
    /// # Panics
    /// When there is none.
    pub fn kill_and_run_again(&mut self, server: Server) {
        let before = self.process(server).expect("a server that runs");
        self.signal(server, "KILL");
        if self.run_by == RunBy::Daemon {
            let other = || self.process(server).filter(|process| *process != before);
            until(
                "a server runs again",
                || other().map(drop),
                || self.daemon.log(),
            );
        } else {
            let process = self.server_mut(server).as_mut();
            process
                .expect("a server that runs")
                .wait()
                .expect("wait for a server");
            self.run(server);
        }
        self.until_answering();
    }

    /// Signals a server: `STOP` stops it in the middle of what it does, and `CONT` lets it go on.
    ///
    /// # Panics
    /// When it does not run.
    pub fn signal(&self, server: Server, signal: &str) {
        let process = self.process(server).expect("a server that runs");
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &process.to_string()])
            .status();
        assert!(sent.is_ok_and(|status| status.success()), "signal a server");
    }

    /// Takes its control socket away, as a wrong mount does; the server lives on.
    ///
    /// # Panics
    /// When there is none.
    pub fn hide_control_socket(&self, server: Server) {
        let path = self.control_socket(server);
        fs::rename(&path, hidden(&path)).expect("take a control socket away");
    }

    /// Puts it back.
    ///
    /// # Panics
    /// When it was not taken away.
    pub fn show_control_socket(&self, server: Server) {
        let path = self.control_socket(server);
        fs::rename(hidden(&path), &path).expect("put a control socket back");
    }

    /// Waits until the daemon says that a server's caches are purged without its control socket.
    pub fn until_purged_by_another_way(&self, server: Server) {
        let place = match server {
            Server::Authoritative => 0,
            Server::Recursor => 1,
        };
        let said = format!("{} cannot be used", self.control_socket(server).display());
        self.daemon.until("another way is taken", |status| {
            let cache = |field| status.get(&format!("/caches/{place}/{field}"));
            cache("error").contains(&said) && cache("state") != "\"failing\""
        });
    }

    fn control_socket(&self, server: Server) -> PathBuf {
        let directory = match self.run_by {
            RunBy::Daemon => self.daemon.socket_path().with_extension("children"),
            RunBy::Others | RunBy::OthersUnpurged => self.directory.path().to_owned(),
        };
        directory.join(server.control_socket())
    }

    fn server_mut(&mut self, server: Server) -> &mut Option<Child> {
        let [authoritative, recursor] = &mut self.servers;
        match server {
            Server::Authoritative => authoritative,
            Server::Recursor => recursor,
        }
    }

    /// The process of a server, if it runs.
    fn process(&self, server: Server) -> Option<u32> {
        let [authoritative, recursor] = &self.servers;
        let run_by_others = match server {
            Server::Authoritative => authoritative,
            Server::Recursor => recursor,
        };
        match self.run_by {
            RunBy::Daemon => processes::child(self.daemon.id(), server.program()),
            RunBy::Others | RunBy::OthersUnpurged => run_by_others.as_ref().map(Child::id),
        }
    }

    /// Where clients ask.
    #[must_use]
    pub fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// The daemon.
    #[must_use]
    pub fn daemon(&self) -> &Daemon {
        &self.daemon
    }

    /// The daemon, to be restarted.
    pub fn daemon_mut(&mut self) -> &mut Daemon {
        &mut self.daemon
    }

    /// What the servers logged.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = fs::read(self.directory.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn hidden(path: &Path) -> PathBuf {
    path.with_extension("hidden")
}

impl Drop for DnsNode<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the log of a node's servers:\n{}", self.log());
        }
        for process in self.servers.iter_mut().flatten() {
            // It may have ended already, which is fine.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
