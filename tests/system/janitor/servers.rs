//! An authoritative server and a recursor before it, both with caches for an hour and every way to purge them.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use zonesmith_tests::ports::free_port;
use zonesmith_tests::power_dns::dig;
use zonesmith_tests::until;

/// Where everything is; the servers end with this value.
pub(super) struct Servers {
    directory: TempDir,
    ports: [u16; 5],
    server: Option<Child>,
    resolver: Option<Child>,
}

impl Servers {
    /// Places for both; nothing runs yet.
    pub(super) fn prepare() -> Self {
        let directory = tempfile::Builder::new().prefix("caches-").tempdir();
        let servers = Self {
            directory: directory.unwrap(),
            ports: std::array::from_fn(|_| free_port()),
            server: None,
            resolver: None,
        };
        for (file, text) in [("secret", "the-secret\n"), ("key", "the-key\n")] {
            fs::write(servers.path(file), text).unwrap();
        }
        for server in ["auth", "rec"] {
            fs::create_dir(servers.path(server)).unwrap();
        }
        servers
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// What stands in the daemon's configuration for these ways.
    pub(super) fn janitor(&self, authoritative: &str, recursor: &str) -> String {
        self.janitor_by(&[(authoritative, recursor)])
    }

    /// The same with several ways to each, best first.
    pub(super) fn janitor_by(&self, ways: &[(&str, &str)]) -> String {
        let authoritative: Vec<_> = ways
            .iter()
            .map(|(way, _)| self.authoritative(way))
            .collect();
        let recursor: Vec<_> = ways.iter().map(|(_, way)| self.recursor(way)).collect();
        format!(
            "[janitor]\nauthoritative = [\"{}\"]\nrecursors = [\"{}\"]\n",
            authoritative.join(" | "),
            recursor.join(" | ")
        )
    }

    /// The authoritative server by its `socket`, by `tcp` or by `http`.
    pub(super) fn authoritative(&self, way: &str) -> String {
        let [_, control, api, ..] = self.ports;
        let place = self.directory.path().display();
        match way {
            "socket" => format!("{place}/auth/pdns.controlsocket"),
            "tcp" => format!("tcp:127.0.0.1:{control}?secret-file={place}/secret"),
            _ => format!("http://127.0.0.1:{api}?key-file={place}/key"),
        }
    }

    /// The recursor by its `socket`, by `notify` or by `http`.
    pub(super) fn recursor(&self, way: &str) -> String {
        let [.., dns, api] = self.ports;
        let place = self.directory.path().display();
        match way {
            "socket" => format!("{place}/rec/pdns_recursor.controlsocket"),
            "notify" => format!("notify:127.0.0.1:{dns}"),
            _ => format!("http://127.0.0.1:{api}?key-file={place}/key"),
        }
    }

    /// Runs both on this socket until they answer.
    pub(super) fn start(&mut self, socket: &Path) {
        self.start_authoritative(socket);
        self.start_recursor();
    }

    pub(super) fn start_authoritative(&mut self, socket: &Path) {
        let [dns, control, api, ..] = self.ports;
        let place = self.path("auth");
        let place = place.display();
        let configuration = format!(
            "launch=remote\nremote-connection-string=unix:path={}\n\
             local-address=127.0.0.1\nlocal-port={dns}\nsocket-dir={place}\nsetuid=\nsetgid=\n\
             cache-ttl=0\nquery-cache-ttl=3600\nnegquery-cache-ttl=3600\nzone-cache-refresh-interval=300\n\
             tcp-control-address=127.0.0.1\ntcp-control-port={control}\ntcp-control-secret=the-secret\n\
             tcp-control-range=127.0.0.0/8\n\
             api=yes\napi-key=the-key\nwebserver=yes\nwebserver-address=127.0.0.1\nwebserver-port={api}\n",
            socket.display()
        );
        fs::write(self.path("auth").join("pdns.conf"), configuration).unwrap();
        self.server = Some(self.run("pdns_server", "auth", &["--guardian=no"]));
        self.until_answers(dns);
    }

    pub(super) fn start_recursor(&mut self) {
        let [authoritative, _, _, dns, api] = self.ports;
        let place = self.path("rec");
        let zones = ["demo", "22.10.in-addr.arpa", "23.10.in-addr.arpa"];
        let forward = zones.map(|zone| format!("{zone}=127.0.0.1:{authoritative}"));
        let configuration = format!(
            "local-address=127.0.0.1\nlocal-port={dns}\nsocket-dir={}\nthreads=1\nsetuid=\nsetgid=\n\
             forward-zones={}\ndnssec=off\npacketcache-servfail-ttl=0\n\
             allow-notify-for={}\nallow-notify-from=127.0.0.0/8\n\
             api-key=the-key\nwebserver=yes\nwebserver-address=127.0.0.1\nwebserver-port={api}\n",
            place.display(),
            forward.join(","),
            zones.join(",")
        );
        fs::write(place.join("recursor.conf"), configuration).unwrap();
        self.resolver = Some(self.run("pdns_recursor", "rec", &[]));
        self.until_answers(dns);
    }

    pub(super) fn stop_authoritative(&mut self) {
        end(self.server.take());
    }

    pub(super) fn stop_recursor(&mut self) {
        end(self.resolver.take());
    }

    fn run(&self, program: &str, place: &str, arguments: &[&str]) -> Child {
        let directory = self.path(place);
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(directory.join("log"));
        let log = log.unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        Command::new(program)
            .arg(format!("--config-dir={}", directory.display()))
            .args(["--daemon=no", "--disable-syslog"])
            .args(arguments)
            .env("PATH", format!("{path}:/usr/sbin"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("run {program}: {error}; tests/run installs it"))
    }

    fn until_answers(&self, port: u16) {
        until(
            "the server answers",
            || {
                dig(port, &["demo", "SOA", "+short", "+time=1"])
                    .contains("7200")
                    .then_some(())
            },
            || self.log(),
        );
    }

    /// What the recursor answers: the status, or data.
    pub(super) fn resolve(&self, name: &str, rrtype: &str) -> String {
        answer(self.ports[3], name, rrtype)
    }

    /// The same of the authoritative server.
    pub(super) fn ask(&self, name: &str, rrtype: &str) -> String {
        answer(self.ports[0], name, rrtype)
    }

    pub(super) fn log(&self) -> String {
        let log =
            |place: &str| fs::read_to_string(self.path(place).join("log")).unwrap_or_default();
        format!("{}\n{}", log("auth"), log("rec"))
    }
}

/// Data of an answer, one line each; or its status where there is none.
fn answer(port: u16, name: &str, rrtype: &str) -> String {
    let text = dig(port, &[name, rrtype, "+noall", "+comments", "+answer"]);
    let records = text.lines().filter(|line| !line.starts_with(';'));
    let mut data: Vec<_> = records
        .filter_map(|line| line.split_whitespace().nth(4))
        .map(str::to_owned)
        .collect();
    data.sort();
    if data.is_empty() {
        let status = text.split_once("status: ");
        let status = status.and_then(|(_, rest)| rest.split_once(','));
        return status.map_or_else(|| text.clone(), |(status, _)| status.to_owned());
    }
    data.join(" ")
}

impl Drop for Servers {
    fn drop(&mut self) {
        if thread::panicking() {
            println!("{}", self.log());
        }
        end(self.server.take());
        end(self.resolver.take());
    }
}

fn end(child: Option<Child>) {
    if let Some(mut child) = child {
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// A socket before another one, whose answers may be held back for a while.
pub(super) struct Proxy {
    pub(super) path: PathBuf,
    delay: Arc<AtomicU64>,
}

impl Proxy {
    pub(super) fn before(socket: &Path, path: PathBuf) -> Self {
        let listener = UnixListener::bind(&path).unwrap();
        let delay = Arc::new(AtomicU64::new(0));
        let (hold, socket) = (Arc::clone(&delay), socket.to_owned());
        thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), Ok(server)) = (client, UnixStream::connect(&socket)) else {
                    continue;
                };
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || pump(from, to, &AtomicU64::new(0)));
                let hold = Arc::clone(&hold);
                thread::spawn(move || pump(server, client, &hold));
            }
        });
        Self { path, delay }
    }

    /// Answers take this much longer from now on.
    pub(super) fn hold(&self, delay: Duration) {
        let milliseconds = u64::try_from(delay.as_millis()).unwrap();
        self.delay.store(milliseconds, Ordering::Relaxed);
    }
}

fn pump(mut from: UnixStream, mut to: UnixStream, delay: &AtomicU64) {
    let mut octets = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut octets) {
        thread::sleep(Duration::from_millis(delay.load(Ordering::Relaxed)));
        if to.write_all(&octets[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}
