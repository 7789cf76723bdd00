//! The two servers, each this same program again as a child: so one's memory is not the other's.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use zonesmith::remote::socket::{Access, Socket};
use zonesmith::remote::{Backend, Explaining, MAX_CONNECTIONS, Remote, Signing};
use zonesmith::snapshot::{Live, Snapshot};
use zonesmith::store::Store;

use super::cluster;

/// Clock ticks a second in `/proc` (fixed in Linux's interface).
const TICKS: u64 = 100;

/// A child that serves on a socket until it is dropped.
pub(crate) struct Server {
    child: Child,
    directory: tempfile::TempDir,
}

impl Server {
    /// Starts it and waits until it listens.
    pub(crate) fn start(kind: &str, services: u32) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--serve", kind, &services.to_string()])
            .arg(directory.path().join("s"))
            .spawn()
            .unwrap();
        let mut server = Self { child, directory };
        while UnixStream::connect(server.path()).is_err() {
            assert!(
                server.child.try_wait().unwrap().is_none(),
                "{kind} server has ended"
            );
            thread::sleep(Duration::from_millis(10));
        }
        server
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("s")
    }

    /// Processor time it has used.
    pub(crate) fn cpu_time(&self) -> Duration {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = text
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        // utime and stime, fields 14 and 15 of proc(5); the third is the first behind the name.
        let ticks: u64 = fields
            .get(11..13)
            .unwrap()
            .iter()
            .map(|field| field.parse::<u64>().unwrap())
            .sum();
        Duration::from_millis(ticks * 1000 / TICKS)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).unwrap();
    }
}

/// Serves for ever if this process is such a child.
pub(crate) fn serve_if_asked(arguments: &[String]) -> bool {
    let [serve, kind, services, path] = arguments else {
        return false;
    };
    if serve != "--serve" {
        return false;
    }
    let path = Path::new(path);
    match kind.as_str() {
        "echo" => echo(path),
        _ => lookup(path, services.parse().unwrap()),
    }
    true
}

fn lookup(path: &Path, services: u32) {
    let zone_set = cluster::zone_set(services);
    let live = Arc::new(Live::new(Snapshot {
        generation: 1,
        zone_set,
        ..Snapshot::default()
    }));
    let socket = Socket::bind(path, &Access::default()).unwrap();
    let backend = Backend {
        live,
        store: Store::in_memory().unwrap(),
        signing: Signing::ignored(),
        explaining: Explaining::none(),
    };
    let _remote = Remote::start(socket, backend, MAX_CONNECTIONS).unwrap();
    loop {
        thread::park();
    }
}

fn echo(path: &Path) {
    let listener = UnixListener::bind(path).unwrap();
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        thread::Builder::new()
            .stack_size(256 * 1024)
            .spawn(move || {
                let mut buffer = vec![0; 4 * 1024];
                while let Ok(received @ 1..) = stream.read(&mut buffer) {
                    stream.write_all(buffer.get(..received).unwrap()).unwrap();
                }
            })
            .unwrap();
    }
}
